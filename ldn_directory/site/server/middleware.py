"""The outermost layer: whom to answer, in which language and form, and what need not be sent again.

- `/de/...` states a language; without it `Accept-Language` decides. `Accept` may ask a page's address for another form.
- Every answer that is not a stream has an ETag, is compressed for those who take it, and is kept for a while (remembering.py).
- A client who asks too much is told to wait; its address is kept as a keyed hash, in memory only.
- An address that does not look like one of ours, or a Host header that is none, is refused before anything is looked up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from ldn_directory.site.formats import FORMATS
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.i18n.locale import LANGUAGES, reader_for
from ldn_directory.site.pages.render import NOTHING_HERE
from ldn_directory.site.plugin import FAULT, Scope, Send, note, refuse, with_headers

from .app_state import forget_places
from .cache_expiry import Unlearning
from .hot_swap import SwappingSite
from .rate_limit import Pacing, is_private
from .response_cache import Answer, Listener

MOST_ADDRESS_BYTES = 16_384
MOST_SHOWN_BYTES = 1_024
"""Of a path that is too long together with its query."""
LONGEST_S = 20.0
"""For an answer that is not a stream."""
EVERYBODY = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Content-Disposition, Content-Range, Accept-Ranges, Retry-After"),
]
"""Whoever wants may read (Fetch standard, CORS): there is nothing here that is not public, and nobody is logged in."""
_PREFLIGHT = [
    *EVERYBODY,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
    (b"access-control-allow-headers", b"Accept, Accept-Language, If-None-Match, If-Range, Range"),
]
_SECURE = (b"strict-transport-security", b"max-age=31536000")
"""For a site whose stated address is https (RFC 6797). Other names of its domain are not ours to decide."""
_ALLOWED = (b"allow", b"GET, HEAD, OPTIONS")
_STREAMS = ("/ldn.db", "/download/")
"""Where HEAD is not asked as GET: files, of which nothing need be read."""
_VARY = (b"vary", b"Accept, Accept-Encoding, Accept-Language")
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
)
_PREFIX = re.compile(rf"/({'|'.join(LANGUAGES)})(/.*)?", re.ASCII | re.DOTALL)
_MOST_ACCEPT = 1_000
_FORMED = re.compile(r"/provider/[0-9]{1,18}|/")
_MEDIA_RANGE = re.compile(r"\s*([a-z0-9.+*-]+/[a-z0-9.+*-]+)\s*(?:;[^,]*?)?\s*", re.IGNORECASE)
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)


@dataclass(kw_only=True)
class Refusal(Exception):
    """Nothing is looked up; the sentence says why."""

    status: int
    sentence: Phrase


class Front:
    """The ASGI application of `ldn serve`. `url`: the site's public address, which then stands in absolute addresses."""

    def __init__(self, site: SwappingSite, *, url: str = "", pacing: Pacing | None = None) -> None:
        self.site = site
        self.pacing = pacing
        self._unlearning = Unlearning(self._forget)
        stated = urlsplit(url)
        self._scheme, self._host = stated.scheme, stated.netloc

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self.site(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, with_headers(_with(send, _SECURE) if self._scheme == "https" else send))
        finally:
            # After the answer is kept, or what it leaves would outlive the round that it should go with.
            self._unlearning.begin()

    async def _serve(self, scope: Scope, receive: Any, shown: Send) -> None:
        asked, begun = _read(scope), asyncio.Event()
        try:
            with _admitted(self.pacing, scope):
                asked = self._checked(asked)
                if scope["method"] == "OPTIONS":
                    await _preflight(shown)
                    return
                if scope["method"] not in ("GET", "HEAD"):
                    raise Refusal(status=405, sentence=phrase("This site is only for reading."))
                async with asyncio.timeout(LONGEST_S) as limit:
                    await self._answer(_formed(asked), receive, _noting(shown, begun), limit)
        except Refusal as refused:
            await _Told(asked, _with(shown, _ALLOWED) if refused.status == 405 else shown).refuse(refused)
        except TimeoutError:
            if begun.is_set():
                raise
            await _Told(asked, shown).refuse(
                Refusal(status=503, sentence=phrase("This took too long. Please try again in a moment."))
            )
        except Exception as fault:
            if begun.is_set():
                raise
            note(fault)
            await _Told(asked, shown).refuse(Refusal(status=500, sentence=FAULT))

    async def close(self) -> None:
        """Closes what is being served."""
        self._unlearning.stop()
        await self.site.close()

    def _forget(self) -> bool:
        """Lets go of what was asked; whether nothing of it is left."""
        forget_places(self.site.path)
        return self.site.current is None or self.site.current.let_go()

    def _checked(self, scope: Scope) -> Scope:
        """The scope with the host that absolute addresses name. Raises Refusal for what is no address of ours."""
        path, raw = scope["path"], scope["raw_path"]
        if scope["ldn.is_too_long"]:
            raise Refusal(status=414, sentence=phrase("This address is too long."))
        if (
            path.startswith("//")
            or "\\" in path
            or not path.isprintable()
            or not raw.isascii()
            or _is_prefix_in_disguise(path, raw)
        ):
            raise Refusal(status=404, sentence=NOTHING_HERE)
        return scope | self._based(scope, _headers(scope))

    def _based(self, scope: Scope, headers: dict[bytes, bytes]) -> Scope:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = headers.get(b"host", b"").decode("latin-1")
        if len(hosts) != 1 or not _HOST.fullmatch(host):
            raise Refusal(status=400, sentence=phrase("The request must name one host."))
        host, scheme = self._host or host.lower(), self._scheme or scope["scheme"]
        others = [
            (name, value) for name, value in scope["headers"] if name not in (b"host", b"cookie", b"x-forwarded-host")
        ]
        named = {"ldn.base": f"{scheme}://{host}", "ldn.is_stated": bool(self._host)}
        return {**named, "scheme": scheme, "headers": [*others, (b"host", host.encode("latin-1"))]}

    async def _answer(self, scope: Scope, receive: Any, send: Send, limit: asyncio.Timeout) -> None:
        version = await self.site.version()
        key = version.answers.key_of(scope)
        answer = version.answers.get(key) if key else None
        if answer is None:
            listener = Listener(_with(send, *EVERYBODY), on_stream=lambda: limit.reschedule(None))
            async with self.site.using(version):
                await version.app(
                    scope if scope["path"].startswith(_STREAMS) else {**scope, "method": "GET"}, receive, listener
                )
            if (answer := _complete(listener)) is None:
                return
            answer = answer.leading_within(scope["ldn.reader"].prefix)
            if key:
                version.answers.keep(key, answer)
        await _deliver(answer, scope, send)


