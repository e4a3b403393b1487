"""Everything that was fetched, as WARC files, with an index that says where each response is.

`runs/<run>/<source>/pages.warc.gz` holds every response of a crawl as ISO 28500 records, one gzip member each, written
as they arrive; an unchanged page is a `revisit` record. `archive.db` is only a cache: without it, pages are fetched
and extracted again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import sqlite3
import zlib
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from .moves import apply_moves
from .page_result import PageResult
from .salvage import salvage

P = ParamSpec("P")
T = TypeVar("T")
_log = logging.getLogger(__name__)
Headers = tuple[tuple[str, str], ...]

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS responses (
  source TEXT NOT NULL, fingerprint BLOB NOT NULL, url TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL,
  warc TEXT NOT NULL, position INTEGER NOT NULL, fetched TEXT NOT NULL,
  PRIMARY KEY (source, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visits (
  run TEXT NOT NULL, source TEXT NOT NULL, ordinal INTEGER NOT NULL, url TEXT NOT NULL, context TEXT NOT NULL,
  headers TEXT NOT NULL, warc TEXT NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (run, source, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (
  source TEXT NOT NULL, version TEXT NOT NULL, digest BLOB NOT NULL, run TEXT NOT NULL, reading BLOB NOT NULL,
  PRIMARY KEY (source, version, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moves (warc TEXT PRIMARY KEY, file TEXT NOT NULL, moves TEXT NOT NULL) STRICT;
"""


class Redacted(ValueError):
    """The record is no longer in the archive, as somebody asked to be forgotten. The message says since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """One response in the archive: its address, its headers as last confirmed, and where its body is."""

    url: str
    status: int
    headers: Headers
    warc: str
    """Path of the WARC file, relative to the data folder."""
    position: int
    """Offset of the record's gzip member, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One page that a run handed to extraction, with the context of its request."""

    ordinal: int
    """The number of pages that the run handed to extraction before."""
    url: str
    context: Mapping[str, object]
    stored: StoredResponse
    digest: bytes


def digest_of(url: str, context: Mapping[str, object], body: bytes) -> bytes:
    """Identifies the input of an extraction: equal digests give equal results."""
    seen = hashlib.blake2b(body, digest_size=20)
    seen.update(json.dumps([url, context], sort_keys=True).encode())
    return seen.digest()


MAX_UNSAVED = 64


def _mending(operation: Callable[P, T]) -> Callable[P, T]:
    """Does an operation of an `Archive` again with a new index if the index turns out to be damaged."""

    @wraps(operation)
    def mended(*args: P.args, **kwargs: P.kwargs) -> T:
        archive: Any = args[0]
        for _ in range(2):
            try:
                return operation(*args, **kwargs)
            except sqlite3.OperationalError:
                raise
            except (sqlite3.DatabaseError, ValueError, TypeError) as error:
                archive._replace_damaged(error)
        return operation(*args, **kwargs)

    return mended


