"""Takes from a harvest the values that cannot be where an entry is: towns, streets, countries and points."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

from ldn_directory.model import line_of
from ldn_directory.normalize.towns import place_key
from ldn_directory.places import Gazetteer, unpack
from ldn_directory.storage import gazetteer_for

from .plausible_places import (
    Implausible,
    country_of_list,
    implausible_values,
    without_values,
)
from .turnover import field_label

_unpacking = Lock()
"""Harvests that end at the same time unpack one gazetteer."""
LARGE_TOWN = 50_000
"""Inhabitants from which a town is also known by a shorter name: New York City as New York."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A value that was taken from an entry."""

    listing: str
    page: str
    name: str | None
    what: Implausible

    def __str__(self) -> str:
        """What was dropped and why, in words."""
        return f"the {field_label(self.what.field)} {self.what.value!r} {self.what.why}, so it is left out"


class KnownPlaces:
    """The gazetteer of a data folder, opened when it is first asked, and unpacked if there is none.

    If there can be none, every place is believed.
    """

    def __init__(self, data: Path) -> None:
        self.path = gazetteer_for(data)

    @cached_property
    def _gazetteer(self) -> Gazetteer | None:
        try:
            with _unpacking:
                if not self.path.exists():
                    unpack(self.path)
            return Gazetteer.open(self.path)
        except (OSError, ValueError, sqlite3.Error):
            return None

    def is_town(self, name: str, country_code: str | None, region_code: str | None) -> bool:
        """Whether there is a town of this name there, or a large one that begins with it."""
        gazetteer, key = self._gazetteer, place_key(name)
        if gazetteer is None:
            return True
        towns = gazetteer.towns_in(gazetteer.towns_named(key), country_code, region_code)
        return any(place_key(town.name) == key or town.population >= LARGE_TOWN for town in towns)

    def is_postcode(self, code: str, country_code: str, region_code: str | None) -> bool:
        """Whether there is such a postal code there."""
        if self._gazetteer is None:
            return True
        found = self._gazetteer.postcode(code, country_code)
        return found is not None and (not region_code or found.region_code in (None, region_code))

    def is_inside(self, point: tuple[float, float], country_code: str | None, region_code: str | None) -> bool:
        """Whether a settlement of the country and region is near the point."""
        gazetteer = self._gazetteer
        if gazetteer is None or gazetteer.country(country_code) is None:
            return True
        return gazetteer.is_inside(point, country_code, region_code)

    def close(self) -> None:
        """Closes the file, if it was opened."""
        if gazetteer := self.__dict__.get("_gazetteer"):
            gazetteer.close()


def check_places(lines: Sequence[bytes], data: Path) -> tuple[tuple[bytes, ...], tuple[Dropped, ...]]:
    """(the listings without values that cannot be true, what was taken from them)."""
    rows = [json.loads(line) for line in lines]
    home = country_of_list(rows)
    with closing(KnownPlaces(data)) as places:
        found = implausible_values(rows, home, places)
    if not found:
        return tuple(lines), ()
    checked, dropped = list(lines), []
    for number, row in enumerate(rows):
        if values := found.get(row["id"]):
            checked[number] = line_of(without_values(row, values, home))
            dropped += [Dropped(listing=row["id"], page=row["page"], name=row.get("name"), what=one) for one in values]
    return tuple(checked), tuple(dropped)
