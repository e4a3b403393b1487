"""Where the same results stand in Datasette's own table of providers."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from ldn_directory.site.search import LEAVES_AFTER_DAYS, Query, Results

FACETS = (("_facet", "country"), ("_facet", "region"), ("_facet", "kind"))
TABLE = "/ldn/providers"
_SORTS = {"name": ("_sort", "name"), "confirmed": ("_sort_desc", "last_confirmed")}


def table_link(query: Query, results: Results, today: date) -> str | None:
    """The path of the table with the filters of a search. As it has no distances, a town is shown with its region.

    None for who serves or reaches a place from afar, which the table cannot tell.
    """
    if query.serves or query.reach:
        return None
    filters = dict(_filter(name, value, today) for name, value in query.filters.items())
    if words := " ".join(results.parsed.words):
        filters["_search"] = words
    if results.parsed.by_video:
        filters["telehealth"] = "yes"
    if place := results.parsed.place:
        filters |= (
            {"region_code": place.region_code} if place.region_code else {"country_code": place.country_code or ""}
        )
    if not query.old:
        filters = {"last_confirmed__gte": _day(today, LEAVES_AFTER_DAYS), "register_state__not": "inactive"} | filters
    sort = (_SORTS[query.sort],) if query.sort in _SORTS else ()
    return f"{TABLE}?{urlencode((*(one for one in filters.items() if one[1]), *sort, *FACETS))}"


def _filter(name: str, value: str, today: date) -> tuple[str, str]:
    """The parameter of the table for a facet of the search."""
    match name:
        case "confirmed":
            return "last_confirmed__gte", _day(today, int(value))
        case "source":
            return "sources__arraycontains", value
        case "languages":
            return "languages__contains", value
        case "telehealth" | "accepts_new" if value == "unknown":
            return f"{name}__isnull", "1"
        case "country" | "region" if value[:2].isupper():
            return f"{name}_code", value
    return name, value


def _day(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()
