"""Results for programs: JSON, CSV (RFC 4180) and GeoJSON (RFC 7946)."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ldn_directory.places import Place

from .search import FACETS, Query, Results
from .search.suggesting import Suggestion


@dataclass(frozen=True, slots=True)
class Format:
    """A form that a page's content has besides HTML."""

    extension: str
    media_type: str


FORMATS = (
    Format("json", "application/json; charset=utf-8"), Format("csv", "text/csv; charset=utf-8"), Format("geojson", "application/geo+json"),
)  # fmt: skip
MEDIA_TYPES = {one.extension: one.media_type for one in FORMATS}
_FORMULA = re.compile(r"[=@\t\r]|[-+](?![\d ().-]*$)")


def next_address(query: Query, results: Results, form: str) -> str | None:
    """Where the next page is; None after the last one."""
    if results.cursor is None:
        return None
    return f"/search.{form}?" + urlencode(query.parameters() | {"cursor": results.cursor})


def as_json(query: Query, results: Results) -> str:
    """Everything: providers, facets, and how the question was understood."""
    found = {
        "total": results.total,
        "page": results.page,
        "pages": results.pages,
        "next": next_address(query, results, "json"),
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
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _place(results: Results) -> dict[str, Any] | None:
    place = results.reading.place
    if place is None:
        return None
    others = [other.name for other in results.reading.others]
    return _stated(place) | {"typed": results.reading.place_text, "within_km": results.within_km, "others": others}


def _stated(place: Place) -> dict[str, Any]:
    names = ("name", "latitude", "longitude", "precision_km", "located_by", "region_code", "country_code")
    return {name: getattr(place, name) for name in names}


def as_csv(query: Query, results: Results) -> str:
    """A line a provider under a line of names. What a spreadsheet would take for a formula is made text by an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=results.columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in results.rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def as_geojson(query: Query, results: Results) -> str:
    """A feature a provider; without a geometry where its place is not known."""
    features = [
        {"type": "Feature", "id": row["id"], "geometry": _point(row),
         "properties": {name: value for name, value in row.items() if name not in ("id", "latitude", "longitude")}}
        for row in results.rows
    ]  # fmt: skip
    found = {
        "type": "FeatureCollection", "features": features, "total": results.total, "next": next_address(query, results, "geojson"),
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _point(row: dict[str, Any]) -> dict[str, Any] | None:
    if row["latitude"] is None or row["longitude"] is None:
        return None
    return {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}


def as_suggestions(found: tuple[Suggestion, ...]) -> str:
    """Names and places that begin as typed."""
    suggestions = [
        {"kind": one.kind, "text": one.text, "where": one.where, "address": f"/provider/{one.provider}" if one.provider else None}
        for one in found
    ]
    return json.dumps({"suggestions": suggestions}, ensure_ascii=False, separators=(",", ":"))
