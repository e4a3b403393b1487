"""Rows of cells as records: which row is the header, which rows are headings, which column is what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.page import absolute
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    is_credentials,
    is_empty,
    is_organisation,
    is_place,
    names_person,
)
from ldn_directory.extract.value_looks import guess_labels
from ldn_directory.model import Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.web import is_safe_url

MOST_CELL = 20_000
HEADER_WITHIN = 15
SAMPLE = 60
BY_LINES = "*"
"""The label of a column whose cells hold several fields, one a line."""
_NAMING = frozenset(("name", "practice", "last_name", "first_name"))
_REACHING = frozenset(
    ("phone", "email", "website", "address", "street", "city", "region", "postcode", "country", "serves")
)

Row = list[str]
Numbered = tuple[int, Row]


@dataclass(slots=True)
class _Table:
    """Rows of one table with their labels, and what was noticed in them."""

    page: str
    labels: list[str]
    key: int | None
    problems: list[Problem]
    headings: tuple[str, ...]
    seen: Counter[str] = field(default_factory=Counter)

    def problem(self, number: int, what: str) -> None:
        self.problems.append(Problem(page=self.page, record=f"row {number}", what=what))


def records_of_rows(
    page: str, rows: Sequence[Row], *, labels: Sequence[str] | None = None, headings: tuple[str, ...] = ()
) -> tuple[list[Record], list[Problem]]:
    """One record a row, with the labels of the header, wherever in the first rows that stands, or of the values' looks.

    Rows that hold a place and nothing else head those below. Rows are counted from 1 in problems, as a spreadsheet does.
    """
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    start, found = (0, list(labels)) if labels is not None else _header(filled)
    if found is None:
        return [], [Problem(page=page, what="no column could be told to hold names")]
    below = filled[start:]
    placed = headings
    for _, row in filled[: max(0, start - 1)]:
        cells = [cell for cell in row if cell]
        if len(cells) == 1 and (place := place_in(cells[0])):
            placed = _under(headings, placed, place)
    named = completed_labels(found, [row for _, row in below[:SAMPLE]])
    if not {field_of(label) for label in named} & _NAMING:
        return [], [
            Problem(page=page, what=f"no column holds names; the columns are: {', '.join(filter(None, found))[:200]}")
        ]
    below = _filled_down(named, below)
    table = _Table(page, named, None, [], headings)
    table.key = _key_column(table, below)
    return list(_records(table, below, placed)), table.problems


def _header(rows: Sequence[Numbered]) -> tuple[int, list[str] | None]:
    """(index of the first row of values, labels); labels None if neither header nor values can be understood."""
    best, most = None, 0
    for index, (_, row) in enumerate(rows[:HEADER_WITHIN]):
        known = _known_labels(row)
        if known > most and (known >= 2 or (len(row) == 1 and index == 0)):
            best, most = index, known
    if best is not None:
        labels = [_tidy(cell) for cell in rows[best][1]]
        if best + 1 < len(rows) and _is_second_header(labels, rows[best + 1][1]):
            return best + 2, _both_headers(labels, rows[best + 1][1])
        return best + 1, labels
    values = [row for _, row in rows]
    if len(values) > 2 and _unlike_values(values[0], values[1:SAMPLE]):
        return 1, [_tidy(cell) for cell in values[0]]
    by_look = guess_labels(values[:SAMPLE])
    understood = bool(set(by_look) & _NAMING) and (len(set(by_look) - {""}) >= 2 or len(by_look) == 1)
    return 0, (_remarks(by_look, values[:SAMPLE]) if understood else None)


def _remarks(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The labels of a table without a header; words in a column that looks like nothing known are remarks."""
    columns = [[row[index] for row in rows if index < len(row) and row[index]] for index in range(len(labels))]
    wordy = [sum(any(map(str.isalpha, value)) for value in column) * 2 > len(column) for column in columns]
    return [label or ("remark" if is_wordy else "") for label, is_wordy in zip(labels, wordy, strict=True)]


def _is_second_header(labels: Sequence[str], row: Row) -> bool:
    """Whether the row below a header names its columns more closely ("Phone" over "Office" and "Fax")."""
    cells = [_tidy(cell) for cell in row if cell]
    known = sum(field_of(cell) is not None for cell in cells)
    return (
        known >= 2 and known * 3 >= len(cells) * 2 and _known_labels(row) >= 2 and list(map(_tidy, row)) != list(labels)
    )


