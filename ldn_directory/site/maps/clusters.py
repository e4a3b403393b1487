"""Circles with counts on a drawing: their sizes and places, arranged so that none hides another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, hypot, pi, sqrt

import numpy as np

from ldn_directory.site.maps.projection import Point
from ldn_directory.site.search.town_counts import Town

from .outlines import Drawing

COVERED = 0.13
"""The share of a drawing that circles would cover if all were as large as the largest."""
CELL = 90.0
"""The size of the cells, in units of the drawing, whose towns are counted together."""
ROUNDS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryCount:
    """The number of entries of a country or region."""

    code: str
    name: str
    here: int
    """Entries whose first location is there."""
    afar: int
    """Entries located elsewhere that state that they serve it, by telehealth or by post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """How large circles are on a kind of screen, in pixels."""

    width: int
    """Of the widest map there."""
    least: float
    most: float
    text: float
    """The height of the letters."""

    def unit(self, drawing: Drawing) -> float:
        """About how many units of a drawing a pixel is."""
        return max(drawing.width / self.width, drawing.height / TALLEST)


TALLEST = 720
"""The greatest height of a map, in pixels."""
PHONE = Screen(width=328, least=9.5, most=15.0, text=11.5)
DESK = Screen(width=1000, least=18.0, most=40.0, text=17.0)
HOME_PX = 3.0
"""The free space around the place of another circle, so that the line to it can be seen."""
DIGIT = 0.33
"""Half the width of a digit, in heights of the letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A count on a drawing; x, y and radius in its units."""

    name: str
    """The country, region or town."""
    count: int
    afar: bool
    """Whether nobody is located there: the count is then of those who serve it from elsewhere."""
    x: float
    y: float
    radius: float
    home: Point
    """The place that is counted. The circle may have been pushed away from it."""
    code: str | None = None
    """ISO code of the country or region; None of a group of towns."""
    point: Point | None = None
    """Longitude and latitude of the largest town of a group."""

    @property
    def is_away(self) -> bool:
        """Whether the circle no longer covers the place that is counted, so that a line must lead there."""
        return hypot(self.x - self.home[0], self.y - self.home[1]) > self.radius * 0.7


def place_counts(drawing: Drawing, counted: Iterable[EntryCount], screen: Screen = DESK) -> tuple[Circle, ...]:
    """A circle for each country or region with an outline that has entries or is served; the largest counts first."""
    found = [
        Circle(
            name=one.name,
            code=one.code,
            count=one.here or one.afar,
            afar=not one.here,
            x=shape.at[0],
            y=shape.at[1],
            radius=0,
            home=shape.at,
        )
        for one in counted
        if (one.here or one.afar) and (shape := drawing.shapes.get(one.code))
    ]
    return push_apart(size_circles(found, drawing, screen), drawing, HOME_PX * screen.unit(drawing))


def group_towns(drawing: Drawing, towns: Iterable[Town], screen: Screen = DESK) -> tuple[Circle, ...]:
    """A circle for each group of towns near each other, named after the largest, without those outside the drawing."""
    cells: dict[tuple[int, int], list[tuple[Town, Point]]] = {}
    for town in towns:
        if point := drawing.place(town.longitude, town.latitude):
            cells.setdefault((floor(point[0] / CELL), floor(point[1] / CELL)), []).append((town, point))
    merged = [_merge_towns(cell) for _, cell in sorted(cells.items())]
    return push_apart(size_circles(merged, drawing, screen), drawing, HOME_PX * screen.unit(drawing))


def _merge_towns(cell: Sequence[tuple[Town, Point]]) -> Circle:
    """One circle for all towns of a cell, at the mean of their entries."""
    count = sum(town.count for town, _ in cell)
    x, y = (sum(point[axis] * town.count for town, point in cell) / count for axis in (0, 1))
    largest = min((town for town, _ in cell), key=lambda town: (not town.city, -town.count, town.city or ""))
    point = (largest.longitude, largest.latitude)
    return Circle(name=largest.city or "", count=count, afar=False, x=x, y=y, radius=0, home=(x, y), point=point)


