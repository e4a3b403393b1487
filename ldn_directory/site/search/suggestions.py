"""Completes what a visitor is typing: names of the directory, and places."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Self

import numpy as np

from ldn_directory.normalize.regions import country_named
from ldn_directory.normalize.towns import place_key
from ldn_directory.places import Gazetteer
from ldn_directory.publish.word_index import words_of

from .columns import Columns
from .word_scores import rows_named

MOST = 10
MOST_NAMES = 6
MOST_TYPED = 60
LEAST_TYPED = 2
TOWNS_FROM = 15_000
"""Inhabitants from which a town is suggested."""
MOST_SCANNED = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A name or place that begins with what was typed."""

    kind: str
    """`name` or `place`."""
    text: str
    where: str | None = None
    """The town and region of a provider."""
    provider: int | None = None


class PlaceNames:
    """Names of towns and regions by their beginning."""

    def __init__(self, named: Iterable[tuple[str, int, str, str]]) -> None:
        self._named = sorted(named)
        self._keys = [key for key, *_ in self._named]

    @classmethod
    def of(cls, gazetteer: Gazetteer) -> Self:
        """The larger towns, regions and countries of a gazetteer."""
        rows = gazetteer.db.execute("SELECT * FROM towns WHERE population >= ?", (TOWNS_FROM,)).fetchall()
        regions = dict(gazetteer.db.execute("SELECT id, code FROM regions"))
        named = {
            (place_key(name), population, gazetteer.describe(name, regions.get(region), land), land)
            for _, name, land, region, _, _, population, _ in rows
        }
        for code, name, land in gazetteer.db.execute("SELECT code, name, country_code FROM regions"):
            place = gazetteer.region(code)
            country = country_named(land)
            if place and country:
                # Regions are suggested as if they were towns of half a million.
                named.add((place_key(name), 500_000, place.name, land))
                named.add((place_key(country.name), 900_000, country.name, land))
        return cls(named)

    def names_starting_with(self, typed: str, countries: Collection[str]) -> list[str]:
        """The largest places whose names begin like this. Places in `countries` count as ten times as large."""
        key = place_key(typed)
        first = bisect_left(self._keys, key)
        last = bisect_left(self._keys, key + "\U0010ffff", first)
        found = sorted(self._named[first:last], key=lambda one: (-one[1] * (10 if one[3] in countries else 1), one[2]))
        return list(dict.fromkeys(text for _, _, text, _ in found[: 2 * MOST]))


def suggestions_of(
    db: sqlite3.Connection, typed: str, columns: Columns, places: PlaceNames | None, *, only_places: bool = False
) -> tuple[Suggestion, ...]:
    """At most ten names and places that begin with `typed`; none for fewer than two characters or more than sixty."""
    if not LEAST_TYPED <= len(typed.strip()) <= MOST_TYPED:
        return ()
    names = [] if only_places else list(islice(_names(db, typed, columns), MOST_NAMES))
    countries = frozenset(columns.coded["country_code"].values)
    found = [
        Suggestion(kind="place", text=text) for text in (places.names_starting_with(typed, countries) if places else ())
    ]
    return (*names, *found[: MOST - len(names)])


def _names(db: sqlite3.Connection, typed: str, columns: Columns) -> Iterator[Suggestion]:
    rows: set[int] | None = None
    for word in words_of(typed):
        named = rows_named(columns.index, word)
        if rows is None and len(named) > MOST_SCANNED:
            named = named[np.argpartition(columns.best[named], MOST_SCANNED)[:MOST_SCANNED]]
        rows = set(named.tolist()) if rows is None else rows.intersection(named.tolist())
    best = sorted(rows or (), key=lambda row: int(columns.best[row]))[:MOST_NAMES]
    for row in best:
        number = int(columns.ids[row])
        query = "SELECT name, city, region FROM providers WHERE id = ?"
        name, city, region = db.execute(query, (number,)).fetchone()
        where = ", ".join(part for part in (city, region) if part)
        yield Suggestion(kind="name", text=name, where=where or None, provider=number)
