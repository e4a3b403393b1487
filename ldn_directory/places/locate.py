"""Where a listing is, from the gazetteer alone: never finer than what the listing states, and no guess between two."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, radians
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ldn_directory.normalize.regions import country_named

from .folding import place_key, postcode_key
from .gazetteer import VERSION
from .geometry import Point, cells_within, distance_km, is_on_earth

NEAR_KM = 25.0
"""Two places of one name this near each other are one place; a point this near a region's settlements is in it."""
DOMINANT = 20
"""How many times the inhabitants of all its namesakes together a town must have to be meant without its region."""
DOMINANT_FROM = 100_000
LONGER_NAME = 0.2
"""What the inhabitants count if the name is the beginning of the town's own (`New York` of New York City)."""
OTHER_NAME = 0.02
"""... or another of its names."""
KM_PER_DEGREE = 111.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point in degrees, and how far off it may be."""

    latitude: float
    longitude: float
    precision_km: float
    located_by: str
    """`source` (the list's own point), `postcode`, `city`, `region`, `country` or `point` (typed as such)."""
    name: str = ""
    """What was found, for people: `Portland, Oregon, United States`."""
    region_code: str | None = None
    country_code: str | None = None

    @property
    def point(self) -> Point:
        """Latitude, longitude."""
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class Town:
    """A town of the gazetteer; `population` is 0 where it is not known."""

    name: str
    country_code: str
    region: int
    point: Point
    population: int
    precision_km: float
    weight: float
    """How much the name that was looked up points to it: its population, less where that is not its usual name."""


class Located(Protocol):
    """What of a listing says where it is."""

    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def postcode(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...
    @property
    def region_code(self) -> str | None: ...
    @property
    def country_code(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Region:
    number: int
    place: Place


class Gazetteer:
    """A built gazetteer, open for reading; may be shared by threads."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._regions = {
            code: _Region(number, _area_place("region", row, name, code, country_code))
            for number, code, name, country_code, *row in db.execute("SELECT * FROM regions")
        }
        self._region_codes = {region.number: code for code, region in self._regions.items()}
        self._countries: dict[str, Place] = {}
        self._code_lengths: dict[str, int] = {}
        for code, name, *row, length in db.execute("SELECT * FROM countries"):
            if row[0] is not None:
                self._countries[code] = _area_place("country", row, name, None, code)
            if length:
                self._code_lengths[code] = length
        self.towns_named = lru_cache(maxsize=20_000)(self._towns_named)
        self._found = lru_cache(maxsize=2_000)(self._find)

    @classmethod
    def open(cls, path: Path) -> Gazetteer:
        """Opens the gazetteer at `path`.

        Raises FileNotFoundError if there is none, ValueError if it was built by another version of the project.
        """
        if not path.is_file():
            raise FileNotFoundError(f"there is no gazetteer at {path}; `ldn gazetteer` makes one")
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            db.close()
            raise ValueError(f"the gazetteer at {path} is of version {version}, not {VERSION}: build it again")
        return cls(db)

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    def __enter__(self) -> Gazetteer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def forget_asked(self) -> None:
        """Forgets which texts were looked up."""
        self.towns_named.cache_clear()
        self._found.cache_clear()

    def locate(self, listing: Located) -> Place | None:
        """Where the listing is: by its own point, its postal code, its city, its region; None if that leaves it open."""
        region_code = listing.region_code
        country_code = listing.country_code or (region_code[:2] if region_code else None)
        return (
            self._own_point(listing, region_code, country_code)
            or self._by_postcode(listing, region_code, country_code)
            or self._by_city(listing, region_code, country_code)
            or self.region(region_code)
        )

    def find(self, text: str, country_code: str | None = None) -> list[Place]:
        """The places that a person may mean by `text`, likeliest first: a postal code, town, region, country or point."""
        return list(self._found(text, country_code))

    def _find(self, text: str, country_code: str | None) -> tuple[Place, ...]:
        from .find import found_by

        return tuple(found_by(self, text, country_code))

    def known(self, text: str, country_code: str | None = None) -> list[Place]:
        """The places that are called exactly `text`, likeliest first; what is misspelt means nothing."""
        from .find import known_by

        return known_by(self, text, country_code)

    def area_at(self, point: Point) -> tuple[str | None, str] | None:
        """(region code, country code) of the settlement nearest to a point; None if there is none within 25 km."""
        up, side = NEAR_KM / KM_PER_DEGREE, NEAR_KM / (KM_PER_DEGREE * max(0.01, cos(radians(point[0]))))
        rows = self.db.execute(
            "SELECT latitude_e4, longitude_e4, region, country_code FROM towns WHERE latitude_e4 BETWEEN ? AND ?"
            " AND longitude_e4 BETWEEN ? AND ?",
            [round(1e4 * edge) for edge in (point[0] - up, point[0] + up, point[1] - side, point[1] + side)],
        )
        near = sorted((distance_km(point, (row[0] / 1e4, row[1] / 1e4)), row[2], row[3]) for row in rows)
        if not near or near[0][0] > NEAR_KM:
            return None
        return self._region_codes.get(near[0][1]), near[0][2]

    def region(self, code: str | None) -> Place | None:
        """The middle of a region by its ISO 3166-2 code."""
        known = self._regions.get(code or "")
        return known.place if known else None

    def country(self, code: str | None) -> Place | None:
        """The middle of a country by its ISO 3166-1 code."""
        return self._countries.get(code or "")

    def postcode(self, code: str, country_code: str) -> Place | None:
        """The middle of a postal code's area, as far as the gazetteer knows the code."""
        key = postcode_key(code, country_code, self._code_lengths.get(country_code))
        row = self.db.execute(
            "SELECT region, latitude_e4, longitude_e4, precision_dkm FROM postcodes WHERE code = ? AND country_code = ?",
            (key, country_code),
        ).fetchone()
        if row is None:
            return None
        region_code = self._region_codes.get(row[0])
        return Place(
            latitude=row[1] / 10_000,
            longitude=row[2] / 10_000,
            precision_km=row[3] / 10,
            located_by="postcode",
            name=self.described(key, region_code, country_code),
            region_code=region_code,
            country_code=country_code,
        )

    def postcode_countries(self, code: str) -> list[str]:
        """Codes of the countries in which the whole text is a known postal code."""
        keys = {
            (postcode_key(code, country_code, self._code_lengths.get(country_code)), country_code)
            for country_code in self._countries
        }
        wanted = {key for key, _ in keys if key}
        marks = ", ".join("?" * len(wanted))
        rows = self.db.execute(f"SELECT code, country_code FROM postcodes WHERE code IN ({marks})", tuple(wanted))
        return sorted(country_code for row in rows if (row[0], country_code := row[1]) in keys)

    def town(self, name: str, country_code: str | None, region_code: str | None = None) -> Place | None:
        """The one town that is meant by the name there; None if there is none, or several."""
        towns = self.towns_in(self.towns_named(place_key(name)), country_code, region_code)
        meant = _the_one(towns, 0 if region_code in self._regions else DOMINANT_FROM)
        return self.town_place(meant, towns) if meant else None

    def towns_in(self, towns: Iterable[Town], country_code: str | None, region_code: str | None) -> list[Town]:
        """Those of the towns that are in a country and, where the gazetteer knows it, in a region."""
        number = self._regions[region_code].number if region_code in self._regions else None
        return [
            town
            for town in towns
            if (country_code is None or town.country_code == country_code) and (number is None or town.region == number)
        ]

    def town_place(self, town: Town, namesakes: Sequence[Town] = ()) -> Place:
        """The town as a place, as precise as its size and postal codes allow; namesakes nearby make it less so."""
        near = (distance_km(town.point, other.point) for other in namesakes)
        region_code = self._region_codes.get(town.region)
        return Place(
            latitude=town.point[0],
            longitude=town.point[1],
            precision_km=round(max([town.precision_km, *(away_km for away_km in near if away_km <= NEAR_KM)]), 1),
            located_by="city",
            name=self.described(town.name, region_code, town.country_code),
            region_code=region_code,
            country_code=town.country_code,
        )

    def described(self, name: str, region_code: str | None, country_code: str) -> str:
        """The name with its region and country: `Portland, Oregon, United States`."""
        region = self._regions.get(region_code or "")
        country = country_named(country_code)
        parts = (name, region.place.name.partition(",")[0] if region else "", country.name if country else country_code)
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def is_inside(self, point: Point, country_code: str | None, region_code: str | None) -> bool:
        """Whether a settlement of the region (or country, or of any) is near the point."""
        number = self._regions[region_code].number if region_code in self._regions else None
        cells = cells_within(point, NEAR_KM)
        marks = ", ".join("?" * len(cells))
        rows = self.db.execute(f"SELECT country_code, region FROM cells WHERE cell IN ({marks})", cells)
        return any(
            (country_code is None or row[0] == country_code) and (number is None or row[1] == number) for row in rows
        )

    def _towns_named(self, key: str) -> tuple[Town, ...]:
        rows = self.db.execute(
            "SELECT name, country_code, region, latitude_e4, longitude_e4, population, precision_dkm FROM names"
            " JOIN towns ON id = town WHERE key = ? ORDER BY population DESC, id",
            (key,),
        )
        towns = (
            Town(
                row[0],
                row[1],
                row[2],
                (row[3] / 10_000, row[4] / 10_000),
                row[5],
                row[6] / 10,
                _weight(key, row[0], row[5]),
            )
            for row in rows
        )
        return tuple(sorted(towns, key=lambda town: -town.weight))

    def _own_point(self, listing: Located, region_code: str | None, country_code: str | None) -> Place | None:
        """The list's own point, unless it contradicts what the listing states."""
        if listing.latitude is None or listing.longitude is None:
            return None
        point = listing.latitude, listing.longitude
        if not is_on_earth(point) or not self.is_inside(point, country_code, region_code):
            return None
        return Place(
            latitude=point[0],
            longitude=point[1],
            precision_km=precision_of(point),
            located_by="source",
            region_code=region_code,
            country_code=country_code,
        )

    def _by_postcode(self, listing: Located, region_code: str | None, country_code: str | None) -> Place | None:
        if not listing.postcode:
            return None
        if country_code is None:
            return self._by_postcode_and_city(listing.postcode, listing.city)
        found = self.postcode(listing.postcode, country_code)
        if found is None or (region_code in self._regions and found.region_code not in (None, region_code)):
            return None
        return replace(found, region_code=region_code or found.region_code)

    def _by_postcode_and_city(self, code: str, city: str | None) -> Place | None:
        """Without a country a code means something only if one country has both it and, near it, the city."""
        if not city:
            return None
        agreeing = []
        for country_code in self.postcode_countries(code):
            found = self.postcode(code, country_code)
            towns = self.towns_in(self.towns_named(place_key(city)), country_code, None)
            if found and any(distance_km(found.point, town.point) <= NEAR_KM for town in towns):
                agreeing.append(found)
        return agreeing[0] if len(agreeing) == 1 else None

    def _by_city(self, listing: Located, region_code: str | None, country_code: str | None) -> Place | None:
        if not listing.city or country_code is None:
            return None
        return self.town(listing.city, country_code, region_code)


def precision_of(point: Point) -> float:
    """How far off a point may be by the decimals that it was stated with, in km; a house at best."""
    decimals = max(len(repr(float(degrees)).partition(".")[2].rstrip("0")) for degrees in point)
    return round(max(0.1, KM_PER_DEGREE / 2 * 10.0**-decimals), 1)


def _the_one(towns: Sequence[Town], least: float) -> Town | None:
    """The town that is meant: the only one, one of a cluster, or one of this weight that dwarfs its namesakes."""
    if not towns:
        return None
    largest, *others = towns
    others = [town for town in others if distance_km(largest.point, town.point) > NEAR_KM]
    if not others:
        return largest
    dwarfs = largest.weight >= DOMINANT * sum(max(1, town.weight) for town in others)
    return largest if dwarfs and largest.weight >= least else None


def _weight(key: str, own_name: str, population: int) -> float:
    own_key = place_key(own_name)
    if own_key == key:
        return population
    return population * (LONGER_NAME if own_key.startswith(key) else OTHER_NAME)


def _area_place(located_by: str, row: Sequence[float], name: str, region_code: str | None, country_code: str) -> Place:
    country = country_named(country_code)
    shown = country.name if country else name
    return Place(
        latitude=row[0] / 10_000,
        longitude=row[1] / 10_000,
        precision_km=row[2],
        located_by=located_by,
        name=f"{name}, {shown}" if region_code else shown,
        region_code=region_code,
        country_code=country_code,
    )
