"""WARC files: one is written record by record as responses arrive, and a body is read where its record begins."""

from __future__ import annotations

import fcntl
import hashlib
import os
import zlib
from base64 import b32encode
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class Redacted(ValueError):
    """The record is no longer in the archive, as somebody asked to be forgotten. The message says since when."""


def read_body(path: Path, position: int, name: str) -> bytes:
    """The body of the record that begins at a byte of a WARC file, as it came over the wire, perhaps compressed.

    It is checked against the record's digest: half a page would pass for a list that has shrunk. Raises Redacted, or
    OSError or ValueError if the record is damaged, by the `name` of the file.
    """
    with path.open("rb") as file:
        file.seek(position)
        try:
            record = next(iter(ArchiveIterator(file)), None)
            body = bytes(record.raw_stream.read()) if record else b""
        except (ArchiveLoadFailed, EOFError, zlib.error) as error:
            raise ValueError(f"{name} is damaged at byte {position}: {error}") from None
    if record is not None and record.rec_type == "metadata":
        raise Redacted(f"{name} was redacted at byte {position}")
    if record is None or record.rec_headers.get_header("WARC-Payload-Digest") != _digest(body):
        raise ValueError(f"{name} is damaged at byte {position}")
    return body


def _digest(payload: bytes) -> str:
    """The digest of a payload in the form of WARC headers."""
    return "sha1:" + b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


class WarcFile:
    """The WARC file that one crawl of one source writes."""

    def __init__(self, path: Path, relative_to: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name = path.relative_to(relative_to).as_posix()
        self._file = path.open("ab", buffering=0)
        with suppress(OSError):
            # Whoever rewrites WARC files leaves this one alone until it is closed.
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._record = BytesIO()
        self._writer = WARCWriter(self._record, gzip=True)
        self.bytes = 0
        """Bytes of response bodies and headers that came over the wire."""

    def write(
        self, url: str, status: int, reason: str, headers: Iterable[tuple[str, str]], body: bytes, date: str
    ) -> int:
        """Appends a response and gives the offset of its record. Raises OSError; then the file is as it was before."""
        # Without any header, programs that read WARC files take the empty line for the start of the body.
        listed = list(headers) or [("Content-Length", str(len(body)))]
        http = StatusAndHeaders(f"{status} {reason}".strip(), listed, protocol="HTTP/1.1")
        extra = {"WARC-Date": date}
        if status == 304:
            record = self._writer.create_revisit_record(
                url, "sha1:unknown", url, date, http_headers=http, warc_headers_dict=extra
            )
            record.rec_headers.replace_header(
                "WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
            )
            record.rec_headers.remove_header("WARC-Payload-Digest")
        else:
            record = self._response(url, http, body, extra)
        self._writer.write_record(record)
        written = self._record.getvalue()
        self._record.seek(0)
        self._record.truncate()
        position = self._append(written)
        self.bytes += len(body) + sum(len(name) + len(value) + 4 for name, value in listed)
        return position

    def _response(self, url: str, http: StatusAndHeaders, body: bytes, extra: dict[str, str]) -> Any:
        """A `response` record; for a file a `resource` record (ISO 28500 section 6.3), which has no HTTP headers."""
        if url.lower().startswith(("http://", "https://")):
            return self._writer.create_warc_record(
                url, "response", payload=BytesIO(body), http_headers=http, warc_headers_dict=extra
            )
        kind = http.get_header("Content-Type") or "application/octet-stream"
        return self._writer.create_warc_record(
            url, "resource", payload=BytesIO(body), length=len(body), warc_content_type=kind, warc_headers_dict=extra
        )

    def _append(self, record: bytes) -> int:
        position = self._file.seek(0, os.SEEK_END)
        rest = memoryview(record)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._file.truncate(position)
            raise OSError(error.errno, error.strerror, self.name) from None
        return position

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
