"""Keeps the responses of the last minutes while one version of the published file is served.

A response is kept in memory only, under a keyed hash of what was requested, never with who requested it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from ldn_directory.site.plugin.middleware import Middleware

from .buffered_response import BufferedResponse, ResponseBuffer

MAX_RESPONSES = 512
MAX_BYTES = 256 * 1024
"""Longer responses are not kept."""
MAX_TOTAL_BYTES = 32 * 1024 * 1024
KEPT_S = 240.0
"""With the minute until an expired response is dropped, five minutes."""
PATHS = frozenset({"/", "/search.json", "/search.csv", "/search.geojson", "/search.jsonld", "/suggest.json", "/map"})
BY_COUNTRY = frozenset({"/", "/search.json", "/search.csv", "/search.geojson", "/search.jsonld"})
"""Responses that depend on the reader's country: which of the places of one name is meant."""
PREFIXES = ("/regions", "/pharmacies", "/static/", "/sitemap", "/api")
FILES = ("/ldn.db", "/download/")
"""These answer HEAD themselves. Others are asked by GET, because the ETag depends on the body."""


@dataclass(frozen=True, slots=True)
class _Kept:
    response: BufferedResponse
    until: float


class ResponseCache(Middleware):
    """Answers conditional requests, compresses, and repeats recent responses without asking the application."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._key = secrets.token_bytes(16)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key_of(scope)
        response = self._find(key) if key else None
        if response is None:
            buffer = ResponseBuffer(send)
            asked = scope if scope["path"].startswith(FILES) else {**scope, "method": "GET"}
            await self.app(asked, receive, buffer)
            if (response := buffer.response()) is None:
                return
            if key:
                self._keep(key, response)
        await response.send(scope, send)

    def _key_of(self, scope: Scope) -> bytes | None:
        """What a response is kept under; None for what is not kept."""
        path, reader = scope["path"], scope["ldn.reader"]
        if path not in PATHS and not path.startswith(PREFIXES):
            return None
        home = (reader.home or "") if path in BY_COUNTRY else ""
        parts = "\0".join((reader.locale, reader.prefix, home, scope["ldn.base"], path, ""))
        return hashlib.blake2b(parts.encode() + scope["query_string"], key=self._key, digest_size=16).digest()

    def _find(self, key: bytes) -> BufferedResponse | None:
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            return None
        self._kept.move_to_end(key)
        return kept.response

    def _keep(self, key: bytes, response: BufferedResponse) -> None:
        """Keeps a good response. Those that were not requested for longest are dropped."""
        if response.status != 200 or len(response.body) > MAX_BYTES:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = _Kept(response, time.monotonic() + KEPT_S)
        self._bytes += response.size
        while len(self._kept) > MAX_RESPONSES or self._bytes > MAX_TOTAL_BYTES:
            self._drop(next(iter(self._kept)))

    def drop_expired(self) -> bool:
        """Drops the expired responses. Returns whether none is left."""
        now = time.monotonic()
        for key in [key for key, kept in self._kept.items() if kept.until < now]:
            self._drop(key)
        return not self._kept

    def _drop(self, key: bytes) -> None:
        self._bytes -= self._kept.pop(key).response.size
