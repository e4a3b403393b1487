"""How an entry is reached: numbers that may be published, e-mail, website, its page, its point on the map."""

from __future__ import annotations

import re
from dataclasses import replace

from ldn_directory.model import Phone, Record, Source

from .classify import MOST_VALUE, FieldTexts
from .phones import phones
from .postal_address import Address
from .text_hygiene import visible
from .towns import is_inside
from .web import emails, host_of, is_safe_url, website

_SOUTHERNMOST = -56
"""The latitude beyond which nobody lives."""


def phones_of(texts: FieldTexts, record: Record, country_code: str | None, source: Source) -> tuple[Phone, ...]:
    """At most five numbers, without those that the source or the entry says are not to be published."""
    unlisted = {_digits(text) for text in texts.all("unlisted")}
    found: dict[str, Phone] = {}
    links = [link.href for link in record.links if link.href.lower().startswith("tel:")]
    for text in (*texts.all("phone"), *links) or texts.all("phone_in_remark"):
        if _is_known(text, found):
            continue
        for phone in phones(text, country_code):
            digits = _digits(phone.raw)
            if any(digits and digits[-7:] in other for other in unlisted) or phone.e164 in source.ignore_contacts:
                continue
            found.setdefault(phone.e164 or digits, phone)
    return tuple(found.values())[:5]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_known(text: str, found: dict[str, Phone]) -> bool:
    """Whether a `tel:` link repeats a number that is written beside it."""
    digits = _digits(text) if text[:4].lower() == "tel:" else ""
    return len(digits) > 8 and any(digits.endswith(known[-9:]) for known in found if known.startswith("+"))


def email_of(texts: FieldTexts, record: Record, source: Source) -> tuple[str | None, str | None]:
    """(address, the text that states it)."""
    links = (link.href[7:] for link in record.links if link.href.lower().startswith("mailto:"))
    for text in (*texts.all("email"), *links):
        for address in emails(text):
            if not {address.lower(), address.rpartition("@")[2]} & source.ignore_contacts:
                return address, text[:MOST_VALUE]
    return None, None


def website_of(texts: FieldTexts, record: Record, source: Source) -> str | None:
    """The first usable address that is stated, else the first link that leads away from the list's site."""
    no_site = ("detail", "evidence", "image", "map")
    links = (replace(one, href=visible(one.href)) for one in record.links if one.rel not in no_site)
    outward = [one for one in links if host_of(one.href) != host_of(record.page)]
    found = (*map(website, texts.all("website")), website(None, outward))
    return next((url for url in found if url and not any(one in url for one in source.ignore_contacts)), None)


def page_of(record: Record) -> str:
    """The entry's own page or evidence; failing that, the page of the list."""
    own = (link.href for link in record.links if link.rel in ("evidence", "detail") and is_safe_url(link.href))
    return next(own, record.page)


def point_of(texts: FieldTexts, record: Record, address: Address) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees, put right if they are swapped and the address says so."""
    stated = [(texts.first(name) or "").replace(",", ".") for name in ("latitude", "longitude")]
    try:
        point = record.point or (float(stated[0]), float(stated[1]))
    except ValueError:
        return None, None
    for latitude, longitude in (point, point[::-1]):
        if is_inside((latitude, longitude), address.country_code, address.region_code):
            return latitude, longitude
    latitude, longitude = point
    possible = _SOUTHERNMOST <= latitude <= 90 and -180 <= longitude <= 180 and (latitude or longitude)
    return (latitude, longitude) if possible else (None, None)
