"""Answers for programs and address books: one module a format, all made from the same value (`value.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ldn_directory.site.search.parameters import MOST_ROWS

from . import csv_table, fhir, geo_json, json_ld, plain_json, vcard
from .content import SearchPage, Shown
from .plain_json import of_suggestions

__all__ = ["BY_EXTENSION", "FORMATS", "JSON", "Format", "SearchPage", "Shown", "of_suggestions"]

MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: how its addresses end, what it is called in HTTP, and how it is written."""

    extension: str
    media_type: str
    of_provider: Callable[[Shown], str]
    of_search: Callable[[SearchPage], str]
    from_rows: bool = False
    """Whether a search is written from its rows alone, without the entries' places, lists and claims."""
    most_rows: int = MOST_ROWS
    """Of a page of results; what holds everything about each entry is given in smaller pages."""
    is_file: bool = False
    """Whether it is for keeping, so that a browser saves it and does not show it."""


FORMATS = (
    Format(
        extension=plain_json.EXTENSION,
        media_type=plain_json.MEDIA_TYPE,
        of_provider=plain_json.of_provider,
        of_search=plain_json.of_search,
        from_rows=True,
    ),
    Format(
        extension=csv_table.EXTENSION,
        media_type=csv_table.MEDIA_TYPE,
        of_provider=csv_table.of_provider,
        of_search=csv_table.of_search,
        from_rows=True,
    ),
    Format(
        extension=geo_json.EXTENSION,
        media_type=geo_json.MEDIA_TYPE,
        of_provider=geo_json.of_provider,
        of_search=geo_json.of_search,
        from_rows=True,
    ),
    Format(
        extension=json_ld.EXTENSION,
        media_type=json_ld.MEDIA_TYPE,
        of_provider=json_ld.of_provider,
        of_search=json_ld.of_search,
        most_rows=MOST_ENTRIES,
    ),
    Format(
        extension=fhir.EXTENSION,
        media_type=fhir.MEDIA_TYPE,
        of_provider=fhir.of_provider,
        of_search=fhir.of_search,
        most_rows=MOST_ENTRIES,
    ),
    Format(
        extension=vcard.EXTENSION,
        media_type=vcard.MEDIA_TYPE,
        of_provider=vcard.of_provider,
        of_search=vcard.of_search,
        most_rows=MOST_ENTRIES,
        is_file=True,
    ),
)
"""In the order in which they are preferred where a client accepts several alike."""
BY_EXTENSION = {one.extension: one for one in FORMATS}
JSON = plain_json.MEDIA_TYPE
