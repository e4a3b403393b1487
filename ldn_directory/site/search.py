"""From what a visitor asks to providers and facet counts. Pure but for the connection that is handed in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

PAGE_SIZE = 20
MOST_CHARACTERS = 200
MOST_WORDS = 12
MOST_PAGES = 9_999
MOST_FACET_VALUES = 300
FACETS = ("country", "region", "kind", "telehealth", "evidence", "source")
ALLOWED = {
    "kind": ("prescriber", "clinic", "pharmacy", "telehealth"),
    "telehealth": ("yes", "no"),
    "evidence": ("listed", "own_site", "proxy"),
}
SINKS_AFTER_DAYS = 90
LEAVES_AFTER_DAYS = 180
_REGION_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_BETTER_EVIDENCE_FIRST = "CASE evidence WHEN 'listed' THEN 0 WHEN 'own_site' THEN 1 ELSE 2 END"


class BadQuery(ValueError):
    """The question cannot be answered; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked: words, chosen facets, a region served from afar, page (from 1), and two ways of asking wider."""

    q: str = ""
    chosen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    serves: str | None = None
    """ISO 3166-2 or 3166-1 code: only those who state that they serve it by telehealth or delivery."""
    page: int = 1
    any_word: bool = False
    """Whether one of the words is enough."""
    old: bool = False
    """Whether entries that nobody has confirmed for 180 days are wanted too."""

    @classmethod
    def parsed(cls, values: Mapping[str, str]) -> Query:
        """The query that request parameters state; unknown parameters are ignored. Raises BadQuery."""
        q = " ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", values.get("q", "")).split())
        if len(q) > MOST_CHARACTERS or len(words_of(q)) > MOST_WORDS:
            raise BadQuery(f"Please ask in at most {MOST_CHARACTERS} characters and {MOST_WORDS} words.")
        chosen = {name: values[name] for name in FACETS if values.get(name)}
        for name, value in chosen.items():
            if len(value) > MOST_CHARACTERS or value not in ALLOWED.get(name, (value,)):
                raise BadQuery(f"There is no such {name}: choose one of the links beside the results.")
        serves = values.get("serves") or None
        if serves and not _REGION_CODE.fullmatch(serves):
            raise BadQuery("A region that is served is asked for by its ISO 3166 code, such as US-OH or GB.")
        return cls(
            q=q, chosen=chosen, serves=serves, page=_page(values.get("page") or "1"),
            any_word=values.get("words") == "any", old=values.get("old") == "yes",
        )  # fmt: skip

    def parameters(self) -> dict[str, str]:
        """The query as request parameters, without the page; `parsed` reads them back."""
        ways = {"serves": self.serves or "", "words": "any" * self.any_word, "old": "yes" * self.old}
        return {name: value for name, value in ({"q": self.q} | dict(self.chosen) | ways).items() if value}


def _page(stated: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", stated) or int(stated) < 1:
        raise BadQuery(f"The page must be a number from 1 to {MOST_PAGES}.")
    return int(stated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region that providers state they serve from afar."""

    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One page of providers, how many there are in all, and for each facet its values with counts."""

    rows: tuple[dict[str, Any], ...]
    total: int
    page: int
    """The page given: the one asked for, or the last if there are fewer."""
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    """Facet -> (value, count), most frequent first; each counted without its own choice."""
    afar: tuple[Region, ...]
    """Regions that the question names, and that somebody serves by telehealth or delivery."""

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))


def search(db: sqlite3.Connection, query: Query, today: date) -> Results:
    """Providers that match, best first: confirmed within 90 days before older, then better evidence, then by name.

    Raises sqlite3.OperationalError ("interrupted") if the connection's time limit is reached.
    """
    where, values = _condition(query, today)
    total = int(db.execute(f"SELECT count(*) FROM providers WHERE {where}", values).fetchone()[0])
    page = min(query.page, max(1, -(-total // PAGE_SIZE)))
    sink = (today - timedelta(days=SINKS_AFTER_DAYS)).isoformat()
    cursor = db.execute(
        f"SELECT * FROM providers WHERE {where} ORDER BY last_confirmed < ?, {_BETTER_EVIDENCE_FIRST},"
        " name COLLATE NOCASE, id LIMIT ? OFFSET ?",
        [*values, sink, PAGE_SIZE, (page - 1) * PAGE_SIZE],
    )
    names = [column[0] for column in cursor.description]
    rows = tuple(dict(zip(names, row, strict=True)) for row in cursor)
    facets = {name: _facet(db, query, name, today) for name in FACETS}
    return Results(rows=rows, total=total, page=page, facets=facets, afar=_afar(db, query))


def _facet(db: sqlite3.Connection, query: Query, name: str, today: date) -> tuple[tuple[str, int], ...]:
    others = {key: value for key, value in query.chosen.items() if key != name}
    where, values = _condition(replace(query, chosen=others), today)
    rows = db.execute(
        f"SELECT {name}, count(*) FROM providers WHERE {where} AND {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        [*values, MOST_FACET_VALUES],
    )
    return tuple((str(value), int(count)) for value, count in rows)


def _condition(query: Query, today: date) -> tuple[str, list[Any]]:
    """SQL made of constants, and the values bound to it."""
    conditions: list[str] = ["1"]
    values: list[Any] = []
    if not query.old:
        conditions.append("last_confirmed >= ?")
        values.append((today - timedelta(days=LEAVES_AFTER_DAYS)).isoformat())
    if query.q:
        # Full text knows a provider's first place only; further places are found by the beginning of their city or postcode.
        conditions.append(
            "id IN (SELECT rowid FROM providers_fts WHERE providers_fts MATCH ?"
            " UNION SELECT provider FROM locations WHERE city LIKE ? ESCAPE '\\' OR postcode LIKE ? ESCAPE '\\')"
        )
        beginning = re.sub(r"([\\%_])", r"\\\1", query.q) + "%"
        values += [match_of(query.q, any_word=query.any_word), beginning, beginning]
    if query.serves:
        conditions.append("id IN (SELECT provider FROM serves WHERE region_code IN (?, ?))")
        values += [query.serves, query.serves[:2]]
    for name, value in query.chosen.items():
        if name not in FACETS:
            raise BadQuery(f"there is no facet {name}")
        conditions.append(f"{name} = ?")
        values.append(value)
    return " AND ".join(conditions), values


def _afar(db: sqlite3.Connection, query: Query) -> tuple[Region, ...]:
    named = (query.chosen.get("region", ""), query.chosen.get("country", ""), query.q)
    rows = db.execute(
        "SELECT code, name, country FROM regions WHERE telehealth_providers > 0 AND code <> ?"
        " AND (name = ? COLLATE NOCASE OR name = ? COLLATE NOCASE OR name = ? COLLATE NOCASE) ORDER BY country, name LIMIT 3",
        (query.serves or "", *named),
    )
    return tuple(Region(code=code, name=name, country=country) for code, name, country in rows)


def words_of(q: str) -> list[str]:
    """The words of a question: its runs of letters and digits."""
    return re.findall(r"[^\W_]+", q)


def match_of(q: str, *, any_word: bool = False) -> str:
    """An FTS5 expression that finds every word of `q` (or any of them) as a prefix; operators and quotes in it are only text."""
    terms = [f'"{word}"*' for word in words_of(q)]
    return (" OR " if any_word else " ").join(terms) or '""'
