"""Rows of cells as a page or a file has them: which way round they stand, and which row names the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from ldn_directory.extract.html.lines import Line
from ldn_directory.extract.signals import (
    has_address,
    has_email,
    has_phone,
    has_url,
    label_field,
)
from ldn_directory.normalize.names import looks_like_person

HEADER_WITHIN = 15
SAMPLE = 60
NAMING = frozenset(("name", "practice", "last_name", "first_name"))
_LONGEST_LABEL = 60
_MOST_FIELDS = 60
"""Rows up to which a table may stand on its side: each is a field."""
_DAY = re.compile(r"(?<!\d)(?:3[01]|[12]\d|0?[1-9])(?!\d)")
_NUMBERED = re.compile(r"(?:#|No\.? ?|\()?(\d{1,4})[.):]?\s{1,3}(?=[^\W\d_])")
_CONTACTS: tuple[Callable[[str], bool], ...] = (has_phone, has_email, has_url, has_address)

Row = list[str]
Numbered = tuple[int, Row]


@dataclass(slots=True, kw_only=True)
class Grid:
    """The cells of a table, and what else is known of a table on a web page."""

    rows: list[Row]
    lines: Callable[[int, int], Sequence[Line]] | None = None
    """The lines of a cell, by row and column; None for a file, whose cells are plain text."""
    names: Mapping[int, str] = field(default_factory=dict)
    """What the markup itself calls a column."""
    heads: Collection[int] = frozenset()
    """Rows that the markup says are headers."""
    wide: Collection[int] = frozenset()
    """Rows of one cell over all columns, or of one that is set off."""
    repeated: Collection[tuple[int, int]] = frozenset()
    """Cells (row, column) that repeat the one above, which spans them."""
    keys: Mapping[int, str] = field(default_factory=dict)
    chosen: Collection[int] | None = None
    """The rows that may be entries; None for all."""

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)


def columns_of(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The columns of the rows; short rows are filled up."""
    return list(zip_longest(*rows, fillvalue=""))


def tidy(label: str) -> str:
    """A label on one line."""
    return " ".join(label.split()).rstrip(":")[:80]


def known_labels(row: Sequence[str]) -> int:
    """How many fields the row names, 0 if it holds values."""
    if any(len(cell) > 80 or has_email(cell) or has_phone(cell) or has_url(cell) for cell in row):
        return 0
    return len({cell.casefold() for cell in row if cell and label_field(tidy(cell))})


def is_calendar(rows: Sequence[Row]) -> bool:
    """Whether most columns hold days: what such a table shows is when, not who."""
    columns = [column for column in columns_of(rows[:SAMPLE]) if any(column)]
    days = sum(map(are_days, columns))
    return days >= 3 and days * 2 > len(columns)


def are_days(column: Sequence[str]) -> bool:
    """Whether the cells of a column are days in their order: one after the other, or a week apart."""
    filled = [cell for cell in column if cell]
    days = [int(found[0]) for cell in filled if len(cell) <= 24 and (found := _DAY.search(cell))]
    steps = Counter(after - before for before, after in pairwise(days))
    return len(days) >= 3 and len(days) * 4 >= len(filled) * 3 and (steps[1] + steps[7]) * 5 >= (len(days) - 1) * 3


def upright(grid: Grid) -> Grid:
    """The grid with a row for each entry: turned if its first column names the fields, or values run along its rows."""
    rows = [row for row in grid.rows if any(row)]
    if grid.width < 3 or not 2 <= len(rows) <= _MOST_FIELDS or grid.names:
        return grid
    first = [row[0] for row in rows]
    across = max(map(known_labels, rows[:HEADER_WITHIN]))
    down = known_labels(first)
    named = [cell for cell in first if cell]
    labelled = down >= 2 and down * 2 >= len(named) == len(set(named))
    if across >= max(2, down) or not (labelled or (across < 2 and _runs_along_rows(rows))):
        return grid
    lines = grid.lines
    return Grid(
        rows=[list(column) for column in zip_longest(*grid.rows, fillvalue="")],
        lines=(lambda row, column: lines(column, row)) if lines else None,
        heads=(0,),
    )


def _runs_along_rows(rows: Sequence[Row]) -> bool:
    """Whether contacts of one kind stand beside each other, never below each other."""
    columns = columns_of(rows)
    along = 0
    for test in _CONTACTS:
        beside = max(sum(map(test, row)) for row in rows)
        below = max(sum(map(test, column)) for column in columns)
        if below >= 2 and below >= beside:
            return False
        along += beside >= 2
    return along >= 2


