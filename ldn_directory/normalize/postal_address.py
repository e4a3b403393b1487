"""Postal addresses, read from the right: country, postcode, region, city, street. What is not there stays None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .names import capitalise
from .regions import Region, country, country_named, fold, region, region_named
from .words import any_of, table

MOST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The parts of an address; region_code is ISO 3166-2, country_code ISO 3166-1 alpha-2."""

    street: str | None = None
    city: str | None = None
    region: str | None = None
    region_code: str | None = None
    postcode: str | None = None
    country: str | None = None
    country_code: str | None = None


POSTCODES = {code: re.compile(pattern) for code, pattern in table("postcodes").items()}
_POSTCODE_FIRST = frozenset({"DE", "FR", "ES", "IT", "FI", "AT", "CH", "BE", "DK", "NO", "SE", "NL", "PL", "PT", "MX"})
_ZERO_FIRST = frozenset(("US-MA", "US-CT", "US-NJ", "US-ME", "US-NH", "US-VT", "US-RI"))
"""States whose ZIP codes begin with a zero, which spreadsheets drop."""
_DIRECTIONS = frozenset(("NE", "NW", "SE", "SW"))
_TELLING = ("CA", "GB", "NL", "PL", "PT")
_STREET_WORD = any_of("street_word")
_UNIT = re.compile(
    rf"(?:{any_of('unit_kind')}\.?\s*#?\s*[\w-]{{1,8}}|\d+(?:st|nd|rd|th)\s+(?:floor|fl)\.?)(?=[\s,]|$)", re.IGNORECASE
)
_STREET_END = re.compile(
    rf"\b{_STREET_WORD}\b\.?(?:\s+(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\b\.?)?", re.IGNORECASE
)
_STREET = re.compile(
    rf"^{any_of('street_line_start')}|\b{_STREET_WORD}\b\.?\s*(?:\d|#|,|$|[nsew]{{1,2}}\b)"
    rf"|{any_of('street_word_ending')}\b|\w\s\d{{1,4}}\s?[a-z]?$",
    re.IGNORECASE,
)
_JAPANESE = re.compile(r"〒\s?(\d{3}-\d{4})")
_CODE_AND_ZIP = re.compile(r"\b([A-Z]{2})[.,\s]+(\d{5}(?:-\d{4})?)(?=\W*$)")
_STATE_AND_ZIP = re.compile(r"(?:^|,)\s*([A-Za-z. ]{4,20})[.,\s]+(\d{5}(?:-\d{4})?)(?=\W*$)")
_AUSTRALIAN = re.compile(r"\b(NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+(\d{4})(?=\W*$)", re.IGNORECASE)
_POSTCODE_AND_TOWN = re.compile(r"(?:^|,)\s*((?:[A-Z]{1,3}-)?\d{4,5})\s+([^\W\d_][^\d,]{1,40})$")
"""A postcode before its town, as most of Europe writes it; alone it does not tell the country."""
_COUNTRY_BEFORE_ZIP = re.compile(r"[,\s]+(?:U\.?S\.?A?\.?|United States(?: of America)?)[,\s]+(\d{5}(?:-\d{4})?)\s*$")
_COUNTRY_AFTER_SPACE = re.compile(r"\s(USA|U\.S\.A\.?|United States|Canada|Australia|United Kingdom|UK)\s*$")
_COUNTRY_TAIL = re.compile(r"[,\n]\s*([^,\n\d]{2,40})\s*$")


class _Postcode(NamedTuple):
    """A postcode in a text, in standard form."""

    code: str
    start: int
    end: int
    country_code: str | None


def _find_postcode(text: str, country_code: str | None) -> _Postcode | None:
    """The postcode by the rules of a country; without a country only one that is unmistakable."""
    if country_code:
        pattern = POSTCODES.get(country_code)
        matches = list(pattern.finditer(text)) if pattern else []
        if not matches:
            return None
        return _postcode(matches[0 if country_code in _POSTCODE_FIRST and len(matches) == 1 else -1], country_code)
    for code in _TELLING:
        if matches := [found for found in POSTCODES[code].finditer(text) if not _begins_street(text, found)]:
            return _postcode(matches[-1], code)
    if match := _JAPANESE.search(text):
        return _Postcode(match[1], match.start(), match.end(), "JP")
    if (match := _CODE_AND_ZIP.search(text)) and region(match[1], "US"):
        return _postcode(match, "US", 2)
    if (match := _STATE_AND_ZIP.search(text)) and (known := region(match[1].strip())) and known.country_code == "US":
        return _postcode(match, "US", 2)
    match = _AUSTRALIAN.search(text)
    return _postcode(match, "AU", 2) if match else None


