"""The providers of a published directory as one array per column, with the same provider at the same index in each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ldn_directory.model import EVIDENCE_RANK, Grade
from ldn_directory.publish.word_index import WordIndex

Numbers = npt.NDArray[Any]
K = TypeVar("K")
SINGLE_VALUED = ("kind", "country", "region", "telehealth", "accepts_new", "evidence", "grade")
"""Columns that hold one value."""
MULTI_VALUED = ("languages", "source")
UNKNOWN_IS_A_VALUE = frozenset({"telehealth", "accepts_new"})
CHUNK = 5_000
MOST_DAYS = 8
MOST_MASKS = 48
MOST_COUNTRIES = 32
"""Sizes of the caches."""
MOST_COMBINATIONS = 3_000
"""So many are counted in less time than the providers are."""
BAND_DEGREES = 0.5
"""Height of a band of latitude."""
BAND_KEYS = 1_000.0
"""The difference between the keys of two bands, of which longitudes use 360."""
EPOCH = date(1970, 1, 1).toordinal()
_PROVIDERS = """
SELECT id, kind, country, region, telehealth, accepts_new, evidence, {grade}, languages, source, sources, country_code,
  region_code, last_confirmed, coalesce({current_as_of}, last_confirmed, first_seen)
FROM providers ORDER BY id
"""
_SINCE_GRADES = ("grade", "current_as_of")
"""Columns that directories of earlier versions lack."""
NEVER = "0001-01-01"
"""The day of what was never confirmed, before all others."""
_EXACT = """
latitude IS NOT NULL AND longitude IS NOT NULL AND coalesce(located_by, 'source') IN ('source', 'postcode', 'city')
"""
_LOCATIONS = f"""
SELECT provider, iif(l.latitude = p.latitude AND l.longitude = p.longitude AND l.city IS p.city, 0, l.id),
  l.latitude, l.longitude
FROM (SELECT * FROM locations WHERE {_EXACT}) AS l JOIN providers AS p ON p.id = l.provider
UNION ALL SELECT id, 0, latitude, longitude FROM providers WHERE {_EXACT}
  AND id NOT IN (SELECT provider FROM locations WHERE latitude IS NOT NULL)
