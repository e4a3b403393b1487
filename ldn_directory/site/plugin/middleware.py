"""The headers that every response carries (OWASP Secure Headers Project)."""

from __future__ import annotations

from collections.abc import Iterable, Set

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]
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
"""Scripts of other sites read by CORS, which a resource policy does not restrict."""
_ADDED = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
_REMOVED = frozenset({b"server", b"x-powered-by", *(name for name, _ in _ADDED)})
_UNCACHED = (b"cache-control", b"no-cache")


class Middleware:
    """Passes everything but HTTP requests on to the application that it wraps."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self.handle if scope["type"] == "http" else self.app
        await handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers an HTTP request."""
        await self.app(scope, receive, send)


class SecurityHeaders(Middleware):
    """Adds the headers to every response. A response that says nothing about caching is not cached."""

    def __init__(self, app: ASGIApp, *, added: Iterable[Header] = (), removed: Set[bytes] = frozenset()) -> None:
        super().__init__(app)
        self._added = (*_ADDED, *added)
        self._removed = _REMOVED | removed

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name.lower(), value) for name, value in message.get("headers", ())]
                kept = [header for header in kept if header[0] not in self._removed]
                caching = () if any(name == b"cache-control" for name, _ in kept) else (_UNCACHED,)
                message = {**message, "headers": [*kept, *caching, *self._added]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def header_of(scope: Scope, name: bytes) -> str:
    """The value of a request header; empty if there is none. The last one if there are several."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")
