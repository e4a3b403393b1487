"""Extracts HTML tables: columns by header, group rows and captions as headings, row and column spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement

from ldn_directory.extract.columns import guess_labels
from ldn_directory.extract.page import Page, is_hidden, select
from ldn_directory.extract.paging import next_pages, stated_total
from ldn_directory.extract.signals import (
    has_email,
    has_phone,
    is_empty,
    is_label,
)
from ldn_directory.model import Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import is_credential

from .entries import labelled_texts, plain_label
from .entry_links import entry_links
from .headings import headings_of
from .lines import Layout, Line, layout_of

_PLACED = frozenset(("table", "td", "th"))
_NAMED = frozenset(("name", "last_name", "practice"))
_INFERRED = frozenset(("name", "city", "region", "postcode"))
_MAX_COLUMNS = 100
_MAX_ROWSPAN = 2_000
_KEY = re.compile(r"(?:^|[^\d])(\d{2,})$")
_QUALIFICATION = re.compile(
    r"fellow|certif|credential|degree|designat|qualif|diplom|title|board|abschluss|titel|titre|título", re.I
)
_LETTERS = re.compile(r"[A-Z]{3,8}")
_SPLIT_CREDENTIALS = re.compile(r"[\s,;/|]+")


@dataclass(slots=True)
class Cell:
    """A table cell with its visible lines."""

    element: HtmlElement
    lines: list[Line]
    header: bool
    span: int
    text: str = field(init=False)

    def __post_init__(self) -> None:
        lines = self.lines
        self.text = lines[0].text if len(lines) == 1 else "\n".join(line.text for line in lines if line.text)


Grid = list[tuple[HtmlElement, list[Cell]]]
"""Rows with their cells, with row spans filled in."""

Labeller = Callable[[HtmlElement, int], str | None]
"""Maps a cell and its column number to a label."""


def extract(page: Page, *, rows: str | None = None) -> Extraction:
    """The records of the page's tables. `rows` is a CSS selector for tables, boxes around them, or rows.

    Without it, all tables are read that are not layout. A selector that matches nothing is reported as a problem.
    """
    layout = layout_of(page)
    records = read_tables(page, layout, _select_tables(page, rows) if rows else dict.fromkeys(page.root.iter("table")))
    return make_extraction(
        page, layout, records, None if records or not rows else f"the selector {rows!r} of `rows` matches no table row"
    )


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
) -> list[Record]:
    """The records of the tables, or only of the rows given for a table. `layout` is that of the whole page.

    Tables around other tables are layout and left out. `labeller_of` gives a function whose labels come before a
    table's header.
    """
    places = {element: box for box, element in enumerate(layout.elements) if element.tag in _PLACED}
    tables = {table: rows for table, rows in tables.items() if next(table.iterdescendants("table"), None) is None}
    boxes = sorted(places[table] for table in tables if table in places)
    spans = [(layout.first[box], layout.last[box]) for box in boxes]
    above = dict(zip(boxes, headings_of(layout, spans), strict=True))
    found: list[Record] = []
    for table, only in tables.items():
        grid = grid_of(page, table, layout, places)
        labeller = labeller_of(table) if labeller_of else None
        found += _records_of_grid(page, table, grid, only, above.get(places.get(table, -1), ()), labeller)
    return found


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


def _records_of_grid(
    page: Page,
    table: HtmlElement,
    grid: Grid,
    only: set[HtmlElement] | None,
    above: tuple[str, ...],
    labeller: Labeller | None,
) -> list[Record]:
    if not grid:
        return []
    if pairs := _pairs(grid):
        return [_pair_record(page, pairs, above)]
    caption = table.find("caption")
    titled = (*above, " ".join(caption.text_content().split())) if caption is not None else above
    labels = _labels(grid)
    body = [row for row in grid if not _is_header(row[1], labels) and (only is None or row[0] in only)]
    labels = _with_credentials(labels, body) if any(labels) else infer_labels(body, len(labels))
    width = _width_of_an_entry(labels)
    several = width < len(labels)
    records: list[Record] = []
    group: tuple[str, ...] = ()
    for row, cells in body:
        if (title := _group_title(cells, len(labels))) is not None:
            group = (title,)
            continue
        for chunk in [cells[start : start + width] for start in range(0, len(cells), width)] if several else [cells]:
            if record := _row_record(page, row, chunk, labels[:width], (*titled, *group), labeller):
                records.append(replace(record, key=None) if several else record)
    return records


def _width_of_an_entry(labels: Sequence[str | None]) -> int:
    """The number of columns per entry. Some tables repeat the same columns side by side."""
    for width in range(2, len(labels) // 2 + 1):
        first = list(labels[:width])
        recurs = len(labels) % width == 0 and first * (len(labels) // width) == list(labels)
        if recurs and any(field_of(label) in _NAMED for label in first if label):
            return width
    return max(1, len(labels))


def grid_of(page: Page, table: HtmlElement, layout: Layout, places: dict[HtmlElement, int]) -> Grid:
    """The table's own rows. Footers and hidden rows are left out. Hidden columns of responsive tables are kept."""
    grid: Grid = []
    open_spans: dict[int, tuple[Cell, int]] = {}
    for row in table.xpath("./tr|./thead/tr|./tbody/tr"):
        if is_hidden(row) and row.getparent().tag != "thead":
            continue
        cells: list[Cell] = []
        for element in row.iterchildren("td", "th"):
            _fill(cells, open_spans)
            box = places.get(element)
            lines = (
                layout.lines[layout.first[box] : layout.last[box]]
                if box is not None
                else layout_of(page, element).lines
            )
            cell = Cell(element, lines, element.tag == "th", _span(element, "colspan", _MAX_COLUMNS))
            rowspan = _span(element, "rowspan", _MAX_ROWSPAN)
            if rowspan > 1:
                open_spans[len(cells)] = (cell, rowspan - 1)
            cells.append(cell)
            cells += [Cell(element, [], cell.header, 0)] * (min(cell.span, _MAX_COLUMNS - len(cells)) - 1)
        _fill(cells, open_spans)
        if cells:
            grid.append((row, cells[:_MAX_COLUMNS]))
    return grid


