"""Writes what has changed, and where numbers lead that are no longer shown."""

from __future__ import annotations

import sqlite3
from typing import Any

from .identities import final


def write_changes(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """Changes of listings that are published; of gone ones only that they went, without their data."""
    rows = ledger.execute(
        "SELECT r.run, r.finished, l.source, l.id, l.provider, c.what, c.field, c.before, c.after, l.state"
        " FROM changes AS c JOIN runs AS r ON r.id = c.run JOIN listings AS l ON l.pk = c.listing ORDER BY c.id"
    )
    published = {listing for (listing,) in db.execute("SELECT id FROM listings")}
    db.executemany(
        "INSERT INTO changes (run, at, source, listing, provider, what, field, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (*row[:5], row[5], *(row[6:9] if row[3] in published else (None, None, None)))
            for row in rows
            if row[3] in published or row[9] == "gone"
        ),
    )


def write_redirects(ledger: sqlite3.Connection, db: sqlite3.Connection, latest: str) -> None:
    """Numbers that have no page any more: merged into another, gone, or forgotten. `latest` is the date of the newest run, UTC."""
    shown = {identity for (identity,) in db.execute("SELECT id FROM providers")}
    leads = dict(ledger.execute("SELECT id, redirect FROM provider_ids ORDER BY id"))
    forgotten = dict(ledger.execute("SELECT provider, since FROM forgotten"))
    found: list[tuple[Any, ...]] = []
    for old in leads:
        if old in forgotten:
            found.append((old, None, "forgotten", forgotten[old]))
        elif old not in shown:
            target = final(leads, old)
            found.append((old, target if target in shown else None, "merged" if target in shown else "gone", latest))
    db.executemany("INSERT INTO redirects VALUES (?, ?, ?, ?)", found)


def write_forgotten(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """Who was forgotten, as a number and a date and nothing else."""
    db.executemany(
        "INSERT INTO changes (at, provider, what) VALUES (?, ?, 'forgotten')",
        ledger.execute("SELECT since, provider FROM forgotten ORDER BY since, provider"),
    )
