"""Tables of a PDF page, ruled or set by tabulators, as rows of cells."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ldn_directory.extract.sheets.grid import known_labels
from ldn_directory.extract.signals import (
    has_address,
    has_email,
    has_phone,
    has_url,
    is_place,
    is_strong_name,
    names_person,
    urls_of,
)

from .columns import Gutter, cells_of
from .pages import Box, Row, Segment, Sheet, Word, rows_of

Cells = list[str]
_NARROWEST = 2.0
"""Points of white space between two columns of a table."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.A)
_DOMAIN_GAP = re.compile(r"(?<=@)([\w-]+)\s?\.\s?([a-z]{2,}(?:\s?\.\s?[a-z]{2,3})?)\b", re.A)
_AT_GAP = re.compile(r"(?<=[\w.+-])\s?@\s?(?=[\w-])", re.A)
_BROKEN_TOKEN = re.compile(r"^(?:https?://|www\.)\S*$|^\S*@\S*$", re.I)


def mend_emails(text: str) -> str:
    """The text without the spaces inside its e-mail addresses."""
    if "@" not in text:
        return text
    return _DOMAIN_GAP.sub(lambda found: re.sub(r"\s", "", found[0]), _AT_GAP.sub("@", text))


def join_lines(lines: Sequence[str], full: Sequence[bool] = ()) -> str:
    """The lines of a cell as text: an address broken over lines is whole again, a hyphenated word too.

    `full` says of each line whether the next one's first word found no room in it, so that they are one line.
    """
    found: list[str] = []
    for index, line in enumerate(lines):
        last = found[-1] if found else ""
        if last and " " not in line and _is_broken(last.rsplit(" ", 1)[-1], line):
            found[-1] = last + line
        elif len(last) > 2 and last[-1] == "-" and last[-2].isalpha() and line[:1].islower() and "@" not in last:
            found[-1] = last[:-1] + line
        elif last and index <= len(full) and full[index - 1] and not _stands_alone(last, line):
            found[-1] = f"{last} {line}"
        else:
            found.append(line)
    return mend_emails("\n".join(found))


def _stands_alone(last: str, line: str) -> bool:
    """Whether a line is a value of its own, even if the line above is full."""
    if names_person(last) and is_strong_name(line):
        return True
    return has_phone(line) or has_email(line) or has_url(line) or has_address(line) or is_place(line)


def _full(rows: Sequence[Row], right: float) -> list[bool]:
    """Of each row but the last, whether the first word of the next would not have found room before `right`."""
    return [before.is_full(after, right, 0.25) for before, after in pairwise(rows)]


def _is_broken(token: str, after: str) -> bool:
    """Whether an e-mail or web address goes on in the next line."""
    if token.endswith("@") or after.startswith("@"):
        return True
    if not _BROKEN_TOKEN.match(token) or has_phone(after) or "@" in after or after.lower().startswith(("http", "www.")):
        return False
    if "@" in token:
        if not _EMAIL.fullmatch(token) or after.startswith(".") or token.endswith((".", "-")):
            return True
        return (
            after.isalpha()
            and after.islower()
            and _is_site(f"x.{token.rsplit('.', 1)[-1]}{after}")
            and (len(after) <= 3 or not _is_site(f"x.{token.rsplit('.', 1)[-1]}"))
        )
    return token.endswith((".", "-", "/", "_")) or after.startswith((".", "/")) or not has_url(token)


def _is_site(text: str) -> bool:
    """Whether the text ends in a top-level domain that is known."""
    return has_url(text) and urls_of(text)[-1] == text


