"""Erases the forgotten from the ledger: their listings, their names in texts of others, and former values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ldn_directory.ledger import Ledger, transaction
from ldn_directory.ledger.deletion import (
    erase_former_values,
    erase_listings,
    purge_deleted_bytes,
    replace_listing,
    rewrite_former_listings,
    stored_listings,
)
from ldn_directory.ledger.first_ids import ids_of
from ldn_directory.model import line_of

from .identity_keys import Row, is_same_name
from .mentions import REPLACEMENT
from .suppression import Suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What a forgetting has erased from the ledger."""

    since: str
    """When it began, UTC."""
    rows: tuple[Row, ...] = ()
    """The listings, as JSON values. They serve to look for traces elsewhere, and are kept until these are gone."""
    ids: frozenset[str] = frozenset()
    """The ids of the listings, those that their lists gave them later too."""
    numbers: tuple[int, ...] = ()
    """Numbers of providers that have no listing left."""
    redact: bool = False
    """Whether archived pages are to be redacted as well."""


def is_finished(db: sqlite3.Connection, suppressions: Suppressions) -> bool:
    """Whether nothing is left to be erased of anybody on this list, and no forgetting is under way."""
    if db.execute("SELECT 1 FROM forgetting").fetchone():
        return False
    query = "SELECT 1 FROM swept WHERE list = ?"
    return not suppressions or db.execute(query, (suppressions.version,)).fetchone() is not None


def record_held(db: sqlite3.Connection, suppressions: Suppressions, held: int) -> None:
    """Notes in the ledger how many listings a build held back."""
    if suppressions:
        db.execute("UPDATE swept SET held = ? WHERE held <> ?", (held, held))


def record_exceptions(db: sqlite3.Connection, before: str, after: str) -> None:
    """Notes that the list has changed from one version to another by exceptions only: nothing is to be erased."""
    db.execute("UPDATE swept SET list = ? WHERE list = ?", (after, before))


def begin(db: sqlite3.Connection, listings: Iterable[str], since: str, *, redact: bool) -> None:
    """Notes that these listings, by their ids, are to be forgotten. From then on it will be done, come what may."""
    with transaction(db):
        db.executemany(
            "INSERT INTO forgetting VALUES (?, NULL, ?, ?)"
            " ON CONFLICT DO UPDATE SET redact = max(redact, excluded.redact)",
            ((listing, since, redact) for listing in ("", *listings)),
        )


def chosen_listings(db: sqlite3.Connection) -> set[str]:
    """The ids of listings that are to be forgotten and not erased yet."""
    chosen = db.execute("SELECT listing FROM forgetting WHERE listing <> '' AND line IS NULL")
    return {listing for (listing,) in chosen}


def erase(ledger: Ledger, suppressions: Suppressions, since: str) -> Erasure:
    """Erases everybody on the list, and the chosen listings, from the ledger. Raises sqlite3.Error.

    What the listings said moves to the table `forgetting`, until `finish`.
    """
    db = ledger.db
    db.execute("PRAGMA secure_delete = ON")
    with transaction(db):
        chosen = chosen_listings(db)
        erased: dict[int, Row] = {}
        kept: dict[int, Row] = {}
        for pk, row in stored_listings(db):
            (erased if row["id"] in chosen or suppressions.is_suppressed(row) else kept)[pk] = row
        db.execute("INSERT OR IGNORE INTO forgetting VALUES ('', NULL, ?, 0)", (since,))
        (since,) = db.execute("SELECT since FROM forgetting WHERE listing = ''").fetchone()
        db.executemany(
            "INSERT INTO forgetting VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET line = excluded.line",
            ((row["id"], line_of(row).decode(), since) for row in erased.values()),
        )
        db.executemany(
            "INSERT OR IGNORE INTO forgetting VALUES (?, NULL, ?, 0)", ((one, since) for one in ids_of(db, erased))
        )
        # A build notes here how many are held.
        db.execute("INSERT INTO swept SELECT '', 0 WHERE NOT EXISTS (SELECT 1 FROM swept)")
        erase_listings(db, erased, since)
        _redact_texts(db, suppressions, kept)
        _erase_history(db, suppressions, kept)
        _redact_reasons(db, suppressions)
        return _erasure(db)


def _erasure(db: sqlite3.Connection) -> Erasure:
    ids = db.execute("SELECT listing FROM forgetting WHERE listing <> ''")
    lines = db.execute("SELECT line FROM forgetting WHERE line IS NOT NULL ORDER BY listing")
    numbers = db.execute("SELECT provider FROM forgotten WHERE since IN (SELECT since FROM forgetting) ORDER BY 1")
    since, redact = db.execute("SELECT since, redact FROM forgetting WHERE listing = ''").fetchone()
    return Erasure(
        since=since,
        rows=tuple(json.loads(line) for (line,) in lines.fetchall()),
        ids=frozenset(listing for (listing,) in ids.fetchall()),
        numbers=tuple(number for (number,) in numbers.fetchall()),
        redact=bool(redact),
    )


def finish(ledger: Ledger, suppressions: Suppressions) -> bool:
    """Notes that nothing is left elsewhere, and erases what the listings said. Raises sqlite3.Error.

    False if another process still reads the file as it was before, so that bytes are left: then it is not finished.
    """
    db = ledger.db
    db.execute("PRAGMA secure_delete = ON")
    # Not the row without a listing. An id that stayed might be that of somebody else by the next attempt.
    db.execute("DELETE FROM forgetting WHERE listing <> ''")
    if not purge_deleted_bytes(db):
        return False
    with transaction(db):
        db.execute("DELETE FROM forgetting")
        db.execute("INSERT OR REPLACE INTO swept SELECT ?, max(held) FROM swept", (suppressions.version,))
        db.execute("DELETE FROM swept WHERE list <> ?", (suppressions.version,))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return True


def _redact_texts(db: sqlite3.Connection, suppressions: Suppressions, kept: Mapping[int, Row]) -> None:
    for pk, row in kept.items():
        if (redacted := suppressions.redact_row(row)) is not row:
            replace_listing(db, pk, line_of(redacted))


def _redact_reasons(db: sqlite3.Connection, suppressions: Suppressions) -> None:
    """Erases whom a person named when accepting or retiring a list. That there was a reason stays on record."""
    for table, key, column in (("acceptances", "run", "justification"), ("all_runs", "id", "why")):
        given = db.execute(f"SELECT {column}, {key} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        db.executemany(
            f"UPDATE {table} SET {column} = ? WHERE {key} = ?",
            [(REPLACEMENT, of) for words, of in given if suppressions.names_anyone(words)],
        )


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
    rewrite_former_listings(db, lambda pk, line: None if pk in taken_over else suppressions.redact_line(line))
