"""Takes runs back: what a run changed in the ledger becomes what it was before, and the changes feed says so.

A run that is taken back stays in `all_runs`, and so do its changes: whoever follows the published changes has met them.
The opposite changes are added with new numbers, as those of an event of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ldn_directory.errors import LedgerError, count_of

from .former_numbers import restore_numbers
from .history import add_event
from .ingest import IsSuppressed
from .retirement import retirements

_OPPOSITE = {
    "added": ("gone",),
    "back": ("gone",),
    "gone": ("back", "unconfirmed"),
    "unconfirmed": ("confirmed again",),
    "confirmed again": ("unconfirmed",),
    "changed": ("changed",),
}
"""The changes of a listing that take a change of it back. Only an unconfirmed listing goes, but for a retirement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of one source when runs were taken back."""

    source: str
    runs: tuple[str, ...]
    """All of them, newest first."""
    restored: int
    """How many listings are again what they were before."""
    removed: int
    """How many listings had come with these runs, and leave."""
    left_out: int = 0
    """How many would be restored, if they were not of somebody who asked to be forgotten."""
    is_retired: bool = False
    """Whether the source stays as it is, because it is retired: nothing of it is published anyhow."""


@dataclass(frozen=True, slots=True)
class _Run:
    id: int
    run: str
    stated_before: str | None


@dataclass(slots=True)
class _Undone:
    """The keys of listings by what became of them."""

    restored: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)


_UNDONE = (
    "(SELECT id, source, replace(run, ' taken back by ' || undone_by, '') AS run, undone_by FROM all_runs"
    " WHERE kind = 'harvest' AND undone_by IS NOT NULL)"
)
"""The harvests that were taken back, under the names that they had."""


def undone_runs(db: sqlite3.Connection, source: str) -> set[str]:
    """The runs of a source that were taken back, and not taken again."""
    query = f"SELECT run FROM {_UNDONE} WHERE source = ?1 EXCEPT SELECT run FROM runs WHERE source = ?1"
    return {run for (run,) in db.execute(query, (source,))}


def all_sources(db: sqlite3.Connection) -> list[str]:
    """All sources that the ledger knows."""
    return [source for (source,) in db.execute("SELECT id FROM sources ORDER BY id")]


def sources_of(db: sqlite3.Connection, run: str) -> list[str]:
    """The sources whose harvest of this run is in the ledger."""
    return [source for (source,) in db.execute("SELECT source FROM runs WHERE run = ? ORDER BY source", (run,))]


def runs_since(db: sqlite3.Connection, run: str, source: str) -> list[str]:
    """The runs of the source that were taken after this one and so have to be taken back with it, newest first."""
    query = (
        "SELECT run FROM runs WHERE source = ?1 AND id > (SELECT id FROM runs WHERE source = ?1 AND run = ?2)"
        " ORDER BY id DESC"
    )
    return [later for (later,) in db.execute(query, (source, run))]


def taken_back_last(db: sqlite3.Connection, source: str) -> tuple[str, str] | None:
    """(run, when) if the last thing that happened to a source is that a person took its harvest back; else None.

    A run that was dropped has never been, and so was not taken back either.
    """
    row = db.execute(
        f"SELECT u.run, d.finished FROM {_UNDONE} AS u JOIN all_runs AS d ON d.id = u.undone_by"
        " WHERE u.source = ?1 AND d.kind = 'unaccept'"
        " AND d.id > coalesce((SELECT max(id) FROM runs WHERE source = ?1), 0)"
        f" AND u.run NOT IN (SELECT x.run FROM {_UNDONE} AS x JOIN all_runs AS e ON e.id = x.undone_by"
        " WHERE x.source = ?1 AND e.kind = 'drop') ORDER BY d.id DESC, u.id LIMIT 1",
        (source,),
    ).fetchone()
    return row and tuple(row)


def take_back_harvest(
    db: sqlite3.Connection, run: str, source: str, kind: str, at: str, is_suppressed: IsSuppressed | None
) -> TakenBack:
    """Takes back a harvest and those that were taken after it, within the caller's transaction. Raises LedgerError.

    `kind` of the event is "unaccept" or "drop"; `at` is now, UTC.
    """
    if (first := db.execute("SELECT id FROM runs WHERE source = ? AND run = ?", (source, run)).fetchone()) is None:
        raise LedgerError(f"run {run} of {source} is not in the ledger")
    if source in retirements(db):
        raise LedgerError(f"{source} is retired: bring it back first (ldn retire --undo {source})")
    query = "SELECT id, run, stated_before FROM runs JOIN all_runs USING (id, run, source) WHERE source = ? AND id >= ?"
    runs = [_Run(*row) for row in db.execute(f"{query} ORDER BY id DESC", (source, *first))]
    return take_back(db, source, runs, kind, at, is_suppressed)


def take_back_retirement(db: sqlite3.Connection, source: str, at: str, is_suppressed: IsSuppressed | None) -> TakenBack:
    """Brings a retired source back, within the caller's transaction. Raises LedgerError if it is not retired."""
    row = db.execute(
        "SELECT id, run, NULL FROM all_runs WHERE source = ? AND kind = 'retirement' AND undone_by IS NULL", (source,)
    ).fetchone()
    if row is None:
        raise LedgerError(f"{source} is not retired")
    return take_back(db, source, [_Run(*row)], "unretire", at, is_suppressed)


