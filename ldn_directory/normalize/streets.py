"""Whether two addresses or telephone numbers are the same one, written differently."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from .regions import fold

PLACE_PARTS = ("street", "city", "postcode", "region_code")


def same_street(one: str, other: str) -> bool:
    """Whether two streets are the same but for abbreviations, and for a unit that only one of them names."""
    street, unit = _parted(one)
    other_street, other_unit = _parted(other)
    return street == other_street and (unit == other_unit or not unit or not other_unit)


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


def _parted(street: str) -> tuple[list[str], str]:
    """(the street's words without its unit, the unit's own name)."""
    units = _table()[1]
    words = _words(re.sub(r"#\s*", " unit ", street))
    at = next((place for place, word in enumerate(words) if word in units and place + 1 < len(words)), None)
    if at is None:
        return words, ""
    return words[:at] + words[at + 2 :], words[at + 1]


@cache
def _table() -> tuple[dict[str, str], frozenset[str]]:
    stated = tomllib.loads(files(__package__).joinpath("streets.toml").read_text(encoding="utf-8"))
    return {word: row[0] for row in stated["words"] for word in row}, frozenset(stated["units"])
