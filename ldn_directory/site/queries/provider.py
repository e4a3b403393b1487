"""One provider as its page shows it: its places, and each value with who says so, where and when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .provenance import (
    Disagreement,
    FieldStatements,
    Statement,
    also_listed_as,
    find_disagreements,
    place_fields,
    provider_fields,
)

MOST_CLAIMS = 5_000
"""Of one entry; several share it, so that a page of them fits into memory whatever its lists say."""
FEWEST_CLAIMS = 200
MOST_CHANGES = 100
Row = dict[str, Any]

_ASKED = "FROM json_each(?) AS asked CROSS JOIN"
"""Looks up each number that is asked for, instead of reading the table."""
_LOCATIONS = f"SELECT asked.value, l.* {_ASKED} locations AS l ON l.provider = asked.value ORDER BY l.id"
_SERVES = f"SELECT asked.value, s.* {_ASKED} serves AS s ON s.provider = asked.value ORDER BY s.region"
_LISTINGS = (
    f"SELECT asked.value, l.* {_ASKED} listings AS l ON l.provider = asked.value ORDER BY l.last_confirmed DESC, l.id"
)
_CLAIMS = (
    f"SELECT asked.value, c.* {_ASKED} claims AS c ON c.provider = asked.value ORDER BY c.shown DESC, c.field, c.id"
)
_CHANGES = f"SELECT asked.value, c.* {_ASKED} changes AS c ON c.provider = asked.value ORDER BY c.id DESC"
_RELATED = f"""SELECT asked.value, p.id, p.name, r.relation {_ASKED} related AS r ON r.provider = asked.value
 JOIN providers AS p ON p.id = r.other ORDER BY r.relation, p.name, p.id"""
_MERGED = f"SELECT asked.value, r.old_id {_ASKED} redirects AS r ON r.provider = asked.value WHERE r.reason = 'merged' ORDER BY r.old_id"
_VERIFICATIONS = f"""SELECT asked.value, v.* {_ASKED} verifications AS v ON v.provider = asked.value
 ORDER BY v.state = 'check here', v.register"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEntry:
    """The entry is not under this number: it is under another one now, or (None) no longer in the directory."""

    provider: int | None
    forgotten: bool = False
    """Whether it was taken out because the person or practice asked for it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Rows of the published tables, about one provider."""

    provider: Row
    locations: tuple[Row, ...]
    serves: tuple[Row, ...]
    listings: tuple[Row, ...]
    claims: tuple[Row, ...]
    changes: tuple[Row, ...]
    """Newest first."""
    related: tuple[Row, ...]
    """`id`, `name`, `relation` of who works here, or of where this one works."""
    merged_from: tuple[int, ...]
    verifications: tuple[Row, ...]
    sources: dict[str, Row]
    """Source -> what is published of it, of every list there is."""

    @cached_property
    def titles(self) -> dict[str, str]:
        """Source -> its title."""
        return {name: row["title"] for name, row in self.sources.items()}

    @cached_property
    def fields(self) -> tuple[FieldStatements, ...]:
        """Each value shown with where it is from."""
        return provider_fields(self.provider, self.serves, self.claims)

    @cached_property
    def other_names(self) -> tuple[Statement, ...]:
        """Names and spellings that are not the one shown."""
        return also_listed_as(self.fields)

    @cached_property
    def fields_of_places(self) -> tuple[tuple[Row, tuple[FieldStatements, ...]], ...]:
        """The provider's places, each with where its values are from."""
        return tuple((place, place_fields(place, self.claims)) for place in self.locations)

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where sources differ on phone or address."""
        return find_disagreements(self.claims)


def fetch_rows(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """Rows as dictionaries."""
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def fetch_rows_if_any(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """The same; none if an earlier version, which had no such table, published the directory."""
    try:
        return fetch_rows(db, query, *values)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise


def get_entry(db: sqlite3.Connection, identity: int) -> Entry | MovedEntry | None:
    """What is known under a provider's number; None if it was never used."""
    if found := get_entries(db, (identity,)):
        return found[0]
    moved = fetch_rows(db, "SELECT provider, reason FROM redirects WHERE old_id = ?", identity)
    return _elsewhere(**moved[0]) if moved else None


def get_entries(db: sqlite3.Connection, identities: Sequence[int]) -> tuple[Entry, ...]:
    """The entries of these numbers in their order, by one query a table; without those that are no longer, or never were."""
    asked = json.dumps(list(dict.fromkeys(identities)))
    providers = _by_provider(db, f"SELECT asked.value, p.* {_ASKED} providers AS p ON p.id = asked.value", asked)
    if not providers:
        return ()
    most_claims = max(MOST_CLAIMS // len(providers), FEWEST_CLAIMS)
    locations, serves, listings = (_by_provider(db, query, asked) for query in (_LOCATIONS, _SERVES, _LISTINGS))
    claims, changes = _by_provider(db, _CLAIMS, asked, most_claims), _by_provider(db, _CHANGES, asked, MOST_CHANGES)
    related, verifications = _by_provider_if_any(db, _RELATED, asked), _by_provider_if_any(db, _VERIFICATIONS, asked)
    merged, sources = (
        _by_provider(db, _MERGED, asked),
        {row["id"]: row for row in fetch_rows(db, "SELECT * FROM sources")},
    )
    return tuple(
        Entry(
            provider=providers[one][0],
            locations=tuple(locations.get(one, ())),
            serves=tuple(serves.get(one, ())),
            listings=tuple(listings.get(one, ())),
            claims=tuple(claims.get(one, ())),
            changes=tuple(changes.get(one, ())),
            related=tuple(related.get(one, ())),
            verifications=tuple(verifications.get(one, ())),
            sources=sources,
            merged_from=tuple(row["old_id"] for row in merged.get(one, ())),
        )
        for one in dict.fromkeys(identities)
        if one in providers
    )


def _by_provider(db: sqlite3.Connection, query: str, asked: str, most: int | None = None) -> dict[int, list[Row]]:
    """The rows of a query by the number in their first column, at most so many of each, in the query's order."""
    cursor = db.execute(query, (asked,))
    names = [column[0] for column in cursor.description[1:]]
    found: dict[int, list[Row]] = {}
    for identity, *row in cursor:
        rows = found.setdefault(identity, [])
        if most is None or len(rows) < most:
            rows.append(dict(zip(names, row, strict=True)))
    return found


def _by_provider_if_any(db: sqlite3.Connection, query: str, asked: str) -> dict[int, list[Row]]:
    """The same; none if an earlier version, which had no such table, published the directory."""
    try:
        return _by_provider(db, query, asked)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}
        raise


def _elsewhere(provider: int | None, reason: str) -> MovedEntry:
    return MovedEntry(provider=provider if reason == "merged" else None, forgotten=reason == "forgotten")
