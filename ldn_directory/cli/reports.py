"""Text for the terminal about crawls, checks, builds, downloads and replays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ldn_directory.errors import count_of
from ldn_directory.model import Mention, Where

MOST_PROBLEMS = 3
MOST_ROWS = 20


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """The outcome of one source's crawl, and below it why and what to do."""
    from ldn_directory.archive.harvests import advice

    margin = f"{'':<12}"
    if report["outcome"] == "unchanged":
        yield f"{report['outcome']:<12}{report['source']}: {'; '.join(report['reasons'])}"
        return
    yield f"{report['outcome']:<12}{report['source']}: {count_of(report['listings'], 'listing')}{_pages(report)}"
    if report["outcome"] == "passed" and report.get("changes"):
        yield margin + changes_line(report["changes"])
    yield from (margin + reason for reason in report["reasons"])
    if left_out := report.get("left_out"):
        yield f"{margin}{count_of(len(left_out), 'row')} left out; what is published of it stays as it was:"
        yield from (f"{margin}  {problem}" for problem in report["problems"][:MOST_ROWS])
        yield f"{margin}look at all of them: ldn check-curated"
    yield from (margin + line for line in organisation_lines(report.get("organisations", ()), MOST_ROWS))
    if "new reading" in report.get("gates", ()) or (report.get("tried") and not report["listings"]):
        yield from (f"{margin}tried: {line}" for line in report["tried"])
    if report["outcome"] == "held":
        problems = () if report["failures"] or left_out else report["problems"][:MOST_PROBLEMS]
        yield from (f"{margin}noted: {problem}" for problem in problems)
        if "first" in report.get("gates", ()) and "topic" in report:
            mention = Mention.from_json(report["topic"]) if report["topic"] else None
            yield f"{margin}about LDN: {mention_text(mention, report['looked_at'])}"
        yield margin + advice(report)


def organisation_lines(rows: Sequence[Mapping[str, Any]], most: int) -> Iterator[str]:
    """What was found on organisations' own sites, and who still lacks what; at most so many of a kind by name."""
    from ldn_directory.crawl.site_visit import OUTCOMES

    if not rows:
        return
    complete = [row for row in rows if not row["lacks"]]
    yield f"{len(complete)} of {count_of(len(rows), 'organisation')} now have a town and a phone"
    for outcome, words in OUTCOMES.items():
        found = [row for row in rows if row["outcome"] == outcome and (outcome != "read" or row["lacks"])]
        if not found:
            continue
        yield (
            f"{outcome} ({words}), {count_of(len(found), 'site')}:" if outcome != "read" else "read, but still without:"
        )
        for row in found[:most]:
            said = [*(f"no {what.partition(' ')[2]}" for what in row["lacks"]), *row["left_out"][:2]]
            because = f" ({row['because'][:200]})" if row["because"] else ""
            yield f"  {row['organisation']}, {row['site']}{because}: {'; '.join(said) or 'its values stay'}"
        if len(found) > most:
            yield f"  and {len(found) - most} more: ldn show organisation_sites"


def _pages(report: dict[str, Any]) -> str:
    if not report.get("pages"):
        return ""
    problems = f", {count_of(report['problem_count'], 'problem')} noted" if report["problem_count"] else ""
    return f" from {count_of(report['pages'], 'page')} ({report['unchanged_pages']} unchanged){problems}"


def read_word(is_kept_here: bool | None) -> str:
    """What a run does with a list. To take in a file that is kept here says nothing about anybody's page."""
    return "taken in from its file" if is_kept_here else "read"


def changes_line(changes: dict[str, Any]) -> str:
    """What a harvest changed in the ledger."""
    return (
        ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in changes.items() if count and what != "total")
        or "nothing new"
    )


_WHERE = {Where.TITLE: "title of", Where.TEXT: "on", Where.ADDRESS: "in the address"}


