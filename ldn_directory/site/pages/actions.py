"""Links with which a visitor acts on an entry: the way there, and letters to whoever runs the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from ldn_directory.site.i18n.labels import letter_link
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.i18n.locale import Reader

EXACT_KM = 1.0
"""A point that is known less well than this is no place to go to."""
MISTAKES: Mapping[str, Phrase] = {
    "phone": phrase("The phone number is wrong"),
    "address": phrase("The address is wrong"),
    "moved": phrase("They have moved or closed"),
    "ldn": phrase("They don’t prescribe or make LDN"),
    "other": phrase("Something else is wrong"),
}


class Link(NamedTuple):
    """A link in the reader's language."""

    text: str
    address: str


class Directions(NamedTuple):
    """Links to a place; each None if there is none."""

    app: str | None
    """A `geo:` link, which a phone opens in its own map (RFC 5870; with `q` as Android reads it)."""
    site: str | None
    """A page of the map that the maintainer has chosen."""


def directions_to(place: Mapping[str, Any], template: str) -> Directions:
    """The links to a place with a street, or with a point known to less than a kilometre.

    `template` is the address of a map with `{lat}` and `{lon}`, or `{address}`; empty for none.
    """
    latitude, longitude, precision = place["latitude"], place["longitude"], place["precision_km"]
    street = ", ".join(filter(None, (place[part] for part in ("street", "city", "region", "postcode", "country"))))
    address = street if place["street"] else ""
    is_exact = latitude is not None and longitude is not None and (precision is None or precision < EXACT_KM)
    point = f"{latitude:.5f},{longitude:.5f}" if is_exact else ""
    app = f"geo:{point or '0,0'}?q={quote(address, safe='')}" if address else f"geo:{point}" if point else None
    has_all = (point or "{lat}" not in template) and (address or "{address}" not in template)
    if not template or not app or not has_all:
        return Directions(app, None)
    site = template.replace("{address}", quote(address, safe=""))
    lat, _, lon = point.partition(",")
    return Directions(app, site.replace("{lat}", lat).replace("{lon}", lon))


def mistake_links(contact: str, provider: Mapping[str, Any], page: str, reader: Reader) -> list[Link]:
    """A letter for each kind of mistake, naming the entry, the field with its value, and the page.

    One link for a contact that is a web address; none without a contact.
    """
    found = []
    for field, mistake in MISTAKES.items():
        values = {"phone": provider["phone_written"] or provider["phone"], "address": provider["address"]}
        shown = [reader.say(phrase("Shown now: %(value)s", value=values[field]))] if values.get(field) else []
        lines = [*_about(provider, page, reader), reader.say(mistake), *shown, reader.say(phrase("What is right:")), ""]
        subject = phrase("Entry %(entry)s: %(mistake)s", entry=str(provider["id"]), mistake=mistake)
        if not (address := letter_link(contact, reader.say(subject), "\n".join(lines))):
            return []
        if not address.startswith("mailto:"):
            return [Link(reader.say(phrase("Tell us what is wrong")), address)]
        found.append(Link(reader.say(mistake), address))
    return found


def removal_link(contact: str, provider: Mapping[str, Any], page: str, reader: Reader) -> str | None:
    """A letter that asks for the removal of an entry; None without a contact."""
    lines = [
        *_about(provider, page, reader),
        reader.say(phrase("This is me, or my practice. Please remove this entry.")),
    ]
    subject = phrase("Removal of entry %(entry)s", entry=str(provider["id"]))
    return letter_link(contact, reader.say(subject), "\n".join(lines))


def _about(provider: Mapping[str, Any], page: str, reader: Reader) -> list[str]:
    entry = phrase("Entry %(entry)s: %(name)s", entry=str(provider["id"]), name=provider["name"])
    return [reader.say(entry), page]
