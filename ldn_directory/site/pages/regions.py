"""`/regions` and `/pharmacies`: entries by country and region, for people who browse and for search engines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.normalize.regions import fold
from ldn_directory.site.app_state import columns_of
from ldn_directory.site.formats.json_ld import script_json
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.i18n.locale import Reader, reader_of
from ldn_directory.site.i18n.place_names import place_name
from ldn_directory.site.search import LEAVES_AFTER_DAYS, MOST_PAGES
from ldn_directory.site.search.region_counts import OTHERS, PHARMACY, RegionCount, RegionCounts, RegionPage

from .render import (
    AnyResponse,
    Routes,
    View,
    base_of,
    error_page,
    needs_directory,
    query_directory,
    render_page,
    titles_of,
    today,
)
from .selection import MOST_PICKED, picks_of, toggle_pick

NO_PLACE = phrase("We know no country or region with the code %(code)s.")
BAD_PAGE = phrase("Please give a page number from 1 to %(most)s.", most=MOST_PAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of the two ways to browse: prescribers and clinics, or pharmacies."""

    path: str
    pharmacies: bool
    name: Phrase
    title: Phrase
    """The title of the page of the world."""

    def title_of(self, place: str) -> Phrase:
        """The title of a country's or region's page."""
        if self.pharmacies:
            return phrase("%(place)s: pharmacies", place=place)
        return phrase("%(place)s: doctors and clinics", place=place)

    def description_of(self, place: str, listed: int, reaching: int) -> Phrase:
        """The description of that page for search engines."""
        if self.pharmacies:
            return phrase(
                "%(place)s: pharmacies for low-dose naltrexone. Pharmacies there: %(here)s. Pharmacies that deliver"
                " there: %(afar)s. Each with its source and date.",
                place=place,
                here=listed,
                afar=reaching,
            )
        return phrase(
            "%(place)s: doctors and clinics for low-dose naltrexone. There: %(here)s. By video: %(afar)s."
            " Each with its source and date.",
            place=place,
            here=listed,
            afar=reaching,
        )


