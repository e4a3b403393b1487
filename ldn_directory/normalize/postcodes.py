"""Postal codes in the lines of addresses: whose they are, and on which side of their towns they stand.

`addresses.toml` has what they look like in each country, and which countries write them before the town.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .regions import region
from .towns import MOST_WORDS, is_town, longest_town_suffix, places_of_town
from .words import read_toml

_POSTCODE_FIRST = frozenset(read_toml("addresses.toml")["postcode_first"].split())
_ZERO_FIRST = dict.fromkeys(("US-MA", "US-CT", "US-NJ", "US-ME", "US-NH", "US-VT", "US-RI"), 4) | {"US-PR": 3}
"""Regions whose ZIP codes begin with zeros, which spreadsheets drop, and how many digits are left."""
_PREFIXES = {"D": "DE", "F": "FR", "A": "AT", "B": "BE", "I": "IT", "E": "ES", "S": "SE", "N": "NO", "L": "LU"}
"""Countries as they stand before a postal code, where that is not their ISO code."""
_WITH_TOWN = ("NL", "PL", "PT", "SE")
"""Countries whose postal codes are told by their shape if one of their towns follows."""
_PREFIXED = re.compile(r"\b([A-Z]{1,2})-(\d{4,5}|\d{3} \d{2})[\s,]+(?=[^\W\d_])")
_JAPANESE = re.compile(r"〒\s?(\d{3}-\d{4})")
_BRAZILIAN = re.compile(r"[\s,/-]([A-Z]{2})[\s,/-]+(?:CEP:?\s*)?(\d{5}-\d{3})(?![\w-])")
_CODE_AND_ZIP = re.compile(r"(?:^|[\s,])([A-Z]{2})[.,\s]+(\d{3,5}(?:-\d{4})?)(?=\W*$)")
_ZIP_AT_END = re.compile(r"[.,\s](\d{5}(?:-\d{4})?)(?=\W*$)")
_AUSTRALIAN = re.compile(r"\b(NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+(\d{4})(?=\W*$)", re.IGNORECASE)
_CODE_AND_TOWN = re.compile(r"(?:^|,)\s*(\d{4,5})\s+([^\W\d_][^\d,]{1,40})$")
"""A postal code before its town, as most of Europe writes it; alone it does not tell the country."""
_NAMED_TOWN = re.compile(r"[ ,-]*([^\W\d_][^\d,]*)(?:,|$|\d)")
_OWN_LETTERS = re.compile(r"[\u0590-\u10ff\u1100-\u1dff\u2e80-\ud7ff\uf900-\ufdff]")
"""Letters of scripts that are neither Latin nor Greek nor Cyrillic: the name of a town in them is no other word's."""
_NO_NAME = re.compile(r"[\d,;\n]+")
_AFTER_TOWN = re.compile(r"[\WA-Z]*|\W*(?i:cedex)[\W\d]*")


@cache
def _patterns() -> dict[str, str]:
    formats = read_toml("addresses.toml")
    own: dict[str, str] = formats["postcodes"]
    shapes = {code: shape for shape, codes in formats["shapes"].items() for code in codes.split()}
    return {code: rf"(?<![\w-])(?:{code}-)?(?:{shape})(?![\w-])" for code, shape in shapes.items()} | own


@cache
def postcode_pattern(country_code: str) -> re.Pattern[str] | None:
    """What a postal code of a country looks like within a line."""
    pattern = _patterns().get(country_code)
    return re.compile(pattern) if pattern else None


class Postcode(NamedTuple):
    """A postal code in a text, in standard form."""

    code: str
    start: int
    end: int
    country_code: str | None
    leads: bool = False
    """Whether it stands before its town."""


def find_postcode(text: str, country_code: str | None) -> Postcode | None:
    """The postal code by the rules of a country; without a country only one that is unmistakable."""
    if found := _american(text, country_code if country_code == "US" else None):
        return found
    if country_code in (None, "JP") and (match := _JAPANESE.search(text)):
        return Postcode(match[1], match.start(), match.end(), "JP", leads=match.start() == 0)
    if country_code:
        return postcode_of(country_code, text)
    prefixed = _PREFIXED.search(text)
    code = _PREFIXES.get(prefixed[1], prefixed[1]) if prefixed else ""
    if (found := postcode_of(code, text)) and found.leads:
        return found
    if found := postcode_of("CA", text) or postcode_of("GB", text):
        return found
    if (match := _BRAZILIAN.search(text)) and region(match[1], "BR"):
        return Postcode(match[2], *match.span(2), "BR")
    for code in _WITH_TOWN:
        found = postcode_of(code, text)
        if found and town_first(text[found.end :], code):
            return found
    if match := _AUSTRALIAN.search(text):
        return Postcode(match[2], *match.span(2), "AU")
    if own := _beside_own_town(text):
        return own
    match = _CODE_AND_TOWN.search(text)
    return Postcode(match[1], *match.span(1), None, leads=True) if match else None