def _fill(cells: list[Cell], open_spans: dict[int, tuple[Cell, int]]) -> None:
    while (held := open_spans.get(len(cells))) is not None:
        cell, left = held
        if left > 1:
            open_spans[len(cells)] = (cell, left - 1)
        else:
            del open_spans[len(cells)]
        cells.append(cell)


def _span(element: HtmlElement, name: str, most: int) -> int:
    stated = (element.get(name) or "1").strip()
    return max(1, min(int(stated), most)) if stated.isdecimal() and len(stated) < 6 else 1


def _labels(grid: Grid) -> list[str | None]:
    """One label for each column, from the header row if there is one; otherwise None."""
    width = max(len(cells) for _, cells in grid)
    for row, cells in grid[:4]:
        if _looks_like_header(row, cells):
            labels = [_header_text(cell) for cell in cells]
            return labels + [None] * (width - len(labels))
    return [None] * width


def _header_text(cell: Cell) -> str | None:
    text = " ".join(cell.text.split()).rstrip(":")
    return plain_label(text) if text else cell.element.get("data-name") or cell.element.get("abbr")


def _looks_like_header(row: HtmlElement, cells: Sequence[Cell]) -> bool:
    texts = [" ".join(cell.text.split()) for cell in cells if cell.span and cell.text.strip()]
    if len(texts) < 2 or any(len(text) > 60 or has_phone(text) or has_email(text) for text in texts):
        return False
    known = sum(is_label(text) for text in texts)
    if row.getparent().tag == "thead" or all(cell.header for cell in cells):
        return known >= 1 or len(texts) >= 2
    return known >= 2 and known * 2 >= len(texts)


def _is_header(cells: Sequence[Cell], labels: Sequence[str | None]) -> bool:
    said = [_header_text(cell) for cell in cells if cell.span and cell.text.strip()]
    return bool(said) and any(labels) and all(text in labels for text in said) and len(said) >= min(2, len(labels))


def _with_credentials(labels: list[str | None], body: Grid) -> list[str | None]:
    """The labels, with columns of nothing but credentials relabelled."""
    found = list(labels)
    for column, label in enumerate(labels):
        if label is None or field_of(label) is None:
            stated = (cells[column].text for _, cells in body[:200] if column < len(cells))
            values = [text for text in stated if not is_empty(text)]
            hinted = bool(label and _QUALIFICATION.search(label))
            if values and sum(_only_credentials(value, hinted=hinted) for value in values) >= 0.8 * len(values):
                found[column] = "credentials"
    return found


