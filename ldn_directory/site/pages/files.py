"""A file as a response: whole or in parts, always one version of it."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from starlette.datastructures import Headers
from starlette.responses import FileResponse, MalformedRangeHeader, RangeNotSatisfiable
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

_BYTES = re.compile(r"\s*bytes\s*=", re.IGNORECASE)


class OpenFileResponse(FileResponse):
    """An open file, or the part of it that is requested. Once sent, the file is closed.

    It is read through its descriptor, so a file that takes its name in the meantime does not mix in.
    """

    chunk_size = 256 * 1024

    def __init__(
        self, file: BinaryIO, *, media_type: str, filename: str, etag: str = "", caching: str = "no-cache"
    ) -> None:
        stat = os.fstat(file.fileno())
        etag = etag or f'"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        headers = {"etag": etag, "cache-control": caching}
        path = f"/dev/fd/{file.fileno()}"
        super().__init__(path, headers=headers, media_type=media_type, filename=filename, stat_result=stat)
        self._file, self.size = file, stat.st_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        with self._file:
            if self._is_known(headers):
                await NotModifiedResponse(self.headers)(scope, receive, send)
            elif "range" in headers and not self._allows_range(scope["method"], headers):
                kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"range"]
                await super().__call__({**scope, "headers": kept}, receive, send)
            else:
                await super().__call__(scope, receive, send)

    def refused_part(self, scope: Scope) -> int | None:
        """The status that refuses the part that is requested: 400 if it is malformed, 416 if the file does not have it.

        None if there is nothing to refuse.
        """
        headers = Headers(scope=scope)
        if self._is_known(headers) or "range" not in headers or not self._allows_range(scope["method"], headers):
            return None
        try:
            self._parse_range_header(headers["range"], self.size)
        except MalformedRangeHeader:
            return 400
        except RangeNotSatisfiable:
            return 416
        return None

    def close(self) -> None:
        """Closes a file that is not sent."""
        self._file.close()

    def _is_known(self, headers: Headers) -> bool:
        """Whether the client has this version (RFC 9110, section 13.1)."""
        if headers.get("if-none-match", "").strip() == "*":
            return True
        return StaticFiles().is_not_modified(self.headers, headers)

    def _allows_range(self, method: str, headers: Headers) -> bool:
        """Whether a range counts (RFC 9110, sections 13.1.5 and 14.2).

        Units other than bytes are ignored, as are ranges in a HEAD request. A date in If-Range never matches: two
        versions may be of the same second.
        """
        is_current = headers.get("if-range", self.headers["etag"]).strip() == self.headers["etag"]
        return method == "GET" and is_current and bool(_BYTES.match(headers["range"]))
