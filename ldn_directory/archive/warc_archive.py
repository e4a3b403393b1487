"""Everything that was fetched, as WARC files, with an index that says where each response is.

`runs/<run>/<source>/pages.warc.gz` holds every response of a crawl as ISO 28500 records, one gzip member each, written
as they arrive; an unchanged page is a `revisit` record. `archive.db` is only a cache: without it, pages are fetched
and extracted again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from urllib.parse import unquote

from .content_encoding import decode_body
from .moves import KEYS, apply_moves
from .page_result import PageResult
from .salvage import salvage
from .warc_file import read_body

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
MOST_BYTES = 64 * 1024 * 1024
"""Of a decoded page."""


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
        """The body as it came over the wire. Raises Redacted, or OSError or ValueError if the record is damaged."""
        return read_body(self.data / stored.warc, stored.position, stored.warc)

    def page(self, visit: Visit) -> tuple[bytes, dict[str, str]]:
        """(the decoded body, the headers by their names in lower case) of a page. Raises as `body` does."""
        headers = {name.lower(): value for name, value in visit.stored.headers}
        return decode_body(self.body(visit.stored), headers.get("content-encoding", ""), MOST_BYTES), headers

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

    def drop_visits(self, run: str, source: str | None = None) -> None:
        """Forgets what a run read, so that it is not replayed. Its responses stay, as later runs may share them."""
        self._write("DELETE FROM visits WHERE run = ?1 AND source = coalesce(?2, source)", run, source)
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
            for table, key in KEYS.items():
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


@contextmanager
def _as_os_error(path: Path) -> Iterator[None]:
    """Raises OSError for SQLite's errors, so that a full or read-only disk is the same error everywhere."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(errno.EIO, str(error), str(path)) from None


def _headers(text: str) -> Headers:
    return tuple((str(name), str(value)) for name, value in json.loads(text))
