"""The Datasette plugin: our pages, safe headers, inner pages closed, errors that repeat nothing of what was asked."""

from __future__ import annotations

import logging
import re
import sqlite3
import traceback
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from datasette import hookimpl
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request
from datasette.views.base import DatasetteError

from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.pages.render import NOTHING_HERE, Answering, View, answer

from .pages import ROUTES
from .search import TooSlow
from .stock_limits import StockLimits, mistake_in

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
    "x-permitted-cross-domain-policies": "none",
}
"""On every answer (OWASP Secure Headers Project). Scripts of other sites read by CORS, for which no resource policy matters."""
_ADDED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_NEVER_SENT = {b"set-cookie", b"server", b"x-powered-by", *(name for name, _ in _ADDED)}
_UNCACHED = (b"cache-control", b"no-cache")
TOO_SLOW = phrase("This question took too long to answer. Please ask for something narrower, or try again in a moment.")
FAULT = phrase("Something went wrong here. Please try again in a moment.")
_log = logging.getLogger(__name__)
_ROUTES = [(re.compile(pattern), view) for pattern, view in ROUTES]


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(request: Any, exception: Exception) -> Generator[None, Any, None]:
    """Says in a sentence what went wrong, as a page or in Datasette's own JSON form.

    A wrapper, as Datasette's handler would print an unexpected error with what the visitor typed; here only the lines of
    the program that led to it are written down.
    """
    outcome = yield
    outcome.force_result([answer_to(request, exception)])


def answer_to(request: Any, exception: Exception) -> Answering:
    """What is answered where something went wrong."""
    mistake = mistake_in(request, exception)
    status, sentence = (400, mistake) if mistake else _told(exception)
    if status == 500:
        note(exception)
    return answer(request, status, sentence)


def note(fault: Exception) -> None:
    """Writes down which lines of the program led to a fault, and nothing of what was asked."""
    _log.error("%s at\n%s", type(fault).__name__, "".join(traceback.format_tb(fault.__traceback__)))


def _told(exception: Exception) -> tuple[int, Phrase | str]:
    if isinstance(exception, TooSlow):
        return 503, TOO_SLOW
    title, said = getattr(exception, "title", None), str(exception)
    if title == "SQL Interrupted" or (
        isinstance(exception, QueryInterrupted | sqlite3.OperationalError) and "interrupted" in said
    ):
        return 503, TOO_SLOW
    status = int(getattr(exception, "status", 500))
    if status == 404:
        return 404, NOTHING_HERE
    if isinstance(exception, DatasetteError) and status < 500 and not exception.message_is_html:
        return status, str(exception.message)
    if isinstance(exception, Base400):
        return status, said
    if status < 500:
        return 400, phrase("This cannot be answered.")
    return 500, FAULT


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Closes Datasette's inner pages and puts the headers on every answer; no answer sets a cookie.

    Our own addresses are answered here, before Datasette looks for cookies, tokens and routes.
    """

    def wrap(app: App) -> App:
        stock = StockLimits(datasette, app)

        async def served(scope: Scope, receive: Any, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif scope["method"] not in ("GET", "HEAD"):
                await refuse(scope, 405, phrase("This site is only for reading."), with_headers(send))
            elif is_closed(scope["path"]):
                await refuse(scope, 404, NOTHING_HERE, with_headers(send))
            elif found := _found(scope["path"]):
                await _answer(datasette, *found, scope, receive, with_headers(send))
            else:
                await stock(_without_cookies(scope), receive, with_headers(send))

        return served

    return wrap


def _found(path: str) -> tuple[View, dict[str, str]] | None:
    """Who of ours answers at an address, with what the address states."""
    for pattern, view in _ROUTES:
        if stated := pattern.fullmatch(path):
            return view, stated.groupdict()
    return None


async def _answer(datasette: Any, view: View, stated: dict[str, str], scope: Scope, receive: Any, send: Send) -> None:
    request = Request({**_without_cookies(scope), "url_route": {"kwargs": stated}}, receive)
    try:
        response = await view(datasette, request)
    except Exception as error:
        response = answer_to(request, error)
    await response.asgi_send(send)


def is_closed(path: str) -> bool:
    """Whether the address is one of Datasette's inner pages, which show settings and paths."""
    inner = "/" + path.lstrip("/")
    return (inner.startswith(("/-/", "/_")) and not inner.startswith("/-/static/")) or inner == "/-"


async def refuse(scope: Scope, status: int, sentence: Phrase, send: Send) -> None:
    """Answers with nothing but a sentence."""
    response = answer(Request(scope, None), status, sentence)
    await response.asgi_send(send)


def _without_cookies(scope: Scope) -> Scope:
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]}


def with_headers(send: Send) -> Send:
    """A `send` that puts the headers of all answers on each."""

    async def sender(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [
                (name.lower(), value) for name, value in message.get("headers", ()) if name.lower() not in _NEVER_SENT
            ]
            caching = () if any(name == b"cache-control" for name, _ in kept) else (_UNCACHED,)
            message = {**message, "headers": [*kept, *caching, *_ADDED]}
        await send(message)

    return sender
