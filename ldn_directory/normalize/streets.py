"""Whether two addresses or telephone numbers are the same one, written differently."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from .regions import fold

PLACE_PARTS = ("street", "city", "postcode", "region_code")
_ORDINAL_FLOOR = re.compile(r"\b(\d+)(?:st|nd|rd|th)\s+(?:floor|fl)\b", re.IGNORECASE)


def same_street(one: str, other: str) -> bool:
    """Whether two streets are the same but for abbreviations, and for a unit, floor or building that only one of them names."""
    street, units = _parted(one)
    other_street, other_units = _parted(other)
    return street == other_street and all(
        units[kind] == other_units[kind] for kind in units.keys() & other_units.keys()
    )


def same_postcode(one: str, other: str) -> bool:
    """Whether two postal codes are the same, or one is the beginning of the other (a ZIP code without its last four)."""
    short, long = sorted((_packed(one), _packed(other)), key=len)
    return long == short or (len(short) >= 4 and long.startswith(short))


def same_city(one: str, other: str) -> bool:
    """Whether two towns have the same name but for accents and abbreviations."""
    return _words(one) == _words(other)


def same_place(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether nothing that both state of where they are differs; what only one states is no difference."""
    tests = {"street": same_street, "city": same_city, "postcode": same_postcode, "region_code": str.__eq__}
    return all(tests[part](one[part], other[part]) for part in PLACE_PARTS if one.get(part) and other.get(part))


def phone_key(value: str) -> str:
    """What a telephone number is compared by: E.164 as it is, else its digits."""
    return value if value.startswith("+") else re.sub(r"\D", "", value) or value


def _packed(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _words(text: str) -> list[str]:
    return [_table()[0].get(word, word) for word in fold(text.replace("#", " # ")).split()]


def _parted(street: str) -> tuple[list[str], dict[str, str]]:
    """(the street's words without its units, kind of unit -> its own name)."""
    kinds = _table()[1]
    words = _words(_ORDINAL_FLOOR.sub(r" floor \1 ", re.sub(r"#\s*", " unit ", street)))
    units: dict[str, str] = {}
    left: list[str] = []
    while words:
        word = words.pop(0)
        if word in kinds and words:
            units[kinds[word]] = words.pop(0)
        else:
            left.append(word)
    return left, units


@cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    """(word -> the one it is compared by, word for a unit -> the kind of unit)."""
    stated = tomllib.loads(files(__package__).joinpath("streets.toml").read_text(encoding="utf-8"))
    return {word: row[0] for row in stated["words"] for word in row}, {
        word: row[0] for row in stated["units"] for word in row
    }
