"""Runs every extractor that fits a page and ranks what they find."""

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
"""Weight of entries found in scripts. What the page shows is preferred, because its readers check that."""
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
"""Factor for candidates whose entries carry the publisher's own labels."""
_NAMING = frozenset(("detail", "own_page"))
"""Families of pages about a person or a practice, which are entries even where nothing says how to reach them."""
SAME_LIST = 0.8
"""Share of the best candidate's entries from which a labelled table counts as the same list."""


@dataclass(frozen=True, slots=True)
class _Extractor:
    """An extractor, the family it belongs to and the kinds of page it reads."""

    family: str
    kinds: tuple[PageKind, ...]
    extract: Callable[[Page], Extraction]
    weight: float = 1.0
    claims: Callable[[Page], bool] | None = None
    """Recognises pages that only this extractor should read. JSON is tried in other ways too if it finds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCandidate:
    """The entries that one extractor found on a page."""

    family: str
    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    total: int | None = None
    weight: float = 0.0
    records: tuple[Record, ...] = ()
    next_pages: tuple[str, ...] = ()
    implausible: int = 0
    """Number of entries that no list would have. A spider would extract them too."""
    stated: tuple[Listing, ...] = ()
    """The plausible entries without what they inherit from headings."""

    @property
    def score(self) -> float:
        """Sums the entries, with far more weight on full ones, so that a list cut into fragments does not win.

        The exponents gave the best results on the test pages (whole and with tags removed) and the example lists.
        """
        share_plausible = len(self.stated) / max(1, len(self.listings) + self.implausible)
        labelled = LABELLED_BONUS if self.is_labelled else 1.0
        return float(
            labelled * self.weight**0.25 * share_plausible * sum(fullness(listing) ** 3 for listing in self.stated)
        )

    @property
    def is_labelled(self) -> bool:
        """Whether nearly every record has a name and another field under known labels."""
        return len(self.records) > 1 and sum(map(states_an_entry, self.records)) >= 0.9 * len(self.records)


def rank_candidates(page: Page) -> list[RankedCandidate]:
    """All candidates for the page, best first. Never raises because of the page's content."""
    return _rank(_all_candidates(page))


def _rank(found: list[RankedCandidate]) -> list[RankedCandidate]:
    """Sorts by score, but puts a labelled table before guesses that find hardly more entries."""
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
    """Runs the extractors for the page's kind. A new family needs a line here and one in `probe.CLASSES`."""
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
    if claimed and (page.kind != "json" or any(one.listings for one in claimed)):
        return claimed
    found = [
        *claimed,
        *(_run(page, extractor) for extractor in extractors if page.kind in extractor.kinds and not extractor.claims),
    ]
    if page.kind in ("html", "text", "xml"):
        found += _generic_candidates(page)
    return found if page.kind != "html" or any(len(one.listings) > 1 for one in found) else [_own_page(page), *found]


def _own_page(page: Page) -> RankedCandidate:
    """Reads the page as a practice's own page. Used if no list was found."""
    found = _run(page, _Extractor("own_page", ("html",), own_page.extract, weight=1.2))
    if not found.listings or evidence.mentions_ldn(page.text):
        return found
    what = "a practice's own page, but it does not mention low-dose naltrexone, so it is no evidence"
    return replace(found, problems=(*found.problems, Problem(page=page.url, what=what)))


def _generic_candidates(page: Page) -> list[RankedCandidate]:
    """The candidates found from the repeated structure of the page."""
    try:
        found = generic.candidates(page)
    except FAULTS as error:
        return [_failure(page, "html", error)]
    best = max((candidate.score for candidate in found), default=0.0)
    weights = [max(0.05, candidate.score / best) if best > 0 else 1.0 for candidate in found]
    return [_map(page, one.family, one.extraction, weight) for one, weight in zip(found, weights, strict=True)]


def _run(page: Page, extractor: _Extractor) -> RankedCandidate:
    try:
        return _map(page, extractor.family, extractor.extract(page), extractor.weight)
    except FAULTS as error:
        return _failure(page, extractor.family, error)


def _failure(page: Page, family: str, error: Exception) -> RankedCandidate:
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
        kept = [one for one in mapped.listings if is_plausible(one, reached=family not in _NAMING)]
        kept = [one for one in kept if family != "detail" or not _is_no_entry(one)]
        listings += kept
        if record.headings and kept:
            # A heading makes no entry fuller.
            alone = map_record(replace(record, headings=()), NEUTRAL, "probed").listings
            stated += filter(is_plausible, alone)
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
    """Whether the name is the title of an article or the name of a society."""
    return not listing.credentials and own_page.names_no_entry(listing.name or "")


def is_plausible(listing: Listing, *, reached: bool = True) -> bool:
    """Whether the entry has a usable name and, if `reached`, at least one way to find or contact it."""
    name = listing.name or ""
    label, colon, _ = name.partition(":")
    if not name or (colon and field_of(label)) or "://" in name or "@" in name:
        return False
    return not reached or any(getattr(listing, field) for field in _CONTACTS)


def fullness(listing: Listing) -> float:
    """How many of the counted fields are filled, from 0 to 1. Six of ten fields give 1."""
    return min(1.0, sum(bool(getattr(listing, field)) for field in COUNTED) / 6)
