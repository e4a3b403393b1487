"""`/`: the search for people and programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from .. import formats
from ..answering import DATABASE, Routes, answer, ask, message, parameters_of, prepared, rendered, titles_of, today
from ..knowing import columns_of, places_beside
from ..language import Reader, reader_of
from ..picking import picked_of
from ..search import SORTS, WITHIN_KM, BadQuery, Query, Results, search
from ..search.suggesting import suggestions_of

SHOWN_FACET_VALUES = 7
DISTANCES = {False: (10.0, 25.0, 100.0, 250.0, 500.0), True: (10.0, 25.0, 60.0, 150.0, 300.0)}
"""Kilometres, or miles, to choose from."""


def _found(datasette: Any, query: Query) -> Callable[[sqlite3.Connection], Results]:
    places = places_beside(str(datasette.databases[DATABASE].path))

    def found(db: sqlite3.Connection) -> Results:
        return search(db, query, today(), columns=columns_of(datasette, db), gazetteer=places.gazetteer)

    return found


@prepared
async def find(datasette: Any, request: Any) -> Response:
    """`/`: the search form, facets and results."""
    try:
        query = Query.parsed(parameters_of(request))
    except BadQuery as error:
        return message(request, 400, error.phrase)
    found = _found(datasette, query)
    results, titles, served = await ask(datasette, lambda db: (found(db), titles_of(db), _served(db, query.serves)))
    reader = reader_of(request)
    return rendered(
        request, "find.html", headers=_keeping(query), query=query, results=results, titles=titles, served=served,
        address=_addresses(reader, query, picked_of(request)), link=_link(reader), blocks=_blocks(results), picked=picked_of(request),
        shown_values=SHOWN_FACET_VALUES, usual_km=WITHIN_KM, sorts=SORTS,
    )  # fmt: skip


def _form(form: str, written: Callable[[Query, Results], str]) -> Any:
    """The view of the same search in a form for programs."""

    @prepared
    async def view(datasette: Any, request: Any) -> Response:
        try:
            query = Query.parsed(parameters_of(request))
        except BadQuery as error:
            return answer(request, 400, error.phrase)
        found = _found(datasette, query)
        body, following = await ask(datasette, lambda db: _written(query, found(db), written, form))
        headers = dict(_keeping(query))
        if following:
            headers["Link"] = f'<{following}>; rel="next"'
        return Response(body, headers=headers, content_type=formats.MEDIA_TYPES[form])

    return view


def _written(query: Query, results: Results, written: Callable[[Query, Results], str], form: str) -> tuple[str, str | None]:
    return written(query, results), formats.next_address(query, results, form)


@prepared
async def suggest(datasette: Any, request: Any) -> Response:
    """`/suggest.json`: names and places that begin as `q`."""
    asked = parameters_of(request)
    typed, only_places = asked.get("q", ""), asked.get("kind") == "place"
    names = places_beside(str(datasette.databases[DATABASE].path)).names
    found = await ask(datasette, lambda db: suggestions_of(db, typed, columns_of(datasette, db), names, only_places=only_places))
    return Response(formats.as_suggestions(found), headers={"Cache-Control": "no-store"}, content_type=formats.MEDIA_TYPES["json"])


def _keeping(query: Query) -> Mapping[str, str]:
    return {"Cache-Control": "no-store" if query.q or query.near else "no-cache"}


def _blocks(results: Results) -> list[tuple[str | None, list[dict[str, Any]]]]:
    """The rows of a page in their groups."""
    return [(reach, list(rows)) for reach, rows in groupby(results.rows, key=lambda row: row["reach"])]


def _link(reader: Reader) -> Callable[[Mapping[str, str]], str]:
    def link(asked: Mapping[str, str]) -> str:
        return reader.href("/") + ("?" + urlencode(dict(asked)) if asked else "")

    return link


def _served(db: sqlite3.Connection, code: str | None) -> str | None:
    if code is None:
        return None
    row = db.execute("SELECT name FROM regions WHERE code = ?", (code,)).fetchone()
    return str(row[0]) if row else code


def _addresses(reader: Reader, query: Query, picked: tuple[int, ...]) -> Callable[..., str]:
    """Gives the address of the same search with some parameters changed; an empty one is taken away."""
    stated = query.parameters() | {"pick": ",".join(map(str, picked))}

    def address(**changed: str | int) -> str:
        kept = {name: value for name, value in (stated | changed).items() if value}
        return reader.href("/") + ("?" + urlencode(kept, safe=",") if kept else "")

    return address


ROUTES: Routes = (
    (r"/", find),
    (r"/search\.json", _form("json", formats.as_json)),
    (r"/search\.csv", _form("csv", formats.as_csv)),
    (r"/search\.geojson", _form("geojson", formats.as_geojson)),
    (r"/suggest\.json", suggest),
)
