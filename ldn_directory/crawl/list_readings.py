"""Reads a page in every way that fits it, or in the way that was accepted for its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ldn_directory.extract import detail_pages
from ldn_directory.extract.candidates import RankedCandidate, rank_candidates
from ldn_directory.extract.html import generic, structured_data
from ldn_directory.extract.json import api as json_api
from ldn_directory.extract.json import embedded as embedded_json
from ldn_directory.extract.maps import geojson, kml
from ldn_directory.extract.page import Page
from ldn_directory.extract.pdf import list as pdf_list
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.model import Extraction, Record, TriedReading

MOST_TRIED = 6
"""Readings of one page that are reported."""


def try_readings(page: Page, headers: Mapping[str, str]) -> Extraction:
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
        tried=tuple(_tried(page, one) for one in usable[:MOST_TRIED]),
    )


def _tried(page: Page, one: RankedCandidate) -> TriedReading:
    return TriedReading(
        family=one.family,
        entries=len(one.listings),
        confidence=one.confidence,
        with_own_page=len(detail_pages.incomplete_entries(page, one.records)),
    )


def read_in(page: Page, headers: Mapping[str, str], way: Mapping[str, Any]) -> Extraction:
    """The page in the reading of its way. One of `others` is used only where the first finds nothing."""
    for family in filter(None, (way["family"], *way.get("others", ()))):
        found = _read_as(family, page, headers)
        if found.records or found.next_pages:
            fields = way.get("fields", {})
            return replace(found, records=tuple(_with_fields(record, fields) for record in found.records))
    return Extraction()


def _with_fields(record: Record, fields: Mapping[str, str]) -> Record:
    texts = tuple(replace(text, field=fields.get(text.label or "", text.field)) for text in record.texts)
    return replace(record, texts=texts) if fields else record


def _read_as(family: str, page: Page, headers: Mapping[str, str]) -> Extraction:
    match family:
        case "json_api":
            return json_api.extract(page, headers=headers)
        case "embedded_json":
            return embedded_json.extract(page)
        case "tabular_file":
            return tabular_file.extract(page)
        case "structured_data":
            return structured_data.extract(page)
        case "kml":
            return geojson.extract(page) if page.kind == "json" else kml.extract(page)
        case "pdf_list":
            return pdf_list.extract(page)
    return next((one.extraction for one in generic.candidates(page) if one.family == family), Extraction())
