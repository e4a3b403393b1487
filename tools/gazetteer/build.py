"""Builds the gazetteer from the rows of `sources.py`: cleaned, thinned out and given a precision."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from math import asin, atan2, cos, degrees, pi, radians, sin, sqrt
from pathlib import Path
from typing import NamedTuple

from ldn_directory.normalize.regions import region_named
from ldn_directory.normalize.towns import place_key
from ldn_directory.places.folding import postcode_key
from ldn_directory.places.geometry import (
    CELL_DEGREES,
    KM_A_DEGREE,
    Point,
    cell_of,
    cells_within,
    distance_km,
    is_on_earth,
)
from ldn_directory.places.table import VERSION

from .sources import INSTALLED, Sources, Town, region_name

Area = tuple[str, str | None]
"""ISO codes of a country and one of its regions, None where the region is not known."""
BAD_KM = 25.0
"""A point farther than this from everything else of its region is wrong."""
FAR_KM = 300.0
"""... unless nothing of another region is near; but nothing is this far from the rest of its country."""
ENOUGH_POINTS = 10
"""Countries with fewer points have no rest to be far from."""
COARSE = {"PT": 4, "JP": 5, "SG": 3}
"""Countries with a code for every street, and the length to which the slim gazetteer cuts them."""
MANY_NAMES_FROM = 15_000
"""Inhabitants from which the slim gazetteer keeps a town's names in every script."""
SETTLEMENTS = frozenset({"US", "CA", "GB", "IE", "AU", "NZ", "DE", "AT", "CH"})
"""Countries of whose postal table the slim gazetteer keeps the places that are missing from the table of towns."""
NAMESAKE_KM = 60.0
"""A place of the postal table this near a town of its name and region is that town."""
LEAST_TOWN_KM = 2.0
PEOPLE_PER_KM2 = 1_500
TOWN_SHARE = 0.9
"""A town's precision is the distance within which this share of the points of its postal codes lies."""
REGION_SHARE = 0.95
"""A region's precision is the distance within which this share of its settlements lies."""


class _Spot(NamedTuple):
    """One point that a package gives for a code; small, because there are a million and a half."""

    latitude: float
    longitude: float
    region_code: str | None


@dataclass(slots=True)
class _SourceRows:
    """Everything read, before it is written."""

    postcodes: dict[tuple[str, str], list[_Spot]] = field(default_factory=dict)
    places: dict[tuple[str, str, str | None], list[Point]] = field(default_factory=dict)
    names: dict[tuple[str, str, str | None], str] = field(default_factory=dict)
    towns: list[tuple[Town, str | None]] = field(default_factory=list)
    cells: dict[int, Counter[Area]] = field(default_factory=lambda: defaultdict(Counter))
    points: Counter[str] = field(default_factory=Counter)
    """How many of each country."""
    dropped: int = 0


def build_gazetteer(
    path: Path,
    *,
    full: bool = False,
    progress: Callable[[str], None] | None = None,
    sources: Sources = INSTALLED,
) -> None:
    """Builds the gazetteer at `path`, whole or not at all; `full` keeps every code, town and name.

    Calls `progress` with a description of each step. Raises FileNotFoundError if a package is missing.
    """
    report = progress or (lambda step: None)
    report("reading postal codes")
    gathered = _SourceRows()
    _gather_postcodes(gathered, sources, full)
    report("reading towns")
    _gather_towns(gathered, sources, full)
    report("leaving out bad points")
    _drop_bad_points(gathered)
    report("writing the gazetteer")
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as db:
            _write(db, gathered, sources, full)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _gather_postcodes(gathered: _SourceRows, sources: Sources, full: bool) -> None:
    for row in sources.postal_codes():
        key = postcode_key(row.code, row.country_code, None if full else COARSE.get(row.country_code))
        if not key:
            continue
        if not is_on_earth((row.latitude, row.longitude)):
            gathered.dropped += 1
            continue
        spot = _Spot(row.latitude, row.longitude, row.region_code)
        gathered.postcodes.setdefault((key, row.country_code), []).append(spot)
        point = row.latitude, row.longitude
        gathered.cells[cell_of(point)][row.country_code, row.region_code] += 1
        gathered.points[row.country_code] += 1
        if full or row.country_code in SETTLEMENTS:
            place = row.country_code, place_key(row.place), row.region_code
            gathered.places.setdefault(place, []).append(point)
            gathered.names.setdefault(place, row.place)


