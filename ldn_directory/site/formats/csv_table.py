"""CSV (RFC 4180): a line per provider under a header line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ldn_directory.publish.data_package import cell as as_text

from .content import EntryView, Row, SearchPage, plain

EXTENSION, MEDIA_TYPE = "csv", "text/csv; charset=utf-8"


def format_entry(shown: EntryView) -> str:
    """The row of `providers`."""
    return _table(list(shown.provider), [shown.provider])


def format_search(page: SearchPage) -> str:
    """The rows of the results with distance and reach; at least the header line."""
    return _table(page.results.columns, page.results.rows)


def _table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns)
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def cell(value: object) -> object:
    """A value without control characters; an apostrophe makes text of what a spreadsheet would take for a formula."""
    if not isinstance(value, str):
        return value
    return as_text(plain(value))
