"""Runs a search: from a query to one page of providers, facet counts, and messages about how it was understood."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from ldn_directory.places import Gazetteer, Place
from ldn_directory.publish.word_index import Numbers
from ldn_directory.site.queries.provider import fetch_rows

from .columns import EPOCH, Columns
from .facets import FacetFilter
from .messages import Alternative, Spelling, explain, find_alternatives
from .parameters import FARTHEST_KM, LEAVES_AFTER_DAYS, REACHES, SINKS_AFTER_DAYS, WITHIN_KM, Query
from .query_parser import ParsedQuery, parse_query
from .reachability import AREAS, BY_VIDEO, IN_PERSON, NOT_STATED, Reach, places_near, reach_of
from .results import Region, Results, Row
from .text_match import TOO_FEW, Matches, match_words, score_rows, word_mask

REACH = {IN_PERSON: "in_person", BY_VIDEO: "by_video", NOT_STATED: "not_stated"}
OFFERED_NEAREST = 3
LIMIT_S = 1.5
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
        self.groups: Numbers | None
        self.matches: Matches | None
        self.with_words = self._words_mask()
        self.check_time()
        self._use(self.parsed)
        self.candidates = self._candidates()
        self.facet_filter = FacetFilter(columns, query, today, self.candidates)
        self.check_time()

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
        self.groups = self.reach.groups() if self.reach else None
        self.matches = self._matches(self._in_question())
        self.check_time()

    def _in_question(self) -> Numbers | None:
        """For each provider whether it is in a group that may be shown; None for a search without a place."""
        if self.groups is None:
            return None
        most = NOT_STATED if self.query.reach == REACHES[NOT_STATED - 1] else BY_VIDEO
        return (self.groups > 0) & (self.groups <= most)

    def check_time(self) -> None:
        if time.monotonic() > self.until:
            raise TooSlow

    def _matches(self, among: Numbers | None) -> Matches | None:
        words = self.parsed.words
        if not words:
            return None if not self.query.q or self.place or self.parsed.by_video else Matches(rows=_NONE, levels=_NONE)
        if among is not None and self.with_words is not None:
            # Words that enough providers have are not misspelt.
            return score_rows(self.columns, words, np.flatnonzero(among & self.with_words))
        return match_words(self.columns, words, any_word=self.query.any_word, among=among)

    def _candidates(self) -> Numbers:
        """Rows that match the words and can be reached from the place, rising."""
        if self.matches is not None:
            rows = self.matches.rows
        else:
            in_question = self._in_question()
            rows = np.arange(self.columns.size) if in_question is None else np.flatnonzero(in_question)
        if self.parsed.by_video and self.groups is None:
            rows = rows[self._offers_telehealth(rows)]
        return rows

    def _offers_telehealth(self, rows: Numbers) -> Numbers:
        telehealth = self.columns.coded["telehealth"]
        return np.asarray(telehealth.codes[rows] == telehealth.code("yes"))

    def _filter_by_group(self, rows: Numbers) -> Numbers:
        """The rows whose group is wanted."""
        if self.groups is None:
            return rows
        groups = self.groups[rows]
        if self.query.reach:
            wanted = groups == REACHES.index(self.query.reach) + 1
        elif self.parsed.by_video:
            wanted = self._serves_mask(rows) | (self._offers_telehealth(rows) & (groups == IN_PERSON))
        else:
            wanted = groups != NOT_STATED
        found: Numbers = rows[wanted]
        return found

    def _serves_mask(self, rows: Numbers) -> Numbers:
        """Whether each states that it serves the place from afar."""
        codes = self.reach.served_codes if self.reach else []
        return np.isin(rows, np.concatenate([_NONE, *(self.columns.served.get(code, _NONE) for code in codes)]))

    def results(self) -> Results:
        """The results."""
        left = self.facet_filter.passing_rows()
        groups = self._count_groups(left)
        rows = self._filter_by_group(left)
        start, page, shown = self._page(rows)
        self.check_time()
        facets = self.facet_filter.facets(self._filter_by_group if self.reach else None)
        self.check_time()
        end = start + len(shown)
        alternatives = self._alternatives(len(rows), groups)
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
            groups=groups,
            messages=tuple(explain(self.parsed, self.query, self.within_km, self._spelling, total=len(rows))),
            alternatives=alternatives,
            served_regions=_served_regions(self.db, self.query),
            cursor=f"{end}-{self.columns.ids[shown[-1]]}" if len(shown) and end < len(rows) else None,
        )

    def _count_groups(self, rows: Numbers) -> dict[str, int]:
        """How many of each group are left. Those who do not state whom they serve are only counted unless asked for."""
        if self.groups is None:
            return {}
        counts = np.bincount(self.groups[rows], minlength=4)
        if self.query.reach != REACHES[NOT_STATED - 1]:
            unsaid = self.groups == NOT_STATED
            if self.parsed.words:
                unsaid &= self.with_words if self.with_words is not None else self._match_words_mask()
            counts[NOT_STATED] = self._count_passing(unsaid)
        return {name: int(counts[group]) for group, name in REACH.items()}

    def _count_passing(self, mask: Numbers) -> int:
        """How many rows of the mask pass all filters."""
        if self.query.filters or self.query.serves:
            return len(FacetFilter(self.columns, self.query, self.today, np.flatnonzero(mask)).passing_rows())
        if not self.query.old:
            mask = mask & self.columns.current_since(self.today.toordinal() - EPOCH - LEAVES_AFTER_DAYS)
            if self.columns.not_ended is not None:
                mask = mask & self.columns.not_ended
        return int(np.count_nonzero(mask))

    def _page(self, rows: Numbers) -> tuple[int, int, Numbers]:
        """(how many come before, page, the rows of the page in order)."""
        size = self.query.size
        keys = self._keys(rows)
        if self.query.cursor:
            start = self._after(rows, keys, *self.query.cursor)
            page = start // size + 1
        else:
            page = min(self.query.page, max(1, -(-len(rows) // size)))
            start = (page - 1) * size
        end = min(start + size, len(rows))
        if end <= start:
            return start, page, _NONE
        if end < len(rows):
            # Only the first rows are sorted: sorting many would take longer than everything else.
            first = np.argpartition(keys, end)[:end]
            rows, keys = rows[first], keys[first]
        return start, page, rows[np.argsort(keys, kind="stable")][start:end]

    def _after(self, rows: Numbers, keys: Numbers, given: int, last: int) -> int:
        """How many come before the page: those up to the row given last, else as many as were given."""
        place = np.searchsorted(self.columns.ids, last)
        found = (
            np.flatnonzero(rows == place) if place < self.columns.size and self.columns.ids[place] == last else _NONE
        )
        return int(np.count_nonzero(keys <= keys[found[0]])) if len(found) else min(given, len(rows))

    def _keys(self, rows: Numbers) -> Numbers:
        """The sort key of each row: whole numbers, all different."""
        columns = self.columns
        groups = np.zeros(len(rows), np.int64) if self.groups is None else self.groups[rows].astype(np.int64)
        if self.query.sort == "name":
            return (groups << 60) + columns.index.by_name[rows]
        if self.query.sort == "confirmed":
            return (
                (groups << 60)
                + (100_000 - columns.confirmed[rows].astype(np.int64) << 32)
                + columns.index.by_name[rows]
            )
        stale = ~columns.current_since(self.today.toordinal() - EPOCH - SINKS_AFTER_DAYS)[rows]
        away = np.zeros(len(rows), np.int64)
        if self.reach is not None and self.reach.distances is not None:
            close = groups == IN_PERSON
            away[close] = self.reach.distances[rows[close]] * 10
        if self.query.sort == "nearest" and self.reach is not None:
            return (groups << 60) + (away << 32) + columns.best[rows]
        levels = self._levels(rows)
        last = (columns.only_writes[rows].astype(np.int64) << 1) + stale
        return (((groups << 9) + levels << 2) + last << 50) + (away << 30) + columns.best[rows]

    def _levels(self, rows: Numbers) -> Numbers:
        if self.matches is None or not len(rows):
            return np.zeros(len(rows), np.int64)
        # Only rows of matches are ever read.
        levels = np.empty(self.columns.size, np.int32)
        levels[self.matches.rows] = self.matches.levels
        return np.minimum(levels[rows], 511).astype(np.int64)

    def _fetch(self, rows: Numbers) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        """(column names, rows of the table in this order), with distance and reach."""
        ids = self.columns.ids[rows].tolist()
        cursor = self.db.execute(
            "SELECT * FROM providers WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        names = [column[0] for column in cursor.description]
        by_id = {row["id"]: row for row in (dict(zip(names, values, strict=True)) for values in cursor)}
        fetched = tuple(by_id[number] | more for number, more in zip(ids, self._reach_of(rows), strict=True))
        return (*names, "distance_km", "reach"), fetched

    def _reach_of(self, rows: Numbers) -> list[Row]:
        """For each row how it can be reached, and its nearest place."""
        if self.reach is None or self.groups is None:
            return [{"distance_km": None, "reach": None}] * len(rows)
        groups = self.groups[rows]
        reach_of_rows: list[Row] = [{"distance_km": None, "reach": REACH[int(group)]} for group in groups]
        close = np.flatnonzero(groups == IN_PERSON)
        if self.reach.distances is None or self.reach.places is None or not len(close):
            return reach_of_rows
        distances, nearest = self.reach.distances[rows[close]], self.reach.places[rows[close]]
        numbers = self.columns.place_ids[nearest].tolist()
        places = self._places([number for number in numbers if number])
        for at, away, number in zip(close.tolist(), distances.tolist(), numbers, strict=True):
            reach_of_rows[at] |= places.get(number, {}) | {"distance_km": round(away, 1)}
        return reach_of_rows

    def _places(self, numbers: Sequence[int]) -> Mapping[int, Row]:
        """Locations by their number."""
        rows = fetch_rows(
            self.db, "SELECT * FROM locations WHERE id IN (SELECT value FROM json_each(?))", json.dumps(numbers)
        )
        return {row["id"]: {name: row[name] for name in row if name not in _NOT_OF_A_PLACE} for row in rows}

    @property
    def _spelling(self) -> Spelling:
        return self.matches.spelling if self.matches else ()

    def _alternatives(self, total: int, groups: Mapping[str, int]) -> tuple[Alternative, ...]:
        if total and (groups.get("in_person", 1) or self.query.reach in ("by_video", "not_stated")):
            return ()
        nearest = self._nearest_beyond() if self.place else ()
        spelling = self.matches.spelling if self.matches else ()
        return find_alternatives(
            self.query, self.parsed, total=total, groups=groups, nearest=nearest, spelling=spelling
        )

    def _nearest_beyond(self) -> Sequence[Row]:
        """The nearest providers beyond the radius that match everything else."""
        assert self.place is not None
        within = self.within_km or self.place.precision_km
        while within < FARTHEST_KM:
            within = min(within * 4, FARTHEST_KM)
            self.check_time()
            places, distances = places_near(self.columns, self.place.point, within)
            mine = self._match_all(self.columns.place_rows[places])
            places, distances = places[mine], distances[mine]
            if len(places):
                order = np.argsort(distances, kind="stable")[:OFFERED_NEAREST]
                return self._describe(places[order], distances[order])
        return ()

    def _match_all(self, rows: Numbers) -> Numbers:
        """Whether each of the rows matches the words and passes the filters."""
        among = np.zeros(self.columns.size, bool)
        among[rows] = True
        matches = self._matches(among)
        everybody = np.flatnonzero(among) if matches is None else matches.rows
        left = np.zeros(self.columns.size, bool)
        left[FacetFilter(self.columns, self.query, self.today, everybody).passing_rows()] = True
        return np.asarray(left[rows])

    def _describe(self, places: Numbers, distances: Numbers) -> Sequence[Row]:
        found = []
        for place, away in zip(places.tolist(), distances.tolist(), strict=True):
            number = int(self.columns.ids[self.columns.place_rows[place]])
            (row,) = fetch_rows(self.db, _NEAREST, int(self.columns.place_ids[place]), number)
            found.append(row | {"distance_km": round(away, 1)})
        return found


_NEAREST = """
SELECT p.id, p.name, coalesce(l.city, p.city) AS city, coalesce(l.region, p.region) AS region,
  coalesce(l.region_code, p.region_code) AS region_code
FROM providers AS p LEFT JOIN locations AS l ON l.id = ? WHERE p.id = ?
"""


def _served_regions(db: sqlite3.Connection, query: Query) -> tuple[Region, ...]:
    named = (query.filters.get("region", ""), query.filters.get("country", ""), query.q)
    if not any(named):
        return ()
    rows = db.execute(
        "SELECT code, name, country FROM regions WHERE telehealth_providers > 0 AND code <> ?"
        " AND (name = ? COLLATE NOCASE OR name = ? COLLATE NOCASE OR name = ? COLLATE NOCASE)"
        " ORDER BY country, name LIMIT 3",
        (query.serves or "", *named),
    )
    return tuple(Region(code=code, name=name, country=country) for code, name, country in rows)
