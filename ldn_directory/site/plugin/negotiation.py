"""The language and format of a response: stated by the address, else wanted by the request's headers.

- `/de/...` states a language; without it `Accept-Language` decides.
- `Accept` may ask a page's address for another format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

from datasette.utils.asgi import Request
from starlette.types import Message, Receive, Scope, Send

from ldn_directory.site.formats import FORMATS
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import LANGUAGES, reader_for
from ldn_directory.site.pages.render import NOTHING_HERE

from .errors import Refusal, error_response
from .middleware import Middleware, header_of

_PREFIX = re.compile(rf"/({'|'.join(LANGUAGES)})(/.*)?", re.ASCII | re.DOTALL)
_UNRESERVED = re.compile(r"[A-Za-z0-9._~/-]+")
_MAX_ACCEPT = 1_000
_NEGOTIABLE = re.compile(r"/provider/[0-9]{1,18}|/")
"""Pages that other formats have, too."""
_MEDIA_RANGE = re.compile(r"\s*([a-z0-9.+*-]+/[a-z0-9.+*-]+)\s*(?:;[^,]*?)?\s*", re.IGNORECASE)
_QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)


class Negotiation(Middleware):
    """Routes a request by language and format, unless a server in front of Datasette has done so."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "ldn.reader" not in scope:
            scope = with_language(scope)
            try:
                scope = with_format(scope)
            except Refusal as refusal:
                await error_response(Request(scope, receive), refusal).asgi_send(send)
                return
        await self.app(scope, receive, _keep_language(send, scope["ldn.reader"].prefix))


def with_language(scope: Scope) -> Scope:
    """The request with its `ldn.reader`, and without the language in its path."""
    path, raw_path = scope["path"], scope.get("raw_path") or quote(scope["path"]).encode()
    stated = _PREFIX.fullmatch(path)
    prefix = f"/{stated[1]}" if stated and raw_path.startswith(f"/{stated[1]}".encode()) else ""
    if stated and prefix:
        path, raw_path = stated[2] or "/", raw_path[len(prefix) :] or b"/"
    reader = reader_for(header_of(scope, b"accept-language"), prefix)
    return {**scope, "path": path, "raw_path": raw_path, "ldn.reader": reader}


def with_format(scope: Scope) -> Scope:
    """The request with the format that `Accept` prefers as the extension of its path (RFC 9110, section 12.5.1).

    Raises Refusal for a path that nothing of ours has, or if no format is acceptable.
    """
    path = scope["path"]
    if _is_misleading(path, scope["raw_path"]):
        raise Refusal(status=404, sentence=NOTHING_HERE)
    if _UNRESERVED.fullmatch(path) and path.count("/") == scope["raw_path"].count(b"/"):
        # Datasette routes by what is encoded; these characters need not be (RFC 3986, section 6.2.2.2).
        scope = {**scope, "raw_path": path.encode()}
    if not _NEGOTIABLE.fullmatch(path):
        return scope
    extension = _preferred_extension(header_of(scope, b"accept")[:_MAX_ACCEPT])
    if extension is None:
        kinds = ", ".join(one.media_type for one in FORMATS)
        raise Refusal(status=406, sentence=phrase("This address has text/html, and: %(kinds)s.", kinds=kinds))
    if extension == "html":
        return scope
    path = ("/search" if path == "/" else path) + f".{extension}"
    return {**scope, "path": path, "raw_path": path.encode()}


def _is_misleading(path: str, raw_path: bytes) -> bool:
    """Whether a redirect to the path could lead to another site, or the path hides a language's prefix."""
    stated = _PREFIX.fullmatch(path)
    hides_prefix = stated is not None and not raw_path.startswith(f"/{stated[1]}".encode())
    return path.startswith("//") or "\\" in path or not path.isprintable() or not raw_path.isascii() or hides_prefix


@lru_cache(maxsize=512)
def _preferred_extension(accept: str) -> str | None:
    """The extension of the preferred format; `html` without a preference, None if no format is acceptable."""
    if not accept.strip():
        return "html"
    ranges = {kind: (quality, -place) for place, (kind, quality) in enumerate(_media_ranges(accept))}
    offered = [("text/html", "html"), *((one.media_type.partition(";")[0], one.extension) for one in FORMATS)]
    ranked = [(*_preference(kind, ranges), extension) for kind, extension in offered]
    ranked.append((*ranges.get("application/xhtml+xml", (0.0, 0)), "html"))
    quality, _, extension = max(ranked, key=lambda one: one[:2])
    return extension if quality > 0 else None


def _preference(kind: str, ranges: Mapping[str, tuple[float, int]]) -> tuple[float, int]:
    """The quality of a media type and how early it is named, by the most precise range that includes it."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0, 0


def _media_ranges(accept: str) -> Iterable[tuple[str, float]]:
    for one in accept.split(","):
        if stated := _MEDIA_RANGE.fullmatch(one):
            yield stated[1].lower(), quality_of(one)


def quality_of(option: str) -> float:
    """The quality of one of the options of an `Accept` header (RFC 9110, section 12.4.2)."""
    quality = _QUALITY.search(option)
    return float(quality[1]) if quality else 1.0


def _keep_language(send: Send, prefix: str) -> Send:
    """A `send` whose redirects within the site keep the language that the address states."""
    if not prefix:
        return send

    async def send_with_prefix(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            headers = [(name, _add_prefix(name, value, prefix.encode())) for name, value in message.get("headers", ())]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_prefix


def _add_prefix(name: bytes, value: bytes, prefix: bytes) -> bytes:
    own = value.startswith(b"/") and not value.startswith((b"//", prefix + b"/"))
    return prefix + value if name.lower() == b"location" and own else value
