"""Extracts Drupal Views (versions 7 to 11): tables, unformatted rows and grids.

The class names are those of Drupal core's `views` templates (views-view-table, views-view-unformatted).
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.html import HtmlElement

from ldn_directory.extract.page import Page, select
from ldn_directory.extract.signals import could_be_title, is_empty
from ldn_directory.model import Extraction, Labelled, Record
from ldn_directory.normalize.labels import field_of

from .cards import key_of, point_of
from .entries import make_record
from .entry_links import entry_links
from .headings import headings_of
from .lines import Layout, layout_of, lines_in
from .table import Labeller, make_extraction, read_tables

_FIELD = re.compile(r"^views-field-(.+)$")
_HEADERS = re.compile(r"^view-(.+?)-table-column(?:--\d+)?$")
_ALL = frozenset(("All", "", "_none"))


def extract(page: Page) -> Extraction:
    """The records of every view on the page; no problem is reported if the view says that it is empty.

    A column's label is its header. Without one, it is the field's machine name (`views-field-field-city` gives `city`).
    """
    layout = layout_of(page, page.root.find("body"))
    views = _outermost(select(page.root, ".view")) or [page.root]
    tables = [table for view in views for table in view.iter("table") if not select(table, "td.views-empty")]
    read = read_tables(page, layout, dict.fromkeys(tables), _labeller)
    records = read.records or _rows(page, layout, views)
    empty = page.root.xpath("//*[contains(@class, 'view-empty') or contains(@class, 'views-empty')]")
    found = make_extraction(page, layout, records, None if records or empty else "the page has no view with rows")
    return replace(found, columns=read.columns, reasons=read.reasons)


def exposed_filters(page: Page) -> list[tuple[str, str, str]]:
    """(select name, option value, label) for each option of the page's exposed filters, except "any"."""
    forms = page.root.xpath("//form[contains(@id, 'views-exposed-form') or contains(@class, 'views-exposed-form')]")
    return [
        (select.get("name"), value, label)
        for form in forms
        for select in form.iter("select")
        if select.get("name")
        for option in select.iter("option")
        if (value := option.get("value", (option.text or "").strip())) not in _ALL
        and (label := " ".join(option.text_content().split()).lstrip("- "))
    ]


def _outermost(views: list[HtmlElement]) -> list[HtmlElement]:
    chosen = set(views)
    return [view for view in views if chosen.isdisjoint(view.iterancestors())]


def _labeller(table: HtmlElement) -> Labeller:
    """Labels cells with their column's machine name where the header row has no text."""
    titled = {header.get("id"): bool(header.text_content().strip()) for header in table.iter("th")}
    columns = [bool(header.text_content().strip()) for header in table.xpath(".//thead/tr[1]/*")]
    if not columns and not table.xpath(".//thead//th"):
        return lambda cell, _: field_name(cell)

    def name_of(cell: HtmlElement, _: int) -> str | None:
        stated = titled.get(cell.get("headers")) if cell.get("headers") else None
        if stated is None:
            position = sum(1 for _ in cell.itersiblings(preceding=True))
            stated = position < len(columns) and columns[position]
        return None if stated else field_name(cell)

    return name_of


def field_name(element: HtmlElement) -> str | None:
    """The field's machine name from the class of a cell or row part, without Drupal's `field-` prefix."""
    classes = map(_FIELD.match, (element.get("class") or "").split())
    found = next(filter(None, classes), None) or _HEADERS.match(element.get("headers") or "")
    return found[1].removeprefix("field-").replace("-", " ") if found else None


def _rows(page: Page, layout: Layout, views: list[HtmlElement]) -> list[Record]:
    rows = {row for view in views for row in view.iterdescendants() if "views-row" in (row.get("class") or "").split()}
    boxes = [box for box, element in enumerate(layout.elements) if element in rows]
    headings = headings_of(layout, [(layout.first[box], layout.last[box]) for box in boxes])
    records = [_row(page, layout, box, above) for box, above in zip(boxes, headings, strict=True)]
    return [record for record in records if record.texts]


def _row(page: Page, layout: Layout, box: int, headings: tuple[str, ...]) -> Record:
    row, lines = layout.elements[box], layout.lines[layout.first[box] : layout.last[box]]
    parts = [part for part in row.iter() if any(map(_FIELD.match, (part.get("class") or "").split()))]
    if not parts:
        title = next((index for index, line in enumerate(lines[:4]) if line.level and could_be_title(line.text)), None)
        return make_record(lines, page, headings=headings, title=title, key=key_of(row), point=point_of(row))
    places = {layout.elements[inner]: inner for inner in range(box, layout.ends[box])}
    texts = (_field_text(page, layout, places, part) for part in parts)
    return Record(
        page=page.url,
        key=key_of(row),
        texts=tuple(text for text in texts if text is not None),
        headings=headings,
        links=entry_links(lines, page.base, 0),
        point=point_of(row),
    )


def _first_of_class(part: HtmlElement, name: str) -> HtmlElement | None:
    return next((inner for inner in part.iterdescendants() if name in (inner.get("class") or "")), None)


def _field_text(page: Page, layout: Layout, places: dict[HtmlElement, int], part: HtmlElement) -> Labelled | None:
    label = _first_of_class(part, "views-label")
    content = _first_of_class(part, "field-content")
    content = part if content is None or (label is None and len(part) == 1) else content
    text = "\n".join(line.text for line in lines_in(page, layout, places, content) if line.text)
    if is_empty(text):
        return None
    stated = " ".join(label.text_content().split()).rstrip(": ") if label is not None else ""
    name = field_name(part)
    if stated and content is part and text.startswith(stated):
        text = text[len(stated) :].lstrip(": \n")
    known = name if name and field_of(name) else None
    return Labelled(label=stated if stated and (field_of(stated) or not known) else known or name, text=text)