def mention_text(mention: Mention | None, looked_at: Sequence[str] = ()) -> str:
    """Whether a list speaks of low-dose naltrexone, with the words and where they are."""
    if mention is None:
        pages = f"neither its pages nor {' nor '.join(looked_at)} speak" if looked_at else "its pages do not speak"
        return f"no: {pages} of low-dose naltrexone (the letters “LDN” alone do not count)"
    if mention.entries:
        return f"yes, say {mention.entries} of its entries, such as: “{mention.words}” ({mention.page})"
    return f"yes: “{mention.words}” ({_WHERE[mention.where]} {mention.page})"


def check_line(check: dict[str, Any]) -> str:
    """What a look at an evidence page found."""
    return f"{check['outcome']:<12}{check['page']}" + (f": {check['reason']}" if check["reason"] else "")


def build_line(built: dict[str, Any]) -> str:
    """What a build published."""
    line = f"Published {built['providers']} providers from {built['listings']} listings: {built['path']}"
    orphans = (f"{one['source']}: {one['wrong']} | {one['do']}" for one in built.get("orphans", ()))
    return "\n".join([line, *held_lines(built["held"]), *orphans])


def downloads_line(downloads: dict[str, Any]) -> str:
    """What can be downloaded now, or why not."""
    if "error" in downloads:
        return f"The directory is published, but {downloads['error']}"
    return "Downloads: " + ", ".join(f"{one['name']} ({one['bytes'] / 1e6:.1f} MB)" for one in downloads["files"])


def held_lines(count: int) -> list[str]:
    """That listings are held back; nothing if none are."""
    if not count:
        return []
    one = "1 listing looks" if count == 1 else f"{count} listings look"
    return [f"Held back: {one} like somebody's who asked to be forgotten | look: ldn forget --held"]


def gazetteer_line(path: Path, built: dict[str, Any]) -> str:
    """What the gazetteer holds, or that there is one."""
    if not built["built"]:
        return f"The gazetteer is there: {path}"
    return (
        f"The gazetteer was unpacked in {built['seconds']} s: {built['postcodes']:,} postal codes of"
        f" {built['countries_with_postcodes']} countries, {built['towns']:,} towns,"
        f" {built['regions']:,} regions: {path}"
    )


def replay_lines(row: dict[str, Any]) -> list[str]:
    """What reading archived pages again yielded."""
    counts = f"{row['same']} the same, {row['changed']} changed, {row['added']} added, {row['missing']} missing"
    read = f"{count_of(row['pages'], 'page')}, {count_of(row['listings'], 'listing')}"
    head = f"{row['source']}: run {row['run']}, {read}: {counts}"
    redacted = [f"  {url} is redacted in the archive, as somebody asked to be forgotten" for url in row["redacted"]]
    return [head, *redacted, *(f"  {error}" for error in row["errors"]), *_diff_lines(row.get("diff"))]


def _diff_lines(diff: Mapping[str, Any] | None) -> Iterator[str]:
    """Everybody who is missing or new, and each value that changed."""
    if diff is None:
        return
    yield from (f"  - missing: {listing_line(row)}" for row in diff["gone"])
    yield from (f"  + new: {listing_line(row)}" for row in diff["new"])
    for one in diff["changed"]:
        yield f"  ~ {listing_line(one['after'])}"
        yield from (f"      {change_line(**change)}" for change in one["fields"])
    if diff["rekeyed"]:
        yield f"  {count_of(len(diff['rekeyed']), 'entry has', 'entries have')} another key, and are the same people"


def change_line(field: str, before: str | None, after: str | None) -> str:
    """What became of one value."""
    return f"{field.replace('_', ' ')}: {before or '(nothing)'} → {after or '(nothing)'}"


def listing_line(row: Mapping[str, Any]) -> str:
    """What a listing says, on one line."""
    stated = [row.get(field) for field in ("name", "credentials", "practice", "city")]
    phones = ", ".join(phone["raw"] for phone in row.get("phones", ()))
    parts = [*stated, row.get("region") or row.get("country"), phones, row.get("email"), row.get("website")]
    return " | ".join(part for part in parts if part)