def ruled_tables(sheet: Sheet) -> list[tuple[float, list[Cells], list[Word]]]:
    """(upper edge, rows, words) of each ruled table with two columns or more.

    Cells that a neighbour spans repeat it: downwards its text, sideways nothing.
    """
    found = []
    words = [word for row in sheet.rows for word in row.words]
    for grid in sheet.grids:
        if len(grid) < 2 or max(len(row) for row in grid) < 2:
            continue
        boxes = [box for row in grid for box in row if box]
        if not boxes:
            continue
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        inside = [word for word in words if is_within(word, (min(lefts), min(tops), max(rights), max(bottoms)))]
        rows = _grid_rows(sheet, grid, inside)
        if sum(sum(bool(cell) for cell in row) >= 2 for row in rows) >= 2:
            found.append((min(box[1] for box in boxes), rows, inside))
    return found


def is_within(word: Word, box: Box) -> bool:
    """Whether the word's middle is in the box, or at most a point beside it."""
    return (
        box[0] - 1 <= (word.x0 + word.x1) / 2 <= box[2] + 1 and box[1] - 1 <= (word.top + word.bottom) / 2 <= box[3] + 1
    )


def _grid_rows(sheet: Sheet, grid: Sequence[Sequence[Box | None]], words: Sequence[Word]) -> list[Cells]:
    rows: list[Cells] = []
    for boxes in grid:
        shown = [box for box in boxes if box]
        section = len(shown) == 1 and len(boxes) > 2
        row = []
        for index, box in enumerate(boxes):
            above = rows[-1][index] if rows and index < len(rows[-1]) else ""
            row.append(
                _cell(sheet, words, box) if box else "" if section or (index and _spans(boxes, index)) else above
            )
        rows.append(row)
    return rows


def _spans(boxes: Sequence[Box | None], index: int) -> bool:
    """Whether the cell to the left reaches over this place."""
    left = next((box for box in reversed(boxes[:index]) if box), None)
    right = next((box for box in boxes[index + 1 :] if box), None)
    return left is not None and (right is None or left[2] > right[0] - 2)


def _cell(sheet: Sheet, words: Sequence[Word], box: Box) -> str:
    inside = [
        word
        for word in words
        if box[0] - 0.5 <= (word.x0 + word.x1) / 2 < box[2] and box[1] - 0.5 <= (word.top + word.bottom) / 2 < box[3]
    ]
    lines = rows_of(inside)
    padding = max(0.0, min((row.x0 for row in lines), default=box[0]) - box[0])
    return join_lines([row.text for row in lines], _full(lines, box[2] - padding))


def header_in(rows: Sequence[Row]) -> int | None:
    """Index of the row that names columns; None if none does."""
    return next((index for index, row in enumerate(rows) if is_header(row)), None)


def is_header(row: Row) -> bool:
    """Whether the row names at least two fields in segments of their own, and states no value."""
    texts = [segment.text for segment in row.segments]
    known = known_labels(texts)
    return known >= 2 and known * 2 >= len(texts) and len({text.casefold() for text in texts}) == len(texts)


def aligned_rows(
    rows: Sequence[Row], gutters: Sequence[Gutter], rules: Sequence[tuple[float, float, float]]
) -> list[Cells]:
    """The rows of a table set without vertical rules; lines of one row are put together.

    Rules between rows tell them apart, or wider spacing, or that a row begins where its first cell is filled.
    """
    lines = [(row, cells_of(row, gutters)) for row in rows]
    filled = [cells for _, cells in lines if cells]
    breaks = _breaks(rows, rules, _anchor(filled))
    groups: list[list[Aligned]] = []
    for row, cells in lines:
        if not groups or breaks.falls_before(row, cells, groups[-1]):
            groups.append([])
        groups[-1].append((row, cells))
    edges = _right_edges(filled, len(gutters) + 1)
    return _merge(groups, edges)


Aligned = tuple[Row, list[list[Segment]] | None]
"""A line of a table with its cells; None for the cells of a line that lies across them."""


