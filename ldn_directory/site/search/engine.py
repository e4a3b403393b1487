"""Runs a search: from a query to one page of providers, facet counts, and messages about how it was understood."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from ldn_directory.places import Gazetteer, Place
from ldn_directory.publish.word_index import Numbers
from ldn_directory.site.queries.provider import fetch_rows

from .columns import Columns
from .facets import FacetFilter
from .intent import narrow, prefer
from .messages import Alternative, Spelling, explain, find_alternatives
from .parameters import REACHES, WITHIN_KM, Query
from .query_parser import ParsedQuery, parse_query
from .ranking import Ranking
from .reachability import AREAS, BY_DISTANCE, GROUPS, Reach, places_near, reach_of
from .results import Results, Row
from .text_match import TOO_FEW, Matches, match_words, score_rows
from .word_scores import word_mask

LIMIT_S = 1.5
WORTH_A_JOURNEY_KM = 2_000.0
"""The nearest is only offered up to here."""
_NONE = np.zeros(0, np.int64)
_NOT_OF_A_PLACE = frozenset({"id", "provider", "practice"})


class TooSlow(Exception):
    """The search takes longer than a search may."""


def search(
    db: sqlite3.Connection,
    query: Query,
    today: date,
    *,
    columns: Columns | None = None,
    gazetteer: Gazetteer | None = None,
    until: float | None = None,
) -> Results:
    """The providers that match, best first. The About page explains the order, which is the same for everyone.

    `columns` are read from `db` if they are not given. Without a gazetteer, places are only text. Raises TooSlow after
    `until` (of `time.monotonic`; by default in a second and a half), and sqlite3.OperationalError ("interrupted") after
    the connection's own limit.
    """
    run = _SearchRun(db, query, today, columns or Columns.of(db), gazetteer, until or time.monotonic() + LIMIT_S)
    return run.results()


class _SearchRun:
    """One search under way."""

    def __init__(
        self,
        db: sqlite3.Connection,
        query: Query,
        today: date,
        columns: Columns,
        gazetteer: Gazetteer | None,
        until: float,
    ) -> None:
        self.db, self.query, self.today, self.columns, self.until = db, query, today, columns, until
        self.parsed = parse_query(query, columns, gazetteer)
        self.place: Place | None
        self.within_km: float | None
        self.reach: Reach | None
        self.matches: Matches | None
        self.with_words = self._words_mask()
        self.check_time()
        self._use(self.parsed)
        self._apply_intent()
        self.facet_filter = FacetFilter(columns, query, today, self.candidates)
        self.check_time()

    def _apply_intent(self) -> None:
        """Narrows the candidates to those whom the words ask for, and drops words that nobody has."""
        if self.matches is not None:
            self.parsed = replace(self.parsed, words=self.matches.words, dropped=self.matches.dropped)
        rows = self._candidates()
        self.matches, self.parsed = prefer(self.columns, self.parsed, self.matches, rows)
        self.candidates, self.parsed = narrow(self.columns, self.parsed, rows, self._groups, self._is_anybody_left)

    def _is_anybody_left(self, rows: Numbers) -> bool:
        """Whether any of the rows would be shown."""
        # Nearly always the first ones tell.
        for some in (rows[:1_000], rows[1_000:]):
            passing = FacetFilter(self.columns, self.query, self.today, some).passing_rows()
            if len(self._filter_by_reach(passing)):
                return True
        return False

    def _words_mask(self) -> Numbers | None:
        """For each provider whether it has the words. None if there are too few, or no words."""
        if not self.parsed.words:
            return None
        mask = self._match_words_mask()
        return mask if np.count_nonzero(mask) >= TOO_FEW else None

    def _match_words_mask(self) -> Numbers:
        return word_mask(self.columns, self.parsed.words, any_word=self.query.any_word)

    def _use(self, parsed: ParsedQuery) -> None:
        """Works out who is in reach and who matches, for this meaning of the query."""
        self.parsed, self.place = parsed, parsed.place
        is_area = self.place is not None and self.place.located_by in AREAS
        self.within_km = None if self.place is None or is_area else self.query.within or WITHIN_KM
        self.reach = reach_of(self.columns, self.place, self.within_km or 0.0, self.with_words) if self.place else None
        in_question = self._in_question()
        if self.with_words is not None and in_question is not None and not (in_question & self.with_words).any():
            # Nobody who has the words can be reached from there: words are dropped, and everybody near counts.
            self.with_words = None
            self._use(parsed)
            return
        self.matches = self._matches(self._in_question())
        self.check_time()

    def _in_question(self) -> Numbers | None:
        """For each provider whether it is in a group; None for a search without a place."""
        return None if self.reach is None else self.reach.groups > 0

    @property
    def _groups(self) -> Numbers | None:
        """The group of every provider; None for a search without a place."""
        return None if self.reach is None else self.reach.groups

    def check_time(self) -> None:
        if time.monotonic() > self.until:
            raise TooSlow

    def _matches(self, among: Numbers | None) -> Matches | None:
        words = self.parsed.words
        if not words:
            return None
        if among is not None and self.with_words is not None and len(rows := np.flatnonzero(among & self.with_words)):
            # Words that enough providers have are not misspelt.
            return score_rows(self.columns, words, rows)
        or_all = self.parsed.is_any_asked
        return match_words(self.columns, words, any_word=self.query.any_word, among=among, or_all=or_all)

    def _candidates(self) -> Numbers:
        """Rows that match the words and are in a group, rising."""
        if self.matches is not None:
            rows = self.matches.rows
        else:
            in_question = self._in_question()
            rows = np.arange(self.columns.size) if in_question is None else np.flatnonzero(in_question)
        return rows

    def _filter_by_reach(self, rows: Numbers) -> Numbers:
        """The rows that are reached as wanted."""
        if self.reach is None or not self.query.reach:
            return rows
        found: Numbers = rows[self.reach.ways[rows] == REACHES.index(self.query.reach) + 1]
        return found

    def results(self) -> Results:
        """The results."""
        left = self.facet_filter.passing_rows()
        rows = self._filter_by_reach(left)
        group_counts = self._count_groups(rows)
        ranking = Ranking(self.columns, self.query, self.today, reach=self.reach, matches=self.matches)
        start, page, shown = ranking.page(rows)
        self.check_time()
        facets = self.facet_filter.facets(self._filter_by_reach if self.query.reach else None)
        self.check_time()
        end = start + len(shown)
        alternatives = self._alternatives(len(rows), group_counts.get("near"))
        columns, fetched = self._fetch(shown)
        return Results(
            rows=fetched,
            columns=columns,
            total=len(rows),
            page=page,
            size=self.query.size,
            start=start,
            facets=facets,
            parsed=self.parsed,
            within_km=self.within_km,
            groups=self._count_ways(left),
            group_counts=group_counts,
            messages=tuple(explain(self.parsed, self.query, self.within_km, self._spelling, total=len(rows))),
            alternatives=alternatives,
            cursor=f"{end}-{self.columns.ids[shown[-1]]}" if len(shown) and end < len(rows) else None,
        )

    def _count_groups(self, rows: Numbers) -> dict[str, int]:
        """How many of the rows are in each group."""
        if self.reach is None:
            return {}
        counts = np.bincount(self.reach.groups[rows], minlength=len(GROUPS) + 1)
        return {name: int(count) for name, count in zip(GROUPS, counts[1:], strict=True)}

    def _count_ways(self, rows: Numbers) -> dict[str, int]:
        """How many of the rows are reached in each way."""
        if self.reach is None:
            return {}
        counts = np.bincount(self.reach.ways[rows], minlength=len(REACHES) + 1)
        return {name: int(count) for name, count in zip(REACHES, counts[1:], strict=True)}

    def _fetch(self, rows: Numbers) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        """(column names, rows of the table in this order), with distance and reach."""
        ids = self.columns.ids[rows].tolist()
        cursor = self.db.execute(
            "SELECT * FROM providers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        names = [column[0] for column in cursor.description]
        by_id = {row["id"]: row for row in (dict(zip(names, values, strict=True)) for values in cursor)}
        guessed = set(self.columns.ids[self.matches.guessed].tolist()) if self.matches else ()
        fetched = tuple(
            by_id[number] | more | {"guess": number in guessed}
            for number, more in zip(ids, self._reach_of(rows), strict=True)
        )
        return (*names, "distance_km", "reach", "group", "guess"), fetched

    def _reach_of(self, rows: Numbers) -> list[Row]:
        """For each row its group, how it can be reached, and its nearest place."""
        if self.reach is None:
            return [{"distance_km": None, "reach": None, "group": None}] * len(rows)
        told: list[Row] = [
            {"distance_km": None, "reach": (None, *REACHES)[way], "group": (None, *GROUPS)[group]}
            for way, group in zip(self.reach.ways[rows].tolist(), self.reach.groups[rows].tolist(), strict=True)
        ]
        if self.reach.is_area:
            return told
        distances, nearest = self.reach.distances(rows)
        having = np.flatnonzero((nearest >= 0) & np.isin(self.reach.groups[rows], BY_DISTANCE))
        numbers = self.columns.place_ids[nearest[having]].tolist()
        places = self._places([number for number in numbers if number])
        for at, away, number in zip(having.tolist(), distances[having].tolist(), numbers, strict=True):
            told[at] |= places.get(number, {}) | {"distance_km": round(away, 1)}
        return told

    def _places(self, numbers: Sequence[int]) -> Mapping[int, Row]:
        """Locations by their number."""
        rows = fetch_rows(
            self.db, "SELECT * FROM locations WHERE id IN (SELECT value FROM json_each(?))", json.dumps(numbers)
        )
        return {row["id"]: {name: row[name] for name in row if name not in _NOT_OF_A_PLACE} for row in rows}

    @property
    def _spelling(self) -> Spelling:
        return self.matches.spelling if self.matches else ()

    def _alternatives(self, total: int, near: int | None) -> tuple[Alternative, ...]:
        """Other searches, if nobody was found, or nobody near. `near` is None for a search without a place."""
        if total and near != 0:
            return ()
        return find_alternatives(
            self.query,
            self.parsed,
            total=total,
            videos=self._count_at_place(telehealth="yes"),
            pharmacies=self._count_at_place(kind="pharmacy"),
            nearest=self._nearest_beyond() if self.within_km else None,
            spelling=self._spelling,
        )

    def _count_at_place(self, **filters: str) -> int:
        """How many a search for the place alone, with these filters, would find."""
        rows = np.arange(self.columns.size) if self.reach is None else np.flatnonzero(self.reach.groups)
        return len(FacetFilter(self.columns, Query(filters=filters), self.today, rows).passing_rows())

    def _nearest_beyond(self) -> Row | None:
        """The nearest provider beyond the distance that matches everything else, in whatever country."""
        assert self.place is not None and self.within_km is not None
        within = self.within_km
        while within < WORTH_A_JOURNEY_KM:
            within = min(within * 4, WORTH_A_JOURNEY_KM)
            self.check_time()
            places, distances = places_near(self.columns, self.place.point, within)
            mine = self._match_all(self.columns.place_rows[places])
            places, distances = places[mine], distances[mine]
            if len(places):
                first = int(np.argmin(distances))
                number = int(self.columns.ids[self.columns.place_rows[places[first]]])
                (row,) = fetch_rows(self.db, _NEAREST, int(self.columns.place_ids[places[first]]), number)
                return row | {"distance_km": round(float(distances[first]), 1)}
        return None

    def _match_all(self, rows: Numbers) -> Numbers:
        """Whether each of the rows matches the words and passes the filters."""
        among = np.zeros(self.columns.size, bool)
        among[rows] = True
        matches = self._matches(among)
        everybody = np.flatnonzero(among) if matches is None else matches.rows
        left = np.zeros(self.columns.size, bool)
        left[FacetFilter(self.columns, self.query, self.today, everybody).passing_rows()] = True
        return np.asarray(left[rows])


_NEAREST = """
SELECT p.id, p.name, coalesce(l.city, p.city) AS city, coalesce(l.region, p.region) AS region,
  coalesce(l.region_code, p.region_code) AS region_code
FROM providers AS p LEFT JOIN locations AS l ON l.id = ? WHERE p.id = ?
"""
