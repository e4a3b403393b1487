"""Everything that fits a page is tried; what finds most plausible entries comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ldn_directory.model import Evidence, Extraction, Listing, Problem, Record, Source
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.mapping import map_record

from . import evidence
from .html import generic, own_page, structured_data
from .html.generic import states_an_entry
from .json import api as json_api
from .json import embedded as embedded_json
from .maps import geojson, kml
from .page import Page, PageKind
from .pdf import list as pdf_list
from .sheets import file as tabular_file

NEUTRAL = Source(title="Findings page", homepage="", evidence=Evidence.LISTED, record_key="not known")
FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
EMBEDDED_WEIGHT = 0.9
"""What a script holds must be this much fuller than what the page shows: the page is what its readers check."""
_CONTACTS = ("phones", "email", "website", "street", "city", "postcode", "region_code", "address")
COUNTED = (
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
"""Fields by which an entry's fullness is measured."""
LABELLED_BONUS = 1.5
"""What a reading gains if the publisher's own labels say which value is the name and which the rest."""
SAME_LIST = 0.8
"""Share of a guessed reading's entries from which a labelled table is taken for the same list."""


@dataclass(frozen=True, slots=True)
class _Extractor:
    """A way to read a page: which family's, of which kinds of page."""

    family: str
    kinds: tuple[PageKind, ...]
    extract: Callable[[Page], Extraction]
    weight: float = 1.0
    claims: Callable[[Page], bool] | None = None
    """Tells a page that is of this family, so that it is read in no other way (JSON is, if this way finds nothing)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCandidate:
    """One reading of a page, and how much it gives."""

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
    def score(self) -> float:
        """How much the reading gives: its entries, full ones counting far more, so that a list cut too small does not win.

        The exponents are those that found most on the test pages, whole and with tags torn out, and on the example lists.
        """
        believed = len(self.stated) / max(1, len(self.listings) + self.implausible)
        labelled = LABELLED_BONUS if self.is_labelled else 1.0
        return float(labelled * self.weight**0.25 * believed * sum(fullness(listing) ** 3 for listing in self.stated))

    @property
    def is_labelled(self) -> bool:
        """Whether nearly every record states a name and something else under labels that are known."""
        return len(self.records) > 1 and sum(map(states_an_entry, self.records)) >= 0.9 * len(self.records)


def rank_candidates(page: Page) -> list[RankedCandidate]:
    """Every reading of the page, the best first; never raises for what stands in the page."""
    return _rank(_all_candidates(page))


def _rank(found: list[RankedCandidate]) -> list[RankedCandidate]:
    """Best first: by worth, but a labelled table comes before guesses that find hardly more entries, or in a file any."""
    ranked = sorted(found, key=lambda one: -one.score)
    if not ranked or ranked[0].is_labelled:
        return ranked
    most = len(ranked[0].listings)
    for one in ranked:
        least = {"tabular_file": 2.0, "html_table": max(2.0, SAME_LIST * most)}.get(one.family)
        if least is not None and one.is_labelled and len(one.listings) >= least:
            return [one, *(other for other in ranked if other is not one)]
    return ranked


def _all_candidates(page: Page) -> list[RankedCandidate]:
    """Every reading of the page. A family joins with a line here (name, kinds of page, extractor) and one in `probe.CLASSES`."""
    extractors: tuple[_Extractor, ...] = (
        _Extractor("json_api", ("json", "xml"), json_api.extract),
        _Extractor("json_api", ("text",), json_api.extract, claims=json_api.is_answer),
        _Extractor("embedded_json", ("html", "text"), embedded_json.extract, weight=EMBEDDED_WEIGHT),
        _Extractor("tabular_file", ("xlsx", "zip", "text"), tabular_file.extract),
        _Extractor("tabular_file", ("html",), tabular_file.extract, claims=tabular_file.is_published_sheet),
        _Extractor("structured_data", ("html", "xml"), structured_data.extract),
        _Extractor("kml", ("xml", "zip"), kml.extract, claims=kml.looks_like_kml),
        _Extractor("kml", ("json",), geojson.extract, claims=geojson.looks_like_geojson),
        _Extractor("pdf_list", ("pdf",), pdf_list.extract),
    )
    claimed = [
        _run(page, extractor)
        for extractor in extractors
        if page.kind in extractor.kinds and extractor.claims and extractor.claims(page)
    ]
    if claimed and (page.kind != "json" or any(reading.listings for reading in claimed)):
        return claimed
    found = [
        *claimed,
        *(_run(page, extractor) for extractor in extractors if page.kind in extractor.kinds and not extractor.claims),
    ]
    if page.kind in ("html", "text", "xml"):
        found += _generic_candidates(page)
    return found if page.kind != "html" or any(len(one.listings) > 1 for one in found) else [_own_page(page), *found]


def _own_page(page: Page) -> RankedCandidate:
    """The page as a practice's own, which is asked where it holds no list."""
    found = _run(page, _Extractor("own_page", ("html",), own_page.extract, weight=1.2))
    if not found.listings or evidence.mentions_ldn(page.text):
        return found
    what = "a practice's own page, but it does not speak of low-dose naltrexone: it is no evidence"
    return replace(found, problems=(*found.problems, Problem(page=page.url, what=what)))


