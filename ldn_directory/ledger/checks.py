"""Checks of the pages that are evidence for listings: which are due, and what they found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NEVER_CHECKED = "the page that is its evidence has not been looked at yet"


class Outcome(StrEnum):
    """What a check found. UNKNOWN (the page gave no answer) changes nothing about the listing."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of one listing's evidence page."""

    listing: str
    """The listing's id."""
    page: str
    checked: str
    """UTC, ISO 8601."""
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """A page that is due for a check, and the ids of the listings that it is evidence for."""

    page: str
    listings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckStatus:
    """What the checks of its evidence page say about a listing."""

    confirmed: str | None = None
    """When the page last confirmed the listing, UTC; None if never."""
    reason: str | None = None
    """Why the listing is unconfirmed, in words; None if it is confirmed."""


def due_pages(db: sqlite3.Connection, sources: Sequence[str], *, before: str, unknown_before: str) -> list[DuePage]:
    """The evidence pages last checked before a date; before `unknown_before` where that check got no answer."""
    pages: dict[str, list[str]] = {}
    for source in sources:
        rows = db.execute(
            "SELECT l.id, json_extract(l.line, '$.page') FROM listings AS l"
            " WHERE l.source = ? AND l.state <> 'gone' AND NOT EXISTS ("
            " SELECT 1 FROM checks AS c WHERE c.listing = l.pk AND c.page = json_extract(l.line, '$.page')"
            " AND c.checked > CASE c.outcome WHEN 'unknown' THEN ? ELSE ? END) ORDER BY l.id",
            (source, unknown_before, before),
        )
        for listing, page in rows:
            pages.setdefault(page, []).append(listing)
    return [
        DuePage(page=page, listings=tuple(listings))
        for page, listings in pages.items()
        if page.startswith(("http://", "https://"))
    ]


def add_checks(db: sqlite3.Connection, checks: Iterable[Check]) -> None:
    """Records checks; none of listings that have gone in the meantime."""
    db.executemany(
        "INSERT OR REPLACE INTO checks SELECT pk, ?, ?, ?, ? FROM listings WHERE id = ? AND state <> 'gone'",
        ((check.checked, check.outcome, check.reason, check.page, check.listing) for check in checks),
    )


def delete_checks(db: sqlite3.Connection, checked: Iterable[tuple[str, str]], *, after: str) -> None:
    """Deletes checks by listing (its id) and date, and all that are dated after a moment (UTC)."""
    of_listing = "DELETE FROM checks WHERE listing = (SELECT pk FROM listings WHERE id = ?) AND checked = ?"
    db.executemany(of_listing, checked)
    db.execute("DELETE FROM checks WHERE checked > ?", (after,))


def recheck_statuses(db: sqlite3.Connection) -> Mapping[int, RecheckStatus]:
    """The status of each checked listing, by its `pk`. A check of a page that it no longer names does not count."""
    statuses: dict[int, RecheckStatus] = {}
    rows = db.execute(
        "SELECT c.listing, c.checked, c.outcome, c.reason FROM checks AS c JOIN listings AS l ON l.pk = c.listing"
        " WHERE c.page = json_extract(l.line, '$.page') AND c.outcome <> 'unknown' ORDER BY c.listing, c.checked"
    )
    for listing, checked, outcome, reason in rows:
        if outcome == Outcome.CONFIRMED:
            statuses[listing] = RecheckStatus(confirmed=checked)
        else:
            before = statuses.get(listing, RecheckStatus())
            statuses[listing] = RecheckStatus(confirmed=before.confirmed, reason=reason)
    return statuses


def count_last_outcomes(db: sqlite3.Connection) -> Mapping[str, Mapping[str, int]]:
    """source -> last outcome -> number of listings, for each source that is rechecked; 'never' if not checked yet."""
    counts: dict[str, dict[str, int]] = {}
    rows = db.execute(
        "SELECT l.source, coalesce((SELECT c.outcome FROM checks AS c WHERE c.listing = l.pk"
        " AND c.page = json_extract(l.line, '$.page') ORDER BY c.checked DESC LIMIT 1), 'never') AS outcome, count(*)"
        " FROM sources AS s CROSS JOIN listings AS l ON l.source = s.id"
        " WHERE json_extract(s.stated, '$.rechecked') AND l.state <> 'gone'"
        " GROUP BY l.source, outcome ORDER BY l.source, outcome"
    )
    for source, outcome, count in rows:
        counts.setdefault(source, {})[outcome] = count
    return counts
