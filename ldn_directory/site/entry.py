"""One provider as its page shows it: its places, and each value with who says so, where and when."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import groupby
from typing import Any

MOST_CLAIMS = 1_000
MOST_CHANGES = 100
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The entry is not under this number: it is under another one now, or (None) no longer in the directory."""

    provider: int | None
    forgotten: bool = False
    """Whether it was taken out because the person or practice asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Rows of the published tables, about one provider."""

    provider: Row
    locations: tuple[Row, ...]
    serves: tuple[Row, ...]
    listings: tuple[Row, ...]
    claims: tuple[tuple[str, tuple[Row, ...]], ...]
    """(field, what is said of it), the value that is shown first."""
    changes: tuple[Row, ...]
    titles: dict[str, str]
    """Source -> its title."""


def rows_of(db: sqlite3.Connection, query: str, *values: Any) -> list[Row]:
    """Rows as dictionaries."""
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def entry_of(db: sqlite3.Connection, identity: int) -> Entry | Elsewhere | None:
    """What is known under a provider's number; None if it was never used."""
    found = rows_of(db, "SELECT * FROM providers WHERE id = ?", identity)
    if not found:
        moved = rows_of(db, "SELECT provider, reason FROM redirects WHERE old_id = ?", identity)
        return _elsewhere(**moved[0]) if moved else None
    claims = rows_of(
        db, "SELECT * FROM claims WHERE provider = ? ORDER BY field, shown DESC, id LIMIT ?", identity, MOST_CLAIMS
    )
    return Entry(
        provider=found[0],
        locations=tuple(rows_of(db, "SELECT * FROM locations WHERE provider = ? ORDER BY id", identity)),
        serves=tuple(rows_of(db, "SELECT * FROM serves WHERE provider = ? ORDER BY region", identity)),
        listings=tuple(rows_of(db, "SELECT * FROM listings WHERE provider = ? ORDER BY last_confirmed DESC, id", identity)),
        claims=tuple((field, tuple(rows)) for field, rows in groupby(claims, key=lambda claim: str(claim["field"]))),
        changes=tuple(
            rows_of(db, "SELECT * FROM changes WHERE provider = ? ORDER BY id DESC LIMIT ?", identity, MOST_CHANGES)
        ),
        titles=dict(db.execute("SELECT id, title FROM sources")),
    )


def _elsewhere(provider: int | None, reason: str) -> Elsewhere:
    return Elsewhere(provider=provider if reason == "merged" else None, forgotten=reason == "forgotten")
