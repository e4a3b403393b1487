"""The table of places: unpacked from the file that ships with the package, opened, and looked up by code or name."""

from __future__ import annotations

import lzma
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import cos, radians, sqrt
from pathlib import Path
from types import TracebackType
from typing import Self

from ldn_directory.normalize.regions import country_named
from ldn_directory.normalize.towns import place_key
from ldn_directory.storage import open_read_only, write_atomically

from .folding import postcode_key
from .geometry import KM_A_DEGREE, Point, cells_within, distance_km

PACKED = Path(__file__).with_name("places.db.xz")
"""The table as it ships; `tools/pack_places.py` makes it."""
VERSION = 3
"""Of the tables' columns and content: raise it with every new packed table, so that older gazetteers are replaced."""
NEAR_KM = 25.0
"""Two places of one name this near each other are one place; a point this near a region's settlements is in it."""
DOMINANT = 20
"""How many times the inhabitants of all its namesakes together a town must have to be meant without its region."""
DOMINANT_FROM = 100_000
LONGER_NAME = 0.2
"""What the inhabitants count if the name is the beginning of the town's own (`New York` of New York City)."""
OTHER_NAME = 0.02
"""... or another of its names."""
FROM_KM = 5.0
"""To say where a point is, a town counts by its inhabitants over the square of the distance, which counts from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point in degrees, and how far off it may be."""

    latitude: float
    longitude: float
    precision_km: float
    located_by: str
    """`source` (the list's own point), `postcode`, `city`, `region`, `country` or `point` (typed as such)."""
    name: str = ""
    """For people: `Portland, Oregon, United States`."""
    region_code: str | None = None
    country_code: str | None = None
    near: str = ""
    """The town near a point that was typed: `Leeds`."""
    people: float = 0.0
    """How many live there, where the place was found by a name; less if that is not its usual name."""
    written: str = field(default="", compare=False)
    """Another name of the town by which somebody asked for it: `München`."""

    @property
    def town(self) -> str:
        """Its own name, without its region and country, as somebody asked for it."""
        return self.written or self.name.partition(",")[0]

    @property
    def point(self) -> Point:
        """Latitude, longitude."""
        return self.latitude, self.longitude


@dataclass(frozen=True, slots=True)
class Town:
    """A town of the table; `population` is 0 where it is not known."""

    name: str
    country_code: str
    region: int
    point: Point
    population: int
    precision_km: float
    weight: float
    """How likely the name that was looked up means this town: its population, less where that is not its usual name."""


def unpack(path: Path) -> dict[str, int]:
    """Writes the gazetteer that ships with the package to `path`, whole or not at all, and returns its counts.

    Raises OSError if the packed table is missing or the file cannot be written, ValueError if the table is damaged.
    """
    if not PACKED.exists():
        raise FileNotFoundError(f"the packed table of places is missing: {PACKED}; install the package again")
    try:
        content = lzma.decompress(PACKED.read_bytes())
    except lzma.LZMAError as error:
        raise ValueError(f"the packed table of places is damaged: {PACKED} ({error}); install it again") from None
    draft = path.with_name(f".{path.name}.{os.getpid()}.unpacked.part")
    try:
        write_atomically(draft, content)
        with PlaceTable.open(draft) as table:
            counts = table.counts()
        draft.replace(path)
    except (sqlite3.Error, ValueError):
        raise ValueError(f"the packed table of places is damaged: {PACKED}; install the package again") from None
    finally:
        draft.unlink(missing_ok=True)
    return counts


