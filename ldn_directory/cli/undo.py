"""`ldn unaccept`, `drop` and `retire`: taking back what was let in, a run that should not be, or a whole list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ldn_directory.errors import count_of
from ldn_directory.ledger import TakenBack

from .common import ALL_GOOD, explain_errors, require_yes, with_json, with_status

if TYPE_CHECKING:
    from ldn_directory.crawl.undo import Affected

NOW_BUILD = "Now run: ldn build"
with_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("source")
@with_yes
@with_status
@with_json
def unaccept(run_id: str, source: str, yes: bool, data: Path, as_json: bool) -> int:
    """Take back a harvest that was let in, by a person or by the gates: what was there before is published again.

    Harvests of the source that came after it are taken back with it. It can be accepted again. The next harvest of
    the source is held until a person has looked at it.
    """
    from ldn_directory.crawl.undo import affected_by
    from ldn_directory.crawl.undo import unaccept as unaccept_harvest

    for one in affected_by(data, run_id, source):
        question = f"Take back the harvest of {source} in run {run_id}?"
        _ask(question, _later_runs(one), yes, "nothing was taken back")
    with explain_errors("nothing was taken back: "):
        found = unaccept_harvest(data, run_id, source, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(found and asdict(found)))
    else:
        already = f"The harvest of {source} in run {run_id} had been taken back before. {NOW_BUILD}"
        click.echo(_taken_back_text([found]) if found else already)
    return ALL_GOOD


@click.command()
@click.argument("run_id", metavar="RUN")
@with_yes
@with_status
@with_json
def drop(run_id: str, yes: bool, data: Path, as_json: bool) -> int:
    """Take a whole run out, as if it had not been: for instance one that ran while the clock was wrong.

    Its harvests, and later ones of the same sources, are taken back; of a retired source only once it is brought back.
    The run's folder in runs/ stays, but no command uses it.
    """
    from ldn_directory.crawl.undo import affected_by
    from ldn_directory.crawl.undo import drop as drop_run

    with explain_errors("nothing was taken out: "):
        affected = affected_by(data, run_id)
        notes = [
            note
            for one in affected
            for note in ((_left(one.source),) if one.is_retired else (one.source, *_later_runs(one)))
        ]
        _ask(f"Take out run {run_id}?", notes, yes, "nothing was taken out")
        found = drop_run(data, run_id, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
    else:
        nothing = f"Run {run_id} is out. Nothing of it was in the ledger."
        click.echo(_taken_back_text(found) if found else nothing)
    return ALL_GOOD


@click.command()
@click.argument("source")
@click.option("--why", default="", help="The reason, for the Sources page.")
@click.option("--undo", is_flag=True, help="Bring the source back, with the listings that it had.")
@with_yes
@with_status
@with_json
def retire(source: str, why: str, undo: bool, yes: bool, data: Path, as_json: bool) -> int:
    """Withdraw a list: its listings leave the directory at the next build, and it is no longer read.

    The history stays, and the Sources page says since when. The spider may be gone already.
    """
    from ldn_directory.crawl.undo import count_leaving, unretire
    from ldn_directory.crawl.undo import retire as retire_source

    now = datetime.now(UTC)
    if undo:
        with explain_errors("nothing was changed: "):
            found = unretire(data, source, now)
        text = f"{source} is back, with {count_of(found.restored, 'listing')}. {NOW_BUILD}"
        click.echo(json.dumps(asdict(found)) if as_json else text)
        return ALL_GOOD
    with explain_errors("nothing was changed: "):
        listings = count_of(count_leaving(data, source), "listing")
        _ask(f"Take {source} ({listings}) out of the directory, and no longer read it?", (), yes, "nothing was changed")
        gone = retire_source(data, source, why.strip(), now)
    text = (
        f"{source} is retired: {count_of(gone, 'listing')} will leave the directory. {NOW_BUILD}\n"
        f"To bring it back: ldn retire --undo {source}"
    )
    click.echo(json.dumps({"gone": gone}) if as_json else text)
    return ALL_GOOD


def _ask(question: str, notes: Sequence[str], yes: bool, otherwise: str) -> None:
    """Asks, unless the answer was given with the command. Raises NothingDone for any answer but yes."""
    if not yes:
        for note in notes:
            click.echo(f"  {note}", err=True)
        require_yes(question, otherwise)


def _later_runs(one: Affected) -> list[str]:
    return [f"also run {run} of {one.source}, which was taken after it" for run in one.later]


def _left(source: str) -> str:
    back = f"ldn retire --undo {source}"
    return f"{source} is retired and stays as it is; if you bring it back ({back}), drop the run again"


def _taken_back_text(found: Sequence[TakenBack]) -> str:
    lines = []
    for one in found:
        if one.is_retired:
            lines.append(_left(one.source))
            continue
        runs = count_of(len(one.runs), "harvest")
        parts = [f"{count_of(one.restored, 'listing')} as before", f"{one.removed} removed"]
        if one.left_out:
            parts.append(f"{one.left_out} left out, as somebody asked to be forgotten")
        lines.append(f"{one.source}: {runs} taken back: {', '.join(parts)}")
    return "\n".join([*lines, *([NOW_BUILD] if any(one.runs for one in found) else ())])