def _gather_towns(gathered: _SourceRows, sources: Sources, full: bool) -> None:
    towns = list(sources.towns(500 if full else 1000))
    regions = _regions_of_divisions(towns, gathered)
    for town in towns:
        region_code = regions.get((town.country_code, town.division))
        gathered.towns.append((town, region_code))
        gathered.cells[cell_of((town.latitude, town.longitude))][town.country_code, region_code] += 1


def _regions_of_divisions(towns: Iterable[Town], gathered: _SourceRows) -> dict[tuple[str, str], str]:
    """ISO 3166-2 code of each (country, division): what most postal codes near its towns say.

    The towns' package numbers the divisions in its own way, so they are recognised by where they are.
    """
    votes: dict[tuple[str, str], defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for town in towns:
        near = gathered.cells[cell_of((town.latitude, town.longitude))]
        own = {code: count for (land, code), count in near.items() if land == town.country_code and code}
        for code, count in own.items():
            votes[town.country_code, town.division][code] += count / sum(own.values())
        if region_named(f"{town.country_code}-{town.division}") and town.division.isalpha():
            votes[town.country_code, town.division][f"{town.country_code}-{town.division}"] += 3
    return {division: max(found, key=lambda code: found[code]) for division, found in votes.items() if found}


def _drop_bad_points(gathered: _SourceRows) -> None:
    """Leaves out the points that are far from their region; a code without any other is left out whole."""
    known: dict[tuple[int, Area], bool] = {}

    def is_good(point: Point, home: Area) -> bool:
        place = cell_of(point), home
        if place not in known:
            known[place] = _is_bad(point, home, gathered)
        return not known[place]

    for key, spots in list(gathered.postcodes.items()):
        good = [spot for spot in spots if is_good((spot.latitude, spot.longitude), (key[1], spot.region_code))]
        gathered.dropped += len(spots) - len(good)
        gathered.postcodes[key] = good
    gathered.postcodes = {key: spots for key, spots in gathered.postcodes.items() if spots}
    for (country_code, name, region_code), points in gathered.places.items():
        home = country_code, region_code
        gathered.places[country_code, name, region_code] = [point for point in points if is_good(point, home)]


def _is_bad(point: Point, home: Area, gathered: _SourceRows) -> bool:
    cells = gathered.cells
    here = cells[cell_of(point)]
    near: Counter[Area] = Counter()
    for cell in cells_within(point, BAD_KM):
        near.update(cells.get(cell, {}))
    # Up to two points of the region in the cell may be the same wrong code, stated twice.
    if here[home] > 2 or near[home] > here[home]:
        return False
    others = sum(count for area, count in near.items() if area[0] == home[0] and area != home)
    if others > near[home]:
        return True
    return gathered.points[home[0]] >= ENOUGH_POINTS and not _has_neighbours(home[0], point, cells)


def _has_neighbours(country_code: str, point: Point, cells: dict[int, Counter[Area]]) -> bool:
    here = cell_of(point)
    return (
        any(
            area[0] == country_code
            for cell in cells_within(point, FAR_KM)
            if cell != here
            for area in cells.get(cell, {})
        )
        or sum(count for area, count in cells[here].items() if area[0] == country_code) > 2
    )


def _write(db: sqlite3.Connection, gathered: _SourceRows, sources: Sources, full: bool) -> None:
    db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;")
    db.executescript(files("ldn_directory.places").joinpath("gazetteer.sql").read_text(encoding="utf-8"))
    regions = _write_areas(db, gathered, sources, full)
    db.executemany("INSERT INTO postcodes VALUES (?, ?, ?, ?, ?, ?)", sorted(_postcode_rows(gathered, regions)))
    _write_towns(db, gathered, regions, full)
    db.executemany("INSERT INTO attributions VALUES (?, ?, ?, ?, ?, ?)", sources.attributions())
    for table in ("postcodes", "towns", "names", "regions", "countries"):
        db.execute(f"INSERT INTO counts SELECT ?, count(*) FROM {table}", [table])
    db.execute("INSERT INTO counts SELECT 'countries_with_postcodes', count(DISTINCT country_code) FROM postcodes")
    db.execute("INSERT INTO counts VALUES ('dropped', ?)", [gathered.dropped])
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.commit()
    db.execute("VACUUM")


def _write_areas(db: sqlite3.Connection, gathered: _SourceRows, sources: Sources, full: bool) -> dict[str | None, int]:
    """Writes countries, regions and cells; gives the number of each region."""
    points: dict[str, list[Point]] = defaultdict(list)
    for rows in gathered.postcodes.values():
        for row in rows:
            if row.region_code:
                points[row.region_code].append((row.latitude, row.longitude))
    national: dict[str, list[Point]] = defaultdict(list)
    for town, region_code in gathered.towns:
        national[town.country_code].append((town.latitude, town.longitude))
        if region_code:
            points[region_code].append((town.latitude, town.longitude))
    numbers: dict[str | None, int] = {None: 0} | {code: number for number, code in enumerate(sorted(points), 1)}
    db.executemany(
        "INSERT INTO regions VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((numbers[code], code, region_name(code), code[:2], *_area(found)) for code, found in points.items()),
    )
    db.executemany(
        "INSERT INTO countries VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                code,
                name,
                *(_area(national[code]) if national[code] else (None, None, None)),
                None if full else COARSE.get(code),
            )
            for code, name in sources.countries()
        ),
    )
    db.executemany(
        "INSERT OR IGNORE INTO cells VALUES (?, ?, ?)",
        sorted(
            (cell, country_code, numbers.get(code, 0))
            for cell, areas in _cells_of(gathered)
            for country_code, code in areas
        ),
    )
    return numbers


