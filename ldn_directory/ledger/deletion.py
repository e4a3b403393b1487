"""Erases listings from the ledger so that no byte of them stays in the file or its write-ahead log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator

from .claims import Row, claims_of, page_of
from .ingest import line_digest
from .ledger import final_number


def stored_listings(db: sqlite3.Connection) -> Iterator[tuple[int, Row]]:
    """(key, listing as JSON values) of every listing in any state."""
    for pk, line in db.execute("SELECT pk, line FROM listings ORDER BY pk"):
        yield pk, json.loads(line)


def erase_listings(db: sqlite3.Connection, keys: Iterable[int], since: str) -> list[int]:
    """Erases listings with their history, within the caller's transaction.

    Returns the numbers of providers that have no listing left, and of those merged into them. They are recorded as
    forgotten `since` then (UTC).
    """
    erased = [(key,) for key in keys]
    redirects = dict(db.execute("SELECT id, redirect FROM provider_ids"))
    of_key = "SELECT provider FROM listings WHERE pk = ? AND provider IS NOT NULL"
    affected = {final_number(redirects, number) for key in erased for (number,) in db.execute(of_key, key)}
    for table in (
        *("claims", "changes", "checks", "confirmations"),
        *("former_listings", "former_providers", "listing_keys"),
    ):
        db.executemany(f"DELETE FROM {table} WHERE listing = ?", erased)
    db.executemany("DELETE FROM listings WHERE pk = ?", erased)
    left = {
        final_number(redirects, number)
        for (number,) in db.execute("SELECT DISTINCT provider FROM listings WHERE provider IS NOT NULL")
    }
    forgotten = sorted(number for number in redirects if final_number(redirects, number) in affected - left)
    db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", ((number, since) for number in forgotten))
    return forgotten


def replace_listing(db: sqlite3.Connection, key: int, line: bytes) -> None:
    """Replaces a listing and its present claims, as if the source had always said so."""
    row = json.loads(line)
    first_runs = dict(
        db.execute(
            "SELECT field, min(first_run) FROM claims WHERE listing = ? AND last_run IS NULL GROUP BY field", (key,)
        )
    )
    first = db.execute("SELECT first_run FROM listings WHERE pk = ?", (key,)).fetchone()[0]
    db.execute("UPDATE listings SET line = ?, digest = ? WHERE pk = ?", (line.decode(), line_digest(line), key))
    if db.execute("DELETE FROM claims WHERE listing = ? AND last_run IS NULL", (key,)).rowcount:
        db.executemany(
            "INSERT INTO claims (listing, field, value, written, page, first_run) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (key, field, value, written, page_of(row, field), first_runs.get(field, first))
                for field, value, written in claims_of(row)
            ),
        )


def rewrite_former_listings(db: sqlite3.Connection, rewrite: Callable[[int, bytes], bytes | None]) -> None:
    """Rewrites what listings were before a run changed them. Of None for a line, the listing is gone if that run is
    taken back.
    """
    query = "SELECT rowid, listing, line FROM former_listings WHERE line IS NOT NULL"
    for rowid, key, line in db.execute(query).fetchall():
        kept = rewrite(key, line.encode())
        if kept is None:
            update = "UPDATE former_listings SET state = 'gone', digest = NULL, line = NULL WHERE rowid = ?"
            db.execute(update, (rowid,))
        elif kept != line.encode():
            update = "UPDATE former_listings SET digest = ?, line = ? WHERE rowid = ?"
            db.execute(update, (line_digest(kept), kept.decode(), rowid))


def erase_former_values(db: sqlite3.Connection, keys: Collection[int], must_go: Callable[[int, str], bool]) -> None:
    """Erases former values of listings that stay. That there was a change stays on record.

    All former values of the listings in `keys` go, and of any listing those for which `must_go(key, value)` holds.
    """
    for rowid, key, value, written in db.execute(
        "SELECT rowid, listing, value, written FROM claims WHERE last_run IS NOT NULL"
    ).fetchall():
        if key in keys or must_go(key, value) or must_go(key, written or ""):
            db.execute("DELETE FROM claims WHERE rowid = ?", (rowid,))
    db.execute(
        "DELETE FROM confirmations WHERE NOT EXISTS (SELECT 1 FROM claims AS c WHERE c.listing = confirmations.listing"
        " AND c.field = confirmations.field AND c.value = confirmations.value)"
    )
    for number, key, before, after in db.execute(
        "SELECT id, listing, before, after FROM changes WHERE before IS NOT NULL OR after IS NOT NULL"
    ).fetchall():
        if key in keys or must_go(key, before or "") or must_go(key, after or ""):
            db.execute("UPDATE changes SET before = NULL, after = NULL WHERE id = ?", (number,))


def purge_deleted_bytes(db: sqlite3.Connection) -> bool:
    """Rewrites the file, so that it holds nothing that was deleted.

    Returns False if another process still reads the old file, and so keeps its bytes there. Raises sqlite3.Error, for
    instance if the disk has no room for a second copy.
    """
    db.execute("PRAGMA secure_delete = ON")
    db.execute("VACUUM")
    busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
