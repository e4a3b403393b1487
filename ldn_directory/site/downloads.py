"""`/ldn.db`: the whole published file, from one open handle, so that what arrives is one version."""

from __future__ import annotations

import asyncio
import os
from typing import Any, BinaryIO

from datasette.utils.asgi import NotFound, Response

from .answering import DATABASE, Answering

CHUNK_BYTES = 256 * 1024


async def whole_directory(datasette: Any, request: Any) -> Answering:
    """`/ldn.db`: the file being served."""
    if DATABASE not in datasette.databases:
        raise NotFound("no directory yet")
    try:
        file = await asyncio.to_thread(open, datasette.databases[DATABASE].path, "rb")
    except OSError:
        raise NotFound("no directory now") from None
    return Whole(file, request)


class Whole:
    """A file that is sent as it is read; 304 if the client has it already, by its ETag."""

    def __init__(self, file: BinaryIO, request: Any) -> None:
        self.file, self.request = file, request

    async def asgi_send(self, send: Any) -> None:
        with self.file as file:
            stat = os.fstat(file.fileno())
            etag = f'"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"'
            if self.request.headers.get("if-none-match") == etag:
                await Response("", status=304, headers={"ETag": etag}).asgi_send(send)
                return
            headers = {
                "content-type": "application/vnd.sqlite3",
                "content-disposition": 'attachment; filename="ldn.db"',
                "content-length": str(stat.st_size),
                "etag": etag,
                "cache-control": "no-cache",
            }
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            await _send_body(file, b"" if self.request.method == "HEAD" else None, send)


async def _send_body(file: BinaryIO, body: bytes | None, send: Any) -> None:
    while body is None:
        chunk = await asyncio.to_thread(file.read, CHUNK_BYTES)
        if not chunk:
            body = b""
        else:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": body, "more_body": False})
