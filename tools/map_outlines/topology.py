"""Reads and simplifies TopoJSON 1.0. Neighbours share the arcs of their border, so simplified outlines still meet.

An object's arcs are lists of arc numbers; a negative one, ~n, is arc n backwards.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from math import cos, radians
from typing import Any

from ldn_directory.site.maps.projection import Point

Ring = list[Point]


def read_arcs(topology: Mapping[str, Any]) -> list[Ring]:
    """The arcs in degrees, with the quantization undone."""
    transform = topology.get("transform")
    if transform is None:
        return [[(x, y) for x, y, *_ in arc] for arc in topology["arcs"]]
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]
    return [
        [
            (x * kx + dx, y * ky + dy)
            for x, y in accumulate((step[:2] for step in arc), lambda at, step: (at[0] + step[0], at[1] + step[1]))
        ]
        for arc in topology["arcs"]
    ]


def read_rings(geometry: Mapping[str, Any]) -> list[list[int]]:
    """The rings of a Polygon or MultiPolygon, holes included, as numbers of arcs."""
    match geometry.get("type"):
        case "Polygon":
            return [list(ring) for ring in geometry["arcs"]]
        case "MultiPolygon":
            return [list(ring) for polygon in geometry["arcs"] for ring in polygon]
        case _:
            return []


def merge(geometries: Iterable[Mapping[str, Any]]) -> list[list[int]]:
    """The rings around all geometries together: an arc that two of them share is inside, and is left out."""
    rings = [ring for geometry in geometries for ring in read_rings(geometry)]
    used = Counter(_plain(arc) for ring in rings for arc in ring)
    whole = [ring for ring in rings if all(used[_plain(arc)] == 1 for arc in ring)]
    broken = [
        arc
        for ring in rings
        if not all(used[_plain(arc)] == 1 for arc in ring)
        for arc in ring
        if used[_plain(arc)] == 1
    ]
    return whole + [[arc] for arc in broken]


def _plain(arc: int) -> int:
    return arc if arc >= 0 else ~arc


def stitch(rings: Iterable[Sequence[int]], arcs: Sequence[Ring]) -> list[Ring]:
    """Rings of points; open pieces are joined where one ends and another begins."""
    pieces = [_points(ring, arcs) for ring in rings]
    closed = [piece for piece in pieces if piece[0] == piece[-1]]
    return closed + list(_join([piece for piece in pieces if piece[0] != piece[-1]]))


def _points(ring: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    points: Ring = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc if not points else arc[1:])
    return points


def _join(pieces: list[Ring]) -> Iterator[Ring]:
    beginning: dict[Point, list[Ring]] = {}
    for piece in pieces:
        beginning.setdefault(piece[0], []).append(piece)
    for piece in pieces:
        if piece not in beginning.get(piece[0], []):
            continue
        beginning[piece[0]].remove(piece)
        ring = list(piece)
        while ring[-1] != ring[0] and beginning.get(ring[-1]):
            ring.extend(beginning[ring[-1]].pop()[1:])
        yield ring


def simplify(arc: Ring, least: float) -> Ring:
    """Drops points whose triangle with their neighbours is smaller than `least`, in square degrees at the equator.

    By Visvalingam and Whyatt (1993). Keeps both ends, so that arcs still meet, and at least a triangle of a ring.
    """
    if len(arc) < 3:
        return arc
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    areas = [0.0, *(_triangle(arc[i - 1], arc[i], arc[i + 1]) for i in range(1, len(arc) - 1)), 0.0]
    heap = [(areas[i], i) for i in range(1, len(arc) - 1)]
    heapq.heapify(heap)
    kept, left_over = [True] * len(arc), len(arc)
    fewest = 4 if arc[0] == arc[-1] else 2
    while heap and left_over > fewest:
        area, i = heapq.heappop(heap)
        if not kept[i] or area != areas[i]:
            continue
        if area >= least:
            break
        kept[i] = False
        left_over -= 1
        left, right = before[i], after[i]
        after[left], before[right] = right, left
        for j in (left, right):
            if 0 < j < len(arc) - 1:
                # Never less than the area just dropped, so that a bay does not vanish point by point.
                areas[j] = max(area, _triangle(arc[before[j]], arc[j], arc[after[j]]))
                heapq.heappush(heap, (areas[j], j))
    return [point for point, stays in zip(arc, kept, strict=True) if stays]


def _triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2 * cos(radians(b[1]))


def area(ring: Sequence[Point]) -> float:
    """The area inside a closed ring, in the square of its unit."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))) / 2


def unwrap(ring: Ring) -> Ring:
    """The ring with longitudes that continue past 180° where it crosses the antimeridian."""
    points, turns, last = [], 0.0, ring[0][0]
    for lon, lat in ring:
        turns += 360 if lon - last < -180 else -360 if lon - last > 180 else 0
        points.append((lon + turns, lat))
        last = lon
    return points


def cut(ring: Ring, west: float) -> list[Ring]:
    """Cuts an unwrapped ring into pieces within the 360 degrees from `west` on; cuts run along the meridian."""
    pieces = []
    for turn in (-360, 0, 360):
        moved = [(lon + turn, lat) for lon, lat in ring]
        kept = _clip(_clip(moved, west, 1), west + 360, -1)
        if len(kept) > 2:
            pieces.append(kept)
    return pieces


def _clip(ring: Ring, edge: float, side: int) -> Ring:
    """The part of a closed ring east (1) or west (-1) of a meridian (Sutherland and Hodgman 1974)."""
    kept: Ring = []
    for (x0, y0), (x1, y1) in pairwise(ring):
        if (x0 - edge) * side >= 0:
            kept.append((x0, y0))
        if (x0 - edge) * (x1 - edge) < 0:
            kept.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
    return [*kept, kept[0]] if kept else []


def svg_path(rings: Iterable[Sequence[Point]], least: float) -> str:
    """An SVG path in whole numbers, in relative steps; leaves out rings smaller than `least`, but never the largest.

    To be filled by the even-odd rule, as rings may run either way.
    """
    by_size = sorted(rings, key=area, reverse=True)
    kept = [ring for number, ring in enumerate(by_size) if number == 0 or area(ring) >= least]
    return "".join(_svg_ring(ring) for ring in kept)


def _svg_ring(ring: Sequence[Point]) -> str:
    points = [(round(x), round(y)) for x, y in ring]
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(points) if (x0, y0) != (x1, y1)][:-1]
    if len(steps) < 2:
        steps = [(1, 0), (0, 1)]
    numbers = "".join(f"{'' if dx < 0 else ' '}{dx}{'' if dy < 0 else ' '}{dy}" for dx, dy in steps)
    return f"M{points[0][0]} {points[0][1]}l{numbers.lstrip()}z"
