"""Extracts HTML tables: their cells with row and column spans filled in, for `sheets.rows`, which reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement

from ldn_directory.extract.page import Page, is_hidden, select
from ldn_directory.extract.paging import next_pages, stated_total
from ldn_directory.extract.sheets.grid import Grid, known_labels
from ldn_directory.extract.sheets.rows import join_extractions, read_grid
from ldn_directory.model import Extraction, Problem, Record

from .headings import headings_of
from .label_splitting import plain_label
from .lines import Layout, Line, layout_of

_PLACED = frozenset(("table", "td", "th"))
_MAX_COLUMNS = 100
_MAX_ROWSPAN = 2_000
_KEY = re.compile(r"(?:^|[^\d])(\d{2,})$")
_LABEL_ATTRIBUTES = ("data-label", "data-title", "data-th", "aria-label", "data-column")


@dataclass(slots=True)
class Cell:
    """A table cell with its visible lines."""

    element: HtmlElement
    lines: list[Line]
    span: int
    text: str = field(init=False)

    def __post_init__(self) -> None:
        lines = self.lines
        self.text = lines[0].text if len(lines) == 1 else "\n".join(line.text for line in lines if line.text)


Labeller = Callable[[HtmlElement, int], str | None]
"""Maps a cell and its column number to a label."""


def extract(page: Page, *, rows: str | None = None) -> Extraction:
    """The records of the page's tables. `rows` is a CSS selector for tables, boxes around them, or rows.

    Without it, all tables are read that are not layout. A selector that matches nothing is reported as a problem.
    """
    layout = layout_of(page)
    read = read_tables(page, layout, _select_tables(page, rows) if rows else dict.fromkeys(page.root.iter("table")))
    problem = None if read.records or not rows else f"the selector {rows!r} of `rows` matches no table row"
    found = make_extraction(page, layout, read.records, problem)
    return replace(found, columns=read.columns, reasons=read.reasons)


def make_extraction(page: Page, layout: Layout, records: Iterable[Record], problem: str | None = None) -> Extraction:
    """The records with the next page, the stated total and an optional problem. Totals are in short lines."""
    text = "\n".join(line.text for line in layout.lines if len(line.text) < 120)
    return Extraction(
        records=tuple(records),
        problems=(Problem(page=page.url, what=problem),) if problem else (),
        next_pages=next_pages(page) if page.kind != "text" else (),
        total=stated_total(text),
    )


def read_tables(
    page: Page,
    layout: Layout,
    tables: Mapping[HtmlElement, set[HtmlElement] | None],
    labeller_of: Callable[[HtmlElement], Labeller] | None = None,
) -> Extraction:
    """The records and columns of the tables, or only of the rows given for one. `layout` is that of the whole page.

    Tables around other tables are layout and left out, unless their own cells name columns: then those within are
    left out. `labeller_of` gives a function whose labels come before a table's header.
    """
    places = {element: box for box, element in enumerate(layout.elements) if element.tag in _PLACED}
    outer = [table for table in tables if next(table.iterdescendants("table"), None) is not None]
    within = {inner for table in outer if _names_columns(table) for inner in table.iterdescendants("table")}
    layout_only = {table for table in outer if not _names_columns(table)}
    tables = {table: rows for table, rows in tables.items() if table not in within and table not in layout_only}
    boxes = sorted(places[table] for table in tables if table in places)
    spans = [(layout.first[box], layout.last[box]) for box in boxes]
    above = dict(zip(boxes, headings_of(layout, spans), strict=True))
    found: list[Extraction] = []
    for table, only in tables.items():
        grid = _grid_of(page, table, layout, places, only, labeller_of(table) if labeller_of else None)
        caption = table.find("caption")
        headings = above.get(places.get(table, -1), ())
        if caption is not None:
            headings = (*headings, " ".join(caption.text_content().split()))
        if grid.rows:
            found.append(read_grid(page.url, grid, headings=headings, base=page.base))
    read = join_extractions([one for one in found if one.records])
    # The same table once more, for narrow screens, holds no further entries.
    return replace(
        read, records=tuple({(one.texts, one.headings): one for one in reversed(read.records)}.values())[::-1]
    )


def _names_columns(table: HtmlElement) -> bool:
    """Whether one of the table's first rows names columns in cells that hold no table."""
    rows = table.xpath("./tr|./thead/tr|./tbody/tr")[:3]
    cells = ([cell for cell in row.iterchildren("td", "th") if cell.find(".//table") is None] for row in rows)
    return any(known_labels([" ".join(cell.text_content().split()) for cell in row]) >= 2 for row in cells)


def _select_tables(page: Page, rows: str) -> dict[HtmlElement, set[HtmlElement] | None]:
    """The tables that the selector matches, with the rows where it matches rows."""
    found: dict[HtmlElement, set[HtmlElement] | None] = {}
    for element in select(page.root, rows):
        if element.tag != "tr":
            found.update(dict.fromkeys([element] if element.tag == "table" else element.iter("table")))
        elif (table := next(element.iterancestors("table"), None)) is not None:
            chosen = found.setdefault(table, set())
            if chosen is not None:
                chosen.add(element)
    return found


