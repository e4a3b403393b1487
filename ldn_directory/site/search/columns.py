"""The providers of one published directory as arrays: a column an array, a provider the same place in each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from ldn_directory.model import EVIDENCE_RANK
from ldn_directory.publish.word_index import WordIndex

Numbers = npt.NDArray[Any]
SINGLE_VALUED = ("kind", "country", "region", "telehealth", "accepts_new", "evidence")
"""Columns that hold one value."""
MULTI_VALUED = ("languages", "source")
UNKNOWN_IS_A_VALUE = frozenset({"telehealth", "accepts_new"})
CHUNK = 5_000
MOST_DAYS = 8
MOST_MASKS = 48
MOST_COUNTRIES = 32
"""For how many countries it is remembered who offers telehealth openly."""
BAND_DEGREES = 0.5
"""Height of a band of latitude."""
BAND_KEYS = 1_000.0
"""What lies between the keys of two bands; longitudes take 360 of it."""
EPOCH = date(1970, 1, 1).toordinal()
_PROVIDERS = (
    "SELECT id, kind, country, region, telehealth, accepts_new, evidence, languages, source, sources, country_code, region_code,"
    " last_confirmed FROM providers ORDER BY id"
)
_EXACT = "latitude IS NOT NULL AND longitude IS NOT NULL AND coalesce(located_by, 'source') IN ('source', 'postcode', 'city')"
_LOCATIONS = (
    # A place that is the provider's first one is numbered 0: what is known of it stands in the provider's own row.
    "SELECT provider, iif(l.latitude = p.latitude AND l.longitude = p.longitude AND l.city IS p.city, 0, l.id), l.latitude, l.longitude"
    f" FROM (SELECT * FROM locations WHERE {_EXACT}) AS l JOIN providers AS p ON p.id = l.provider"
    f" UNION ALL SELECT id, 0, latitude, longitude FROM providers WHERE {_EXACT}"
    " AND id NOT IN (SELECT provider FROM locations WHERE latitude IS NOT NULL) ORDER BY 1, 2"
)


@dataclass(frozen=True, eq=False, slots=True)
class Categorical:
    """A column of few different texts: for each of `rows` the number of its value, -1 for none."""

    values: list[str]
    codes: Numbers
    rows: Numbers | None = None
    """The provider of each code, rising; None where every provider has exactly one, in order."""

    def codes_of(self, rows: Numbers) -> Numbers:
        """The values of these rows together, in no order."""
        if self.rows is None:
            return np.asarray(self.codes[rows])
        starts, ends = np.searchsorted(self.rows, rows), np.searchsorted(self.rows, rows, "right")
        sizes = ends - starts
        return np.asarray(self.codes[np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())])

    def code(self, value: str) -> int:
        """Number of a value; -2, which no row has, for one that is not there."""
        try:
            return self.values.index(value)
        except ValueError:
            return -2

    def has(self, value: str, rows: Numbers) -> Numbers:
        """For each of the rows whether it has the value."""
        wanted = self.code(value)
        if self.rows is None:
            return np.asarray(self.codes[rows] == wanted)
        return np.isin(rows, self.rows[self.codes == wanted])


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Everything that a search looks at. Made once for a published file; shared by threads, never changed."""

    index: WordIndex
    ids: Numbers
    coded: dict[str, Categorical]
    confirmed: Numbers
    """Day of the last confirmation, counted from 1970-01-01."""
    best: Numbers
    """Place of each when all are sorted by evidence, last confirmation, name."""
    place_rows: Numbers
    place_ids: Numbers
    """Number in `locations`, 0 where the point is the provider's own."""
    latitudes: Numbers
    """Of the places, in radians."""
    longitudes: Numbers
    cosines: Numbers
    """Of the latitudes."""
    band_keys: Numbers
    """Of the places, rising: the band of latitude, and the longitude within it."""
    served: dict[str, Numbers]
    """Region or country code -> rows of those who state that they serve it."""
    not_ended: Numbers | None = None
    """For each provider whether no register says that its registration has ended; None where that is so of all."""

    @property
    def size(self) -> int:
        """How many providers there are."""
        return len(self.ids)

    @cached_property
    def states_where(self) -> Numbers:
        """For each provider whether it states where it serves from afar."""
        stated = np.zeros(self.size, bool)
        for rows in self.served.values():
            stated[rows] = True
        return stated

    def confirmed_since(self, day: int) -> Numbers:
        """For each provider whether it was confirmed on that day or later; kept for the days asked for last."""
        if (found := self._since.get(day)) is not None:
            return found
        if len(self._since) >= MOST_DAYS:
            self._since.clear()
        mask: Numbers = self.confirmed >= day
        self._since[day] = mask
        return mask

    @cached_property
    def _since(self) -> dict[int, Numbers]:
        return {}

    @cached_property
    def has_several(self) -> Numbers:
        """For each provider whether it has more than one place."""
        return np.bincount(self.place_rows, minlength=self.size) > 1

    @cached_property
    def any_has_several(self) -> bool:
        """Whether any provider has more than one place."""
        return bool(self.has_several.any())

    @cached_property
    def _masks(self) -> dict[str, Numbers]:
        return {}

    def clear_cache(self) -> None:
        """Forgets for which words it has remembered what they find."""
        self._masks.clear()

    def cached_mask(self, word: str, made: Callable[[], Numbers]) -> Numbers:
        """What `made` gives for a word: kept for the words asked for last, if many providers have it."""
        if (found := self._masks.get(word)) is not None:
            return found
        mask = made()
        if np.count_nonzero(mask) > self.size // 100:
            if len(self._masks) >= MOST_MASKS:
                self._masks.pop(next(iter(self._masks)), None)
            self._masks[word] = mask
        return mask

    @cached_property
    def _unrestricted(self) -> dict[str | None, Numbers]:
        return {}

    def offers_telehealth_anywhere(self, country_code: str | None) -> Numbers:
        """For each provider whether it offers telehealth without stating where, and may be in the country (None: in any)."""
        if country_code not in self._unrestricted:
            telehealth, country = self.coded["telehealth"], self.coded["country_code"]
            openly = (telehealth.codes == telehealth.code("yes")) & ~self.states_where
            if country_code:
                openly &= (country.codes == country.code(country_code)) | (country.codes == -1)
            if len(self._unrestricted) >= MOST_COUNTRIES:
                self._unrestricted.clear()
            self._unrestricted[country_code] = openly
        return self._unrestricted[country_code]

    @cached_property
    def without_place(self) -> Numbers:
        """Rows of those of whom no place is known better than the region."""
        without_place = np.ones(self.size, bool)
        without_place[self.place_rows] = False
        return np.flatnonzero(without_place)

    @classmethod
    def of(cls, db: sqlite3.Connection) -> Columns:
        """Reads a published directory."""
        index = WordIndex.stored(db) or WordIndex.made(db)
        ids, coded, days, moments = _providers(db)
        evidence = coded["evidence"]
        ranks = np.array([EVIDENCE_RANK.get(value, 9) for value in evidence.values] or [0])[evidence.codes]
        order = np.lexsort((index.by_name, -moments, ranks))
        best = np.empty(len(ids), np.int32)
        best[order] = np.arange(len(ids))
        places = _places(db)
        return cls(
            index=index,
            ids=ids,
            coded=coded,
            confirmed=days,
            best=best,
            served=_served(db, ids),
            not_ended=_not_ended(db, ids),
            place_rows=np.searchsorted(ids, places[:, 0].astype(np.int64)).astype(np.int32),
            place_ids=places[:, 1].astype(np.int64),
            latitudes=np.radians(places[:, 2]).astype(np.float32),
            longitudes=np.radians(places[:, 3]).astype(np.float32),
            cosines=np.cos(np.radians(places[:, 2])).astype(np.float32),
            band_keys=places[:, 4].copy(),
        )