REGIONS = Branch(
    path="/regions",
    pharmacies=False,
    name=phrase("Regions"),
    title=phrase("Doctors and clinics by country"),
)
PHARMACIES = Branch(
    path="/pharmacies", pharmacies=True, name=phrase("Pharmacies"), title=phrase("Pharmacies by country")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """A page in the breadcrumb trail; the last one is the page itself."""

    path: str
    name: str


def _world(branch: Branch) -> View:
    @needs_directory
    async def view(datasette: Any, request: Any) -> Response:
        reader = reader_of(request)

        def found(db: sqlite3.Connection) -> tuple[list[RegionCount], int]:
            counts = RegionCounts.of(db, columns_of(datasette, db), today())
            countries = [place for place in counts.countries() if _is_shown(counts, place, branch)]
            return countries, counts.without_country(pharmacies=branch.pharmacies)

        countries, nowhere = await query_directory(datasette, found)
        crumbs = [Crumb(path=branch.path, name=reader.say(branch.name))]
        return render_page(
            request,
            "regions.html",
            branch=branch,
            countries=_sort_by_name(reader, countries),
            nowhere=nowhere,
            keep=_address_with_picks(request),
            **_links(request, crumbs),
        )

    return view


def _is_shown(counts: RegionCounts, country: RegionCount, branch: Branch) -> bool:
    if country.anybody(branch.pharmacies):
        return True
    return any(region.anybody(branch.pharmacies) for region in counts.regions(country.code))


def _sort_by_name(reader: Reader, places: Iterable[RegionCount]) -> list[tuple[str, RegionCount]]:
    """The places with their names in the reader's language, sorted by name."""
    found = [(place_name(place.code, reader.locale, place.name), place) for place in places]
    return sorted(found, key=lambda one: (fold(one[0]), one[1].code))


def _place(branch: Branch) -> View:
    @needs_directory
    async def view(datasette: Any, request: Any) -> AnyResponse:
        reader, code, stated = reader_of(request), request.url_vars["code"], request.args.get("page") or "1"
        if code != code.upper():
            more = f"?{request.query_string}" if request.query_string else ""
            return Response.redirect(reader.href(f"{branch.path}/{code.upper()}") + more, status=301)
        page = int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= len(str(MOST_PAGES)) else 0
        if not 1 <= page <= MOST_PAGES:
            return error_page(request, 400, BAD_PAGE)
        found = await query_directory(datasette, lambda db: _find_region(db, datasette, code, branch, page))
        if found is None:
            return error_page(request, 404, phrase(NO_PLACE.text, code=code))
        if found.listed.page != page:
            return error_page(
                request,
                404,
                phrase("This place has no such page. The last one is page %(pages)s.", pages=found.listed.pages),
            )
        return _page(request, branch, found)

    return view


@dataclass(frozen=True, slots=True, kw_only=True)
class _RegionResult:
    place: RegionCount
    country: RegionCount
    regions: list[RegionCount]
    listed: RegionPage
    titles: dict[str, str]


def _find_region(db: sqlite3.Connection, datasette: Any, code: str, branch: Branch, page: int) -> _RegionResult | None:
    counts = RegionCounts.of(db, columns_of(datasette, db), today())
    place, country = counts.place(code), counts.place(code[:2])
    if place is None or country is None:
        return None
    regions = [] if "-" in code else [one for one in counts.regions(code) if one.anybody(branch.pharmacies)]
    listed = counts.page_of(db, code, pharmacies=branch.pharmacies, page=page)
    return _RegionResult(place=place, country=country, regions=regions, listed=listed, titles=titles_of(db))


def _page(request: Any, branch: Branch, found: _RegionResult) -> Response:
    reader, place, listed = reader_of(request), found.place, found.listed
    name = place_name(place.code, reader.locale, place.name)
    crumbs = [Crumb(path=branch.path, name=reader.say(branch.name))]
    if place.code != found.country.code:
        land = place_name(found.country.code, reader.locale, found.country.name)
        crumbs.append(Crumb(path=f"{branch.path}/{found.country.code}", name=land))
    crumbs.append(Crumb(path=f"{branch.path}/{place.code}", name=name))
    here, afar = place.here(branch.pharmacies), place.elsewhere(branch.pharmacies)
    return render_page(
        request,
        "place.html",
        branch=branch,
        place=place,
        name=name,
        regions=_sort_by_name(reader, found.regions),
        listed=listed,
        title=branch.title_of(name),
        description=branch.description_of(name, here, afar),
        titles=found.titles,
        leaves_after=LEAVES_AFTER_DAYS,
        kinds=(PHARMACY,) if branch.pharmacies else OTHERS,
        is_region="-" in place.code,
        empty=not (here or afar or found.regions),
        picked=picks_of(request),
        pick=_pick_address(request, crumbs[-1].path, listed.page),
        keep=_address_with_picks(request),
        **_links(request, crumbs, listed.page),
    )


def _address_with_picks(request: Any) -> Callable[..., str]:
    """A function that gives the address of a page with the entries that are picked."""
    reader, picked = reader_of(request), ",".join(map(str, picks_of(request)))
    return lambda path, page=1: _address(reader, path, page, picked)


def _pick_address(request: Any, path: str, page: int) -> Callable[[int], str | None]:
    """A function that gives the address of the page with an entry picked or unpicked; None if no more can be picked."""
    reader, picked = reader_of(request), picks_of(request)

    def address(number: int) -> str | None:
        if number not in picked and len(picked) >= MOST_PICKED:
            return None
        return _address(reader, path, page, toggle_pick(picked, number))

    return address


def _address(reader: Reader, path: str, page: int, picked: str) -> str:
    asked = {name: value for name, value in (("page", page if page > 1 else ""), ("pick", picked)) if value}
    return reader.href(path) + (f"?{urlencode(asked, safe=',')}" if asked else "")


def _links(request: Any, crumbs: list[Crumb], page: int = 1) -> dict[str, Any]:
    """The page's own address and its breadcrumbs, for people and for search engines (schema.org BreadcrumbList)."""
    reader, base = reader_of(request), base_of(request)
    listed = [
        {"@type": "ListItem", "position": place, "name": crumb.name, "item": base + reader.href(crumb.path)}
        for place, crumb in enumerate(crumbs, 1)
    ]
    return {
        "crumbs": crumbs,
        "canonical": base + _address(reader, crumbs[-1].path, page, ""),
        "linked": script_json(
            json.dumps({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": listed})
        ),
    }


@needs_directory
async def regions_json(datasette: Any, request: Any) -> Response:
    """`/regions.json`: every country and region with its counts; names in English."""

    def found(db: sqlite3.Connection) -> list[dict[str, Any]]:
        counts = RegionCounts.of(db, columns_of(datasette, db), today())
        places = (counts.place(code) for code in sorted(counts.codes))
        return [_as_json(place) for place in places if place]

    rows = await query_directory(datasette, found)
    base = base_of(request)
    listed = [row | {"url": f"{base}/regions/{row['code']}"} for row in rows]
    return Response.json({"regions": listed}, headers={"Cache-Control": "no-cache"})


def _as_json(place: RegionCount) -> dict[str, Any]:
    return {
        "code": place.code,
        "name": place.name,
        "country_code": place.country_code,
        "providers": {kind: place.kinds.get(kind, 0) for kind in (*OTHERS, PHARMACY)},
        "serving_by_telehealth": place.afar,
        "delivering_pharmacies": place.delivering,
    }


async def redirect_places(datasette: Any, request: Any) -> Response:
    """`/places`, the former address of `/regions`."""
    return Response.redirect(reader_of(request).href("/regions"), status=301)


_CODE = r"(?P<code>[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?)"
ROUTES: Routes = (
    (r"/regions", _world(REGIONS)),
    (r"/regions\.json", regions_json),
    (rf"/regions/{_CODE}", _place(REGIONS)),
    (r"/pharmacies", _world(PHARMACIES)),
    (rf"/pharmacies/{_CODE}", _place(PHARMACIES)),
    (r"/places", redirect_places),
)
