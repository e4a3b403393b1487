"""Which of the places of one name is meant: by what is typed with it, the reader's country, and size; else it is asked.

Who is listed near a place plays no part: a search must not lead somebody in Manchester to Missouri because the
directory has more to show there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import pycountry

from ldn_directory.normalize.regions import country, fold, region
from ldn_directory.normalize.towns import place_key
from ldn_directory.places import Gazetteer, Place
from ldn_directory.places.geometry import distance_km
from ldn_directory.places.table import NEAR_KM, precision_of
from ldn_directory.site.i18n.lazy_text import Area, Phrase, phrase
from ldn_directory.site.i18n.place_names import place_name

from .reachability import AREAS
from .vocabulary import vocabulary

AT_HOME = 25
"""How many times as large a place in the reader's own country counts: somebody who can be visited is looked for.

So Paris is the one in France even for a reader in the United States, whose largest Paris has 25,000 inhabitants, and
London is asked for a reader in Canada, whose London has 420,000."""
CLEARLY = 3
"""How many times as large as any other a place must be to be taken without asking: Columbus, Ohio, not Springfield."""
AN_AREA = 500_000
"""A region or country counts as a town of at most this size,"""
OF_AN_AREA = 0.1
"""... or as one with this part of its inhabitants: people rather name a town than a state."""
METROPOLIS = 1_000_000
"""A town of this size comes before the region of the same name that it is in (New York),"""
MOST_OF_A_REGION = 1 / 3
"""... and so does one with this part of the region's inhabitants (Bremen)."""
MOST_OTHERS = 8
A_COUNTRY = " (country)"
"""Follows the name of a country in a link to it: Georgia is a state, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a text was taken to mean."""

    place: Place
    others: tuple[Place, ...] = ()
    """Further places of that name, likeliest first, each with a name of its own that means it alone."""
    ask: bool = False
    """Whether another place is nearly as likely, so that the reader should be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What besides the text says where a place is."""

    home: str | None = None
    """ISO 3166-1 code of the reader's country."""
    country: str = ""
    """Name or code of the chosen country."""
    region: str = ""


def choose_place(gazetteer: Gazetteer, text: str, context: Context) -> Choice | None:
    """The place that is meant by a text that names nothing but a place, perhaps misspelt."""
    land = country(context.country)
    for typed in dict.fromkeys((text, without_introduction(text))):
        if found := choose_exactly(gazetteer, typed, context):
            return found
    return _choose(gazetteer, (land and gazetteer.find(text, land.code)) or gazetteer.find(text), context)


def choose_exactly(gazetteer: Gazetteer, text: str, context: Context) -> Choice | None:
    """As `choose_place`, but misspellings find nothing."""
    if named := _named(gazetteer, text):
        return Choice(place=named)
    places = gazetteer.find_exact(text)
    land = country(context.country)
    for code in dict.fromkeys(code for code in (context.home, land.code if land else None) if code):
        places += gazetteer.find_exact(text, code)
    area = _area_named(gazetteer, text)
    if area and not any(_is_part(place, area) for place in places):
        places.append(area)
    return _choose(gazetteer, places, context)


def _choose(gazetteer: Gazetteer, found: Sequence[Place], context: Context) -> Choice | None:
    """The likeliest of the places, and the others."""
    places = _likeliest_first(gazetteer, _in_context(found, context), context.home)
    if not places:
        return None
    first, *others = _one_of_each_name(places)
    others = [other for other in others[:MOST_OTHERS] if _has_own_name(gazetteer, other)]
    least = _likelihood(first, context.home) / CLEARLY
    ask = any(_likelihood(other, context.home) > least and not _is_part(other, first) for other in others)
    return Choice(place=first, others=tuple(others), ask=ask)


def whole_name(place: Place) -> str:
    """What to type for this place and no other, unless a larger one of the region has the same name."""
    return f"{place.name}{A_COUNTRY}" if place.located_by == "country" else place.name


def _has_own_name(gazetteer: Gazetteer, place: Place) -> bool:
    named = _named(gazetteer, whole_name(place))
    return named is not None and (named.located_by, named.point) == (place.located_by, place.point)


def _named(gazetteer: Gazetteer, text: str) -> Place | None:
    """The place that a whole name means."""
    if text.endswith(A_COUNTRY):
        land = country(text.removesuffix(A_COUNTRY))
        named = [place] if land and (place := gazetteer.country(land.code)) else []
    else:
        named = gazetteer.find_named(text)
    return next(iter(_likeliest_first(gazetteer, named, None)), None)


def _likeliest_first(gazetteer: Gazetteer, places: Sequence[Place], home: str | None) -> list[Place]:
    sized = [_sized(gazetteer, place) for place in places]
    return _inner_first(gazetteer, sorted(sized, key=lambda place: -_likelihood(place, home)))


def _likelihood(place: Place, home: str | None) -> float:
    return place.people * (AT_HOME if home and place.country_code == home else 1)


def _sized(gazetteer: Gazetteer, place: Place) -> Place:
    """The place with the size that it counts for: all postal codes the same, and towns their inhabitants."""
    if place.located_by == "postcode":
        return replace(place, people=1)
    if place.located_by not in AREAS:
        return place
    people = gazetteer.people_in(place.region_code or place.country_code or "")
    return replace(place, people=max(min(people, AN_AREA), people * OF_AN_AREA))