class PlaceTable:
    """A gazetteer file, open for reading; may be shared by threads."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._regions: dict[str, Place] = {}
        self._region_numbers: dict[str, int] = {}
        for number, code, name, country_code, *row in db.execute("SELECT * FROM regions"):
            self._regions[code] = _area_place("region", row, name, code, country_code)
            self._region_numbers[code] = number
        self._region_codes = {number: code for code, number in self._region_numbers.items()}
        self._countries: dict[str, Place] = {}
        self._code_lengths: dict[str, int] = {}
        for code, name, *row, length in db.execute("SELECT * FROM countries"):
            if row[0] is not None:
                self._countries[code] = _area_place("country", row, name, None, code)
            if length:
                self._code_lengths[code] = length
        self.towns_named = lru_cache(maxsize=20_000)(self._towns_named)
        self._people = lru_cache(maxsize=1)(self._count_people)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the gazetteer at `path`.

        Raises FileNotFoundError if there is none, ValueError if it is of another version of the project.
        """
        if not path.is_file():
            raise FileNotFoundError(f"there is no gazetteer at {path}; `ldn gazetteer` makes one")
        db = open_read_only(path, immutable=True, any_thread=True)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            db.close()
            raise ValueError(f"{path} is a gazetteer of version {version}, not {VERSION}; `ldn gazetteer` renews it")
        return cls(db)

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind, and how many points were dropped as wrong."""
        return dict(self.db.execute("SELECT name, number FROM counts"))

    def town_at(self, point: Point) -> Place | None:
        """The town by which people would say where a point is: near, and large; None if there is none within 25 km.

        Its region and country are those of the settlement nearest to the point.
        """
        up, side = NEAR_KM / KM_A_DEGREE, NEAR_KM / (KM_A_DEGREE * max(0.01, cos(radians(point[0]))))
        rows = self.db.execute(
            "SELECT latitude_e4, longitude_e4, region, country_code, population, name FROM towns"
            " WHERE latitude_e4 BETWEEN ? AND ? AND longitude_e4 BETWEEN ? AND ?",
            [round(1e4 * edge) for edge in (point[0] - up, point[0] + up, point[1] - side, point[1] + side)],
        )
        near = [(distance_km(point, (row[0] / 1e4, row[1] / 1e4)), *row) for row in rows]
        near = [town for town in near if town[0] <= NEAR_KM]
        if not near:
            return None
        _, _, _, region, country_code, _, _ = min(near)
        away_km, north, east, of_region, land, people, name = max(
            near, key=lambda town: (town[5] + 1) / (town[0] + FROM_KM) ** 2
        )
        return Place(
            latitude=north / 1e4,
            longitude=east / 1e4,
            precision_km=round(away_km, 1),
            located_by="city",
            name=self.describe(name, self._region_codes.get(of_region), land),
            region_code=self._region_codes.get(region),
            country_code=country_code,
            people=people,
        )

    def people_in(self, code: str) -> int:
        """How many live in the towns of a region or country, by its ISO 3166 code."""
        return self._people().get(code, 0)

    def _count_people(self) -> dict[str, int]:
        people: dict[str, int] = {}
        for land, region, number in self.db.execute(
            "SELECT country_code, region, sum(population) FROM towns GROUP BY country_code, region"
        ):
            for code in filter(None, (land, self._region_codes.get(region))):
                people[code] = people.get(code, 0) + number
        return people

    def region(self, code: str | None) -> Place | None:
        """The middle of a region by its ISO 3166-2 code."""
        return self._regions.get(code or "")

    def country(self, code: str | None) -> Place | None:
        """The middle of a country by its ISO 3166-1 code."""
        return self._countries.get(code or "")

    def postcode(self, code: str, country_code: str) -> Place | None:
        """The middle of a postal code's area, as far as the table knows the code."""
        key = postcode_key(code, country_code, self._code_lengths.get(country_code))
        row = self.db.execute(
            "SELECT region, latitude_e4, longitude_e4, precision_dkm FROM postcodes"
            " WHERE code = ? AND country_code = ?",
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
            name=self.describe(key, region_code, country_code),
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
        town = _unambiguous(towns, 0 if region_code in self._regions else DOMINANT_FROM)
        return self.town_place(town, towns) if town else None

    def towns_in(self, towns: Iterable[Town], country_code: str | None, region_code: str | None) -> list[Town]:
        """Those of the towns that are in a country and, where the table knows it, in a region."""
        number = self._region_numbers.get(region_code or "")
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
            name=self.describe(town.name, region_code, town.country_code),
            region_code=region_code,
            country_code=town.country_code,
            people=sqrt(town.weight * town.population),
        )

    def describe(self, name: str, region_code: str | None, country_code: str) -> str:
        """The name with its region and country: `Portland, Oregon, United States`."""
        region, country = self.region(region_code), country_named(country_code)
        parts = (name, region.name.partition(",")[0] if region else "", country.name if country else country_code)
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def is_inside(self, point: Point, country_code: str | None, region_code: str | None) -> bool:
        """Whether a settlement of the region (or country, or of any) is near the point."""
        number = self._region_numbers.get(region_code or "")
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
            Town(name, land, region, (north / 10_000, east / 10_000), people, dkm / 10, _weight(key, name, people))
            for name, land, region, north, east, people, dkm in rows
        )
        return tuple(sorted(towns, key=lambda town: -town.weight))


def precision_of(point: Point) -> float:
    """How far off a point may be by the decimals that it was stated with, in km; a house at best."""
    decimals = max(len(repr(float(degrees)).partition(".")[2].rstrip("0")) for degrees in point)
    return round(max(0.1, KM_A_DEGREE / 2 * 10.0**-decimals), 1)


def _unambiguous(towns: Sequence[Town], least: float) -> Town | None:
    """The only town, one of a cluster, or one of at least this weight that dwarfs its namesakes; else None."""
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
