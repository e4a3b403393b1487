"""What a search gives."""

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
class Region:
    """A region that providers state they serve from afar."""

    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One page of providers, how many there are in all, for each facet its values with counts, and how it came about."""

    rows: tuple[Row, ...]
    """Rows of `providers`, with `distance_km` and `reach` (both None without a place)."""
    columns: tuple[str, ...]
    """Names of what each of them holds."""
    total: int
    page: int
    """The page given: the one asked for, or the last if there are fewer."""
    size: int
    start: int
    """How many come before the first one given."""
    facets: Mapping[str, Counts]
    """Facet -> (value, count), most frequent first; each counted without its own choice."""
    parsed: ParsedQuery
    within_km: float | None
    groups: Mapping[str, int]
    """With a place: how many can be reached in which way. Those of `not_stated` are not among the results unless asked for."""
    messages: tuple[Phrase, ...]
    """How the question was understood, in sentences."""
    alternatives: tuple[Alternative, ...]
    served_regions: tuple[Region, ...] = ()
    """Regions that the question names, and that somebody serves by telehealth or delivery."""
    cursor: str | None = None
    """Where the next page begins; None on the last one."""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.size))
