"""Values that say where an entry is, but cannot be true: seen from the other entries of the list. Pure.

Only what is surely wrong is dropped. New York is a town in New York, Québec in Québec and Singapore in Singapore; so
whether a town is named like its region is asked of a table of towns, and without an answer it stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from ldn_directory.normalize.phones import phone_country, phones
from ldn_directory.normalize.regions import fold, region
from ldn_directory.normalize.words import any_of

Row = Mapping[str, Any]
"""A listing as JSON values."""
LARGE_SHARE = 0.8
"""A list is of one country if this share of the entries that state a country state the same."""
LEAST_OTHERS = 4
"""How many of them there must be."""
_MEASURES = re.compile(
    rf"\d+(?:[.,]\d+)?\s*{any_of('distance_unit')}(?!\w)"
    rf"|\d{{1,2}}[:.h]\d{{2}}(?!\d)(?:\s*{any_of('hour_word')}(?!\w))?|\d{{1,2}}\s*{any_of('hour_word')}(?!\w)"
    rf"|[$€£¥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥]|{any_of('currency')}(?!\w))",
    re.IGNORECASE,
)
"""A distance, a time of day or a price."""
_BESIDE_MEASURES = re.compile(rf"{any_of('beside_measures')}(?!\w)", re.IGNORECASE)
_PARTS = {"country": ("country", "country_code"), "point": ("latitude", "longitude")}
"""Which values go together, besides those of one name."""


class Places(Protocol):
    """What is known about places in the world."""

    def is_town(self, name: str, country_code: str | None, region_code: str | None) -> bool:
        """Whether there is a town of this name there."""

    def is_inside(self, point: tuple[float, float], country_code: str | None, region_code: str | None) -> bool:
        """Whether a point is in a country and region, or near them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implausible:
    """One value that is not believed."""

    field: str
    """`city`, `street`, `country` or `point`."""
    value: str
    why: str


def implausible_values(rows: Sequence[Row], home: str | None, places: Places) -> dict[str, tuple[Implausible, ...]]:
    """id -> the values of a harvest's entries that cannot be true, of those that have such.

    `home` is the country of the list, if it is one country's.
    """
    names = {folded for row in rows if " " in (folded := fold(row.get("name") or ""))}
    found = {}
    for row in rows:
        if values := tuple(_implausible(row, names, home, places)):
            found[str(row["id"])] = values
    return found


def without_values(row: Row, values: Sequence[Implausible], home: str | None) -> dict[str, Any]:
    """The entry without these values, which are kept as written.

    Telephone numbers that were understood by a wrong country are read again by that of the list.
    """
    fields = {part for one in values for part in _PARTS.get(one.field, (one.field,))}
    written = dict(row.get("written", ()))
    for one in values:
        written.setdefault(one.field, one.value)
    changed = {name: value for name, value in row.items() if name not in fields}
    changed["written"] = [[name, text] for name, text in written.items()]
    if "country_code" in fields and _phones(row):
        changed["phones"] = [_read_again(phone, home) for phone in _phones(row)]
    return changed


def _implausible(row: Row, names: Collection[str], home: str | None, places: Places) -> Iterator[Implausible]:
    if (street := row.get("street")) and is_measure(street):
        yield Implausible(field="street", value=street, why="is a distance, a time or a price")
    if (city := row.get("city")) and (why := _why_no_town(row, city, names, places)):
        yield Implausible(field="city", value=city, why=why)
    code = _lone_code(row)
    if home and code and _is_misread(row, code, home, places):
        why = f"is more likely a region's code: the other entries are in {home}"
        yield Implausible(field="country", value=code, why=why)
    elif row.get("latitude") is not None and row.get("longitude") is not None and row.get("country_code"):
        point = row["latitude"], row["longitude"]
        if not places.is_inside(point, row["country_code"], row.get("region_code")):
            where = row.get("region") or row.get("country") or row["country_code"]
            yield Implausible(field="point", value=f"{point[0]}, {point[1]}", why=f"lies outside {where}")


def _is_misread(row: Row, code: str, home: str, places: Places) -> bool:
    """Whether a lone code was read as a country, though it is a region of the list's own country."""
    country_code, city = row.get("country_code"), row.get("city")
    own = region(code, home)
    if country_code in (None, home) or own is None:
        return False
    if (row.get("region_code") or "").startswith(f"{country_code}-"):
        return False
    if any(phone["raw"].startswith("+") and phone_country(phone.get("e164")) == country_code for phone in _phones(row)):
        return False
    is_there = city and places.is_town(city, country_code, None)
    return not is_there or places.is_town(str(city), home, own.code)


def _phones(row: Row) -> Sequence[Mapping[str, Any]]:
    return row.get("phones") or ()


def _why_no_town(row: Row, city: str, names: Collection[str], places: Places) -> str | None:
    if is_measure(city):
        return "is a distance, a time or a price"
    folded = fold(city)
    areas = {fold(row.get("region") or ""): "region", fold(row.get("country") or ""): "country"}
    area = areas.get(folded)
    if area and not places.is_town(city, row.get("country_code"), row.get("region_code") if area == "region" else None):
        return f"is the name of the {area}"
    if folded in names and not places.is_town(city, row.get("country_code"), None):
        return "is the name of an entry"
    return None


@lru_cache(maxsize=20_000)
def is_measure(text: str) -> bool:
    """Whether a whole text is a distance, a time of day, opening hours or a price."""
    if len(text) > 80 or not _MEASURES.search(text):
        return False
    return not re.search(r"[^\W\d_]", _BESIDE_MEASURES.sub(" ", _MEASURES.sub(" ", text)))


def _lone_code(row: Row) -> str | None:
    """The two letters that alone stand for the country, as written; None if more than a code is written."""
    written = dict(row.get("written", ()))
    text = written.get("country") or written.get("address", "").rpartition(",")[2]
    bare = text.strip(" .()")
    return bare if len(bare) == 2 and bare.isalpha() and bare.isupper() else None


def country_of_list(rows: Sequence[Row]) -> str | None:
    """The country of nearly all entries. Of those with a lone code only the ones count whose code is no country's."""
    votes: Counter[str] = Counter()
    for row in rows:
        code, lone = row.get("country_code"), _lone_code(row)
        if code and (lone is None or row.get("region_code")):
            votes[code] += 1
        elif lone and not code:
            votes.update(found.country_code for found in [region(lone)] if found)
    home, count = max(votes.items(), key=lambda one: (one[1], one[0]), default=("", 0))
    return home if count >= LEAST_OTHERS and count >= LARGE_SHARE * votes.total() else None


def _read_again(phone: Mapping[str, Any], country_code: str | None) -> dict[str, Any]:
    found = phones(phone["raw"], country_code)
    return {**phone, "e164": found[0].e164 if len(found) == 1 else None}
