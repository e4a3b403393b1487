"""`/changes`, `/changes.atom` and `/changes.json`: what has changed, as a page, a feed and JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.normalize.regions import fold
from ldn_directory.site.formats import JSON
from ldn_directory.site.formats import changes_feed as feeds
from ldn_directory.site.i18n.locale import Reader, reader_of
from ldn_directory.site.i18n.place_names import place_name
from ldn_directory.site.queries.provider import Row, fetch_rows
from ldn_directory.site.search import BadQuery, changes
from ldn_directory.site.search.parameters import Parameter

from .render import (
    PREPARING,
    Routes,
    View,
    base_of,
    error_page,
    needs_directory,
    parameters_of,
    query_directory,
    render_page,
    titles_of,
)

Answer = Callable[[Any, sqlite3.Connection, changes.ChangeQuery], Response]
_NO_CACHE = {"Cache-Control": "no-cache"}


def _view(parameters: tuple[Parameter, ...], respond: Answer) -> View:
    @needs_directory
    async def view(datasette: Any, request: Any) -> Response:
        try:
            asked = changes.ChangeQuery.parse(parameters_of(request), parameters)
        except BadQuery as error:
            return error_page(request, 400, error.phrase)
        try:
            return await query_directory(datasette, lambda db: respond(request, db, asked))
        except sqlite3.OperationalError as error:
            if "no such column" not in str(error):
                raise
            # The directory was published by an earlier version.
            return error_page(request, 503, PREPARING)

    return view


def _page(request: Any, db: sqlite3.Connection, asked: changes.ChangeQuery) -> Response:
    region = asked.filters.get("region", "")
    country = asked.filters.get("country") or region[:2]
    page = changes.newest_changes(db, asked)
    countries = fetch_rows(db, "SELECT code, name FROM regions WHERE code = country_code")
    regions = fetch_rows(db, "SELECT code, name FROM regions WHERE country_code = ? AND code <> country_code", country)
    return render_page(
        request,
        "changes.html",
        question=asked,
        page=page,
        titles=titles_of(db),
        whats=changes.WHATS,
        days=_days(page.rows),
        countries=_sort_by_name(reader_of(request), countries),
        regions=_sort_by_name(reader_of(request), regions),
    )


def _days(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """The changes by day. Newer changes have higher numbers, so each day comes once."""
    return [(day, list(found)) for day, found in groupby(rows, key=lambda row: row["at"][:10])]


def _sort_by_name(reader: Reader, places: Iterable[Row]) -> list[tuple[str, Row]]:
    """The places with their names in the reader's language, sorted by name."""
    return sorted(
        ((place_name(row["code"], reader.locale, row["name"]), row) for row in places), key=lambda one: fold(one[0])
    )


def _atom(request: Any, db: sqlite3.Connection, asked: changes.ChangeQuery) -> Response:
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    body = feeds.as_atom(asked, changes.newest_changes(db, asked), titles_of(db), read, base_of(request))
    return Response(body, headers=_NO_CACHE, content_type=feeds.ATOM)


def _json(request: Any, db: sqlite3.Connection, asked: changes.ChangeQuery) -> Response:
    page = changes.changes_since(db, asked)
    headers = {"Link": f'<{asked.address("/changes.json", since=page.cursor)}>; rel="next"'} if page.more else {}
    return Response(feeds.as_json(asked, page), headers=_NO_CACHE | headers, content_type=JSON)


ROUTES: Routes = (
    (r"/changes", _view(changes.PARAMETERS, _page)),
    (r"/changes\.atom", _view(changes.PARAMETERS, _atom)),
    (r"/changes\.json", _view(changes.PARAMETERS_SINCE, _json)),
)
