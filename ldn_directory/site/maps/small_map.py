"""The small map beside a page of results, with a mark for each that links to its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import dist
from typing import Any

from ldn_directory.site.maps.projection import Point

from .clusters import view_of
from .outlines import Drawing, outlines

ASPECT = 4 / 3
WORLD_ASPECT = 2.0
WIDTH_PX = 320
"""The usual width of the map on the screen, which sizes of marks are chosen for."""
MARK_PX = 6.0
JOINED_PX = 11.0
JOIN_WITHIN_PX = 17.0
MARGIN_PX = 26.0
LEAST_WIDTH = 120.0
"""The narrowest view, in units of the drawing: outlines show nothing finer."""
WORLD = "world"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One result, or several too near each other to tap one of them; in units of the drawing."""

    x: float
    y: float
    radius: float
    count: int
    id: int
    """The id of the first of them on the page."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A circle around a point that shows how imprecise it is."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallMap:
    """The numbers to draw the map from."""

    outline: str
    """Which outlines: `/outlines/<outline>.svg`."""
    view: tuple[int, int, int, int]
    """The part of them that is shown: left, top, width, height."""
    pixel: float
    """About how many units of the drawing a pixel of the screen is."""
    marks: Sequence[Mark]
    discs: Sequence[Disc]
    place: Point | None
    """The place that was searched for."""
    shown: int
    """The number of results that the map shows."""


def small_map(rows: Sequence[Mapping[str, Any]], place: tuple[float, float] | None = None) -> SmallMap | None:
    """The map of a page of results; None if no row says where it is.

    `rows` are rows of `providers`; `place` is the latitude and longitude that was searched for. The map is of the
    country that all points lie in, else of the world.
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
    """The country's drawing if it shows all rows, else that of the world."""
    codes = {row.get("country_code") for row in rows}
    code = next(iter(codes)) if len(codes) == 1 else None
    drawing = outlines().countries.get(code or "")
    if code and drawing and all(drawing.place(row["longitude"], row["latitude"]) for row in rows):
        return code, drawing
    return WORLD, outlines().world


def _view(points: Sequence[Point], drawing: Drawing) -> tuple[int, int, int, int]:
    """The view around the points. Its margin is in pixels, so its size in units follows from the view without it."""
    aspect = WORLD_ASPECT if drawing is outlines().world else ASPECT
    bare = view_of(points, drawing, least=LEAST_WIDTH, margin=0, aspect=aspect)
    return view_of(
        points, drawing, least=LEAST_WIDTH, margin=bare[2] * MARGIN_PX / (WIDTH_PX - 2 * MARGIN_PX), aspect=aspect
    )


def _marks(placed: Sequence[tuple[Mapping[str, Any], Point]], pixel: float) -> list[Mark]:
    """The marks; results near each other share one, at the first of them."""
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
    """A disc for each point that is less precise than its mark is large; one per point and radius."""
    found: dict[tuple[float, float, float], None] = {}
    for row, (x, y) in placed:
        radius = (row.get("precision_km") or 0) * drawing.units_a_km(row["longitude"], row["latitude"])
        if radius > MARK_PX * 1.5 * pixel:
            found[round(x, 1), round(y, 1), round(radius, 1)] = None
    return [Disc(x=x, y=y, radius=radius) for x, y, radius in found]
