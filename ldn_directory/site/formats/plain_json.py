"""JSON: a search with everything about how it was understood; an entry with who says each value, where and when."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from ldn_directory.places import Place

from ..provenance import as_json
from ..search import FACETS, Results
from ..search.suggesting import Suggestion
from .value import SearchPage, Shown

EXTENSION, MEDIA_TYPE = "json", "application/json; charset=utf-8"


def of_provider(shown: Shown) -> str:
    """The row, and for every field who says what."""
    return _written(as_json(shown.entry))


def of_search(page: SearchPage) -> str:
    """Everything: providers, facets, and how the question was understood."""
    results = page.results
    found = {
        "total": results.total,
        "page": results.page,
        "pages": results.pages,
        "next": page.next_address(EXTENSION),
        "cursor": results.cursor,
        "providers": results.rows,
        "facets": {name: [{"value": value, "count": count} for value, count in results.facets[name]] for name in FACETS},
        "place": _place(results),
        "groups": dict(results.groups),
        "words": results.reading.words,
        "said": [str(said) for said in results.said],
        "offers": [
            {"kind": offer.kind, "words": str(offer.words), "count": offer.count, "address": "/search.json?" + urlencode(dict(offer.ask))}
            for offer in results.offers
        ],
    }
    return _written(found)


def of_suggestions(found: tuple[Suggestion, ...]) -> str:
    """Names and places that begin as typed."""
    suggestions = [
        {"kind": one.kind, "text": one.text, "where": one.where, "address": f"/provider/{one.provider}" if one.provider else None}
        for one in found
    ]
    return _written({"suggestions": suggestions})


def _place(results: Results) -> dict[str, Any] | None:
    place = results.reading.place
    if place is None:
        return None
    others = [other.name for other in results.reading.others]
    return _stated(place) | {"typed": results.reading.place_text, "within_km": results.within_km, "others": others}


def _stated(place: Place) -> dict[str, Any]:
    names = ("name", "latitude", "longitude", "precision_km", "located_by", "region_code", "country_code")
    return {name: getattr(place, name) for name in names}


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
