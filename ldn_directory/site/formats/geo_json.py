"""GeoJSON (RFC 7946): a feature per provider of a search or per place of one provider, without geometry if unknown."""

from __future__ import annotations

from typing import Any

from .content import EntryView, Row, SearchPage, compact_json

EXTENSION, MEDIA_TYPE = "geojson", "application/geo+json"
_OWN = ("id", "latitude", "longitude")


def format_entry(shown: EntryView) -> str:
    """A feature per place, each with the provider's row and the place's own address and `precision_km`.

    The features have no `id`, as several belong to the provider that the property `provider` names.
    """
    places = [{name: value for name, value in place.items() if name != "id"} for place in shown.entry.locations]
    own = shown.provider | {"provider": shown.provider["id"]}
    # A provider without a place is one feature, too.
    return _collection([_feature(own | place) for place in places or [{}]])


def format_search(page: SearchPage) -> str:
    """A feature per provider, at its nearest place."""
    features = [_feature(row) | {"id": row["id"]} for row in page.results.rows]
    return _collection(features, total=page.results.total, next=page.next_address(EXTENSION))


def _feature(row: Row) -> Row:
    properties = {name: value for name, value in row.items() if name not in _OWN}
    return {"type": "Feature", "geometry": _point(row), "properties": properties}


def _point(row: Row) -> Row | None:
    if row["latitude"] is None or row["longitude"] is None:
        return None
    return {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}


def _collection(features: list[Row], **more: Any) -> str:
    return compact_json({"type": "FeatureCollection", "features": features, **more})
