"""Rewrites single records of a WARC file: all others stay byte for byte, and the index follows.

A record is replaced in part or as a whole. In part: it keeps its id and date, with the new body, and a `metadata`
record after it (ISO 28500 section 6.6) refers to it and keeps the digest of the former body. As a whole: only that
`metadata` record takes its place.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ldn_directory.storage import sync

from .moves import Move, apply_moves, plan_moves
from .warc_archive import Archive

HIDDEN_URL = "about:redacted"
"""The address of a record whose own address is left out."""
_MEMBER = b"\x1f\x8b\x08"
_CHUNK = 1 << 16
_ORIGINAL = ("Type", "Date", "Payload-Digest", "Block-Digest")
"""Headers of a record that its redaction keeps."""
Bytes = mmap.mmap | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRecord:
    """One record of a WARC file."""

    position: int
    """Offset of its gzip member, in bytes."""
    kind: str
    """`WARC-Type`; empty for bytes that are no whole record, whose `body` is what can be unpacked of them."""
    url: str
    headers: StatusAndHeaders | None
    """HTTP headers, if it has any."""
    body: bytes
    """The body as it came over the wire, perhaps compressed."""

    def header(self, name: str) -> str:
        """An HTTP header; empty if there is none."""
        return (self.headers and self.headers.get_header(name)) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What takes the place of a record's content."""

    body: bytes | None = None
    """The new body, with the content encoding of the old one; None to replace the whole record."""
    hide_url: bool = False


class WarcBusy(OSError):
    """A crawl is writing this file."""


def read_records(path: Path) -> Iterator[ArchivedRecord]:
    """The records of a WARC file whose records are gzip members; damaged parts as records without kind."""
    with path.open("rb") as file, _mapped(file) as data:
        yield from (record for *_, record in _parse(data))


def rewrite(
    archive: Archive, path: Path, judge: Callable[[ArchivedRecord], Replacement | None], at: str, why: str
) -> int:
    """Replaces the records of a WARC file for which `judge` gives a replacement. Returns how many.

    `at` is the current time, UTC; `why` is kept in the file. Raises WarcBusy or another OSError; then the file is as it
    was. It is replaced as a whole, and if the command is killed in between, the index follows when it is next opened.
    """
    with path.open("rb") as file, _locked(file), _mapped(file) as data:
        found = [(start, end, _rewrite(data[start:end], record, judge, at, why)) for start, end, record in _parse(data)]
        count = sum(written is not None for *_, written in found)
        if not count:
            return 0
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with draft.open("wb") as out:
                moves = []
                for start, end, written in found:
                    moves.append(Move(start, out.tell(), written is not None, written.length if written else None))
                    out.write(written.members if written else data[start:end])
                out.flush()
                os.fchmod(out.fileno(), path.stat().st_mode & 0o777)
                os.fsync(out.fileno())
            plan_moves(archive.db, path.relative_to(archive.data).as_posix(), draft, moves)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync(path.parent)
    apply_moves(archive.db, archive.data)
    return count


@contextmanager
def _locked(file: BufferedReader) -> Iterator[None]:
    """The lock that a crawl holds on the file that it writes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise WarcBusy(error.errno, "a crawl is writing it", file.name) from None
    yield


@contextmanager
def _mapped(file: BufferedReader) -> Iterator[Bytes]:
    """The bytes of an open file, which may be empty."""
    if not os.fstat(file.fileno()).st_size:
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _parse(data: Bytes) -> Iterator[tuple[int, int, ArchivedRecord]]:
    """(start, end, record) of each gzip member, or of the bytes between a damaged one and the next."""
    start = 0
    while start < len(data):
        content, end = _unpack(data, start)
        record = _record(start, content) if end else None
        if record is None:
            end = _next_member(data, start + 1)
            record = ArchivedRecord(position=start, kind="", url="", headers=None, body=content)
        yield start, end or len(data), record
        start = end or len(data)


def _unpack(data: Bytes, start: int) -> tuple[bytes, int | None]:
    """(content of the gzip member that begins here, where it ends); None and what can be unpacked if it is damaged."""
    stream, at = zlib.decompressobj(31), start
    parts: list[bytes] = []
    while not stream.eof:
        chunk = data[at : at + _CHUNK]
        if not chunk:
            return b"".join(parts), None
        try:
            parts.append(stream.decompress(chunk))
        except zlib.error:
            return b"".join(parts), None
        at += len(chunk)
    return b"".join(parts), at - len(stream.unused_data)


def _next_member(data: Bytes, start: int) -> int:
    """Where the next WARC record begins; the end of the file if none does."""
    while (start := data.find(_MEMBER, start)) >= 0:
        try:
            if zlib.decompressobj(31).decompress(data[start : start + _CHUNK], 5) == b"WARC/":
                return start
        except zlib.error:
            pass
        start += 1
    return len(data)


def _record(position: int, content: bytes) -> ArchivedRecord | None:
    record = _load(content)
    if record is None:
        return None
    return ArchivedRecord(
        position=position,
        kind=record.rec_type,
        url=record.rec_headers.get_header("WARC-Target-URI") or "",
        headers=record.http_headers,
        body=record.raw_stream.read(),
    )


def _load(content: bytes) -> ArcWarcRecord | None:
    try:
        return next(iter(ArchiveIterator(BytesIO(content))), None)
    except (ArchiveLoadFailed, EOFError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _Written:
    """The gzip members that take the place of one, and the length of the new body."""

    members: bytes
    length: int | None


def _rewrite(
    member: bytes, record: ArchivedRecord, judge: Callable[[ArchivedRecord], Replacement | None], at: str, why: str
) -> _Written | None:
    replacement = judge(record)
    if replacement is None:
        return None
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    before = _load(_unpack(member, 0)[0]) if record.kind else None
    is_part = before is not None and replacement.body is not None
    facts = [("redacted", at), ("reason", why), ("extent", "parts of the body" if is_part else "the whole record")]
    headers = {"WARC-Date": at}
    if before is not None:
        headers["WARC-Refers-To"] = before.rec_headers.get_header("WARC-Record-ID")
        facts += [(f"original-{name}", before.rec_headers.get_header(f"WARC-{name}") or "") for name in _ORIGINAL]
    if before is not None and replacement.body is not None:
        writer.write_record(_with_body(writer, before, replacement.body))
    text = "".join(f"{name.lower()}: {value}\r\n" for name, value in facts if value).encode()
    url = HIDDEN_URL if replacement.hide_url or not record.url else record.url
    writer.write_record(
        writer.create_warc_record(
            url,
            "metadata",
            payload=BytesIO(text),
            length=len(text),
            warc_content_type="application/warc-fields",
            warc_headers_dict=headers,
        )
    )
    return _Written(out.getvalue(), None if replacement.body is None else len(replacement.body))


def _with_body(writer: WARCWriter, before: ArcWarcRecord, body: bytes) -> ArcWarcRecord:
    """The record with another body, and the headers that follow from it."""
    for name in ("WARC-Block-Digest", "WARC-Payload-Digest", "Content-Length"):
        before.rec_headers.remove_header(name)
    if before.http_headers and before.http_headers.get_header("Content-Length"):
        before.http_headers.replace_header("Content-Length", str(len(body)))
    return writer.create_warc_record(
        before.rec_headers.get_header("WARC-Target-URI"),
        before.rec_type,
        payload=BytesIO(body),
        length=len(body),
        warc_headers=before.rec_headers,
        http_headers=before.http_headers,
    )
