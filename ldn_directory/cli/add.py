"""`ldn add`: an organisation's page becomes a row of the curated list, after a person has looked at it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ldn_directory.errors import count_of
from ldn_directory.extract.sheets import curated
from ldn_directory.extract.sheets.curated_edit import CuratedFile, KnownRow
from ldn_directory.storage import DATA, PROJECT, editable_file, write_atomically

from .common import ALL_GOOD, NothingDone, ask, explain_errors, require_contact, require_yes, with_contact, with_data
from .common import with_json as with_json_option

if TYPE_CHECKING:
    from ldn_directory.probe.organisation import Look, Value

NOT_ADDED = "nothing was added"
SENTENCES = {
    ("pharmacy", "offers"): "Pharmacy's page that offers compounded low-dose naltrexone.",
    ("pharmacy", "writes_about"): "Pharmacy's page that informs about low-dose naltrexone.",
    ("telehealth", "offers"): "Page of an online service that offers low-dose naltrexone.",
    ("telehealth", "writes_about"): "Page of an online service that informs about low-dose naltrexone.",
    ("", "offers"): "Service page that offers low-dose naltrexone.",
    ("", "writes_about"): "Page of its website that informs about low-dose naltrexone.",
}
"""What a row says of its page unless a person writes something better: our words, not the page's."""
GRADES = {"offers": "offers it", "writes_about": "writes about it"}
MAY_LACK = ("city", "phone", "email", "country")
"""The columns whose lack is said."""
_MAY_BE_DROPPED = ("street", "city", "region", "postcode", "country", "phone", "email", "telehealth", "serves")
_PLACE = ("street", "city", "region", "postcode", "country")

Cells = dict[str, str]


