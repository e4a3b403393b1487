"""Decoding of compressed bodies: within a size limit, and only whole ones."""

from __future__ import annotations

import zlib

_GZIP, _ZLIB, _RAW = 31, 15, -15
_GZIP_START = b"\x1f\x8b"


def decode_body(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body without its content encoding: gzip or deflate (RFC 9110 section 8.4.1), which the crawl accepts.

    Raises ValueError, saying why, for a body that is broken, cut off, or unpacks to more than `most_bytes`: half an
    answer would pass for a list that has shrunk.
    """
    try:
        match encoding.strip().lower():
            case "gzip" | "x-gzip":
                return _gunzip(body, most_bytes)
            case "deflate":
                return _inflate(body, most_bytes)
            case _:
                return body
    except zlib.error as error:
        raise ValueError(f"the answer is no {encoding} stream: {error}") from None


def _gunzip(body: bytes, most_bytes: int) -> bytes:
    """All members of the stream (RFC 1952 section 2.2); bytes after the last one are ignored."""
    members: list[bytes] = []
    while body.startswith(_GZIP_START) or not members:
        member, body = _decompress(body, _GZIP, most_bytes - sum(map(len, members)))
        members.append(member)
    return b"".join(members)


def _inflate(body: bytes, most_bytes: int) -> bytes:
    """With the zlib wrapper that the RFC requires, or without it, as some servers send it."""
    try:
        return _decompress(body, _ZLIB, most_bytes)[0]
    except zlib.error:
        return _decompress(body, _RAW, most_bytes)[0]


def _decompress(body: bytes, wbits: int, most_bytes: int) -> tuple[bytes, bytes]:
    """(the unpacked body, the bytes after it)."""
    stream = zlib.decompressobj(wbits)
    unpacked = stream.decompress(body, most_bytes + 1)
    if len(unpacked) > most_bytes:
        raise ValueError("the answer unpacks to more than the limit, DOWNLOAD_MAXSIZE")
    if not stream.eof:
        raise ValueError("the compressed answer broke off")
    return unpacked, stream.unused_data
