"""Looks at the pages that are listings' evidence: which are due, what they found, how the listings stand by them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NEVER_CHECKED = "the page that is its evidence has not been looked at yet"


class Outcome(StrEnum):
    """What a look found. UNKNOWN (no answer) confirms nothing and loses nothing."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at one listing's evidence page."""

    listing: str
    """The listing's id."""
    page: str
    checked: str
    """UTC, ISO 8601."""
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A page to look at, and the listings that stand by it."""

    page: str
    listings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a listing stands by the looks at its evidence page."""

    confirmed: str | None = None
    """When its page was last seen to say so, UTC; None if never."""
    because: str | None = None
    """Why it is unconfirmed, in words; None if it is confirmed."""


def due(db: sqlite3.Connection, sources: Sequence[str], *, before: str, unknown_before: str) -> list[Due]:
    """The evidence pages of the sources' listings that were last looked at before a date, or in vain before another."""
    pages: dict[str, list[str]] = {}
    for source in sources:
        rows = db.execute(
            "SELECT l.id, json_extract(l.line, '$.page') FROM listings AS l WHERE l.source = ? AND l.state <> 'gone' AND NOT EXISTS ("
            " SELECT 1 FROM checks AS c WHERE c.listing = l.pk AND c.page = json_extract(l.line, '$.page')"
            " AND c.checked > CASE c.outcome WHEN 'unknown' THEN ? ELSE ? END) ORDER BY l.id",
            (source, unknown_before, before),
        )
        for listing, page in rows:
            pages.setdefault(page, []).append(listing)
    return [
        Due(page=page, listings=tuple(listings))
        for page, listings in pages.items()
        if page.startswith(("http://", "https://"))
    ]


def note(db: sqlite3.Connection, checks: Iterable[Check]) -> None:
    """Keeps what the looks found; of listings that have gone meanwhile nothing."""
    db.executemany(
        "INSERT OR REPLACE INTO checks SELECT pk, ?, ?, ?, ? FROM listings WHERE id = ? AND state <> 'gone'",
        ((check.checked, check.outcome, check.reason, check.page, check.listing) for check in checks),
    )


def standings(db: sqlite3.Connection) -> Mapping[int, Standing]:
    """How each listing that was looked at stands, by its `pk`. A look at another page than its present one does not count."""
    found: dict[int, Standing] = {}
    rows = db.execute(
        "SELECT c.listing, c.checked, c.outcome, c.reason FROM checks AS c JOIN listings AS l ON l.pk = c.listing"
        " WHERE c.page = json_extract(l.line, '$.page') AND c.outcome <> 'unknown' ORDER BY c.listing, c.checked"
    )
    for listing, checked, outcome, reason in rows:
        before = found.get(listing, Standing())
        if outcome == Outcome.CONFIRMED:
            found[listing] = Standing(confirmed=checked)
        else:
            found[listing] = Standing(confirmed=before.confirmed, because=reason)
    return found


def last_looks(db: sqlite3.Connection) -> Mapping[str, Mapping[str, int]]:
    """For each source whose listings are looked at: how many of them the last look found how, or 'never' if there was none."""
    found: dict[str, dict[str, int]] = {}
    rows = db.execute(
        "SELECT l.source, coalesce((SELECT c.outcome FROM checks AS c WHERE c.listing = l.pk"
        " AND c.page = json_extract(l.line, '$.page') ORDER BY c.checked DESC LIMIT 1), 'never') AS outcome, count(*)"
        " FROM sources AS s CROSS JOIN listings AS l ON l.source = s.id"
        " WHERE json_extract(s.stated, '$.rechecked') AND l.state <> 'gone' GROUP BY l.source, outcome ORDER BY l.source, outcome"
    )
    for source, outcome, count in rows:
        found.setdefault(source, {})[outcome] = count
    return found
