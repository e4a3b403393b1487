"""Connections to the ledger, which call a damaged file by its name, whichever statement comes upon the damage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ldn_directory.errors import DamagedLedger
from ldn_directory.storage import LEDGER_FILE, open_read_only

P = ParamSpec("P")
T = TypeVar("T")
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


def name_file(db: sqlite3.Connection, path: Path) -> None:
    """Tells a `LedgerConnection` which file it is of."""
    if isinstance(db, LedgerConnection):
        db.path = path


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
