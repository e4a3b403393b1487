"""Lists as CSV, TSV or XLSX files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from ldn_directory.extract.html.lines import layout_of
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Problem

from .grid import Row
from .rows import join_extractions, read_rows
from .workbook import sheets_of

MOST_ROWS = 200_000
MOST_COLUMNS = 300
_MARKS = ",\t;|"
_RULED = re.compile(r":?-{3,}:?")
_SEP_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\r?\n", re.I)
_HTML_START = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body)\b", re.I | re.S)
_PUBLISHED = re.compile(r"<table\b[^>]*\bclass=[\"']?(?:[\w-]+ )*waffle\b", re.I)
_QUERY_ANSWER = re.compile(r"\s*(?:/\*.{0,20}\*/\s*)?google\.visualization\.Query\.setResponse\(", re.S)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def extract(page: Page, *, sheet: str | None = None, encoding: str | None = None) -> Extraction:
    """One record a row, with the labels of the header, which may be any of the first rows.

    `sheet` names one sheet of a workbook; without it all visible ones are read. `encoding` overrides the file's own.
    """
    if page.body.startswith(b"PK\x03\x04"):
        return _from_workbook(page, sheet)
    if page.body.startswith(_OLD_EXCEL):
        return _empty_extraction(page, "is an Excel file from before 2007: save it as .xlsx or CSV")
    try:
        text = _decode(page, encoding)
    except (LookupError, UnicodeError) as error:
        return _empty_extraction(page, f"cannot be decoded as {encoding}: {error}")
    if is_published_sheet(page):
        return _from_published(page)
    if _QUERY_ANSWER.match(text[:500]):
        return _from_query(page, text)
    if _HTML_START.match(text[:2_000]):
        return _empty_extraction(
            page,
            "an HTML page came instead of a table, perhaps to log in: publish the sheet to the web, or ask for a file",
        )
    return _from_text(page, text)


def tables_of(page: Page, sheet: str | None = None) -> list[list[Row]]:
    """The rows of each sheet, or of the file, as they are."""
    if page.body.startswith(b"PK\x03\x04"):
        return [list(rows) for _, rows, _ in sheets_of(page, sheet, MOST_ROWS, MOST_COLUMNS)[0]]
    text = _decode(page, None)
    return [list(_rows(text, delimiter_of(text), csv.QUOTE_MINIMAL))]


def is_published_sheet(page: Page) -> bool:
    """Whether the page is a Google sheet published as a web page (`pubhtml`)."""
    return page.kind == "html" and bool(_PUBLISHED.search(page.text[:3_000_000]))


def _from_published(page: Page) -> Extraction:
    """The sheets of a `pubhtml` page, without its column letters and row numbers."""
    tables = page.root.xpath("//table[contains(concat(' ', @class, ' '), ' waffle ')]")
    return join_extractions(
        [
            _from_rows(page, [[layout_of(page, cell).text() for cell in row.findall("td")] for row in table.iter("tr")])
            for table in tables
        ]
    )


def _from_query(page: Page, text: str) -> Extraction:
    """The answer of a sheet's query address (`gviz/tq`) in its own JSON."""
    try:
        table = json.loads(text[text.index("{") : text.rindex("}") + 1])["table"]
        header = [str(column.get("label") or "") for column in table["cols"]]
        rows = [[_cell_text(cell) for cell in row["c"]] for row in table["rows"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return _empty_extraction(page, f"is no readable answer of a sheet: {type(error).__name__}: {str(error)[:200]}")
    return _from_rows(page, [header, *rows])


def _from_rows(page: Page, rows: Sequence[Row], headings: tuple[str, ...] = ()) -> Extraction:
    rows = [row[:MOST_COLUMNS] for row in rows[:MOST_ROWS]]
    return read_rows(page.url, rows, headings=headings)


def _cell_text(cell: Any) -> str:
    value = (cell or {}).get("f") or (cell or {}).get("v")
    return "" if value is None else str(value).removesuffix(".0").strip()


def _empty_extraction(page: Page, what: str) -> Extraction:
    return Extraction(problems=(Problem(page=page.url, what=what),))


def _decode(page: Page, encoding: str | None) -> str:
    if encoding:
        return page.body.decode(encoding).replace("\x00", "")
    start = page.body[:400]
    if not start.startswith((b"\xff\xfe", b"\xfe\xff")) and start.count(b"\x00") * 3 > len(start):
        little = start[1::2].count(b"\x00") > start[::2].count(b"\x00")
        return page.body.decode("utf-16-le" if little else "utf-16-be", "replace")
    return page.text


def _from_text(page: Page, text: str) -> Extraction:
    stated = _SEP_LINE.match(text)
    mark = stated[1] if stated else delimiter_of(text)
    text = text[stated.end() :] if stated else text
    problems = []
    rows = list(_rows(text, mark, csv.QUOTE_MINIMAL))
    if _has_open_quote(rows, mark):
        problems.append("a quotation mark is never closed: quotation marks are taken literally")
        rows = [[cell.strip('"') for cell in row] for row in _rows(text, mark, csv.QUOTE_NONE)]
    rows = [row for row in rows if not _is_ruled(row)]
    if _is_prose(rows):
        return _empty_extraction(page, "is text in lines, not a table: most of its lines have other columns")
    if len(rows) > MOST_ROWS:
        problems.append(f"more than {MOST_ROWS:,} rows: the rest is left out")
    return join_extractions([*(_empty_extraction(page, what) for what in problems), _from_rows(page, rows)])


def _rows(text: str, mark: str, quoting: Literal[0, 3]) -> Iterator[Row]:
    csv.field_size_limit(64_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, skipinitialspace=True)
    while reader.line_num <= MOST_ROWS * 5:
        try:
            yield [cell.strip() for cell in next(reader)[:MOST_COLUMNS]]
        except StopIteration:
            return
        except csv.Error:
            continue


def _is_prose(rows: Sequence[Row]) -> bool:
    """Whether many lines, but not all, lack the separator: tables have it in each."""
    filled = [len(row) for row in rows[:200] if any(row)]
    return len(filled) > 3 and 3 * filled.count(1) >= len(filled) > filled.count(1)


def _is_ruled(row: Row) -> bool:
    """Whether a row is the line below the header of a Markdown table."""
    return len(row) > 1 and any(row) and all(_RULED.fullmatch(cell) for cell in row if cell)


def delimiter_of(text: str) -> str:
    """The separator that splits most of the first lines into equally many cells."""
    start = text[:20_000]

    def evenness(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in list(_rows(start, mark, csv.QUOTE_MINIMAL))[:40] if len(row) > 1)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        return count, width

    return max(_MARKS, key=lambda mark: (evenness(mark), -_MARKS.index(mark)))


def _has_open_quote(rows: list[Row], mark: str) -> bool:
    """Whether one cell holds lines that were rows, because a quotation mark was never closed."""
    return any(
        sum(line.count(mark) >= max(1, len(row) - 1) for line in cell.split("\n")) > 3
        for row in rows
        for cell in row
        if cell.count("\n") > 4
    )


def _from_workbook(page: Page, sheet: str | None) -> Extraction:
    """The records of all sheets; of sheets without any, problems count only if no sheet has records."""
    sheets, problems = sheets_of(page, sheet, MOST_ROWS, MOST_COLUMNS)
    parts = [_from_rows(page, rows, headings) for _, rows, headings in sheets]
    if len(sheets) > 1:
        parts = [_with_title(title, part) for (title, *_), part in zip(sheets, parts, strict=True)]
    return join_extractions(
        [Extraction(problems=tuple(problems)), *([part for part in parts if part.records] or parts)]
    )


def _with_title(title: str, part: Extraction) -> Extraction:
    named = (replace(one, record=f"{title}, {one.record or 'as a whole'}") for one in part.problems)
    return replace(part, problems=tuple(named))
