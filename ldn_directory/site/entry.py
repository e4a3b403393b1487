"""One provider as its page shows it: its places, and each value with who says so, where and when."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .provenance import Disagreement, Said, Told, also_listed_as, disagreements_of, told_of, told_of_place

MOST_CLAIMS = 5_000
MOST_CHANGES = 100
Row = dict[str, Any]


_VERIFICATIONS = "SELECT * FROM verifications WHERE provider = ? ORDER BY state = 'check here', register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
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
    titles: dict[str, str]
    """Source -> its title."""

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Each value shown with where it is from."""
        return told_of(self.provider, self.serves, self.claims)

    @cached_property
    def other_names(self) -> tuple[Said, ...]:
        """Names and spellings that are not the one shown."""
        return also_listed_as(self.told)

    @cached_property
    def told_of_places(self) -> tuple[tuple[Row, tuple[Told, ...]], ...]:
        """The provider's places, each with where its values are from."""
        return tuple((place, told_of_place(place, self.claims)) for place in self.locations)

    @cached_property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where sources differ on phone or address."""
        return disagreements_of(self.claims)


def rows_of(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """Rows as dictionaries."""
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def rows_if_any(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """The same; none if an earlier version, which had no such table, published the directory."""
    try:
        return rows_of(db, query, *values)
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise


def entry_of(db: sqlite3.Connection, identity: int) -> Entry | Elsewhere | None:
    """What is known under a provider's number; None if it was never used."""
    found = rows_of(db, "SELECT * FROM providers WHERE id = ?", identity)
    if not found:
        moved = rows_of(db, "SELECT provider, reason FROM redirects WHERE old_id = ?", identity)
        return _elsewhere(**moved[0]) if moved else None
    return Entry(
        provider=found[0],
        locations=tuple(rows_of(db, "SELECT * FROM locations WHERE provider = ? ORDER BY id", identity)),
        serves=tuple(rows_of(db, "SELECT * FROM serves WHERE provider = ? ORDER BY region", identity)),
        listings=tuple(rows_of(db, "SELECT * FROM listings WHERE provider = ? ORDER BY last_confirmed DESC, id", identity)),
        claims=tuple(
            rows_of(db, "SELECT * FROM claims WHERE provider = ? ORDER BY shown DESC, field, id LIMIT ?", identity, MOST_CLAIMS)
        ),
        changes=tuple(
            rows_of(db, "SELECT * FROM changes WHERE provider = ? ORDER BY id DESC LIMIT ?", identity, MOST_CHANGES)
        ),
        related=tuple(
            rows_if_any(
                db, "SELECT p.id, p.name, r.relation FROM related AS r JOIN providers AS p ON p.id = r.other"
                " WHERE r.provider = ? ORDER BY r.relation, p.name, p.id", identity,
            )
        ),
        merged_from=tuple(
            row["old_id"]
            for row in rows_of(db, "SELECT old_id FROM redirects WHERE provider = ? AND reason = 'merged' ORDER BY old_id", identity)
        ),
        verifications=tuple(rows_if_any(db, _VERIFICATIONS, identity)),
        titles=dict(db.execute("SELECT id, title FROM sources")),
    )  # fmt: skip


def _elsewhere(provider: int | None, reason: str) -> Elsewhere:
    return Elsewhere(provider=provider if reason == "merged" else None, forgotten=reason == "forgotten")
