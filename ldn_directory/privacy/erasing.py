"""Erases the forgotten from the ledger: their listings, their names in texts of others, and former values."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ldn_directory.ledger import Ledger, transaction
from ldn_directory.ledger.deletion import (
    erase_former_values,
    erase_listings,
    purge_deleted_bytes,
    replace_listing,
    stored_listings,
)

from .identity_keys import Row, is_same_name
from .run_files import REPLACEMENT
from .suppression import Suppressions, line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased from the ledger."""

    rows: tuple[Row, ...] = ()
    """The listings, as JSON values. They serve to look for traces elsewhere, and are kept nowhere."""
    numbers: tuple[int, ...] = ()
    """Numbers of providers that have no listing left."""
    is_complete: bool = True
    """False if another process still reads the file as it was before, so that bytes are left."""


def is_swept(db: sqlite3.Connection, suppressions: Suppressions) -> bool:
    """Whether the ledger holds nobody on this list."""
    query = "SELECT 1 FROM swept WHERE list = ?"
    return not suppressions or db.execute(query, (suppressions.version,)).fetchone() is not None


def record_held(db: sqlite3.Connection, suppressions: Suppressions, held: int) -> None:
    """Notes in the ledger how many listings a build held back."""
    if suppressions:
        db.execute("UPDATE swept SET held = ? WHERE held <> ?", (held, held))


def sweep(ledger: Ledger, suppressions: Suppressions, since: str, keys: Collection[int] = ()) -> Erasure:
    """Erases everybody on the list, and the listings with these keys, from the ledger. Raises sqlite3.Error.

    The ledger notes that it is swept, so this is only done again when the list has changed, or after a kill.
    """
    db = ledger.db
    db.execute("PRAGMA secure_delete = ON")
    with transaction(db):
        held = db.execute("SELECT coalesce(max(held), 0) FROM swept").fetchone()[0]
        db.execute("DELETE FROM swept")
        erased: dict[int, Row] = {}
        kept: dict[int, Row] = {}
        for pk, row in stored_listings(db):
            (erased if pk in keys or suppressions.is_suppressed(row) else kept)[pk] = row
        numbers = erase_listings(db, erased, since)
        _redact_texts(db, suppressions, kept)
        _erase_history(db, suppressions, kept)
        _erase_justifications(db, suppressions)
    is_complete = purge_deleted_bytes(db)
    if is_complete:
        db.execute("INSERT OR REPLACE INTO swept VALUES (?, ?)", (suppressions.version, held))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Erasure(rows=tuple(erased.values()), numbers=tuple(numbers), is_complete=is_complete)


def _redact_texts(db: sqlite3.Connection, suppressions: Suppressions, kept: Mapping[int, Row]) -> None:
    for pk, row in kept.items():
        if (redacted := suppressions.redact_row(row)) is not row:
            replace_listing(db, pk, line_of(redacted))


def _erase_justifications(db: sqlite3.Connection, suppressions: Suppressions) -> None:
    """Erases whom a person named when accepting a list. That there was a reason stays on record."""
    words = db.execute("SELECT run, justification FROM acceptances WHERE justification IS NOT NULL").fetchall()
    named = [(REPLACEMENT, run) for run, justification in words if suppressions.names_anyone(justification)]
    db.executemany("UPDATE acceptances SET justification = ? WHERE run = ?", named)


def _erase_history(db: sqlite3.Connection, suppressions: Suppressions, kept: Mapping[int, Row]) -> None:
    """Where a list gave a key to another entry, the history holds values of the former entry: all of them go."""

    def was_forgotten(row: Row, name: str) -> bool:
        former = {field: row.get(field) for field in ("kind", "region_code", "country_code")} | {"name": name}
        return suppressions.is_suppressed(former) or suppressions.names_anyone(name)

    def must_go(pk: int, text: str) -> bool:
        if suppressions.redact_text(text, kept[pk]) != text:
            return True
        contacts: tuple[Row, ...] = ({"email": text}, {"register_number": text})
        return " " not in text and any(map(suppressions.is_suppressed, contacts))

    names = "SELECT listing, value FROM claims WHERE field = 'name' AND last_run IS NOT NULL"
    taken_over = {
        pk
        for pk, name in db.execute(names).fetchall()
        if not is_same_name(name, kept[pk]) and was_forgotten(kept[pk], name)
    }
    erase_former_values(db, taken_over, must_go)
