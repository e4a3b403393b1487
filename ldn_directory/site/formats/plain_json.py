"""JSON: a search with how it was understood; an entry with the sources and dates of each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ldn_directory.places import Place
from ldn_directory.site.queries.provenance import FieldStatements, Statement
from ldn_directory.site.queries.provider import Entry
from ldn_directory.site.search import FACETS, Results
from ldn_directory.site.search.place_choice import whole_name
from ldn_directory.site.search.suggestions import Suggestion

from .content import EntryView, Row, SearchPage, compact_json

EXTENSION, MEDIA_TYPE = "json", "application/json; charset=utf-8"


def format_entry(shown: EntryView) -> str:
    """The row, and for every field its values with their sources."""
    return compact_json(_entry(shown.entry))


def format_search(page: SearchPage) -> str:
    """Providers, facets, and how the search was understood."""
    results = page.results
    found = {
        "total": results.total,
        "page": results.page,
        "pages": results.pages,
        "next": page.next_address(EXTENSION),
        "cursor": results.cursor,
        "providers": results.rows,
        "facets": {
            name: [{"value": value, "count": count} for value, count in results.facets[name]] for name in FACETS
        },
        "place": _place(results),
        "groups": dict(results.groups),
        "group_counts": dict(results.group_counts),
        "words": results.parsed.words,
        "said": [str(said) for said in results.messages],
        "offers": [
            {
                "kind": alternative.kind,
                "words": str(alternative.text),
                "count": alternative.count,
                "address": "/search.json?" + urlencode(dict(alternative.parameters)),
            }
            for alternative in results.alternatives
        ],
    }
    return compact_json(found)


def format_suggestions(found: tuple[Suggestion, ...]) -> str:
    """Names and places that begin with what was typed."""
    suggestions = [
        {
            "kind": one.kind,
            "text": one.text,
            "where": one.where,
            "address": f"/provider/{one.provider}" if one.provider else None,
        }
        for one in found
    ]
    return compact_json({"suggestions": suggestions})


def _entry(entry: Entry) -> Row:
    return {
        "provider": entry.provider,
        "fields": {one.field: _field(one, entry.titles) for one in entry.fields},
        "locations": [
            place | {"fields": {one.field: _field(one, entry.titles) for one in told}}
            for place, told in entry.fields_of_places
        ],
        "serves": list(entry.serves),
        "also_listed_as": [one.value for one in entry.other_names],
        "disagreements": [
            {"field": one.field, "sides": [_side(side, entry.titles) for side in one.sides]}
            for one in entry.disagreements
        ],
        "related": list(entry.related),
        "merged_from": list(entry.merged_from),
        "verifications": list(entry.verifications),
        "listings": [row | {"title": entry.titles.get(row["source"], row["source"])} for row in entry.listings],
        "timeline": list(entry.changes),
    }


def _field(told: FieldStatements, titles: Mapping[str, str]) -> Row:
    shown = [_side(one, titles) for one in told.shown]
    several = told.field in ("languages", "serves")
    return {
        "value": [one["value"] for one in shown] if several else shown[0]["value"] if shown else None,
        "shown": shown,
        "also_listed_as": [_side(one, titles) for one in told.others],
    }


def _side(said: Statement, titles: Mapping[str, str]) -> Row:
    return {
        "value": said.value,
        "found_by": said.found_by,
        "said_by": [
            {
                "source": claim["source"],
                "title": titles.get(claim["source"], claim["source"]),
                "listing": claim["listing"],
                "page": claim["page"],
                "field": claim["field"],
                "written": claim["written"] or claim["value"],
                "first_confirmed": claim["first_seen"] if claim["last_confirmed"] else None,
                "last_confirmed": claim["last_confirmed"],
                "noted_on": claim.get("noted_on"),
            }
            for claim in said.claims
        ],
    }


def _place(results: Results) -> dict[str, Any] | None:
    place = results.parsed.place
    if place is None:
        return None
    others = [whole_name(other) for other in results.parsed.others]
    meant = {"typed": results.parsed.place_text, "others": others, "ask": results.parsed.ask}
    return _stated_place(place) | meant | {"within_km": results.within_km}


def _stated_place(place: Place) -> dict[str, Any]:
    names = ("name", "latitude", "longitude", "precision_km", "located_by", "region_code", "country_code")
    return {name: getattr(place, name) for name in names}
