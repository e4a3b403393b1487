"""One provider as its page shows it: its places, and each value with the sources that state it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .provenance import Disagreement, FieldStatements, Statement, find_disagreements, place_fields, provider_fields

MOST_CLAIMS = 5_000
"""Of all entries of an answer together, so that a page of them fits into memory whatever its lists say."""
FEWEST_CLAIMS = 200
MOST_CHANGES = 100
Row = dict[str, Any]

_ASKED = "FROM json_each(?) AS asked CROSS JOIN"
"""Looks up each number that is asked for, instead of reading the table."""
_PROVIDERS = f"SELECT asked.value AS asked_for, p.* {_ASKED} providers AS p ON p.id = asked.value"
_QUERIES = {
    "locations": f"""SELECT asked.value AS asked_for, l.* {_ASKED} locations AS l ON l.provider = asked.value
 ORDER BY l.id""",
    "serves": f"""SELECT asked.value AS asked_for, s.* {_ASKED} serves AS s ON s.provider = asked.value
 ORDER BY s.region""",
    "listings": f"""SELECT asked.value AS asked_for, l.* {_ASKED} listings AS l ON l.provider = asked.value
 ORDER BY l.last_confirmed DESC, l.id""",
    "claims": f"""SELECT asked.value AS asked_for, c.* {_ASKED} claims AS c ON c.provider = asked.value
 ORDER BY c.shown DESC, c.field, c.id""",
    "changes": f"""SELECT asked.value AS asked_for, c.* {_ASKED} changes AS c ON c.provider = asked.value
 ORDER BY c.id DESC""",
    "related": f"""SELECT asked.value AS asked_for, p.id, p.name, r.relation {_ASKED} related AS r
 ON r.provider = asked.value JOIN providers AS p ON p.id = r.other ORDER BY r.relation, p.name, p.id""",
    "verifications": f"""SELECT asked.value AS asked_for, v.* {_ASKED} verifications AS v ON v.provider = asked.value
 ORDER BY v.state = 'check here', v.register""",
    "merged_from": f"""SELECT asked.value AS asked_for, r.old_id {_ASKED} redirects AS r ON r.provider = asked.value
 WHERE r.reason = 'merged' ORDER BY r.old_id""",
}
"""Field of `Entry` -> its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEntry:
    """A number that is no longer used: the entry has another number now, or (None) has left the directory."""

    provider: int | None
    forgotten: bool = False
    """Whether it was removed at the request of the person or practice."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Everything that the published tables say about one provider."""

    provider: Row
    locations: tuple[Row, ...]
    serves: tuple[Row, ...]
    listings: tuple[Row, ...]
    claims: tuple[Row, ...]
    changes: tuple[Row, ...]
    """Newest first."""
    related: tuple[Row, ...]
    """`id`, `name` and `relation` of the people who work here, or of the clinics where this person works."""
    merged_from: tuple[int, ...]
    """Numbers that lead here."""
    verifications: tuple[Row, ...]
    sources: dict[str, Row]
    """Every source by its id."""

    @cached_property
    def titles(self) -> dict[str, str]:
        """The titles of the sources by their ids."""
        return {name: row["title"] for name, row in self.sources.items()}

    @cached_property
    def fields(self) -> tuple[FieldStatements, ...]:
        """The values that are shown, each with the claims that state it."""
        return provider_fields(self.provider, self.serves, self.claims)

    @cached_property
    def noted_only(self) -> dict[str, str]:
        """Field of a shown value that a person noted and no check has seen on its page -> the day it was noted."""
        return {
            claim["field"]: claim["noted_on"]
            for claim in self.claims
            if claim["shown"] and claim.get("noted_on") and not claim["last_confirmed"]
        }

    @cached_property
    def other_names(self) -> tuple[Statement, ...]:
        """Names and spellings that are not the one shown."""
        return next((field.others for field in self.fields if field.field == "name"), ())

    @cached_property
    def fields_of_places(self) -> tuple[tuple[Row, tuple[FieldStatements, ...]], ...]:
        """The provider's places, each with its values and the claims that state them."""
        return tuple((place, place_fields(place, self.claims)) for place in self.locations)

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Phone numbers or addresses on which the sources differ."""
        return find_disagreements(self.claims)


def fetch_rows(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """Rows as dictionaries."""
    return list(_iterate(db, query, values))


def fetch_rows_if_any(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """Rows as dictionaries; none if the directory was published by an earlier version, which had no such table."""
    return list(_iterate(db, query, values, is_optional=True))


def _iterate(db: sqlite3.Connection, query: str, values: Sequence[Any], *, is_optional: bool = False) -> Iterator[Row]:
    try:
        cursor = db.execute(query, values)
    except sqlite3.OperationalError as error:
        if is_optional and "no such table" in str(error):
            return
        raise
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def get_entry(db: sqlite3.Connection, number: int) -> Entry | MovedEntry | None:
    """The entry that has a number, or what became of it; None if the number was never used."""
    if found := get_entries(db, (number,)):
        return found[0]
    for row in fetch_rows(db, "SELECT provider, reason FROM redirects WHERE old_id = ?", number):
        is_merged = row["reason"] == "merged"
        return MovedEntry(provider=row["provider"] if is_merged else None, forgotten=row["reason"] == "forgotten")
    return None


def get_entries(db: sqlite3.Connection, numbers: Sequence[int]) -> tuple[Entry, ...]:
    """The entries that have these numbers, in the same order, by one query a table. Unused numbers are left out."""
    asked = json.dumps(list(dict.fromkeys(numbers)))
    providers = _by_provider(db, _PROVIDERS, asked)
    if not providers:
        return ()
    limits = {"claims": max(MOST_CLAIMS // len(providers), FEWEST_CLAIMS), "changes": MOST_CHANGES}
    found = {name: _by_provider(db, query, asked, limits.get(name)) for name, query in _QUERIES.items()}
    merged = found.pop("merged_from")
    sources = {row["id"]: row for row in fetch_rows(db, "SELECT * FROM sources")}
    return tuple(
        Entry(
            provider=providers[one][0],
            sources=sources,
            merged_from=tuple(row["old_id"] for row in merged.get(one, ())),
            **{name: tuple(rows.get(one, ())) for name, rows in found.items()},
        )
        for one in dict.fromkeys(numbers)
        if one in providers
    )


def get_served(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[Row]]:
    """The regions that each of these providers states it serves by video or delivery, by name."""
    return _by_provider(db, _QUERIES["serves"], json.dumps(list(numbers)))


def _by_provider(db: sqlite3.Connection, query: str, asked: str, limit: int | None = None) -> dict[int, list[Row]]:
    """The rows of each provider in the query's order, at most so many of each."""
    found: dict[int, list[Row]] = {}
    for row in _iterate(db, query, (asked,), is_optional=True):
        rows = found.setdefault(row.pop("asked_for"), [])
        if limit is None or len(rows) < limit:
            rows.append(row)
    return found
