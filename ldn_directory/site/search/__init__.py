"""The search: from what a visitor asks to providers, facet counts and an account of how it was understood."""

from .asking import (
    ALLOWED,
    FACETS,
    LEAVES_AFTER_DAYS,
    MOST_PAGES,
    PAGE_SIZE,
    PARAMETERS,
    SINKS_AFTER_DAYS,
    SORTS,
    WITHIN_KM,
    BadQuery,
    Query,
)
from .columns import Columns
from .results import Region, Results
from .searching import TooSlow, search
from .telling import Offer

__all__ = [
    "ALLOWED", "FACETS", "LEAVES_AFTER_DAYS", "MOST_PAGES", "PAGE_SIZE", "PARAMETERS", "SINKS_AFTER_DAYS", "SORTS", "WITHIN_KM", "BadQuery",
    "Columns", "Offer", "Query", "Region", "Results", "TooSlow", "search",
]  # fmt: skip