@click.command()
@click.argument("url", metavar="URL")
@click.option("--set", "settings", multiple=True, metavar="COLUMN=VALUE", help="Correct a cell. May be repeated.")
@click.option("--dry-run", is_flag=True, help="Show the row; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_contact
@with_data
@with_json_option
def add(url: str, settings: tuple[str, ...], dry_run: bool, yes: bool, contact: str, data: Path, as_json: bool) -> int:
    """Add an organisation to the curated list, by the page of its website that speaks of low-dose naltrexone.

    Reads that page, the front page and those that they call contact, about or the like, at most six, as robots.txt
    allows. Shows what the page says, and the row with the page of each value; then asks. Of an organisation that has a
    row, it fills empty cells. --json alone writes nothing. Exit codes: 0 written, or shown; 2 nothing was written.
    """
    target, body = _list_to_edit(data)
    _require_address(url, is_own_list=target.parent == PROJECT / "data" and not dry_run)
    from ldn_directory.crawl.addresses import is_private
    from ldn_directory.normalize.web import host_of
    from ldn_directory.probe.organisation import look_at

    chosen = _chosen(settings)
    dry_run = dry_run or (as_json and not yes)
    if not is_private(host_of(url)):
        require_contact(contact, "no page is looked at")
    file = CuratedFile(body)
    known = file.of_site(chosen.get("website") or url)
    land = chosen.get("country") or (known.row["country"] if known else "")
    website = chosen.get("website") or (known.row["website"] if known else "")
    with explain_errors(f"{NOT_ADDED}: "):
        look = look_at(url, contact, data, website if urlsplit(website).path.strip("/") else "", land)
    known = file.of_site(chosen.get("website") or look.page)
    cells = _updates(known, look, chosen) if known else _new_row(look, chosen, may_ask=not (yes or dry_run))
    _require_allowed(data, known.row if known else cells)
    cells, dropped = _checked(body, known, cells)
    if as_json:
        click.echo(json.dumps(_as_json(look, known, cells, dropped) | {"written": bool(cells) and not dry_run}))
    else:
        click.echo("\n".join(_lines(look, known, cells, dropped)))
    if known and not cells:
        raise NothingDone(f"{known} is there already, and there is nothing to add to it")
    if dry_run:
        click.echo("Nothing was written (--dry-run).", err=True)
        return ALL_GOOD
    if not yes:
        what = f"Fill {count_of(len(cells), 'cell')} of {known}?" if known else f"Write this row to {target}?"
        require_yes(what, "nothing was written")
    _write(target, data, body, known, cells, as_json=as_json)
    return ALL_GOOD


def _list_to_edit(data: Path) -> tuple[Path, bytes]:
    """(the file to write, the list as it is): that of the data folder, else the project's own; of an installed package
    a copy in the data folder. Raises NothingDone.
    """
    path = editable_file(data, curated.FILE)
    try:
        body = path.read_bytes()
        curated.read_rows(body, datetime.now(UTC).date())
    except (OSError, curated.UnreadableFile) as error:
        raise NothingDone(f"{path}: {error}") from None
    is_editable = path.parent == data.absolute() or PROJECT / "data" == DATA
    return (path if is_editable else data.absolute() / curated.FILE), body


def _require_address(url: str, *, is_own_list: bool) -> None:
    """Raises NothingDone for an address that no visitor could open."""
    from ldn_directory.crawl.addresses import is_loopback, is_private
    from ldn_directory.extract.html.schema_org import is_third_party_site
    from ldn_directory.normalize.web import host_of, is_safe_url

    host = host_of(url)
    if not is_safe_url(url) and not (url.startswith("http") and is_loopback(host)):
        raise NothingDone(f"{url!r} is no address of a web page: it begins with https:// or http://")
    if is_private(host) and not is_loopback(host):
        raise NothingDone(f"{host} is a private address, which nobody else can open")
    if is_private(host) and is_own_list:
        raise NothingDone(
            f"{host} is this machine, which nobody else can open: try it with --dry-run, or with a list of your own in"
            " a data folder (--data)"
        )
    if is_third_party_site(url):
        raise NothingDone(f"{host} is not an organisation's own site: give the page of its website")


def _chosen(settings: tuple[str, ...]) -> Cells:
    """column -> the value that a person gave. Raises BadParameter."""
    found: Cells = {}
    for one in settings:
        column, sign, value = (part.strip() for part in one.partition("="))
        if not sign or column not in curated.COLUMNS:
            raise click.BadParameter(
                f"{one!r} is not COLUMN=VALUE; the columns are: {', '.join(curated.COLUMNS)}", param_hint="--set"
            )
        found[column] = value
    return found


def _new_row(look: Look, chosen: Cells, *, may_ask: bool) -> Cells:
    """The row for an organisation that has none. Raises NothingDone if it cannot be one."""
    facts = look.facts()
    row: Cells = {column: value.value for column, value in facts.items()}
    pages = {value.page for column, value in facts.items() if column != "telehealth"}
    row |= {
        "kind": look.kind,
        "organisation": look.name.value if look.name else "",
        "website": look.website,
        "evidence_url": look.page,
        "grade": look.grade.value,
        "facts_url": next(iter(pages - {look.page}), ""),
        "noted_on": _today(),
    }
    row |= chosen
    if look.is_person and "organisation" not in chosen:
        raise NothingDone(
            f"{row['organisation']!r} seems to be a person, and only organisations belong in the list. If it is the"
            " name of a practice: --set organisation='NAME'"
        )
    if not row["organisation"] and may_ask:
        row["organisation"] = ask("The page does not say whose it is. Name of the organisation: ", NOT_ADDED).strip()
    if not row["organisation"]:
        raise NothingDone("the pages do not say whose they are: --set organisation='NAME'")
    default = SENTENCES.get((row["kind"], row["grade"])) or SENTENCES.get(("", row["grade"]), "")
    if "evidence" not in chosen:
        said = ""
        if may_ask:
            click.echo(f"{look.page} says: “{look.quote}”", err=True)
            said = ask(f"What the page is, in a sentence of your own [{default}]: ", NOT_ADDED).strip()
        row["evidence"] = said or default
    return row


def _updates(known: KnownRow, look: Look, chosen: Cells) -> Cells:
    """The cells of a row that are empty and can be filled: from the page that its facts are from, if it has any."""
    row = known.row
    has_facts = any(row[column] for column in curated.COLUMNS if column in look.facts() or column in _PLACE)
    facts_page = row["facts_url"] or (row["evidence_url"] if has_facts else None)
    facts = look.facts(facts_page)
    is_elsewhere = row["country"] and "country" in facts and facts["country"].value != row["country"]
    cells = {
        column: value.value
        for column, value in facts.items()
        if not row[column] and not (is_elsewhere and column in (*_PLACE, "phone"))
    }
    if "country" not in cells and not row["country"]:
        cells.pop("region", None)
    if facts_page is None and cells.keys() - {"telehealth"}:
        page = next(value.page for column, value in facts.items() if column != "telehealth")
        cells |= {"facts_url": page} if page != row["evidence_url"] else {}
    cells |= {column: value for column, value in chosen.items() if row[column] != value}
    return cells | {"noted_on": _today()} if cells else {}


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _require_allowed(data: Path, row: Mapping[str, str]) -> None:
    """Raises NothingDone if the organisation, or a person whom the row names, asked to be left out."""
    from ldn_directory.crawl.page_worker import parse_body
    from ldn_directory.privacy.redaction import load_suppressions
    from ldn_directory.spiders.curated import Curated

    with explain_errors(f"{NOT_ADDED}: "):
        hidden = load_suppressions(data)
    if not hidden:
        return
    file = CuratedFile(b"")
    file.add({**row, "evidence": row.get("evidence") or "-"})
    result = parse_body(Curated, "file:///curated.csv", file.body, {}, {})
    listings = [json.loads(line) for line in result.lines]
    texts = " ".join([*row.values()])
    if any(hidden.is_suppressed(one) or hidden.is_held(one) for one in listings) or hidden.names_anyone(texts):
        raise NothingDone("the page is that of somebody who asked to be left out of the directory, or names them")


def _checked(body: bytes, known: KnownRow | None, cells: Cells) -> tuple[Cells, dict[str, str]]:
    """(the cells with which the row passes the check, why others were left out). Raises NothingDone."""
    cells, dropped = dict(cells), dict[str, str]()
    while cells:
        file = CuratedFile(body)
        if known:
            file.fill(known.number, cells)
        number = known.number if known else file.add(cells)
        _, faults = curated.read_rows(file.body, datetime.now(UTC).date())
        fault = next((one for one in faults if one.number == number), None)
        # A row that could not be used before need not be mended now.
        if fault is None or (
            known and any(one.number == number for one in curated.read_rows(body, datetime.now(UTC).date())[1])
        ):
            break
        column = next((one for one in _MAY_BE_DROPPED if fault.what.startswith(f"{one} ") and cells.get(one)), None)
        if column is None:
            raise NothingDone(f"{NOT_ADDED}: the row would be bad: {fault.what}")
        dropped[column] = fault.what.partition(";")[0]
        cells.pop(column)
    return cells, dropped


def _write(target: Path, data: Path, body: bytes, known: KnownRow | None, cells: Cells, *, as_json: bool) -> None:
    """Writes the list with the row. Raises NothingDone if somebody else has changed it meanwhile."""
    if editable_file(data, curated.FILE).read_bytes() != body:
        raise NothingDone(f"{target} was changed meanwhile: run it again")
    file = CuratedFile(body)
    if known:
        file.fill(known.number, cells)
    number = known.number if known else file.add(cells)
    with explain_errors("nothing was written: "):
        write_atomically(target, file.body)
    if not as_json:
        click.echo(f"Written: {target}, row {number}. Now run: ldn update curated")


def _lines(look: Look, known: KnownRow | None, cells: Cells, dropped: Mapping[str, str]) -> Iterator[str]:
    """What was found, for people."""
    from .terminal import replace_controls

    if known:
        yield f"Already in the list: {known}"
    yield f"Speaks of low-dose naltrexone: {GRADES[look.grade]} ({look.why})"
    yield f"  “{replace_controls(look.quote)}”"
    yield f"  {look.page}"
    yield ""
    width = max(map(len, curated.COLUMNS))
    pages = _pages_of(look, cells)
    for column in curated.COLUMNS:
        if cells.get(column):
            page = f"   ({pages[column]})" if column in pages else ""
            yield f"  {column:<{width}}  {replace_controls(cells[column])}{page}"
    yield ""
    missing = [column for column in MAY_LACK if not cells.get(column) and not (known and known.row[column])]
    if missing:
        hint = " (with --set country='NAME' more may be found)" if "country" in missing else ""
        yield f"Not found: {', '.join(missing)}{hint}"
    yield from (f"Left out: {why}" for why in dropped.values())
    for column, value in look.further().items():
        yield f"Only on another page than the rest, so not in the row: {column} {value.value} ({value.page})"
    if look.branches:
        yield f"It has other places too, which are read from its site: {', '.join(look.branches)}"
    yield from (f"Not believed: {why}" for why in look.left_out)
    yield from (f"Not read: {why}" for why in look.failed)
    yield "Is a cell wrong? Correct it: --set city='NAME', --set grade=writes_about"


def _pages_of(look: Look, cells: Cells) -> dict[str, str]:
    """column -> the page that its cell is from, of those that were read from pages."""
    stated: dict[str, Value] = look.facts(cells.get("facts_url") or None) | {}
    if look.name:
        stated["organisation"] = look.name
    return {column: value.page for column, value in stated.items() if cells.get(column) == value.value}


def _as_json(look: Look, known: KnownRow | None, cells: Cells, dropped: Mapping[str, str]) -> dict[str, Any]:
    return {
        "page": look.page,
        "grade": look.grade.value,
        "why": look.why,
        "quote": look.quote,
        "row": cells,
        "pages": _pages_of(look, cells),
        "known": known and {"row": known.number, "organisation": known.row["organisation"]},
        "left_out": dict(dropped),
        "further": {column: [value.value, value.page] for column, value in look.further().items()},
        "not_read": list(look.failed),
    }
