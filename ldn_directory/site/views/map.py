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

from ..answering import NOTHING_HERE, Answering, Routes, answer, ask, prepared, rendered
from ..basemap import basemap
from ..clusters import Circle, Counted, Town, circles_of, grouped
from ..entry import rows_of
from ..knowing import columns_of
from ..language import reader_of
from ..outlines import outlines
from ..phrases import Phrase, phrases
from ..placenames import place_name
from ..towns import towns_of

_FOR_GOOD = "public, max-age=86400"
# A country that is served but has nobody: each who serves it or some of its regions counts once.
_AFAR = "SELECT count(DISTINCT provider) FROM serves WHERE region_code IN (SELECT code FROM regions WHERE country_code = ?)"


@prepared
async def world(datasette: Any, request: Any) -> Response:
    """`/map`: the world, a circle a country."""
    countries = await ask(datasette, _countries)
    links = {one.code: f"/map/{one.code}" if country_named(one.code) else f"/regions/{one.code}" for one in countries}
    locale = reader_of(request).locale
    return rendered(
        request, "map.html", country=None, drawing=outlines().world, links=links, counted=_named(countries, locale),
        circles=_labelled(_world_circles(countries), links, locale), elsewhere=0, streets=basemap() is not None,
    )  # fmt: skip


@prepared
async def country(datasette: Any, request: Any) -> Answering:
    """`/map/US`: a country, a circle a region; where no outlines of its regions are known, a circle for towns near each other."""
    land = country_named(request.url_vars["code"])
    if land is None:
        return answer(request, 404, NOTHING_HERE)
    drawing, by_region = outlines().countries.get(land.code), outlines().has_regions(land.code)
    whole, regions = await ask(datasette, lambda db: _within(db, land.code))
    towns = () if by_region else await ask(datasette, lambda db: towns_of(columns_of(datasette, db), db, land.code))
    links = {one.code: f"/regions/{one.code}" for one in (*regions, whole)}
    circles, locale = _country_circles(land.code, regions if by_region else towns), reader_of(request).locale
    return rendered(
        request, "map.html", country=_named([whole], locale, empty=True)[0], drawing=drawing, links=links,
        counted=_named(regions, locale), circles=_labelled(circles, links, locale),
        elsewhere=whole.here - sum(one.here for one in regions), streets=False,
    )  # fmt: skip


async def outline(datasette: Any, request: Any) -> Answering:
    """`/outlines/US.svg`, `/outlines/world.svg`: the outlines alone, for small maps; their colour is that of whoever shows them."""
    name = request.url_vars["name"]
    drawing = outlines().world if name == "world" else outlines().countries.get(name)
    if drawing is None:
        return answer(request, 404, NOTHING_HERE)
    return Response(outline_svg(name), content_type="image/svg+xml; charset=utf-8", headers={"Cache-Control": _FOR_GOOD})


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


def _countries(db: sqlite3.Connection) -> tuple[Counted, ...]:
    """Every country with entries, or that is served. A country's own row counts all of it; without one, its regions do."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows_of(db, "SELECT * FROM regions ORDER BY country_code, code = country_code"):
        one = found.setdefault(row["country_code"], {"name": row["country"] or row["country_code"], "here": 0, "afar": 0})
        one["here"] = row["providers"] if row["code"] == row["country_code"] else one["here"] + row["providers"]
    for code, one in found.items():
        if not one["here"]:
            one["afar"] = db.execute(_AFAR, (code,)).fetchone()[0]
    return tuple(Counted(code=code, **one) for code, one in found.items())


def _within(db: sqlite3.Connection, code: str) -> tuple[Counted, tuple[Counted, ...]]:
    """A country itself, and its regions."""
    rows = rows_of(db, "SELECT * FROM regions WHERE country_code = ? ORDER BY code", code)
    counted = [Counted(code=row["code"], name=row["name"], here=row["providers"], afar=row["telehealth_providers"]) for row in rows]
    regions = tuple(one for one in counted if one.code != code)
    land = country_named(code)
    none = Counted(code=code, name=land.name if land else code, here=sum(one.here for one in regions), afar=0)
    return next((one for one in counted if one.code == code), none), regions


@lru_cache(maxsize=16)
def _world_circles(countries: tuple[Counted, ...]) -> tuple[Circle, ...]:
    return circles_of(outlines().world, countries)


@lru_cache(maxsize=256)
def _country_circles(code: str, found: tuple[Counted, ...] | tuple[Town, ...]) -> tuple[Circle, ...]:
    drawing = outlines().countries.get(code)
    if drawing is None:
        return ()
    if outlines().has_regions(code):
        return circles_of(drawing, (one for one in found if isinstance(one, Counted)))
    return grouped(drawing, (one for one in found if isinstance(one, Town)))


def _labelled(circles: Iterable[Circle], links: Mapping[str, str], locale: str) -> list[tuple[Circle, str, Phrase]]:
    """Each circle with where it leads and what it is called."""
    return [
        (circle, _target(circle, links), circle_label(_name(circle.code, circle.name, locale), circle.count, circle.afar))
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
        return phrases("%(name)s: only from afar, %(num)s entry", "%(name)s: only from afar, %(num)s entries", count, name=name)
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
    (r"/map", world), (r"/map/(?P<code>[A-Z]{2})", country), (r"/outlines/(?P<name>world|[A-Z]{2})\.svg", outline),
)  # fmt: skip
