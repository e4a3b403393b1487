"""`/`: the search for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import columns_of, places_beside, state_of
from ldn_directory.site.formats import JSON, format_suggestions, json_ld
from ldn_directory.site.i18n.labels import facet_value, letter_link
from ldn_directory.site.i18n.lazy_text import KM_A_MILE, Phrase, phrase
from ldn_directory.site.i18n.locale import Reader, home_of, reader_of
from ldn_directory.site.maps.small_map import small_map
from ldn_directory.site.queries.provider import get_served
from ldn_directory.site.search import SORTS, WITHIN_KM, BadQuery, Query, Results, search
from ldn_directory.site.search.messages import group_heading, guesses_heading, headline
from ldn_directory.site.search.suggestions import suggestions_of

from .about import contact_of
from .render import (
    Routes,
    base_of,
    message_page,
    needs_directory,
    parameters_of,
    query_directory,
    render_page,
    titles_of,
    today,
)
from .selection import MOST_PICKED, Kept, picks_of, toggle_pick
from .table_link import table_link

SHOWN_FACET_VALUES = 7
TYPED = frozenset({"q", "near", "pick"})
"""Parameters that hold what a visitor typed or picked: links with them are not cached."""
DISTANCES = {False: (10.0, 25.0, 100.0, 250.0, 500.0), True: (5.0, 15.0, 60.0, 150.0, 300.0)}
"""The choices of distances: whether they are in miles -> kilometres or miles."""


def search_function(datasette: Any, query: Query) -> Callable[[sqlite3.Connection], Results]:
    """A function that searches the published directory for a query."""
    places = places_beside(str(state_of(datasette).path))

    def found(db: sqlite3.Connection) -> Results:
        return search(db, query, today(), columns=columns_of(datasette, db), gazetteer=places.gazetteer)

    return found


@needs_directory
async def find(datasette: Any, request: Any) -> Response:
    """`/`: the search form, facets and results."""
    try:
        query = Query.parse(parameters_of(request), home_of(request))
    except BadQuery as error:
        return message_page(request, 400, error.phrase)
    find_results = search_function(datasette, query)
    results, served_by, titles, served, table = await query_directory(
        datasette,
        lambda db: (
            results := find_results(db),
            get_served(db, [row["id"] for row in results.rows]),
            titles_of(db),
            _region_name(db, query.serves),
            table_link(db, query, results, today()),
        ),
    )
    reader = reader_of(request)
    place, picked = results.parsed.place, picks_of(request)
    address = _addresses(reader, query, picked)
    return render_page(
        request,
        "find.html",
        headers=cache_headers(query) if query.q or query.near else None,
        query=query,
        results=results,
        kept=Kept(picked=picked, query=replace(query, page=results.page)),
        served_by=served_by,
        titles=titles,
        served=served,
        address=address,
        link=_link(reader, picked),
        table=table,
        blocks=_blocks(query, results),
        headline=headline(results.parsed, query, results.group_counts, results.total),
        facets=_facets(reader, query, results, titles, address),
        report=letter_link(contact_of(datasette), reader.say(phrase("Somebody to list"))),
        picked=picked,
        most=MOST_PICKED,
        shown_values=SHOWN_FACET_VALUES,
        sorts=SORTS,
        distances=_distances(reader, query, place.country_code if place else None),
        map=small_map(_mapped(results), (place.latitude, place.longitude) if place else None),
        pick=partial(toggle_pick, picked),
        linked=json_ld.script_json(json_ld.format_list(results, base_of(request))) if results.rows else "",
    )


@needs_directory
async def suggest(datasette: Any, request: Any) -> Response:
    """`/suggest.json`: names and places that begin with `q`."""
    asked = parameters_of(request)
    typed, only_places = asked.get("q", ""), asked.get("kind") == "place"
    names = places_beside(str(state_of(datasette).path)).names
    found = await query_directory(
        datasette, lambda db: suggestions_of(db, typed, columns_of(datasette, db), names, only_places=only_places)
    )
    return Response(format_suggestions(found), headers={"Cache-Control": "no-store"}, content_type=JSON)


def cache_headers(query: Query) -> Mapping[str, str]:
    """The headers that say whether an answer may be cached: not if a visitor has typed something."""
    return {"Cache-Control": "no-store" if query.q or query.near else "no-cache"}


def _distances(reader: Reader, query: Query, country_code: str | None) -> list[tuple[str, str, bool]]:
    """The choices of the distance: parameter, label, and whether it is chosen. Whole kilometres or whole miles."""
    factor = KM_A_MILE if reader.in_miles(country_code) else 1.0
    offered = [("", WITHIN_KM), *((f"{round(one * factor, 1):g}", one * factor) for one in DISTANCES[factor != 1.0])]
    if query.within and f"{query.within:g}" not in dict(offered):
        offered.append((f"{query.within:g}", query.within))
    return [
        (value, reader.distance(km, country_code), value == (f"{query.within:g}" if query.within else ""))
        for value, km in offered
    ]


def _mapped(results: Results) -> Sequence[dict[str, Any]]:
    """The rows that the map shows: of those near if there are any, else of all on the page."""
    return [row for row in results.rows if row["group"] == "near"] or results.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The entries of one group on a page."""

    group: str | None
    heading: Phrase | None
    """None without a place."""
    reason: Phrase | None
    rows: list[dict[str, Any]]
    is_continued: bool
    """Whether the group began on an earlier page."""


