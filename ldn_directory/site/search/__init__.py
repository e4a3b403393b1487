"""The search: from a query to providers, facet counts, and messages about how the query was understood."""

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
from .results import Results

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
    "Alternative",
    "BadQuery",
    "Columns",
    "Query",
    "Results",
    "TooSlow",
    "search",
]
