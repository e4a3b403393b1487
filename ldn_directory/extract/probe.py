"""Which family a page is: everything that fits is tried, and what finds most plausible entries wins."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ldn_directory.model import Evidence, Extraction, Listing, Problem, Source
from ldn_directory.normalize.mapping import map_record

from . import detail_pages, evidence, generic, json_api, own_page, sitemap, structured_data, tabular_file
from .page import Page

NEUTRAL = Source(title="Probed page", homepage="", evidence=Evidence.LISTED, record_key="not known")
CLASSES = {
    "html_table": "HtmlTable", "html_cards": "AnyHtml", "text_blocks": "AnyHtml", "detail": "AnyHtml",
    "json_api": "JsonApi", "tabular_file": "TabularFile", "structured_data": "StructuredData",
    "own_page": "OwnPage",
}  # fmt: skip
_CONTACTS = ("phones", "email", "website", "street", "city", "postcode", "region_code", "address")
_COUNTED = ("name", "phones", "city", "region_code", "postcode", "country_code", "email", "website", "credentials", "street")
_FORBIDDEN = re.compile(r"(?:may|must) not (?:be )?(?:copied|reproduced|scraped?|republished|harvested?)|no (?:automated|scraping)|all use of robots", re.IGNORECASE)
_CHALLENGE = re.compile(r"<title>\s*(?:just a moment|attention required|access denied|security check)", re.IGNORECASE)
_LOGIN = re.compile(r"<input[^>]+type=[\"']?password", re.IGNORECASE)
_EMBEDDED = (
    (re.compile(r"google\.[a-z.]+/maps/d/(?:u/\d/)?(?:embed|viewer|edit)\?[^\"'\s]*?mid=([\w-]+)"), "https://www.google.com/maps/d/kml?mid={}&forcekml=1"),
    (re.compile(r"docs\.google\.com/spreadsheets/d/e/([\w-]+)/pubhtml"), "https://docs.google.com/spreadsheets/d/e/{}/pub?output=csv"),
    (re.compile(r"zeemaps\.com/pub\?group=(\d+)"), "https://www.zeemaps.com/emarkers?g={}"),
    (re.compile(r"api\.storepoint\.co/v\d/(\w+)"), "https://api.storepoint.co/v1/{}/locations"),
    (re.compile(r"stockist\.co/(?:api/v1|embed)/(\w+)"), "https://stockist.co/api/v1/{}/locations/all"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a page was found to be. `family` is None if it holds no list; `confidence` is the share of full entries."""

    family: str | None
    confidence: float
    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    total: int | None = None
    spider: str | None = None
    follow: tuple[str, ...] = ()
    """Addresses of lists embedded in the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    family: str
    listings: tuple[Listing, ...]
    problems: tuple[Problem, ...]
    unplaced: tuple[str, ...]
    total: int | None
    weight: float
    details: bool = False
    """Whether most entries state no contact data, but have a page of their own."""

    @property
    def worth(self) -> float:
        return self.weight * sum(fullness(listing) for listing in self.listings)


def probe(page: Page) -> Probed:
    """The best reading of the page, or none; never raises for what stands in the page."""
    tried = sorted(_all_tried(page), key=lambda one: -one.worth)
    follow = embedded(page)
    best = tried[0] if tried and tried[0].listings else None
    problems = tuple(dict.fromkeys((*_warnings(page), *(best.problems if best else _nothing(page, tried)))))
    if best is None:
        return Probed(family=None, confidence=0.0, problems=problems, follow=follow)
    said = tuple(Problem(page=page.url, what=f"column {label!r} not understood") for label in best.unplaced)
    spider = spider_text(page, best.family, details=best.details)
    return Probed(
        family=best.family, confidence=round(sum(map(fullness, best.listings)) / len(best.listings), 3), listings=best.listings,
        problems=(*problems, *said), unplaced=best.unplaced, total=best.total, spider=spider, follow=follow,
    )  # fmt: skip


def _all_tried(page: Page) -> list[_Tried]:
    kind = page.kind
    ways: list[tuple[str, Callable[[], Extraction], float]] = []
    if kind == "json":
        ways.append(("json_api", lambda: json_api.extract(page), 1.0))
    elif kind in ("xlsx", "zip"):
        ways.append(("tabular_file", lambda: tabular_file.extract(page), 1.0))
    elif kind in ("html", "xml"):
        ways.append(("structured_data", lambda: structured_data.extract(page), 1.0))
    elif kind == "text":
        ways.append(("tabular_file", lambda: tabular_file.extract(page), 1.0))
    tried = [done for family, way, weight in ways if (done := _try(page, family, way, weight)) is not None]
    if kind in ("html", "text", "xml"):
        try:
            found = generic.candidates(page)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return [*tried, _failed(page, "html", error)]
        best_score = found[0].score if found else 0.0
        for candidate in found:
            weight = candidate.score / best_score if best_score > 0 else 1.0
            tried.append(_mapped(page, candidate.family, candidate.extraction, max(0.05, weight)))
    return tried if any(len(one.listings) > 1 for one in tried) or kind != "html" else [*_own(page), *tried]


def _own(page: Page) -> list[_Tried]:
    """The page as a practice's own, where it holds no list."""
    tried = _try(page, "own_page", lambda: own_page.extract(page), 1.05)
    if tried is None or not tried.listings or evidence.speaks_of_ldn(page.text):
        return [tried] if tried else []
    what = "a practice's own page, but it does not speak of low-dose naltrexone: it is no evidence"
    return [replace(tried, problems=(*tried.problems, Problem(page=page.url, what=what)))]