def _blocks(query: Query, results: Results) -> list[Block]:
    """The entries of a page, by group."""
    blocks, begun, before = [], set(), 0
    for name, count in results.group_counts.items():
        if before < results.start < before + count:
            begun.add(name)
        before += count
    for (is_guess, group), rows in groupby(results.rows, key=lambda row: (row.get("guess", False), row["group"])):
        if is_guess:
            named = guesses_heading(results.parsed)
            blocks.append(Block(group="guesses", heading=named, reason=None, rows=list(rows), is_continued=False))
            continue
        heading, reason = (
            group_heading(group, results.parsed, query, results.group_counts, results.within_km)
            if group
            else (None, None)
        )
        blocks.append(Block(group=group, heading=heading, reason=reason, rows=list(rows), is_continued=group in begun))
    return blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a facet."""

    label: str
    count: str
    href: str
    is_chosen: bool


def _facets(
    reader: Reader, query: Query, results: Results, titles: Mapping[str, str], address: Callable[..., str]
) -> dict[str, list[Choice]]:
    """For each facet the values that would leave fewer results; a chosen facet keeps all its values."""
    found = {}
    for name, counts in results.facets.items():
        chosen = query.filters.get(name)
        if narrowing := [one for one in counts if chosen or one[1] < results.total]:
            without = address(**{name: ""})
            start = without + ("&" if "?" in without else "?")
            found[name] = [
                Choice(
                    label=facet_value(name, value, titles, reader),
                    count=reader.number(count),
                    href=without if value == chosen else start + _cached(name, value),
                    is_chosen=value == chosen,
                )
                for value, count in narrowing
            ]
    return found


def _link(reader: Reader, picked: tuple[int, ...]) -> Callable[[Mapping[str, str]], str]:
    """A function that gives the address of another search, with the same picks."""
    kept = {"pick": ",".join(map(str, picked))} if picked else {}

    def link(asked: Mapping[str, str]) -> str:
        parameters = dict(asked) | kept
        return reader.href("/") + ("?" + urlencode(parameters, safe=",") if parameters else "")

    return link


def _region_name(db: sqlite3.Connection, code: str | None) -> str | None:
    if code is None:
        return None
    row = db.execute("SELECT name FROM regions WHERE code = ?", (code,)).fetchone()
    return str(row[0]) if row else code


def _addresses(reader: Reader, query: Query, picked: tuple[int, ...]) -> Callable[..., str]:
    """A function that gives the address of the same search with some parameters changed; empty ones are left out."""
    # Links to facets are the same for every visitor, so their parts are cached; what a visitor typed is not.
    stated = {
        name: _encode(name, value)
        for name, value in (query.parameters() | {"pick": ",".join(map(str, picked))}).items()
    }
    page = reader.href("/")

    def address(**changed: str | int) -> str:
        kept = "&".join(filter(None, (stated | {name: _pair(name, value) for name, value in changed.items()}).values()))
        return f"{page}?{kept}" if kept else page

    return address


def _pair(name: str, value: str | int) -> str:
    """A parameter encoded for an address; empty without a value."""
    return _encode(name, value) if name in TYPED or not value else _cached(name, value)


def _encode(name: str, value: str | int) -> str:
    return urlencode({name: value}, safe=",") if value else ""


_cached = lru_cache(maxsize=1024)(_encode)


ROUTES: Routes = (
    (r"/", find),
    (r"/suggest\.json", suggest),
)
