"""Reads a page in every way that fits it, and ranks what is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ldn_directory.model import Evidence, Extraction, Kind, Listing, Problem, Source
from ldn_directory.normalize.classify import classify
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.mapping import map_record

from .choosing import RankedCandidate, rank
from .completing import COMPLETED, complete
from .evidence import mentions_ldn
from .html import generic, own_page
from .page import Page
from .readings import READINGS, WITH_LABELS, Reading, labelled_columns
from .relevance import kind_of_list

__all__ = ["FAULTS", "NEUTRAL", "RankedCandidate", "candidate_of", "rank_candidates"]

NEUTRAL = Source(title="Findings page", homepage="", evidence=Evidence.LISTED, record_key="not known")
FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_WAYS_TO_FIND = ("phones", "email", "website", "street", "city", "postcode", "region_code", "address", "latitude")
_NAMING = frozenset(("detail", "own_page"))
"""Families of pages about a person or a practice, which are entries even where nothing says how to reach them."""
_LEAST_REACHED = 0.25
"""The share of named entries with a way to find them from which those without one are entries, too."""
_MOST_BESIDE = 30
"""A page with more entries than this is not tried as a practice's own."""
_MOST_PROBLEMS = 200


def rank_candidates(page: Page) -> list[RankedCandidate]:
    """All readings of the page, best first; the first is the page's list if it `is_list`.

    Never raises because of the page's content.
    """
    return rank(page, all_candidates(page))


def all_candidates(page: Page) -> list[RankedCandidate]:
    """All readings of the page, not yet compared."""
    fitting = [reading for reading in READINGS if page.kind in reading.kinds]
    claimed = [_run(page, reading) for reading in fitting if reading.claims and reading.claims(page)]
    if claimed and (page.kind != "json" or any(one.listings for one in claimed)):
        return claimed
    plain = [reading for reading in fitting if not reading.claims and reading.family != "own_page"]
    found = [*claimed, *(_run(page, reading) for reading in plain if not reading.is_repeated)]
    if any(reading.is_repeated for reading in plain):
        found += _repeated(page, [one.extraction for one in found if one.listings])
    if (
        page.kind == "html"
        and max((len(one.listings) for one in found if one.family != "detail"), default=0) <= _MOST_BESIDE
    ):
        found.append(_own_page(page))
    return found


def _own_page(page: Page) -> RankedCandidate:
    """Reads the page as a practice's own page."""
    found = _run(page, next(reading for reading in READINGS if reading.family == "own_page"))
    if not found.listings or mentions_ldn(page.text):
        return found
    what = "a practice's own page, but it does not mention low-dose naltrexone, so it is no evidence"
    return replace(found, problems=(*found.problems, Problem(page=page.url, what=what)))


def _repeated(page: Page, others: Sequence[Extraction]) -> Iterator[RankedCandidate]:
    """The readings found from the repeated structure of the page, completed with `others`."""
    try:
        found = [one for one in generic.candidates(page) if not one.is_copy]
        best = max((candidate.score for candidate in found), default=0.0)
        for one in found:
            structure = max(0.0, one.score / best) if best > 0 else 1.0
            extraction = complete(page, one.extraction, others) if one.family in COMPLETED else one.extraction
            yield candidate_of(page, one.family, extraction, structure)
    except FAULTS as error:
        yield _failure(page, "html", error)


def _run(page: Page, reading: Reading) -> RankedCandidate:
    try:
        return candidate_of(page, reading.family, reading.read(page, None))
    except FAULTS as error:
        return _failure(page, reading.family, error)


def _failure(page: Page, family: str, error: Exception) -> RankedCandidate:
    problem = Problem(page=page.url, what=f"could not be read as {family}: {type(error).__name__}: {str(error)[:200]}")
    return RankedCandidate(family=family, problems=(problem,))


def candidate_of(page: Page, family: str, extraction: Extraction, structure: float = 1.0) -> RankedCandidate:
    """A reading with its records mapped to listings, and those left out that cannot be entries."""
    source = replace(NEUTRAL, kind=kind_of_list(page) or Kind.PRESCRIBER)
    named: list[tuple[int, Listing]] = []
    stated: list[Listing] = []
    implausible = 0
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    for at, record in enumerate(extraction.records):
        texts = classify(record)
        mapped = map_record(record, source, "probed", texts)
        kept = [one for one in mapped.listings if _is_named(one) and not (family == "detail" and _is_no_entry(one))]
        named += ((at, one) for one in kept)
        # A heading makes no entry fuller.
        bare = replace(record, headings=()) if record.headings and kept else None
        stated += filter(_is_named, map_record(bare, source, "probed", texts).listings) if bare else kept
        implausible += len(mapped.listings) - len(kept)
        problems += mapped.problems
        unplaced.update(dict.fromkeys(mapped.unplaced))
    reached = [(at, one) for at, one in named if _can_be_found(one)]
    if family not in _NAMING and len(reached) < max(1, _LEAST_REACHED * len(named)):
        named, stated, implausible = reached, [*filter(_can_be_found, stated)], implausible + len(named) - len(reached)
    if not extraction.columns and family in WITH_LABELS:
        extraction = replace(extraction, columns=labelled_columns(extraction))
    return RankedCandidate(
        family=family,
        extraction=extraction,
        listings=tuple(one for _, one in named),
        of_record=tuple(at for at, _ in named),
        problems=tuple(problems[:_MOST_PROBLEMS]),
        unplaced=tuple(unplaced),
        structure=structure,
        implausible=implausible,
        stated=tuple(stated),
    )


def _is_no_entry(listing: Listing) -> bool:
    """Whether the name is the title of an article or the name of a society."""
    return not listing.credentials and own_page.names_no_entry(listing.name or "")


def _is_named(listing: Listing) -> bool:
    """Whether the entry has a usable name."""
    name = listing.name or ""
    label, colon, _ = name.partition(":")
    return bool(name) and not (colon and field_of(label)) and "://" not in name and "@" not in name


def _can_be_found(listing: Listing) -> bool:
    """Whether the entry says at least one way to find or contact its bearer."""
    return any(getattr(listing, name) for name in _WAYS_TO_FIND)
