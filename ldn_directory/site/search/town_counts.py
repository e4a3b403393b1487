"""Where within a country entries are, town by town, counted from the columns of the published directory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .region_counts import RegionCounts

CELLS_A_DEGREE = 10
"""Places within a tenth of a degree (11 km) of each other are one town."""
_NAMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Entries at about the same point of a country."""

    city: str | None
    longitude: float
    latitude: float
    count: int


def towns_of(browsing: RegionCounts, db: sqlite3.Connection, country_code: str) -> tuple[Town, ...]:
    """The towns of a country's providers, with how many of them are there, in no order that means anything.

    Only places that are known at least as well as the town are counted.
    """
    columns = browsing.columns
    country = columns.coded["country_code"]
    mine = np.flatnonzero(
        (country.codes[columns.place_rows] == country.code(country_code)) & browsing.live[columns.place_rows]
    )
    latitudes, longitudes = np.degrees(columns.latitudes[mine]), np.degrees(columns.longitudes[mine])
    cells = np.round(latitudes * CELLS_A_DEGREE).astype(np.int64) * 10_000 + np.round(
        longitudes * CELLS_A_DEGREE
    ).astype(np.int64)
    # A provider with two places in a town is one entry there.
    pairs, first = np.unique(cells * columns.size + columns.place_rows[mine], return_index=True)
    _, start, count = np.unique(pairs // max(columns.size, 1), return_index=True, return_counts=True)
    chosen = first[start]
    names = _cities(
        db, columns.ids[columns.place_rows[mine[chosen]]].tolist(), columns.place_ids[mine[chosen]].tolist()
    )
    return tuple(
        Town(city=name, longitude=round(float(lon), 4), latitude=round(float(lat), 4), count=int(number))
        for name, lon, lat, number in zip(names, longitudes[chosen], latitudes[chosen], count, strict=True)
    )


def _cities(db: sqlite3.Connection, providers: Sequence[int], places: Sequence[int]) -> list[str | None]:
    """The city of each place; number 0 stands for the provider's own."""
    own = _city_by_id(
        db, "providers", [provider for provider, place in zip(providers, places, strict=True) if not place]
    )
    other = _city_by_id(db, "locations", [place for place in places if place])
    return [other.get(place) if place else own.get(provider) for provider, place in zip(providers, places, strict=True)]


def _city_by_id(db: sqlite3.Connection, table: str, ids: Sequence[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for start in range(0, len(ids), _NAMED_AT_ONCE):
        some = ids[start : start + _NAMED_AT_ONCE]
        found.update(db.execute(f"SELECT id, city FROM {table} WHERE id IN ({', '.join('?' * len(some))})", some))
    return found
