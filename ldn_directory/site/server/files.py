"""A file as an answer: whole or a part of it, from one open handle, so that what arrives is one version (RFC 9110)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, BinaryIO

CHUNK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,15})-([0-9]{1,15})?|-([0-9]{1,15}))[ \t]*", re.IGNORECASE)
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of which bytes are wanted."""

    method: str = "GET"
    if_none_match: str | None = None
    if_modified_since: str | None = None
    range: str | None = None
    if_range: str | None = None

    @classmethod
    def by(cls, request: Any) -> Asked:
        """What a Datasette request asks."""
        given = request.headers
        return cls(
            method=request.method,
            if_none_match=given.get("if-none-match"),
            if_modified_since=given.get("if-modified-since"),
            range=given.get("range"),
            if_range=given.get("if-range"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is sent: a status, and which bytes."""

    status: int
    start: int = 0
    length: int = 0


def part_of(asked: Asked, size: int, etag: str, modified: datetime) -> Part:
    """The part of `size` bytes that answers: 200 all, 206 a part, 304 nothing new, 416 no such part.

    A range of another unit, of several parts, or that is none, is passed over, as section 14.2 allows. A date in If-Range never holds: it
    tells versions of the same second not apart (section 13.1.5).
    """
    if _is_known(asked, etag, modified):
        return Part(status=304)
    whole = Part(status=200, length=size)
    ranged = _RANGE.fullmatch(asked.range or "")
    if not ranged or asked.method != "GET" or (asked.if_range is not None and asked.if_range.strip() != etag):
        return whole
    first, last, suffix = ranged.groups()
    start = int(first) if first else max(0, size - int(suffix))
    end = min(size, int(last) + 1) if last else size
    if first and last and int(last) < int(first):
        return whole
    return Part(status=206, start=start, length=end - start) if start < end else Part(status=416)


def _is_known(asked: Asked, etag: str, modified: datetime) -> bool:
    if asked.if_none_match is not None:
        known = {one.strip().removeprefix("W/") for one in asked.if_none_match.split(",")}
        return etag in known or "*" in known
    since = _moment(asked.if_modified_since)
    return since is not None and modified <= since


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """An open file as an answer to what is asked; sent, it closes the file."""

    file: BinaryIO
    asked: Asked
    etag: str
    media_type: str
    name: str
    """What it is saved as."""
    caching: str = "no-cache"
    more: Mapping[str, str] = field(default_factory=dict)

    async def asgi_send(self, send: Send) -> None:
        """Sends status, headers and bytes, as a Datasette response does."""
        with self.file:
            stat = os.fstat(self.file.fileno())
            modified = datetime.fromtimestamp(int(stat.st_mtime), UTC)
            part = part_of(self.asked, stat.st_size, self.etag, modified)
            headers = self._headers(part, stat.st_size, modified)
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": part.status, "headers": raw})
            await self._send_bytes(part if self.asked.method == "GET" else Part(status=part.status), send)

    def _headers(self, part: Part, size: int, modified: datetime) -> dict[str, str]:
        headers = {
            "etag": self.etag,
            "last-modified": format_datetime(modified, usegmt=True),
            "accept-ranges": "bytes",
            "cache-control": self.caching,
            **self.more,
        }
        if part.status == 304:
            return headers
        if part.status == 416:
            return headers | {"content-range": f"bytes */{size}", "content-length": "0", "cache-control": "no-store"}
        if part.status == 206:
            headers["content-range"] = f"bytes {part.start}-{part.start + part.length - 1}/{size}"
        return headers | {
            "content-type": self.media_type,
            "content-length": str(part.length),
            "content-disposition": f'attachment; filename="{self.name}"',
        }

    async def _send_bytes(self, part: Part, send: Send) -> None:
        self.file.seek(part.start)
        left = part.length
        while left and (chunk := await asyncio.to_thread(self.file.read, min(CHUNK_BYTES, left))):
            left -= len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