class Archive:
    """The archive of one data folder: the WARC files of all runs, and their index.

    Sources are crawled side by side, each with a connection of its own. Index rows are written in batches, so that no
    crawl waits long for the lock. Every method may raise OSError. A damaged index is set aside and made anew.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.path = data / "archive.db"
        with _as_os_error(self.path):
            self.db = self._open()
        self._unsaved: list[tuple[str, tuple[Any, ...]]] = []

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            return self._connect()

    def _set_aside(self, error: Exception) -> None:
        """Renames the damaged index to `broken-archive.db`, so that an empty one takes its place."""
        for suffix in ("", "-wal", "-shm"):
            broken = self.path.with_name(self.path.name + suffix)
            if broken.exists():
                broken.rename(broken.with_name(f"broken-{broken.name}"))
        _log.warning(
            "%s was damaged (%s): it is set aside as broken-%s, and made anew", self.path, error, self.path.name
        )

    def _replace_damaged(self, error: Exception) -> None:
        """Goes on with a new index that has what the damaged one can still tell. Another crawl may have made it.

        Rows that SQLite gives out, but with content that cannot be read, are not taken along.
        """
        self.db.close()
        is_ours = self.path.exists() and self.path.stat().st_ino == self._inode
        if is_ours:
            self._set_aside(error)
        self.db = self._connect()
        if is_ours and isinstance(error, sqlite3.DatabaseError):
            saved = salvage(self.path.with_name(f"broken-{self.path.name}"), self.db)
            _log.warning("%s rows of the damaged %s could be saved", f"{saved:,}", self.path.name)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=30)
        try:
            db.executescript(SCHEMA)
            apply_moves(db, self.data)
        except sqlite3.DatabaseError:
            db.close()
            raise
        self._inode = self.path.stat().st_ino
        return db

    def close(self) -> None:
        """Saves the index and closes it."""
        try:
            self._save()
        finally:
            self.db.close()

    def _write(self, query: str, *values: Any) -> None:
        self._unsaved.append((query, values))
        if len(self._unsaved) >= MAX_UNSAVED:
            self._save()

    def _save(self) -> None:
        unsaved, self._unsaved = self._unsaved, []
        with _as_os_error(self.path):
            self._execute_all(unsaved)

    @_mending
    def _execute_all(self, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        with self.db:
            for query, values in rows:
                self.db.execute(query, values)

    @_mending
    def latest(self, source: str, fingerprint: bytes) -> StoredResponse | None:
        """The response last stored for this request, or None."""
        row = self.db.execute(
            "SELECT url, status, headers, warc, position FROM responses WHERE source = ? AND fingerprint = ?",
            (source, fingerprint),
        ).fetchone()
        if row is None or not (self.data / row[3]).exists():
            return None
        return StoredResponse(url=row[0], status=row[1], headers=_headers(row[2]), warc=row[3], position=row[4])

    def set_latest(self, source: str, fingerprint: bytes, stored: StoredResponse, fetched: str) -> None:
        """Makes `stored` the response that `latest` gives for this request."""
        self._write(
            "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            source,
            fingerprint,
            stored.url,
            stored.status,
            json.dumps(stored.headers),
            stored.warc,
            stored.position,
            fetched,
        )

    def body(self, stored: StoredResponse) -> bytes:
        """The body as it came over the wire, perhaps compressed.

        Raises Redacted, or OSError or ValueError if the record is damaged.

        The body is checked against the record's digest: half a page would pass for a list that has shrunk.
        """
        with (self.data / stored.warc).open("rb") as file:
            file.seek(stored.position)
            try:
                record = next(iter(ArchiveIterator(file)), None)
                body = bytes(record.raw_stream.read()) if record else b""
            except (ArchiveLoadFailed, EOFError, zlib.error) as error:
                raise ValueError(f"{stored.warc} is damaged at byte {stored.position}: {error}") from None
            if record is not None and record.rec_type == "metadata":
                raise Redacted(f"{stored.warc} was redacted at byte {stored.position}")
            if record is None or record.rec_headers.get_header("WARC-Payload-Digest") != _digest(body):
                raise ValueError(f"{stored.warc} is damaged at byte {stored.position}")
            return body

    def add_visit(self, run: str, source: str, visit: Visit) -> None:
        """Notes that a run handed this page to extraction, so that a replay can do the same."""
        self._write(
            "INSERT OR REPLACE INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            run,
            source,
            visit.ordinal,
            visit.url,
            json.dumps(visit.context, sort_keys=True),
            json.dumps(visit.stored.headers),
            visit.stored.warc,
            visit.stored.position,
            visit.digest,
        )

    @_mending
    def visits(self, run: str, source: str) -> list[Visit]:
        """The pages of a run in the order they were read."""
        rows = self.db.execute(
            "SELECT ordinal, url, context, headers, warc, position, digest FROM visits"
            " WHERE run = ? AND source = ? ORDER BY ordinal",
            (run, source),
        )
        visits = []
        for ordinal, url, context, headers, warc, position, digest in rows:
            stored = StoredResponse(url=url, status=200, headers=_headers(headers), warc=warc, position=position)
            visits.append(Visit(ordinal=ordinal, url=url, context=json.loads(context), stored=stored, digest=digest))
        return visits

    @_mending
    def runs_of(self, source: str) -> list[str]:
        """The runs that read pages of this source, newest first."""
        rows = self.db.execute("SELECT DISTINCT run FROM visits WHERE source = ? ORDER BY run DESC", (source,))
        return [run for (run,) in rows]

    def drop_visits(self, run: str) -> None:
        """Forgets what a run read, so that it is not replayed. Its responses stay, as later runs may share them."""
        self._write("DELETE FROM visits WHERE run = ?", run)
        self._save()

    @_mending
    def cached_result(self, source: str, version: str, digest: bytes) -> PageResult | None:
        """The result of an earlier extraction of the same input by the same version; None if there is none."""
        row = self.db.execute(
            "SELECT reading FROM readings WHERE source = ? AND version = ? AND digest = ?", (source, version, digest)
        ).fetchone()
        try:
            return PageResult.from_json(zlib.decompress(row[0])) if row else None
        except zlib.error:
            return None

    def cache_result(self, source: str, version: str, digest: bytes, run: str, result: PageResult) -> None:
        """Keeps the result of an extraction for the next time that the same input comes."""
        values = source, version, digest, run, zlib.compress(result.to_json(), 1)
        self._write("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?)", *values)

    def erase(self, names: Callable[[str], bool]) -> bool:
        """Deletes index rows that `names` recognises, and all cached results. The next crawl fills the index again.

        False if another process is still reading the old content, so that its bytes stay in the file until that ends.
        """
        self._save()
        with _as_os_error(self.path):
            return self._erase(names)

    @_mending
    def _erase(self, names: Callable[[str], bool]) -> bool:
        self.db.execute("PRAGMA secure_delete = ON")
        with self.db:
            self.db.execute("DELETE FROM readings")
            for table, key in (("visits", "run, source, ordinal"), ("responses", "source, fingerprint")):
                self._erase_from(table, key, names)
        self.db.execute("VACUUM")
        return not self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def _erase_from(self, table: str, key: str, names: Callable[[str], bool]) -> None:
        columns = "url, headers, context" if table == "visits" else "url, headers"
        found = self.db.execute(f"SELECT {columns}, {key} FROM {table}").fetchall()
        width = columns.count(",") + 1
        doomed = [row[width:] for row in found if names(" ".join((unquote(row[0]), row[0], *row[1:width])))]
        marks = ", ".join("?" * (key.count(",") + 1))
        self.db.executemany(f"DELETE FROM {table} WHERE ({key}) = ({marks})", doomed)


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


@contextmanager
def _as_os_error(path: Path) -> Iterator[None]:
    """Raises OSError for SQLite's errors, so that a full or read-only disk is the same error everywhere."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(path)) from None


def _digest(payload: bytes) -> str:
    """The digest of a payload in the form of WARC headers."""
    return "sha1:" + b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()


def _headers(text: str) -> Headers:
    return tuple((str(name), str(value)) for name, value in json.loads(text))
