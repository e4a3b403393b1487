"""Writes the sources, their runs, and how long each list was whenever it was read."""

from __future__ import annotations

import json
import sqlite3

from ldn_directory.ledger import count_pages, retirements

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
        "SELECT s.id, s.stated, min(r.finished), max(r.finished), (SELECT a.justification FROM acceptances AS a"
        " JOIN runs AS taken ON taken.id = a.run WHERE taken.source = s.id AND a.justification IS NOT NULL"
        " AND json_extract(s.stated, '$.evidence') = 'listed' ORDER BY a.run DESC LIMIT 1)"
        " FROM sources AS s LEFT JOIN runs AS r ON r.source = s.id GROUP BY s.id ORDER BY s.id"
    )
    retired, kept_here = retirements(ledger), count_pages(ledger)
    for source, stated, first_read, last_read, justification in rows:
        values, found, pages = json.loads(stated), retired.get(source), kept_here.get(source)
        checks = ("yes", pages.pages, pages.checked, pages.last) if pages else (None,) * 4
        retirement = (found.since, found.why or None) if found else (None, None)
        dates = (first_read, last_read)
        db.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
            (source, *(values[name] for name in _STATED), *dates, *retirement, *checks, justification),
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
