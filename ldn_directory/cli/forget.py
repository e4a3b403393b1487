"""`ldn forget`: takes a person or practice out of everything, for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ldn_directory.errors import count_of
from ldn_directory.storage import utc_now

from .build import make_downloads
from .common import ALL_GOOD, WITH_LOSSES, NothingDone, require_yes, with_json, with_status
from .reports import build_line, downloads_line, listing_line

if TYPE_CHECKING:
    from ldn_directory.forgetting import ForgetReport
    from ldn_directory.privacy.entries import Entry

AGAIN = "What was done stays done; run the same command again for the rest"


@click.command()
@click.argument("provider", required=False, type=click.IntRange(min=1))
@click.option("--name", help="Instead of a number: the name, with --region.")
@click.option("--region", help="The region or country, by its name or code.")
@click.option("--in-advance", is_flag=True, help="With --name and --region: also if no list has them yet.")
@click.option("--listing", metavar="ID", help="Instead of a number: a listing, such as one that is held.")
@click.option("--not", "others", metavar="ID", multiple=True, help="Publish a held listing: it is somebody else's.")
@click.option(
    "--held", is_flag=True, help="Show the listings that are held because they look like somebody who was forgotten."
)
@click.option("--list", "listed", is_flag=True, help="Show how many were forgotten, and when; no names are kept.")
@click.option(
    "--sweep", is_flag=True, help="Erase again everybody who was forgotten, for example after restoring a backup."
)
@click.option(
    "--redact",
    is_flag=True,
    help="Also rewrite the archived pages that mention them; alone, those of everybody who was forgotten.",
)
@click.option("--yes", is_flag=True, help="Forget without asking.")
@with_status
@with_json
def forget(
    provider: int | None,
    name: str | None,
    region: str | None,
    in_advance: bool,
    listing: str | None,
    others: tuple[str, ...],
    held: bool,
    listed: bool,
    sweep: bool,
    redact: bool,
    yes: bool,
    data: Path,
    as_json: bool,
) -> int:
    """Remove a person or practice from everything that is published and kept, for good.

    Exit codes: 0 done, apart from archived pages, which are listed unless you give --redact; 1 done, but something
    else remains (the output says what); 2 nobody has that number or name, or it could not be done.
    """
    sweep = sweep or (redact and not (provider or name or region or listing or others or held or listed))
    given = sum(map(bool, (provider, name or region, listing, others, held, listed, sweep)))
    if given != 1:
        raise click.UsageError(
            f"{'give only one of' if given else 'say whom'}: PROVIDER, or --name with --region, or --listing;"
            " or one of --not, --held, --list, --sweep"
        )
    if redact and (others or held or listed):
        raise click.UsageError("--redact goes with PROVIDER, --name, --listing or --sweep, or stands alone")
    if bool(name) != bool(region) or (in_advance and not name):
        raise click.UsageError("--name and --region belong together, and --in-advance to both")
    with _explain_forget_errors(again="" if held or listed else f". {AGAIN}"):
        if held:
            return _print_held(data, as_json)
        if listed:
            return _print_list(data, as_json)
        if others:
            return _publish_others(data, others, as_json)
        entries = [] if sweep else _choose_entries(data, provider, name, region, listing, in_advance)
        rows = [_parse_person(name or "", region or "")] if in_advance and not entries else []
        if not sweep and not yes:
            _confirm(entries, rows, as_json)
        return _forget(data, entries, rows, redact, as_json)


@contextmanager
def _explain_forget_errors(again: str) -> Iterator[None]:
    """Raises NothingDone for an error in the block, followed by the sentence `again`."""
    from ldn_directory.errors import BuildError
    from ldn_directory.ledger import LedgerError
    from ldn_directory.privacy.entries import NotFound

    try:
        yield
    except NotFound as error:
        raise NothingDone(str(error)) from None
    except (BuildError, LedgerError, sqlite3.Error) as error:
        raise NothingDone(f"{error}{again}") from None
    except OSError as error:
        raise NothingDone(f"{error.filename or 'the data folder'}: {error.strerror or error}{again}") from None


def _choose_entries(
    data: Path, provider: int | None, name: str | None, region: str | None, listing: str | None, in_advance: bool
) -> list[Entry]:
    from ldn_directory.forgetting import open_ledger
    from ldn_directory.privacy.entries import find_by_listing, find_by_name, find_by_number

    with open_ledger(data) as ledger:
        if provider:
            return [find_by_number(ledger, provider)]
        if listing:
            return [find_by_listing(ledger, listing)]
        found = find_by_name(ledger, name or "", region or "")
    if not found and not in_advance:
        raise NothingDone(
            f"no listing has the name {name!r} in {region!r}. Try the number at the end of the entry's address;"
            " or, so that a list that names them later is not taken: --in-advance"
        )
    return found


def _parse_person(name: str, region: str) -> dict[str, Any]:
    from ldn_directory.normalize.regions import country, country_named, region_named
    from ldn_directory.normalize.regions import region as region_called

    place = region_named(region) or region_called(region)
    land = country_named(place.country_code if place else region) or country(region)
    if not place and not land:
        raise click.UsageError(f"{region!r} is no region or country: use its name or its code, such as US-TX or GB")
    return {"name": name, "region_code": place.code if place else None, "country_code": land.code if land else None}


def _confirm(entries: Sequence[Entry], rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    open_entries = [entry for entry in entries if not entry.forgotten]
    if not open_entries and not rows:
        return
    for entry in open_entries:
        click.echo("\n".join(_entry_lines(entry)), err=as_json)
    if len(open_entries) > 1:
        click.echo("To forget only one of them: ldn forget NUMBER", err=True)
    what = "this entry" if len(open_entries) + len(rows) == 1 else f"all {len(open_entries)}"
    require_yes(f"Forget {what} for good? It cannot be undone.", "nobody was forgotten")


def _entry_lines(entry: Entry) -> Iterator[str]:
    number = "not numbered yet" if entry.number is None else f"entry {entry.number}"
    yield f"{number} (entry {entry.requested} was merged into it):" if entry.requested else f"{number}:"
    yield from (f"  {row['source']}: {listing_line(row)}" for _, row in entry.listings)


def _forget(data: Path, entries: Sequence[Entry], rows: Sequence[dict[str, Any]], redact: bool, as_json: bool) -> int:
    from ldn_directory.forgetting import forget as forget_entries

    done = forget_entries(data, [entry for entry in entries if not entry.forgotten], utc_now(), rows, redact=redact)
    before = [entry for entry in entries if entry.forgotten]
    if as_json:
        click.echo(
            json.dumps(done.as_json() | {"forgotten_before": {str(entry.number): entry.forgotten for entry in before}})
        )
    else:
        for entry in before:
            click.echo(f"Entry {entry.requested or entry.number} was forgotten on {entry.forgotten} already.")
        click.echo("\n".join(_done_lines(done)))
    return WITH_LOSSES if done.remains else ALL_GOOD


def _numbered(numbers: Sequence[int]) -> str:
    """Entries by their numbers: "entry 7" or "entries 7, 9"."""
    if not numbers:
        return "no whole entry"
    return f"{'entry' if len(numbers) == 1 else 'entries'} {', '.join(map(str, numbers))}"


def _done_lines(done: ForgetReport) -> Iterator[str]:
    yield (
        f"Forgotten: {count_of(done.listings, 'listing')} erased, {_numbered(done.numbers)};"
        f" {count_of(done.hashes, 'hash', 'hashes')} added to the list."
    )
    yield build_line(done.built.as_json())
    if done.copies:
        yield f"Earlier published files deleted, as they showed them: {', '.join(done.copies)}"
    if done.files:
        yield f"Files of runs written anew: {done.files}"
    if done.redacted:
        yield f"Archived pages redacted: {done.redacted}"
    if done.records:
        yield (
            f"Archived pages that name somebody who was forgotten ({len(done.records)});"
            " to rewrite them without: ldn forget --redact"
        )
        for record in done.records:
            sure = "" if record.certain else " (cannot be searched)"
            yield f"  {record.run} {record.source} {record.url} {record.file} at byte {record.offset}{sure}"
    if done.elsewhere:
        yield (
            "Entries of others that show something of theirs. If one is of the same person: ldn forget --listing ID."
            " Otherwise only the publisher of the list can change it:"
        )
        for one in done.elsewhere:
            entry = "not numbered" if one.provider is None else f"entry {one.provider}"
            yield f"  {one.listing} ({entry}, {one.source}) {one.field}: {_shortened(one.value)} on {one.page}"
    yield from (f"Remains: {what}" for what in done.remains)


def _shortened(text: str, most: int = 80) -> str:
    """A text on one line, cut off."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _print_held(data: Path, as_json: bool) -> int:
    from ldn_directory.forgetting import held_listings

    rows = held_listings(data)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    elif not rows:
        click.echo("Nothing is held back.")
    else:
        click.echo("\n".join(f"{row['id']}  {row['source']}: {listing_line(row)}" for row in rows))
        click.echo("The same person or practice: ldn forget --listing ID. Somebody else: ldn forget --not ID")
    return ALL_GOOD


def _print_list(data: Path, as_json: bool) -> int:
    from ldn_directory.forgetting import forgotten_by_date

    rows = forgotten_by_date(data)
    if as_json:
        click.echo(json.dumps(rows))
        return ALL_GOOD
    for row in rows:
        click.echo(f"{row['since']}  {_numbered(row['numbers'])}  {row['exact']} hashes, {row['near']} of lookalikes")
    entries = count_of(sum(len(row["numbers"]) for row in rows), "entry", "entries")
    click.echo(f"{entries} forgotten on {count_of(len(rows), 'occasion')}.")
    return ALL_GOOD


def _publish_others(data: Path, listings: tuple[str, ...], as_json: bool) -> int:
    from ldn_directory.forgetting import release

    built = release(data, listings, utc_now()).as_json()
    downloads = make_downloads(data)
    if as_json:
        click.echo(json.dumps(built | {"downloads": downloads}))
    else:
        click.echo(f"Noted as somebody else's: {', '.join(listings)}\n{build_line(built)}\n{downloads_line(downloads)}")
    return WITH_LOSSES if "error" in downloads else ALL_GOOD