def size_circles(circles: Sequence[Circle], drawing: Drawing, screen: Screen) -> tuple[Circle, ...]:
    """The circles with areas that follow their counts, from large enough to tap on; largest counts first."""
    most = max((circle.count for circle in circles if not circle.afar), default=1)
    room = sqrt(COVERED * drawing.width * drawing.height / (pi * max(len(circles), 1)))
    unit = screen.unit(drawing)
    least, text = screen.least * unit, screen.text * unit
    largest = min(max(room, least * 1.2), screen.most * unit)
    ordered = sorted(circles, key=lambda circle: (circle.afar, -circle.count, circle.name, circle.x))
    return tuple(replace(circle, radius=_radius(circle, most, (least, largest), text)) for circle in ordered)


def _radius(circle: Circle, most: int, between: tuple[float, float], text: float) -> float:
    share = 0.0 if circle.afar else sqrt(circle.count / most)
    digits = len(str(circle.count)) + (len(str(circle.count)) - 1) // 3 / 2
    least, largest = between
    return round(max(least + (largest - least) * share, (DIGIT * digits + 0.3) * text), 1)


def push_apart(circles: Sequence[Circle], drawing: Drawing, free: float) -> tuple[Circle, ...]:
    """The circles pushed apart where they overlap, and kept within the drawing; the smaller one moves farther.

    They leave so many units `free` around the places of others.
    """
    if len(circles) < 2:
        return tuple(_clamp(circle, circle.x, circle.y, drawing) for circle in circles)
    home = np.array([circle.home for circle in circles])
    radius = np.array([circle.radius for circle in circles])
    apart = radius[:, None] + radius[None, :] + 2
    yields = radius[None, :] ** 2 / (radius[:, None] ** 2 + radius[None, :] ** 2)
    at = home + _nudges(len(circles))
    for number in range(ROUNDS):
        at = at + _push(at, at, apart, yields)
        if number < ROUNDS - 20:
            at += (home - at) * 0.03
        if number < ROUNDS - 10:
            at += _push(at, home, radius[:, None] + free, np.ones_like(apart))
        at = np.clip(at, radius[:, None], np.array([drawing.width, drawing.height]) - radius[:, None])
    return tuple(_clamp(circle, float(x), float(y), drawing) for circle, (x, y) in zip(circles, at, strict=True))


def _push(at: np.ndarray, others: np.ndarray, apart: np.ndarray, share: np.ndarray) -> np.ndarray:
    """How far each point moves from the others that are nearer than `apart`, without the one of its own number."""
    between = at[:, None, :] - others[None, :, :]
    distance = np.maximum(np.hypot(between[..., 0], between[..., 1]), 1e-6)
    overlap = np.maximum(apart - distance, 0)
    np.fill_diagonal(overlap, 0)
    moves: np.ndarray = ((overlap * share / distance)[..., None] * between).sum(axis=1) * 0.6
    return moves


def _nudges(count: int) -> np.ndarray:
    """Tiny steps, each in another direction, so that circles at the same point can be pushed apart."""
    angle = np.arange(count) * 2.399963
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * 0.01


def _clamp(circle: Circle, x: float, y: float, drawing: Drawing) -> Circle:
    r = circle.radius
    return replace(
        circle, x=round(min(max(x, r), drawing.width - r), 1), y=round(min(max(y, r), drawing.height - r), 1)
    )


def view_of(
    points: Sequence[Point], drawing: Drawing, *, least: float, margin: float, aspect: float
) -> tuple[int, int, int, int]:
    """The part of a drawing that shows all points with a margin: left, top, width and height.

    It has the given aspect and is at least `least` units wide, so it may reach beyond the drawing's edge.
    """
    xs, ys = zip(*points, strict=True)
    width = max(max(xs) - min(xs) + 2 * margin, (max(ys) - min(ys) + 2 * margin) * aspect, least)
    width = min(width, max(drawing.width, drawing.height * aspect))
    height = width / aspect
    left = _shift((max(xs) + min(xs) - width) / 2, width, drawing.width)
    top = _shift((max(ys) + min(ys) - height) / 2, height, drawing.height)
    return round(left), round(top), round(width), round(height)


def _shift(start: float, size: float, whole: float) -> float:
    """The start of a range that should begin at `start`, moved to overlap the whole as far as possible."""
    return min(max(start, 0), whole - size) if size <= whole else (whole - size) / 2
