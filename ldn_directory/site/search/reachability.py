"""Who can be reached from a place: in person within a distance, by telehealth from its region, or perhaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ldn_directory.places import Place
from ldn_directory.places.geometry import EARTH_KM, KM_A_DEGREE
from ldn_directory.publish.word_index import Numbers

from .columns import BAND_DEGREES, BAND_KEYS, Columns

IN_PERSON, BY_VIDEO, NOT_STATED = 1, 2, 3
"""Groups; 0 is out of reach."""
AREAS = ("region", "country")


@dataclass(frozen=True, eq=False, kw_only=True)
class Reach:
    """Who can be reached from a place."""

    columns: Columns
    place: Place
    rows: Numbers
    """Rows within the distance, or in the region or country, in no particular order."""
    distances: Numbers | None
    """Kilometres to the nearest place of each provider that is near; None for a whole region or country."""
    places: Numbers | None
    """The index of the nearest place of each provider that is near."""

    @property
    def served_codes(self) -> list[str]:
        """The codes under which providers state that they serve the place."""
        return [code for code in (self.place.region_code, self.place.country_code) if code]

    def groups(self) -> Numbers:
        """The group of every provider."""
        columns, place = self.columns, self.place
        # May be of use, although no list says so: telehealth anywhere, or somewhere in this region or country.
        groups = columns.offers_telehealth_anywhere(place.country_code) * np.int8(NOT_STATED)
        without_place = columns.without_place
        groups[without_place[self._may_be_here(without_place)]] = NOT_STATED
        for code in self.served_codes:
            groups[columns.served.get(code, _NONE)] = BY_VIDEO
        groups[self.rows] = IN_PERSON
        return groups

    def _may_be_here(self, rows: Numbers) -> Numbers:
        """Whether each is known to be in the region or country of the place, but not where, and may serve it."""
        country, region = self.columns.coded["country_code"], self.columns.coded["region_code"]
        regions = region.codes[rows]
        open_to_all = ~self.columns.states_where[rows]
        in_country = open_to_all & (country.codes[rows] == country.code(self.place.country_code or ""))
        return np.asarray((regions == region.code(self.place.region_code or "")) | (in_country & (regions == -1)))


_NONE = np.zeros(0, np.int64)


def reach_of(columns: Columns, place: Place, within_km: float, among: Numbers | None = None) -> Reach:
    """Who can be reached from a place. From a region or country, everybody in it can.

    `among` is a mask of the providers to consider; None for all.
    """
    if place.located_by in AREAS:
        return Reach(columns=columns, place=place, rows=_places_inside(columns, place), distances=None, places=None)
    nearest, distances = places_near(columns, place.point, within_km, among)
    rows = columns.place_rows[nearest]
    # Only the elements of providers that are near are ever read.
    kilometres, places = np.empty(columns.size, np.float32), np.empty(columns.size, np.int32)
    kilometres[rows], places[rows] = distances, nearest
    if columns.any_has_several and (several := np.flatnonzero(columns.has_several[rows])).size:
        farthest_first = several[np.argsort(-distances[several], kind="stable")]
        kilometres[rows[farthest_first]], places[rows[farthest_first]] = (
            distances[farthest_first],
            nearest[farthest_first],
        )
    return Reach(columns=columns, place=place, rows=rows, distances=kilometres, places=places)


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
