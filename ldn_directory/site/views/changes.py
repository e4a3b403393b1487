"""`/changes`: what has changed, as a page, a feed, and JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette.utils.asgi import Response

from .. import changes, feeds, formats
from ..answering import PREPARING, Routes, View, answer, ask, parameters_of, prepared, rendered, titles_of
from ..entry import rows_of
from ..search import BadQuery
from ..search.asking import Parameter

Answered = Callable[[Any, sqlite3.Connection, changes.Asked], Response]
_KEEPING = {"Cache-Control": "no-cache"}


def _view(parameters: tuple[Parameter, ...], answered: Answered) -> View:
    @prepared
    async def view(datasette: Any, request: Any) -> Response:
        try:
            asked = changes.Asked.parsed(parameters_of(request), parameters)
        except BadQuery as error:
            return answer(request, 400, error.phrase)
        try:
            return await ask(datasette, lambda db: answered(request, db, asked))
        except sqlite3.OperationalError as error:
            if "no such column" not in str(error):
                raise
            # Published by an earlier version.
            return answer(request, 503, PREPARING)

    return view


def _page(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    region = asked.chosen.get("region", "")
    country = asked.chosen.get("country") or region[:2]
    return rendered(
        request, "changes.html", question=asked, page=changes.newest(db, asked), titles=titles_of(db), whats=changes.WHATS,
        countries=rows_of(db, "SELECT code, name FROM regions WHERE code = country_code ORDER BY name"),
        regions=rows_of(db, "SELECT code, name FROM regions WHERE country_code = ? AND code <> country_code ORDER BY name", country),
    )  # fmt: skip


def _atom(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    body = feeds.as_atom(asked, changes.newest(db, asked), titles_of(db), read)
    return Response(body, headers=_KEEPING, content_type=feeds.ATOM)


def _json(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    page = changes.since(db, asked)
    headers = {"Link": f'<{asked.address("/changes.json", since=page.cursor)}>; rel="next"'} if page.more else {}
    return Response(feeds.as_json(asked, page), headers=_KEEPING | headers, content_type=formats.MEDIA_TYPES["json"])


ROUTES: Routes = (
    (r"/changes", _view(changes.PARAMETERS, _page)),
    (r"/changes\.atom", _view(changes.PARAMETERS, _atom)),
    (r"/changes\.json", _view(changes.PARAMETERS_SINCE, _json)),
)
