"""The index follows WARC files that are rewritten, also if the command is killed after it has replaced the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

KEYS = {"visits": "run, source, ordinal", "responses": "source, fingerprint"}
"""The tables of the index that refer to records, with their primary keys."""


class Move(NamedTuple):
    """Where a record of a rewritten file was, in bytes, and where it is."""

    before: int
    after: int
    redacted: bool
    length: int | None
    """Of its new body, in bytes; None if that did not change or is gone."""


def plan_moves(db: sqlite3.Connection, warc: str, draft: Path, moves: Iterable[Move]) -> None:
    """Notes where the records of a file will be, once this draft has taken its place."""
    with db:
        db.execute("INSERT OR REPLACE INTO moves VALUES (?, ?, ?)", (warc, _identity(draft), json.dumps(list(moves))))


def apply_moves(db: sqlite3.Connection, data: Path) -> None:
    """Updates the index for each file that its draft has replaced.

    A response that was redacted is not asked about again but fetched: what is left of it is not what the site says.
    """
    for warc, file, text in db.execute("SELECT warc, file, moves FROM moves").fetchall():
        if _identity(data / warc) == file:
            with db:
                _move(db, warc, {move[0]: Move(*move) for move in json.loads(text)})
                db.execute("DELETE FROM moves WHERE warc = ?", (warc,))


def _identity(path: Path) -> str:
    """The same for a draft and, after it was renamed, for the file."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"


def _move(db: sqlite3.Connection, warc: str, after: dict[int, Move]) -> None:
    for table, key in KEYS.items():
        rows = db.execute(f"SELECT position, headers, {key} FROM {table} WHERE warc = ?", (warc,)).fetchall()
        where = " AND ".join(f"{column} = ?" for column in key.split(", "))
        for position, headers, *values in rows:
            if (move := after.get(position)) is None:
                continue
            if move.redacted and table == "responses":
                db.execute(f"DELETE FROM {table} WHERE {where}", values)
            else:
                changed = (move.after, _with_length(headers, move.length), *values)
                db.execute(f"UPDATE {table} SET position = ?, headers = ? WHERE {where}", changed)


def _with_length(headers: str, length: int | None) -> str:
    """Headers as JSON, with another `Content-Length`, unless it is None."""
    if length is None:
        return headers
    changed = [
        (name, str(length) if name.lower() == "content-length" else value) for name, value in json.loads(headers)
    ]
    return json.dumps(changed)
