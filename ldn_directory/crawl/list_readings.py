"""Reads a page in every way that fits it, or in the way that was accepted for its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ldn_directory.extract import detail_pages
from ldn_directory.extract.candidates import RankedCandidate, candidate_of, rank_candidates
from ldn_directory.extract.choosing import rank
from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page
from ldn_directory.extract.readings import READINGS, read_as
from ldn_directory.model import Extraction, Record, TriedReading

MOST_TRIED = 6
"""Readings of one page that are reported."""


def try_readings(page: Page) -> Extraction:
    """The page in its best reading, with all that were tried; no records if none finds a list."""
    ranked = [one for one in rank_candidates(page) if one.family != "own_page"]
    usable = [one for one in ranked if one.is_list]
    onward = tuple(dict.fromkeys(url for one in (usable[:1] or ranked) for url in one.next_pages))
    if not usable:
        return Extraction(next_pages=onward if page.kind != "html" else ())
    best = usable[0]
    return Extraction(
        records=best.records,
        problems=best.problems,
        next_pages=onward,
        total=best.total,
        columns=best.extraction.columns,
        tried=tuple(_tried(page, one) for one in usable[:MOST_TRIED]),
    )


def guess_structure(page: Page) -> Extraction:
    """The entries that repeat on the page, in the likeliest reading, with its confidence; no records if none do."""
    found = generic.candidates(page)[:3]
    if not found:
        return Extraction()
    rated = rank(page, [candidate_of(page, one.family, one.extraction) for one in found])
    best = next(one for one in rated if one.family == found[0].family)
    return replace(found[0].extraction, tried=(_tried(page, best),) if best.listings else ())


def _tried(page: Page, one: RankedCandidate) -> TriedReading:
    return TriedReading(
        family=one.family,
        entries=len(one.listings),
        confidence=one.confidence,
        with_own_page=len(detail_pages.incomplete_entries(page, one.records)),
    )


def read_in(page: Page, way: Mapping[str, Any]) -> Extraction:
    """The page in the reading of its way. One of `others` is used only where the first finds nothing."""
    fitting = {one.family for one in READINGS if page.kind in one.kinds}
    for family in (way["family"], *way.get("others", ())):
        found = read_as(page, family) if family in fitting else Extraction()
        if found.records or found.next_pages:
            fields = way.get("fields", {})
            return replace(found, records=tuple(_with_fields(record, fields) for record in found.records))
    return Extraction()


def _with_fields(record: Record, fields: Mapping[str, str]) -> Record:
    texts = tuple(replace(text, field=fields.get(text.label or "", text.field)) for text in record.texts)
    return replace(record, texts=texts) if fields else record
