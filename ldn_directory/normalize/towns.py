"""Whether a name is that of a town, and where in a line its town begins: by a table of the world's towns.

The table holds no names, but for each one a checksum and the areas in which there is a town so called. A name that is
none is taken for one about once in ten thousand times, and then only in one region.
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from math import ceil, floor
from typing import NamedTuple

from .regions import fold

Box = tuple[int, int, int, int]
"""South, west, north, east, in degrees."""
FILE = "towns.bin"
"""Made by `tools/pack_places.py` from the table of places."""
MOST_WORDS = 6
"""Words of the longest names of towns, but for about one in a thousand."""
_LONG_FORM = re.compile(r"\b(?:saint|fort|mount)\b")
_SHORT_FORMS = {"saint": "st", "fort": "ft", "mount": "mt"}


def place_key(name: str) -> str:
    """The name in lower case without accents, spaces, hyphens and points; `Saint`, `Fort` and `Mount` abbreviated."""
    return _LONG_FORM.sub(lambda found: _SHORT_FORMS[found[0]], fold(name)).replace(" ", "")


@lru_cache(maxsize=20_000)
def is_town(name: str, country_code: str | None = None, region_code: str | None = None) -> bool:
    """Whether there is a town of this name in the region, or the country if the region is unknown, or anywhere.

    `country_code` is ISO 3166-1 alpha-2, `region_code` ISO 3166-2.
    """
    land = country_code or (region_code or "")[:2]
    region = region_code if region_code in _table().boxes else None
    areas = _areas_of(place_key(name))
    return region in areas if region else any(area.startswith(land) for area in areas)


@lru_cache(maxsize=20_000)
def places_of_town(name: str) -> frozenset[str]:
    """Where there are towns of this name: ISO 3166-2 codes of regions, or of countries for towns of no region."""
    return _areas_of(place_key(name))


def longest_town_suffix(text: str, country_code: str | None = None, region_code: str | None = None) -> str | None:
    """The longest run of words at the end of a text that is the name of a town there, as written; None if none is.

    A township takes the one word before it, unless more are the name of a town.
    """
    words = text.split()
    last = len(words) - _words_after(words)
    for start in range(max(0, last - MOST_WORDS), last):
        name = " ".join(words[start:last])
        if _is_written_as_town(name) and is_town(name, country_code, region_code):
            return " ".join(words[start:])
    return " ".join(words[last - 1 :]) if 0 < last < len(words) and _is_written_as_town(words[last - 1]) else None


def _words_after(words: list[str]) -> int:
    """How many words at the end follow the name of a town."""
    return sum(word.strip(".").lower() in ("township", "twp") for word in words[-1:])


def _is_written_as_town(text: str) -> bool:
    letters = [sign for sign in text if sign.isalnum()]
    return bool(letters) and not any(map(str.isdigit, letters)) and not text[0].islower() and "," not in text


def is_inside(point: tuple[float, float], country_code: str | None, region_code: str | None = None) -> bool | None:
    """Whether a point (latitude, longitude in degrees) is among the towns of a region or country, roughly.

    None if no town there is known.
    """
    boxes = _table().boxes
    areas = (
        [region_code] if region_code in boxes else [one for one in boxes if country_code and one[:2] == country_code]
    )
    found = [boxes[area] for area in areas if area]
    return any(s <= point[0] <= n and w <= point[1] <= e for s, w, n, e in found) if found else None


class _Table(NamedTuple):
    checksums: array[int]
    """Of names in rising order, one for each area in which there is such a town."""
    areas: array[int]
    boxes: dict[str, Box]
    """By the code of each area (a region, or a country for its towns of no region), in the order of their numbers."""
    codes: tuple[str, ...]


@cache
def _table() -> _Table:
    content = files(__package__).joinpath(FILE).read_bytes()
    start = content.index(b"\n") + 1
    middle = start + (len(content) - start) // 6 * 4
    checksums, areas = array("I"), array("H")
    checksums.frombytes(memoryview(content)[start:middle])
    areas.frombytes(memoryview(content)[middle:])
    boxes: dict[str, Box] = {}
    for area in content[:start].decode("ascii").split():
        code, _, edges = area.partition("=")
        south, west, north, east = map(int, edges.split(","))
        boxes[code] = south, west, north, east
    return _Table(_little_endian(checksums), _little_endian(areas), boxes, tuple(boxes))


def _areas_of(key: str) -> frozenset[str]:
    table, wanted = _table(), zlib.crc32(key.encode())
    found, place = set(), bisect_left(table.checksums, wanted)
    while place < len(table.checksums) and table.checksums[place] == wanted:
        found.add(table.codes[table.areas[place]])
        place += 1
    return frozenset(found)


def packed(names: Iterable[tuple[str, str, float, float]]) -> bytes:
    """The table's file, of (`place_key` of a name, code of the region or country, latitude, longitude) of each town."""
    rows = list(names)
    points: dict[str, list[tuple[float, float]]] = {}
    for _, code, latitude, longitude in rows:
        points.setdefault(code, []).append((latitude, longitude))
    number = {code: place for place, code in enumerate(sorted(points))}
    pairs = sorted({(zlib.crc32(key.encode()), number[code]) for key, code, *_ in rows})
    columns = array("I", (checksum for checksum, _ in pairs)), array("H", (area for _, area in pairs))
    head = " ".join(f"{code}={','.join(map(str, _box(points[code])))}" for code in number)
    return head.encode("ascii") + b"\n" + b"".join(_little_endian(one).tobytes() for one in columns)


def _box(points: Iterable[tuple[float, float]]) -> Box:
    """The whole degrees around points."""
    north_south, west_east = zip(*points, strict=True)
    return floor(min(north_south)), floor(min(west_east)), ceil(max(north_south)), ceil(max(west_east))


def _little_endian(numbers: array[int]) -> array[int]:
    """To or from the order of bytes in the file."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
