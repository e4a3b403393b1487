"""From what a visitor asks to providers and facet counts. Pure but for the connection that is handed in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

PAGE_SIZE = 20
MOST_CHARACTERS = 200
MOST_PAGES = 5_000
FACETS = ("country", "region", "kind", "telehealth", "evidence", "source")
SINKS_AFTER_DAYS = 90
LEAVES_AFTER_DAYS = 180


class BadQuery(ValueError):
    """The question cannot be answered; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked: words, chosen facets, page (from 1), and whether entries long unconfirmed are wanted."""

    q: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    old: bool = False

    @classmethod
    def parsed(cls, values: Mapping[str, str]) -> Query:
        """The query that request parameters state. Raises BadQuery."""
        q = re.sub(r"[\x00-\x1f]", " ", values.get("q", "")).strip()
        if len(q) > MOST_CHARACTERS:
            raise BadQuery(f"Please ask in at most {MOST_CHARACTERS} characters.")
        page = values.get("page", "1") or "1"
        if not page.isascii() or not page.isdigit() or not 1 <= int(page[:9]) <= MOST_PAGES:
            raise BadQuery(f"The page must be a number from 1 to {MOST_PAGES}.")
        chosen = {name: values[name][:200] for name in FACETS if values.get(name)}
        return cls(q=q, chosen=chosen, page=int(page), old=values.get("old") == "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One page of providers, how many there are in all, and for each facet its values with counts."""

    query: Query
    rows: tuple[dict[str, Any], ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))


def search(db: sqlite3.Connection, query: Query, today: date) -> Results:
    """Providers that match, best first: recently confirmed before older, then better evidence, then by name."""
    where, values = _where(query, today)
    total = db.execute(f"SELECT count(*) FROM providers WHERE {where}", values).fetchone()[0]
    sink = (today - timedelta(days=SINKS_AFTER_DAYS)).isoformat()
    cursor = db.execute(
        f"SELECT * FROM providers WHERE {where} ORDER BY last_confirmed < ?,"
        " CASE evidence WHEN 'listed' THEN 0 WHEN 'own_site' THEN 1 ELSE 2 END, name COLLATE NOCASE, id LIMIT ? OFFSET ?",
        [*values, sink, PAGE_SIZE, (query.page - 1) * PAGE_SIZE],
    )
    names = [column[0] for column in cursor.description]
    rows = tuple(dict(zip(names, row, strict=True)) for row in cursor)
    return Results(query=query, rows=rows, total=total, facets={name: _facet(db, query, name, today) for name in FACETS})


def _facet(db: sqlite3.Connection, query: Query, name: str, today: date) -> tuple[tuple[str, int], ...]:
    others = {key: value for key, value in query.chosen.items() if key != name}
    where, values = _where(replace(query, chosen=others), today)
    rows = db.execute(
        f"SELECT {name}, count(*) FROM providers WHERE {where} AND {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100",
        values,
    )
    return tuple((str(value), int(count)) for value, count in rows)


def _where(query: Query, today: date) -> tuple[str, list[Any]]:
    conditions, values = ["1"], []
    if not query.old:
        conditions.append("last_confirmed >= ?")
        values.append((today - timedelta(days=LEAVES_AFTER_DAYS)).isoformat())
    words = match_of(query.q)
    if words:
        conditions.append("id IN (SELECT rowid FROM providers_fts WHERE providers_fts MATCH ?)")
        values.append(words)
    elif query.q:
        conditions.append("0")
    for name, value in query.chosen.items():
        assert name in FACETS
        conditions.append(f"{name} = ?")
        values.append(value)
    return " AND ".join(conditions), values


def match_of(q: str) -> str:
    """An FTS5 expression that finds every word of `q` as a prefix; operators in it are only words."""
    words: Iterable[str] = re.findall(r"\w+", q)
    return " ".join(f'"{word}"*' for word in words)
