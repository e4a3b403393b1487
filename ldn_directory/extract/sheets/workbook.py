"""The visible cells of a workbook (XLSX, or OpenDocument by `opendocument.py`) as rows of text."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

from ldn_directory.extract.page import Page
from ldn_directory.extract.signals import has_email, has_url, is_place
from ldn_directory.extract.unpacking import ArchiveRefused, open_archive
from ldn_directory.model import Problem

from . import opendocument
from .grid import Row

MOST_UNPACKED = 120_000_000
MOST_WITH_STYLES = 12_000_000
"""Unpacked bytes up to which merged and hidden cells are looked at: that needs the whole workbook in memory."""
MOST_EMPTY_ROWS = 2_000
# What openpyxl, zipfile and the XML parsers run into in broken or hostile workbooks.
_BROKEN = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    AssertionError,
    EOFError,
    OSError,
    RuntimeError,
    ArithmeticError,
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    CellCoordinatesException,
)
_WORDS_FOR_LINKS = frozenset("website web link site homepage url e-mail email here www visit".split())  # noqa: SIM905
Sheet = tuple[str, list[Row], tuple[str, ...]]


def sheets_of(page: Page, name: str | None, most_rows: int, most_columns: int) -> tuple[list[Sheet], list[Problem]]:
    """(title, rows, headings) of each visible sheet, or of the one named; what was hidden is left out and said so.

    A value of cells merged downwards stands in each of their rows. A sheet named after a place is headed by it.
    """
    problems: list[Problem] = []
    try:
        with open_archive(page.body, MOST_UNPACKED) as archive:
            small = sum(member.file_size for member in archive.infolist()) <= MOST_WITH_STYLES
            if "mimetype" in archive.namelist():
                return opendocument.sheets_of(archive, name, most_rows, most_columns), problems
        book = openpyxl.load_workbook(io.BytesIO(page.body), read_only=not small, data_only=True)
        sheets = [
            (one.title, _rows(page, one, small, most_rows, most_columns, problems), (one.title,) * is_place(one.title))
            for one in _select_sheets(book, name)
        ]
    except KeyError as error:
        return [], [Problem(page=page.url, what=f"has no part or sheet {name or error}")]
    except ArchiveRefused as error:
        return [], [Problem(page=page.url, what=str(error))]
    except _BROKEN as error:
        return [], [Problem(page=page.url, what=f"is no readable workbook: {type(error).__name__}: {str(error)[:200]}")]
    return sheets, problems


def _select_sheets(book: Any, name: str | None) -> list[Any]:
    if name is not None:
        return [book[name]]
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:100]


def _rows(page: Page, sheet: Any, whole: bool, most_rows: int, most_columns: int, problems: list[Problem]) -> list[Row]:
    merged: dict[tuple[int, int], Any] = {}
    hidden_columns: set[int] = set()
    hidden_rows: set[int] = set()
    if whole:
        merged = _merged_cells(sheet)
        columns = sheet.column_dimensions
        hidden_columns = {at for at in range(1, most_columns + 1) if _is_hidden(columns, get_column_letter(at))}
        hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    rows: list[Row] = []
    empty = 0
    for number, cells in enumerate(
        sheet.iter_rows(max_row=most_rows, max_col=min(sheet.max_column or 1, most_columns)), 1
    ):
        shown = (merged.get((number, at)) or cell for at, cell in enumerate(cells, 1))
        row = ["" if at in hidden_columns else _text(cell) for at, cell in enumerate(shown, 1)]
        rows.append([] if number in hidden_rows else row)
        empty = 0 if any(row) else empty + 1
        if empty > MOST_EMPTY_ROWS:
            break
    _report_hidden(page, sheet, len(hidden_columns), len(hidden_rows & set(range(1, len(rows) + 1))), problems)
    return rows


def _is_hidden(dimensions: Any, letter: str) -> bool:
    return letter in dimensions and bool(dimensions[letter].hidden)


def _report_hidden(page: Page, sheet: Any, columns: int, rows: int, problems: list[Problem]) -> None:
    for what, count in (("column", columns), ("row", rows)):
        if count:
            hidden = f"sheet {sheet.title!r} hides {count} {what}{'s' if count > 1 else ''}: left out"
            problems.append(Problem(page=page.url, what=hidden))


def _merged_cells(sheet: Any) -> dict[tuple[int, int], Any]:
    """The cell that each cell of a merged range shows, for ranges of one column."""
    found: dict[tuple[int, int], Any] = {}
    for area in list(sheet.merged_cells.ranges)[:5_000]:
        if area.min_col == area.max_col and area.max_row - area.min_row < 5_000:
            shown = sheet.cell(area.min_row, area.min_col)
            found |= {(number, area.min_col): shown for number in range(area.min_row, area.max_row + 1)}
    return found


def _text(cell: Any) -> str:
    value = cell.value
    target = getattr(getattr(cell, "hyperlink", None), "target", None)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    if target and len(text) < 40 and not has_url(text) and not has_email(text) and text.lower() in _WORDS_FOR_LINKS:
        return str(target).removeprefix("mailto:")
    return text