def _cells_of(gathered: _SourceRows) -> Iterator[tuple[int, set[Area]]]:
    cells: dict[int, set[Area]] = defaultdict(set)
    for (_, country_code), rows in gathered.postcodes.items():
        for row in rows:
            cells[cell_of((row.latitude, row.longitude))].add((country_code, row.region_code))
    for town, region_code in gathered.towns:
        cells[cell_of((town.latitude, town.longitude))].add((town.country_code, region_code))
    yield from cells.items()


def _area(points: list[Point]) -> tuple[int, int, float]:
    """Middle and precision of a region or country, as they are stored."""
    centre = middle(points)
    return *_to_stored_point(centre), round(max(1.0, reach_km(centre, points, REGION_SHARE)), 1)


def _to_stored_point(point: Point) -> tuple[int, int]:
    return round(point[0] * 10_000), round(point[1] * 10_000)


def _postcode_rows(
    gathered: _SourceRows, regions: dict[str | None, int]
) -> Iterator[tuple[str, str, int, int, int, int]]:
    """A row a code: the middle of its points, and how far off that may be."""
    codes_in_cell = Counter(
        (cell_of((rows[0].latitude, rows[0].longitude)), country_code)
        for (_, country_code), rows in gathered.postcodes.items()
    )
    for (code, country_code), rows in gathered.postcodes.items():
        # A ZIP code has one point; a second row is a mistake.
        points = [(row.latitude, row.longitude) for row in (rows[:1] if country_code == "US" else rows)]
        centre = middle(points) if len(points) > 1 else points[0]
        share_km2 = cell_area_km2(centre) / max(1, codes_in_cell[cell_of(points[0]), country_code])
        spread_km = reach_km(centre, points, 0.9) if len(points) > 1 else 0.0
        precision_km = max(1.0, spread_km, radius_of_area_km(share_km2))
        yield (
            code,
            country_code,
            regions.get(rows[0].region_code, 0),
            *_to_stored_point(centre),
            round(precision_km * 10),
        )


