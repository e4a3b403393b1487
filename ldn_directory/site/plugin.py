"""The Datasette plugin: our pages, safe headers, inner pages closed, errors that repeat nothing of what was asked."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Awaitable, Callable, Generator
from importlib.resources import files
from typing import Any

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError

from . import downloads, formats, pages
from .search import TooSlow

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_ADDED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_DIRECT: dict[str, pages.View] = {
    **{f"/search.{form.extension}": pages.find_for_programs for form in formats.FORMATS}, "/suggest.json": pages.suggest,
}  # fmt: skip
_NEVER_SENT = {b"set-cookie", b"server", *(name for name, _ in _ADDED)}
TOO_SLOW = "This question took too long to answer. Please ask for something narrower, or try again in a moment."
_log = logging.getLogger(__name__)
_STATIC = files("ldn_directory.site").joinpath("static")
_STYLE = _STATIC.joinpath("style.css").read_text("utf-8")
_SCRIPT = _STATIC.joinpath("suggest.js").read_text("utf-8")


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Any]]:
    """Our addresses, before Datasette's own."""
    return [
        (r"^/$", pages.find),
        (r"^/openapi\.json$", pages.described),
        (r"^/provider/(?P<id>[0-9]{1,18})$", pages.provider),
        (rf"^/provider/(?P<id>[0-9]{{1,18}})\.(?P<form>{'|'.join(formats.BY_EXTENSION)})$", pages.provider_for_programs),
        (r"^/places$", pages.places),
        (r"^/changes$", pages.changes_page),
        (r"^/changes\.atom$", pages.changes_atom),
        (r"^/changes\.json$", pages.changes_json),
        (r"^/sources$", pages.sources),
        (r"^/about$", pages.about),
        (r"^/removal$", pages.removal),
        (r"^/robots\.txt$", pages.robots),
        (r"^/style\.css$", _style),
        (r"^/suggest\.js$", _script),
        (r"^/ldn\.db$", downloads.whole_directory),
    ]


async def _style(request: Any) -> Response:
    return Response(_STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})


async def _script(request: Any) -> Response:
    return Response(_SCRIPT, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(request: Any, exception: Exception) -> Generator[None, Any, None]:
    """Says in a sentence what went wrong, as a page or in Datasette's own JSON form.

    A wrapper, as Datasette's handler would print an unexpected error with what the visitor typed; here only the lines of
    the program that led to it are written down.
    """
    outcome = yield
    outcome.force_result([answer_to(request, exception)])


def answer_to(request: Any, exception: Exception) -> Response:
    """What is answered where something went wrong."""
    status, sentence = _told(exception)
    if status == 500:
        _log.error("%s at\n%s", type(exception).__name__, "".join(traceback.format_tb(exception.__traceback__)))
    return pages.answer(request, status, sentence)


def _told(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, TooSlow):
        return 503, TOO_SLOW
    title, said = getattr(exception, "title", None), str(exception)
    if title == "SQL Interrupted" or (isinstance(exception, QueryInterrupted | sqlite3.OperationalError) and "interrupted" in said):
        return 503, TOO_SLOW
    if isinstance(exception, DatasetteError) and said.startswith("Cannot sort table by"):
        # Datasette gives it no status, so that it would pass for a fault of ours.
        return 400, "This table cannot be sorted by that: see its columns."
    status = int(getattr(exception, "status", 500))
    if status == 404:
        return 404, "There is nothing at this address."
    if isinstance(exception, DatasetteError) and status < 500 and not exception.message_is_html:
        return status, str(exception.message)
    if isinstance(exception, Base400):
        return status, said
    return (400, "This cannot be answered.") if status < 500 else (500, "Something went wrong here. Please try again in a moment.")


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Closes Datasette's inner pages and puts the headers on every answer; no answer sets a cookie.

    What programs and typing visitors ask most is answered here, before Datasette looks for cookies, tokens and routes.
    """

    def wrap(app: App) -> App:
        async def served(scope: Scope, receive: Any, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif is_closed(scope["path"]) or scope["method"] not in ("GET", "HEAD"):
                await _refuse(405 if scope["method"] not in ("GET", "HEAD") else 404, _with_headers(send))
            elif direct := _DIRECT.get(scope["path"]):
                await _answer_directly(datasette, direct, scope, receive, _with_headers(send))
            else:
                await app(_without_cookies(scope), receive, _with_headers(send))

        return served

    return wrap


async def _answer_directly(datasette: Any, view: pages.View, scope: Scope, receive: Any, send: Send) -> None:
    request = Request(_without_cookies(scope), receive)
    try:
        response = await view(datasette, request)
    except Exception as error:
        response = answer_to(request, error)
    await response.asgi_send(send)


def is_closed(path: str) -> bool:
    """Whether the address is one of Datasette's inner pages, which show settings and paths."""
    inner = "/" + path.lstrip("/")
    return (inner.startswith(("/-/", "/_")) and not inner.startswith("/-/static/")) or inner == "/-"


async def _refuse(status: int, send: Send) -> None:
    sentence = "There is nothing at this address." if status == 404 else "This site is only for reading."
    response = pages.message(status, sentence)
    await response.asgi_send(send)


def _without_cookies(scope: Scope) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]}


def _with_headers(send: Send) -> Send:
    async def sender(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in _NEVER_SENT]
            message = {**message, "headers": [*kept, *_ADDED]}
        await send(message)

    return sender
