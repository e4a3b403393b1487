"""Whether two addresses or telephone numbers are the same one, written differently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from .regions import fold
from .words import read_toml

PLACE_PARTS = ("street", "city", "postcode", "region_code")
LEAST_DIGITS = 7
"""Fewer digits than these may end many numbers."""
_ORDINAL_FLOOR = re.compile(r"\b(\d+)(?:st|nd|rd|th)\s+(?:floor|fl)\b", re.IGNORECASE)


def same_street(one: str, other: str) -> bool:
    """Whether two streets differ only in abbreviations, or in a unit, floor or building that only one names."""
    street, units = _split_units(one)
    other_street, other_units = _split_units(other)
    return street == other_street and all(units[kind] == other_units[kind] for kind in units.keys() & other_units)


def same_postcode(one: str, other: str) -> bool:
    """Whether two postcodes are the same, or one begins the other, as a ZIP code without its last four digits does."""
    short, long = sorted((re.sub(r"[\W_]", "", text).casefold() for text in (one, other)), key=len)
    return long == short or (len(short) >= 4 and long.startswith(short))


def same_city(one: str, other: str) -> bool:
    """Whether two towns have the same name but for accents and abbreviations."""
    return _words(one) == _words(other)


def same_place(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether no part of two places differs; a part that only one states is no difference."""
    tests = {"street": same_street, "city": same_city, "postcode": same_postcode, "region_code": str.__eq__}
    return all(tests[part](one[part], other[part]) for part in PLACE_PARTS if one.get(part) and other.get(part))


def phone_key(value: str) -> str:
    """What a telephone number is compared by: its digits, after a plus if there is one."""
    digits = re.sub(r"\D", "", value)
    return f"{'+' * value.lstrip().startswith('+')}{digits}" if digits else value


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers are one, as far as their digits say: only one may have the code of its country."""
    short, long = sorted((re.sub(r"\D", "", text).lstrip("0") for text in (one, other)), key=len)
    return phone_key(one) == phone_key(other) or (len(short) >= LEAST_DIGITS and long.endswith(short))


def _words(text: str) -> list[str]:
    standard = _standard_words("words")
    return [standard.get(word, word) for word in fold(text.replace("#", " # ")).split()]


def _split_units(street: str) -> tuple[list[str], dict[str, str]]:
    """(the street's words without its units, kind of unit -> its own name)."""
    kinds = _standard_words("units")
    words = iter(_words(_ORDINAL_FLOOR.sub(r" floor \1 ", re.sub(r"#\s*", " unit ", street))))
    units: dict[str, str] = {}
    others: list[str] = []
    for word in words:
        own_name = next(words, None) if word in kinds else None
        if own_name is None:
            others.append(word)
        else:
            units[kinds[word]] = own_name
    return others, units


@cache
def _standard_words(name: str) -> dict[str, str]:
    """word -> the word that it is compared by: a street's abbreviations, or kinds of units."""
    return {word: row[0] for row in read_toml("streets.toml")[name] for word in row}
