"""vCard 4.0 (RFC 6350): an entry to keep as a contact."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_directory.site.i18n.labels import word
from ldn_directory.site.i18n.lazy_text import Phrase, phrase

from .content import EntryView, Point, Row, SearchPage, address_text, plain, point_of

EXTENSION, MEDIA_TYPE = "vcf", "text/vcard; charset=utf-8"
MOST_OCTETS = 75
"""The longest line (RFC 6350, section 3.2)."""
_CONTINUATION = 0x80
"""The two highest bits of an octet within a character (RFC 3629, section 3)."""
NO_ENDORSEMENT = phrase(
    "A listing is no endorsement, and nothing here is medical advice. Please confirm with the practice."
)
_TEXT = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})
_PARAMETER = str.maketrans({"^": "^^", '"': "^'", "\n": "^n"})
"""Escapes in parameters (RFC 6868)."""
_LINE_BREAK = re.compile("\r\n|[\r\u2028\u2029]")


def format_entry(shown: EntryView) -> str:
    """One card."""
    return "".join(map(fold_line, _lines(shown)))


def format_search(page: SearchPage) -> str:
    """One card per entry, in their order."""
    return "".join(map(format_entry, page.shown))


def fold_line(line: str) -> str:
    """The line folded after at most 75 octets, but not within a character."""
    pieces: list[bytes] = []
    octets, first, most = line.encode(), 0, MOST_OCTETS
    while first < len(octets) or not pieces:
        end = first + most
        while end < len(octets) and octets[end] & 0xC0 == _CONTINUATION:
            end -= 1
        pieces.append(octets[first:end])
        first, most = end, MOST_OCTETS - 1
    return b"\r\n ".join(pieces).decode() + "\r\n"


def text(value: str) -> str:
    """A value of type text (section 3.4). Any line break becomes \\n, as some readers end a line at each of them."""
    return plain(_LINE_BREAK.sub("\n", value)).translate(_TEXT)


def parameter(value: str) -> str:
    """A parameter's value in quotes, escaped (RFC 6868)."""
    return f'"{plain(_LINE_BREAK.sub(chr(10), value)).translate(_PARAMETER)}"'


def _lines(shown: EntryView) -> Iterator[str]:
    yield from ("BEGIN:VCARD", "VERSION:4.0", "PRODID:-//LDN directory//EN", f"UID:{shown.id_of('entry').urn}")
    yield f"SOURCE:{shown.url}.{EXTENSION}"
    if shown.reviewed_on:
        yield f"REV:{_moment(shown)}"
    yield f"KIND:{'individual' if shown.is_person else 'org'}"
    yield from _name_lines(shown)
    yield from _contact(shown)
    for number, place in enumerate(shown.entry.locations):
        yield from _place(place, is_first=number == 0)
    yield from (f"LANG:{one.tag}" for one in shown.languages if one.tag)
    yield f"NOTE:{text(_note(shown))}"
    yield "END:VCARD"


def _moment(shown: EntryView) -> str:
    """The last confirmation as a timestamp, or the day on which a person noted the entry as a date (section 4.3)."""
    confirmed = shown.provider["last_confirmed"] or ""
    return re.sub("[-:]", "", confirmed if confirmed[:10] == shown.reviewed_on else shown.reviewed_on or "")


def _name_lines(shown: EntryView) -> Iterator[str]:
    row, parts = shown.provider, shown.parts
    yield f"FN:{text(row['name'])}"
    if parts:
        suffixes = ",".join(map(text, (*([parts.suffix] if parts.suffix else ()), *shown.credentials)))
        yield f"N:{text(parts.family)};{text(parts.given[0])};{','.join(map(text, parts.given[1:]))};;{suffixes}"
    organisation = row["practice"] or (None if shown.is_person else row["name"])
    if organisation:
        yield f"ORG:{text(organisation)}"
    if shown.is_person and row["credentials"]:
        yield f"TITLE:{text(row['credentials'])}"
    if row["specialty"]:
        yield f"ROLE:{text(row['specialty'])}"
    yield from (f"NICKNAME:{text(said.value)}" for said in shown.entry.other_names)


def _contact(shown: EntryView) -> Iterator[str]:
    if shown.phone:
        yield f"TEL;VALUE=uri;TYPE=work,voice:tel:{shown.phone}"
    elif shown.phone_text:
        yield f"TEL;VALUE=text;TYPE=work,voice:{text(shown.phone_text)}"
    if shown.email:
        yield f"EMAIL;TYPE=work:{text(shown.email)}"
    if shown.website:
        yield f"URL;TYPE=work:{shown.website}"


def _place(place: Row, *, is_first: bool) -> Iterator[str]:
    label, point = address_text(place), point_of(place)
    if not label:
        return
    where = f";GEO={parameter(_geo(point))}" if point else ""
    parts = ("street", "city", "region", "postcode", "country")
    yield f"ADR;TYPE=work{where};LABEL={parameter(label)}:;;" + ";".join(text(place[part] or "") for part in parts)
    if point and is_first:
        yield f"GEO:{_geo(point)}"


def _geo(point: Point) -> str:
    """A geo URI (RFC 5870) with its uncertainty in metres."""
    off = f";u={point.precision_km * 1000:.0f}" if point.precision_km else ""
    return f"geo:{_degrees(point.latitude)},{_degrees(point.longitude)}{off}"


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _note(shown: EntryView) -> str:
    """Who lists the entry and when that was last confirmed, and whatever has no property of its own."""
    row, entry, reader = shown.provider, shown.entry, shown.reader
    fields = ("kind", "telehealth", "accepts_new")
    stated = [(field, word(field, row[field], reader)) for field in fields if row.get(field)]
    stated += [("serves", ", ".join(region["region"] for region in entry.serves))]
    stated += [("languages", ", ".join(one.name for one in shown.languages if not one.tag)), ("remark", row["remark"])]
    lines = [f"{word('field', field, reader)}: {value}" for field, value in stated if value]
    if shown.caution:
        lines.insert(0, f"{word('facet', 'evidence', reader)}: {shown.caution}")
    lines += [reader.say(_listing_note(shown, listing)) for listing in entry.listings]
    return "\n".join([*lines, shown.url, reader.say(NO_ENDORSEMENT)])


def _listing_note(shown: EntryView, listing: Row) -> Phrase:
    values = {"list": shown.source_of(listing)["title"], "page": listing["page"]}
    confirmed, noted = (day and shown.reader.day(day) for day in (listing["last_confirmed"], listing.get("noted_on")))
    match listing["status"]:
        case "confirmed":
            return phrase("Listed by %(list)s, last confirmed %(day)s: %(page)s", day=confirmed, **values)
        case "unchecked" if noted:
            return phrase("Listed by %(list)s, noted %(day)s, not yet confirmed: %(page)s", day=noted, **values)
        case "unchecked":
            return phrase("Listed by %(list)s, not yet confirmed: %(page)s", **values)
    if confirmed:
        return phrase("Listed by %(list)s, unconfirmed since %(day)s: %(page)s", day=confirmed, **values)
    return phrase("Listed by %(list)s, unconfirmed: %(page)s", **values)