def header_of(rows: Sequence[Numbered], grid: Grid) -> tuple[int, list[str]]:
    """(position of the first row of values, labels); no labels if there is no header."""
    best, most = None, 0
    for at, (number, row) in enumerate(rows[:HEADER_WITHIN]):
        if (worth := _header_worth(row, number in grid.heads, first=at == 0)) > most:
            best, most = at, worth
    if best is not None:
        labels = list(map(tidy, rows[best][1]))
        above = rows[best - 1][1] if best else []
        if sum(map(bool, above)) > 1 and known_labels(above) and "" in rows[best][1]:
            return best + 1, _join_headers(list(map(tidy, above)), rows[best][1])
        if best + 1 < len(rows) and _is_second_header(labels, rows[best + 1][1]):
            return best + 2, _join_headers(labels, rows[best + 1][1])
        return best + 1, labels
    values = [row for _, row in rows]
    if grid.lines is None and len(values) > 2 and _is_unlike(values[0], values[1:SAMPLE]):
        return 1, list(map(tidy, values[0]))
    return 0, []


def _header_worth(row: Row, marked: bool, *, first: bool) -> int:
    """How much speaks for a row as the header: the fields that it names, and that the markup says so."""
    filled = [cell for cell in row if cell]
    known = known_labels(row)
    if marked and (known or len(filled) >= 2) and all(len(cell) <= _LONGEST_LABEL for cell in filled):
        return 0 if any(has_phone(cell) or has_email(cell) for cell in filled) else 2 * known + 3
    if (known >= 2 and known * 3 >= len(set(filled))) or (known and len(row) == 1 and first):
        return 2 * known
    return 0


def _is_second_header(labels: Sequence[str], row: Row) -> bool:
    """Whether the row below a header names its columns more closely ("Phone" over "Office" and "Fax")."""
    cells = [tidy(cell) for cell in row if cell]
    known = sum(label_field(cell) is not None for cell in cells)
    enough = known >= 2 and known * 3 >= len(cells) * 2 and known_labels(row) >= 2
    return enough and list(map(tidy, row)) != list(labels)


def _join_headers(labels: Sequence[str], row: Row) -> list[str]:
    """The labels of two rows together; a label above counts for the columns right of it that have none."""
    found = []
    above = ""
    for own, below in zip_longest(labels, map(tidy, row), fillvalue=""):
        above = own or (above if below else "")
        whole = f"{above} {below}".strip()
        if label_field(whole):
            found.append(whole)
        elif label_field(below) and not label_field(own.strip(",/ ")):
            found.append(below)
        else:
            found.append(above if label_field(above) else whole)
    return found


def _is_unlike(first: Row, others: Sequence[Row]) -> bool:
    """Whether a row of unknown words is a header: no contact in it, but contacts in the columns below."""
    if any(has_email(cell) or has_phone(cell) or looks_like_person(cell) for cell in first):
        return False
    below = [cell for row in others for cell in row if cell]
    return any(has_email(cell) or has_phone(cell) for cell in below) and not set(first) & set(below)


def name_parts(labels: list[str], rows: Sequence[Row]) -> list[str]:
    """The labels, where a name stands in two columns with "first name" and "last name" for those."""
    for at, label in enumerate(labels[:-1]):
        if label_field(label) != "name" or labels[at + 1] not in ("", label):
            continue
        pairs = [(row[at], row[at + 1]) for row in rows[:SAMPLE] if len(row) > at + 1 and row[at] and row[at + 1]]
        apart = sum(not looks_like_person(a) and looks_like_person(f"{a} {b}") for a, b in pairs)
        if pairs and apart * 3 >= len(pairs) * 2:
            return [*labels[:at], "first name", "last name", *labels[at + 2 :]]
    return labels


def pairs_of(grid: Grid) -> Iterator[list[int]]:
    """The rows of each entry in a table of labels and values: one entry, or one from each return of the first label."""
    rows = [(number, row) for number, row in enumerate(grid.rows) if any(row)]
    if len(rows) < 2 or any(len(row) != 2 for _, row in rows):
        return
    labels = [tidy(row[0]) for _, row in rows]
    known = sum(bool(label_field(label)) for label in labels)
    if known < 2 or known * 2 < len(rows) or all(label_field(tidy(cell)) for cell in rows[0][1]):
        return
    starts = Counter(labels)[labels[0]] > 1 and label_field(labels[0]) in NAMING
    entry: list[int] = []
    for (number, _), label in zip(rows, labels, strict=True):
        if entry and starts and label == labels[0]:
            yield entry
            entry = []
        entry.append(number)
    yield entry
