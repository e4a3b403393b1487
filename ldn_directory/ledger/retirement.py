"""Retires sources: their listings leave the directory, and their history stays.

A source that no spider reads any more is an orphan. It is retired by itself after `ORPHAN_DAYS`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ldn_directory.errors import LedgerError
from ldn_directory.storage import format_time

from .history import History, add_event

ORPHAN_DAYS = 30
_RETIREMENTS = (
    "SELECT source, finished, coalesce(why, '') FROM all_runs WHERE kind = 'retirement' AND undone_by IS NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """That a source was retired."""

    source: str
    since: str
    """UTC."""
    why: str
    """In words for the Sources page; may be empty."""

    def __str__(self) -> str:
        return f"{self.source} is retired since {self.since[:10]}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """A source with listings that no spider reads any more."""

    source: str
    since: str
    """When that was first noticed, UTC."""
    leaves: str
    """When it is retired by itself, UTC."""
    has_left: bool = False


def retirements(db: sqlite3.Connection) -> dict[str, Retirement]:
    """The sources that are retired."""
    return {row[0]: Retirement(source=row[0], since=row[1], why=row[2]) for row in db.execute(_RETIREMENTS)}


def require_not_retired(db: sqlite3.Connection, source: str) -> None:
    """Raises LedgerError if the source is retired."""
    if found := retirements(db).get(source):
        raise LedgerError(f"{found}. Nothing of it is taken; to read it again: ldn retire --undo {source}")


def listings_leaving(db: sqlite3.Connection, source: str) -> list[tuple[int, str, int | None]]:
    """(pk, state, confirmed_run) of the listings that leave with a source. Raises LedgerError as `retire` does."""
    if db.execute("SELECT 1 FROM runs WHERE source = ?", (source,)).fetchone() is None:
        raise LedgerError(f"{source} has no harvest in the ledger: there is nothing to retire")
    require_not_retired(db, source)
    query = "SELECT pk, state, confirmed_run FROM listings WHERE source = ? AND state <> 'gone' ORDER BY pk"
    return db.execute(query, (source,)).fetchall()


def retire(db: sqlite3.Connection, source: str, why: str, at: str) -> int:
    """Makes all listings of a source gone, within the caller's transaction. Returns how many there were.

    Raises LedgerError if it has no harvest in the ledger, or is retired already.
    """
    rows = listings_leaving(db, source)
    last = db.execute("SELECT max(id) FROM runs WHERE source = ?", (source,)).fetchone()[0]
    history = History(db, add_event(db, source, "retirement", at, why), last)
    for pk, state, confirmed in rows:
        history.keep_former(pk, state, confirmed)
        history.add_change(pk, "gone")
        confirmed = last if state == "live" else confirmed
        db.execute("UPDATE listings SET state = 'gone', confirmed_run = ? WHERE pk = ?", (confirmed, pk))
        history.end_all_claims(pk)
    history.write()
    db.execute("DELETE FROM orphans WHERE source = ?", (source,))
    return len(rows)


def find_orphans(db: sqlite3.Connection, spiders: Collection[str], now: str) -> list[Orphan]:
    """The sources with listings that have no spider and are not retired; those that are new since `now`."""
    noticed = dict(db.execute("SELECT source, since FROM orphans"))
    query = "SELECT DISTINCT source FROM listings WHERE state <> 'gone' ORDER BY source"
    orphans = [source for (source,) in db.execute(query) if source not in spiders]
    return [_orphan(source, noticed.get(source, now)) for source in orphans]


def note_orphans(db: sqlite3.Connection, spiders: Collection[str], now: str) -> list[Orphan]:
    """Notes orphans, within the caller's transaction, and retires those noticed `ORPHAN_DAYS` ago. Returns them all."""
    found = find_orphans(db, spiders, now)
    db.execute("DELETE FROM orphans")
    db.executemany("INSERT INTO orphans VALUES (?, ?)", ((one.source, one.since) for one in found))
    leaving = {one.source for one in found if one.leaves <= now}
    for one in found:
        if one.source in leaving:
            retire(db, one.source, f"nothing has read it since {one.since[:10]}", now)
    return [replace(one, has_left=one.source in leaving) for one in found]


def _orphan(source: str, since: str) -> Orphan:
    leaves = datetime.fromisoformat(since) + timedelta(days=ORPHAN_DAYS)
    return Orphan(source=source, since=since, leaves=format_time(leaves))
