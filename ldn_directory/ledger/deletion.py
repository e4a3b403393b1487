"""Takes listings out of the ledger so that no byte of them stays in the file, nor in the one beside it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from .claims import claims_of

Row = Mapping[str, Any]


def rows_of(db: sqlite3.Connection) -> Iterator[tuple[int, Row]]:
    """(key, listing as JSON values) of every listing, in whatever state."""
    for pk, line in db.execute("SELECT pk, line FROM listings ORDER BY pk"):
        yield pk, json.loads(line)


def erase(db: sqlite3.Connection, keys: Iterable[int], since: str) -> list[int]:
    """Erases listings with their history; gives the numbers of the providers of whom nothing is left, which become tombstones.

    Also the numbers that were merged into such a provider. `since` is UTC. To be called within a transaction.
    """
    doomed = [(key,) for key in keys]
    leads = dict(db.execute("SELECT id, redirect FROM provider_ids"))
    of_key = "SELECT provider FROM listings WHERE pk = ? AND provider IS NOT NULL"
    numbers = {_final(leads, number) for key in doomed for (number,) in db.execute(of_key, key)}
    for table, column in (("claims", "listing"), ("changes", "listing"), ("checks", "listing"), ("listings", "pk")):
        db.executemany(f"DELETE FROM {table} WHERE {column} = ?", doomed)
    left = {
        _final(leads, number)
        for (number,) in db.execute("SELECT DISTINCT provider FROM listings WHERE provider IS NOT NULL")
    }
    forgotten = sorted(number for number in leads if _final(leads, number) in numbers - left)
    db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?, ?)", ((number, since) for number in forgotten))
    return forgotten


def _final(leads: Mapping[int, int | None], number: int) -> int:
    seen: set[int] = set()
    while number not in seen and (following := leads.get(number)) is not None:
        seen.add(number)
        number = following
    return number


def rewrite(db: sqlite3.Connection, key: int, line: bytes) -> None:
    """Puts another line in the place of a listing's, with its claims, as if the source had always said so."""
    row = json.loads(line)
    begun = dict(
        db.execute(
            "SELECT field, min(first_run) FROM claims WHERE listing = ? AND last_run IS NULL GROUP BY field", (key,)
        )
    )
    first = db.execute("SELECT first_run FROM listings WHERE pk = ?", (key,)).fetchone()[0]
    digest = hashlib.blake2b(line, digest_size=16).digest()
    db.execute("UPDATE listings SET line = ?, digest = ? WHERE pk = ?", (line.decode(), digest, key))
    if db.execute("DELETE FROM claims WHERE listing = ? AND last_run IS NULL", (key,)).rowcount:
        db.executemany(
            "INSERT INTO claims (listing, field, value, written, page, first_run) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (key, field, value, written, row["page"], begun.get(field, first))
                for field, value, written in claims_of(row)
            ),
        )


def clear_history(db: sqlite3.Connection, keys: Collection[int], is_to_go: Callable[[int, str], bool]) -> None:
    """Erases former values that are to go from listings that stay, by (listing's key, text); that something changed is kept."""
    for rowid, key, value, written in db.execute(
        "SELECT rowid, listing, value, written FROM claims WHERE last_run IS NOT NULL"
    ).fetchall():
        if key in keys or is_to_go(key, value) or is_to_go(key, written or ""):
            db.execute("DELETE FROM claims WHERE rowid = ?", (rowid,))
    for number, key, before, after in db.execute(
        "SELECT id, listing, before, after FROM changes WHERE before IS NOT NULL OR after IS NOT NULL"
    ).fetchall():
        if key in keys or is_to_go(key, before or "") or is_to_go(key, after or ""):
            db.execute("UPDATE changes SET before = NULL, after = NULL WHERE id = ?", (number,))


def without_traces(db: sqlite3.Connection) -> bool:
    """Writes the file anew, so that nothing of what was deleted stays in it; False while another process reads the old one.

    Raises sqlite3.Error, for instance if the disk has no room for a second copy.
    """
    db.execute("PRAGMA secure_delete = ON")
    db.execute("VACUUM")
    busy: int = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy
