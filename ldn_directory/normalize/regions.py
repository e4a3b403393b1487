"""Countries (ISO 3166-1) and first-level regions (ISO 3166-2), by the names that lists give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import pycountry

from .text_hygiene import without_accents
from .words import read_toml, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country: ISO 3166-1 alpha-2 code and English name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A first-level region: ISO 3166-2 code, name, and its country's code."""

    code: str
    name: str
    country_code: str


_SHORT_CODES = ("US", "CA", "AU")
_TRANSLITERATE = str.maketrans(
    {"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"}
)


_NO_WORD = re.compile(r"[^\w]+")


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """The text in lower case, without accents and punctuation, single-spaced. For comparing, not for showing."""
    plain = text.lower() if text.isascii() else without_accents(text.casefold()).translate(_TRANSLITERATE)
    return " ".join(_NO_WORD.sub(" ", plain.replace(".", "")).split())


@cache
def _aliases() -> dict[str, dict[str, list[str]]]:
    return read_toml("regions.toml")


@cache
def _countries() -> dict[str, Country]:
    known: dict[str, Country] = {}
    for entry in pycountry.countries:
        common = getattr(entry, "common_name", "")
        shown = _aliases()["shown"].get(entry.alpha_2, [common or entry.name])[0]
        country = Country(code=entry.alpha_2, name=shown)
        for name in filter(None, (entry.name, getattr(entry, "official_name", ""), common, entry.alpha_3, shown)):
            known.setdefault(fold(name), country)
    by_code = {country.code: country for country in known.values()}
    return known | {fold(name): by_code[code] for code, names in _aliases()["countries"].items() for name in names}


@cache
def _country_codes() -> dict[str, Country]:
    return {country.code: country for country in _countries().values()}


@lru_cache(maxsize=20_000)
def country(text: str | None) -> Country | None:
    """The country that a whole text names, in any of the usual languages; None if it names none."""
    if not text or len(text) > 80:
        return None
    stripped = text.strip(" .,;:()*")
    if len(stripped) == 2 and stripped.isupper():
        return _country_codes().get({"UK": "GB"}.get(stripped, stripped))
    return _countries().get(fold(text))


def country_named(code: str | None) -> Country | None:
    """The country with an ISO 3166-1 alpha-2 code."""
    return _country_codes().get((code or "").upper())


@cache
def _regions() -> dict[str, dict[str, Region]]:
    """The regions of each country by their folded names."""
    known: dict[str, dict[str, Region]] = {}
    for entry in pycountry.subdivisions:
        code = entry.country_code
        levels = table("first_level_regions").get(code)
        if entry.type not in levels if levels else entry.parent_code:
            continue
        names = known.setdefault(code, {})
        region = Region(code=entry.code, name=re.split(r"\s*[,\[/(]", entry.name)[0], country_code=code)
        for name in filter(None, map(fold, re.split(r"[/\[\]]", entry.name))):
            names.setdefault(name, region)
        if code in _SHORT_CODES:
            names[entry.code.split("-")[1].lower()] = region
    for code, aliases in _aliases()["regions"].items():
        names = known[code[:2]]
        if target := next((region for region in names.values() if region.code == code), None):
            names |= {fold(alias): target for alias in aliases}
    for code, (shown, *_) in _aliases()["shown_regions"].items():
        names, region = known[code[:2]], Region(code=code, name=shown, country_code=code[:2])
        names |= {name: region for name, other in names.items() if other.code == code} | {fold(shown): region}
    return known


@cache
def _unambiguous() -> dict[str, Region]:
    """Full names that mean one region, of the countries where most lists come from first."""
    known: dict[str, Region] = {}
    for code in table("region_countries"):
        for name, found in _regions().get(code, {}).items():
            if len(name) > 3:
                known.setdefault(name, found)
    return known


@lru_cache(maxsize=50_000)
def region(text: str | None, country_code: str | None = None) -> Region | None:
    """The first-level region that a whole text names; two-letter codes only of US, CA and AU. Never a guess."""
    if not text or len(text) > 80:
        return None
    key = fold(text)
    if country_code:
        return _region_in(text, key, country_code.upper())
    if len(key) <= 3:
        bare = text.strip(" .,()").replace(".", "")
        if not bare.isupper():
            return None
        return _regions()["US"].get(key) or _regions()["CA"].get(key)
    return _unambiguous().get(key)


def _region_in(text: str, key: str, country_code: str) -> Region | None:
    names = _regions().get(country_code, {})
    if iso := names.get(key):
        return iso
    if key.startswith(country_code.lower() + " "):
        return names.get(key[3:])
    shorter = [key.removeprefix(prefix) for prefix in table("region_prefixes") if key.startswith(prefix)]
    shorter += [key.removesuffix(suffix) for suffix in table("region_suffixes") if key.endswith(suffix)]
    bare = text.strip(" .,()")
    is_code = 2 <= len(bare) <= 3 and bare.isupper()
    return next(
        (names[one] for one in shorter if one in names), region_named(f"{country_code}-{bare}") if is_code else None
    )


def region_named(code: str | None) -> Region | None:
    """The region with an ISO 3166-2 code, or None."""
    if not code or "-" not in code:
        return None
    return next((found for found in _regions().get(code[:2], {}).values() if found.code == code), None)


_SEPARATORS = re.compile(r"\s*(?:[,;/&|•·]|\band\b|\bor\b|\bund\b|\bog\b|\boch\b|\ben\b|\bet\b|\by\b|\be\b)\s*")
_EVERYWHERE = re.compile(
    r"\b(?:nation-?wide|all 50 states|all states|every state|bundesweit|landelijk|hele landet|whole country)\b",
    re.IGNORECASE,
)


def regions_in(text: str, country_code: str | None = None) -> tuple[str, ...]:
    """Codes of the regions in a list such as "CA, NY and Texas", in its order. For "nationwide", the country's code."""
    if country_code and _EVERYWHERE.search(text):
        return (country_code,)
    found: dict[str, None] = {}
    for part in _SEPARATORS.split(text[:2_000]):
        name = part.strip(" .:()")
        if known := region(name, country_code) or region(name):
            found[known.code] = None
        elif len(name) > 3 and (land := country(name)):
            found[land.code] = None
    return tuple(found)
