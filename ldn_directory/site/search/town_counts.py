"""Counts the entries of a country by town."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .region_counts import RegionCounts

CELLS_A_DEGREE = 10
"""Places within a tenth of a degree (11 km) of each other are one town."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Entries at about the same point of a country."""

    city: str | None
    longitude: float
    latitude: float
    count: int


def towns_of(counts: RegionCounts, db: sqlite3.Connection, country_code: str) -> tuple[Town, ...]:
    """The towns of a country with their numbers of providers, in no particular order.

    Places that are only known by their region are not counted.
    """
    columns = counts.columns
    country = columns.coded["country_code"]
    mine = np.flatnonzero(
        (country.codes[columns.place_rows] == country.code(country_code)) & counts.live[columns.place_rows]
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


_CITIES = """
SELECT iif(asked.value ->> 1, l.city, p.city) FROM json_each(?) AS asked
LEFT JOIN providers AS p ON p.id = asked.value ->> 0 LEFT JOIN locations AS l ON l.id = asked.value ->> 1
ORDER BY asked.key
"""


def _cities(db: sqlite3.Connection, providers: Sequence[int], places: Sequence[int]) -> list[str | None]:
    """The city of each place. Place 0 is the provider's own."""
    asked = json.dumps(list(zip(providers, places, strict=True)))
    return [city for (city,) in db.execute(_CITIES, (asked,))]
