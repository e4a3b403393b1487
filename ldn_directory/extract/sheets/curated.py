"""Reads `curated.csv`, the list of organisations that people keep in this project: each row is checked by itself.

A row is one line of the file, so that a quote that is never closed costs that row and no other. docs/sources.md
describes the columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import phonenumbers

from ldn_directory.errors import LdnError
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Grade, Kind, Labelled, Link, Noted, Problem, Record
from ldn_directory.normalize.regions import country, fold, region
from ldn_directory.normalize.web import emails, host_of, is_safe_url

COLUMNS = (
    *("kind", "organisation", "street", "city", "region", "postcode", "country", "phone", "email", "website"),
    *("telehealth", "serves", "evidence_url", "evidence", "grade", "facts_url", "noted_on"),
)
REQUIRED = ("kind", "organisation", "evidence_url", "evidence", "grade", "noted_on")
MOST_CHARACTERS = 1_000
"""Of a cell."""
FILE = "curated.csv"
_NOT_IN_RECORDS = frozenset(("evidence_url", "grade", "facts_url", "noted_on"))
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EARLIEST = date(2000, 1, 1)

Row = Mapping[str, str]
"""Column -> value, without spaces around it; empty if there is none."""


class UnreadableFile(LdnError):
    """The file as a whole cannot be read. The message says why, and how to save it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a row, which is therefore left out."""

    number: int
    """The row as a spreadsheet counts, which is also the line of the file: the header is row 1."""
    name: str
    what: str
    text: str
    """The row as it stands in the file."""

    @property
    def row(self) -> str:
        """The row's number and the organisation, as far as it can be told."""
        return f"row {self.number}, {self.name}" if self.name else f"row {self.number}"

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


def extract(page: Page, today: date) -> Extraction:
    """A record for each good row, a problem for each row that is left out. Raises UnreadableFile."""
    rows, faults = read_rows(page.body, today)
    return Extraction(
        records=tuple(_record(page.url, row) for row in rows),
        problems=tuple(Problem(page=FILE, record=one.row, what=f"{one.what}: left out") for one in faults),
        left_out=tuple(one.text for one in faults),
    )


def read_rows(body: bytes, today: date) -> tuple[list[Row], list[Fault]]:
    """(the good rows, what is wrong with the others) of a file. Raises UnreadableFile."""
    header, *lines = _lines(body)
    columns = _columns(header)
    rows: list[Row] = []
    faults: list[Fault] = []
    known: dict[int, Row] = {}
    for number, line in enumerate(lines, 2):
        text = line.decode("utf-8", "replace")
        if not text.strip(" ,\t"):
            continue
        row: Row = {}
        try:
            row = _row(line, columns)
            _check(row, today, known)
        except ValueError as error:
            name = row.get("organisation") or _guess_name(text)
            faults.append(Fault(number=number, name=name, what=str(error), text=text))
        else:
            known[number] = row
            rows.append(row)
    return rows, faults


def _lines(body: bytes) -> list[bytes]:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:200]:
        raise UnreadableFile(
            "the file is not UTF-8 text: save it as “CSV UTF-8” (it may be UTF-16, or an Excel workbook)"
        )
    lines = re.split(rb"\r\n|\n|\r", body.removeprefix(b"\xef\xbb\xbf"))
    if not lines[0].strip():
        raise UnreadableFile("the first row is empty: it must name the columns, as in the project's data/curated.csv")
    return lines


def _columns(header: bytes) -> list[str]:
    text = header.decode("utf-8", "replace")
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if text.count(mark) > text.count(","):
            raise UnreadableFile(f"the cells are separated by {name}: save the file as CSV with commas")
    try:
        columns = [name.strip() for name in _cells(text)]
    except ValueError as error:
        raise UnreadableFile(f"the first row, which names the columns, cannot be read: it {error}") from None
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in COLUMNS]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    said = (("lacks", missing), ("has unknown columns:", unknown), ("names twice:", twice))
    if wrong := [f"{what} {', '.join(map(repr, names))}" for what, names in said if names]:
        raise UnreadableFile(f"the first row {'; '.join(wrong)}. The columns are: {', '.join(COLUMNS)}")
    return columns


def _cells(text: str) -> list[str]:
    if len(text) > MOST_CHARACTERS * len(COLUMNS):
        raise ValueError(f"has {len(text):,} characters; {MOST_CHARACTERS:,} are allowed in each cell")
    try:
        (cells,) = csv.reader([text], strict=True)
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise ValueError(
                "opens a quote that is not closed on the same line (a cell cannot hold a line break)"
            ) from None
        raise ValueError('has a quotation mark within a quoted cell: write it twice ("")') from None
    return cells


