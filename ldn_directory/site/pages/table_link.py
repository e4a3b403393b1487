"""Where the same results stand in Datasette's own table of providers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from datasette.filters import Filters
from datasette.utils import sqlite_timelimit

from ldn_directory.publish.word_index import KIND_WORDS
from ldn_directory.site.search import LEAVES_AFTER_DAYS, Query, Results
from ldn_directory.site.search.vocabulary import vocabulary

FACETS = (("_facet", "country"), ("_facet", "region"), ("_facet", "kind"))
TABLE = "/ldn/providers"
COUNT_LIMIT_MS = 100
LONGEST_INITIALS = 5
"""Credentials up to this length may be written with points, which are separate words of the table's index."""
LONGEST_QUERY = 2_000
"""Datasette's own pages refuse longer addresses."""
_SORTS = {"name": ("_sort", "name"), "confirmed": ("_sort_desc", "last_confirmed")}


def table_link(db: sqlite3.Connection, query: Query, results: Results, today: date) -> str | None:
    """The path of the table with the filters of a search. It shows the whole region of a town, and no other.

    None if the table cannot show the same entries: for who serves or reaches a place from afar, for words that are
    found otherwise than by the table's full-text search, and if counting them takes too long.
    """
    if query.serves or query.reach or not results.total:
        return None
    filters = _filters(query, results, today)
    sort = (_SORTS[query.sort],) if query.sort in _SORTS else ()
    for more in _searches(results.parsed.words, any_word=query.any_word):
        stated = {name: value for name, value in (filters | more).items() if value}
        if filters.get("kind", stated.get("kind")) != stated.get("kind"):
            continue
        address = urlencode((*stated.items(), *sort, *FACETS))
        if len(address) <= LONGEST_QUERY and _is_same(db, stated, results):
            return f"{TABLE}?{address}"
    return None


def _filters(query: Query, results: Results, today: date) -> dict[str, str]:
    """The parameters of the table for everything but the words of a search."""
    filters = dict(_filter(name, value, today) for name, value in query.filters.items())
    if results.parsed.by_video:
        filters["telehealth"] = "yes"
    if place := results.parsed.place:
        filters |= (
            {"region_code": place.region_code} if place.region_code else {"country_code": place.country_code or ""}
        )
    if not query.old:
        filters = {"current_as_of__gte": _day(today, LEAVES_AFTER_DAYS), "register_state__not": "inactive"} | filters
    return filters


def _filter(name: str, value: str, today: date) -> tuple[str, str]:
    """The parameter of the table for a facet of the search."""
    match name:
        case "confirmed":
            return "last_confirmed__gte", _day(today, int(value))
        case "source":
            return "sources__arraycontains", value
        case "languages":
            return "languages__contains", value
        case "telehealth" | "accepts_new" if value == "unknown":
            return f"{name}__isnull", "1"
        case "country" | "region" if value[:2].isupper():
            return f"{name}_code", value
    return name, value


def _day(today: date, days: int) -> str:
    return (today - timedelta(days=days)).isoformat()


def _searches(words: tuple[str, ...], *, any_word: bool) -> Iterator[dict[str, str]]:
    """The parameters that may find the words in the table: with words for a kind as a filter, then without."""
    kinds = {word: kind for word in words if (kind := _kind_of(word))}
    if len(set(kinds.values())) == 1 and (len(words) == 1 or not any_word):
        yield {"kind": next(iter(kinds.values()))} | _search([word for word in words if word not in kinds], " AND ")
    yield _search(words, " OR " if any_word else " AND ")


def _kind_of(word: str) -> str | None:
    """The kind of provider that the search finds by a word, if there is one such kind."""
    same = vocabulary()["same"].get(word, ())
    found = [
        kind
        for kind, names in KIND_WORDS.items()
        if any(name.startswith(word) or name in same for name in names.split())
    ]
    return found[0] if len(found) == 1 else None


def _search(words: list[str] | tuple[str, ...], operator: str) -> dict[str, str]:
    if not words:
        return {}
    return {"_search": operator.join(f"({' OR '.join(_phrases(word))})" for word in words), "_searchmode": "raw"}


def _phrases(word: str) -> Iterator[str]:
    """The phrases of FTS5 for what the search finds by a word: words that begin with it, and its synonyms.

    Points and apostrophes, which the search leaves out, divide words in FTS5: O'Brien is `o brien`, N.P. is `n p`.
    """
    yield f'"{word}"*'
    if len(word) > 2:
        yield f'"{word[0]} {word[1:]}"*'
        yield f'"{word[:-1]} {word[-1]}"'
    for other in (word, *sorted(vocabulary()["same"].get(word, ()))):
        if other != word:
            yield f'"{other}"'
        if len(other) <= LONGEST_INITIALS:
            yield f'"{" ".join(other)}"'


def _is_same(db: sqlite3.Connection, stated: Mapping[str, str], results: Results) -> bool:
    """Whether the table has as many entries as the search. For a town, whose region it shows: whether it has any."""
    if not results.parsed.words and results.parsed.place is None:
        return True
    where, values = Filters([one for one in stated.items() if one[0][0] != "_"]).build_where_clauses("providers")
    if "_search" in stated:
        where.append("id IN (SELECT rowid FROM providers_fts WHERE providers_fts MATCH :search)")
        values["search"] = stated["_search"]
    try:
        with sqlite_timelimit(db, COUNT_LIMIT_MS):
            (count,) = db.execute(f"SELECT count(*) FROM providers WHERE {' AND '.join(where)}", values).fetchone()
    except sqlite3.OperationalError:
        return False
    return bool(count) if results.within_km else bool(count == results.group_counts.get("near", results.total))
