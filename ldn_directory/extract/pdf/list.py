"""Lists as PDF files with text in them: tables, ruled or aligned, and entries line by line in one or more columns.

A scan, which holds pictures of text, is reported as one. `limits` and `pages` bound what is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ldn_directory.extract.html import generic
from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.page import MAX_BYTES, Page
from ldn_directory.extract.sheets.grid import are_days, known_labels
from ldn_directory.extract.sheets.grid import columns_of as columns_of_cells
from ldn_directory.extract.sheets.rows import join_extractions, read_rows
from ldn_directory.model import Extraction, Problem
from ldn_directory.normalize.labels import field_of

from .columns import Gutter, cells_of, gutters_of, hold_entries_each
from .limits import Unreadable
from .lines import Run, flow_of_runs, runs_of, style_of
from .pages import Row, Sheet, open_pdf, remove_running_heads, rows_of, sheets_of
from .tables import Cells, aligned_rows, header_in, ruled_tables

_SCANNED = 20
"""Characters on a page up to which pictures make it a scan."""
_LIKE_A_TABLE = 2
"""Gutters from which aligned text without a header may be a table."""
_MOST_PROBLEMS = 50


@dataclass(slots=True)
class _Table:
    """A table over one or more pages."""

    edges: tuple[int, ...]
    rows: list[Cells] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    """The same as lines, in case it is not a table of entries."""


@dataclass(slots=True)
class _Document:
    """What the pages hold, in reading order: runs of lines, and tables."""

    parts: list[Run | _Table] = field(default_factory=list)
    gutters: list[Gutter] = field(default_factory=list)
    """Of the last page, between columns or in an aligned table."""
    aligned: _Table | None = None
    """The table without rules that the last page ended in."""


def extract(page: Page) -> Extraction:
    """One record for each entry. Problems name the page of the file."""
    if len(page.body) > MAX_BYTES:
        return _empty_extraction(page, f"has {len(page.body):,} bytes, more than the {MAX_BYTES:,} that are read")
    problems: list[Problem] = []
    try:
        sheets = _sheets(page, problems)
    except Unreadable as error:
        return _empty_extraction(page, str(error))
    problems += _textless(page, sheets)
    remove_running_heads(sheets, _is_content)
    document = _Document()
    for sheet in sheets:
        _add_sheet(document, sheet)
    return replace(_read(page, document, sheets), problems=tuple(problems[:_MOST_PROBLEMS]))


def _empty_extraction(page: Page, what: str) -> Extraction:
    return Extraction(problems=(Problem(page=page.url, what=what),))


def _sheets(page: Page, problems: list[Problem]) -> list[Sheet]:
    """The pages that can be read. Raises Unreadable if the file as a whole cannot."""
    found = list(sheets_of(open_pdf(page)))
    if not found:
        raise Unreadable("is a PDF without pages")
    unread = (one for one in found if not isinstance(one, Sheet))
    problems += [Problem(page=page.url, record=f"page {number}", what=what) for number, what in unread]
    return [one for one in found if isinstance(one, Sheet)]


def _textless(page: Page, sheets: Sequence[Sheet]) -> list[Problem]:
    """What to report of pages that hold pictures of text, or unknown characters."""
    scanned = [sheet.number for sheet in sheets if sheet.pictures and sheet.characters <= _SCANNED]
    coded = [sheet.number for sheet in sheets if sheet.unmapped * 3 > sheet.characters > 0]
    empty = [sheet.number for sheet in sheets if not sheet.characters and not sheet.pictures]
    problems = []
    if scanned:
        where = "is a scan" if len(scanned) == len(sheets) else f"holds scanned pages ({_page_numbers(scanned)})"
        advice = "ask the publisher for the file it was printed from, or type it into a table"
        problems.append(f"{where}: pictures of text and no text; {advice}")
    if coded:
        where = f"does not say which letters its characters are (page {_page_numbers(coded)})"
        problems.append(f"{where}: copy it by hand, or ask for another format")
    if sheets and len(empty) == len(sheets):
        problems.append("holds neither text nor pictures of it")
    return [Problem(page=page.url, what=what) for what in problems]


def _page_numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (" and others" if len(numbers) > 10 else "")


def _is_content(text: str) -> bool:
    """Whether a text that is repeated page by page is no running head: a place, or the header of a table."""
    if place_in(text):
        return True
    return len({name for part in text.split("  ") if (name := field_of(part.strip()))}) >= 2


def _add_sheet(document: _Document, sheet: Sheet) -> None:
    ruled = ruled_tables(sheet)
    taken = {id(word) for _, _, words in ruled for word in words}
    rows = rows_of([word for row in sheet.rows for word in row.words if id(word) not in taken]) if taken else sheet.rows
    for top, cells, words in sorted(ruled, key=lambda table: table[0]):
        above = [row for row in rows if row.top < top]
        _add_rows(document, sheet, above)
        inside = rows_of(words)
        edges = (0,) * max(map(len, cells))
        _add_table(document, edges, cells, runs_of(sheet, inside, []), above)
    _add_rows(document, sheet, rows)


def _add_rows(document: _Document, sheet: Sheet, rows: Sequence[Row]) -> None:
    """Adds rows outside ruled tables: an aligned table from its header on, the rest as lines."""
    if not rows:
        return
    header = header_in(rows)
    if header is not None:
        _add_lines(document, sheet, rows[:header])
        _add_aligned(document, sheet, rows[header], rows[header + 1 :], rows[:header])
    elif document.aligned is not None and _keeps_to(rows, document.gutters):
        _add_aligned(document, sheet, None, rows, ())
    else:
        document.aligned = None
        _add_lines(document, sheet, rows)


def _keeps_to(rows: Sequence[Row], gutters: Sequence[Gutter]) -> bool:
    cells = [cells_of(row, gutters) for row in rows]
    several = sum(one is not None and sum(map(bool, one)) >= 2 for one in cells)
    return cells.count(None) * 5 <= len(rows) <= several * 2


def _add_aligned(
    document: _Document, sheet: Sheet, header: Row | None, body: Sequence[Row], above: Sequence[Row]
) -> None:
    gutters = gutters_of(body) if header is not None else document.gutters
    rows = aligned_rows(body, gutters, sheet.rules) if body else []
    if header is not None:
        named = cells_of(header, gutters) or [[segment] for segment in header.segments]
        rows = [[" ".join(segment.text for segment in cell) for cell in named], *rows]
    shown = [*([header] if header is not None else []), *body]
    document.gutters = gutters
    document.aligned = _add_table(document, (len(gutters),), rows, runs_of(sheet, shown, []), above)


def _add_lines(document: _Document, sheet: Sheet, rows: Sequence[Row]) -> None:
    if not rows:
        return
    gutters = gutters_of(rows, document.gutters)
    cells = aligned_rows(rows, gutters, sheet.rules) if gutters else []
    dated = any(map(are_days, columns_of_cells(cells)))
    if gutters and (dated or not hold_entries_each(rows, gutters)):
        if dated or len(gutters) >= _LIKE_A_TABLE:
            _add_table(document, (len(gutters),), cells, runs_of(sheet, rows, []), ())
            return
        gutters = []
    document.gutters = gutters
    document.parts += runs_of(sheet, rows, gutters)


def _add_table(
    document: _Document, edges: tuple[int, ...], rows: list[Cells], runs: list[Run], above: Sequence[Row]
) -> _Table:
    """Adds the rows, to the table before if they go on with that one. A place right above the table heads its rows."""
    table = next((part for part in reversed(document.parts) if isinstance(part, _Table)), None)
    place = next((found for row in reversed(above) if (found := place_in(row.text))), None)
    named = bool(rows) and known_labels(rows[0]) >= 2
    if table is None or table.edges != edges or not table.rows or (named and rows[0] not in table.rows[:6]):
        table = _Table(edges)
        document.parts.append(table)
    if place and rows:
        rows.insert(int(named), [place, *[""] * (len(rows[0]) - 1)])
    table.rows += rows
    table.runs += runs
    return table


def _read(page: Page, document: _Document, sheets: Sequence[Sheet]) -> Extraction:
    """The entries of the tables, then those of all other lines."""
    found: list[Extraction] = []
    runs: list[Run] = []
    for part in document.parts:
        if isinstance(part, Run):
            runs.append(part)
            continue
        read = read_rows(page.url, part.rows)
        found.append(read)
    flow = flow_of_runs([run for run in runs if run.rows], style_of(sheets))
    return join_extractions([*found, Extraction(records=generic.read_lines(page.url, flow))])
