"""Lists as CSV, TSV or XLSX files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import openpyxl

from ldn_directory.model import Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import people
from ldn_directory.normalize.phones import has_phone
from ldn_directory.normalize.web import emails, is_safe_url, urls_in

from .page import Page

MOST_ROWS = 200_000
MOST_COLUMNS = 300
MOST_CELL = 20_000
MOST_UNPACKED = 200_000_000
HEADER_WITHIN = 15
_LOGIN = re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)

Row = list[str]


def extract(page: Page, *, sheet: str | None = None) -> Extraction:
    """One record a row; columns keep the labels of the header, wherever in the first rows that stands."""
    if page.body[:2] == b"PK":
        return _from_workbook(page, sheet)
    if _LOGIN.search(page.body[:2_000].decode("latin-1")):
        what = (
            "an HTML page came instead of a table, perhaps to log in: publish the sheet to the web, or ask for a file"
        )
        return Extraction(problems=(Problem(page=page.url, what=what),))
    return _from_rows(page, list(_csv_rows(page.text)))


def _csv_rows(text: str) -> Iterator[Row]:
    csv.field_size_limit(50_000_000)
    rows = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=_delimiter(text))
    try:
        for row in rows:
            yield [cell.strip() for cell in row[:MOST_COLUMNS]]
    except csv.Error:
        return


def _delimiter(text: str) -> str:
    first = "\n".join(text.splitlines()[:5])
    return max(("\t", ",", ";", "|"), key=lambda mark: (first.count(mark), mark == ","))


def _from_workbook(page: Page, sheet: str | None) -> Extraction:
    try:
        with zipfile.ZipFile(io.BytesIO(page.body)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                return Extraction(problems=(Problem(page=page.url, what="unpacks to more than 200 MB: refused"),))
        book = openpyxl.load_workbook(io.BytesIO(page.body), read_only=True, data_only=True)
        chosen = book[sheet] if sheet else book.worksheets[0]
        rows = [
            [_cell(value) for value in row[:MOST_COLUMNS]]
            for row in chosen.iter_rows(max_row=MOST_ROWS, values_only=True)
        ]
    except KeyError:
        return Extraction(problems=(Problem(page=page.url, what=f"has no sheet {sheet!r}"),))
    except (zipfile.BadZipFile, ValueError, OSError, TypeError, SyntaxError, EOFError) as error:
        return Extraction(problems=(Problem(page=page.url, what=f"is no readable workbook: {error}"),))
    return _from_rows(page, rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _from_rows(page: Page, rows: Sequence[Row]) -> Extraction:
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    start, labels = _header(filled)
    if labels is None:
        return Extraction(problems=(Problem(page=page.url, what="no column could be told to hold names"),))
    problems: list[Problem] = []
    records = list(_records(page, filled[start : start + MOST_ROWS], labels, problems))
    if len(rows) > MOST_ROWS:
        problems.append(Problem(page=page.url, what=f"more than {MOST_ROWS:,} rows: the rest is left out"))
    return Extraction(records=tuple(records), problems=tuple(problems))


def _header(rows: Sequence[tuple[int, Row]]) -> tuple[int, list[str] | None]:
    """(index of the first row of values, labels); labels None if neither header nor values can be understood."""
    best, best_score = None, 1
    for index, (_, row) in enumerate(rows[:HEADER_WITHIN]):
        score = len({field for cell in row if cell and (field := field_of(cell))})
        if score > best_score:
            best, best_score = index, score
    if best is not None:
        return best + 1, rows[best][1]
    return 0, _labels_by_look([row for _, row in rows[:50]])


def _labels_by_look(rows: Sequence[Row]) -> list[str] | None:
    if not rows:
        return None
    width = max(len(row) for row in rows)
    labels: list[str] = []
    for column in range(width):
        cells = [row[column] for row in rows if column < len(row) and row[column]]
        label = _look(cells)
        labels.append(label if label == "" or label not in labels else "")
    return labels if "name" in labels and len(set(labels)) > 2 else None


def _look(cells: Sequence[str]) -> str:
    if not cells:
        return ""
    tests = {
        "email": lambda cell: bool(emails(cell)),
        "website": lambda cell: bool(urls_in(cell)) and "@" not in cell,
        "phone": lambda cell: has_phone(cell) and len(cell) < 40,
        "name": lambda cell: bool(people(cell)),
        "address": lambda cell: bool(re.search(r"\d", cell) and "," in cell),
    }
    for label, test in tests.items():
        if sum(map(test, cells)) >= 0.6 * len(cells):
            return label
    return ""


def _records(
    page: Page, rows: Iterable[tuple[int, Row]], labels: list[str], problems: list[Problem]
) -> Iterator[Record]:
    key_column = next((index for index, label in enumerate(labels) if field_of(label) == "key"), None)
    keys: Counter[str] = Counter()
    for number, row in rows:
        key = row[key_column] if key_column is not None and key_column < len(row) else None
        if key:
            keys[key] += 1
            if keys[key] > 1:
                problems.append(
                    Problem(page=page.url, record=f"row {number}", what=f"repeats the key {key!r}: left out")
                )
                continue
        yield _record(page, number, row, labels, key, problems)


def _record(page: Page, number: int, row: Row, labels: list[str], key: str | None, problems: list[Problem]) -> Record:
    texts: list[Labelled] = []
    links: list[Link] = []
    if len(row) > len(labels) and any(row[len(labels) :]):
        problems.append(
            Problem(page=page.url, record=f"row {number}", what="has more cells than the header: the rest is left out")
        )
    for label, cell in zip(labels, row, strict=False):
        if not cell or not label:
            continue
        if len(cell) > MOST_CELL:
            problems.append(
                Problem(
                    page=page.url, record=f"row {number}", what=f"{label} is {len(cell):,} characters long: dropped"
                )
            )
            continue
        if "evidence" in label.lower() and is_safe_url(cell):
            links.append(Link(text=label, href=cell, rel="evidence"))
            continue
        texts.append(Labelled(label=label, text=cell))
    return Record(page=page.url, key=key, texts=tuple(texts), links=tuple(links))
