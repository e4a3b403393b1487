"""Rows of cells as records: which row is the header, which rows are headings, which column is what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from ldn_directory.extract.columns import guess_labels
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
    page: str, rows: Sequence[Row], *, headings: tuple[str, ...] = ()
) -> tuple[list[Record], list[Problem]]:
    """One record a row, with the labels of the header, wherever in the first rows that stands, or of the values' looks.

    Rows that hold a place and nothing else head those below. Problems count rows from 1, as a spreadsheet does.
    """
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    start, found = _header(filled)
    if found is None:
        return [], [Problem(page=page, what="no column could be told to hold names")]
    placed = headings
    for _, row in filled[: max(0, start - 1)]:
        cells = [cell for cell in row if cell]
        if len(cells) == 1 and (place := place_in(cells[0])):
            placed = _nest_heading(headings, placed, place)
    below = filled[start:]
    labels = complete_labels(found, [row for _, row in below[:SAMPLE]])
    if not set(map(field_of, labels)) & _NAMING:
        what = f"no column holds names; the columns are: {', '.join(filter(None, found))[:200]}"
        return [], [Problem(page=page, what=what)]
    below = _fill_down(labels, below)
    table = _Table(page, labels, None, [], headings)
    table.key = _key_column(table, below)
    return list(_records(table, below, placed)), table.problems


def _columns(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The columns of the rows; short rows are filled up."""
    return list(zip_longest(*rows, fillvalue=""))


def _header(rows: Sequence[Numbered]) -> tuple[int, list[str] | None]:
    """(index of the first row of values, labels); labels None if neither header nor values can be understood."""
    best, most = None, 0
    for index, (_, row) in enumerate(rows[:HEADER_WITHIN]):
        known = _known_labels(row)
        if known > most and (known >= 2 or (len(row) == 1 and index == 0)):
            best, most = index, known
    if best is not None:
        labels = list(map(_tidy, rows[best][1]))
        if best + 1 < len(rows) and _is_second_header(labels, rows[best + 1][1]):
            return best + 2, _join_headers(labels, rows[best + 1][1])
        return best + 1, labels
    values = [row for _, row in rows]
    if len(values) > 2 and _is_unlike(values[0], values[1:SAMPLE]):
        return 1, list(map(_tidy, values[0]))
    looks = guess_labels(values[:SAMPLE])
    if not set(looks) & _NAMING or (len(set(looks) - {""}) < 2 and len(looks) != 1):
        return 0, None
    columns = zip(looks, _columns(values[:SAMPLE]), strict=False)
    return 0, [look or ("remark" if _is_wordy(column) else "") for look, column in columns]


def _is_wordy(column: Sequence[str]) -> bool:
    filled = [value for value in column if value]
    return sum(any(map(str.isalpha, value)) for value in filled) * 2 > len(filled)


def _is_second_header(labels: Sequence[str], row: Row) -> bool:
    """Whether the row below a header names its columns more closely ("Phone" over "Office" and "Fax")."""
    cells = [_tidy(cell) for cell in row if cell]
    known = sum(field_of(cell) is not None for cell in cells)
    enough = known >= 2 and known * 3 >= len(cells) * 2 and _known_labels(row) >= 2
    return enough and list(map(_tidy, row)) != list(labels)


def _join_headers(labels: Sequence[str], row: Row) -> list[str]:
    """The labels of two rows together; a label above counts for the columns right of it that have none."""
    found = []
    above = ""
    for own, below in zip_longest(labels, map(_tidy, row), fillvalue=""):
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


def _is_unlike(first: Row, others: Sequence[Row]) -> bool:
    """Whether a row of unknown words is a header: no contact in it, but contacts in the columns below."""
    if len([cell for cell in first if cell]) < 2 or len(set(first)) < len(first):
        return False
    if any(has_email(cell) or has_phone(cell) or looks_like_person(cell) for cell in first):
        return False
    below = [cell for row in others for cell in row if cell]
    return any(has_email(cell) or has_phone(cell) for cell in below) and not set(first) & set(below)


def _tidy(label: str) -> str:
    return " ".join(label.split())[:80]


