"""The results of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ldn_directory.site.i18n.lazy_text import Phrase

from .facets import Counts
from .messages import Alternative
from .query_parser import ParsedQuery

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One page of providers, with the total, the facet counts, and messages about the query."""

    rows: tuple[Row, ...]
    """Rows of `providers`, with `distance_km`, `reach` and `group` (all None without a place)."""
    columns: tuple[str, ...]
    """The keys of the rows."""
    total: int
    page: int
    """The page that was asked for, or the last one if there are fewer."""
    size: int
    start: int
    """How many results come before this page."""
    facets: Mapping[str, Counts]
    """For each facet (value, count), most frequent first, counted without the filter of that facet."""
    parsed: ParsedQuery
    within_km: float | None
    groups: Mapping[str, int]
    """With a place: how many can be reached in each way, as `reach` states it."""
    group_counts: Mapping[str, int]
    """With a place: how many results are in each group, in the order of the list."""
    messages: tuple[Phrase, ...]
    """Sentences about how the query was understood."""
    alternatives: tuple[Alternative, ...]
    cursor: str | None = None
    """Where the next page begins; None on the last page."""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.size))
