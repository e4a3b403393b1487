"""Connections to the ledger: the file is created or migrated, and called by its name if it is damaged."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from ldn_directory.errors import DamagedLedger, LedgerError
from ldn_directory.storage import DIRECTORY_FILE, LEDGER_FILE, open_read_only

P = ParamSpec("P")
T = TypeVar("T")
SCHEMA_VERSION = 10
_ADVICE = {
    "database or disk is full": "free some space, then run it again; nothing was changed",
    "disk I/O error": "the disk may be full or failing; nothing was changed",
    "attempt to write a readonly database": "the data folder cannot be written; nothing was changed",
    "unable to open database file": "the data folder cannot be written; nothing was changed",
    "database is locked": "another command is writing; try again when it has ended",
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def explain_damage(path: str | Path, error: sqlite3.Error) -> sqlite3.Error:
    """The error to raise for one of SQLite's: `DamagedLedger` if the file is damaged, else the same."""
    if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF not in _DAMAGE:
        return error
    return DamagedLedger(
        f"the ledger {path} is damaged ({error}), and nothing was changed: restore it from a backup;"
        f" without one, `sqlite3 {path} .recover | sqlite3 recovered.db` saves what can still be read"
    )


def ask_ledger(data: Path, question: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
    """What the ledger of a data folder answers; `otherwise` if there is none, it is busy, or it must be migrated first.

    Raises DamagedLedger.
    """
    path = data / LEDGER_FILE
    if not path.exists():
        return otherwise
    try:
        with closing(open_read_only(path)) as db:
            return question(db)
    except sqlite3.OperationalError:
        return otherwise
    except sqlite3.DatabaseError as error:
        raise explain_damage(path, error) from None


def _naming(operation: Callable[P, T]) -> Callable[P, T]:
    """Raises DamagedLedger where an operation of a cursor of the ledger comes upon damage."""

    @wraps(operation)
    def named(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return operation(*args, **kwargs)
        except sqlite3.DatabaseError as error:
            cursor: Any = args[0]
            raise explain_damage(cursor.connection.path, error) from None

    return named


class _LedgerCursor(sqlite3.Cursor):
    execute = _naming(sqlite3.Cursor.execute)
    executemany = _naming(sqlite3.Cursor.executemany)
    executescript = _naming(sqlite3.Cursor.executescript)
    fetchone = _naming(sqlite3.Cursor.fetchone)
    fetchmany = _naming(sqlite3.Cursor.fetchmany)
    fetchall = _naming(sqlite3.Cursor.fetchall)
    __next__ = _naming(sqlite3.Cursor.__next__)  # type: ignore[arg-type]


class LedgerConnection(sqlite3.Connection):
    """A connection to the ledger at `path`."""

    path: Path

    def cursor(self, factory: Any = _LedgerCursor) -> Any:
        """A cursor that names the file if it is damaged."""
        return super().cursor(factory)

    def execute(self, *query: Any) -> Any:
        """As of any connection, which would pass by the cursor's own methods."""
        return self.cursor().execute(*query)

    def executemany(self, *query: Any) -> Any:
        """The same for many rows."""
        return self.cursor().executemany(*query)

    def executescript(self, *script: Any) -> Any:
        """The same for a script."""
        return self.cursor().executescript(*script)


def connect(path: Path) -> LedgerConnection:
    """Opens the ledger at `path`. Creates or migrates it if necessary. Raises LedgerError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_emptied(path)
        db = sqlite3.connect(path, timeout=60, isolation_level=None, factory=LedgerConnection)
        db.path = path
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise LedgerError(f"the ledger {path} cannot be opened: {error}") from None
    try:
        with explain_errors(path):
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            _migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


def connect_read_only(path: Path) -> LedgerConnection:
    """Opens the ledger at `path` for reading; one of an older schema as `connect` does. Raises LedgerError."""
    wal = path.with_name(f"{path.name}-wal")
    # In a folder that cannot be written SQLite opens a database in WAL mode only as immutable.
    immutable = not os.access(path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size)
    with explain_errors(path):
        db = cast(LedgerConnection, open_read_only(path, immutable=immutable, factory=LedgerConnection))
        db.path = path
        try:
            version = _schema_version(db, path)
        except BaseException:
            db.close()
            raise
    if version == SCHEMA_VERSION:
        return db
    db.close()
    return connect(path)


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


@contextmanager
def explain_errors(path: Path) -> Iterator[None]:
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
