"""Where an entry is: its address, with what the headings above it and its source say of country, region and town."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ldn_directory.model import Record, Source

from .classify import MOST_VALUE, FieldTexts
from .names import looks_like_organisation
from .postal_address import Address, cased_address, looks_like_place, looks_like_street, parse_address
from .regions import Region, country, country_named, fold, region, region_named
from .text_hygiene import clean

_NUMBER_FIRST = frozenset(("US", "CA", "GB", "IE", "AU", "NZ", "FR", "LU", "IN", "ZA", "SG", "MY", "PH", "IL"))
"""Countries that write the house number before the street."""


class Headings(NamedTuple):
    """What the headings above an entry state; the innermost wins."""

    country_code: str | None = None
    region_code: str | None = None
    city: str | None = None
    subject: str | None = None


def read_headings(record: Record, source: Source) -> Headings:
    """The places and the subject that the headings name."""
    land, where, city, subject = Headings()
    for heading in record.headings:
        text = re.sub(r"\s*\(\d+\)$", "", clean(heading).strip(" :-–()"))
        found_region = region(text, land or source.country) or (None if where else region(text))
        found_country = None if where else country(text)
        if found_country and not (found_region and (land or source.country) == found_region.country_code):
            nation = region(text, "GB")
            land, where, city = found_country.code, nation.code if nation else None, None
        elif found_region:
            land, where, city = found_region.country_code, found_region.code, None
        elif looks_like_place(text) or ((land or where) and re.fullmatch(r"[^\W\d_][^\d,:]{1,40}", text)):
            parsed = parse_address(text, land, where)
            city, where, land = parsed.city or text, parsed.region_code or where, parsed.country_code or land
        else:
            subject = text
    return Headings(land, where, city, subject)


def address_of(texts: FieldTexts, headings: Headings) -> tuple[Address, str | None, str | None]:
    """(address, address as written, the practice that stands at its start)."""
    stated_country = next((named.code for text in texts.all("country") if (named := country(text))), None)
    code = stated_country or headings.country_code
    stated_region = next(filter(None, (region(text, code) for text in texts.all("region"))), None)
    code = code or (stated_region.country_code if stated_region else None)
    headed = headings.region_code
    if stated_country and not (headed or "").startswith(stated_country):
        headed = None
    region_code = stated_region.code if stated_region else headed
    town = texts.first("city")
    lines = [*texts.all("address")[:1]]
    stated = parse_address("\n".join(lines), code, region_code)
    if not lines or not (stated.city or stated.postcode or town):
        lines += texts.all("address_line")[:4]
    written = ", ".join(line.replace("\n", ", ") for line in lines) or None
    practice, lines = _split_practice(lines)
    whole = parse_address("\n".join(lines), code, region_code)
    by_postcode = _address_of_postcode(texts, code, region_code)
    split = parse_address(town, code) if town and re.search(r"[,\d]", town) else Address(city=town)
    land = stated_country or whole.country_code or code or split.country_code or by_postcode.country_code
    likeliest = stated_region.code if stated_region else split.region_code or whole.region_code or region_code
    known_region = next(filter(None, (_region_within(one, land) for one in (likeliest, whole.region_code))), None)
    stated_name = texts.first("region") or ""
    is_code = len(stated_name.strip()) <= 3 or stated_name.strip().isdigit()
    known_country = country_named(land)
    found = Address(
        street=_street(texts, lines, whole, land),
        city=_likelier_town(split.city, whole.city, land) or headings.city,
        region=known_region.name if known_region else None if is_code else stated_name,
        region_code=known_region.code if known_region else None,
        postcode=by_postcode.postcode or _plain_postcode(texts, code, region_code) or whole.postcode,
        country=known_country.name if known_country else None,
        country_code=known_country.code if known_country else None,
    )
    parts = (found.street, *(texts.first(name) for name in ("city", "region", "postcode", "country")))
    return found, written or ", ".join(filter(None, parts)) or None, practice


def _likelier_town(stated: str | None, written: str | None, code: str | None) -> str | None:
    """The town under its own label, unless it is none and the one in the address is."""
    return stated or written


def _split_practice(lines: list[str]) -> tuple[str | None, list[str]]:
    """(the practice at the start of the first line, the lines without it)."""
    if not lines:
        return None, lines
    head, separator, rest = lines[0].partition("\n" if "\n" in lines[0] else ",")
    if not separator or re.search(r"\d", head) or looks_like_street(head) or not looks_like_organisation(head):
        return None, lines
    return head.strip(), [rest.strip(" ,\n"), *lines[1:]]


def _street(texts: FieldTexts, lines: Sequence[str], whole: Address, code: str | None) -> str | None:
    """The street with its house number, where that has a column of its own, and with the suite from a further line.

    What stands under "address" is all street if the town is stated elsewhere, but for what repeats what is stated.
    """
    first, town = texts.first("street"), texts.first("city")
    if town and (first or (whole.postcode is None and fold(whole.city or "") != fold(town))):
        others = [text for name in ("city", "region", "postcode", "country") for text in texts.all(name)]
        first = _without_repeated(first or "\n".join(lines), others)
    number = (texts.first("house_number") or "").removesuffix(".0")
    if first and number and number not in first.split():
        first = f"{number} {first}" if code in _NUMBER_FIRST else f"{first} {number}"
    found = ", ".join(filter(None, (first or whole.street, texts.first("street2"))))
    return (cased_address(found.replace("\n", ", ")) or "")[:MOST_VALUE] or None


def _without_repeated(text: str, stated: Sequence[str]) -> str:
    """The text without the parts at its end that say again what is stated elsewhere."""
    parts = [part.strip() for part in re.split(r"[,\n]", text)]
    known = {word for one in stated for word in fold(one).split()}
    while parts and all(word in known for word in fold(parts[-1]).split()):
        parts.pop()
    return ", ".join(parts)


def _address_of_postcode(texts: FieldTexts, code: str | None, region_code: str | None) -> Address:
    """What the postcode says by itself, or together with the town and region beside it."""
    postcode, city = texts.first("postcode"), texts.first("city")
    if not postcode:
        return Address()
    found = parse_address(f"x, {city or 'y'}, {postcode}", code, region_code)
    if found.postcode or code:
        return found
    region_and_code = " ".join(filter(None, (texts.first("region"), postcode)))
    return parse_address(", ".join(filter(None, (city, region_and_code))), None, region_code)


def _plain_postcode(texts: FieldTexts, code: str | None, region_code: str | None) -> str | None:
    """The postcode as stated, with the zeros that a spreadsheet took from a ZIP code."""
    digits = (texts.first("postcode") or "").strip().removesuffix(".0")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 -]{2,11}", digits) or not re.search(r"\d", digits):
        return None
    if (code == "US" or (region_code or "").startswith("US-")) and digits.isdigit() and len(digits) in (3, 4):
        return digits.zfill(5)
    if code == "US" and re.fullmatch(r"\d{9}", digits):
        return f"{digits[:5]}-{digits[5:]}"
    return digits


def _region_within(code: str | None, land: str | None) -> Region | None:
    found = region_named(code)
    return found if found and (not land or found.country_code == land) else None
