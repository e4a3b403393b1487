"""Where an entry is: its address, with what the headings above it and its source say of country, region and town."""

from __future__ import annotations

import re
from dataclasses import replace

from ldn_directory.model import Record, Source

from .draft import Draft, clean
from .names import looks_like_organisation
from .postal_address import Address, looks_like_place, looks_like_street, parse_address
from .regions import Region, country, country_named, region, region_named

MOST_VALUE = 500


def headings_as_places(record: Record, source: Source) -> tuple[str | None, str | None, str | None, str | None]:
    """(country code, region code, city, subject) that the headings state; the innermost wins."""
    land, where, city, subject = None, None, None, None
    for heading in record.headings:
        text = clean(heading).strip(" :-–()")
        text = re.sub(r"\s*\(\d+\)$", "", text)
        found_region = region(text, land or source.country) or (None if where else region(text))
        found_country = None if where else country(text)
        if found_country and not (found_region and (land or source.country) == found_region.country_code):
            land, where, city = found_country.code, (region(text, "GB") or None) and region(text, "GB").code, None  # type: ignore[union-attr]
        elif found_region:
            land, where, city = found_region.country_code, found_region.code, None
        elif looks_like_place(text) or ((land or where) and re.fullmatch(r"[^\W\d_][^\d,:]{1,40}", text)):
            parsed = parse_address(text, land, where)
            city, where, land = parsed.city or text, parsed.region_code or where, parsed.country_code or land
        else:
            subject = text
    return land, where, city, subject


def address_of(draft: Draft, land: str | None, where: str | None, city: str | None) -> tuple[Address, str | None]:
    stated_country = next((c.code for text in draft.all("country") if (c := country(text))), None)
    code = stated_country or land
    stated_region = next(
        (r for text in draft.all("region") if (r := region(text, code) or (region(text) if not code else None))), None
    )
    if stated_region and not code:
        code = stated_region.country_code
    lines = draft.all("address")[:1] or draft.all("address_line")[:4]
    written = ", ".join(line.replace("\n", ", ") for line in lines) or None
    lines = _without_practice(draft, lines)
    region_code = (
        stated_region.code
        if stated_region
        else (where if not stated_country or (where or "").startswith(stated_country) else None)
    )
    whole = parse_address("\n".join(lines), code, region_code) if lines else Address()
    tail = [draft.first("city"), " ".join(t for t in (draft.first("region"), draft.first("postcode")) if t)]
    postcode_line = (
        parse_address(f"x, {draft.first('city') or 'y'}, {draft.first('postcode')}", code, region_code)
        if draft.first("postcode")
        else Address()
    )
    if draft.first("postcode") and postcode_line.postcode is None and code is None:
        postcode_line = parse_address(", ".join(t for t in tail if t), None, region_code)
    postcode = postcode_line.postcode or _plain_postcode(draft.first("postcode"), code, region_code) or whole.postcode
    # An address with a suite on a line of its own: the second line adds to the first.
    first_line = draft.first("street") or (whole.street if draft.first("street2") else None)
    street = ", ".join(t for t in (first_line, draft.first("street2")) if t) or whole.street
    town = draft.first("city")
    split = parse_address(town, code) if town and "," in town else Address(city=town)
    parsed_city = split.city
    written_region = stated_region.code if stated_region else split.region_code or whole.region_code or region_code
    land_code = stated_country or whole.country_code or code or split.country_code or postcode_line.country_code
    final = parse_address("", land_code, None)
    named = _region_named(written_region, land_code) or (
        whole.region_code and _region_named(whole.region_code, land_code)
    )
    result = replace(
        final,
        street=(street or "").replace("\n", ", ")[:MOST_VALUE] or None,
        city=(parsed_city or whole.city or city or None),
        region=named.name
        if named
        else (draft.first("region") if draft.first("region") and not _looks_coded(draft.first("region")) else None),
        region_code=named.code if named else None,
        postcode=postcode,
    )
    if written is None:
        parts = [
            result.street,
            draft.first("city"),
            draft.first("region"),
            draft.first("postcode"),
            draft.first("country"),
        ]
        written = ", ".join(part for part in parts if part) or None
    return _with_country(result, land_code), written


def _without_practice(draft: Draft, lines: list[str]) -> list[str]:
    """The lines of an address without the practice at their start, which the draft gets if it has none."""
    if not lines:
        return lines
    head, separator, rest = lines[0].partition("\n" if "\n" in lines[0] else ",")
    if not separator or re.search(r"\d", head) or looks_like_street(head) or not looks_like_organisation(head):
        return lines
    if not draft.first("practice"):
        draft.add("practice", head.strip())
    return [rest.strip(" ,\n"), *lines[1:]]


def _looks_coded(text: str | None) -> bool:
    return not text or len(text.strip()) <= 3 or text.strip().isdigit()


def _plain_postcode(text: str | None, code: str | None, region_code: str | None) -> str | None:
    if not text or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 -]{2,11}", text.strip()) or not re.search(r"\d", text):
        return None
    digits = text.strip().removesuffix(".0")
    if (code == "US" or (region_code or "").startswith("US-")) and digits.isdigit() and len(digits) in (3, 4):
        return digits.zfill(5)
    if code == "US" and re.fullmatch(r"\d{9}", digits):
        return f"{digits[:5]}-{digits[5:]}"
    return digits


def _region_named(code: str | None, land: str | None) -> Region | None:
    found = region_named(code)
    return found if found and (not land or found.country_code == land) else None


def _with_country(address: Address, code: str | None) -> Address:
    land = country_named(code)
    return replace(address, country=land.name if land else None, country_code=land.code if land else None)
