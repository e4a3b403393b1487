"""The small map beside a page of results: where they are, each a mark that leads to its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import dist
from typing import Any

from ldn_directory.site.maps.outlines.projection import Point

from .clusters import viewed
from .outlines import Drawing, outlines

ASPECT = 4 / 3
WORLD_ASPECT = 2.0
WIDTH_PX = 320
"""How wide the map usually is on the screen; sizes of marks are meant for it."""
MARK_PX = 6.0
JOINED_PX = 11.0
JOIN_WITHIN_PX = 17.0
MARGIN_PX = 26.0
LEAST_WIDTH = 120.0
"""No closer than so many units of the drawing: the outlines say nothing finer."""
WORLD = "world"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One result, or several so near each other that a finger could not tell them apart; units of the drawing."""

    x: float
    y: float
    radius: float
    count: int
    id: int
    """Of the first of them on the page."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """How far off a point may be."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallMap:
    """What is drawn, as numbers."""

    outline: str
    """Which outlines: `/outlines/<outline>.svg`."""
    view: tuple[int, int, int, int]
    """The part of them that is shown: left, top, width, height."""
    pixel: float
    """About how many units a pixel of the screen is."""
    marks: Sequence[Mark]
    discs: Sequence[Disc]
    place: Point | None
    """The place that was searched for."""
    shown: int
    """How many of the page's results the map shows."""


def small_map(rows: Sequence[Mapping[str, Any]], place: tuple[float, float] | None = None) -> SmallMap | None:
    """The map of a page of results; None if no row says where it is.

    `rows` are rows of `providers` (id, name, latitude, longitude, precision_km, country_code); `place` is the latitude and
    longitude that was searched for. It is drawn on the country that all points lie in, else on the world.
    """
    located = [row for row in rows if row.get("latitude") is not None and row.get("longitude") is not None]
    if not located:
        return None
    outline, drawing = _drawing_for(located)
    placed = [(row, point) for row in located if (point := drawing.place(row["longitude"], row["latitude"]))]
    if not placed:
        return None
    searched = drawing.place(place[1], place[0]) if place else None
    points = [point for _, point in placed] + ([searched] if searched else [])
    view = _view(points, drawing)
    pixel = view[2] / WIDTH_PX
    return SmallMap(
        outline=outline,
        view=view,
        pixel=round(pixel, 3),
        marks=_marks(placed, pixel),
        discs=_discs(placed, drawing, pixel),
        place=(round(searched[0], 1), round(searched[1], 1)) if searched else None,
        shown=len(placed),
    )


def _drawing_for(rows: Sequence[Mapping[str, Any]]) -> tuple[str, Drawing]:
    """The country's drawing if it shows all rows, else the world."""
    codes = {row.get("country_code") for row in rows}
    code = next(iter(codes)) if len(codes) == 1 else None
    drawing = outlines().countries.get(code or "")
    if code and drawing and all(drawing.place(row["longitude"], row["latitude"]) for row in rows):
        return code, drawing
    return WORLD, outlines().world


def _view(points: Sequence[Point], drawing: Drawing) -> tuple[int, int, int, int]:
    """The margin is one of pixels, so it follows from how large the view is without it."""
    aspect = WORLD_ASPECT if drawing is outlines().world else ASPECT
    bare = viewed(points, drawing, least=LEAST_WIDTH, margin=0, aspect=aspect)
    return viewed(
        points, drawing, least=LEAST_WIDTH, margin=bare[2] * MARGIN_PX / (WIDTH_PX - 2 * MARGIN_PX), aspect=aspect
    )


def _marks(placed: Sequence[tuple[Mapping[str, Any], Point]], pixel: float) -> list[Mark]:
    """Results that are near each other share a mark at the first of them."""
    groups: list[list[tuple[Mapping[str, Any], Point]]] = []
    for row, point in placed:
        near = next((group for group in groups if dist(group[0][1], point) < JOIN_WITHIN_PX * pixel), None)
        if near is None:
            groups.append([(row, point)])
        else:
            near.append((row, point))
    return [_mark(group, pixel) for group in groups]


def _mark(group: Sequence[tuple[Mapping[str, Any], Point]], pixel: float) -> Mark:
    (row, (x, y)), count = group[0], len(group)
    radius = (JOINED_PX if count > 1 else MARK_PX) * pixel
    return Mark(x=round(x, 1), y=round(y, 1), radius=round(radius, 1), count=count, id=row["id"], name=row["name"])


def _discs(placed: Sequence[tuple[Mapping[str, Any], Point]], drawing: Drawing, pixel: float) -> list[Disc]:
    """A disc for each point that may be off by more than its mark hides; one for the same point and error."""
    found: dict[tuple[float, float, float], None] = {}
    for row, (x, y) in placed:
        radius = (row.get("precision_km") or 0) * drawing.units_a_km(row["longitude"], row["latitude"])
        if radius > MARK_PX * 1.5 * pixel:
            found[round(x, 1), round(y, 1), round(radius, 1)] = None
    return [Disc(x=x, y=y, radius=radius) for x, y, radius in found]
