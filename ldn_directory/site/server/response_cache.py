"""Whole answers: what each is known by, its compressed form, and those of the last minutes, kept while one published file is served.

An answer is kept for minutes only, under a keyed hash of what was asked and never with who asked; nothing is written down.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

MOST_ANSWERS = 512
MOST_BYTES = 256 * 1024
"""Longer answers are not kept."""
MOST_BYTES_OF_ALL = 32 * 1024 * 1024
MOST_BUFFERED = 4 * 1024 * 1024
"""Longer answers are passed on as they come."""
KEPT_S = 240.0
"""With the minute until what is over goes, five minutes."""
LEAST_PACKED = 600
_LEVEL = 5
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
PATHS = frozenset({"/", "/search.json", "/search.csv", "/search.geojson", "/search.jsonld", "/suggest.json", "/map"})
KEPT_UNDER = ("/regions", "/pharmacies", "/static/", "/sitemap", "/api")
_TIME_TAKEN = re.compile(rb'(?<="query_ms": )[0-9.e-]+')
"""What Datasette's JSON says of its own making: answers that differ in it alone are equivalent, so that their tag is a weak one."""
Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Answer:
    """An HTTP answer, whole, with its entity tag (RFC 9110, section 8.8.3). Each coding has a tag of its own."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    etag: bytes
    _packed: Answer | None = None
    """The compressed answer, once somebody has asked for it."""

    @classmethod
    def of(cls, start: dict[str, Any], body: bytes, more: Iterable[Header]) -> Answer:
        """The answer that an application gave by ASGI, with more headers."""
        replaced = {b"content-length", *(name for name, _ in more)}
        headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() not in replaced]
        kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        stable, times = _TIME_TAKEN.subn(b"", body) if kind.startswith(b"application/json") else (body, 0)
        digest = hashlib.blake2b(stable, digest_size=12).hexdigest().encode()
        etag = (b'W/"' if times else b'"') + digest + b'"'
        return cls(start["status"], (*headers, *more), body, etag)

    def leading_within(self, prefix: str) -> Answer:
        """With a redirect that stays in the language that the address states."""
        if not prefix or not 300 <= self.status < 400:
            return self
        own = tuple(
            (name, _within(prefix.encode(), value) if name == b"location" else value) for name, value in self.headers
        )
        return replace(self, headers=own, _packed=None)

    def packed(self, wanted: bool) -> Answer:
        """The compressed answer, if that is wanted and worth it. It is made for the first who wants it."""
        if not wanted or len(self.body) < LEAST_PACKED or not self._is_text():
            return self
        if self._packed is None:
            body = gzip.compress(self.body, _LEVEL, mtime=0)
            self._packed = Answer(
                self.status, (*self.headers, (b"content-encoding", b"gzip")), body, self.etag[:-1] + b'-gzip"'
            )
        return self._packed

    def _is_text(self) -> bool:
        return next((value for name, value in self.headers if name.lower() == b"content-type"), b"").startswith(_TEXT)

    def is_known_to(self, if_none_match: bytes) -> bool:
        """Whether a client's `If-None-Match` says that it has this answer (weak comparison)."""
        known = [one.strip().removeprefix(b"W/") for one in if_none_match.split(b",")]
        return self.etag.removeprefix(b"W/") in known or known == [b"*"]

    def head(self, status: int) -> Sequence[Header]:
        """The headers, with tag and length."""
        if status == 304:
            left_out = (b"content-type", b"content-encoding", b"content-disposition")
            return [*(one for one in self.headers if one[0].lower() not in left_out), (b"etag", self.etag)]
        tag = [(b"etag", self.etag)] if self.status == 200 else []
        return [*self.headers, *tag, (b"content-length", str(len(self.body)).encode())]

    @property
    def size(self) -> int:
        """Bytes that it holds, or will hold once it has been compressed: text becomes a third of its length at most, nearly always."""
        return len(self.body) + len(self.body) // 3


def _within(prefix: bytes, location: bytes) -> bytes:
    own = location.startswith(b"/") and not location.startswith((b"//", prefix + b"/"))
    return prefix + location if own else location


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    until: float


class Answers:
    """The last answers of one version of the directory."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0

    def key_of(self, scope: dict[str, Any]) -> bytes | None:
        """What an answer is kept under; None for what is not kept. HEAD asks for what GET does."""
        path = scope["path"]
        if path not in PATHS and not path.startswith(KEPT_UNDER):
            return None
        reader = scope.get("ldn.reader")
        asked = "\0".join(
            (reader.locale if reader else "", reader.prefix if reader else "", scope.get("ldn.base", ""), path, "")
        )
        return hashlib.blake2b(asked.encode() + scope["query_string"], key=self._key, digest_size=16).digest()

    def get(self, key: bytes) -> Answer | None:
        """The answer, if it is still good."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until < time.monotonic():
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return kept.answer

    def keep(self, key: bytes, answer: Answer) -> None:
        """Keeps a good answer; those that were not asked for longest go."""
        if answer.status != 200 or len(answer.body) > MOST_BYTES:
            return
        if key in self._kept:
            self._forget(key)
        self._kept[key] = _Kept(answer, time.monotonic() + KEPT_S)
        self._bytes += answer.size
        while len(self._kept) > MOST_ANSWERS or self._bytes > MOST_BYTES_OF_ALL:
            self._forget(next(iter(self._kept)))

    def let_go(self) -> bool:
        """Drops the answers whose time is over; whether none is left."""
        now = time.monotonic()
        for key in [key for key, kept in self._kept.items() if kept.until < now]:
            self._forget(key)
        return not self._kept

    def _forget(self, key: bytes) -> None:
        self._bytes -= self._kept.pop(key).answer.size


@dataclass(slots=True)
class Listener:
    """Takes an answer whole. One with an ETag of its own, or too long a one, is passed on as it comes."""

    send: Any
    on_stream: Callable[[], object] = lambda: None
    start: dict[str, Any] | None = None
    streamed: bool = False
    ended: bool = False
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            if any(name.lower() == b"etag" for name, _ in message.get("headers", ())):
                await self._stream()
        elif message["type"] == "http.response.body":
            await self._take(message)

    async def _take(self, message: dict[str, Any]) -> None:
        self.ended = not message.get("more_body", False)
        if self.streamed:
            await self.send(message)
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if self._size > MOST_BUFFERED and not self.ended:
            await self._stream()

    async def _stream(self) -> None:
        self.streamed = True
        self.on_stream()
        await self.send(self.start)
        if self._parts:
            await self.send({"type": "http.response.body", "body": self.body, "more_body": True})
            self._parts.clear()

    @property
    def body(self) -> bytes:
        """What has been taken."""
        return b"".join(self._parts)