def _read(scope: Scope) -> Scope:
    """The scope with who reads, and without the language's prefix; of an address that is too long no more than a refusal shows."""
    wanted = _headers(scope).get(b"accept-language", b"").decode("latin-1")
    path, raw, query = scope["path"], scope.get("raw_path") or quote(scope["path"]).encode(), scope["query_string"]
    is_too_long = len(raw) + len(query) > MOST_ADDRESS_BYTES
    if is_too_long:
        path, raw, query = (path, raw, b"") if len(raw) < MOST_SHOWN_BYTES else ("/", b"/", b"")
    stated = _PREFIX.fullmatch(path)
    prefix = f"/{stated[1]}" if stated and raw.startswith(f"/{stated[1]}".encode()) else ""
    if stated and prefix:
        path, raw = stated[2] or "/", raw[len(prefix) :] or b"/"
    return {
        **scope,
        "path": path,
        "raw_path": raw,
        "query_string": query,
        "ldn.reader": reader_for(wanted, prefix),
        "ldn.is_too_long": is_too_long,
    }


def _is_prefix_in_disguise(path: str, raw: bytes) -> bool:
    stated = _PREFIX.fullmatch(path)
    return stated is not None and not raw.startswith(f"/{stated[1]}".encode())


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _with(send: Send, *headers: tuple[bytes, bytes]) -> Send:
    """A `send` that puts more headers on an answer."""

    async def sender(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return sender


def _noting(send: Send, begun: asyncio.Event) -> Send:
    """A `send` that says whether an answer has begun: then no other can be given."""

    async def sender(message: dict[str, Any]) -> None:
        begun.set()
        await send(message)

    return sender


async def _preflight(send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
    await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class _Told:
    """Refuses like every other answer: with an ETag, without a body for HEAD."""

    scope: Scope
    send: Send

    async def refuse(self, refused: Refusal) -> None:
        listener = Listener(self.send)
        await refuse(self.scope, refused.status, refused.sentence, listener)
        answer = _complete(listener)
        if answer is not None:
            await _deliver(answer, self.scope, self.send)


@contextmanager
def _admitted(pacing: Pacing | None, scope: Scope) -> Iterator[None]:
    """Holds a place for a client while it is answered."""
    client = (scope.get("client") or ("", 0))[0]
    if pacing is None or (is_private(client) and b"x-forwarded-for" in _headers(scope)):
        # A proxy of the same network that the server was not told to trust: all visitors would count as one.
        yield
        return
    if not pacing.admit(client):
        raise Refusal(
            status=429, sentence=phrase("Too many questions in a short time. Please wait a moment, then go on.")
        )
    try:
        yield
    finally:
        pacing.leave(client)


def _formed(scope: Scope) -> Scope:
    """With `Accept` turned into the extension of the address: a page's address gives its other forms too (RFC 9110, section 12.5.1)."""
    if not _FORMED.fullmatch(scope["path"]):
        return scope
    extension = _extension(_headers(scope).get(b"accept", b"")[:_MOST_ACCEPT].decode("latin-1"))
    if extension is None:
        kinds = ", ".join(one.media_type for one in FORMATS)
        raise Refusal(status=406, sentence=phrase("This address has text/html, and: %(kinds)s.", kinds=kinds))
    if extension == "html":
        return scope
    path = ("/search" if scope["path"] == "/" else scope["path"]) + f".{extension}"
    return {**scope, "path": path, "raw_path": path.encode()}


@lru_cache(maxsize=512)
def _extension(accept: str) -> str | None:
    """Which of our forms a header wants most; `html` if it has no wish, None if it wants none of ours."""
    if not accept.strip():
        return "html"
    ranges = {kind: (quality, -place) for place, (kind, quality) in enumerate(_wanted(accept))}
    offered = [("text/html", "html"), *((one.media_type.partition(";")[0], one.extension) for one in FORMATS)]
    wishes = [(*_wish(kind, ranges), extension) for kind, extension in offered]
    wishes.append((*ranges.get("application/xhtml+xml", (0.0, 0)), "html"))
    quality, _, extension = max(wishes, key=lambda wish: wish[:2])
    return extension if quality > 0 else None


def _wish(kind: str, ranges: Mapping[str, tuple[float, int]]) -> tuple[float, int]:
    """The quality of a media type, and how early it is named: by the most precise range that it is in."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0, 0


def _wanted(accept: str) -> Iterable[tuple[str, float]]:
    for one in accept.split(","):
        if stated := _MEDIA_RANGE.fullmatch(one):
            quality = _QUALITY.search(one)
            yield stated[1].lower(), float(quality[1]) if quality else 1.0


def _complete(listener: Listener) -> Answer | None:
    """The whole answer with its ETag; None if it has been passed on as a stream."""
    if listener.streamed or listener.start is None or not listener.ended:
        return None
    return Answer.of(listener.start, listener.body, [*EVERYBODY, _VARY])


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether a header takes gzip: named, or by `*`, and not with a quality of 0 (RFC 9110, section 12.5.3)."""
    taken = {}
    for one in accept_encoding.lower().split(","):
        coding, _, parameters = one.partition(";")
        quality = _QUALITY.search(f";{parameters}")
        taken[coding.strip()] = quality is None or float(quality[1]) > 0
    return taken.get("gzip", taken.get("x-gzip", taken.get("*", False)))


async def _deliver(answer: Answer, scope: Scope, send: Send) -> None:
    headers = _headers(scope)
    packed = answer.packed(_takes_gzip(headers.get(b"accept-encoding", b"").decode("latin-1")))
    status, body = packed.status, packed.body
    if status == 200 and packed.is_known_to(headers.get(b"if-none-match", b"")):
        status, body = 304, b""
    head = packed.head(status)
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
