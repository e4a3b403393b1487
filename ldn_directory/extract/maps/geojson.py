"""Maps as GeoJSON: features with properties, alone, in collections, or in layers of uMap's and other formats.

RFC 7946: positions are longitude, latitude, height, in degrees (WGS 84).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Problem

from .placemarks import MOST_PLACEMARKS, Placemark, records_of_placemarks

MOST_DEPTH = 12
MOST_VALUES = 200
_TITLES = ("name", "title", "label")
_DESCRIPTIONS = ("description", "popupcontent", "popup", "popup_content", "html", "content", "body")
# uMap's own markup: `[[https://example.org|website]]` and `{{https://example.org/picture.png}}`.
_WIKI_LINK = re.compile(r"\[\[\s*(\S{4,500}?)(?:\|[^\]]{0,200})?\]\]|\{\{[^}]{0,500}\}\}")


def looks_like_geojson(page: Page) -> bool:
    """Whether the page is JSON that holds at least one GeoJSON feature."""
    try:
        return page.kind == "json" and next(_features(page.json), None) is not None
    except ValueError:
        return False


def extract(page: Page) -> Extraction:
    """One record a feature that is an entry; features that are lines or areas are none."""
    try:
        answer = page.json
    except ValueError as error:
        return Extraction(problems=(Problem(page=page.url, what=f"is no GeoJSON: {str(error)[:200]}"),))
    problems: list[Problem] = []
    found = (_placemark(page, feature, folders, problems) for feature, folders in _features(answer))
    placemarks = list(islice(filter(None, found), MOST_PLACEMARKS + 1))
    read = records_of_placemarks(page, placemarks)
    if not placemarks:
        problems.append(Problem(page=page.url, what="holds no features with a point"))
    elif not any(placemark.fields or placemark.description for placemark in placemarks):
        what = "states positions and names only: what else a map shows is loaded from elsewhere, an entry at a time"
        problems.append(Problem(page=page.url, what=what))
    return replace(read, problems=(*problems, *read.problems))


def _features(answer: Any) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """Each feature, with the names of the layers it is in. The outermost collection is not a layer."""
    stack: list[tuple[Any, tuple[str, ...], int]] = [(answer, (), 0)]
    while stack:
        value, folders, depth = stack.pop()
        if isinstance(value, dict):
            if value.get("type") == "Feature" and isinstance(value.get("properties"), dict):
                yield value, folders
                continue
            if depth and (name := _layer_name(value)):
                folders = (*folders, name)
            value = list(value.values())
        if isinstance(value, list) and depth < MOST_DEPTH:
            stack += [(inner, folders, depth + 1) for inner in reversed(value)]


def _layer_name(value: Mapping[str, Any]) -> str | None:
    """The name of a layer, as it states it or as uMap's options do."""
    options = value.get("_umap_options")
    stated = (holder.get(name) for holder in (value, options) if isinstance(holder, dict) for name in _TITLES)
    names = (name.strip() for name in stated if isinstance(name, str) and len(name) < 120)
    return next(filter(None, names), None)


def _placemark(
    page: Page, feature: Mapping[str, Any], folders: tuple[str, ...], problems: list[Problem]
) -> Placemark | None:
    fields = list(_flat(feature["properties"]))
    by_name = {label.casefold(): text for label, text in reversed(fields)}
    title = next((name for name in _TITLES if by_name.get(name)), "")
    description = next((name for name in _DESCRIPTIONS if by_name.get(name)), "")
    name = by_name.get(title, "")
    geometry = feature.get("geometry")
    point, is_point = _point(page, geometry, name, problems)
    if geometry and not is_point:
        return None
    stated = feature.get("id", by_name.get("id"))
    return Placemark(
        name=name,
        key=str(stated) if isinstance(stated, (str, int)) and str(stated) else None,
        fields=tuple((label, text) for label, text in fields if label.casefold() not in (title, description, "id")),
        description=_WIKI_LINK.sub(r" \1 ", by_name.get(description, "")),
        point=point,
        folders=folders,
    )


def _flat(properties: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(label, text) of every value; nested labels are dotted."""
    for name, value in list(properties.items())[:MOST_VALUES]:
        label = f"{prefix}{name}"
        match value:
            case dict() if depth < 4:
                yield from _flat(value, f"{label}.", depth + 1)
            case list():
                items = (str(item) for item in value[:50] if isinstance(item, (str, int, float)))
                if plain := ", ".join(item for item in items if item.strip()):
                    yield label, plain
            case bool():
                yield label, "yes" if value else "no"
            case int() | float():
                yield label, str(int(value) if isinstance(value, float) and value.is_integer() else value)
            case str() if value.strip():
                yield label, value.strip()


def _point(page: Page, geometry: Any, name: str, problems: list[Problem]) -> tuple[tuple[float, float] | None, bool]:
    """(latitude and longitude, whether the geometry is a point at all)."""
    points = (one.get("coordinates") for one in _geometries(geometry) if one.get("type") in ("Point", "MultiPoint"))
    position = next((point for point in points if isinstance(point, list)), None)
    if position is None:
        return None, False
    while position and isinstance(position[0], list):
        position = position[0]
    numbers = [float(number) for number in position[:2] if isinstance(number, (int, float))]
    if len(numbers) == 2 and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90:
        return (numbers[1], numbers[0]), True
    what = f"{str(position)[:60]} is no longitude and latitude"
    problems.append(Problem(page=page.url, record=name[:80] or None, what=what))
    return None, True


def _geometries(geometry: Any) -> list[Mapping[str, Any]]:
    if not isinstance(geometry, dict):
        return []
    if isinstance(inner := geometry.get("geometries"), list):
        return [one for one in inner if isinstance(one, dict)]
    return [geometry]
