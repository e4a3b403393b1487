"""The Datasette plugin: our pages, the language and format of responses, secure headers, errors in plain words.

It works in `datasette serve ldn.db` as in `ldn serve`. A Datasette without a published directory is left as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from datasette import hookimpl
from starlette.responses import Response as StarletteResponse
from starlette.types import ASGIApp

from ldn_directory.site.app_state import LONGEST_VALUE, has_directory, prepare, state_of
from ldn_directory.site.pages import ROUTES
from ldn_directory.site.pages.render import View

from .errors import error_response
from .middleware import SecurityHeaders
from .negotiation import Negotiation
from .replaced_file import ReplacedFile
from .stock_limits import StockLimits


@hookimpl  # type: ignore[untyped-decorator]
def startup(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Reads what every page needs, so that the first visitor does not wait for it."""
    return lambda: prepare(datasette)


@hookimpl  # type: ignore[untyped-decorator]
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages. They come before Datasette's, so that `/` is the search."""
    return [(f"^{pattern}$", _route(view)) for pattern, view in ROUTES] if has_directory(datasette) else []


def _route(view: View) -> Callable[..., Awaitable[Any]]:
    """The view as Datasette calls it: Starlette's responses for files send themselves."""

    async def route(datasette: Any, request: Any, send: Any) -> Any:
        response = await view(datasette, request)
        if not isinstance(response, StarletteResponse):
            return response
        await response(request.scope, request.receive, send)
        return None

    return route


@hookimpl  # type: ignore[untyped-decorator]
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Any) -> None:
    """Limits what one value of a visitor's SQL may take in memory."""
    if has_directory(datasette) and database == state_of(datasette).database:
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Generator[None, Any, None]:
    """Explains an error in a sentence. A wrapper, so that Datasette's handler does not print what the visitor typed."""
    outcome = yield
    if has_directory(datasette):
        outcome.force_result([error_response(request, exception)])


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[ASGIApp], ASGIApp]:
    """Chooses language and format, limits what Datasette's own pages may cost, and adds the headers."""

    def wrap(app: ASGIApp) -> ASGIApp:
        if not has_directory(datasette):
            return app
        return SecurityHeaders(Negotiation(ReplacedFile(datasette, StockLimits(datasette, app))))

    return wrap


@hookimpl  # type: ignore[untyped-decorator]
def extra_css_urls(datasette: Any, view_name: str) -> list[str]:
    """Puts the table before the meaning of its columns."""
    return ["/static/table.css"] if view_name == "table" and has_directory(datasette) else []
