"""Facets: which rows pass the filters, and how many rows each value of a facet has without that facet's own filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from ldn_directory.publish.word_index import Numbers

from .columns import EPOCH, Categorical, Columns
from .parameters import CONFIRMED_DAYS, FACETS, LEAVES_AFTER_DAYS, Query

MOST_VALUES = 300
Counts = tuple[tuple[str, int], ...]
_CODES = {"country": "country_code", "region": "region_code"}


class FacetFilter:
    """The filters of a query, applied to some rows."""

    def __init__(self, columns: Columns, query: Query, today: date, rows: Numbers) -> None:
        self.columns, self.query, self.rows = columns, query, rows
        self.day = today.toordinal() - EPOCH
        self.masks: dict[str, Numbers] = {name: self._mask_of(name, value) for name, value in query.filters.items()}
        if query.serves:
            served = columns.served
            wanted = [served.get(code, _NONE) for code in (query.serves, query.serves[:2])]
            self.masks["serves"] = np.isin(rows, np.concatenate(wanted))
        if not query.old and "confirmed" not in query.filters:
            self.masks["old"] = np.asarray(columns.current_since(self.day - LEAVES_AFTER_DAYS)[rows])
        if not query.old and columns.not_ended is not None:
            self.masks["ended"] = columns.not_ended[rows]

    def _mask_of(self, name: str, value: str) -> Numbers:
        if name == "confirmed":
            return self._confirmed_within(int(value))
        column = self.columns.coded[name]
        named = column.has(value, self.rows)
        return named | self.columns.coded[_CODES[name]].has(value, self.rows) if name in _CODES else named

    def _confirmed_within(self, days: int) -> Numbers:
        return np.asarray(self.columns.confirmed[self.rows] >= self.day - days)

    def mask(self, without: str = "") -> Numbers | None:
        """For each of the rows whether it passes all filters but `without`; None if there are no filters."""
        masks = [
            mask
            for name, mask in self.masks.items()
            if name != without and not (without == "confirmed" and name == "old")
        ]
        return np.logical_and.reduce(masks) if masks else None

    def passing_rows(self) -> Numbers:
        """The rows that pass all filters."""
        mask = self.mask()
        return self.rows if mask is None else self.rows[mask]

    def facets(self, among: Callable[[Numbers], Numbers] | None = None) -> Mapping[str, Counts]:
        """For each facet (value, count), most frequent first. `among` picks the rows that count."""
        common = self._rows_without("", among)
        together = {name: counts for one in self.columns.combined for name, counts in one.counts(common).items()}
        found: dict[str, Counts] = {}
        for name in FACETS:
            rows = self._rows_without(name, among) if name in self.masks or name == "confirmed" else common
            if name == "confirmed":
                found[name] = self._confirmed(rows)
            elif rows is common and name in together:
                found[name] = _sorted(self.columns.coded[name], together[name])
            else:
                found[name] = _counts(self.columns.coded[name], rows)
        return found

    def _rows_without(self, name: str, among: Callable[[Numbers], Numbers] | None) -> Numbers:
        """The rows that pass all filters but one."""
        mask = self.mask(name)
        rows = self.rows if mask is None else self.rows[mask]
        return among(rows) if among else rows

    def _confirmed(self, rows: Numbers) -> Counts:
        days = self.columns.confirmed[rows]
        counts = ((str(within), int(np.count_nonzero(days >= self.day - within))) for within in CONFIRMED_DAYS)
        return tuple(one for one in counts if one[1])


_NONE = np.zeros(0, np.int64)


def _counts(column: Categorical, rows: Numbers) -> Counts:
    if not column.values:
        return ()
    codes = column.codes_of(rows)
    return _sorted(column, np.bincount(codes.astype(np.int32) + 1, minlength=1))


def _sorted(column: Categorical, counts: Numbers) -> Counts:
    """The values, most frequent first; the first count is that of providers without a value."""
    present = np.flatnonzero(counts[1:])
    found = list(zip([column.values[code] for code in present.tolist()], counts[1:][present].tolist(), strict=True))
    return tuple(sorted(found, key=lambda one: (-one[1], one[0]))[:MOST_VALUES])