def _in_context(places: Sequence[Place], context: Context) -> list[Place]:
    """The places in the chosen country and region, or all if there is none."""
    land, area = country(context.country), None
    if context.region:
        area = region(context.region, land.code if land else context.region.partition("-")[0]) or region(context.region)
    inside = [place for place in places if land and place.country_code == land.code] or list(places)
    return [place for place in inside if area and place.region_code == area.code] or inside


def _one_of_each_name(places: Sequence[Place]) -> list[Place]:
    """The first place of each name: a reader could not tell two of one name apart."""
    first: dict[str, Place] = {}
    for place in places:
        first.setdefault(place.name, place)
    return list(first.values())


def _inner_first(gazetteer: Gazetteer, places: list[Place]) -> list[Place]:
    """The places with a region before the country that has its name too, and a large town before its region."""
    if not places or (first := places[0]).located_by not in AREAS:
        return places
    inside = [place for place in places[1:] if _is_part(place, first)]
    if first.located_by == "country":
        inner = [place for place in inside if place.located_by == "region"]
    else:
        least = min(METROPOLIS, gazetteer.people_in(first.region_code or "") * MOST_OF_A_REGION)
        inner = [place for place in inside if place.people >= least]
    return [*inner[:1], *(place for place in places if place not in inner[:1])]


def _is_part(one: Place, other: Place) -> bool:
    """Whether one of the places is inside the other, so that they are hardly rivals."""
    inner, outer = (one, other) if other.located_by in AREAS else (other, one)
    match outer.located_by:
        case "region":
            # The table has Vienna in the region around it.
            return inner.region_code == outer.region_code or distance_km(inner.point, outer.point) <= NEAR_KM
        case "country":
            return inner.country_code == outer.country_code
    return False


@cache
def _areas_by_name() -> dict[str, str]:
    """ISO 3166 codes of the regions and countries, by names that they have in other languages than their own."""
    codes = [entry.alpha_2 for entry in pycountry.countries] + [entry.code for entry in pycountry.subdivisions]
    named = {place_key(place_name(code, language)): code for language in ("es", "de") for code in reversed(codes)}
    return named | {place_key(name): code for code, names in _words()["areas"].items() for name in names}


def _area_named(gazetteer: Gazetteer, text: str) -> Place | None:
    """The region or country that has this name in another language."""
    code = _areas_by_name().get(place_key(text), "")
    return gazetteer.region(code) or gazetteer.country(code)


def place_at(gazetteer: Gazetteer | None, point: tuple[float, float]) -> Place:
    """The place of a point, with the town near it."""
    place = Place(
        latitude=point[0],
        longitude=point[1],
        precision_km=precision_of(point),
        located_by="point",
        name=f"{point[0]:g}, {point[1]:g}",
    )
    town = gazetteer.town_at(point) if gazetteer else None
    if town is None:
        return place
    near = town.name.partition(",")[0]
    return replace(place, near=near, region_code=town.region_code, country_code=town.country_code)


def called(place: Place) -> Phrase | str:
    """The whole name of a place, with its region and country in the reader's language.

    A point rounded to tenths of a degree is what the site's button gives.
    """
    if place.located_by == "point":
        if not place.near:
            return place.name
        if all(round(degrees, 1) == degrees for degrees in place.point):
            return phrase("your location (near %(town)s)", town=place.near)
        return phrase("%(point)s (near %(town)s)", point=place.name, town=place.near)
    _, *areas = place.name.split(", ")
    codes = [code for code in (place.region_code, place.country_code) if code][-len(areas) :] if areas else []
    if place.located_by in AREAS:
        return _listed(*(Area(code, is_listed=True) for code in (place.region_code, place.country_code) if code))
    return _listed(place.town, *(Area(code, is_listed=True) for code in codes))


def as_written(gazetteer: Gazetteer, place: Place, text: str) -> Place:
    """The place with the name that was typed for it, if that is one of its names in another language: `München`."""
    typed = without_introduction(text).partition(",")[0].strip()
    key = place_key(typed)
    if place.located_by != "city" or key == place_key(place.town):
        return place
    if all(town.point != place.point for town in gazetteer.towns_named(key)):
        return place
    return replace(place, written=" ".join(word[:1].upper() + word[1:] for word in typed.split()))


def _listed(*names: Area | str) -> Phrase:
    return Phrase(", ".join(f"%({at})s" for at in range(len(names))), {str(at): name for at, name in enumerate(names)})


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("places.toml").read_text("utf-8"))


def is_here(text: str) -> bool:
    """Whether the whole text means the place where the reader is. `ME` is Maine."""
    return text != "ME" and fold(text) in {*vocabulary()["where"]["near_me"], *_words()["here"]}


def without_introduction(text: str) -> str:
    """The text without `near`, `in der Nähe von` and the like at its beginning."""
    words = text.split()
    for introduction in _words()["introductions"]:
        count = introduction.count(" ") + 1
        if len(words) > count and fold(" ".join(words[:count])) == introduction:
            return " ".join(words[count:])
    return text


def with_plain_introductions(words: Sequence[str]) -> list[str]:
    """The words with `near` for `in der Nähe von`, `close to` and other introductions of several words."""
    plain, at = list(words), 0
    while at < len(plain):
        for introduction in _words()["introductions"]:
            count = introduction.count(" ") + 1
            if count > 1 and fold(" ".join(plain[at : at + count])) == introduction and at + count < len(plain):
                plain[at : at + count] = ["near"]
                break
        at += 1
    return plain
