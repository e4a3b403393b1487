"""Opens `ledger.db` and runs what is to be done with it, each time in one transaction."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from ldn_directory.errors import DamagedLedger, LedgerError
from ldn_directory.model import Harvest
from ldn_directory.storage import DIRECTORY_FILE, open_read_only

from . import checks
from .checks import Check, DuePage
from .connection import LedgerConnection, name_file
from .ingest import HarvestIngest, IngestCounts, IsSuppressed

SCHEMA_VERSION = 4
_ADVICE = {
    "database or disk is full": "free some space, then run it again; nothing was changed",
    "disk I/O error": "the disk may be full or failing; nothing was changed",
    "attempt to write a readonly database": "the data folder cannot be written; nothing was changed",
    "unable to open database file": "the data folder cannot be written; nothing was changed",
    "database is locked": "another command is writing; try again when it has ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHarvest:
    """The last harvest of a source that the ledger took."""

    run: str
    finished: str
    listings: int
    fill: Mapping[str, float]
    accepted: int | None = None
    """The size of the harvest that a person last accepted, which from then on is the list's expected size."""


class Ledger:
    """An open ledger; a context manager. One process writes at a time, others wait."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path, self.db = path, db

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Opens the ledger at `path`. Creates or migrates it if necessary. Raises LedgerError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_emptied(path)
            db = sqlite3.connect(path, timeout=60, isolation_level=None, factory=LedgerConnection)
            name_file(db, path)
        except OSError as error:
            raise LedgerError(f"{path}: {error.strerror}") from None
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger {path} cannot be opened: {error}") from None
        try:
            with _explain_errors(path):
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA foreign_keys = ON")
                _migrate(db, path)
        except BaseException:
            db.close()
            raise
        return cls(path, db)

    @classmethod
    def open_read_only(cls, path: Path) -> Ledger:
        """Opens the ledger at `path` for reading, also in a folder that cannot be written. Raises LedgerError.

        A ledger of an older schema is migrated first, and so must be writable.
        """
        wal = path.with_name(f"{path.name}-wal")
        # In a folder that cannot be written SQLite opens a database in WAL mode only as immutable.
        immutable = not os.access(path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size)
        with _explain_errors(path):
            db = open_read_only(path, immutable=immutable, factory=LedgerConnection)
            name_file(db, path)
            try:
                version = _schema_version(db, path)
            except BaseException:
                db.close()
                raise
        if version == SCHEMA_VERSION:
            return cls(path, db)
        db.close()
        return cls.open(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    def last_harvest(self, source_id: str) -> LastHarvest | None:
        """The last harvest of a source that was taken, or None."""
        row = self.db.execute(
            "SELECT run, finished, listings, fill FROM runs WHERE source = ? ORDER BY id DESC LIMIT 1", (source_id,)
        ).fetchone()
        if row is None:
            return None
        accepted = self.db.execute(
            "SELECT r.listings FROM acceptances AS a JOIN runs AS r ON r.id = a.run"
            " WHERE r.source = ? ORDER BY r.id DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        return LastHarvest(
            run=row[0],
            finished=row[1],
            listings=row[2],
            fill=json.loads(row[3]),
            accepted=accepted[0] if accepted else None,
        )

    def ingest(
        self, harvest: Harvest, is_suppressed: IsSuppressed | None = None, *, accepted: bool = False
    ) -> IngestCounts:
        """Takes a harvest in one transaction. A harvest that was taken before changes nothing.

        `accepted`: a person has accepted the harvest; that is recorded with it. Raises LedgerError, also if the harvest
        ended before the last one of its source began.
        """
        with _explain_errors(self.path), transaction(self.db):
            known = self.db.execute(
                "SELECT changes FROM runs WHERE source = ? AND run = ?", (harvest.source_id, harvest.run)
            ).fetchone()
            if known:
                return IngestCounts(**json.loads(known[0]))
            self._refuse_older(harvest)
            ingest = HarvestIngest(self.db, harvest, is_suppressed)
            if accepted:
                self.db.execute("INSERT INTO acceptances (run) VALUES (?)", (ingest.run,))
            return ingest.ingest()

    def _refuse_older(self, harvest: Harvest) -> None:
        """Of crawls that overlap in time both are taken; a crawl that ended before a later one began is not."""
        newer = self.db.execute(
            "SELECT run FROM runs WHERE source = ? AND started > ? ORDER BY started DESC LIMIT 1",
            (harvest.source_id, harvest.finished),
        ).fetchone()
        if newer:
            raise LedgerError(
                f"run {harvest.run} of {harvest.source_id} is older than run {newer[0]}, which is in the ledger"
            )

    def due_pages(self, sources: Sequence[str], *, before: str, unknown_before: str) -> list[DuePage]:
        """The evidence pages of the sources that are due for a check. Raises LedgerError.

        Due are pages last checked before a date; before `unknown_before` where that check got no answer (both UTC).
        """
        with _explain_errors(self.path):
            return checks.due_pages(self.db, sources, before=before, unknown_before=unknown_before)

    def add_checks(self, found: Iterable[Check]) -> None:
        """Records checks of evidence pages in one transaction. Raises LedgerError."""
        with _explain_errors(self.path), transaction(self.db):
            checks.add_checks(self.db, found)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commits at the end of the block, or rolls back if it raises. The connection needs `isolation_level=None`."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def select_listings(db: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Fills the temporary table `wanted` with keys of listings, for queries about these."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (pk INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM wanted")
    db.executemany("INSERT INTO wanted VALUES (?)", ((pk,) for pk in keys))


def final_number(redirects: Mapping[int, int | None], number: int) -> int:
    """The number that a provider's number leads to in the end, by way of all numbers that were merged."""
    seen = {number}
    while (following := redirects.get(number)) is not None and following not in seen:
        seen.add(following)
        number = following
    return number


@contextmanager
def _explain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DamagedLedger:
        raise
    except sqlite3.DatabaseError as error:
        advice = _ADVICE.get(str(error), "restore it from a backup if this persists")
        raise LedgerError(f"{path}: {error}: {advice}") from None


def _refuse_emptied(path: Path) -> None:
    """Raises LedgerError for a ledger that has lost all its bytes, which SQLite would take for a new one."""
    wal = path.with_name(f"{path.name}-wal")
    if path.exists() and not path.stat().st_size and not wal.exists() and (path.parent / DIRECTORY_FILE).exists():
        raise LedgerError(
            f"the ledger {path} is damaged (it is empty, though a directory was published from it): restore it"
            " from a backup; to begin anew, delete it"
        )


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if _schema_version(db, path) == SCHEMA_VERSION and _applied_migrations(db) >= _migration_names():
        return
    # sqlite-utils imports pandas if it is installed. That takes half a second, and there is seldom anything to migrate.
    from .migrations import apply_migrations

    with transaction(db):
        apply_migrations(db)


def _schema_version(db: sqlite3.Connection, path: Path) -> int:
    """The version of the schema. Raises LedgerError for one of a newer program."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{path} was written by a newer version of this program (schema {version}; this version supports"
            f" {SCHEMA_VERSION}): update the program"
        )
    return version


def _applied_migrations(db: sqlite3.Connection) -> set[str]:
    """The names of the migrations that are recorded as applied."""
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = '_sqlite_migrations'").fetchone() is None:
        return set()
    return {name for (name,) in db.execute("SELECT name FROM _sqlite_migrations")}


@cache
def _migration_names() -> set[str]:
    """The names of all migrations, which are also those of their scripts."""
    return {path.stem for path in Path(__file__).parent.glob("migration_*.sql")}
