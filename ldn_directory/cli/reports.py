"""Text for the terminal about crawls, checks, builds, downloads and replays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ldn_directory.errors import count_of

MOST_PROBLEMS = 3
MOST_ROWS = 20


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """The outcome of one source's crawl, and below it why and what to do."""
    from ldn_directory.archive.harvests import advice

    margin = f"{'':<12}"
    yield f"{report['outcome']:<12}{report['source']}: {count_of(report['listings'], 'listing')}{_pages(report)}"
    if report["outcome"] == "passed" and report.get("changes"):
        yield margin + changes_line(report["changes"])
    yield from (margin + reason for reason in report["reasons"])
    if left_out := report.get("left_out"):
        yield f"{margin}{count_of(len(left_out), 'row')} left out; what is published of it stays as it was:"
        yield from (f"{margin}  {problem}" for problem in report["problems"][:MOST_ROWS])
        yield f"{margin}look at all of them: ldn check-curated"
    if report["outcome"] == "held":
        problems = () if report["failures"] else report["problems"][:MOST_PROBLEMS]
        yield from (f"{margin}noted: {problem}" for problem in problems)
        yield margin + advice(report)


def _pages(report: dict[str, Any]) -> str:
    if not report.get("pages"):
        return ""
    problems = f", {count_of(report['problem_count'], 'problem')} noted" if report["problem_count"] else ""
    return f" from {count_of(report['pages'], 'page')} ({report['unchanged_pages']} unchanged){problems}"


def changes_line(changes: dict[str, Any]) -> str:
    """What a harvest changed in the ledger."""
    return (
        ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in changes.items() if count and what != "total")
        or "nothing new"
    )


def check_line(check: dict[str, Any]) -> str:
    """What a look at an evidence page found."""
    return f"{check['outcome']:<12}{check['page']}" + (f": {check['reason']}" if check["reason"] else "")


def build_line(built: dict[str, Any]) -> str:
    """What a build published."""
    line = f"Published {built['providers']} providers from {built['listings']} listings: {built['path']}"
    return "\n".join([line, *held_lines(built.get("held", 0))])


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
    return [head, *(f"  {error}" for error in row["errors"])]


def sample_text(report: dict[str, Any]) -> str:
    """A held harvest as it is shown before it is accepted: counts, terms, why it is held, and some of its listings."""
    lines = [
        f"{report['title']}: {report['listings']} listings, read {report['finished']}",
        f"List:  {report['homepage']}",
        f"Terms: {report['terms'] or 'none stated by the source'}",
        *(f"Held:  {reason}" for reason in report["reasons"]),
        *(f"Not understood: {label}" for label in report["not_understood"]),
        "",
    ]
    return "\n".join([*lines, *(f"  - {listing_line(row)}" for row in report["sample"])])


def listing_line(row: Mapping[str, Any]) -> str:
    """What a listing says, on one line."""
    stated = [row.get(field) for field in ("name", "credentials", "practice", "city")]
    phones = ", ".join(phone["raw"] for phone in row.get("phones", ()))
    parts = [*stated, row.get("region") or row.get("country"), phones, row.get("email"), row.get("website")]
    return " | ".join(part for part in parts if part)
