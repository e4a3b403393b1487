"""`ldn show`: what a source says now, and what its last harvest changed or would change."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from sys import maxsize
from typing import TYPE_CHECKING, Any

import click

from ldn_directory.errors import count_of
from ldn_directory.storage import LEDGER_FILE

from .common import ALL_GOOD, NothingDone, with_data, with_json
from .reports import listing_line, organisation_lines, read_word
from .terminal import replace_controls

if TYPE_CHECKING:
    from ldn_directory.ledger import Ledger

    from .acceptance import Difference

_LISTINGS = (
    "SELECT l.line, l.state, r.finished FROM listings AS l LEFT JOIN runs AS r ON r.id = l.confirmed_run"
    " WHERE l.source = ? AND l.state <> 'gone'"
)
_RUNS = "SELECT id, run, finished FROM runs WHERE source = ? ORDER BY id DESC LIMIT 2"
_CHANGES = (
    "SELECT l.line, c.what, c.field, c.before, c.after FROM changes AS c JOIN listings AS l ON l.pk = c.listing"
    " WHERE c.run = ? ORDER BY c.id"
)


@click.command()
@click.argument("source")
@click.option("--diff", is_flag=True, help="What the held harvest would change, or else what the last one did.")
@with_data
@with_json
def show(source: str, diff: bool, data: Path, as_json: bool) -> int:
    """Print what a source says now: a line for each of its listings in the ledger.

    With --diff: everybody who is gone, new or changed in its newest held harvest; if none is held, in the last harvest
    that was taken, against the one before. Exit codes: 0 it is shown; 2 there is nothing to show.
    """
    from ldn_directory.ledger import Ledger

    if not (data / LEDGER_FILE).exists():
        raise NothingDone(_nothing(data, source))
    with Ledger.open_read_only(data / LEDGER_FILE) as ledger:
        stated = ledger.db.execute("SELECT stated FROM sources WHERE id = ?", (source,)).fetchone()
        if stated is None:
            raise NothingDone(_nothing(data, source))
        about = json.loads(stated[0])
        lines = list(
            _diff_output(data, ledger, source, about["title"], as_json)
            if diff
            else _output(ledger, source, about, as_json)
        )
    if about.get("completes") and not diff and not as_json:
        lines += _last_visits(data, source)
    click.echo("\n".join(replace_controls(line) for line in lines))
    return ALL_GOOD


def _last_visits(data: Path, source: str) -> Iterator[str]:
    """What the last crawl found on the sites of the organisations that the source completes."""
    from ldn_directory.archive.harvests import reports

    for report in reports(data, source)[:1]:
        yield f"What run {report['run']} found on their sites:"
        yield from (f"  {line}" for line in organisation_lines(report.get("organisations", ()), maxsize))


def _nothing(data: Path, source: str) -> str:
    """Why there is nothing to show, and what to do."""
    from ldn_directory.archive.harvests import NoHarvest, newest_held

    try:
        run = newest_held(data, source)
    except NoHarvest as error:
        return f"nothing of {source} is in the ledger: {error}"
    return f"nothing of {source} is in the ledger yet, but its harvest in run {run} is held: ldn accept {source}"


def _output(ledger: Ledger, source: str, about: Mapping[str, Any], as_json: bool) -> Iterator[str]:
    from ldn_directory.crawl.reading_trial import describe
    from ldn_directory.ledger import retirements

    title = about["title"]
    found = [(json.loads(line), state, since) for line, state, since in ledger.db.execute(_LISTINGS, (source,))]
    accepted = ledger.accepted_reading(source)
    found.sort(key=lambda one: (listing_line(one[0]).casefold(), one[0]["id"]))
    if as_json:
        rows = [row | {"state": state, "unconfirmed_since": since} for row, state, since in found]
        reading = accepted and {"accepted_with": accepted[0], **accepted[1]}
        stated = {"source": source, "title": title, "reading": reading, "listings": rows}
        yield json.dumps(stated, ensure_ascii=False)
        return
    if retired := retirements(ledger.db).get(source):
        yield f"{title}: {retired}. To bring it back: ldn retire --undo {source}"
        return
    last = ledger.db.execute(_RUNS, (source,)).fetchone()
    read = f", {read_word(about.get('rechecked'))} {last[2][:10]} (run {last[1]})" if last else ""
    yield f"{title}: {count_of(len(found), 'listing')}{read}"
    if accepted:
        yield f"Its pages are read as a person accepted it with run {accepted[0]}:"
        yield from (f"  {line}" for line in describe(accepted[1]))
    for row, state, since in found:
        yield f"  {listing_line(row)}" + (f" | unconfirmed since {(since or '?')[:10]}" if state != "live" else "")


def _diff_output(data: Path, ledger: Ledger, source: str, title: str, as_json: bool) -> Iterator[str]:
    from .acceptance_text import difference_lines

    what, found = _held_difference(data, ledger, source) or _last_difference(ledger, source)
    if as_json:
        stated = {"source": source, "title": title, "compared": what, **asdict(found)}
        yield json.dumps(stated, ensure_ascii=False)
        return
    yield f"{title}: {what}"
    yield from difference_lines(found, most=maxsize)


def _held_difference(data: Path, ledger: Ledger, source: str) -> tuple[str, Difference] | None:
    """What is compared, and what the newest held harvest would change; None if none is held."""
    from ldn_directory.archive.harvests import NoHarvest, newest_held

    from .acceptance import Difference

    try:
        run = newest_held(data, source)
        lines = (data / "runs" / run / source / "listings.jsonl").read_bytes().splitlines()
    except (NoHarvest, FileNotFoundError):
        return None
    what = f"the held harvest of run {run} against what is known"
    return what, Difference.from_known(ledger, source, lines)


def _last_difference(ledger: Ledger, source: str) -> tuple[str, Difference]:
    """What is compared, and what the last harvest that was taken changed. Raises NothingDone if it is the only one."""
    from ldn_directory.ledger import FieldChange

    from .acceptance import Change, Difference

    runs = ledger.db.execute(_RUNS, (source,)).fetchall()
    if len(runs) < 2:
        raise NothingDone(f"{source} has only one harvest: there is nothing to compare it with")
    (last, run, finished), (_, before, finished_before) = runs
    who: dict[str, list[str]] = defaultdict(list)
    fields: dict[str, list[FieldChange]] = defaultdict(list)
    for line, what, field, old, new in ledger.db.execute(_CHANGES, (last,)):
        name = listing_line(json.loads(line))
        if what == "changed":
            fields[name].append(FieldChange(field=field, before=old, after=new))
        else:
            who[what].append(name)
    return (
        f"the harvest of {finished[:10]} (run {run}) against that of {finished_before[:10]} (run {before})",
        Difference(
            leaving=tuple(who["gone"]),
            missing=tuple(who["unconfirmed"]),
            new=(*who["added"], *who["back"]),
            changed=tuple(Change(who=name, fields=tuple(changes)) for name, changes in fields.items()),
            renewed=0,
        ),
    )
