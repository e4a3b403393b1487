"""The headers that every response carries (OWASP Secure Headers Project)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Set
from functools import cache
from importlib.resources import files

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ldn_directory.site.i18n.locale import LANGUAGES

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
_POLICY = b"content-security-policy"
_SEARCH = re.compile(rf"/(?:(?:{'|'.join(LANGUAGES)})/?)?")
_MAY_ASK_WHERE = (
    b"permissions-policy",
    HEADERS["permissions-policy"].replace("geolocation=()", "geolocation=(self)").encode(),
)
"""For the search page alone, which has a button to search near the visitor."""


@cache
def stock_policy() -> Header:
    """The content policy of Datasette's own HTML: its styles are inline, and so are a few scripts of its templates.

    Styles differ from table to table, so all are allowed. Scripts are allowed by their hashes, so that none can be
    slipped in. Those with data of the page, as Datasette 1.0 has for choosing columns and editing, stay off.
    """
    scripts: list[str] = []
    for template in files("datasette").joinpath("templates").iterdir():
        if template.name.endswith(".html"):
            scripts += re.findall("<script>(.*?)</script>", template.read_text("utf-8"), re.DOTALL)
    stated = {script.replace("{{ datasette_allow_facet }}", value) for script in scripts for value in ("true", "false")}
    constant = sorted(script.encode() for script in stated if "{{" not in script and "{%" not in script)
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in constant]
    policy = HEADERS["content-security-policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    hashes = "".join(f" 'sha256-{digest}'" for digest in digests)
    return _POLICY, policy.replace("script-src 'self'", f"script-src 'self'{hashes}").encode()


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
    """Adds the headers to every response. A response that says nothing about caching is not cached.

    Of the headers that are added, a response can only state the content policy of Datasette's own pages.
    """

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
                added = dict(self._added)
                if stock_policy() in message.get("headers", ()):
                    added |= [stock_policy()]
                if _SEARCH.fullmatch(scope["path"]):
                    added |= [_MAY_ASK_WHERE]
                message = {**message, "headers": [*kept, *caching, *added.items()]}
            await send(message)

        await self.app(scope, receive, send_with_headers)


def header_of(scope: Scope, name: bytes) -> str:
    """The value of a request header; empty if there is none. The last one if there are several."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")
