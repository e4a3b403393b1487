"""The order of results, and one page of them."""

from __future__ import annotations

from datetime import date

import numpy as np

from ldn_directory.publish.word_index import Numbers

from .columns import EPOCH, Columns
from .parameters import FARTHEST_KM, SINKS_AFTER_DAYS, Query
from .reachability import BEYOND_ALL_KM, IN_COUNTRY, NEAR, PLACE_UNKNOWN, Reach, places_near
from .text_match import Matches, with_guesses_apart

WORST_LEVEL = 511
FEW = 2_000
"""So few rows are sorted faster than the nearest of them are looked for."""
FIRST_LOOK_KM = 50.0
_NONE = np.zeros(0, np.int64)


class Ranking:
    """The order of the results of one search."""

    def __init__(
        self, columns: Columns, query: Query, today: date, *, reach: Reach | None, matches: Matches | None
    ) -> None:
        self.columns, self.query, self.today, self.reach, self.matches = columns, query, today, reach, matches

    def page(self, rows: Numbers) -> tuple[int, int, Numbers]:
        """(how many come before, the number of the page, the rows of the page in order)."""
        size = self.query.size
        if self.query.cursor:
            start = self._after(rows, *self.query.cursor)
            page = start // size + 1
        else:
            page = min(self.query.page, max(1, -(-len(rows) // size)))
            start = (page - 1) * size
        end = min(start + size, len(rows))
        if end <= start:
            return start, page, _NONE
        before, first = self._first(rows, start, end)
        keys = with_guesses_apart(self._keys(first), first, self.matches)
        wanted = end - before
        if wanted < len(first):
            # Only the first rows are sorted: sorting many would take longer than everything else.
            chosen = np.argpartition(keys, wanted)[:wanted]
            first, keys = first[chosen], keys[chosen]
        return start, page, first[np.argsort(keys, kind="stable")][start - before :]

    def _first(self, rows: Numbers, start: int, end: int) -> tuple[int, Numbers]:
        """(how many come before, rows among which are those from `start` to `end`, in no order)."""
        if self.reach is None or (self.matches is not None and len(self.matches.guessed)):
            return 0, rows
        groups = self.reach.groups[rows]
        ends = np.cumsum(np.bincount(groups, minlength=PLACE_UNKNOWN + 1))
        first, last = np.searchsorted(ends, [start, end - 1], "right").tolist()
        before = int(ends[first - 1])
        if last < IN_COUNTRY or first > IN_COUNTRY or not self._is_by_distance:
            return before, rows[(groups >= first) & (groups <= last)]
        others = rows[(groups >= first) & (groups <= last) & (groups != IN_COUNTRY)]
        return before, np.concatenate(
            [others, self._nearest(rows[groups == IN_COUNTRY], end - int(ends[IN_COUNTRY - 1]))]
        )

    @property
    def _is_by_distance(self) -> bool:
        return self.query.sort in ("best", "nearest")

    def _nearest(self, rows: Numbers, wanted: int) -> Numbers:
        """So many of the rows as are wanted, the nearest of all, and perhaps more; all if there are no more."""
        reach = self.reach
        assert reach is not None
        if wanted >= len(rows) or len(rows) < FEW:
            return rows
        among = np.zeros(self.columns.size, bool)
        among[rows] = True
        within = FIRST_LOOK_KM
        while within < FARTHEST_KM:
            places, _ = places_near(self.columns, reach.place.point, within, among)
            if len(near := np.unique(self.columns.place_rows[places])) >= wanted:
                return near
            within *= 2
        return rows

    def _after(self, rows: Numbers, given: int, last: int) -> int:
        """How many come before the page: those up to the row given last, else as many as were given."""
        place = np.searchsorted(self.columns.ids, last)
        found = (
            np.flatnonzero(rows == place) if place < self.columns.size and self.columns.ids[place] == last else _NONE
        )
        if not len(found):
            return min(given, len(rows))
        keys = with_guesses_apart(self._keys(rows), rows, self.matches)
        return int(np.count_nonzero(keys <= keys[found[0]]))

    def _keys(self, rows: Numbers) -> Numbers:
        """The sort key of each row: whole numbers, all different."""
        columns, sort = self.columns, self.query.sort
        groups = np.zeros(len(rows), np.int64) if self.reach is None else self.reach.groups[rows].astype(np.int64)
        if sort == "name":
            return (groups << 60) + columns.index.by_name[rows]
        if sort == "confirmed":
            days = 100_000 - columns.confirmed[rows].astype(np.int64)
            return (groups << 60) + (days << 32) + columns.index.by_name[rows]
        away = self._away(rows, groups)
        if sort == "nearest" and self.reach is not None:
            return (groups << 60) + (away << 32) + columns.best[rows]
        stale = ~columns.current_since(self.today.toordinal() - EPOCH - SINKS_AFTER_DAYS)[rows]
        last = (columns.only_writes[rows].astype(np.int64) << 1) + stale
        match = (self._levels(rows) << 2) + last
        if self.reach is not None:
            # Elsewhere in the country the distance alone counts.
            match[groups == IN_COUNTRY] = 0
        keys: Numbers = (((groups << 11) + match) << 48) + (away << 30) + columns.best[rows]
        return keys

    def _away(self, rows: Numbers, groups: Numbers) -> Numbers:
        """The distance of each row, in tenths of a kilometre, where it counts: near and in the country."""
        away = np.zeros(len(rows), np.int64)
        if self.reach is not None:
            counts = np.flatnonzero((groups == IN_COUNTRY) | ((groups == NEAR) & (not self.reach.is_area)))
            away[counts] = self.reach.distances(rows[counts])[0] * 10
        return np.minimum(away, np.int64(BEYOND_ALL_KM * 10))

    def _levels(self, rows: Numbers) -> Numbers:
        if self.matches is None or not len(rows):
            return np.zeros(len(rows), np.int64)
        # Only rows of matches are ever read.
        levels = np.empty(self.columns.size, np.int32)
        levels[self.matches.rows] = self.matches.levels
        return np.minimum(levels[rows], WORST_LEVEL).astype(np.int64)
