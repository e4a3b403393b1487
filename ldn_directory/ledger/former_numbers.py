"""Gives providers the numbers back that they had before a run, if builds have merged or split them since.

Otherwise the address of one person would lead to another: of a provider that is split, the larger part keeps the
number, whoever it belonged to before the merge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

_FORMER = """
SELECT f.listing, f.provider, l.provider, min(f.run)
FROM former_providers AS f JOIN listings AS l ON l.pk = f.listing
WHERE f.run >= ? AND l.provider IS NOT NULL AND f.provider NOT IN (SELECT provider FROM forgotten)
GROUP BY f.listing ORDER BY f.listing
"""


def restore_numbers(db: sqlite3.Connection, since: int, touched: Iterable[int], event: int) -> None:
    """Restores the numbers from before run `since`, of the providers that these listings are or were part of.

    What published changes have said of merges and splits is answered by the opposite, as changes of `event`.
    """
    rows = [(pk, former, now) for pk, former, now, _ in db.execute(_FORMER, (since,))]
    of_touched = set(touched)
    numbers = {number for pk, *both in rows if pk in of_touched for number in both}
    numbers |= {now for pk in of_touched for (now,) in db.execute("SELECT provider FROM listings WHERE pk = ?", (pk,))}
    moved = [(pk, former, now) for pk, former, now in rows if former != now and {former, now} & numbers]
    for pk, former, _ in moved:
        db.execute("UPDATE listings SET provider = ? WHERE pk = ?", (former, pk))
    for former in sorted({former for _, former, _ in moved}):
        _undo_merge(db, former, since, event)
    for now, former in sorted({(now, former) for _, former, now in moved}):
        _redirect_if_empty(db, now, former, event)
    db.executemany("DELETE FROM former_providers WHERE listing = ? AND run >= ?", ((pk, since) for pk, *_ in moved))


def _undo_merge(db: sqlite3.Connection, number: int, since: int, event: int) -> None:
    query = (
        "SELECT i.redirect FROM provider_ids AS i WHERE i.id = ?1 AND i.redirect IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM provider_changes AS c WHERE c.what = 'merged' AND c.other = ?1 AND c.run >= ?2)"
    )
    if row := db.execute(query, (number, since)).fetchone():
        db.execute("UPDATE provider_ids SET redirect = NULL WHERE id = ?", (number,))
        _add_change(db, event, number, "split", row[0])


def _redirect_if_empty(db: sqlite3.Connection, number: int, target: int, event: int) -> None:
    """Lets a number that no listing has any more lead to the one that its listings have again."""
    query = (
        "UPDATE provider_ids SET redirect = ?2 WHERE id = ?1 AND redirect IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM listings WHERE provider = ?1)"
    )
    if db.execute(query, (number, target)).rowcount:
        _add_change(db, event, target, "merged", number)


def _add_change(db: sqlite3.Connection, event: int, number: int, what: str, other: int) -> None:
    db.execute(
        "INSERT INTO provider_changes (run, provider, what, other) VALUES (?, ?, ?, ?)", (event, number, what, other)
    )
