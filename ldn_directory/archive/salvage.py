"""What a damaged SQLite file can still tell."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from ldn_directory.storage import open_read_only

ROWS_AT_ONCE = 100


def salvage(broken: Path, db: sqlite3.Connection) -> int:
    """Copies the readable rows of a damaged file into the tables of the same names; gives how many.

    Each table is read from both ends up to the damage. Rows that are there already stay.
    """
    saved = 0
    with suppress(sqlite3.DatabaseError, OSError), closing(open_read_only(broken)) as source:
        for table, columns in _tables(db).items():
            for order in ("ASC", "DESC"):
                saved += _copy(source, db, table, columns, order)
    return saved


def _tables(db: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    """The (name, place in the primary key) of the columns of each table."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: [(row[1], row[5]) for row in db.execute(f"PRAGMA table_info({name})")] for name in names}


def _copy(
    source: sqlite3.Connection, db: sqlite3.Connection, table: str, columns: list[tuple[str, int]], order: str
) -> int:
    """Copies rows in the order of the primary key until the end or the damage."""
    key = ", ".join(f"{name} {order}" for name, place in sorted(columns, key=lambda column: column[1]) if place)
    marks = ", ".join("?" * len(columns))
    before = db.total_changes
    with suppress(sqlite3.DatabaseError):
        rows = source.execute(f"SELECT * FROM {table} ORDER BY {key}")
        while found := _readable(rows):
            with db:
                db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", found)
    return db.total_changes - before


def _readable(rows: sqlite3.Cursor) -> list[tuple[object, ...]]:
    """The next rows, fewer if the damage begins there."""
    found: list[tuple[object, ...]] = []
    with suppress(sqlite3.DatabaseError):
        while len(found) < ROWS_AT_ONCE and (row := rows.fetchone()):
            found.append(row)
    return found