def _both_headers(labels: Sequence[str], row: Row) -> list[str]:
    found = []
    above = ""
    for index in range(max(len(labels), len(row))):
        own = labels[index] if index < len(labels) else ""
        below = _tidy(row[index]) if index < len(row) else ""
        above = own or (above if below else "")
        whole = f"{above} {below}".strip()
        closer = field_of(below) and not field_of(whole) and not field_of(own.strip(",/ "))
        found.append(below if closer else whole)
    return found


def _known_labels(row: Row) -> int:
    """How many fields the row names, 0 if it holds values."""
    if any(has_email(cell) or has_phone(cell) or has_url(cell) or len(cell) > 80 for cell in row):
        return 0
    return len({cell.casefold() for cell in row if cell and field_of(cell)})


def _unlike_values(first: Row, others: Sequence[Row]) -> bool:
    """Whether a row of unknown words is a header: no contact in it, but contacts in the columns below."""
    if len([cell for cell in first if cell]) < 2 or len(set(first)) < len(first):
        return False
    if any(has_email(cell) or has_phone(cell) or looks_like_person(cell) for cell in first):
        return False
    below = [cell for row in others for cell in row if cell]
    return any(has_email(cell) or has_phone(cell) for cell in below) and not set(first) & set(below)


def _tidy(label: str) -> str:
    return " ".join(label.split())[:80]