def _row(line: bytes, columns: Sequence[str]) -> Row:
    """The cells of a line by their columns. Raises ValueError."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8: save the file as “CSV UTF-8”") from None
    cells = _cells(text)
    if len(cells) != len(columns):
        size = "short" if len(cells) < len(columns) else "long"
        raise ValueError(f"is too {size}: it has {len(cells)} cells where the first row has {len(columns)}")
    row = dict.fromkeys(COLUMNS, "") | {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
    for name, cell in row.items():
        if len(cell) > MOST_CHARACTERS:
            raise ValueError(f"{name} has {len(cell):,} characters; {MOST_CHARACTERS:,} are allowed")
    return row


def _guess_name(text: str) -> str:
    """The second cell of a line that cannot be read as a row."""
    cells = text.split(",")
    return cells[1].strip(' "')[:60] if len(cells) > 1 else ""


def _check(row: Row, today: date, known: Mapping[int, Row]) -> None:
    """Raises ValueError that says all that is wrong with a row."""
    found = [what for check in _CHECKS for what in check(row)]
    found += [*_wrong_day(row["noted_on"], today), *_repeats(row, known)]
    if found:
        raise ValueError("; ".join(found))


def _wrong_words(row: Row) -> Iterator[str]:
    for name in REQUIRED:
        if not row[name]:
            yield f"{name} is empty"
    for name, allowed in (("kind", tuple(Kind)), ("grade", tuple(Grade)), ("telehealth", ("yes", "no"))):
        if row[name] and row[name] not in allowed:
            yield f"{name} is {row[name]!r}; it must be one of {', '.join(allowed)}"


def _wrong_addresses(row: Row) -> Iterator[str]:
    for name in ("website", "evidence_url", "facts_url"):
        if row[name] and (not is_safe_url(row[name]) or re.search(r"[\s<>\"]", row[name])):
            yield f"{name} is {row[name][:80]!r}, which is no http or https address"
    if row["email"] and [one.lower() for one in emails(row["email"])] != [row["email"].lower()]:
        yield f"email is {row['email'][:80]!r}, which is no e-mail address"


def _wrong_place(row: Row) -> Iterator[str]:
    land = country(row["country"])
    if row["country"] and not land:
        yield f"country is {row['country']!r}, which is no country's English name or ISO 3166 code"
    if land and row["region"] and not region(row["region"], land.code):
        yield f"region is {row['region']!r}, which is no state, province or region of {land.name}"
    if row["region"] and not row["country"]:
        yield "region is stated without a country"


def _wrong_phone(row: Row) -> Iterator[str]:
    if not row["phone"]:
        return
    land = country(row["country"])
    if not land and not row["phone"].startswith("+"):
        yield "phone needs a country, or + and the code of its country"
        return
    try:
        number = phonenumbers.parse(row["phone"], land.code if land else None)
    except phonenumbers.NumberParseException:
        yield f"phone is {row['phone'][:40]!r}, which is no telephone number"
        return
    if land and not phonenumbers.is_valid_number_for_region(number, land.code):
        yield f"phone is {row['phone']!r}, which is not a valid number of {land.name}"
    elif not land and not phonenumbers.is_valid_number(number):
        yield f"phone is {row['phone']!r}, which is not a valid number of any country"


_CHECKS: tuple[Callable[[Row], Iterator[str]], ...] = (_wrong_words, _wrong_addresses, _wrong_place, _wrong_phone)


def _wrong_day(text: str, today: date) -> Iterator[str]:
    if not text:
        return
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        yield f"noted_on is {text[:40]!r}; it must be a day such as 2026-01-31"
    elif day > today + timedelta(days=1):
        # It may be tomorrow already where the row was written.
        yield f"noted_on is {text}, which is in the future"
    elif day < _EARLIEST:
        yield f"noted_on is {text}, which is too long ago to be true"


def _repeats(row: Row, known: Mapping[int, Row]) -> Iterator[str]:
    for number, other in known.items():
        if _is_same_site(row["website"], other["website"]):
            yield f"website is that of row {number} ({other['organisation']}): one row for each website"
            return
        if all(fold(row[name]) == fold(other[name]) for name in ("organisation", "region", "postcode", "phone")):
            yield f"organisation, region and phone are those of row {number}"
            return


def _is_same_site(one: str, other: str) -> bool:
    """Whether two addresses are one website. Branches may have pages of their own (`/north`, `/south`) on one host."""
    if not one or not other or host_of(one) != host_of(other):
        return False
    paths = [urlsplit(address).path.strip("/") for address in (one, other)]
    return paths[0] == paths[1] or not all(paths)


def _record(page: str, row: Row) -> Record:
    if (row["kind"], row["grade"]) == (Kind.PRESCRIBER, Grade.WRITES_ABOUT):
        # Nothing says that they prescribe it.
        row = {**row, "kind": Kind.CLINIC}
    return Record(
        page=page,
        texts=tuple(
            Labelled(label=name, text=row[name]) for name in COLUMNS if row[name] and name not in _NOT_IN_RECORDS
        ),
        links=(Link(text="evidence_url", href=row["evidence_url"], rel="evidence"),),
        noted=Noted(on=row["noted_on"], grade=Grade(row["grade"]), facts_page=row["facts_url"] or None),
    )
