"""How many entries each country and region has, and one page of them.

Prescribers, clinics and telehealth services are counted together, pharmacies by themselves. As in the search, an entry
counts where its first place is; entries neither confirmed nor noted for long, or with an ended registration, are not.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from ldn_directory.normalize.regions import country_named, region_named
from ldn_directory.publish.word_index import Numbers
from ldn_directory.site.queries.provider import Row, fetch_rows

from . import LEAVES_AFTER_DAYS, SINKS_AFTER_DAYS
from .columns import EPOCH, Columns

PAGE_SIZE = 50
PHARMACY = "pharmacy"
OTHERS = ("prescriber", "clinic", "telehealth")
HERE, AFAR = "here", "afar"
_ROWS = "SELECT * FROM providers WHERE id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """How many entries a country or region has. Each is counted once."""

    code: str
    name: str
    """The name in the published table."""
    country_code: str
    kinds: Mapping[str, int]
    """The number of entries of each kind that have their first place there."""
    afar: int
    """How many others state that they serve it by telehealth."""
    delivering: int
    """How many pharmacies elsewhere state that they deliver there."""

    def here(self, pharmacies: bool) -> int:
        """How many are there: either pharmacies, or all others."""
        return self.kinds.get(PHARMACY, 0) if pharmacies else sum(self.kinds.get(kind, 0) for kind in OTHERS)

    def elsewhere(self, pharmacies: bool) -> int:
        """How many elsewhere state that they serve it."""
        return self.delivering if pharmacies else self.afar

    def anybody(self, pharmacies: bool) -> bool:
        """Whether anybody is there or serves it."""
        return bool(self.here(pharmacies) or self.elsewhere(pharmacies))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPage:
    """One page of the entries of a place."""

    rows: tuple[Row, ...]
    """With `reach`: `here` or `afar`."""
    here: int
    afar: int
    old: int
    """How many there are left out: neither confirmed nor noted for long, or with a registration that has ended."""
    page: int
    pages: int


class RegionCounts:
    """The entries of each country and region on a given day."""

    def __init__(self, columns: Columns, names: Mapping[str, tuple[str, str, str]], today: date) -> None:
        self.columns, self.names = columns, names
        self.day = today.toordinal() - EPOCH
        self.live: Numbers = columns.current_since(self.day - LEAVES_AFTER_DAYS)
        if columns.not_ended is not None:
            self.live = self.live & columns.not_ended
        self.pharmacy = columns.coded["kind"].codes == columns.coded["kind"].code(PHARMACY)

    @classmethod
    def of(cls, db: sqlite3.Connection, columns: Columns, today: date) -> RegionCounts:
        """Reads the names of the regions."""
        rows = db.execute("SELECT code, name, country_code, country FROM regions")
        return cls(columns, {code: (name, land, country) for code, name, land, country in rows}, today)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all countries and regions where somebody is, or which somebody serves."""
        codes = {*self.kinds, *self.columns.served, *self.names}
        return frozenset(codes | {code[:2] for code in codes})

    @cached_property
    def kinds(self) -> Mapping[str, Mapping[str, int]]:
        """For each code the number of entries of each kind."""
        return self._kinds("country_code") | self._kinds("region_code")

    def place(self, code: str) -> RegionCount | None:
        """A country or region of ISO 3166 or of the directory. None for any other code."""
        known = region_named(code) if "-" in code else country_named(code)
        if known is None and code not in self.codes:
            return None
        afar = self._elsewhere(code)
        delivering = int(np.count_nonzero(self.pharmacy[afar]))
        return RegionCount(
            code=code,
            name=self._name(code, known.name if known else code),
            country_code=code[:2],
            kinds=self.kinds.get(code, {}),
            afar=len(afar) - delivering,
            delivering=delivering,
        )

    def countries(self) -> list[RegionCount]:
        """All countries where somebody is or which somebody serves, in part or as a whole."""
        return [place for code in sorted(self.codes) if "-" not in code and (place := self.place(code))]

    def regions(self, country_code: str) -> list[RegionCount]:
        """The regions of a country where somebody is, or which somebody serves."""
        return [
            place for code in sorted(self.codes) if code.startswith(f"{country_code}-") and (place := self.place(code))
        ]

    def without_country(self, *, pharmacies: bool) -> int:
        """How many entries have no country."""
        return int(np.count_nonzero(self._chosen(pharmacies) & (self.columns.coded["country_code"].codes == -1)))

    def _name(self, code: str, otherwise: str) -> str:
        if code in self.names:
            return self.names[code][0]
        # Only regions of this country may be published. Each has the name of its country.
        return next((land for _, of, land in self.names.values() if of == code and land), otherwise)

    def _kinds(self, column: str) -> dict[str, dict[str, int]]:
        coded, kind = self.columns.coded[column], self.columns.coded["kind"]
        width = len(kind.values)
        rows = np.flatnonzero(self.live & (coded.codes >= 0))
        counts = np.bincount(
            coded.codes[rows].astype(np.int64) * width + kind.codes[rows], minlength=len(coded.values) * width
        )
        table = counts.reshape(len(coded.values), width) if width else np.zeros((0, 0), int)
        return {
            value: {name: int(number) for name, number in zip(kind.values, numbers, strict=True) if number}
            for value, numbers in zip(coded.values, table, strict=True)
        }

    def _inside(self, code: str) -> Numbers:
        """For each provider whether it is in the region, or in the country and in none of its regions."""
        column = self.columns.coded["region_code" if "-" in code else "country_code"]
        inside: Numbers = column.codes == column.code(code)
        return inside if "-" in code else np.asarray(inside & (self.columns.coded["region_code"].codes == -1))

    def _afar(self, code: str) -> Numbers:
        """The providers that state that they serve the place or its country, and are not inside of it."""
        served = [self.columns.served.get(one, _NONE) for one in dict.fromkeys((code, code[:2]))]
        rows = np.unique(np.concatenate(served))
        regions = self.columns.coded["region_code"]
        if "-" in code:
            there = regions.codes[rows] == regions.code(code)
        else:
            lands = self.columns.coded["country_code"]
            there = (lands.codes[rows] == lands.code(code)) & (regions.codes[rows] == -1)
        return np.asarray(rows[self.live[rows] & ~there])

    def _elsewhere(self, code: str) -> Numbers:
        """Those of `_afar` whose first place is somewhere else altogether."""
        column = self.columns.coded["region_code" if "-" in code else "country_code"]
        rows = self._afar(code)
        return np.asarray(rows[column.codes[rows] != column.code(code)])

    def count_serving(self, country_code: str) -> int:
        """How many outside a country state that they serve it or any of its regions."""
        served = [rows for code, rows in self.columns.served.items() if code[:2] == country_code]
        rows = np.unique(np.concatenate([_NONE, *served]))
        lands = self.columns.coded["country_code"]
        return int(np.count_nonzero(self.live[rows] & (lands.codes[rows] != lands.code(country_code))))

    def _chosen(self, pharmacies: bool) -> Numbers:
        return np.asarray(self.live & (self.pharmacy if pharmacies else ~self.pharmacy))

    def page_of(self, db: sqlite3.Connection, code: str, *, pharmacies: bool, page: int) -> RegionPage:
        """A page of the entries of a region; of a country, those in none of its regions. Those from afar come last.

        The order is that of a search without words: who only writes about LDN last, then recently confirmed or noted,
        evidence, last confirmation, name.
        """
        inside, chosen, afar = self._inside(code), self._chosen(pharmacies), self._afar(code)
        here, afar = self._ordered(np.flatnonzero(chosen & inside)), self._ordered(afar[chosen[afar]])
        everybody = np.concatenate([here, afar])
        pages = max(1, -(-len(everybody) // PAGE_SIZE))
        page = min(page, pages)
        first = (page - 1) * PAGE_SIZE
        found = self._rows(db, everybody[first : first + PAGE_SIZE])
        rows = tuple(row | {"reach": HERE if at < len(here) else AFAR} for at, row in enumerate(found, first))
        kind = self.pharmacy if pharmacies else ~self.pharmacy
        old = int(np.count_nonzero(inside & kind & ~self.live))
        return RegionPage(rows=rows, here=len(here), afar=len(afar), old=old, page=page, pages=pages)

    def unplaced(self, db: sqlite3.Connection, country_code: str, *, by_region: bool) -> tuple[int, tuple[Row, ...]]:
        """How many entries of a country its map cannot show, and as many of them as fit on a page, in its order.

        They have no region (`by_region`), or no place with coordinates.
        """
        lands = self.columns.coded["country_code"]
        inside = self._inside(country_code) if by_region else lands.codes == lands.code(country_code)
        if not by_region:
            inside[self.columns.place_rows] = False
        rows = self._ordered(np.flatnonzero(self.live & inside))
        return len(rows), self._rows(db, rows[:PAGE_SIZE])

    def _rows(self, db: sqlite3.Connection, rows: Numbers) -> tuple[Row, ...]:
        ids = self.columns.ids[rows].tolist()
        by_id = {row["id"]: row for row in fetch_rows(db, _ROWS, json.dumps(ids))}
        return tuple(by_id[number] for number in ids)

    def _ordered(self, rows: Numbers) -> Numbers:
        sunk = self.columns.current[rows] < self.day - SINKS_AFTER_DAYS
        return rows[np.lexsort((self.columns.best[rows], sunk, self.columns.only_writes[rows]))]


_NONE = np.zeros(0, np.int64)
