"""`/map`: where entries are, as circles with counts on outlines, and the same as a list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.normalize.regions import country_named, fold
from ldn_directory.site.app_state import columns_of
from ldn_directory.site.i18n.lazy_text import Phrase, phrases
from ldn_directory.site.i18n.locale import reader_of
from ldn_directory.site.i18n.place_names import place_name
from ldn_directory.site.maps.clusters import Circle, Counted, group_towns, place_counts
from ldn_directory.site.maps.outlines import outlines
from ldn_directory.site.search.region_counts import RegionCount, RegionCounts
from ldn_directory.site.search.town_counts import Town, towns_of

from .render import NOTHING_HERE, Answering, Routes, answer, ask, prepared, rendered, today

_FOR_GOOD = "public, max-age=86400"


@prepared
async def world(datasette: Any, request: Any) -> Response:
    """`/map`: the world, a circle a country."""
    countries = await ask(datasette, lambda db: _countries(_browsing(datasette, db)))
    links = {one.code: f"/map/{one.code}" if country_named(one.code) else f"/regions/{one.code}" for one in countries}
    locale = reader_of(request).locale
    return rendered(
        request,
        "map.html",
        country=None,
        drawing=outlines().world,
        links=links,
        counted=_named(countries, locale),
        circles=_labelled(_world_circles(countries), links, locale),
        elsewhere=0,
    )


@prepared
async def country(datasette: Any, request: Any) -> Answering:
    """`/map/US`: a country, a circle a region; where no outlines of its regions are known, a circle for towns near each other."""
    land = country_named(request.url_vars["code"])
    if land is None:
        return answer(request, 404, NOTHING_HERE)
    drawing, by_region = outlines().countries.get(land.code), outlines().has_regions(land.code)
    whole, regions = await ask(datasette, lambda db: _within(_browsing(datasette, db), land.code))
    towns = () if by_region else await ask(datasette, lambda db: towns_of(_browsing(datasette, db), db, land.code))
    links = {one.code: f"/regions/{one.code}" for one in (*regions, whole)}
    circles, locale = _country_circles(land.code, regions if by_region else towns), reader_of(request).locale
    return rendered(
        request,
        "map.html",
        country=_named([whole], locale, empty=True)[0],
        drawing=drawing,
        links=links,
        counted=_named(regions, locale),
        circles=_labelled(circles, links, locale),
        elsewhere=whole.here - sum(one.here for one in regions),
    )


async def outline(datasette: Any, request: Any) -> Answering:
    """`/outlines/US.svg`, `/outlines/world.svg`: the outlines alone, for small maps; their colour is that of whoever shows them."""
    name = request.url_vars["name"]
    drawing = outlines().world if name == "world" else outlines().countries.get(name)
    if drawing is None:
        return answer(request, 404, NOTHING_HERE)
    return Response(
        outline_svg(name), content_type="image/svg+xml; charset=utf-8", headers={"Cache-Control": _FOR_GOOD}
    )


def _browsing(datasette: Any, db: sqlite3.Connection) -> RegionCounts:
    return RegionCounts.of(db, columns_of(datasette, db), today())


@lru_cache(maxsize=32)
def outline_svg(name: str) -> str:
    """A file with one group `land`: of the world its coasts, of a country its regions."""
    drawing = outlines().world if name == "world" else outlines().countries[name]
    paths = [outlines().coasts] if name == "world" else [shape.path for shape in drawing.shapes.values()]
    drawn = "".join(f'<path vector-effect="non-scaling-stroke" d="{path}"/>' for path in paths)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}">'
        f'<g id="land" fill-rule="evenodd">{drawn}</g></svg>'
    )


def _countries(browsing: RegionCounts) -> tuple[Counted, ...]:
    """Every country with entries, or that is served, counted as on the pages of regions."""
    return tuple(_counted(place, browsing.reaching(place.code)) for place in browsing.countries())


def _within(browsing: RegionCounts, code: str) -> tuple[Counted, tuple[Counted, ...]]:
    """A country itself, and its regions."""
    whole = browsing.place(code)
    assert whole is not None
    return _counted(whole, browsing.reaching(code)), tuple(
        _counted(place, place.afar + place.delivering) for place in browsing.regions(code)
    )


def _counted(place: RegionCount, afar: int) -> Counted:
    return Counted(code=place.code, name=place.name, here=sum(place.kinds.values()), afar=afar)


@lru_cache(maxsize=16)
def _world_circles(countries: tuple[Counted, ...]) -> tuple[Circle, ...]:
    return place_counts(outlines().world, countries)


@lru_cache(maxsize=256)
def _country_circles(code: str, found: tuple[Counted, ...] | tuple[Town, ...]) -> tuple[Circle, ...]:
    drawing = outlines().countries.get(code)
    if drawing is None:
        return ()
    if outlines().has_regions(code):
        return place_counts(drawing, (one for one in found if isinstance(one, Counted)))
    return group_towns(drawing, (one for one in found if isinstance(one, Town)))


def _labelled(circles: Iterable[Circle], links: Mapping[str, str], locale: str) -> list[tuple[Circle, str, Phrase]]:
    """Each circle with where it leads and what it is called."""
    return [
        (
            circle,
            _target(circle, links),
            circle_label(_name(circle.code, circle.name, locale), circle.count, circle.afar),
        )
        for circle in circles
    ]


def _target(circle: Circle, links: Mapping[str, str]) -> str:
    """Of a country or region its page; of towns a search around them, by their point, which is never ambiguous."""
    if circle.point:
        return "/?" + urlencode({"near": "{1:.3f},{0:.3f}".format(*circle.point)})
    assert circle.code
    return links[circle.code]


def circle_label(name: str, count: int, afar: bool) -> Phrase:
    """What a circle says."""
    if afar:
        return phrases(
            "%(name)s: only from afar, %(num)s entry", "%(name)s: only from afar, %(num)s entries", count, name=name
        )
    if not name:
        return phrases("%(num)s entry", "%(num)s entries", count)
    return phrases("%(name)s: %(num)s entry", "%(name)s: %(num)s entries", count, name=name)


def _named(counted: Iterable[Counted], locale: str, *, empty: bool = False) -> list[Counted]:
    """Those with entries (or all), by their names in the reader's language."""
    found = (replace(one, name=_name(one.code, one.name, locale)) for one in counted if one.here or one.afar or empty)
    return sorted(found, key=lambda one: fold(one.name))


def _name(code: str | None, published: str, locale: str) -> str:
    return place_name(code, locale, published) if code else published


ROUTES: Routes = (
    (r"/map", world),
    (r"/map/(?P<code>[A-Z]{2})", country),
    (r"/outlines/(?P<name>world|[A-Z]{2})\.svg", outline),
)
