"""Content encodings, undone within a limit and to their end: half an answer would pass for a list that has shrunk."""

from __future__ import annotations

import zlib

from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest

_GZIP, _ZLIB, _RAW = 31, 15, -15
_GZIP_START = b"\x1f\x8b"


class WholeCompression(HttpCompressionMiddleware):
    """Scrapy's decompression, which alone would take what a broken stream yields for the whole."""

    @staticmethod
    def _decode(body: bytes, encoding: bytes, max_size: int) -> bytes:
        try:
            return decoded(body, encoding.decode("latin-1"), max_size)
        except ValueError as error:
            raise IgnoreRequest(str(error)) from None


def decoded(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body without its content encoding, of those that the crawl asks for (gzip, deflate; RFC 9110 section 8.4.1).

    Raises ValueError, saying why, for a body that is broken, cut off, or unpacks to more than `most_bytes`.
    """
    try:
        match encoding.strip().lower():
            case "gzip" | "x-gzip":
                return _gunzipped(body, most_bytes)
            case "deflate":
                return _inflated(body, most_bytes)
            case _:
                return body
    except zlib.error as error:
        raise ValueError(f"the answer is no {encoding} stream: {error}") from None


def _gunzipped(body: bytes, most_bytes: int) -> bytes:
    """All members of the stream (RFC 1952 section 2.2); what follows the last is no part of it."""
    members: list[bytes] = []
    while body.startswith(_GZIP_START) or not members:
        member, body = _member(body, _GZIP, most_bytes - sum(map(len, members)))
        members.append(member)
    return b"".join(members)


def _inflated(body: bytes, most_bytes: int) -> bytes:
    """With the zlib wrapper that the RFC asks for, or without, as some servers have it."""
    try:
        return _member(body, _ZLIB, most_bytes)[0]
    except zlib.error:
        return _member(body, _RAW, most_bytes)[0]


def _member(body: bytes, wbits: int, most_bytes: int) -> tuple[bytes, bytes]:
    """(unpacked, what follows)."""
    stream = zlib.decompressobj(wbits)
    unpacked = stream.decompress(body, most_bytes + 1)
    if len(unpacked) > most_bytes:
        raise ValueError("the answer unpacks to more than the limit, DOWNLOAD_MAXSIZE")
    if not stream.eof:
        raise ValueError("the compressed answer broke off")
    return unpacked, stream.unused_data
