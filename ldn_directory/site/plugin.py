"""The Datasette plugin: our pages, safe headers, and a new directory picked up between two requests."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

from datasette import hookimpl
from datasette.database import Database
from datasette.utils.asgi import Response

from . import pages

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NEVER_SENT = (b"set-cookie", b"server")


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, Any]]:
    """Our addresses, before Datasette's own."""
    return [
        (r"^/$", pages.find),
        (r"^/search\.json$", pages.find_json),
        (r"^/provider/(?P<id>\d+)$", pages.provider),
        (r"^/sources$", pages.sources),
        (r"^/about$", pages.about),
        (r"^/robots\.txt$", pages.robots),
        (r"^/style\.css$", _style),
    ]


async def _style(request: Any) -> Response:
    css = files("ldn_directory.site").joinpath("static/style.css").read_text()
    return Response(css, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """Closes Datasette's inner pages, adds the headers, and swaps the database when nobody is using it."""

    def wrap(app: App) -> App:
        directory = SwappedDirectory(datasette)

        async def served(scope: Scope, receive: Any, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            sender = _with_headers(send)
            if _is_closed(scope["path"]):
                await _not_found(sender)
                return
            async with directory.steady():
                await app(scope, receive, sender)

        return served

    return wrap


def _is_closed(path: str) -> bool:
    inner = path.startswith("/-/") or path == "/-" or path.startswith("/_internal")
    return inner and not path.startswith("/-/static/")


async def _not_found(send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
    await send({"type": "http.response.body", "body": b"There is nothing at this address.\n"})


def _with_headers(send: Send) -> Send:
    async def sender(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in NEVER_SENT]
            added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return sender


class SwappedDirectory:
    """Replaces the open database by a newly published one while no request is under way, so that no answer mixes two."""

    def __init__(self, datasette: Any) -> None:
        self.datasette = datasette
        stated = (datasette.metadata("ldn_directory") or {}) if callable(getattr(datasette, "metadata", None)) else {}
        self.path: Path | None = Path(stated["path"]) if isinstance(stated, dict) and stated.get("path") else None
        if self.path is None and pages.DATABASE in datasette.databases:
            self.path = Path(datasette.databases[pages.DATABASE].path)
        self.identity: tuple[int, int, int] | None = self._identity()
        self._under_way = 0
        self._condition: asyncio.Condition | None = None

    def steady(self) -> SwappedDirectory:
        """A block within which the database stays the same."""
        return self

    async def __aenter__(self) -> None:
        condition = self._condition = self._condition or asyncio.Condition()
        async with condition:
            found = self._identity()
            if found != self.identity and found is not None:
                await condition.wait_for(lambda: self._under_way == 0)
                found = self._identity()
                if found != self.identity and found is not None:
                    self._swap()
                    self.identity = found
            self._under_way += 1

    async def __aexit__(self, *_: object) -> None:
        assert self._condition is not None
        async with self._condition:
            self._under_way -= 1
            self._condition.notify_all()

    def _identity(self) -> tuple[int, int, int] | None:
        if self.path is None:
            return None
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _swap(self) -> None:
        old = self.datasette.databases.get(pages.DATABASE)
        new = Database(self.datasette, path=str(self.path), is_mutable=False)
        new.name, new.route = pages.DATABASE, pages.DATABASE
        self.datasette.databases = {**self.datasette.databases, pages.DATABASE: new}
        # Datasette keeps a connection a thread, by the database's name: new threads are what makes it open the new file.
        threads = self.datasette.executor
        self.datasette.executor = ThreadPoolExecutor(max_workers=self.datasette.setting("num_sql_threads"))
        threads.shutdown(wait=False)
        if old is not None:
            try:
                old.close()
            except sqlite3.Error:
                return
