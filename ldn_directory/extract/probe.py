"""Which family a page is: everything that fits is tried, and what finds most plausible entries wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ldn_directory.model import Evidence, Extraction, Listing, Problem, Record, Source
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.mapping import map_record

from . import (
    belonging,
    detail_pages,
    embedded_json,
    evidence,
    generic,
    geojson,
    json_api,
    kml,
    own_page,
    pdf_list,
    sitemap,
    structured_data,
    tabular_file,
)
from .completeness import shortfalls
from .confidence import MOST_IF_UNSAID, confidence
from .doors import frames, instead
from .notices import terms_link, warnings
from .page import Page, PageKind
from .presets import embedded_uses, use_of
from .spider_file import page_turning, spider_file

NEUTRAL = Source(title="Probed page", homepage="", evidence=Evidence.LISTED, record_key="not known")
CLASSES = {
    "html_table": "AnyHtml",
    "html_cards": "AnyHtml",
    "text_blocks": "AnyHtml",
    "detail": "AnyHtml",
    "json_api": "JsonApi",
    "embedded_json": "EmbeddedJson",
    "tabular_file": "TabularFile",
    "structured_data": "StructuredData",
    "kml": "Kml",
    "pdf_list": "PdfList",
    "own_page": "OwnPage",
}
"""The base spider (in `families.py`) of each family: a line a family."""
_READINGS = frozenset(("html_table", "html_cards", "text_blocks", "detail"))
"""Families that `AnyHtml` reads, pinned by its `reading`."""
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
EMBEDDED_WEIGHT = 0.9
"""What a script holds must be this much fuller than what the page shows: the page is what its readers check."""
_CONTACTS = ("phones", "email", "website", "street", "city", "postcode", "region_code", "address")
_COUNTED = (
    "name",
    "phones",
    "city",
    "region_code",
    "postcode",
    "country_code",
    "email",
    "website",
    "credentials",
    "street",
)
LABELLED_BONUS = 1.5
"""What a reading gains if the publisher's own labels say which value is the name and which the rest."""
SAME_LIST = 0.8
"""Share of a guessed reading's entries from which a labelled table is taken for the same list."""
NEAR = 0.8
"""Share of the winner's worth from which the runner-up is named."""
_EMBEDDED = (
    (
        re.compile(r"google\.[a-z.]+/maps/d/(?:u/\d/)?(?:embed|viewer|edit)\?[^\"'\s]*?mid=([\w-]+)"),
        "https://www.google.com/maps/d/kml?mid={}&forcekml=1",
    ),
    (
        re.compile(r"docs\.google\.com/spreadsheets/d/e/([\w-]+)/pubhtml"),
        "https://docs.google.com/spreadsheets/d/e/{}/pub?output=csv",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The second-best reading, where it is near."""

    family: str
    listings: int
    same_names: int
    """How many of the winner's entries it has found too, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a page was found to be. `family` is None if it holds no list; what `confidence` means stands in `confidence.py`."""

    family: str | None
    confidence: float
    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    total: int | None = None
    spider: str | None = None
    follow: tuple[str, ...] = ()
    """Addresses of lists embedded in the page."""
    fill: Mapping[str, float] = field(default_factory=dict)
    """Share of the listings, 0 to 1, that have each field."""
    runner_up: RunnerUp | None = None
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to read a page: which family's, of which kinds of page."""

    family: str
    kinds: tuple[PageKind, ...]
    extract: Callable[[Page], Extraction]
    weight: float = 1.0
    told_by: Callable[[Page], bool] | None = None
    """Tells a page that is of this family, so that it is read in no other way (JSON is, if this way finds nothing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    family: str
    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    total: int | None = None
    weight: float = 0.0
    records: tuple[Record, ...] = ()
    next_pages: tuple[str, ...] = ()
    implausible: int = 0
    """How many entries were read that no list would have: the spider would read them too."""
    stated: tuple[Listing, ...] = ()
    """The plausible entries as their records alone state them, without the headings above."""

    @property
    def worth(self) -> float:
        """How much the reading gives: its entries, full ones counting far more, so that a list cut too small does not win.

        The exponents are those that found most on the test pages, whole and with tags torn out, and on the example lists.
        """
        believed = len(self.stated) / max(1, len(self.listings) + self.implausible)
        labelled = LABELLED_BONUS if self.is_labelled else 1.0
        return float(labelled * self.weight**0.25 * believed * sum(fullness(listing) ** 3 for listing in self.stated))

    @property
    def is_labelled(self) -> bool:
        """Whether the publisher's own labels say which value is the name and which the rest."""
        return _is_labelled(self.records)


def probe(page: Page, headers: Mapping[str, str] | None = None, home: Page | None = None) -> Probed:
    """The best reading of the page, or none; never raises for what stands in the page.

    `headers` are those it came with, names in lower case; `home` is the page that embeds it, if one does.
    """
    tried = _ranked(_all_tried(page))
    onward = [address for one in tried if one.family == "kml" and not one.listings for address in one.next_pages]
    follow = tuple(dict.fromkeys((*embedded(page), *onward, *frames(page))))
    said = [Problem(page=page.url, what=what) for what in warnings(page, headers or {})]
    if not tried or not tried[0].listings:
        return Probed(
            family=None,
            confidence=0.0,
            problems=_once([*said, *_nothing(page, tried, follow)]),
            follow=follow,
            terms=terms_link(page),
        )
    best = tried[0]
    if other := belonging.other_matter(best.records, best.listings):
        return Probed(
            family=None, confidence=0.0, problems=_once([*said, *_nothing(page, [_Tried(family=best.family)], follow, other)]),
            follow=follow, terms=terms_link(page),
        )  # fmt: skip
    second = next((one for one in tried[1:] if one.listings and one.family != best.family), None)
    return Probed(
        family=best.family,
        confidence=_confidence(page, best, second),
        listings=best.listings,
        problems=_once([*said, *_doubts(page, best), *_about(page, best), *_not_understood(page, best)]),
        unplaced=best.unplaced,
        total=best.total,
        spider=_spider(page, best, home),
        follow=follow,
        fill=_fill(best.listings),
        runner_up=_runner_up(best, second),
        terms=terms_link(home or page),
    )


def _ranked(tried: list[_Tried]) -> list[_Tried]:
    """Best first: by worth, but a labelled table comes before guesses that find hardly more entries, or in a file any."""
    ranked = sorted(tried, key=lambda one: -one.worth)
    if not ranked or ranked[0].is_labelled:
        return ranked
    most = len(ranked[0].listings)
    for one in ranked:
        least = {"tabular_file": 2.0, "html_table": max(2.0, SAME_LIST * most)}.get(one.family)
        if least is not None and one.is_labelled and len(one.listings) >= least:
            return [one, *(other for other in ranked if other is not one)]
    return ranked


def _all_tried(page: Page) -> list[_Tried]:
    """Every reading of the page. A family joins with a line here (name, kinds of page, extractor) and one in CLASSES."""
    ways: tuple[_Way, ...] = (
        _Way("json_api", ("json", "xml"), json_api.extract),
        _Way("json_api", ("text",), json_api.extract, told_by=json_api.is_answer),
        _Way("embedded_json", ("html", "text"), embedded_json.extract, weight=EMBEDDED_WEIGHT),
        _Way("tabular_file", ("xlsx", "zip", "text"), tabular_file.extract),
        _Way("tabular_file", ("html",), tabular_file.extract, told_by=tabular_file.is_published_sheet),
        _Way("structured_data", ("html", "xml"), structured_data.extract),
        _Way("kml", ("xml", "zip"), kml.extract, told_by=kml.looks_like_kml),
        _Way("kml", ("json",), geojson.extract, told_by=geojson.looks_like_geojson),
        _Way("pdf_list", ("pdf",), pdf_list.extract),
    )
    told = [_try(page, way) for way in ways if page.kind in way.kinds and way.told_by and way.told_by(page)]
    if told and (page.kind != "json" or any(reading.listings for reading in told)):
        return told
    tried = [*told, *(_try(page, way) for way in ways if page.kind in way.kinds and not way.told_by)]
    if page.kind in ("html", "text", "xml"):
        tried += _tried_generic(page)
    return tried if page.kind != "html" or any(len(one.listings) > 1 for one in tried) else [_own(page), *tried]


def _own(page: Page) -> _Tried:
    """The page as a practice's own, which is asked where it holds no list."""
    tried = _try(page, _Way("own_page", ("html",), own_page.extract, weight=1.2))
    if not tried.listings or evidence.speaks_of_ldn(page.text):
        return tried
    what = "a practice's own page, but it does not speak of low-dose naltrexone: it is no evidence"
    return replace(tried, problems=(*tried.problems, Problem(page=page.url, what=what)))


def _tried_generic(page: Page) -> list[_Tried]:
    """The readings that are found by the repeating structure of the page itself."""
    try:
        found = generic.candidates(page)
    except _FAULTS as error:
        return [_failed(page, "html", error)]
    best = max((candidate.score for candidate in found), default=0.0)
    return [
        _mapped(page, candidate.family, candidate.extraction, max(0.05, candidate.score / best) if best > 0 else 1.0)
        for candidate in found
    ]


def _try(page: Page, way: _Way) -> _Tried:
    try:
        return _mapped(page, way.family, way.extract(page), way.weight)
    except _FAULTS as error:
        return _failed(page, way.family, error)


def _failed(page: Page, family: str, error: Exception) -> _Tried:
    problem = Problem(page=page.url, what=f"could not be read as {family}: {type(error).__name__}: {str(error)[:200]}")
    return _Tried(family=family, problems=(problem,))


def _mapped(page: Page, family: str, extraction: Extraction, weight: float) -> _Tried:
    listings: list[Listing] = []
    stated: list[Listing] = []
    implausible = 0
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    for record in extraction.records:
        mapped = map_record(record, NEUTRAL, "probed")
        believed = [listing for listing in mapped.listings if plausible(listing) and not (family == "detail" and _is_no_entry(listing))]
        listings += believed
        stated += _by_itself(record, believed)
        implausible += len(mapped.listings) - len(believed)
        problems += mapped.problems
        unplaced.update(dict.fromkeys(mapped.unplaced))
    return _Tried(
        family=family, listings=tuple(listings), problems=tuple(problems[:200]), unplaced=tuple(unplaced),
        total=extraction.total, weight=weight, records=extraction.records, next_pages=extraction.next_pages,
        implausible=implausible, stated=tuple(stated),
    )  # fmt: skip


def _is_no_entry(listing: Listing) -> bool:
    """Whether a page's title, taken for the name of the one it is about, is that of a society or an article."""
    return not listing.credentials and own_page.names_no_entry(listing.name or "")


def _by_itself(record: Record, listings: list[Listing]) -> list[Listing]:
    """The plausible listings without what only the headings above the record say: a heading makes no entry fuller."""
    if not record.headings or not listings:
        return listings
    alone = map_record(replace(record, headings=()), NEUTRAL, "probed")
    return [listing for listing in alone.listings if plausible(listing)]


def plausible(listing: Listing) -> bool:
    """Whether an entry has a name, which is no labelled line or address, and at least one way to find or reach it."""
    name = listing.name or ""
    label, colon, _ = name.partition(":")
    if not name or (colon and field_of(label)) or "://" in name or "@" in name:
        return False
    return any(getattr(listing, field) for field in _CONTACTS)


def _is_labelled(records: Sequence[Record]) -> bool:
    """Whether nearly every record states a name and something else under labels that are known."""
    return len(records) > 1 and sum(map(generic.states_an_entry, records)) >= 0.9 * len(records)


def fullness(listing: Listing) -> float:
    """Share of the fields that patients need which the entry has, 0 to 1, reached at six of ten."""
    return min(1.0, sum(bool(getattr(listing, field)) for field in _COUNTED) / 6)


def _confidence(page: Page, best: _Tried, second: _Tried | None) -> float:
    others = [listing.name for listing in second.listings] if second else None
    said = confidence(best.family, [listing.name for listing in best.listings], others, len(best.records))
    return min(said, MOST_IF_UNSAID) if _doubts(page, best) else said


def _doubts(page: Page, best: _Tried) -> list[Problem]:
    medical = belonging.says_medical(page, best.records, best.listings)
    return [] if medical else [Problem(page=page.url, what=belonging.UNSAID)]


def _fill(listings: tuple[Listing, ...]) -> dict[str, float]:
    names = (*_COUNTED, "practice", "specialty", "telehealth")
    return {
        name: round(sum(getattr(one, name) not in (None, ()) for one in listings) / len(listings), 3) for name in names
    }


def _runner_up(best: _Tried, second: _Tried | None) -> RunnerUp | None:
    if second is None or second.worth < NEAR * best.worth:
        return None
    names = {listing.name for listing in second.listings}
    same = sum(listing.name in names for listing in best.listings)
    return RunnerUp(family=second.family, listings=len(second.listings), same_names=same)


def _about(page: Page, best: _Tried) -> list[Problem]:
    short = shortfalls(page, len(best.records), best.total, best.next_pages) if best.family != "detail" else ()
    return [*(Problem(page=page.url, what=what) for what in short), *best.problems]


def _not_understood(page: Page, best: _Tried) -> list[Problem]:
    return [Problem(page=page.url, what=f"column {label!r} not understood") for label in best.unplaced]


def _nothing(page: Page, tried: list[_Tried], follow: tuple[str, ...], *why: str) -> list[Problem]:
    found = [problem for one in tried for problem in one.problems]
    loaded = [f"the list is loaded from {address}: probe that" for address in follow if address not in frames(page)]
    said = ["no list of people or practices was found", *why, *loaded, *instead(page), *_leads(page)]
    return [*(Problem(page=page.url, what=what) for what in said), *found[:5]]


def _leads(page: Page) -> list[str]:
    """What a page without a list leads to: the pages of a sitemap, or those that stand for a list's items."""
    try:
        named = sitemap.read(page) if page.kind in ("xml", "text", "zip") else None
    except _FAULTS as error:
        return [str(error)[:300]]
    items = structured_data.item_addresses(page) if page.kind == "html" else ()
    said = []
    if named and (named.pages or named.sitemaps):
        count = f"{len(named.pages)} pages and {len(named.sitemaps)} further sitemaps"
        said.append(f"a sitemap of {count}: probe one page; a StructuredData spider with `sitemap_rule` starts here")
    if items:
        alone = f"a list of {len(items)} pages by their addresses alone, such as {items[0]}"
        said.append(f"{alone}: probe one; a StructuredData spider with `details = True` reads them all")
    return said


def _once(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))


def embedded(page: Page) -> tuple[str, ...]:
    """Addresses of the data behind maps and sheets that the page embeds."""
    if page.kind not in ("html", "xml"):
        return ()
    text = page.text[:2_000_000].replace("&amp;", "&").replace("\\/", "/")
    known = [address.format(key) for pattern, address in _EMBEDDED for key in pattern.findall(text)[:5]]
    return tuple(dict.fromkeys([*known, *(use.address for use in embedded_uses(page))]))


def _spider(page: Page, best: _Tried, home: Page | None) -> str:
    attributes: dict[str, object] = {"reading": best.family} if best.family in _READINGS else {}
    if CLASSES[best.family] == "AnyHtml" and 2 * len(detail_pages.awaited(page, best.records)) > len(best.records) > 1:
        attributes["details"] = True
    if best.family == "json_api":
        attributes |= _preset(page) or page_turning(page, len(best.records))
    return spider_file(page, CLASSES[best.family], best.listings, best.records, attributes, home)


def _preset(page: Page) -> dict[str, object]:
    """What names the page's back end, if it is one that is known."""
    use = use_of(page.url)
    stated = {"preset": use.preset.name, "site": use.site, "key": use.key} if use else {}
    return {attribute: value for attribute, value in stated.items() if value}
