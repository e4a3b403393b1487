"""A whole response with its ETag and its compressed form, and what of it a client needs."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.types import Message, Scope, Send

from ldn_directory.site.plugin.middleware import Header, header_of
from ldn_directory.site.plugin.negotiation import quality_of

MAX_BUFFERED_BYTES = 4 * 1024 * 1024
"""Longer responses are passed on as they come."""
MIN_GZIP_BYTES = 600
_GZIP_LEVEL = 5
CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Content-Disposition, Content-Range, Accept-Ranges, Retry-After"),
)
"""Pages of all origins may read (Fetch standard, CORS): everything here is public, and nobody is logged in."""
_VARY = (b"vary", b"Accept, Accept-Encoding, Accept-Language")
_REPLACED = frozenset({b"content-length", b"vary", *(name for name, _ in CORS)})
_NOT_IN_304 = (b"content-type", b"content-encoding", b"content-disposition")
_TEXT = (
    b"text/",
    b"application/json",
    b"application/geo+json",
    b"application/ld+json",
    b"application/fhir+json",
    b"application/atom+xml",
    b"application/xml",
    b"image/svg+xml",
)
_QUERY_TIME = re.compile(rb'(?<="query_ms": )[0-9.e-]+')
"""How long Datasette took. Responses that differ only in this are equivalent, so their tag is a weak one."""


@dataclass(slots=True)
class BufferedResponse:
    """A whole HTTP response. Each of its content codings has an entity tag of its own (RFC 9110, section 8.8.3)."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    etag: bytes
    _gzipped: BufferedResponse | None = None
    """Made for the first client that wants it."""

    @classmethod
    def of(cls, start: Message, body: bytes) -> BufferedResponse:
        """The response that an application gave through ASGI."""
        headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() not in _REPLACED]
        kind = _content_type(headers)
        stable, times = _QUERY_TIME.subn(b"", body) if kind.startswith(b"application/json") else (body, 0)
        digest = hashlib.blake2b(stable, digest_size=12).hexdigest().encode()
        etag = (b'W/"' if times else b'"') + digest + b'"'
        return cls(start["status"], (*headers, *CORS, _VARY), body, etag)

    async def send(self, scope: Scope, send: Send) -> None:
        """Sends what the client does not have, in a coding that it accepts."""
        coded = self.coded(accepts_gzip(header_of(scope, b"accept-encoding")))
        status, body = coded.status, coded.body
        if status == 200 and coded.matches(header_of(scope, b"if-none-match")):
            status, body = 304, b""
        await send({"type": "http.response.start", "status": status, "headers": coded.headers_for(status)})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def coded(self, accepts_gzip: bool) -> BufferedResponse:
        """The compressed response if it is accepted and worth it, else the response as it is."""
        if not accepts_gzip or len(self.body) < MIN_GZIP_BYTES or not _content_type(self.headers).startswith(_TEXT):
            return self
        if self._gzipped is None:
            body = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
            headers = (*self.headers, (b"content-encoding", b"gzip"))
            self._gzipped = BufferedResponse(self.status, headers, body, self.etag[:-1] + b'-gzip"')
        return self._gzipped

    def matches(self, if_none_match: str) -> bool:
        """Whether a client's `If-None-Match` says that it has this response (weak comparison)."""
        known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
        return self.etag.decode().removeprefix("W/") in known or known == ["*"]

    def headers_for(self, status: int) -> Sequence[Header]:
        """The headers with tag and length."""
        if status == 304:
            return [*(one for one in self.headers if one[0].lower() not in _NOT_IN_304), (b"etag", self.etag)]
        tag = [(b"etag", self.etag)] if self.status == 200 else []
        return [*self.headers, *tag, (b"content-length", str(len(self.body)).encode())]

    @property
    def size(self) -> int:
        """Bytes in memory with the compressed form, which is nearly always a third of the text or less."""
        return len(self.body) + len(self.body) // 3


def _content_type(headers: Sequence[Header]) -> bytes:
    return next((value for name, value in headers if name.lower() == b"content-type"), b"")


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a header names gzip, or `*`, with a quality above 0 (RFC 9110, section 12.5.3)."""
    accepted = {}
    for one in accept_encoding.lower().split(","):
        accepted[one.partition(";")[0].strip()] = quality_of(one) > 0
    return accepted.get("gzip", accepted.get("x-gzip", accepted.get("*", False)))


@dataclass(slots=True)
class ResponseBuffer:
    """A `send` that collects a response. One that has an ETag, or is too long, is passed on as it comes."""

    send: Send
    _start: Message | None = None
    _streams: bool = False
    _is_complete: bool = False
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            if any(name.lower() == b"etag" for name, _ in message.get("headers", ())):
                await self._stream(message)
        elif message["type"] == "http.response.body":
            await self._collect(message)

    def response(self) -> BufferedResponse | None:
        """The response; None if it was passed on."""
        if self._streams or self._start is None or not self._is_complete:
            return None
        return BufferedResponse.of(self._start, b"".join(self._parts))

    async def _collect(self, message: Message) -> None:
        self._is_complete = not message.get("more_body", False)
        if self._streams:
            await self.send(message)
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if self._size > MAX_BUFFERED_BYTES and not self._is_complete and self._start is not None:
            await self._stream(self._start)

    async def _stream(self, start: Message) -> None:
        self._streams = True
        # Nobody is logged in, so that nothing depends on the cookies that Datasette names in `Vary`.
        kept = [(name, value) for name, value in start.get("headers", ()) if name.lower() != b"vary"]
        await self.send({**start, "headers": [*kept, *CORS]})
        if self._parts:
            await self.send({"type": "http.response.body", "body": b"".join(self._parts), "more_body": True})
            self._parts.clear()
