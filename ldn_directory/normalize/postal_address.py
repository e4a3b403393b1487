"""Postal addresses, read from the right: country, postcode, region, city, street. What is not there stays None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .names import cased
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
_POSTCODE_AND_TOWN = re.compile(r"(?:^|,)\s*((?:[A-Z]{1,3}-)?\d{4,5})\s+([^\W\d_][^\d,]{1,40})$")
"""A postcode before its town, as most of Europe writes it; alone it does not tell the country."""
_COUNTRY_BEFORE_ZIP = re.compile(r"[,\s]+(?:U\.?S\.?A?\.?|United States(?: of America)?)[,\s]+(\d{5}(?:-\d{4})?)\s*$")
_COUNTRY_TAIL = re.compile(r"[,\n]\s*([^,\n\d]{2,40})\s*$")


def postcode_in(text: str, country_code: str | None = None) -> str | None:
    """The postcode in a text by the rules of its country, standard form; without a country only unmistakable ones."""
    found = _postcode(text, country_code)
    return found[0] if found else None


def _postcode(text: str, country_code: str | None) -> tuple[str, int, int, str] | None:
    if country_code:
        pattern = POSTCODES.get(country_code)
        matches = list(pattern.finditer(text)) if pattern else []
        if not matches:
            return None
        last = matches[0] if country_code in _POSTCODE_FIRST and len(matches) == 1 else matches[-1]
        return _standard(last.group(), country_code), last.start(), last.end(), country_code
    for code in _TELLING:
        if matches := [found for found in POSTCODES[code].finditer(text) if not _begins_street(text, found)]:
            return _standard(matches[-1].group(), code), matches[-1].start(), matches[-1].end(), code
    if match := re.search(r"〒\s?(\d{3}-\d{4})", text):
        return match.group(1), match.start(), match.end(), "JP"
    match = re.search(r"\b([A-Z]{2})[.,\s]+(\d{5}(?:-\d{4})?)(?=\W*$)", text)
    if match and region(match.group(1), "US"):
        return match.group(2), match.start(2), match.end(2), "US"
    match = re.search(r"(?:^|,)\s*([A-Za-z. ]{4,20})[.,\s]+(\d{5}(?:-\d{4})?)(?=\W*$)", text)
    if match and (known := region(match.group(1).strip())) and known.country_code == "US":
        return match.group(2), match.start(2), match.end(2), "US"
    match = re.search(r"\b(NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+(\d{4})(?=\W*$)", text, re.IGNORECASE)
    if match:
        return match.group(2), match.start(2), match.end(2), "AU"
    return None


def _begins_street(text: str, found: re.Match[str]) -> bool:
    """Whether what looks like a Dutch postcode is a house number and a direction: "4164 SW 5th Ave"."""
    after = text[found.end() :].partition(",")[0].strip()
    return found.group()[-2:] in _DIRECTIONS and bool(re.match(r"\d", after) or _looks_like_street(after))


def _standard(written: str, country_code: str) -> str:
    bare = written.upper().strip()
    match country_code:
        case "CA" | "IE":
            squeezed = re.sub(r"[ -]", "", bare)
            return f"{squeezed[:3]} {squeezed[3:]}"
        case "GB":
            squeezed = bare.replace(" ", "")
            return f"{squeezed[:-3]} {squeezed[-3:]}"
        case "NL":
            return f"{bare[:4]} {bare[-2:]}"
        case "SE":
            digits = re.sub(r"\D", "", bare)
            return f"{digits[:3]} {digits[3:]}"
        case "DE" | "FR" | "ES" | "IT" | "FI" | "AT" | "CH" | "BE" | "DK" | "NO":
            return re.sub(r"^[A-Z]{1,2}-", "", bare)
        case _:
            return bare


@lru_cache(maxsize=20_000)
def parse_address(text: str, country_code: str | None = None, region_code: str | None = None) -> Address:
    """The parts of an address on one or several lines. `country_code` and `region_code` say what is known besides."""
    rest = re.sub(r"[ \t]+", " ", text[:MOST].replace("\r", "\n")).strip(" ,;\n")
    rest = re.sub(r"\s*\n\s*", ", ", rest)
    rest = re.sub(r"\s*[|•·]\s*", ", ", rest)
    known_region = region_named(region_code)
    land, rest = _country_at_end(rest, country_code)
    code = land or country_code or (known_region.country_code if known_region else None)
    postcode = _postcode(rest, code)
    if postcode is None and code in (None, country_code) and not land:
        telling = _postcode(rest, None)
        postcode = telling if telling and (telling[3] != code) else None
        code = postcode[3] if postcode else code
    found_postcode = None
    if postcode and not _is_house_number(rest, postcode, code):
        found_postcode = postcode[0]
        if code is None:
            code = postcode[3]
        if code in _POSTCODE_FIRST:
            return _postcode_first(rest, postcode, code, known_region)
        rest = f"{rest[: postcode[1]]} {rest[postcode[2] :]}".strip(" ,;.-")
    if (
        not found_postcode
        and code is None
        and (told := _POSTCODE_AND_TOWN.search(rest))
        and not _looks_like_street(told[2])
    ):
        return _postcode_first(rest, (told[1], told.start(1), told.end(1), ""), None, known_region)
    found_region, rest = _region_at_end(rest, code, bool(found_postcode))
    if found_region and not code:
        code = found_region.country_code
    if code and not found_postcode and code == "US" and found_region:
        short = re.search(r"[,\s](\d{4})$", rest)
        if short and found_region.code in ("US-MA", "US-CT", "US-NJ", "US-ME", "US-NH", "US-VT", "US-RI"):
            found_postcode, rest = "0" + short.group(1), rest[: short.start()]
    where = found_region or known_region
    street, city = _street_and_city(rest, bool(found_region or found_postcode or land))
    if city and where is None and code is None and country(city):
        return _address(street, None, None, found_postcode, country(city).code)  # type: ignore[union-attr]
    return _address(street, city, where, found_postcode, code)


def _address(
    street: str | None, city: str | None, where: Region | None, postcode: str | None, code: str | None
) -> Address:
    land = country_named(code)
    if where and land and where.country_code != land.code:
        where = None
    return Address(
        street=cased_address(street),
        city=cased(city) if city else None,
        region=where.name if where else None,
        region_code=where.code if where else None,
        postcode=postcode,
        country=land.name if land else None,
        country_code=land.code if land else None,
    )


def _is_house_number(rest: str, postcode: tuple[str, int, int, str], code: str | None) -> bool:
    return postcode[1] == 0 and rest[:1] != "〒" and code not in _POSTCODE_FIRST and bool(rest[postcode[2] :].strip())


def _country_at_end(rest: str, stated: str | None) -> tuple[str | None, str]:
    if zipped := _COUNTRY_BEFORE_ZIP.search(rest):
        return "US", f"{rest[: zipped.start()]} {zipped[1]}"
    tail = _COUNTRY_TAIL.search(rest)
    candidate = tail.group(1) if tail else (rest if len(rest) < 40 and not stated else "")
    found = country(candidate.strip(" .()")) if candidate else None
    if found and fold(candidate) == "georgia":
        return None, rest
    if found and len(candidate.strip(" .()")) == 2 and candidate.strip().upper() not in ("US", "UK", "GB"):
        return None, rest
    if found:
        before = rest[: tail.start()] if tail else ""
        nation = region(candidate.strip(" .()"), "GB") if found.code == "GB" else None
        return found.code, f"{before}, {nation.name}" if nation else before
    spaced = re.search(r"\s(USA|U\.S\.A\.?|United States|Canada|Australia|United Kingdom|UK)\s*$", rest)
    if spaced:
        return country(spaced.group(1)).code, rest[: spaced.start()].rstrip(" ,")  # type: ignore[union-attr]
    return None, rest


def _region_at_end(rest: str, code: str | None, anchored: bool) -> tuple[Region | None, str]:
    parts = [part.strip(" .") for part in rest.split(",")]
    if not parts or not parts[-1]:
        return None, rest
    whole = region(parts[-1], code)
    if whole and (len(parts) > 1 or anchored or len(parts[-1]) > 3):
        return whole, ", ".join(parts[:-1])
    words = parts[-1].split()
    for size in (3, 2, 1):
        if len(words) > size:
            candidate = " ".join(words[-size:])
            if len(candidate) <= 3 and not candidate.replace(".", "").isupper():
                continue
            found = region(candidate, code)
            if found and (anchored or len(parts) > 1 or size == 1):
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
    units = list(_UNIT.finditer(text))
    ends = list(_STREET_END.finditer(text))
    cut = max([match.end() for match in units] + [match.end() for match in ends if match.start() > 0] or [0])
    city = text[cut:].strip(" ,.")
    if not cut or not city or re.search(r"\d", city):
        return text, None
    return text[:cut].strip(" ,"), city


def _postcode_first(rest: str, postcode: tuple[str, int, int, str], code: str | None, known: Region | None) -> Address:
    before, after = rest[: postcode[1]].strip(" ,-"), rest[postcode[2] :].strip(" ,-")
    parts = [part.strip(" .()") for part in after.split(",") if part.strip(" .()")]
    where = known
    if len(parts) > 1 and (found := region(parts[-1], code)):
        where, parts = found, parts[:-1]
    city = parts[0] if parts else None
    if city and (bracket := re.fullmatch(r"(.+?)\s*\(([^()]+)\)?", city)):
        city = bracket.group(1)
    if not city and before:
        pieces = before.split(",")
        before, city = ", ".join(pieces[:-1]), pieces[-1].strip()
    return _address(before or None, city, where, postcode[0], code)


_CODE_AT_END = re.compile(r"(.*?)[\s,]+[A-Z]{2}\.?")
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
