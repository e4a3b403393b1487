"""The other places that a text may mean, for the reader to choose from: by country, each with a link of its own."""

from __future__ import annotations

from dataclasses import dataclass

from ldn_directory.places import Place
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import Reader
from ldn_directory.site.i18n.place_names import place_name
from ldn_directory.site.search.place_choice import whole_name
from ldn_directory.site.search.query_parser import ParsedQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlaces:
    """The other places in one country."""

    country: str
    places: tuple[tuple[str, str], ...]
    """(what tells the place from the others, its whole name, which means it alone)."""


def other_places(parsed: ParsedQuery, reader: Reader) -> list[OtherPlaces]:
    """The other places by country, in the order of the likeliest of each."""
    by_country: dict[str, list[Place]] = {}
    for place in parsed.others:
        by_country.setdefault(place.country_code or "", []).append(place)
    return [
        OtherPlaces(
            country=place_name(code, reader.locale),
            places=tuple((_label(place, parsed, reader), whole_name(place)) for place in places),
        )
        for code, places in by_country.items()
    ]


def _label(place: Place, parsed: ParsedQuery, reader: Reader) -> str:
    """The region of a town or postal code; its own name if that is another one than the place shown has."""
    own = place.name.partition(",")[0]
    if place.located_by == "country":
        return reader.say(phrase("the whole country"))
    region = place_name(place.region_code, reader.locale) if place.region_code else ""
    if place.located_by == "region":
        return reader.say(phrase("all of %(region)s", region=region or own))
    is_same = parsed.place is not None and own == parsed.place.name.partition(",")[0]
    return (region if is_same else ", ".join(filter(None, (own, region)))) or own