def _write_towns(db: sqlite3.Connection, gathered: _SourceRows, regions: dict[str | None, int], full: bool) -> None:
    rows: list[tuple[int, str, str, int, int, int, int, int]] = []
    names: set[tuple[str, int]] = set()
    known: dict[tuple[str, str, int], list[Point]] = defaultdict(list)
    for number, (town, region_code) in enumerate(gathered.towns, 1):
        point = town.latitude, town.longitude
        region = regions.get(region_code, 0)
        own = gathered.places.get((town.country_code, place_key(town.name), region_code), [])
        precision_dkm = _town_precision_dkm(point, own, town.population)
        rows.append(
            (number, town.name, town.country_code, region, *_to_stored_point(point), town.population, precision_dkm)
        )
        keep_all = full or town.population >= MANY_NAMES_FROM
        for name in (town.name, *(town.other_names if keep_all else _latin(town.other_names))):
            if (key := place_key(name)) and len(key) < 60:
                names.add((key, number))
                known[town.country_code, key, region].append(point)
    for (country_code, key, region_code), points in gathered.places.items():
        region = regions.get(region_code, 0)
        for group in _clusters(points) if key else ():
            centre = middle(group)
            if any(distance_km(centre, point) < NAMESAKE_KM for point in known.get((country_code, key, region), ())):
                continue
            number = len(rows) + 1
            name = gathered.names[country_code, key, region_code]
            precision_dkm = _town_precision_dkm(centre, group, 0)
            rows.append((number, name, country_code, region, *_to_stored_point(centre), 0, precision_dkm))
            names.add((key, number))
    db.executemany("INSERT INTO towns VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO names VALUES (?, ?)", sorted(names))


def _town_precision_dkm(centre: Point, points: Iterable[Point], population: int) -> int:
    """How far off an address in the town may be, in tenths of a kilometre: by its inhabitants and its postal codes."""
    near = [point for point in points if distance_km(centre, point) < NAMESAKE_KM]
    spread_km = reach_km(centre, near, TOWN_SHARE) if near else 0.0
    return round(10 * max(LEAST_TOWN_KM, radius_of_area_km(population / PEOPLE_PER_KM2), spread_km))


def _clusters(points: Iterable[Point]) -> list[list[Point]]:
    """Groups of points that lie together: a name that stands far apart in one region is several places."""
    groups: list[list[Point]] = []
    for point in points:
        near = next((group for group in groups if distance_km(group[0], point) < BAD_KM), None)
        if near is None:
            groups.append([point])
        else:
            near.append(point)
    return groups


def _latin(names: tuple[str, ...]) -> list[str]:
    """The first few names that a Latin keyboard can type: what a small town is kept under in the slim gazetteer."""
    return [name for name in names if name.isascii()][:2]


def cell_area_km2(point: Point) -> float:
    """Area of the cell that a point lies in."""
    side_km = KM_A_DEGREE * CELL_DEGREES
    return side_km * side_km * max(0.05, cos(radians(point[0])))


def radius_of_area_km(area_km2: float) -> float:
    """Radius of the circle with this area."""
    return sqrt(area_km2 / pi)


def middle(points: Sequence[Point]) -> Point:
    """The point in the middle: the mean direction from the earth's centre, so that the date line does no harm."""
    x = y = z = 0.0
    for latitude, longitude in points:
        x += cos(radians(latitude)) * cos(radians(longitude))
        y += cos(radians(latitude)) * sin(radians(longitude))
        z += sin(radians(latitude))
    length = sqrt(x * x + y * y + z * z)
    if length == 0:
        return points[0]
    return degrees(asin(max(-1.0, min(1.0, z / length)))), degrees(atan2(y, x))


def reach_km(centre: Point, points: Iterable[Point], share: float) -> float:
    """Distance from the centre within which this share of the points lies."""
    distances = sorted(distance_km(centre, point) for point in points)
    return distances[min(len(distances) - 1, int(share * len(distances)))]
