"""Postal addresses, read from the right: country, postal code, region, town, street. What is not there stays None.

Where a town begins is asked of the table of towns; only a town that it does not know is looked for behind the words
that end streets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .names import capitalise
from .postcodes import find_postcode, postcode_of, town_first
from .regions import Region, country, country_named, fold, region, region_named
from .towns import is_town, longest_town_suffix, places_of_town
from .words import any_of

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
_COUNTRY_BEFORE_ZIP = re.compile(r"[,\s]+(?:U\.?S\.?A?\.?|United States(?: of America)?)[,\s]+(\d{5}(?:-\d{4})?)\s*$")
_COUNTRY_TAIL = re.compile(r"[,\n]\s*([^,\n\d]{2,40})\s*$")
_PREFECTURE = re.compile(r"\w{2,3}?[都道府県]\s*")
_MOST_TOWN = 10
"""Letters of the longest names of towns in Japanese."""
_BRACKETED = re.compile(r"(.+?)(?<!\s)\s*+\([^()]*+\)?(?:\s*+,.*)?")


@lru_cache(maxsize=20_000)
def parse_address(text: str, country_code: str | None = None, region_code: str | None = None) -> Address:
    """The parts of an address on one or several lines. `country_code` and `region_code` say what is known besides."""
    line = re.sub(r"[ \t]+", " ", text[:MOST].replace("\r", "\n")).strip(" ,;\n")
    line = re.sub(r"\s*[|•·\n]\s*", ", ", line)
    known = region_named(region_code)
    land, line = _country_at_end(line, country_code)
    code = land or country_code or (known.country_code if known else None)
    found = find_postcode(line, code)
    if found is None and code and code == country_code and not land:
        found = find_postcode(line, None)
        code = found.country_code if found and found.country_code else code
    if found is None or (found.country_code is None and _looks_like_street(line[found.end :])):
        return _address_before(line, None, code, known, anchored=land is not None)
    before, after = line[: found.start].strip(" ,;.-"), line[found.end :].strip(" ,;.-")
    code = found.country_code or code
    if found.leads:
        return _address_around(before, after, found.code, code, known)
    if not re.search(r"[^\W\d_]", after):
        before = f"{before} {after}".strip()
    else:
        known = region(after.rpartition(",")[2].strip(" .()"), code) or region(after.strip(" .()"), code) or known
    return _address_before(before, found.code, code, known, anchored=True)


def _address_before(
    line: str, postcode: str | None, code: str | None, known: Region | None, *, anchored: bool
) -> Address:
    """The address whose street, town and region are those of a line, in this order."""
    where, rest = _region_at_end(line, code, postcode is not None)
    code = code or (where.country_code if where else None)
    named = line[len(rest) :].strip(" ,.()") if where and rest and line.startswith(rest) else ""
    region_known = where or known
    street, city = _street_and_city(
        rest, code, region_known.code if region_known else None, anchored or where is not None
    )
    if city is None and (postcode or anchored) and len(named) > 3 and is_town(named, code):
        city = named
    nation = country(city) if city and region_known is None and code is None else None
    if nation:
        return _address(street, None, None, postcode, nation.code)
    return _address(street, city, region_known, postcode, code)


def _address_around(before: str, after: str, postcode: str, code: str | None, known: Region | None) -> Address:
    """The address whose postal code stands between street and town."""
    parts = _parts(after)
    where = known
    if code == "JP" and not before and (run := _town_of_run(after)):
        return _address(run.street, run.city, run.region or known, postcode, code)
    if len(parts) > 1 and (found := region(parts[-1].strip("()"), code)):
        where, parts = found, parts[:-1]
    city = parts[0] if parts else None
    if city and (bracket := _BRACKETED.fullmatch(city)):
        city = bracket[1]
    if code and city:
        city = town_first(city, code) or city
    if city and re.search(r"\d", city):
        return _address(before or None, None, where, postcode, code)
    return _address(before or None, city, where, postcode, code)


class _Run(NamedTuple):
    region: Region | None
    city: str
    street: str


def _town_of_run(text: str) -> _Run | None:
    """The parts of an address from the large to the small without spaces: 兵庫県神戸市中町2-7."""
    prefecture = _PREFECTURE.match(text)
    for start in (prefecture.end(), 0) if prefecture else (0,):
        for end in range(min(len(text), start + _MOST_TOWN), start + 1, -1):
            if text[end - 1] in "市区町村郡" and is_town(text[start:end], "JP"):
                codes = {code for code in places_of_town(text[start:end]) if code.startswith("JP-")}
                where = region_named(codes.pop()) if len(codes) == 1 else None
                return _Run(where, text[start:end], text[end:].strip())
    return None


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


def _country_at_end(line: str, stated: str | None) -> tuple[str | None, str]:
    """(country code, the line before it)."""
    if zipped := _COUNTRY_BEFORE_ZIP.search(line):
        return "US", f"{line[: zipped.start()]} {zipped[1]}"
    tail = _COUNTRY_TAIL.search(line)
    candidate = (tail[1] if tail else line if len(line) < 40 and not stated else "").strip(" .()")
    if found := country(candidate):
        if fold(candidate) == "georgia" or (
            len(candidate) == 2 and candidate.isascii() and candidate.upper() not in ("US", "UK", "GB")
        ):
            return None, line
        before = line[: tail.start()] if tail else ""
        nation = region(candidate, "GB") if found.code == "GB" else None
        return found.code, f"{before}, {nation.name}" if nation else before
    return _country_without_comma(line, stated) or (None, line)


def _country_without_comma(line: str, stated: str | None) -> tuple[str, str] | None:
    """(country code, the line before it), if a postal code or town of that country, or its region, stands there too."""
    words = line.split()
    for size in range(min(4, len(words) - 1), 0, -1):
        candidate, before = " ".join(words[-size:]).strip(" .()"), " ".join(words[:-size]).rstrip(" ,")
        if len(candidate) > 2 and region(candidate, stated or "US"):
            return None
        short = len(candidate) < 3 and candidate.isascii() and candidate not in ("US", "UK")
        found = None if short or "," in candidate or fold(candidate) == "georgia" else country(candidate)
        if found and (stated == found.code or _is_in(before, found.code)):
            return found.code, before
    return None


def _is_in(text: str, code: str) -> bool:
    found = postcode_of(code, text)
    named = region(text.rpartition(" ")[2].strip(" ,."), code)
    return found is not None or named is not None or longest_town_suffix(text, code) is not None


def _region_at_end(line: str, code: str | None, anchored: bool) -> tuple[Region | None, str]:
    parts = [part.strip(" .()") for part in line.split(",")]
    if not parts or not parts[-1]:
        return None, line
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
    return None, line


def _parts(line: str) -> list[str]:
    return [bare for part in line.split(",") if (bare := part.strip(" .-"))]


def _street_and_city(
    line: str, code: str | None, region_code: str | None, anchored: bool
) -> tuple[str | None, str | None]:
    """(street, town) of a line without region and country; `anchored` if one of these, or a postal code, followed."""
    parts = _parts(line)
    if not parts:
        return None, None
    if code and (found := _known_town(parts, code, region_code, anchored)):
        return found
    *others, last = parts
    if _looks_like_street(last) or _UNIT.fullmatch(last):
        street, city = _cut_after_street(last) if anchored else (last, None)
        return ", ".join([*others, street]), city
    if not others and not anchored:
        return None, last if re.fullmatch(r"[^\W\d_][^\d]{1,40}", last) else None
    return ", ".join(others) or None, last if _could_be_town(last) else None


def _known_town(
    parts: Sequence[str], code: str, region_code: str | None, anchored: bool
) -> tuple[str | None, str | None] | None:
    """(street, town) if a whole part is a town, the last if there are several, or the end of the last part is."""
    last = parts[-1]
    if is_town(last, code, region_code):
        return ", ".join(parts[:-1]) or None, last
    town = longest_town_suffix(last, code, region_code) if anchored else None
    street = last[: -len(town)].strip(" ,.") if town else ""
    if town and re.search(r"\d", street):
        return ", ".join([*parts[:-1], street]), town
    for place in range(len(parts) - 2, 0, -1):
        if anchored and is_town(parts[place], code, region_code):
            is_more = re.search(r"\d", last) or _UNIT.fullmatch(last)
            return ", ".join([*parts[:place], *(parts[place + 1 :] if is_more else ())]), parts[place]
    return None


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
