"""CSV (RFC 4180): a line a provider under a line of names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ldn_directory.publish.data_package import cell as as_text

from .content import Row, SearchPage, Shown, plain

EXTENSION, MEDIA_TYPE = "csv", "text/csv; charset=utf-8"


def of_provider(shown: Shown) -> str:
    """The row of `providers`."""
    return _table(list(shown.provider), [shown.provider])


def of_search(page: SearchPage) -> str:
    """The rows of the results, with distance and reach; the line of names also where nobody is found."""
    return _table(page.results.columns, page.results.rows)


def _table(columns: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns)
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def cell(value: object) -> object:
    """A value without control characters; what a spreadsheet would take for a formula is made text by an apostrophe."""
    if not isinstance(value, str):
        return value
    return as_text(plain(value))