def _postcode(match: re.Match[str], country_code: str, group: int = 0) -> _Postcode:
    return _Postcode(_standard(match[group], country_code), *match.span(group), country_code)


def _begins_street(text: str, found: re.Match[str]) -> bool:
    """Whether what looks like a Dutch postcode is a house number and a direction: "4164 SW 5th Ave"."""
    after = text[found.end() :].partition(",")[0].strip()
    return found.group()[-2:] in _DIRECTIONS and bool(re.match(r"\d", after) or _looks_like_street(after))


def _standard(written: str, country_code: str) -> str:
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


@lru_cache(maxsize=20_000)
def parse_address(text: str, country_code: str | None = None, region_code: str | None = None) -> Address:
    """The parts of an address on one or several lines. `country_code` and `region_code` say what is known besides."""
    rest = re.sub(r"[ \t]+", " ", text[:MOST].replace("\r", "\n")).strip(" ,;\n")
    rest = re.sub(r"\s*\n\s*", ", ", rest)
    rest = re.sub(r"\s*[|•·]\s*", ", ", rest)
    known_region = region_named(region_code)
    land, rest = _country_at_end(rest, country_code)
    code = land or country_code or (known_region.country_code if known_region else None)
    postcode = _find_postcode(rest, code)
    if postcode is None and code in (None, country_code) and not land:
        postcode = _find_postcode(rest, None)
        code = postcode.country_code if postcode else code
    if postcode and (code in _POSTCODE_FIRST or not _is_house_number(rest, postcode)):
        code = code or postcode.country_code
        if code in _POSTCODE_FIRST:
            return _postcode_first(rest, postcode, code, known_region)
        rest = f"{rest[: postcode.start]} {rest[postcode.end :]}".strip(" ,;.-")
    else:
        postcode = None
        town = _POSTCODE_AND_TOWN.search(rest) if code is None else None
        if town and not _looks_like_street(town[2]):
            return _postcode_first(rest, _Postcode(town[1], *town.span(1), None), None, known_region)
    found_postcode = postcode.code if postcode else None
    found_region, rest = _region_at_end(rest, code, bool(found_postcode))
    if found_region and not code:
        code = found_region.country_code
    lost_zero = code == "US" and not found_postcode and found_region and found_region.code in _ZERO_FIRST
    if lost_zero and (short := re.search(r"[,\s](\d{4})$", rest)):
        found_postcode, rest = f"0{short[1]}", rest[: short.start()]
    where = found_region or known_region
    street, city = _street_and_city(rest, bool(found_region or found_postcode or land))
    nation = country(city) if city and where is None and code is None else None
    if nation:
        return _address(street, None, None, found_postcode, nation.code)
    return _address(street, city, where, found_postcode, code)


def _address(
    street: str | None, city: str | None, where: Region | None, postcode: str | None, code: str | None
) -> Address:
    land = country_named(code)
    if where and land and where.country_code != land.code:
        where = None
    return Address(
        street=cased_address(street),
        city=capitalise(city) if city else None,
        region=where.name if where else None,
        region_code=where.code if where else None,
        postcode=postcode,
        country=land.name if land else None,
        country_code=land.code if land else None,
    )


def _is_house_number(rest: str, postcode: _Postcode) -> bool:
    return postcode.start == 0 and rest[:1] != "〒" and bool(rest[postcode.end :].strip())


def _country_at_end(rest: str, stated: str | None) -> tuple[str | None, str]:
    """(country code, the rest before it)."""
    if zipped := _COUNTRY_BEFORE_ZIP.search(rest):
        return "US", f"{rest[: zipped.start()]} {zipped[1]}"
    tail = _COUNTRY_TAIL.search(rest)
    candidate = (tail[1] if tail else rest if len(rest) < 40 and not stated else "").strip(" .()")
    if found := country(candidate):
        if fold(candidate) == "georgia" or (len(candidate) == 2 and candidate.upper() not in ("US", "UK", "GB")):
            return None, rest
        before = rest[: tail.start()] if tail else ""
        nation = region(candidate, "GB") if found.code == "GB" else None
        return found.code, f"{before}, {nation.name}" if nation else before
    if (spaced := _COUNTRY_AFTER_SPACE.search(rest)) and (found := country(spaced[1])):
        return found.code, rest[: spaced.start()].rstrip(" ,")
    return None, rest


def _region_at_end(rest: str, code: str | None, anchored: bool) -> tuple[Region | None, str]:
    parts = [part.strip(" .") for part in rest.split(",")]
    if not parts or not parts[-1]:
        return None, rest
    whole = region(parts[-1], code)
    if whole and (len(parts) > 1 or anchored or len(parts[-1]) > 3):
        return whole, ", ".join(parts[:-1])
    words = parts[-1].split()
    for size in (size for size in (3, 2, 1) if len(words) > size):
        candidate = " ".join(words[-size:])
        if len(candidate) <= 3 and not candidate.replace(".", "").isupper():
            continue
        if (found := region(candidate, code)) and (anchored or len(parts) > 1 or size == 1):
            return found, ", ".join([*parts[:-1], " ".join(words[:-size])])
    return None, rest