def _generic_candidates(page: Page) -> list[RankedCandidate]:
    """The readings that are found by the repeating structure of the page itself."""
    try:
        found = generic.candidates(page)
    except FAULTS as error:
        return [_failed(page, "html", error)]
    best = max((candidate.score for candidate in found), default=0.0)
    weights = [max(0.05, candidate.score / best) if best > 0 else 1.0 for candidate in found]
    return [_map(page, one.family, one.extraction, weight) for one, weight in zip(found, weights, strict=True)]


def _run(page: Page, extractor: _Extractor) -> RankedCandidate:
    try:
        return _map(page, extractor.family, extractor.extract(page), extractor.weight)
    except FAULTS as error:
        return _failed(page, extractor.family, error)


def _failed(page: Page, family: str, error: Exception) -> RankedCandidate:
    problem = Problem(page=page.url, what=f"could not be read as {family}: {type(error).__name__}: {str(error)[:200]}")
    return RankedCandidate(family=family, problems=(problem,))


def _map(page: Page, family: str, extraction: Extraction, weight: float) -> RankedCandidate:
    listings: list[Listing] = []
    stated: list[Listing] = []
    implausible = 0
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    for record in extraction.records:
        mapped = map_record(record, NEUTRAL, "probed")
        kept = [one for one in mapped.listings if plausible(one) and not (family == "detail" and _is_no_entry(one))]
        listings += kept
        if record.headings and kept:
            # A heading makes no entry fuller.
            alone = map_record(replace(record, headings=()), NEUTRAL, "probed").listings
            stated += filter(plausible, alone)
        else:
            stated += kept
        implausible += len(mapped.listings) - len(kept)
        problems += mapped.problems
        unplaced.update(dict.fromkeys(mapped.unplaced))
    return RankedCandidate(
        family=family,
        listings=tuple(listings),
        problems=tuple(problems[:200]),
        unplaced=tuple(unplaced),
        total=extraction.total,
        weight=weight,
        records=extraction.records,
        next_pages=extraction.next_pages,
        implausible=implausible,
        stated=tuple(stated),
    )


def _is_no_entry(listing: Listing) -> bool:
    """Whether a page's title, taken for the name of the one it is about, is that of a society or an article."""
    return not listing.credentials and own_page.names_no_entry(listing.name or "")


def plausible(listing: Listing) -> bool:
    """Whether an entry has a name, which is no labelled line or address, and at least one way to find or reach it."""
    name = listing.name or ""
    label, colon, _ = name.partition(":")
    if not name or (colon and field_of(label)) or "://" in name or "@" in name:
        return False
    return any(getattr(listing, field) for field in _CONTACTS)


def fullness(listing: Listing) -> float:
    """Share of the fields that patients need which the entry has, 0 to 1, reached at six of ten."""
    return min(1.0, sum(bool(getattr(listing, field)) for field in COUNTED) / 6)
