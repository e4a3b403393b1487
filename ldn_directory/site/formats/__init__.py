"""Answers for programs and address books: one module per format, all made from an `EntryView` or a `SearchPage`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ldn_directory.site.search.parameters import MOST_ROWS

from . import csv_table, fhir, geo_json, json_ld, plain_json, vcard
from .content import EntryView, SearchPage
from .plain_json import format_suggestions

__all__ = ["BY_EXTENSION", "FORMATS", "JSON", "EntryView", "Format", "SearchPage", "format_suggestions"]

MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: the extension of its addresses, its media type, and its two functions."""

    extension: str
    media_type: str
    format_entry: Callable[[EntryView], str]
    format_search: Callable[[SearchPage], str]
    from_rows: bool = False
    """Whether a search is formatted from its rows alone, without the entries' places, listings and claims."""
    most_rows: int = MOST_ENTRIES
    """The largest page of results."""
    is_file: bool = False
    """Whether a browser should save the answer and not show it."""


def _format(module: Any, **options: Any) -> Format:
    return Format(
        extension=module.EXTENSION,
        media_type=module.MEDIA_TYPE,
        format_entry=module.format_entry,
        format_search=module.format_search,
        **options,
    )


FORMATS = (
    *(_format(module, from_rows=True, most_rows=MOST_ROWS) for module in (plain_json, csv_table, geo_json)),
    *(_format(module) for module in (json_ld, fhir)),
    _format(vcard, is_file=True),
)
"""The most preferred first, for a client that accepts several equally."""
BY_EXTENSION = {one.extension: one for one in FORMATS}
JSON = plain_json.MEDIA_TYPE