def _street_and_city(rest: str, anchored: bool) -> tuple[str | None, str | None]:
    parts = [part.strip(" .") for part in rest.split(",") if part.strip(" .")]
    if not parts:
        return None, None
    last = parts[-1]
    if len(parts) > 1 or not _looks_like_street(last):
        if _looks_like_street(last) or _UNIT.fullmatch(last):
            street, city = _cut_after_street(last)
            if city:
                return ", ".join([*parts[:-1], street]), city
            return ", ".join(parts), None
        if not anchored and len(parts) == 1:
            return None, last if re.fullmatch(r"[^\W\d_][^\d]{1,40}", last) else None
        return ", ".join(parts[:-1]) or None, last if _could_be_town(last) else None
    street, city = _cut_after_street(last)
    return street, city if anchored else None


def _could_be_town(text: str) -> bool:
    return len(text) <= 60 and bool(re.search(r"[^\W\d_]{2}", text)) and not re.search(r"\d[-–]\d", text)


def _cut_after_street(text: str) -> tuple[str, str | None]:
    """Splits "123 Main St Suite 4 Springfield" after the last street word or unit."""
    streets = (match.end() for match in _STREET_END.finditer(text) if match.start() > 0)
    cut = max((*(match.end() for match in _UNIT.finditer(text)), *streets), default=0)
    city = text[cut:].strip(" ,.")
    if not cut or not city or re.search(r"\d", city):
        return text, None
    return text[:cut].strip(" ,"), city


def _postcode_first(rest: str, postcode: _Postcode, code: str | None, known: Region | None) -> Address:
    """The parts of an address whose postcode stands before its town."""
    before, after = rest[: postcode.start].strip(" ,-"), rest[postcode.end :].strip(" ,-")
    parts = [part.strip(" .()") for part in after.split(",") if part.strip(" .()")]
    where = known
    if len(parts) > 1 and (found := region(parts[-1], code)):
        where, parts = found, parts[:-1]
    city = parts[0] if parts else None
    if city and (bracket := re.fullmatch(r"(.+?)(?<!\s)\s*+\(([^()]++)\)?", city)):
        city = bracket.group(1)
    if not city and before:
        pieces = before.split(",")
        before, city = ", ".join(pieces[:-1]), pieces[-1].strip()
    return _address(before or None, city, where, postcode.code, code)


_CODE_AT_END = re.compile(r"(.*?)(?<![\s,])[\s,]++[A-Z]{2}\.?")
_NO_TOWN = re.compile(
    rf"\b{any_of('no_town_inside')}\b(?!\w|\.?\s*$)|\b{any_of('no_town_at_the_end')}\W*$", re.IGNORECASE
)
"""Words that stand in remarks and not in the names of towns."""


def _looks_like_street(text: str) -> bool:
    return bool(_STREET.search(text))


def looks_like_street(text: str) -> bool:
    """Whether a line could be the street part of an address."""
    return len(text) <= 120 and _looks_like_street(text) and "@" not in text


def looks_like_place(text: str, country_code: str | None = None) -> bool:
    """Whether a line ends like "City, ST 12345" or "12345 City"."""
    if len(text) > 120 or "@" in text:
        return False
    found = parse_address(text, country_code)
    if not found.city or not (found.postcode or found.region_code):
        return False
    return bool(found.postcode) or not _ends_in_a_word(text)


def _ends_in_a_word(text: str) -> bool:
    """Whether two letters at the end are more likely a word, a degree or an illness than a state: "Treats MS"."""
    found = _CODE_AT_END.fullmatch(text.strip())
    return found is not None and (bool(_NO_TOWN.search(found[1])) or not found[1].strip(" ,.")[:1].isupper())


def cased_address(text: str | None) -> str | None:
    """A street in capitals in the usual way; any other as it is, without stray separators."""
    if not text:
        return None
    clean = re.sub(r"\s*,(?:\s*,)+", ",", " ".join(text.split())).strip(" ,;")
    letters = [c for c in clean if c.isalpha()]
    if len(letters) < 5 or not all(c.isupper() for c in letters):
        return clean or None
    keep = {"NE", "NW", "SE", "SW", "PO", "US", "II", "III"}
    return " ".join(
        word if word.strip(".,") in keep or re.search(r"\d", word) else word.capitalize() for word in clean.split()
    )
