"""Takes the forgotten out of a ledger: whom the list names goes, and others' texts no longer name them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ldn_directory.ledger import Ledger
from ldn_directory.ledger.deletion import (
    erase_former_values,
    erase_listings,
    purge_deleted_bytes,
    replace_listing,
    stored_listings,
)

from .identity_keys import Row, is_same_name
from .suppression import Suppressions, line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went out of the ledger."""

    rows: tuple[Row, ...] = ()
    """The listings, as JSON values: to be looked for elsewhere, and kept nowhere."""
    numbers: tuple[int, ...] = ()
    """Numbers of providers of whom nothing is left."""
    whole: bool = True
    """Whether no byte is left: another process may still be reading the file as it was."""


def is_swept(db: sqlite3.Connection, hidden: Suppressions) -> bool:
    """Whether a ledger holds nothing of anybody on this list."""
    return not hidden or db.execute("SELECT 1 FROM swept WHERE list = ?", (hidden.version,)).fetchone() is not None


def note_held(db: sqlite3.Connection, hidden: Suppressions, held: int) -> None:
    """Keeps how many listings a build held back."""
    if hidden:
        db.execute("UPDATE swept SET held = ? WHERE held <> ?", (held, held))


def held_rows(db: sqlite3.Connection, hidden: Suppressions) -> list[Row]:
    """The listings that are held back, by their key."""
    return [row for _, row in stored_listings(db) if hidden.is_held(row)]


def sweep(ledger: Ledger, hidden: Suppressions, since: str, keys: Collection[int] = ()) -> Erased:
    """Erases everybody on the list, and the listings with these keys, from a ledger. Raises sqlite3.Error.

    Once it has been done for a list, only a new entry makes more to do; a kill at any moment leaves it to be done again.
    """
    db = ledger.db
    db.execute("PRAGMA secure_delete = ON")
    db.execute("BEGIN IMMEDIATE")
    try:
        held = db.execute("SELECT coalesce(max(held), 0) FROM swept").fetchone()[0]
        db.execute("DELETE FROM swept")
        rows, numbers = _swept(db, hidden, since, keys)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    whole = purge_deleted_bytes(db)
    if whole:
        db.execute("INSERT OR REPLACE INTO swept VALUES (?, ?)", (hidden.version, held))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Erased(rows=tuple(rows), numbers=tuple(numbers), whole=whole)


def _swept(
    db: sqlite3.Connection, hidden: Suppressions, since: str, keys: Collection[int]
) -> tuple[list[Row], list[int]]:
    doomed: dict[int, Row] = {}
    staying: dict[int, Row] = {}
    for pk, row in stored_listings(db):
        if pk in keys or hidden.is_suppressed(row):
            doomed[pk] = row
        else:
            staying[pk] = row
    numbers = erase_listings(db, doomed, since)
    for pk, row in staying.items():
        if (cleaned := hidden.without_mentions(row)) is not row:
            replace_listing(db, pk, line_of(cleaned))
    _clear_histories(db, hidden, staying)
    return list(doomed.values()), numbers


def _clear_histories(db: sqlite3.Connection, hidden: Suppressions, staying: Mapping[int, Row]) -> None:
    """A key that a list gives to one entry after another has the former one's values in its history: all of that goes."""
    taken_over = {
        pk
        for pk, name in db.execute(
            "SELECT listing, value FROM claims WHERE field = 'name' AND last_run IS NOT NULL"
        ).fetchall()
        if not is_same_name(name, staying[pk]) and _was_theirs(hidden, staying[pk], name)
    }
    erase_former_values(
        db, taken_over, lambda pk, text: hidden.text_without(text, staying[pk]) != text or _is_theirs(hidden, text)
    )


def _was_theirs(hidden: Suppressions, row: Row, name: str) -> bool:
    former: dict[str, Any] = {field: row.get(field) for field in ("kind", "region_code", "country_code")} | {
        "name": name
    }
    return hidden.is_suppressed(former) or hidden.mentioned(name)


def _is_theirs(hidden: Suppressions, text: str) -> bool:
    """Whether a former value is an e-mail address or register number of theirs alone."""
    return " " not in text and (
        hidden.is_suppressed({"email": text}) or hidden.is_suppressed({"register_number": text})
    )
