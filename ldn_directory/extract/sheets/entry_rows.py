"""Which rows of a table are one entry's, and which head others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.signals import has_email, has_phone, is_place
from ldn_directory.model import Column, Problem
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person
from ldn_directory.normalize.postal_address import looks_like_street
from ldn_directory.normalize.regions import country, region

from .grid import NAMING, Grid, Numbered, Row, tidy

_ABOUT_A_PERSON = NAMING | {"credentials", "specialty", "title"}


@dataclass(slots=True)
class Table:
    """Rows of one table with their columns, and what was noticed in them."""

    page: str
    base: str
    grid: Grid
    headings: tuple[str, ...]
    """Those above the table."""
    columns: Sequence[Column] = ()
    by_lines: frozenset[int] = frozenset()
    """Columns whose cells hold several fields, one a line."""
    left_out: frozenset[int] = frozenset()
    """Columns of the days of a list of duties."""
    naming: Sequence[int] = ()
    letters: Mapping[int, str] = field(default_factory=dict)
    """Columns that say yes or no, headed by a credential."""
    key: int | None = None
    problems: list[Problem] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def problem(self, number: int, what: str) -> None:
        self.problems.append(Problem(page=self.page, record=f"row {number + 1}", what=what))


@dataclass(slots=True)
class Entry:
    """The rows of one entry, and which cells it has from the row of an earlier one."""

    rows: list[int]
    headings: tuple[str, ...] = ()
    filled: dict[int, int] = field(default_factory=dict)
    """Column -> row."""
    below: list[int] = field(default_factory=list)
    """Rows of one cell that go on with the entry."""


def only_text(row: Row) -> str | None:
    """The text of a row's only cell."""
    filled = [cell for cell in row if cell]
    return filled[0] if len(filled) == 1 else None


def nest_heading(base: tuple[str, ...], current: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The headings below a row that names a place: a state goes under its country's row, any other replaces that."""
    land = country(current[len(base)]) if len(current) > len(base) else None
    state = region(place, land.code) if land else None
    if land and state and state.country_code == land.code and place != current[len(base)]:
        return (*base, current[len(base)], place)
    return (*base, place)


def _alternates(rows: Sequence[Numbered]) -> bool:
    """Whether each full row is followed by a row of one cell: what that says belongs to the entry above."""
    single = [only_text(row) is not None for _, row in rows[:400]]
    followed = sum(not one and below for one, below in pairwise(single))
    full = single.count(False)
    return bool(single) and not single[0] and followed >= 2 and followed * 5 >= full * 4 and sum(single) <= followed


def entries_of(table: Table, rows: Sequence[Numbered], headings: tuple[str, ...]) -> list[Entry]:
    """The entries with their rows."""
    grid = table.grid
    alternates = _alternates(rows)
    labels = [column.label or "" for column in table.columns]
    personal = [at for at, column in enumerate(table.columns) if column.field in _ABOUT_A_PERSON]
    found: list[Entry] = []
    for number, row in rows:
        if _repeats_labels(row, labels):
            continue
        only = only_text(row) if len(labels) > 1 else None
        if only and alternates and found:
            found[-1].below.append(number)
            continue
        if only and (below := _headings_below(table, number, only, headings)) is not None:
            headings = below
            continue
        if grid.chosen is not None and number not in grid.chosen:
            continue
        entry = Entry([number], headings)
        if found and _is_without_name(table, number, row):
            above = found[-1].filled.get(table.naming[0], found[-1].rows[0])
            if not _differs(grid.rows[above], row, grid, number):
                found[-1].rows.append(number)
                continue
            entry.filled = {at: above for at in personal if at >= len(row) or not row[at]}
        found.append(entry)
    return found


def _repeats_labels(row: Row, labels: Sequence[str]) -> bool:
    """Whether a row is the header again."""
    said = [(tidy(cell), label) for cell, label in zip(row, labels, strict=False) if cell]
    return len(said) >= min(2, len(labels)) and all(cell == label for cell, label in said)


def _headings_below(table: Table, number: int, only: str, headings: tuple[str, ...]) -> tuple[str, ...] | None:
    """The headings for the rows below a row of one cell; None if it is an entry."""
    text = " ".join(only.split())
    names_somebody = (looks_like_person(text) or looks_like_organisation(text)) and not text.endswith((".", "!"))
    place = text if is_place(text) else None if names_somebody else place_in(text)
    if table.grid.lines is None:
        if len(table.columns) <= 2 or has_phone(text) or has_email(text):
            return None
        return nest_heading(table.headings, headings, place) if place else None if names_somebody else headings
    if len(text) > 80 or has_phone(text) or has_email(text) or number not in table.grid.wide:
        return None
    return nest_heading(table.headings, headings, place) if place else (*table.headings, text)


def _is_without_name(table: Table, number: int, row: Row) -> bool:
    """Whether a row names nobody, or only repeats a name that spans it, and has no key of its own."""
    repeated = table.grid.repeated
    own = [at for at, cell in enumerate(row) if cell and (number, at) not in repeated]
    if not table.naming or not own or (table.key is not None and table.key in own):
        return False
    return not set(own) & set(table.naming)


def _differs(above: Row, row: Row, grid: Grid, number: int) -> bool:
    """Whether the rows cannot be one entry's, since each has a telephone, an e-mail or a street of its own."""
    own = [cell for at, cell in enumerate(row) if cell and (number, at) not in grid.repeated]
    tests = (has_phone, has_email, _has_street)
    return any(any(map(test, above)) and any(map(test, own)) for test in tests)


def _has_street(text: str) -> bool:
    return any(looks_like_street(line) and not is_place(line.rstrip(" 0123456789-")) for line in text.split("\n"))