def take_back(
    db: sqlite3.Connection, source: str, runs: Sequence[_Run], kind: str, at: str, is_suppressed: IsSuppressed | None
) -> TakenBack:
    """Takes back the last runs of a source, newest first."""
    for one in runs:
        _require_former(db, one, source)
    event = add_event(db, source, kind, at)
    undone = _Undone()
    for one in runs:
        _add_opposite_changes(db, one.id, event)
        _restore_listings(db, source, one.id, is_suppressed, undone)
        if one.stated_before:
            db.execute("UPDATE sources SET stated = ? WHERE id = ?", (one.stated_before, source))
        db.execute(
            "UPDATE all_runs SET undone_by = ?1, run = run || ' taken back by ' || ?1 WHERE id = ?2", (event, one.id)
        )
        for table in ("former_listings", "listing_keys"):
            db.execute(f"DELETE FROM {table} WHERE run = ?", (one.id,))
    restore_numbers(db, runs[-1].id, undone.restored | undone.removed, event)
    return TakenBack(
        source=source,
        runs=tuple(one.run for one in runs),
        restored=len(undone.restored - undone.removed - undone.left_out),
        removed=len(undone.removed),
        left_out=len(undone.left_out),
    )


_ADDED = (
    "SELECT pk FROM listings AS l WHERE source = ? AND first_run = ?"
    " AND NOT EXISTS (SELECT 1 FROM former_listings AS f WHERE f.listing = l.pk AND f.run = l.first_run)"
)
_FORMER = "SELECT listing, state, confirmed_run, digest, line FROM former_listings WHERE run = ? ORDER BY listing"
_DELETE_CLAIMS = "DELETE FROM claims WHERE listing IN (SELECT pk FROM listings WHERE source = ?) AND first_run = ?"


def _require_former(db: sqlite3.Connection, one: _Run, source: str) -> None:
    """Raises LedgerError if the ledger does not know what the run replaced: it was taken by an earlier version."""
    missing = db.execute(
        "SELECT count(DISTINCT c.listing) FROM changes AS c LEFT JOIN former_listings AS f"
        " ON f.listing = c.listing AND f.run = c.run WHERE c.run = ? AND c.what <> 'added' AND f.run IS NULL",
        (one.id,),
    ).fetchone()[0]
    if missing:
        raise LedgerError(
            f"run {one.run} of {source} was taken before the ledger kept what a harvest replaces, so"
            f" {count_of(missing, 'listing')} cannot be restored: nothing was changed. Put back a ledger from your"
            f" backup (docs/operations.md), or withdraw the list (ldn retire {source})"
        )


