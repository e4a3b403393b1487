"""Map projections, from degrees to points of a drawing. Both keep areas, so that no country looks too large.

Longitudes and latitudes are degrees on WGS 84; x grows to the right and y downwards, as in SVG.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any, Self

Point = tuple[float, float]
Projection = Callable[[float, float], Point]
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = sqrt(3) / 2
_EARTH_RADIUS_KM = 6371.0088


def equal_earth(centre: float = 0.0) -> Projection:
    """The world around a central meridian: Equal Earth (Šavrič, Patterson and Jenny 2018), unit radius."""

    def projected(lon: float, lat: float) -> Point:
        t = asin(_M * sin(radians(lat)))
        t2 = t * t
        t6 = t2 * t2 * t2
        x = (
            radians(normalize_longitude(lon - centre))
            * cos(t)
            / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
        )
        return x, -t * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))

    return projected


def azimuthal(lon0: float, lat0: float) -> Projection:
    """A country around its middle: Lambert's azimuthal equal-area projection (Snyder 1987, eq. 24-2 to 24-4).

    The antimeridian needs no special care. The point opposite the middle is put at the edge.
    """
    sin0, cos0 = sin(radians(lat0)), cos(radians(lat0))

    def projected(lon: float, lat: float) -> Point:
        away, phi = radians(lon - lon0), radians(lat)
        towards = sin0 * sin(phi) + cos0 * cos(phi) * cos(away)
        k = sqrt(2 / max(1 + towards, 1e-9))
        return k * cos(phi) * sin(away), -k * (cos0 * sin(phi) - sin0 * cos(phi) * cos(away))

    return projected


def normalize_longitude(lon: float) -> float:
    """The same longitude from -180 up to, but not including, 180 degrees."""
    return (lon + 180) % 360 - 180 if not -180 <= lon < 180 else lon


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of the globe; it crosses the antimeridian if west is greater than east."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point is in the box, edges included."""
        within = self.west <= lon <= self.east if self.west <= self.east else lon >= self.west or lon <= self.east
        return within and self.south <= lat <= self.north


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A part of a drawing: the box of the globe that it shows (None: everything), its projection, and where it is put.

    `kind` is `world` (centre: a meridian) or `country` (centre: a point). Points are projected, then scaled and moved.
    """

    kind: str
    centre: tuple[float, ...]
    scale: float
    dx: float
    dy: float
    box: Box | None = None

    def projection(self) -> Projection:
        """The projection into the drawing."""
        plain = equal_earth(*self.centre) if self.kind == "world" else azimuthal(*self.centre)

        def placed(lon: float, lat: float) -> Point:
            x, y = plain(lon, lat)
            return self.dx + self.scale * x, self.dy + self.scale * y

        return placed

    @property
    def units_a_km(self) -> float:
        """Units of the drawing per kilometre on the ground."""
        return self.scale / _EARTH_RADIUS_KM

    @classmethod
    def read(cls, stated: Mapping[str, Any]) -> Self:
        """Reads a frame of the data file."""
        box = (
            Box(**dict(zip(("west", "south", "east", "north"), stated["box"], strict=True)))
            if stated.get("box")
            else None
        )
        names = ("kind", "scale", "dx", "dy")
        return cls(box=box, centre=tuple(stated["centre"]), **{name: stated[name] for name in names})


def place(
    frames: Iterable[tuple[Frame, Projection]], width: float, height: float, lon: float, lat: float
) -> Point | None:
    """Where a point of the globe is drawn, in the first frame that shows it; None if no frame does."""
    if not (isfinite(lon) and isfinite(lat)) or abs(lat) > 90 or abs(lon) > 360:
        return None
    lon = normalize_longitude(lon)
    for frame, projected in frames:
        if frame.box is None or frame.box.holds(lon, lat):
            x, y = projected(lon, lat)
            return (x, y) if 0 <= x <= width and 0 <= y <= height else None
    return None
