"""The search: from what a visitor asks to providers, facet counts and an account of how it was understood."""

from .columns import Columns
from .engine import TooSlow, search
from .messages import Alternative
from .parameters import (
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
from .results import Region, Results

__all__ = [
    "ALLOWED",
    "FACETS",
    "LEAVES_AFTER_DAYS",
    "MOST_PAGES",
    "PAGE_SIZE",
    "PARAMETERS",
    "SINKS_AFTER_DAYS",
    "SORTS",
    "WITHIN_KM",
    "BadQuery",
    "Columns",
    "Alternative",
    "Query",
    "Region",
    "Results",
    "TooSlow",
    "search",
]
