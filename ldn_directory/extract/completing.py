"""Completes what a page shows with what its scripts and its structured data say of the same people."""

from __future__ import annotations

from collections.abc import Sequence

from ldn_directory.model import Extraction

from .html import structured_data
from .joining import fill_from
from .json import embedded as embedded_json
from .page import Page

COMPLETED = frozenset(("html_table", "html_cards", "text_blocks"))
"""Families of readings that are completed."""


def complete(page: Page, found: Extraction, others: Sequence[Extraction] | None = None) -> Extraction:
    """The list with what the page says elsewhere of the same people. `others` are its other sources, if read before."""
    if page.kind != "html" or len(found.records) < 2:
        return found
    if others is None:
        others = [embedded_json.extract(page), structured_data.extract(page)]
    return fill_from(found, others)
