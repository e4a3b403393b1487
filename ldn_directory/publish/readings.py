"""Writes how many listings of each source were on its list whenever a harvest of it was taken."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

_SEEN = ("added", "changed", "confirmed", "back")
"""What the ledger counted of a harvest that left a listing live; what was missing or is forgotten is in none of them."""


def write_readings(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """One row for each harvest that the ledger has taken. It is what was counted then, so a later forgetting changes none of it."""
    db.executemany("INSERT INTO readings (source, run, at, listings) VALUES (?, ?, ?, ?)", _readings(ledger))


def _readings(ledger: sqlite3.Connection) -> Iterator[tuple[str, str, str, int]]:
    for source, run, at, changes in ledger.execute(
        "SELECT source, run, finished, changes FROM runs ORDER BY source, run"
    ):
        counted = json.loads(changes)
        yield source, run, at, sum(counted.get(what, 0) for what in _SEEN)
