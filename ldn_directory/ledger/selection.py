"""Which listings a query of the ledger is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def select(ledger: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Makes the keys the rows of the temporary table `wanted` of a ledger's connection."""
    ledger.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (pk INTEGER PRIMARY KEY)")
    ledger.execute("DELETE FROM wanted")
    ledger.executemany("INSERT INTO wanted VALUES (?)", ((pk,) for pk in keys))