ORDER BY 1, 2
"""
"""A provider's first place has the number 0: the provider's own row describes it."""


@dataclass(frozen=True, eq=False, slots=True)
class Categorical:
    """A column of few different texts: for each of `rows` the code of its value, -1 for none."""

    values: list[str]
    codes: Numbers
    rows: Numbers | None = None
    """The provider of each code, rising; None if every provider has exactly one."""

    def codes_of(self, rows: Numbers) -> Numbers:
        """The codes of all values of these rows, in no particular order."""
        if self.rows is None:
            return np.asarray(self.codes[rows])
        if len(rows) * 8 > len(self.rows):
            wanted = np.zeros(max(int(self.rows.max(initial=0)), int(rows.max(initial=0))) + 1, bool)
            wanted[rows] = True
            return np.asarray(self.codes[wanted[self.rows]])
        starts, ends = np.searchsorted(self.rows, rows), np.searchsorted(self.rows, rows, "right")
        sizes = ends - starts
        return np.asarray(self.codes[np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())])

    def code(self, value: str) -> int:
        """The code of a value; -2, which no row has, for an unknown one."""
        return self.values.index(value) if value in self.values else -2

    def has(self, value: str, rows: Numbers) -> Numbers:
        """For each of the rows whether it has the value."""
        wanted = self.code(value)
        if self.rows is None:
            return np.asarray(self.codes[rows] == wanted)
        return np.isin(rows, self.rows[self.codes == wanted])


@dataclass(frozen=True, eq=False, slots=True)
class Combined:
    """Several columns of one value each as one column, so that they are counted together."""

    codes: Numbers
    """For each provider the code of its combination of values."""
    parts: Mapping[str, Numbers]
    """For each column the code of its value, plus one, in each combination."""

    @classmethod
    def all_of(cls, columns: Mapping[str, Categorical]) -> tuple[Combined, ...]:
        """Combines columns in which each provider has exactly one code, as long as the combinations are few."""
        found: list[Combined] = []
        codes, parts, combinations = np.zeros(0, np.int64), dict[str, Numbers](), 0
        for name, column in columns.items():
            own, width = column.codes.astype(np.int64) + 1, len(column.values) + 1
            if parts and combinations * width > MOST_COMBINATIONS:
                found.append(cls(codes.astype(np.int32), parts))
                parts = {}
            if not parts:
                codes, parts, combinations = own, {name: np.arange(width)}, width
                continue
            codes = codes * width + own
            present = np.flatnonzero(np.bincount(codes, minlength=combinations * width))
            number = np.zeros(combinations * width, np.int64)
            number[present] = np.arange(len(present))
            codes, combinations = number[codes], len(present)
            parts = {other: part[present // width] for other, part in parts.items()} | {name: present % width}
        return (*found, cls(codes.astype(np.int32), parts)) if parts else ()

    def counts(self, rows: Numbers) -> dict[str, Numbers]:
        """For each column how many of the rows have each code, from -1 on."""
        combinations = np.bincount(self.codes[rows], minlength=len(next(iter(self.parts.values()))))
        return {name: np.bincount(part, combinations).astype(np.int64) for name, part in self.parts.items()}


class RecentCache(Generic[K]):
    """The arrays that were made for the last few keys."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[K, Numbers] = {}

    def get(self, key: K, make: Callable[[], Numbers], if_kept: Callable[[Numbers], bool] = lambda _: True) -> Numbers:
        """The array of a key. `if_kept` decides whether a new one is kept."""
        if (kept := self._kept.get(key)) is not None:
            return kept
        made = make()
        if if_kept(made):
            if len(self._kept) >= self._most:
                self._kept.pop(next(iter(self._kept), key), None)
            self._kept[key] = made
        return made

    def clear(self) -> None:
        """Forgets all keys."""
        self._kept.clear()


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Everything that a search looks at. Read once for a published file, shared by threads and never changed."""

    index: WordIndex
    ids: Numbers
    coded: dict[str, Categorical]
    confirmed: Numbers
    """Day of the last confirmation, counted from 1970-01-01; that of NEVER if a person noted it and no more."""
    current: Numbers
    """Day as of which it is known: confirmed, or noted by a person."""
    best: Numbers
    """The rank of each provider by evidence and grade, last confirmation and name."""
    place_rows: Numbers
    place_ids: Numbers
    """The id in `locations`; 0 for the provider's own point."""
    latitudes: Numbers
    """Of the places, in radians."""
    longitudes: Numbers
    cosines: Numbers
    """Of the latitudes."""
    band_keys: Numbers
    """Keys of the places, rising: the band of latitude and the longitude within it."""
    served: dict[str, Numbers]
    """For each region or country code the rows of those who state that they serve it."""
    not_ended: Numbers | None = None
    """For each provider whether its registration has not ended, as far as registers say; None if none has ended."""
    _days: RecentCache[int] = field(default_factory=lambda: RecentCache(MOST_DAYS))
    _words: RecentCache[str] = field(default_factory=lambda: RecentCache(MOST_MASKS))
    _countries: RecentCache[str | None] = field(default_factory=lambda: RecentCache(MOST_COUNTRIES))
    _groups: RecentCache[str | None] = field(default_factory=lambda: RecentCache(MOST_COUNTRIES))

    @property
    def size(self) -> int:
        """How many providers there are."""
        return len(self.ids)

    @cached_property
    def states_where(self) -> Numbers:
        """For each provider whether it states which regions it serves."""
        stated = np.zeros(self.size, bool)
        for rows in self.served.values():
            stated[rows] = True
        return stated

    @cached_property
    def combined(self) -> tuple[Combined, ...]:
        """The columns of one value each, combined."""
        columns = {name: self.coded[name] for name in ("country", "region", *SINGLE_VALUED, *MULTI_VALUED)}
        return Combined.all_of({name: column for name, column in columns.items() if column.rows is None})

    def current_since(self, day: int) -> Numbers:
        """For each provider whether it was confirmed or noted on that day or later."""
        return self._days.get(day, lambda: self.current >= day)

    @cached_property
    def only_writes(self) -> Numbers:
        """For each provider whether its page only writes about LDN, as far as is known."""
        return _only_writes(self.coded)

    def clear_cache(self) -> None:
        """Forgets which words visitors typed."""
        self._words.clear()

    def cached_mask(self, word: str, make: Callable[[], Numbers]) -> Numbers:
        """What `make` returns for a word. Only masks of frequent words are kept."""
        return self._words.get(word, make, if_kept=lambda mask: int(mask.sum()) > self.size // 100)

    def may_be_reached(self, country_code: str | None) -> Numbers:
        """For each provider whether it may be reached from a country, although it states no regions that it serves.

        It offers telehealth, in this country or in one that is not known, or is somewhere in this country.
        """

        def make() -> Numbers:
            telehealth, country = self.coded["telehealth"], self.coded["country_code"]
            offers = telehealth.codes == telehealth.code("yes")
            if country_code:
                inside = country.codes == country.code(country_code)
                offers &= inside | (country.codes == -1)
                offers |= inside & self.has_no_place & (self.coded["region_code"].codes == -1)
            return np.asarray(offers & ~self.states_where)

        return self._countries.get(country_code, make)

    def groups_by_country(self, country_code: str | None, inside: int, unknown: int) -> Numbers:
        """For each provider `inside` if it is in the country, `unknown` if no country is known of it, else 0."""

        def make() -> Numbers:
            country = self.coded["country_code"]
            groups = (country.codes == -1) * np.int8(unknown)
            if country_code:
                groups[country.codes == country.code(country_code)] = inside
            return np.asarray(groups)

        return self._groups.get(country_code, make)

    @cached_property
    def has_no_place(self) -> Numbers:
        """For each provider whether it has no place more exact than a region."""
        without_place = np.ones(self.size, bool)
        without_place[self.place_rows] = False
        return without_place

    @cached_property
    def without_place(self) -> Numbers:
        """The rows of providers without a place more exact than a region."""
        return np.flatnonzero(self.has_no_place)

    @cached_property
    def places_by_row(self) -> tuple[Numbers, Numbers]:
        """(the places in the order of their providers, where those of each provider begin; one more at the end)."""
        order = np.argsort(self.place_rows, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.place_rows[order], np.arange(self.size + 1)).astype(np.int32)

    @classmethod
    def of(cls, db: sqlite3.Connection) -> Columns:
        """Reads a published directory."""
        index = WordIndex.read(db) or WordIndex.build(db)
        ids, coded, moments, current = _providers(db)
        evidence = coded["evidence"]
        ranks = np.array([EVIDENCE_RANK.get(value, 9) for value in evidence.values] or [0])[evidence.codes]
        order = np.lexsort((index.by_name, -moments, _only_writes(coded), ranks))
        best = np.empty(len(ids), np.int32)
        best[order] = np.arange(len(ids))
        places = _places(db)
        return cls(
            index=index,
            ids=ids,
            coded=coded,
            confirmed=_days(moments),
            current=_days(current),
            best=best,
            served=_providers_serving(db, ids),
            not_ended=_active_mask(db, ids),
            place_rows=np.searchsorted(ids, places[:, 0].astype(np.int64)).astype(np.int32),
            place_ids=places[:, 1].astype(np.int64),
            latitudes=np.radians(places[:, 2]).astype(np.float32),
            longitudes=np.radians(places[:, 3]).astype(np.float32),
            cosines=np.cos(np.radians(places[:, 2])).astype(np.float32),
            band_keys=places[:, 4].copy(),
        )


class _CategoricalBuilder:
    """Gives each text a code as it comes."""

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
        # Counting many rows mostly waits for memory, so the codes are as small as possible.
        size = len(self.numbers)
        kind = np.int8 if size < 100 else np.int16 if size < 30_000 else np.int32
        codes = np.concatenate([np.zeros(0, kind), *(codes.astype(kind) for codes in self.codes)])
        rows = np.concatenate(self.rows) if self.rows else None
        if rows is not None and len(rows) == self.size and np.array_equal(rows, np.arange(self.size)):
            rows = None
        return Categorical(list(self.numbers), codes, rows)


def _only_writes(coded: Mapping[str, Categorical]) -> Numbers:
    grade = coded["grade"]
    return np.asarray(grade.codes == grade.code(Grade.WRITES_ABOUT))


def _days(seconds: Numbers) -> Numbers:
    return (seconds // 86_400).astype(np.int32)


def _providers(db: sqlite3.Connection) -> tuple[Numbers, dict[str, Categorical], Numbers, Numbers]:
    """(ids, values of columns, seconds of the last confirmation, seconds as of which each is known)."""
    known = {column for _, column, *_ in db.execute("PRAGMA table_info(providers)")}
    query = _PROVIDERS.format(**{name: name if name in known else "NULL" for name in _SINCE_GRADES})
    coders = {name: _CategoricalBuilder() for name in (*SINGLE_VALUED, *MULTI_VALUED, "country_code", "region_code")}
    ids, moments, current = [np.zeros(0, np.int64)], [np.zeros(0, "datetime64[s]")], [np.zeros(0, "datetime64[s]")]
    row = 0
    for chunk in _chunks(db.execute(query)):
        columns = list(zip(*chunk, strict=True))
        ids.append(np.array(columns[0], np.int64))
        for name, texts in zip(SINGLE_VALUED, columns[1:8], strict=True):
            coders[name].add([text or "unknown" for text in texts] if name in UNKNOWN_IS_A_VALUE else texts)
        coders["languages"].add_many(row, [[part for part in (text or "").split(", ") if part] for text in columns[8]])
        coders["source"].add_many(row, list(map(_all_sources, columns[9], columns[10])))
        coders["country_code"].add(columns[11])
        coders["region_code"].add(columns[12])
        moments.append(np.array([(text or NEVER)[:19] for text in columns[13]], "datetime64[s]"))
        current.append(np.array([(text or NEVER)[:19] for text in columns[14]], "datetime64[s]"))
        row += len(chunk)
    seconds, as_of = (np.concatenate(one).astype(np.int64) for one in (moments, current))
    coded = {name: coder.coded() for name, coder in coders.items()}
    return np.concatenate(ids), coded, seconds, as_of


def _all_sources(first: str, listed: str) -> Sequence[str]:
    if listed == f'["{first}"]':
        return (first,)
    try:
        found = json.loads(listed)
    except ValueError:
        return (first,)
    return list(dict.fromkeys([first, *map(str, found)])) if isinstance(found, list) else (first,)


def _places(db: sqlite3.Connection) -> Numbers:
    """One row per place: provider, id, latitude, longitude and key of its band, ordered by key."""
    chunks = [np.array(chunk, float) for chunk in _chunks(db.execute(_LOCATIONS))]
    places = np.concatenate([np.zeros((0, 4)), *chunks])
    keys = np.floor((places[:, 2] + 90) / BAND_DEGREES) * BAND_KEYS + places[:, 3] + 180
    order = np.argsort(keys, kind="stable")
    return np.column_stack([places, keys])[order]


def _providers_serving(db: sqlite3.Connection, ids: Numbers) -> dict[str, Numbers]:
    found: dict[str, list[int]] = {}
    for code, provider in db.execute("SELECT region_code, provider FROM serves ORDER BY region_code, provider"):
        found.setdefault(code, []).append(provider)
    return {code: np.searchsorted(ids, np.array(providers, np.int64)) for code, providers in found.items()}


def _active_mask(db: sqlite3.Connection, ids: Numbers) -> Numbers | None:
    try:
        ended = [identity for (identity,) in db.execute("SELECT id FROM providers WHERE register_state = 'inactive'")]
    except sqlite3.OperationalError as error:
        if "no such column" in str(error):
            # The directory was published by an earlier version.
            return None
        raise
    return ~np.isin(ids, ended) if ended else None


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
