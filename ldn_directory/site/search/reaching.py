"""Who can be reached from a place: in person within a distance, by video from its region, or nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ldn_directory.build.wordindex import Numbers
from ldn_directory.places import Place
from ldn_directory.places.geometry import EARTH_KM, KM_A_DEGREE

from .columns import Columns

IN_PERSON, BY_VIDEO, NOT_STATED = 1, 2, 3
"""Groups; 0 is out of reach."""
AREAS = ("region", "country")
FAR = np.float32(65_000)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reach:
    """For each provider its group and, where it is known, the distance of its nearest place."""

    groups: Numbers
    distances: Numbers | None
    """Kilometres; None if the place asked for is a whole region or country."""
    places: Numbers | None
    """Which of the columns' places is the nearest."""


def reach_of(columns: Columns, place: Place, within_km: float) -> Reach:
    """Who can be reached from a place. A region or country reaches whoever is in it, without distances."""
    groups = np.zeros(columns.size, np.int8)
    for rows in _not_stated(columns, place):
        groups[rows] = NOT_STATED
    for code in {place.region_code, place.country_code} - {None}:
        groups[columns.served.get(str(code), [])] = BY_VIDEO
    if place.located_by in AREAS:
        groups[_inside(columns, place)] = IN_PERSON
        return Reach(groups=groups, distances=None, places=None)
    nearest, distances = near(columns, place.point, within_km)
    rows = columns.place_rows[nearest]
    order = np.argsort(-distances, kind="stable")
    kilometres = np.full(columns.size, FAR, np.float32)
    places = np.full(columns.size, -1, np.int32)
    # The nearest is written last.
    kilometres[rows[order]], places[rows[order]] = distances[order], nearest[order]
    groups[rows] = IN_PERSON
    return Reach(groups=groups, distances=kilometres, places=places)


def near(columns: Columns, point: tuple[float, float], within_km: float) -> tuple[Numbers, Numbers]:
    """(places within the distance, their distances in kilometres), in no order."""
    latitude, longitude = point
    up = within_km / KM_A_DEGREE
    first, last = np.searchsorted(columns.latitudes, [latitude - up, latitude + up + 1e-9])
    candidates = np.arange(first, last, dtype=np.int32)
    # Beside a pole every longitude is near; elsewhere a band of them, which may cross the antimeridian.
    edge = min(89.9, abs(latitude) + up)
    side = np.degrees(np.arcsin(min(1.0, np.sin(min(np.pi / 2, within_km / EARTH_KM)) / np.cos(np.radians(edge)))))
    if abs(latitude) + up < 89.9 and side < 90:
        away = np.abs((columns.longitudes[first:last] - longitude + 180) % 360 - 180)
        candidates = candidates[away <= side + 1e-9]
    distances = distances_km(point, columns.latitudes[candidates], columns.longitudes[candidates])
    close = distances <= within_km
    return candidates[close], distances[close]


def distances_km(point: tuple[float, float], latitudes: Numbers, longitudes: Numbers) -> Numbers:
    """Great-circle distances (haversine)."""
    here = np.radians(point[0])
    there = np.radians(latitudes)
    half = np.sin((there - here) / 2) ** 2
    half += np.cos(here) * np.cos(there) * np.sin(np.radians(longitudes - point[1]) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, half))), np.float32)


def _inside(columns: Columns, place: Place) -> Numbers:
    if place.region_code:
        column = columns.coded["region_code"]
        return np.flatnonzero(column.codes == column.code(place.region_code))
    column = columns.coded["country_code"]
    return np.flatnonzero(column.codes == column.code(place.country_code or ""))


def _not_stated(columns: Columns, place: Place) -> list[Numbers]:
    """Who may be of use here, although no list says so: telehealth without its regions; somewhere in this region."""
    country = columns.coded["country_code"]
    offers = columns.open_telehealth
    homes = country.codes[offers]
    here = country.code(place.country_code or "")
    found = [offers[(homes == here) | (homes == -1)]] if place.country_code else [offers]
    if place.region_code and place.located_by not in AREAS:
        region = columns.coded["region_code"]
        found.append(columns.unplaced[region.codes[columns.unplaced] == region.code(place.region_code)])
    return found
