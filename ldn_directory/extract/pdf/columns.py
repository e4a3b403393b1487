"""Columns of a PDF page: gutters that no text crosses, and whether rows are read across them.

Two columns of prose are read one after the other; the columns of a table are read across. What tells them apart is what
they hold: entries (names and contacts both) stand in each column of prose, one kind of value in a table's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ldn_directory.extract.signals import (
    has_address,
    has_email,
    has_phone,
    head_of,
    is_label,
    is_place,
    is_strong_name,
    is_weak_name,
)

from .pages import Row, Segment, Word

_NARROWEST = 8
"""The width of white space between two columns, in points."""
_CROSSING = 0.12
"""Share of the rows beside a gutter that may cross it: headings over all columns."""
_SAME_EDGE = 4.0
_BLEED = 1.0
"""Points by which a word may reach into a gutter."""
_ENOUGH_ROWS = 3


@dataclass(frozen=True, slots=True)
class Gutter:
    """White space between two columns, in points from the left."""

    x0: float
    x1: float


def gutters_of(rows: Sequence[Row], before: Sequence[Gutter] = ()) -> list[Gutter]:
    """The gutters of the rows, from left to right. Where there are too few rows, those of the page before."""
    found = _find_gutters(rows)
    if found or not before or len(rows) == 0:
        return found
    crossing = sum(any(_crosses(segment, gutter) for segment in row.segments for gutter in before) for row in rows)
    return list(before) if crossing <= max(1, _CROSSING * len(rows)) else []


def _find_gutters(rows: Sequence[Row]) -> list[Gutter]:
    if len(rows) < _ENOUGH_ROWS:
        return []
    left = int(min(row.x0 for row in rows))
    covered = [0] * (int(max(row.x1 for row in rows)) - left + 3)
    for segment in (segment for row in rows for segment in row.segments):
        for at in range(int(segment.x0) - left, min(int(segment.x1) - left + 1, len(covered))):
            covered[at] += 1
    most = max(1, int(_CROSSING * len(rows)))
    # White space at either edge of the page is no gutter.
    runs = [(start, length) for start, length in clear_runs(covered, most) if 0 < start < len(covered) - length]
    return [Gutter(left + start, left + start + length) for start, length in runs if length >= _NARROWEST]


def clear_runs(covered: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """(start, length) of each run of places that at most so many rows cover."""
    start = 0
    for at, count in enumerate([*covered, most + 1]):
        if count > most:
            yield start, at - start
            start = at + 1


def _crosses(segment: Segment, gutter: Gutter) -> bool:
    return segment.x0 < gutter.x0 and segment.x1 > gutter.x1


def cells_of(row: Row, gutters: Sequence[Gutter]) -> list[list[Segment]] | None:
    """The row's segments by column; None if one of them lies across a gutter and so belongs to none."""
    cells: list[list[Segment]] = [[] for _ in range(len(gutters) + 1)]
    for segment in row.segments:
        for part in _split_at_gutters(segment, gutters):
            if any(_crosses(part, gutter) for gutter in gutters):
                return None
            middle = (part.x0 + part.x1) / 2
            cells[sum(middle > (gutter.x0 + gutter.x1) / 2 for gutter in gutters)].append(part)
    return cells


def _split_at_gutters(segment: Segment, gutters: Sequence[Gutter]) -> list[Segment]:
    """The segment, cut at the gutters that it runs over between two words."""
    parts: list[list[Word]] = [[]]
    for word in segment.words:
        last = parts[-1][-1] if parts[-1] else None
        if last and any(_lies_between(gutter, last, word) for gutter in gutters):
            parts.append([])
        parts[-1].append(word)
    return [Segment(part) for part in parts if part]


def _lies_between(gutter: Gutter, before: Word, after: Word) -> bool:
    """Whether the white space between two words is the gutter, or begins the column right of it."""
    if before.x1 <= gutter.x0 + _BLEED and after.x0 >= gutter.x1 - _BLEED:
        return True
    return after.x0 - before.x1 > 0.4 * after.size and abs(after.x0 - gutter.x1) < _SAME_EDGE


def hold_entries_each(rows: Sequence[Row], gutters: Sequence[Gutter]) -> bool:
    """Whether at least two columns hold entries of their own: names, and contacts that are no names."""
    columns: list[list[str]] = [[] for _ in range(len(gutters) + 1)]
    for row in rows:
        for index, cell in enumerate(cells_of(row, gutters) or []):
            if cell:
                columns[index].append("  ".join(segment.text for segment in cell))
    return sum(map(_holds_entries, columns)) >= 2


def _holds_entries(texts: Sequence[str]) -> bool:
    contacts = sum(has_phone(text) or has_email(text) or has_address(text) for text in texts)
    names = sum(_is_name(text) for text in texts)
    return len(texts) >= _ENOUGH_ROWS and names >= 1 and names * 12 >= len(texts) and contacts * 6 >= len(texts)


def _is_name(text: str) -> bool:
    head = head_of(text)
    if is_label(head) or is_place(head):
        return False
    return is_strong_name(head) or is_weak_name(head)
