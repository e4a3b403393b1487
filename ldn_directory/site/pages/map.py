"""`/map` and `/map/<country>`: where entries are, as circles with counts on outlines, and as a list."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.normalize.regions import country_named, fold
from ldn_directory.site.app_state import columns_of
from ldn_directory.site.i18n.lazy_text import Phrase, phrases
from ldn_directory.site.i18n.locale import reader_of
from ldn_directory.site.i18n.place_names import place_name
from ldn_directory.site.maps.clusters import DESK, PHONE, Circle, EntryCount, Screen, group_towns, place_counts
from ldn_directory.site.maps.outlines import Drawing, outlines
from ldn_directory.site.search.region_counts import RegionCount, RegionCounts
from ldn_directory.site.search.town_counts import Town, towns_of

from .render import NOTHING_HERE, AnyResponse, Routes, error_page, needs_directory, query_directory, render_page, today

_ONE_DAY = "public, max-age=86400"


@needs_directory
async def world(datasette: Any, request: Any) -> Response:
    """`/map`: the world, with a circle per country."""
    countries = await query_directory(datasette, lambda db: _countries(_region_counts(datasette, db)))
    links = {one.code: f"/map/{one.code}" if country_named(one.code) else f"/regions/{one.code}" for one in countries}
    locale = reader_of(request).locale
    return render_page(
        request,
        "map.html",
        country=None,
        drawing=outlines().world,
        links=links,
        counted=_sort_by_name(countries, locale),
        layouts=_layouts(outlines().world, lambda screen: _labels(_world_circles(countries, screen), links, locale)),
        unplaced=(),
        unplaced_count=0,
    )


@needs_directory
async def country(datasette: Any, request: Any) -> AnyResponse:
    """`/map/US`: a country with a circle per region, or per group of towns if outlines of its regions are not known."""
    land = country_named(request.url_vars["code"])
    if land is None:
        return error_page(request, 404, NOTHING_HERE)
    drawing, by_region = outlines().countries.get(land.code), outlines().has_regions(land.code)
    whole, regions = await query_directory(
        datasette, lambda db: _country_counts(_region_counts(datasette, db), land.code)
    )
    unplaced_count, unplaced = await query_directory(
        datasette, lambda db: _region_counts(datasette, db).unplaced(db, land.code, by_region=by_region)
    )
    towns = (
        ()
        if by_region
        else await query_directory(datasette, lambda db: towns_of(_region_counts(datasette, db), db, land.code))
    )
    links = {one.code: f"/regions/{one.code}" for one in (*regions, whole)}
    found, locale = regions if by_region else towns, reader_of(request).locale
    return render_page(
        request,
        "map.html",
        country=_sort_by_name([whole], locale, empty=True)[0],
        drawing=drawing,
        links=links,
        counted=_sort_by_name(regions, locale),
        layouts=_layouts(drawing, lambda screen: _labels(_country_circles(land.code, found, screen), links, locale)),
        unplaced=unplaced,
        unplaced_count=unplaced_count,
    )


async def outline(datasette: Any, request: Any) -> AnyResponse:
    """`/outlines/US.svg`, `/outlines/world.svg`: the outlines alone, for small maps, in the colour of the page."""
    name = request.url_vars["name"]
    drawing = outlines().world if name == "world" else outlines().countries.get(name)
    if drawing is None:
        return error_page(request, 404, NOTHING_HERE)
    return Response(outline_svg(name), content_type="image/svg+xml; charset=utf-8", headers={"Cache-Control": _ONE_DAY})


def _region_counts(datasette: Any, db: sqlite3.Connection) -> RegionCounts:
    return RegionCounts.of(db, columns_of(datasette, db), today())


@lru_cache(maxsize=32)
def outline_svg(name: str) -> str:
    """An SVG file with one group `land`: the coasts of the world, or the regions of a country."""
    drawing = outlines().world if name == "world" else outlines().countries[name]
    paths = [outlines().coasts] if name == "world" else [shape.path for shape in drawing.shapes.values()]
    drawn = "".join(f'<path vector-effect="non-scaling-stroke" d="{path}"/>' for path in paths)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        f'<g id="land" fill-rule="evenodd">{drawn}</g></svg>'
    )


def _countries(counts: RegionCounts) -> tuple[EntryCount, ...]:
    """Every country that has entries or is served, counted as on the pages of regions."""
    return tuple(_count(place, counts.count_serving(place.code)) for place in counts.countries())


def _country_counts(counts: RegionCounts, code: str) -> tuple[EntryCount, tuple[EntryCount, ...]]:
    """A country itself, and its regions."""
    whole = counts.place(code)
    assert whole is not None
    return _count(whole, counts.count_serving(code)), tuple(
        _count(place, place.afar + place.delivering) for place in counts.regions(code)
    )


def _count(place: RegionCount, afar: int) -> EntryCount:
    return EntryCount(code=place.code, name=place.name, here=sum(place.kinds.values()), afar=afar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The circles as they are placed on a kind of screen."""

    name: str
    """`wide` or `narrow`; the style sheet shows one of both."""
    unit: float
    """About how many units of the drawing a pixel is."""
    text: float
    """The height of the letters, in units of the drawing."""
    circles: list[tuple[Circle, str, Phrase]]


