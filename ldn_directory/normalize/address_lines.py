"""The lines of an address whose parts each stand on a line of their own, joined to one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .names import has_title, split_credentials
from .postal_address import looks_like_place, looks_like_street
from .postcodes import postcode_pattern
from .regions import Region, country, region
from .towns import is_town

_POSTCODE = re.compile(r"\d{5}(?:-\d{4})?|[A-Z]{1,2}-\d{4,5}")
_NAME = re.compile(r"[^\W\d_][^\d@:|]{1,39}")
MOST_STREETS = 3


def join_places(lines: Sequence[str]) -> list[str]:
    """The lines; those that are parts of one address as a single text with line breaks in it."""
    joined: list[str] = []
    done = 0
    for place in range(len(lines)):
        if place >= done and (span := _address_at(lines, place, done)):
            first, end = span
            joined += [*lines[done:first], "\n".join(lines[first:end])]
            done = end
    return [*joined, *lines[done:]]


def _address_at(lines: Sequence[str], place: int, least: int) -> tuple[int, int] | None:
    """(first line, line after the last) of the address that has a postal code, or region after its town, at a place."""
    line = lines[place]
    if _is_postcode(line):
        named = _region(lines[place - 1]) if place > least else None
        town = place - 1 - (named is not None)
        first = _start(lines, town, least, named)
        if first is not None:
            return first, _end(lines, place + 1)
        if place > least and looks_like_place(lines[place - 1]):
            return _streets(lines, place - 1, least), _end(lines, place + 1)
        if place + 1 < len(lines) and is_town(lines[place + 1]):
            return _streets(lines, place, least), _end(lines, place + 2)
        return None
    named = _region(line) if place > least else None
    is_its_town = named is not None and is_town(lines[place - 1], named.country_code, named.code)
    return (_streets(lines, place - 1, least), _end(lines, place + 1)) if is_its_town else None


def _start(lines: Sequence[str], town: int, least: int, where: Region | None) -> int | None:
    """The first line of an address whose town should stand at a place; None if none stands there."""
    if town < least or not _is_name(lines[town]):
        return None
    for above in (1, 2):
        # Where the town is not known, or its county stands below it, there is a street above.
        if town - above >= least and looks_like_street(lines[town - above]) and _is_name(lines[town - above + 1]):
            return _streets(lines, town - above + 1, least)
    known = is_town(lines[town], where.country_code, where.code) if where else is_town(lines[town])
    return town if known else None


def _streets(lines: Sequence[str], end: int, least: int) -> int:
    """Where the lines of street and unit before a place begin."""
    first = end
    while first > max(least, end - MOST_STREETS) and looks_like_street(lines[first - 1]):
        first -= 1
    return first


def _end(lines: Sequence[str], place: int) -> int:
    """The place after lines that only name the region or country or have its postal code, or the same place."""
    while place < len(lines) and len(lines[place]) > 2 and (_names_area(lines[place]) or _is_postcode(lines[place])):
        place += 1
    return place


def _names_area(line: str) -> bool:
    return country(line) is not None or _region(line) is not None


def _is_postcode(line: str) -> bool:
    patterns = (postcode_pattern(code) for code in ("CA", "GB"))
    return bool(_POSTCODE.fullmatch(line)) or any(one.fullmatch(line) for one in patterns if one)


def _region(line: str) -> Region | None:
    return region(line) if len(line) <= 30 else None


def _is_name(line: str) -> bool:
    """Whether a line may be the name of a town: no person's, and nothing with digits."""
    return bool(_NAME.fullmatch(line)) and not has_title(line) and not split_credentials(line)[1]