@dataclass(frozen=True, slots=True)
class _Breaks:
    """What tells one row of a table from the next."""

    anchor: int
    """The column that each row begins with."""
    heights: list[float] | None
    """Of rules between rows."""
    spacing: float | None
    """The distance of base lines above which a new row begins."""

    def falls_before(self, row: Row, cells: list[list[Segment]] | None, group: Sequence[Aligned]) -> bool:
        """Whether a new row begins with this line, after those of the group."""
        before, open_cells = group[-1]
        if cells is None or open_cells is None:
            return True
        if self.heights is not None:
            middle, half = (before.bottom + row.top) / 2, max(6, row.top - before.bottom)
            return any(before.top < at < row.bottom and abs(at - middle) <= half for at in self.heights)
        filled = list(map(bool, cells))
        count, anchored = sum(filled), filled[self.anchor]
        if self.spacing is not None:
            begun = any(earlier is not None and earlier[self.anchor] for _, earlier in group)
            return before.pitch(row) > self.spacing or (begun and anchored and count * 2 > len(filled) and count > 2)
        several = count >= max(2, len(filled) // 2) or not any(open_cells)
        return anchored and (several or before.pitch(row) > 1.6 * (row.bottom - row.top))


def _breaks(rows: Sequence[Row], rules: Sequence[tuple[float, float, float]], anchor: int) -> _Breaks:
    width = max((row.x1 for row in rows), default=0) - min((row.x0 for row in rows), default=0)
    pairs = list(pairwise(rows))
    heights = [at for at, x0, x1 in rules if x1 - x0 >= 0.5 * width]
    ruled = sum(any(before.bottom <= at + 2 and at - 2 <= after.top + 3 for at in heights) for before, after in pairs)
    spacing = _row_spacing(rows)
    wide = sum(before.pitch(after) > spacing for before, after in pairs) if spacing is not None else 0
    return _Breaks(
        anchor,
        heights if ruled >= 2 and ruled * 12 >= len(rows) else None,
        spacing if wide * 8 >= len(rows) else None,
    )


def _right_edges(rows: Sequence[list[list[Segment]]], width: int) -> list[float]:
    """The right edge of each column: the furthest that its texts reach."""
    return [max((cells[column][-1].x1 for cells in rows if cells[column]), default=0.0) for column in range(width)]


def _anchor(rows: Sequence[list[list[Segment]]]) -> int:
    """The first column that is filled in nearly as many lines as any: each row of the table begins with it."""
    filled = [sum(bool(cell) for cell in column) for column in zip(*rows, strict=True)]
    return next((index for index, count in enumerate(filled) if count * 10 >= max(filled) * 8), 0)


def _row_spacing(rows: Sequence[Row]) -> float | None:
    """The distance of base lines above which a new row begins, if there are two kinds of distances."""
    pitches = sorted(before.pitch(after) for before, after in pairwise(rows))
    if len(pitches) < 4:
        return None
    narrow = pitches[len(pitches) // 10]
    return narrow * 1.25 if statistics.quantiles(pitches, n=20)[-1] > narrow * 1.3 else None


def _merge(groups: Sequence[Sequence[Aligned]], edges: Sequence[float]) -> list[Cells]:
    """The text of each group of lines, by column. Lines of a column most of whose lines have room left stay apart."""
    cells: list[list[list[Row]]] = [[[] for _ in edges] for _ in groups]
    for group, columns in zip(groups, cells, strict=True):
        for _, parts in group:
            for column, part in zip(columns, parts or [], strict=False):
                if part:
                    column.append(Row(part))
    flags = [[_full(columns[at], edge) for columns in cells] for at, edge in enumerate(edges)]
    wrapped = [3 * sum(map(sum, column)) >= 2 * sum(map(len, column)) for column in flags]
    return [
        [mend_emails(" ".join(row.text for row, _ in group)), *[""] * (len(edges) - 1)]
        if group[0][1] is None
        else [
            join_lines([row.text for row in rows], flags[at][index] if wrapped[at] else ())
            for at, rows in enumerate(columns)
        ]
        for index, (group, columns) in enumerate(zip(groups, cells, strict=True))
    ]
