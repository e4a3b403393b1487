"""Names of places as keys: what people type and what the packages write meet in one spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from ldn_directory.normalize.regions import fold

_SAINT = re.compile(r"\bsaint\b")
_FORT = re.compile(r"\bfort\b")
_MOUNT = re.compile(r"\bmount\b")
_FIRST_PART_ONLY = {"CA": 3, "IE": 3, "MT": 3}
"""Countries whose codes are known by their first characters only, and how many."""
_BRITISH = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\d[A-Z]{2}")


def place_key(name: str) -> str:
    """The name in lower case without accents, spaces, hyphens and points; `Saint`, `Fort` and `Mount` abbreviated."""
    return _abbreviated(fold(name)).replace(" ", "")


def _abbreviated(folded: str) -> str:
    if "saint" in folded:
        folded = _SAINT.sub("st", folded)
    if "fort" in folded:
        folded = _FORT.sub("ft", folded)
    if "mount" in folded:
        folded = _MOUNT.sub("mt", folded)
    return folded


@lru_cache(maxsize=10_000)
def postcode_key(code: str, country_code: str, known_length: int | None = None) -> str:
    """The part of a postal code that the gazetteer knows, without spaces and hyphens.

    The outward code in the United Kingdom, the first three characters in Canada and Ireland, the first five digits of
    a ZIP+4, the digits in the Netherlands; `known_length` cuts where the gazetteer keeps a country coarse.
    """
    plain = re.sub(r"[^0-9A-Z]", "", code.upper())
    bare = plain.removeprefix(country_code)
    if bare[:1].isdigit():
        plain = bare
    match country_code:
        case "GB" | "GG" | "JE" | "IM":
            whole = _BRITISH.fullmatch(plain)
            plain = whole[1] if whole else plain
        case "US" | "PR" | "VI" | "GU" | "AS" | "MP":
            plain = plain[:5]
        case "NL":
            plain = plain[:4]
        case "DE" | "AT" | "CH" | "FR" | "IT" | "SE" | "NO" | "DK" | "FI" if plain[:1].isalpha():
            plain = plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        case _ if country_code in _FIRST_PART_ONLY:
            plain = plain[: _FIRST_PART_ONLY[country_code]]
    return plain[:known_length] if known_length else plain