def _try(page: Page, family: str, way: Callable[[], Extraction], weight: float) -> _Tried | None:
    try:
        return _mapped(page, family, way(), weight)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return _failed(page, family, error)


def _failed(page: Page, family: str, error: Exception) -> _Tried:
    problem = Problem(page=page.url, what=f"could not be read as {family}: {type(error).__name__}: {str(error)[:200]}")
    return _Tried(family=family, listings=(), problems=(problem,), unplaced=(), total=None, weight=0)


def _mapped(page: Page, family: str, extraction: Extraction, weight: float) -> _Tried:
    listings: list[Listing] = []
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    for record in extraction.records:
        mapped = map_record(record, NEUTRAL, "probed")
        listings += [listing for listing in mapped.listings if plausible(listing)]
        problems += mapped.problems
        unplaced.update(dict.fromkeys(mapped.unplaced))
    return _Tried(
        family=family, listings=tuple(listings), problems=tuple(problems[:200]), unplaced=tuple(unplaced),
        total=extraction.total, weight=weight,
        details=2 * len(detail_pages.awaited(page, extraction.records)) > len(extraction.records) if page.kind == "html" else False,
    )  # fmt: skip


def plausible(listing: Listing) -> bool:
    """Whether an entry has a name and at least one way to find or reach it."""
    return bool(listing.name) and any(getattr(listing, field) for field in _CONTACTS)


def fullness(listing: Listing) -> float:
    """Share of the fields that patients need which the entry has, 0 to 1, reached at six of ten."""
    return min(1.0, sum(bool(getattr(listing, field)) for field in _COUNTED) / 6)


def _nothing(page: Page, tried: list[_Tried]) -> list[Problem]:
    found = [problem for one in tried for problem in one.problems]
    return [*found[:5], *_leads(page), Problem(page=page.url, what="no list of people or practices was found")]


def _leads(page: Page) -> list[Problem]:
    """What a page without a list leads to: the pages of a sitemap, or those that stand for a list's items."""
    named = sitemap.read(page) if page.kind in ("xml", "text", "zip") else None
    items = structured_data.item_addresses(page) if page.kind == "html" else ()
    said = []
    if named and (named.pages or named.sitemaps):
        count = f"{len(named.pages)} pages and {len(named.sitemaps)} further sitemaps"
        said.append(f"a sitemap of {count}: probe one page; a StructuredData spider with `sitemap_rule` starts here")
    if items:
        alone = f"a list of {len(items)} pages by their addresses alone, such as {items[0]}"
        said.append(f"{alone}: probe one; a StructuredData spider with `details = True` reads them all")
    return [Problem(page=page.url, what=what) for what in said]


def _warnings(page: Page) -> list[Problem]:
    if page.kind not in ("html", "text", "xml"):
        return []
    text = page.text[:400_000]
    said = []
    if _CHALLENGE.search(text):
        said.append("a bot challenge came instead of the page: ask the publisher, or save the page in a browser")
    if _LOGIN.search(text):
        said.append("the page has a login form: only what is public may be read")
    if match := _FORBIDDEN.search(text):
        said.append(f"the page says: “{match.group()}”; read its terms before adding it")
    return [Problem(page=page.url, what=what) for what in said]


def embedded(page: Page) -> tuple[str, ...]:
    """Addresses of the data behind maps and sheets that the page embeds."""
    if page.kind not in ("html", "xml"):
        return ()
    text = page.text[:2_000_000].replace("&amp;", "&").replace("\\/", "/")
    return tuple(dict.fromkeys(address.format(key) for pattern, address in _EMBEDDED for key in pattern.findall(text)[:5]))


def spider_text(page: Page, family: str, *, details: bool = False) -> str:
    """The file of a spider that reads this page, to be looked through by a person."""
    parts = urlsplit(page.url)
    host = (parts.hostname or "file").removeprefix("www.")
    name = re.sub(r"\W+", "_", f"{host}{parts.path}".lower()).strip("_")[:60] or "new_source"
    class_name = "".join(word.capitalize() for word in name.split("_"))
    base = CLASSES[family]
    extra = "    details = True\n" if details and base == "AnyHtml" and family != "detail" else ""
    return f'''from ldn_directory.families import {base}
from ldn_directory.model import Evidence, Expect, Source


class {class_name}({base}):
    """Say whose list this is, and what it lists."""

    name = "{name}"
    source = Source(
        title="{host}",
        homepage="{parts.scheme}://{parts.netloc}/",
        terms=None,
        evidence=Evidence.{"OWN_SITE" if family == "own_page" else "LISTED"},
        record_key="hash of name, region and phone",
        expect=Expect(at_least=1),
    )
    start_urls = ["{page.url}"]
{extra}'''
