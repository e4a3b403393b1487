"""GeoJSON (RFC 7946): a feature a provider in a search, a feature a place of one provider; no geometry where none is known."""

from __future__ import annotations

import json
from typing import Any

from .content import Row, SearchPage, Shown

EXTENSION, MEDIA_TYPE = "geojson", "application/geo+json"
_OWN = ("id", "latitude", "longitude")


def of_provider(shown: Shown) -> str:
    """A feature a place, each with the provider's row and the place's own address; `precision_km` says how far off it may be.

    The features have no `id`, as several are of the one provider that the property `provider` names.
    """
    places = [{name: value for name, value in place.items() if name != "id"} for place in shown.entry.locations]
    own = shown.provider | {"provider": shown.provider["id"]}
    # Whoever has no place is still worth a feature.
    return _collection([_feature(own | place) for place in places or [{}]])


def of_search(page: SearchPage) -> str:
    """A feature a provider, where it is nearest."""
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
    found = {"type": "FeatureCollection", "features": features, **more}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
