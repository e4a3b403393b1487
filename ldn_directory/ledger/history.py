"""The history of listings: from which run to which a listing makes a claim, and what changed in which run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from .claims import Claim, claims_of, page_of


def add_event(db: sqlite3.Connection, source: str, kind: str, at: str, why: str | None = None) -> int:
    """Adds an event that is no harvest. Returns its number."""
    (number,) = db.execute("SELECT 1 + max(id) FROM all_runs").fetchone()
    db.execute(
        "INSERT INTO all_runs (id, run, source, started, finished, listings, fill, changes, kind, why)"
        " VALUES (?, ?, ?, ?, ?, 0, '{}', '{}', ?, ?)",
        (number, f"{kind} {number}", source, at, at, kind, why),
    )
    return int(number)


class History:
    """What one run adds to the history. It is collected first and written by `write`, in the caller's transaction."""

    def __init__(self, db: sqlite3.Connection, run: int, previous_run: int | None) -> None:
        """`previous_run` is the last run of the same source: the last one that made a claim which is missing now."""
        self.db, self.run, self.previous_run = db, run, previous_run
        self.claims: list[tuple[Any, ...]] = []
        self.changes: list[tuple[Any, ...]] = []
        self.former: list[tuple[Any, ...]] = []

    def keep_former(
        self, pk: int, state: str, confirmed: int | None, digest: bytes | None = None, line: str | None = None
    ) -> None:
        """Keeps what a listing was before this run changed it, so that the run can be taken back."""
        self.former.append((pk, self.run, state, confirmed, digest, line))

    def add_change(
        self, pk: int, what: str, *, field: str | None = None, before: str | None = None, after: str | None = None
    ) -> None:
        """Adds a change of a listing."""
        self.changes.append((self.run, pk, what, field, before, after))

    def begin_claims(self, pk: int, row: Mapping[str, Any], claims: Iterable[Claim]) -> None:
        """Adds claims that a listing, as JSON values, makes from this run on."""
        self.claims.extend(
            (pk, field, value, written, page_of(row, field), self.run) for field, value, written in claims
        )

    def end_all_claims(self, pk: int) -> None:
        """Ends the claims of a listing that has gone with the last run that confirmed it."""
        self.db.execute(
            "UPDATE claims SET last_run = coalesce((SELECT confirmed_run FROM listings WHERE pk = ?1), ?2)"
            " WHERE listing = ?1 AND last_run IS NULL",
            (pk, self.previous_run),
        )

    def add_differences(self, pk: int, old: Mapping[str, Any], new: Mapping[str, Any], *, is_back: bool) -> None:
        """Adds what differs between two versions of a listing.

        If it `is_back` after it had gone, its old claims have ended and its new ones begun already.
        """
        before, after = list(claims_of(old)), list(claims_of(new))
        ended, begun = [c for c in before if c not in after], [c for c in after if c not in before]
        if not is_back:
            self.begin_claims(pk, new, begun)
            self._move_pages(pk, old, new)
        for field, value, _ in ended:
            self.db.execute(
                "UPDATE claims SET last_run = ? WHERE listing = ? AND field = ? AND value = ? AND last_run IS NULL",
                (self.previous_run, pk, field, value),
            )
        for field in dict.fromkeys(claim[0] for claim in (*ended, *begun)):
            values = _values(ended, field), _values(begun, field)
            if values[0] != values[1]:
                self.add_change(pk, "changed", field=field, before=values[0], after=values[1])

    def _move_pages(self, pk: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Sets the page of claims that stay, where a person has noted another page for them."""
        if not new.get("noted_on"):
            return
        for field in dict.fromkeys(field for field, *_ in claims_of(new)):
            if page_of(old, field) != page_of(new, field):
                self.db.execute(
                    "UPDATE claims SET page = ? WHERE listing = ? AND field = ? AND last_run IS NULL",
                    (page_of(new, field), pk, field),
                )

    def write(self) -> None:
        """Writes the new claims and changes, and what was before."""
        self.db.executemany("INSERT OR IGNORE INTO former_listings VALUES (?, ?, ?, ?, ?, ?)", self.former)
        self.db.executemany(
            "INSERT INTO claims (listing, field, value, written, page, first_run) VALUES (?, ?, ?, ?, ?, ?)",
            self.claims,
        )
        self.db.executemany(
            "INSERT INTO changes (run, listing, what, field, before, after) VALUES (?, ?, ?, ?, ?, ?)", self.changes
        )


def _values(claims: Iterable[Claim], field: str) -> str | None:
    return ", ".join(value for name, value, _ in claims if name == field) or None