class _CategoricalBuilder:
    """Gives each text a number as it comes."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.codes: list[Numbers] = []
        self.rows: list[Numbers] = []
        self.size = 0

    def add(self, texts: Sequence[str | None]) -> None:
        numbers = self.numbers
        codes = [-1 if text is None else numbers.setdefault(text, len(numbers)) for text in texts]
        self.codes.append(np.array(codes, np.int32))

    def add_many(self, row: int, lists: Sequence[Sequence[str]]) -> None:
        self.size += len(lists)
        pairs = [(place, text) for place, texts in enumerate(lists, row) for text in texts]
        self.rows.append(np.array([place for place, _ in pairs], np.int32))
        self.add([text for _, text in pairs])

    def coded(self) -> Categorical:
        # Small numbers lie close together: counting many rows waits for memory more than for anything else.
        size = len(self.numbers)
        kind = np.int8 if size < 100 else np.int16 if size < 30_000 else np.int32
        codes = np.concatenate([np.zeros(0, kind), *(codes.astype(kind) for codes in self.codes)])
        rows = np.concatenate(self.rows) if self.rows else None
        if rows is not None and len(rows) == self.size and np.array_equal(rows, np.arange(self.size)):
            rows = None
        return Categorical(list(self.numbers), codes, rows)


def _providers(db: sqlite3.Connection) -> tuple[Numbers, dict[str, Categorical], Numbers, Numbers]:
    coders = {name: _CategoricalBuilder() for name in (*SINGLE_VALUED, *MULTI_VALUED, "country_code", "region_code")}
    ids, moments = [np.zeros(0, np.int64)], [np.zeros(0, "datetime64[s]")]
    row = 0
    for chunk in _chunks(db.execute(_PROVIDERS)):
        columns = list(zip(*chunk, strict=True))
        ids.append(np.array(columns[0], np.int64))
        for name, texts in zip(SINGLE_VALUED, columns[1:7], strict=True):
            coders[name].add([text or "unknown" for text in texts] if name in UNKNOWN_IS_A_VALUE else texts)
        coders["languages"].add_many(row, [[part for part in (text or "").split(", ") if part] for text in columns[7]])
        coders["source"].add_many(row, list(map(_all_sources, columns[8], columns[9])))
        coders["country_code"].add(columns[10])
        coders["region_code"].add(columns[11])
        moments.append(np.array([text[:19] for text in columns[12]], "datetime64[s]"))
        row += len(chunk)
    seconds = np.concatenate(moments).astype(np.int64)
    coded = {name: coder.coded() for name, coder in coders.items()}
    return np.concatenate(ids), coded, (seconds // 86_400).astype(np.int32), seconds


def _all_sources(first: str, listed: str) -> Sequence[str]:
    if listed == f'["{first}"]':
        return (first,)
    try:
        found = json.loads(listed)
    except ValueError:
        return (first,)
    return list(dict.fromkeys([first, *map(str, found)])) if isinstance(found, list) else (first,)


def _places(db: sqlite3.Connection) -> Numbers:
    """A row a place: provider, number, latitude, longitude, key of its band; in the order of the keys."""
    chunks = [np.array(chunk, float) for chunk in _chunks(db.execute(_LOCATIONS))]
    places = np.concatenate([np.zeros((0, 4)), *chunks])
    keys = np.floor((places[:, 2] + 90) / BAND_DEGREES) * BAND_KEYS + places[:, 3] + 180
    order = np.argsort(keys, kind="stable")
    return np.column_stack([places, keys])[order]


def _served(db: sqlite3.Connection, ids: Numbers) -> dict[str, Numbers]:
    found: dict[str, list[int]] = {}
    for code, provider in db.execute("SELECT region_code, provider FROM serves ORDER BY region_code, provider"):
        found.setdefault(code, []).append(provider)
    return {code: np.searchsorted(ids, np.array(providers, np.int64)) for code, providers in found.items()}


def _not_ended(db: sqlite3.Connection, ids: Numbers) -> Numbers | None:
    try:
        ended = [identity for (identity,) in db.execute("SELECT id FROM providers WHERE register_state = 'inactive'")]
    except sqlite3.OperationalError as error:
        if "no such column" in str(error):
            # Published by an earlier version.
            return None
        raise
    return ~np.isin(ids, ended) if ended else None


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