def _restore_listings(
    db: sqlite3.Connection, source: str, run: int, is_suppressed: IsSuppressed | None, undone: _Undone
) -> None:
    """Makes the listings of a run what they were before, those that it added gone."""
    added = [pk for (pk,) in db.execute(_ADDED, (source, run))]
    undone.removed.update(added)
    db.executemany("UPDATE listings SET state = 'gone', confirmed_run = NULL WHERE pk = ?", ((pk,) for pk in added))
    for former in db.execute(_FORMER, (run,)).fetchall():
        pk, state = former[:2]
        (undone.removed if state == "gone" else undone.restored).add(pk)
        if not _restore(db, source, run, former, is_suppressed):
            undone.left_out.add(pk)
    db.execute(_DELETE_CLAIMS, (source, run))


def _restore(
    db: sqlite3.Connection,
    source: str,
    run: int,
    former: tuple[int, str, int | None, bytes | None, str | None],
    is_suppressed: IsSuppressed | None,
) -> bool:
    """Makes a listing what it was before the run. False if it stays gone, as its person asked to be forgotten."""
    pk, state, confirmed, digest, line = former
    now, confirmed_now, line_now = db.execute(
        "SELECT state, confirmed_run, line FROM listings WHERE pk = ?", (pk,)
    ).fetchone()
    if state != "gone" and is_suppressed and is_suppressed(json.loads(line or line_now)):
        db.execute("UPDATE listings SET state = 'gone' WHERE pk = ?", (pk,))
        return False
    if state != "gone":
        # Claims of what has gone ended with its confirmation, others with the run before the one that ended them.
        previous = "SELECT max(id) FROM runs WHERE source = ? AND id < ?"
        ended = confirmed_now if now == "gone" else db.execute(previous, (source, run)).fetchone()[0]
        db.execute("UPDATE claims SET last_run = NULL WHERE listing = ? AND last_run = ?", (pk, ended))
    db.execute(
        "UPDATE listings SET state = ?, confirmed_run = ?, digest = coalesce(?, digest), line = coalesce(?, line)"
        " WHERE pk = ?",
        (state, confirmed, digest, line, pk),
    )
    return True


def _add_opposite_changes(db: sqlite3.Connection, run: int, event: int) -> None:
    """Adds the changes that take those of a run back."""
    rows = db.execute("SELECT listing, what, field, before, after FROM changes WHERE run = ? ORDER BY id", (run,))
    was_live = {
        pk for (pk,) in db.execute("SELECT listing FROM former_listings WHERE run = ? AND state = 'live'", (run,))
    }
    db.executemany(
        "INSERT INTO changes (run, listing, what, field, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        [(event, *change) for row in rows.fetchall() for change in _opposites(row, was_live)],
    )


def _opposites(
    row: tuple[int, str, str | None, str | None, str | None], was_live: set[int]
) -> Iterator[tuple[int, str, str | None, str | None, str | None]]:
    pk, what, field, before, after = row
    for opposite in _OPPOSITE[what]:
        if what == "gone" and opposite == "unconfirmed" and pk in was_live:
            continue
        yield (pk, opposite, field, after, before) if what == "changed" else (pk, opposite, None, None, None)


def taken_out(db: sqlite3.Connection) -> frozenset[str]:
    """The ids of the listings that have gone because a person decided so: a run was taken back, or a source retired."""
    decided = {run for (run,) in db.execute("SELECT id FROM all_runs WHERE kind <> 'harvest' AND undone_by IS NULL")}
    if not decided:
        return frozenset()
    last = db.execute(
        "SELECT l.id, c.run, max(c.id) FROM changes AS c JOIN listings AS l ON l.pk = c.listing"
        " WHERE l.state = 'gone' AND c.what = 'gone' GROUP BY c.listing"
    )
    return frozenset(listing for listing, run, _ in last if run in decided)