def _layouts(
    drawing: Drawing | None, circles: Callable[[Screen], list[tuple[Circle, str, Phrase]]]
) -> tuple[Layout, ...]:
    """The layouts of a drawing; none without circles."""
    if drawing is None:
        return ()
    layouts = []
    for name, screen in (("wide", DESK), ("narrow", PHONE)):
        unit = screen.unit(drawing)
        layouts.append(
            Layout(name=name, unit=round(unit, 2), text=round(screen.text * unit, 1), circles=circles(screen))
        )
    return tuple(layout for layout in layouts if layout.circles)


@lru_cache(maxsize=16)
def _world_circles(countries: tuple[EntryCount, ...], screen: Screen) -> tuple[Circle, ...]:
    return place_counts(outlines().world, countries, screen)


@lru_cache(maxsize=256)
def _country_circles(code: str, found: tuple[EntryCount, ...] | tuple[Town, ...], screen: Screen) -> tuple[Circle, ...]:
    drawing = outlines().countries.get(code)
    if drawing is None:
        return ()
    if outlines().has_regions(code):
        return place_counts(drawing, (one for one in found if isinstance(one, EntryCount)), screen)
    return group_towns(drawing, (one for one in found if isinstance(one, Town)), screen)


def _labels(circles: Iterable[Circle], links: Mapping[str, str], locale: str) -> list[tuple[Circle, str, Phrase]]:
    """Each circle with its link and label."""
    return [
        (
            circle,
            _link(circle, links),
            circle_label(_name(circle.code, circle.name, locale), circle.count, circle.afar),
        )
        for circle in circles
    ]


def _link(circle: Circle, links: Mapping[str, str]) -> str:
    """The page of a country or region; for towns a search around their point, which is never ambiguous."""
    if circle.point:
        return "/?" + urlencode({"near": "{1:.3f},{0:.3f}".format(*circle.point)})
    assert circle.code
    return links[circle.code]


def circle_label(name: str, count: int, afar: bool) -> Phrase:
    """The label of a circle."""
    if afar:
        return phrases(
            "%(name)s: %(num)s entry, by video or delivery only",
            "%(name)s: %(num)s entries, by video or delivery only",
            count,
            name=name,
        )
    if not name:
        return phrases("%(num)s entry", "%(num)s entries", count)
    return phrases("%(name)s: %(num)s entry", "%(name)s: %(num)s entries", count, name=name)


def _sort_by_name(counted: Iterable[EntryCount], locale: str, *, empty: bool = False) -> list[EntryCount]:
    """Those with entries (or all), sorted by their names in the reader's language."""
    found = (replace(one, name=_name(one.code, one.name, locale)) for one in counted if one.here or one.afar or empty)
    return sorted(found, key=lambda one: fold(one.name))


def _name(code: str | None, published: str, locale: str) -> str:
    return place_name(code, locale, published) if code else published


ROUTES: Routes = (
    (r"/map", world),
    (r"/map/(?P<code>[A-Z]{2})", country),
    (r"/outlines/(?P<name>world|[A-Z]{2})\.svg", outline),
)
