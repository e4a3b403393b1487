"""`ldn probe`: how a page publishes its list, and a spider that would read it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .common import ALL_GOOD, WITH_LOSSES, explain_errors, with_contact, with_json
from .crawl import select_spiders

if TYPE_CHECKING:
    from ldn_directory.probe import Choice, Report


@click.command()
@click.argument("where", metavar="URL|FILE")
@with_contact
@click.option("--explain", is_flag=True, help="Say why: what was taken for what, and which other readings there were.")
@click.option("--reading", metavar="READING", help="Read it only so: cards, table, text, detail, json, sheet, map, ...")
@click.option("--rows", metavar="ROWS", help="What is an entry: a CSS selector, a path in JSON, the name of a sheet.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="FIELD=WHERE",
    help="Where a field stands: a CSS selector within the entry, or a column's header or path. May be repeated.",
)
@click.option("--save", is_flag=True, help="Write the spider file, and an invented page for its test.")
@click.option("--spider", "name", metavar="NAME", help="Read it as this source's spider does.")
@with_json
def probe(
    where: str,
    contact: str,
    explain: bool,
    reading: str | None,
    rows: str | None,
    fields: tuple[str, ...],
    save: bool,
    name: str | None,
    as_json: bool,
) -> int:
    """Show which family a page belongs to, its listings, and a spider that would read it.

    Each entry stands above the text that it came from. With --reading, --rows and --field nothing is guessed that they
    say, and with --save that is what the spider does. Exit codes: 0 listings were found; 1 none were; 2 the page could
    not be read.
    """
    from ldn_directory.probe import probe_target

    from .probe_report import format_report

    choice = _choice(reading, rows, fields)
    if name and (save or choice or explain):
        raise click.UsageError(
            "--spider reads as a spider that is there already: nothing is chosen, explained or saved"
        )
    report = probe_target(where, contact, select_spiders(None, (name,))[0] if name else None, choice)
    width = shutil.get_terminal_size((100, 24)).columns
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        click.echo(format_report(report, width, with_reasons=explain))
    if save:
        _save(report)
    return ALL_GOOD if report.found.listings else WITH_LOSSES


def _choice(reading: str | None, rows: str | None, fields: Sequence[str]) -> Choice | None:
    """What a person chose on the command line. Raises UsageError."""
    from ldn_directory.probe import Choice

    if reading is None:
        if rows is not None or fields:
            raise click.UsageError("--rows and --field need --reading, such as --reading cards")
        return None
    return Choice(reading=reading, rows=rows, fields=field_places(fields))


def field_places(fields: Sequence[str]) -> dict[str, str | tuple[str, ...]]:
    """field -> where it stands, or several places, of texts such as `name=h3`. Raises BadParameter."""
    places: dict[str, tuple[str, ...]] = {}
    for one in fields:
        field, sign, where = (part.strip() for part in one.partition("="))
        if not (field and sign and where):
            raise click.BadParameter(f"{one!r} is not FIELD=WHERE, such as name=h3", param_hint="--field")
        places[field] = (*places.get(field, ()), where)
    return {name: at if len(at) > 1 else at[0] for name, at in places.items()}


def _save(report: Report) -> None:
    from ldn_directory.probe import save_spider

    with explain_errors("nothing was saved: "):
        kept = save_spider(report)
    for path in kept.written:
        click.echo(f"Written: {path}", err=True)
    for what in kept.to_check:
        click.echo(f"Check {what}", err=True)
