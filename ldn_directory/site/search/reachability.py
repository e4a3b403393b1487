"""Who is reached how from a place: near it, in its region, by video, elsewhere in its country, or nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ldn_directory.places import Place
from ldn_directory.places.geometry import EARTH_KM, KM_A_DEGREE
from ldn_directory.publish.word_index import Numbers

from .columns import BAND_DEGREES, BAND_KEYS, Columns

GROUPS = ("near", "in_region", "by_video", "in_country", "place_unknown")
"""In the order in which they are listed. Everybody is in the first group that fits."""
NEAR, IN_REGION, BY_VIDEO, IN_COUNTRY, PLACE_UNKNOWN = range(1, 6)
"""The numbers of the groups; 0 is for those who are known to be in another country."""
BY_DISTANCE = (NEAR, IN_COUNTRY)
"""The groups in which distances count."""
IN_PERSON, SERVES, NOT_STATED = 1, 2, 3
"""Numbers of the values of `REACHES`; 0 is none of them."""
AREAS = ("region", "country")
BEYOND_ALL_KM = np.float32(26_000)
"""Farther than any place: the distance of those whose place is not known."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Reach:
    """How providers are reached from a place."""

    columns: Columns
    place: Place
    rows: Numbers
    """Rows within the distance, or in the region or country, in no particular order."""

    @property
    def is_area(self) -> bool:
        """Whether the place is a whole region or country, from which there are no distances."""
        return self.place.located_by in AREAS

    @cached_property
    def serving(self) -> Numbers:
        """Rows of those who state that they serve the place; for a country also those who serve a part of it."""
        served, land = self.columns.served, self.place.country_code
        codes = [code for code in (self.place.region_code, land) if code]
        if self.place.located_by == "country":
            codes += [code for code in served if code.startswith(f"{land}-")]
        return np.concatenate([_NONE, *(served.get(code, _NONE) for code in codes)])

    @cached_property
    def groups(self) -> Numbers:
        """The group of every provider."""
        groups = self.columns.groups_by_country(self.place.country_code, IN_COUNTRY, PLACE_UNKNOWN).copy()
        groups[self.serving] = BY_VIDEO
        groups[self._in_region_without_place] = IN_REGION
        groups[self.rows] = NEAR
        return groups

    @cached_property
    def ways(self) -> Numbers:
        """For each provider how it is reached, as `reach` states it for programs; 0 if it is in no group."""
        columns, land = self.columns, self.place.country_code
        ways = columns.may_be_reached(land) * np.int8(NOT_STATED)
        ways[self._in_region_without_place] = NOT_STATED
        ways[self.serving] = SERVES
        ways[self.rows] = IN_PERSON
        return np.asarray(ways)

    @cached_property
    def _in_region_without_place(self) -> Numbers:
        """Rows of those in the same region whose place is no better known."""
        region = self.columns.coded["region_code"]
        if not self.place.region_code:
            return _NONE
        without_place = self.columns.without_place
        return np.asarray(without_place[region.codes[without_place] == region.code(self.place.region_code)])

    def distances(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """(kilometres to the nearest place of each of the rows, the index of that place).

        BEYOND_ALL_KM and -1 for those whose place is not known.
        """
        order, starts = self.columns.places_by_row
        firsts, counts = starts[rows], starts[rows + 1] - starts[rows]
        distances, nearest = np.full(len(rows), BEYOND_ALL_KM), np.full(len(rows), -1, np.int64)
        for place in range(int(counts.max(initial=0))):
            having = np.flatnonzero(counts > place)
            places = order[firsts[having] + place]
            kilometres = distances_km(self.columns, self.place.point, places)
            closer = kilometres < distances[having]
            distances[having[closer]], nearest[having[closer]] = kilometres[closer], places[closer]
        return distances, nearest


_NONE = np.zeros(0, np.int64)


def reach_of(columns: Columns, place: Place, within_km: float, among: Numbers | None = None) -> Reach:
    """How providers are reached from a place. Everybody in a region or country is near to it.

    `among` is a mask of the providers to consider; None for all.
    """
    if place.located_by in AREAS:
        return Reach(columns=columns, place=place, rows=_places_inside(columns, place))
    nearest, _ = places_near(columns, place.point, within_km, among)
    return Reach(columns=columns, place=place, rows=columns.place_rows[nearest])


def places_near(
    columns: Columns, point: tuple[float, float], within_km: float, among: Numbers | None = None
) -> tuple[Numbers, Numbers]:
    """(places within the distance, their distances in kilometres), in no particular order."""
    candidates = _places_in_bounds(columns, point, within_km)
    if among is not None:
        candidates = candidates[among[columns.place_rows[candidates]]]
    distances = distances_km(columns, point, candidates)
    close = distances <= within_km
    return candidates[close], distances[close]


def _places_in_bounds(columns: Columns, point: tuple[float, float], within_km: float) -> Numbers:
    """The places in the bands of latitude and ranges of longitude that the distance can reach."""
    latitude, longitude = point
    up = within_km / KM_A_DEGREE + 1e-6
    south, north = max(-90.0, latitude - up), min(90.0, latitude + up)
    bands = np.arange(int((south + 90) / BAND_DEGREES), int((north + 90) / BAND_DEGREES) + 1) * BAND_KEYS
    ranges = _longitudes(abs(latitude) + up, longitude, within_km)
    firsts = np.searchsorted(columns.band_keys, np.concatenate([bands + west for west, _ in ranges]))
    lasts = np.searchsorted(columns.band_keys, np.concatenate([bands + east for _, east in ranges]), "right")
    return np.concatenate([np.arange(first, last) for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)])


def _longitudes(edge: float, longitude: float, within_km: float) -> list[tuple[float, float]]:
    """Ranges of longitude from 0 to 360: one, two across the antimeridian, or all of them near a pole."""
    if edge >= 89.9 or within_km >= EARTH_KM:
        return [(0.0, 360.0)]
    side = np.degrees(np.arcsin(min(1.0, np.sin(within_km / EARTH_KM) / np.cos(np.radians(edge))))) + 1e-6
    west, east = longitude + 180 - side, longitude + 180 + side
    if side >= 180:
        return [(0.0, 360.0)]
    if west < 0:
        return [(0.0, east), (west + 360, 360.0)]
    if east > 360:
        return [(west, 360.0), (0.0, east - 360)]
    return [(west, east)]


def distances_km(columns: Columns, point: tuple[float, float], places: Numbers) -> Numbers:
    """Great-circle distances (haversine), exact to a metre or so."""
    latitude, longitude = np.radians(point[0]).astype(np.float32), np.radians(point[1]).astype(np.float32)
    half = np.sin((columns.latitudes[places] - latitude) / 2) ** 2
    half += np.cos(latitude) * columns.cosines[places] * np.sin((columns.longitudes[places] - longitude) / 2) ** 2
    # Rounding may give slightly less than 0 near a pole, and slightly more than 1 at the antipodes.
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))), np.float32)


def _places_inside(columns: Columns, place: Place) -> Numbers:
    name, code = ("region_code", place.region_code) if place.region_code else ("country_code", place.country_code or "")
    column = columns.coded[name]
    return np.flatnonzero(column.codes == column.code(code or ""))