def _only_credentials(text: str, *, hinted: bool) -> bool:
    """Whether a cell holds only credentials and other acronyms. One must be known, unless the header hints at it."""
    tokens = [token for token in _SPLIT_CREDENTIALS.split(text.strip()) if token]
    return (
        0 < len(tokens) <= 8
        and (hinted or any(map(is_credential, tokens)))
        and all(is_credential(token) or _LETTERS.fullmatch(token) for token in tokens)
    )


def infer_labels(body: Grid, width: int) -> list[str | None]:
    """Labels for columns without a header, from their values. None at all if no column holds names."""
    rows = [[cell.text if "\n" not in cell.text else "" for cell in cells] for _, cells in body[:200]]
    looks = guess_labels(rows) if len(rows) > 2 else []
    found = [label if label in _INFERRED else None for label in looks]
    found += [None] * (width - len(found))
    return found if "name" in found else [None] * width


def _group_title(cells: Sequence[Cell], columns: int) -> str | None:
    """The heading for the rows below, if the row is one; None if it is an entry."""
    said = [cell for cell in cells if cell.text.strip()]
    if len(said) != 1 or columns < 2:
        return None
    cell = said[0]
    text = " ".join(cell.text.split())
    wide = cell.span >= max(2, columns - 1) or cell.header or len(cells) == 1
    emphatic = all(line.level for line in cell.lines)
    if len(text) > 80 or has_phone(text) or has_email(text) or not (wide or emphatic):
        return None
    return text


def _row_record(
    page: Page,
    row: HtmlElement,
    cells: Sequence[Cell],
    labels: Sequence[str | None],
    headings: tuple[str, ...],
    labeller: Labeller | None,
) -> Record | None:
    texts: list[Labelled] = []
    links: dict[str, Link] = {}
    seen: set[int] = set()
    for column, cell in enumerate(cells):
        if not cell.lines or id(cell) in seen:
            continue
        seen.add(id(cell))
        stated = labels[column] if column < len(labels) else None
        label = (labeller(cell.element, column) if labeller else None) or stated
        texts += _cell_texts(cell, label or _attribute_label(cell.element))
        titled = 0 if field_of(label or "") in (None, "name", "practice") else None
        for link in entry_links(cell.lines, page.base, titled):
            links.setdefault(link.href, link)
    if not texts:
        return None
    return Record(page=page.url, key=_key(row), texts=tuple(texts), headings=headings, links=tuple(links.values()))


def _attribute_label(element: HtmlElement) -> str | None:
    for name in ("data-label", "data-title", "data-th", "aria-label", "data-column"):
        if stated := (element.get(name) or "").strip().rstrip(":"):
            return stated if len(stated) < 60 else None
    return None


def _cell_texts(cell: Cell, label: str | None) -> list[Labelled]:
    text = cell.text
    if is_empty(text):
        return []
    if label is None or (field_of(label) in _NAMED and (has_phone(text) or has_email(text))):
        return labelled_texts(cell.lines)
    if len(cell.lines) > 1 or ":" in text:
        inner = labelled_texts(cell.lines)
        if any(piece.label for piece in inner):
            stated = any(piece.label and field_of(piece.label) == field_of(label) for piece in inner)
            return [Labelled(label=piece.label or (None if stated else label), text=piece.text) for piece in inner]
    return [Labelled(label=label, text=text)]


def _key(row: HtmlElement) -> str | None:
    found = _KEY.search(row.get("id") or row.get("data-id") or row.get("data-entry-id") or "")
    return found[1] if found else None


def _pairs(grid: Grid) -> list[Cell]:
    """The cells of a table with one entry and a label and value in each row; empty for other tables."""
    if len(grid) < 2 or any(len(cells) != 2 for _, cells in grid):
        return []
    known = sum(is_label(cells[0].text) for _, cells in grid)
    if known < 2 or known * 2 < len(grid) or all(is_label(cell.text) for cell in grid[0][1]):
        return []
    return [cell for _, cells in grid for cell in cells]


def _pair_record(page: Page, cells: Sequence[Cell], headings: tuple[str, ...]) -> Record:
    texts: list[Labelled] = []
    for label, value in zip(cells[::2], cells[1::2], strict=True):
        if not is_empty(value.text):
            texts += _cell_texts(value, " ".join(label.text.split()).rstrip(":") or None)
    lines = [line for cell in cells for line in cell.lines]
    return Record(page=page.url, texts=tuple(texts), headings=headings, links=entry_links(lines, page.base))
