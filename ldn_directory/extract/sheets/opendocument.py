"""The visible cells of an OpenDocument spreadsheet (.ods) as rows of text (OpenDocument 1.3, part 3, section 9)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from lxml import etree

from ldn_directory.extract.signals import is_place
from ldn_directory.extract.unpacking import ArchiveRefused, read_member

from .grid import Row

KIND = b"application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_TABLE, _TEXT, _OFFICE, _STYLE = (f"{{{_NAMES.format(name)}}}" for name in ("table", "text", "office", "style"))
_MOST_EMPTY = 2_000


def sheets_of(
    archive: zipfile.ZipFile, name: str | None, most_rows: int, most_columns: int
) -> list[tuple[str, list[Row], tuple[str, ...]]]:
    """(title, rows, headings) of each visible sheet, or of the one named.

    Raises ArchiveRefused for another kind of document, KeyError if there is no such sheet.
    """
    if read_member(archive, "mimetype").strip() != KIND:
        raise ArchiveRefused("is an OpenDocument file, but no spreadsheet")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(read_member(archive, "content.xml"), parser)
    hidden = {
        str(style.get(f"{_STYLE}name"))
        for style in root.iter(f"{_STYLE}style")
        if any(one.get(f"{_TABLE}display") == "false" for one in style)
    }
    tables = {str(table.get(f"{_TABLE}name")): table for table in root.iter(f"{_TABLE}table")}
    if name is not None:
        tables = {name: tables[name]}
    return [
        (title, list(_rows(table, most_rows, most_columns)), (title,) * is_place(title))
        for title, table in tables.items()
        if name is not None or table.get(f"{_TABLE}style-name") not in hidden
    ]


def _rows(table: etree._Element, most_rows: int, most_columns: int) -> Iterator[Row]:
    """The rows, without empty ones at the end; those that are hidden are empty."""
    count, empty = 0, 0
    for row in table.iter(f"{_TABLE}table-row"):
        is_hidden = row.get(f"{_TABLE}visibility") in ("collapse", "filter")
        cells = [] if is_hidden else _cells(row, most_columns)
        times = min(int(row.get(f"{_TABLE}number-rows-repeated") or 1), most_rows)
        if not cells:
            empty += times
            if empty > _MOST_EMPTY:
                return
            continue
        for one in (*([[]] * empty), *([cells] * times)):
            if count >= most_rows:
                return
            count += 1
            yield one
        empty = 0


def _cells(row: etree._Element, most: int) -> Row:
    found: Row = []
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        times = min(int(cell.get(f"{_TABLE}number-columns-repeated") or 1), most - len(found))
        found += [_text(cell)] * times
    while found and not found[-1]:
        found.pop()
    return found


def _text(cell: etree._Element) -> str:
    """What a cell shows, a line for each paragraph; of a number or a truth value, what it is."""
    if cell.get(f"{_OFFICE}value-type") == "boolean":
        return "yes" if cell.get(f"{_OFFICE}boolean-value") == "true" else "no"
    return "\n".join("".join(_pieces(line)) for line in cell.iterchildren(f"{_TEXT}p")).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for part in element:
        if part.tag == f"{_TEXT}s":
            yield " " * int(part.get(f"{_TEXT}c") or 1)
        elif part.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
            yield "\n" if part.tag.endswith("break") else " "
        elif part.tag != f"{_OFFICE}annotation":
            yield from _pieces(part)
        yield part.tail or ""
