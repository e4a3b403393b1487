"""Distances on the sphere, and the grid of cells that says what lies near a point. Degrees and kilometres."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, floor, pi, radians, sin, sqrt

EARTH_KM = 6371.0
KM_A_DEGREE = EARTH_KM * pi / 180
CELL_DEGREES = 0.25
"""Side of a cell: 28 km from south to north, less from west to east."""
CELLS_AROUND = round(360 / CELL_DEGREES)
Point = tuple[float, float]
"""Latitude, longitude."""


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance (haversine)."""
    (lat1, lon1), (lat2, lon2) = one, other
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def bearing(start: Point, end: Point) -> float:
    """The direction of the great circle at its start, in degrees clockwise from north."""
    (lat1, lon1), (lat2, lon2) = (map(radians, point) for point in (start, end))
    east = sin(lon2 - lon1) * cos(lat2)
    north = cos(lat1) * sin(lat2) - sin(lat1) * cos(lat2) * cos(lon2 - lon1)
    return degrees(atan2(east, north)) % 360


def is_on_earth(point: Point) -> bool:
    """Whether the point is a real one: within range, and not the 0, 0 of an empty form."""
    return -90 <= point[0] <= 90 and -180 <= point[1] <= 180 and point != (0, 0)


def cell_of(point: Point) -> int:
    """Number of the cell that a point lies in."""
    return floor((point[0] + 90) / CELL_DEGREES) * CELLS_AROUND + floor((point[1] + 180) / CELL_DEGREES) % CELLS_AROUND


def cells_within(point: Point, radius_km: float) -> list[int]:
    """The cells whose points may be within the radius."""
    row, column = divmod(cell_of(point), CELLS_AROUND)
    up = int(radius_km / (KM_A_DEGREE * CELL_DEGREES)) + 1
    side = int(up / max(0.1, cos(radians(point[0])))) + 1
    return [
        (row + north) * CELLS_AROUND + (column + east) % CELLS_AROUND
        for north in range(-up, up + 1)
        for east in range(-side, side + 1)
    ]
