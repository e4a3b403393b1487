"""What a public site needs around Datasette: checked requests, closed routes, a time limit, and errors as pages."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from datasette.utils.asgi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.pages.render import NOTHING_HERE
from ldn_directory.site.plugin.errors import Refusal, error_response
from ldn_directory.site.plugin.middleware import Middleware
from ldn_directory.site.plugin.negotiation import with_format, with_language

from .buffered_response import CORS, ResponseBuffer
from .database import DATABASE

MAX_ADDRESS_BYTES = 16_384
MAX_SHOWN_BYTES = 1_024
"""Error pages link to other languages of longer addresses only by `/`."""
TIME_LIMIT_S = 20.0
"""For a response that is not a stream."""
_PREFLIGHT = [
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, If-Range, Range"),
]
HSTS = ((b"strict-transport-security", b"max-age=31536000"),)
"""For a site whose public address is https (RFC 6797). Other hosts of its domain are not ours to decide."""
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
_DROPPED = frozenset({b"host", b"cookie", b"authorization", b"x-forwarded-host"})
"""Request headers that nothing behind may read: nobody is logged in, and the host is checked here."""


class PublicAddress(Middleware):
    """Decides what links begin with: the host of the site's `url`, else the one that the request names; and the map."""

    def __init__(self, app: ASGIApp, url: str = "", map_link: str = "") -> None:
        super().__init__(app)
        self._map_link = map_link
        stated = urlsplit(url)
        self._scheme, self._host = stated.scheme, stated.netloc

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            raise Refusal(status=414, sentence=phrase("This address is too long."))
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            raise Refusal(status=400, sentence=phrase("The request must name one host."))
        host, scheme = self._host or hosts[0].lower(), self._scheme or scope["scheme"]
        headers = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
        checked = {
            "scheme": scheme,
            "headers": [*headers, (b"host", host.encode("latin-1"))],
            "ldn.base": f"{scheme}://{host}",
            "ldn.is_stated": bool(self._host),
            "ldn.map_link": self._map_link,
        }
        await self.app({**scope, **checked}, receive, send)


class PublicRoutes(Middleware):
    """Lets through what is for the public: reading, and not Datasette's inner pages, which show settings and paths."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["method"] not in ("GET", "HEAD"):
            sentence = phrase("You can only read this site, not send to it.")
            raise Refusal(status=405, sentence=sentence, headers={"Allow": "GET, HEAD, OPTIONS"})
        scope = with_format(scope)
        if _is_closed(scope["path"]) or _is_redirected(scope["raw_path"]):
            raise Refusal(status=404, sentence=NOTHING_HERE)
        await self.app(scope, receive, send)


def _is_closed(path: str) -> bool:
    return path == "/-" or (path.startswith(("/-/", "/_")) and not path.startswith("/-/static/"))


def _is_redirected(raw_path: bytes) -> bool:
    """Whether Datasette would read percent-encoding as a table's name, and redirect to an address without a page."""
    return b"%" in raw_path and not raw_path.startswith(f"/{DATABASE}/".encode())


class TimeLimit(Middleware):
    """Stops a response that has not begun after 20 seconds."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.timeout(TIME_LIMIT_S) as limit:

            async def send_without_limit(message: Message) -> None:
                limit.reschedule(None)
                await send(message)

            await self.app(scope, receive, send_without_limit)


class ErrorPages(Middleware):
    """Reads the language of a request, and answers errors in it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope, has_begun = with_language(scope), False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if has_begun:
                raise
            buffer = ResponseBuffer(send)
            if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_SHOWN_BYTES:
                scope = {**scope, "path": "/", "raw_path": b"/", "query_string": b""}
            await error_response(Request(scope, receive), error).asgi_send(buffer)
            if response := buffer.response():
                await response.send(scope, send)
