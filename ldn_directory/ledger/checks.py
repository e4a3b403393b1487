"""Checks of the pages that are evidence for listings: which are due, and what they found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ldn_directory.model import Fact

from .claims import claims_of

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
    stated: tuple[Fact, ...] = ()
    """The claims of the listing that the page stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """A page that is due for a check, and the listings that it is evidence for."""

    page: str
    listings: Mapping[str, Mapping[str, str]]
    """Id of a listing -> its claims of one value (field -> value), which the page may state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckStatus:
    """What the checks of its evidence page say about a listing."""

    confirmed: str | None = None
    """When the page last confirmed the listing, UTC; None if never."""
    reason: str | None = None
    """Why the listing is unconfirmed, in words; None if it is confirmed."""
    claims: Mapping[Fact, tuple[str, str]] = field(default_factory=dict)
    """When a check first and last saw a claim on the page, UTC."""


def due_pages(db: sqlite3.Connection, sources: Sequence[str], *, before: str, unknown_before: str) -> list[DuePage]:
    """The evidence pages last checked before a date; before `unknown_before` where that check got no answer."""
    pages: dict[str, dict[str, Mapping[str, str]]] = {}
    for source in sources:
        rows = db.execute(
            "SELECT l.id, l.line FROM listings AS l"
            " WHERE l.source = ? AND l.state <> 'gone' AND NOT EXISTS ("
            " SELECT 1 FROM checks AS c WHERE c.listing = l.pk AND c.page = json_extract(l.line, '$.page')"
            " AND c.checked > CASE c.outcome WHEN 'unknown' THEN ? ELSE ? END) ORDER BY l.id",
            (source, unknown_before, before),
        )
        for listing, line in rows:
            row = json.loads(line)
            pages.setdefault(row["page"], {})[listing] = {field: value for field, value, _ in claims_of(row)}
    return [
        DuePage(page=page, listings=listings)
        for page, listings in pages.items()
        if page.startswith(("http://", "https://"))
    ]


def add_checks(db: sqlite3.Connection, checks: Iterable[Check]) -> None:
    """Records checks, and the claims they saw; none of listings that have gone in the meantime."""
    for one in checks:
        added = db.execute(
            "INSERT INTO checks SELECT pk, ?, ?, ?, ? FROM listings WHERE id = ? AND state <> 'gone'"
            " ON CONFLICT DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, page = excluded.page"
            " WHERE excluded.outcome <> 'unknown' RETURNING listing",
            (one.checked, one.outcome, one.reason, one.page, one.listing),
        ).fetchone()
        if added:
            db.executemany(
                "INSERT INTO confirmations VALUES (?1, ?2, ?3, ?4, ?4)"
                " ON CONFLICT (listing, field, value) DO UPDATE SET last = excluded.last",
                ((*added, field, value, one.checked) for field, value in one.stated),
            )


def delete_checks(db: sqlite3.Connection, checked: Iterable[tuple[str, str]], *, after: str) -> None:
    """Deletes checks by listing (its id) and date, and all that are dated after a moment (UTC).

    What only they saw is not confirmed any more; what an earlier one saw too, is confirmed by the first that did.
    """
    of_listing = tuple((listing, when) for listing, when in checked)
    known = "listing = (SELECT pk FROM listings WHERE id = ?) AND"
    for statement, column in (
        ("DELETE FROM checks WHERE", "checked"),
        ("DELETE FROM confirmations WHERE", "first"),
        ("UPDATE confirmations SET last = first WHERE", "last"),
    ):
        db.executemany(f"{statement} {known} {column} = ?", of_listing)
        db.execute(f"{statement} {column} > ?", (after,))


def recheck_statuses(db: sqlite3.Connection) -> Mapping[int, RecheckStatus]:
    """The status of each checked listing, by its `pk`.

    A check of a page that it no longer names does not count; neither does one that failed before the day on which a
    person last read the page.
    """
    statuses: dict[int, RecheckStatus] = {}
    rows = db.execute(
        "SELECT c.listing, c.checked, c.outcome, c.reason FROM checks AS c JOIN listings AS l ON l.pk = c.listing"
        " WHERE c.page = json_extract(l.line, '$.page') AND (c.outcome = ?"
        " OR (c.outcome = ? AND c.checked >= coalesce(json_extract(l.line, '$.noted_on'), '')))"
        " ORDER BY c.listing, c.checked",
        (Outcome.CONFIRMED, Outcome.UNCONFIRMED),
    )
    for listing, checked, outcome, reason in rows:
        if outcome == Outcome.CONFIRMED:
            statuses[listing] = RecheckStatus(confirmed=checked)
        else:
            statuses[listing] = replace(statuses.get(listing, RecheckStatus()), reason=reason)
    claims: dict[int, dict[Fact, tuple[str, str]]] = {}
    for listing, name, value, first, last in db.execute("SELECT * FROM confirmations ORDER BY listing"):
        claims.setdefault(listing, {})[name, value] = first, last
    return {listing: replace(one, claims=claims.get(listing, {})) for listing, one in statuses.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCounts:
    """How many pages are evidence for the listings of a source, and how many of them were checked."""

    pages: int
    checked: int
    """Those that answered."""
    last: str | None
    """When the last of them was checked, UTC."""


def count_pages(db: sqlite3.Connection) -> Mapping[str, PageCounts]:
    """The evidence pages of each source that is rechecked."""
    rows = db.execute(
        "SELECT s.id, count(DISTINCT json_extract(l.line, '$.page')), count(DISTINCT c.page), max(c.checked)"
        " FROM sources AS s LEFT JOIN listings AS l ON l.source = s.id AND l.state <> 'gone'"
        " LEFT JOIN checks AS c ON c.listing = l.pk AND c.page = json_extract(l.line, '$.page')"
        " AND c.outcome <> 'unknown' WHERE json_extract(s.stated, '$.rechecked') GROUP BY s.id ORDER BY s.id"
    )
    return {source: PageCounts(pages=pages, checked=checked, last=last) for source, pages, checked, last in rows}


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
