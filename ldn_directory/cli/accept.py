"""`ldn accept`: shows a held harvest to a person, and lets it in."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import write_atomically

from .common import ALL_GOOD, NOTHING_DONE, NothingDone, ask, explain_errors, require_yes, with_json, with_status
from .crawl import select_spiders
from .reports import changes_line

_RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f-]+")
MAX_WHY = 500
NOT_ACCEPTED = "nothing was accepted"
WHY_NEEDED = (
    "neither the list nor the pages around it speak of low-dose naltrexone, so nothing was accepted. If its publisher"
    " says elsewhere that it is a list for low-dose naltrexone, give those words: ldn accept {source} --why 'WORDS'."
    " Otherwise write evidence=Evidence.PROXY in its spider ({file}), and run ldn accept {source} again: its entries"
    " are then shown as those of a directory of likely prescribers"
)


WHY_ASKED = """\
Neither the list nor the pages around it speak of low-dose naltrexone (the letters “LDN” alone may mean anything).
If its publisher says elsewhere that it is a list for low-dose naltrexone, type or paste those words and where they
are. They are shown on the Sources page. If you know of none, press Enter."""


@click.command()
@click.argument("named", nargs=-1, required=True, metavar="SOURCE")
@click.option("--run", "run_id", help="The run whose harvest is meant [default: the newest that is held].")
@click.option("--why", help="The publisher's words that make it a list for LDN, where its pages do not say so.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is to be decided as a web page, for a colleague; accept nothing.",
)
@click.option("--yes", is_flag=True, help="Accept without asking.")
@with_status
@with_json
def accept(
    named: tuple[str, ...], run_id: str | None, why: str | None, page: Path | None, yes: bool, data: Path, as_json: bool
) -> int:
    """Accept a held harvest into the ledger, after showing what a person needs to decide.

    Of a first harvest that is a sample with the page's own words; of a later one everybody who would vanish, and who is
    new or changed. Without an answer or --yes nothing is accepted; --json then prints what would be asked. Exit codes:
    0 accepted, or the page is written; 2 nothing was accepted. (`ldn accept RUN SOURCE` still works.)
    """
    from ldn_directory.archive.harvests import held_harvest, mark_accepted, newest_held
    from ldn_directory.crawl.harvest_extension import accept as accept_harvest

    from .acceptance import acceptance_of, as_json_values

    source, run_id = _source_and_run(named, run_id)
    (spider,) = select_spiders(data, (source,))
    harvest, report = held_harvest(data, run_id or newest_held(data, source), source, spider.source)
    with explain_errors(f"{NOT_ACCEPTED}: "):
        asked = acceptance_of(data, harvest, report)
    if page:
        _write_page(page, asked)
    if page and not yes:
        click.echo("Nothing was accepted.", err=True)
    if as_json and not yes:
        click.echo(json.dumps(as_json_values(asked), ensure_ascii=False))
        return NOTHING_DONE
    if page and not yes:
        return ALL_GOOD
    if not as_json:
        _show(asked)
    why = _justification(asked, why, may_ask=not yes, file=sys.modules[spider.__module__].__file__)
    if not yes:
        require_yes(f"Let these {asked.counts} into the directory?", NOT_ACCEPTED)
    with explain_errors(f"{NOT_ACCEPTED}: "):
        changes = accept_harvest(data, harvest, why)
    mark_accepted(data, report, changes)
    click.echo(json.dumps(changes) if as_json else f"Accepted: {changes_line(changes)}. Now run: ldn build")
    return ALL_GOOD


def _source_and_run(named: tuple[str, ...], run_id: str | None) -> tuple[str, str | None]:
    """The source that is meant, and the run if one is named: `SOURCE`, or `RUN SOURCE` as it used to be."""
    match named:
        case (source,) if not _RUN.fullmatch(source):
            return source, run_id
        case (run, source) if _RUN.fullmatch(run) and run_id in (None, run):
            return source, run
    raise click.UsageError("name one source: ldn accept SOURCE, or ldn accept SOURCE --run RUN")


def _write_page(path: Path, asked: Any) -> None:
    from .acceptance_text import acceptance_page

    write_atomically(path, acceptance_page(asked).encode())
    click.echo(f"Written: {path}. It names people: delete it when the harvest is decided.", err=True)


def _show(asked: Any) -> None:
    """Prints what is to be decided; page by page if it is longer than the terminal."""
    from .acceptance_text import acceptance_text

    size = shutil.get_terminal_size((100, 24))
    text = acceptance_text(asked, size.columns)
    if sys.stdin and sys.stdin.isatty() and sys.stdout.isatty() and text.count("\n") >= size.lines - 2:
        click.echo_via_pager(text + "\n")
    else:
        click.echo(text)


def _justification(asked: Any, why: str | None, *, may_ask: bool, file: str | None) -> str | None:
    """The words that make it a list for LDN, if they are given or needed. Raises NothingDone without them."""
    if why is None and asked.needs_words and may_ask:
        click.echo(WHY_ASKED)
        why = ask("Words: ", NOT_ACCEPTED)
    words = " ".join((why or "").split())[:MAX_WHY]
    if asked.needs_words and not words:
        raise NothingDone(WHY_NEEDED.format(source=asked.source, file=file or "spiders/"))
    return words or None
