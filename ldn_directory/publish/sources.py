"""Writes the sources, their runs, and how long each list was whenever it was read."""

from __future__ import annotations

import json
import sqlite3

from ldn_directory.ledger import retirements

_STATED = ("title", "publisher", "homepage", "terms", "licence", "evidence", "record_key", "every_days")
_LIVE_COUNTS = ("added", "changed", "confirmed", "back")
"""Counts of an ingest that left a listing live. Missing and suppressed listings are in none of them."""


def write_sources(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """Writes the tables `runs`, `sources` and `readings`."""
    db.executemany(
        "INSERT OR IGNORE INTO runs VALUES (?, ?, ?)",
        ledger.execute("SELECT run, min(started), max(finished) FROM runs GROUP BY run ORDER BY run"),
    )
    rows = ledger.execute(
        "SELECT s.id, s.stated, min(r.finished), max(r.finished)"
        " FROM sources AS s LEFT JOIN runs AS r ON r.source = s.id GROUP BY s.id ORDER BY s.id"
    )
    retired = retirements(ledger)
    for source, stated, first_read, last_read in rows:
        values = json.loads(stated)
        found = retired.get(source)
        db.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (
                source,
                *(values[name] for name in _STATED),
                first_read,
                last_read,
                found and found.since,
                (found and found.why) or None,
            ),
        )
    # The counts of the ingest are published, so a later forgetting changes none of them.
    for source, run, finished, changes in ledger.execute(
        "SELECT source, run, finished, changes FROM runs ORDER BY source, run"
    ):
        counts = json.loads(changes)
        listings = sum(counts.get(name, 0) for name in _LIVE_COUNTS)
        db.execute(
            "INSERT INTO readings (source, run, at, listings) VALUES (?, ?, ?, ?)", (source, run, finished, listings)
        )