def complete_labels(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The labels; those that no field claims get, after a dot, the field that their values look like.

    A column of several things ("Contact" with telephone and e-mail) is labelled BY_LINES: each line is taken by itself.
    """
    columns = dict(enumerate(_columns(rows)))
    labels = [BY_LINES if _is_mixed(label, columns.get(at, ())) else label for at, label in enumerate(labels)]
    looks = guess_labels(rows, [name for label in labels if (name := field_of(label))])[: len(labels)]
    return [_complete_label(label, look) for label, look in zip_longest(labels, looks, fillvalue="")]


def _complete_label(label: str, look: str) -> str:
    # "Joined" and "License No" hold digits like a postcode's, too; a postcode's own label would be known.
    if not look or field_of(label) or label == BY_LINES or (label and look == "postcode"):
        return label
    return f"{label}.{look}" if label else look


def _fill_down(labels: Sequence[str], rows: Sequence[Numbered]) -> list[Numbered]:
    """The rows; where a state or country is written only in the first row of those it holds for, in all of them."""
    for index, label in enumerate(labels):
        if field_of(label) not in ("region", "country"):
            continue
        values = [row[index] if index < len(row) else "" for _, row in rows]
        filled = [value for value in values if value]
        if not filled or not values[0] or len(filled) * 5 > len(values) * 3 or len(set(filled)) < len(filled):
            continue
        rows = list(_carry(rows, index))
    return list(rows)


def _carry(rows: Sequence[Numbered], column: int) -> Iterator[Numbered]:
    shown = ""
    for number, row in rows:
        if column < len(row):
            shown = row[column] or shown
            row = [*row[:column], shown, *row[column + 1 :]]
        yield number, row


def _is_mixed(label: str, values: Sequence[str]) -> bool:
    """Whether the values of an unknown (or only naming) label hold several fields, or contacts where a name is due."""
    field = field_of(label)
    filled = [value for value in values if value]
    if field not in (None, "name", "remark") or not label or not filled:
        return False
    kinds = [sum((has_phone(value), has_email(value), has_url(value), has_address(value))) for value in filled]
    pairs = zip(kinds, filled, strict=True)
    if field == "name":
        mixed = [kind and not looks_like_person(value.split("\n")[0]) for kind, value in pairs]
    else:
        mixed = [kind > 1 or (kind > 0 and "\n" in value) for kind, value in pairs]
    return sum(map(bool, mixed)) * 2 > len(filled)


def _key_column(table: _Table, rows: Sequence[Numbered]) -> int | None:
    """The column of the publisher's own keys; None if there is none or its values repeat too often to be keys."""
    column = next((index for index, label in enumerate(table.labels) if field_of(label) == "key"), None)
    values = [row[column] for _, row in rows if column < len(row) and row[column]] if column is not None else []
    repeated = len(values) - len(set(values))
    if column is not None and repeated * 10 > len(values) and repeated > 1:
        what = f"column {table.labels[column]!r} repeats its values: not used as key"
        table.problems.append(Problem(page=table.page, what=what))
        return None
    return column if values else None


def _nest_heading(base: tuple[str, ...], current: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The headings below a row that names a place: a state goes under its country's row, any other replaces that."""
    land = country(current[len(base)]) if len(current) > len(base) else None
    state = region(place, land.code) if land else None
    if land and state and state.country_code == land.code and place != current[len(base)]:
        return (*base, current[len(base)], place)
    return (*base, place)


def _records(table: _Table, rows: Sequence[Numbered], headings: tuple[str, ...]) -> Iterator[Record]:
    for number, row in rows:
        if list(map(_tidy, row)) == table.labels[: len(row)]:
            continue
        if only := _only_cell(row, table):
            names_somebody = looks_like_person(only) or looks_like_organisation(only)
            place = only if is_place(only) else None if names_somebody else place_in(only)
            headings = _nest_heading(table.headings, headings, place) if place else headings
            if place or not names_somebody:
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
            texts += _label_cell(table, label, cell)
    return Record(page=table.page, key=key, texts=tuple(texts), headings=headings, links=tuple(links))


def _label_cell(table: _Table, label: str, cell: str) -> list[Labelled]:
    """The cell under its label; a practice's name on the first line of an address apart from it."""
    match field_of(label):
        case "name":
            return [Labelled(label=label, text=_join_name(cell))]
        case "address" if "\n" in cell and "practice" not in map(field_of, table.labels):
            first, _, rest = cell.partition("\n")
            if is_organisation(first) and not has_address(first) and has_address(rest):
                return [Labelled(label="practice", text=first), Labelled(label=label, text=rest)]
    return [Labelled(label=label, text=cell)]


def _join_name(cell: str) -> str:
    """A name that is written over several lines: its credentials, or the rest of it, belong to the first."""
    name, *lines = [line.strip() for line in cell.split("\n") if line.strip()] or [cell]
    while lines and (is_credentials(lines[0]) or (names_person(f"{name} {lines[0]}") and not names_person(name))):
        comma = "," if is_credentials(lines[0]) and not name.endswith(",") else ""
        name += f"{comma} {lines.pop(0)}"
    return "\n".join([name, *lines])


def _page_link(page: str, label: str, cell: str) -> Link | None:
    """The entry's own page, or the page that is its evidence, where the column is one of those."""
    if "evidence" in label.lower():
        return Link(text=label, href=cell, rel="evidence") if is_safe_url(cell) else None
    if field_of(label) != "page":
        return None
    address = absolute(page, cell)
    return Link(text=label, href=address, rel="detail") if address and is_safe_url(address) else None