def completed_labels(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The labels; those that no field claims get, after a dot, the field that their values look like.

    A column of several things ("Contact" with telephone and e-mail) is labelled BY_LINES instead: each line is taken by itself.
    """
    mixed = {
        index
        for index, label in enumerate(labels)
        if _is_mixed(label, [row[index] for row in rows if index < len(row)])
    }
    labels = [BY_LINES if index in mixed else label for index, label in enumerate(labels)]
    known = [name for label in labels if (name := field_of(label))]
    looks = guess_labels(rows, known)
    width = max(len(labels), len(looks) if len(looks) <= len(labels) else len(labels))
    completed = []
    for index in range(width):
        label = labels[index] if index < len(labels) else ""
        look = looks[index] if index < len(looks) else ""
        if label and look == "postcode":
            look = ""  # "Joined" and "License No" hold such digits too; a postcode's own header would be known
        completed.append(
            label if field_of(label) or not look or label == BY_LINES else f"{label}.{look}" if label else look
        )
    return completed


def _filled_down(labels: Sequence[str], rows: Sequence[Numbered]) -> list[Numbered]:
    """The rows; where a state or country is written only in the first row of those it holds for, in all of them."""
    for index, label in enumerate(labels):
        if field_of(label) not in ("region", "country"):
            continue
        values = [row[index] if index < len(row) else "" for _, row in rows]
        filled = [value for value in values if value]
        if not filled or not values[0] or len(filled) * 5 > len(values) * 3 or len(set(filled)) < len(filled):
            continue
        rows = list(_carried(rows, index))
    return list(rows)


def _carried(rows: Sequence[Numbered], column: int) -> Iterator[Numbered]:
    shown = ""
    for number, row in rows:
        if column >= len(row):
            yield number, row
            continue
        shown = row[column] or shown
        yield number, [*row[:column], shown, *row[column + 1 :]]


def _is_mixed(label: str, values: Sequence[str]) -> bool:
    """Whether the values of an unknown (or only naming) label hold several fields, or contacts where a name is due."""
    field = field_of(label)
    filled = [value for value in values if value]
    if field not in (None, "name", "remark") or not label or not filled:
        return False
    kinds = [sum((has_phone(value), has_email(value), has_url(value), has_address(value))) for value in filled]
    if field == "name":
        unnamed = [
            value
            for kind, value in zip(kinds, filled, strict=True)
            if kind and not looks_like_person(value.split("\n")[0])
        ]
        return len(unnamed) * 2 > len(filled)
    return sum(kind > 1 or (kind > 0 and "\n" in value) for kind, value in zip(kinds, filled, strict=True)) * 2 > len(
        filled
    )


def _key_column(table: _Table, rows: Sequence[Numbered]) -> int | None:
    """The column of the publisher's own keys; None if there is none or its values repeat too often to be keys."""
    column = next((index for index, label in enumerate(table.labels) if field_of(label) == "key"), None)
    if column is None:
        return None
    values = [row[column] for _, row in rows if column < len(row) and row[column]]
    if not values:
        return None
    repeated = len(values) - len(set(values))
    if repeated * 10 > len(values) and repeated > 1:
        what = f"column {table.labels[column]!r} repeats its values: not used as key"
        table.problems.append(Problem(page=table.page, what=what))
        return None
    return column


def _under(base: tuple[str, ...], current: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The headings below a row that names a place: a state goes under its country's row, anything else replaces what was."""
    land = country(current[len(base)]) if len(current) > len(base) else None
    state = region(place, land.code) if land else None
    if land and state and state.country_code == land.code and place != current[len(base)]:
        return (*base, current[len(base)], place)
    return (*base, place)


def _records(table: _Table, rows: Sequence[Numbered], headings: tuple[str, ...]) -> Iterator[Record]:
    for number, row in rows:
        if [_tidy(cell) for cell in row] == table.labels[: len(row)]:
            continue
        if (only := _only_cell(row, table)) is not None:
            if is_place(only):
                headings = _under(table.headings, headings, only)
                continue
            if not (looks_like_person(only) or looks_like_organisation(only)):
                if place := place_in(only):
                    headings = _under(table.headings, headings, place)
                continue
        key = row[table.key] if table.key is not None and table.key < len(row) else ""
        table.seen[key] += bool(key)
        if table.seen[key] > 1:
            table.problem(number, f"repeats the key {key[:80]!r}: left out")
            continue
        yield _record(table, number, row, key or None, headings)


def _only_cell(row: Row, table: _Table) -> str | None:
    cells = [cell for cell in row if cell]
    return cells[0] if len(cells) == 1 and len(table.labels) > 2 and could_be_title(cells[0]) else None


def _record(table: _Table, number: int, row: Row, key: str | None, headings: tuple[str, ...]) -> Record:
    texts: list[Labelled] = []
    links: list[Link] = []
    if any(row[len(table.labels) :]):
        table.problem(number, "has more cells than the header: the rest is left out")
    for label, cell in zip(table.labels, row, strict=False):
        if not label or is_empty(cell):
            continue
        if len(cell) > MOST_CELL:
            table.problem(number, f"{label} is {len(cell):,} characters long: dropped")
        elif link := _page_link(table.page, label, cell):
            links.append(link)
        elif label == BY_LINES:
            texts += [Labelled(label=None, text=line) for line in cell.split("\n")]
        else:
            texts += _stated(table, label, cell)
    return Record(page=table.page, key=key, texts=tuple(texts), headings=headings, links=tuple(links))


def _stated(table: _Table, label: str, cell: str) -> list[Labelled]:
    """The cell under its label; a practice's name on the first line of an address apart from it."""
    match field_of(label):
        case "name":
            return [Labelled(label=label, text=_name_of_lines(cell))]
        case "address" if "\n" in cell and "practice" not in map(field_of, table.labels):
            first, _, rest = cell.partition("\n")
            if is_organisation(first) and not has_address(first) and has_address(rest):
                return [Labelled(label="practice", text=first), Labelled(label=label, text=rest)]
    return [Labelled(label=label, text=cell)]


def _name_of_lines(cell: str) -> str:
    """A name that is written over several lines: its credentials, or the rest of it, belong to the first."""
    lines = [line.strip() for line in cell.split("\n") if line.strip()]
    if len(lines) < 2:
        return cell
    whole = lines[0]
    while len(lines) > 1 and (
        is_credentials(lines[1]) or (names_person(f"{whole} {lines[1]}") and not names_person(whole))
    ):
        whole += f"{'' if whole.endswith(',') or not is_credentials(lines[1]) else ','} {lines.pop(1)}"
    return "\n".join([whole, *lines[1:]])


def _page_link(page: str, label: str, cell: str) -> Link | None:
    """The entry's own page, or the page that is its evidence, where the column is one of those."""
    if "evidence" in label.lower():
        return Link(text=label, href=cell, rel="evidence") if is_safe_url(cell) else None
    if field_of(label) != "page":
        return None
    address = absolute(page, cell)
    return Link(text=label, href=address, rel="detail") if address and is_safe_url(address) else None