def _beside_own_town(text: str) -> Postcode | None:
    """The postal code of the country in whose letters its town is written, if no other has a town so called."""
    if not _OWN_LETTERS.search(text) or not any(map(str.isdigit, text)):
        return None
    for name in _NO_NAME.split(text):
        town = longest_town_suffix(name) if _OWN_LETTERS.search(name) else None
        lands = {area[:2] for area in places_of_town(town)} if town else set()
        if len(lands) == 1 and (found := postcode_of(lands.pop(), text)):
            return found
    return None


def is_town_with_postcode(text: str) -> bool:
    """Whether all digits of a line are the postal code of its town, though they could be a telephone number."""
    found = _beside_own_town(text) if len(text) < 60 else None
    return found is not None and not any(map(str.isdigit, text[: found.start] + text[found.end :]))


def _american(text: str, country_code: str | None) -> Postcode | None:
    """A ZIP code behind its state, also one that lost its zeros."""
    if match := _CODE_AND_ZIP.search(text):
        where, digits, span = region(match[1], country_code), match[2], match.span(2)
        is_whole = len(digits) >= 5 or (where and _ZERO_FIRST.get(where.code) == len(digits))
    elif match := _ZIP_AT_END.search(text):
        words = text[: match.start()].rstrip(" ,.").rpartition(",")[2].split()
        names = (" ".join(words[-size:]) for size in (3, 2, 1) if size <= len(words))
        where = next(filter(None, (region(name, country_code) for name in names if len(name) > 3)), None)
        digits, span, is_whole = match[1], match.span(1), True
    else:
        return None
    if where is None or where.country_code != "US" or not is_whole:
        return None
    return Postcode(digits.zfill(5), *span, "US")


def postcode_of(country_code: str, text: str) -> Postcode | None:
    """The likeliest postal code of a country in a text: one before a town, else the last that is no house number."""
    pattern = postcode_pattern(country_code)
    matches = list(pattern.finditer(text)) if pattern else []
    if not matches:
        return None
    last = matches[-1]
    if text[last.end() :].strip(" ,.") or country_code in _POSTCODE_FIRST:
        leading = [one for one in matches if town_first(text[one.end() :], country_code)]
        if not leading and country_code in _POSTCODE_FIRST:
            leading = [one for one in matches if _NAMED_TOWN.match(text, one.end())]
        if leading:
            return _postcode(leading[-1], country_code, leads=True)
    before = text[: last.start()].rstrip()
    if country_code in _POSTCODE_FIRST:
        is_house_number = before[-1:] not in ("", ",", "-") and not longest_town_suffix(before, country_code)
    else:
        is_house_number = not before and bool(text[last.end() :].strip())
    return None if is_house_number else _postcode(last, country_code)


def _postcode(match: re.Match[str], country_code: str, leads: bool = False) -> Postcode:
    return Postcode(standard_postcode(match[0], country_code), *match.span(), country_code, leads)


def town_first(text: str, country_code: str) -> str | None:
    """The town that a text begins with, if up to the next comma only brackets and codes follow it."""
    words = text.lstrip(" ,-").partition(",")[0].split()
    for size in range(min(len(words), MOST_WORDS), 0, -1):
        if _AFTER_TOWN.fullmatch(" ".join(words[size:])) and is_town(town := " ".join(words[:size]), country_code):
            return town if town[0].isalpha() else None
    return None


def standard_postcode(written: str, country_code: str) -> str:
    """A postal code as its country writes it."""
    bare = written.upper().strip()
    squeezed = re.sub(r"[ -]", "", bare)
    match country_code:
        case "CA" | "IE":
            return f"{squeezed[:3]} {squeezed[3:]}"
        case "GB":
            return f"{squeezed[:-3]} {squeezed[-3:]}"
        case "NL":
            return f"{bare[:4]} {bare[-2:]}"
        case "SE":
            digits = re.sub(r"\D", "", bare)
            return f"{digits[:3]} {digits[3:]}"
    return re.sub(r"^[A-Z]{1,2}-", "", bare) if country_code in _POSTCODE_FIRST else bare