def _grid_of(
    page: Page,
    table: HtmlElement,
    layout: Layout,
    places: dict[HtmlElement, int],
    only: set[HtmlElement] | None,
    labeller: Labeller | None,
) -> Grid:
    """The table's own rows. Footers and hidden rows are left out. Hidden columns of responsive tables are kept."""
    cells: list[list[Cell]] = []
    elements: list[HtmlElement] = []
    repeated: set[tuple[int, int]] = set()
    open_spans: dict[int, tuple[Cell, int]] = {}
    for row in table.xpath("./tr|./thead/tr|./tbody/tr"):
        if is_hidden(row) and row.getparent().tag != "thead":
            continue
        found: list[Cell] = []
        for element in row.iterchildren("td", "th"):
            _fill(found, open_spans, repeated, len(cells))
            box = places.get(element)
            inside = layout.lines[layout.first[box] : layout.last[box]] if box is not None else None
            lines = layout_of(page, element).lines if inside is None else inside
            cell = Cell(element, lines, _span(element, "colspan", _MAX_COLUMNS))
            if (rowspan := _span(element, "rowspan", _MAX_ROWSPAN)) > 1:
                open_spans[len(found)] = (cell, rowspan - 1)
            found.append(cell)
            found += [Cell(element, [], 0)] * (min(cell.span, _MAX_COLUMNS - len(found)) - 1)
        _fill(found, open_spans, repeated, len(cells))
        if found:
            cells.append(found[:_MAX_COLUMNS])
            elements.append(row)
    numbered = list(enumerate(zip(elements, cells, strict=True)))
    width = max(map(len, cells), default=0)
    heads = {number for number, (row, found) in numbered if _is_head(row, found)}
    return Grid(
        rows=[list(map(_cell_text, found)) for found in cells],
        lines=lambda row, column: cells[row][column].lines if row < len(cells) and column < len(cells[row]) else (),
        names=_names([found for number, (_, found) in numbered if number not in heads], bool(heads), labeller, width),
        heads=heads,
        wide={number for number, (_, found) in numbered if _is_wide(found, width)},
        repeated=repeated,
        keys={number: key for number, (row, _) in numbered if (key := _key(row))},
        chosen=None if only is None else {number for number, (row, _) in numbered if row in only},
    )


def _fill(
    cells: list[Cell], open_spans: dict[int, tuple[Cell, int]], repeated: set[tuple[int, int]], number: int
) -> None:
    while (held := open_spans.get(len(cells))) is not None:
        cell, left = held
        if left > 1:
            open_spans[len(cells)] = (cell, left - 1)
        else:
            del open_spans[len(cells)]
        repeated.add((number, len(cells)))
        cells.append(cell)


def _span(element: HtmlElement, name: str, most: int) -> int:
    stated = (element.get(name) or "1").strip()
    return max(1, min(int(stated), most)) if stated.isdecimal() and len(stated) < 6 else 1


def _cell_text(cell: Cell) -> str:
    """The text of a cell; that of a header cell as a label."""
    if cell.element.tag != "th" or not cell.span or "\n" in cell.text:
        return cell.text.strip()
    shown = " ".join(cell.text.split()).rstrip(":")
    return plain_label(shown) if shown else cell.element.get("data-name") or cell.element.get("abbr") or ""


def _is_head(row: HtmlElement, cells: Sequence[Cell]) -> bool:
    return row.getparent().tag == "thead" or all(cell.element.tag == "th" for cell in cells)


def _is_wide(cells: Sequence[Cell], width: int) -> bool:
    """Whether the row's only text stands in one cell over all columns, or is set off from the others."""
    said = [cell for cell in cells if cell.text.strip()]
    if len(said) != 1:
        return False
    cell = said[0]
    wide = cell.span >= max(2, width - 1) or cell.element.tag == "th" or len(cells) == 1
    return wide or all(line.level for line in cell.lines)


def _names(body: Sequence[Sequence[Cell]], named: bool, labeller: Labeller | None, width: int) -> dict[int, str]:
    """What the cells themselves say of their column: by `labeller`, or in an attribute where there is no header."""
    found = {}
    for column in range(width):
        elements = [cells[column].element for cells in body[:20] if column < len(cells)]
        stated = (labeller(element, column) for element in elements) if labeller else iter(())
        label = next(filter(None, stated), None) or (
            None if named else next(filter(None, map(_attribute, elements)), None)
        )
        if label:
            found[column] = label
    return found


def _attribute(element: HtmlElement) -> str | None:
    for name in _LABEL_ATTRIBUTES:
        if stated := (element.get(name) or "").strip().rstrip(":"):
            return stated if len(stated) < 60 else None
    return None


def _key(row: HtmlElement) -> str | None:
    found = _KEY.search(row.get("id") or row.get("data-id") or row.get("data-entry-id") or "")
    return found[1] if found else None
