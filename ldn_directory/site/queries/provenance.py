"""Who says what of a provider: for each value shown, where it is from; what else is said; where sources disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ldn_directory.normalize.streets import PLACE_PARTS, phone_key, same_place, same_street

Row = dict[str, Any]
SINGLE_FIELDS = (
    "kind",
    "name",
    "credentials",
    "practice",
    "specialty",
    "phone",
    "email",
    "website",
    "address",
    "street",
    "city",
    "region",
    "region_code",
    "postcode",
    "country",
    "country_code",
    "telehealth",
    "accepts_new",
    "remark",
)
PLACE_FIELDS = ("practice", "address", "street", "city", "region", "region_code", "postcode", "country", "country_code")
_POINT = ("latitude", "longitude")
_ALSO_ONLY = ("register", "register_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A value, and the claims that state it; none where it was found from other values, then `found_by` says from which."""

    value: Any
    claims: tuple[Row, ...] = ()
    found_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStatements:
    """A field: what is shown of it (several of languages, regions served), and what else sources say."""

    field: str
    shown: tuple[Statement, ...]
    others: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Sources that state different things, each with its claims."""

    field: str
    sides: tuple[Statement, ...]


def provider_fields(provider: Row, serves: Sequence[Row], claims: Sequence[Row]) -> tuple[FieldStatements, ...]:
    """Every value that is shown of a provider, with everything that is said of its field."""
    said = _by_field(claims)
    found = [
        _told(field, [provider[field]], said)
        for field in SINGLE_FIELDS
        if provider[field] is not None or said.get(field)
    ]
    if not said.get("name"):
        # Who is not named goes by the practice.
        by_practice = FieldStatements(field="name", shown=_told("practice", [provider["name"]], said).shown)
        found = [by_practice if one.field == "name" else one for one in found]
    found += [_point(field, provider, claims, said) for field in _POINT if provider[field] is not None]
    languages = [text for text in (provider["languages"] or "").split(", ") if text]
    if languages or said.get("languages"):
        found.append(_told("languages", languages, said))
    if serves or said.get("serves"):
        found.append(_told("serves", [row["region_code"] for row in serves], said))
    return tuple(found + [_told(field, [], said) for field in _ALSO_ONLY if said.get(field)])


def place_fields(place: Row, claims: Sequence[Row]) -> tuple[FieldStatements, ...]:
    """Every value of one of a provider's places, from the listings that state this place."""
    here = listings_at(place, claims)
    within = [claim for claim in claims if claim["listing"] in here]
    said = _by_field(within)
    found = [
        FieldStatements(field=field, shown=_told(field, [place[field]], said).shown)
        for field in PLACE_FIELDS
        if place[field] is not None
    ]
    return tuple(found + [_point(field, place, within, said) for field in _POINT if place[field] is not None])


def listings_at(place: Row, claims: Sequence[Row]) -> set[str]:
    """The listings that state a place: all of its parts as they are."""
    stated: dict[str, dict[str, str]] = {}
    for claim in claims:
        stated.setdefault(claim["listing"], {})[claim["field"]] = str(claim["value"])
    parts = {part: _folded(place[part]) for part in PLACE_PARTS}
    return {
        listing for listing, said in stated.items() if {part: _folded(said.get(part)) for part in PLACE_PARTS} == parts
    }


def _folded(value: Any) -> str:
    return str(value or "").casefold()


def _by_field(claims: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for claim in claims:
        found.setdefault(claim["field"], []).append(claim)
    return found


def _told(field: str, values: Sequence[Any], said: Mapping[str, Sequence[Row]]) -> FieldStatements:
    shown = [value for value in values if value is not None]
    stated = {str(value): value for value in shown}
    by_value: dict[str, list[Row]] = {str(value): [] for value in shown}
    for claim in said.get(field, ()):
        by_value.setdefault(str(claim["value"]), []).append(claim)
    return FieldStatements(
        field=field,
        shown=tuple(Statement(value=stated[text], claims=tuple(by_value[text])) for text in stated),
        others=tuple(
            Statement(value=text, claims=tuple(claims)) for text, claims in by_value.items() if text not in stated
        ),
    )


def _point(field: str, place: Row, claims: Sequence[Row], said: Mapping[str, Sequence[Row]]) -> FieldStatements:
    """A coordinate: as a list states it, or as it was found from the place's other values."""
    value, found_by = place[field], place["located_by"]
    stated = [claim for claim in said.get(field, ()) if _number(claim["value"]) == value]
    if found_by == "source" and stated:
        return FieldStatements(field=field, shown=(Statement(value=value, claims=tuple(stated)),))
    parts = {"postcode": "postcode", "city": "city", "region": "region_code", "country": "country_code"}
    part = parts.get(str(found_by), "city")
    basis = [claim for claim in said.get(part, ()) if _folded(claim["value"]) == _folded(place.get(part))]
    return FieldStatements(
        field=field, shown=(Statement(value=value, claims=tuple(basis), found_by=found_by or "unknown"),)
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def also_listed_as(told: Sequence[FieldStatements]) -> tuple[Statement, ...]:
    """Other names and spellings."""
    return next((one.others for one in told if one.field == "name"), ())


def find_disagreements(claims: Sequence[Row]) -> tuple[Disagreement, ...]:
    """Where sources differ on phone or address: none of one's numbers is among the other's; a part of the place is another."""
    return tuple(one for one in (_on_phone(claims), _on_address(claims)) if one)


def _on_phone(claims: Sequence[Row]) -> Disagreement | None:
    numbers: dict[str, list[Row]] = {}
    of_source: dict[str, set[str]] = {}
    for claim in claims:
        if claim["field"] == "phone":
            key = phone_key(claim["value"])
            numbers.setdefault(key, []).append(claim)
            of_source.setdefault(claim["source"], set()).add(key)
    if not any(one.isdisjoint(other) for one, other in combinations(of_source.values(), 2)):
        return None
    sides = tuple(
        Statement(value=said[0]["written"] or said[0]["value"], claims=tuple(said)) for said in numbers.values()
    )
    return Disagreement(field="phone", sides=sides)


def _on_address(claims: Sequence[Row]) -> Disagreement | None:
    places: dict[str, dict[str, str]] = {}
    first: dict[str, Row] = {}
    for claim in claims:
        if claim["field"] in (*PLACE_PARTS, "address", "region"):
            places.setdefault(claim["listing"], {})[claim["field"]] = claim["value"]
            first.setdefault(claim["listing"], claim)
    if not _differ(places, lambda listing: str(first[listing]["source"])):
        return None
    sides = _sides_of(places)
    words = [_in_words(places[side[0]]) for side in sides]
    if any(same_street(one, other) for one, other in combinations(words, 2)):
        # As written they look the same, although their parts do not.
        words = [_in_parts(places[side[0]]) for side in sides]
    said = (
        Statement(value=text, claims=tuple(first[one] for one in side)) for text, side in zip(words, sides, strict=True)
    )
    return Disagreement(field="address", sides=tuple(said))


def _sides_of(places: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """The listings by the place they state; one that leaves the street out, and fits a place with one, is on no side."""
    order = {listing: number for number, listing in enumerate(places)}
    sides: list[list[str]] = []
    for listing in sorted(places, key=lambda one: -sum(bool(places[one].get(part)) for part in PLACE_PARTS)):
        fitting = next((side for side in sides if same_place(places[side[0]], places[listing])), None)
        if fitting is None:
            sides.append([listing])
        elif places[listing].get("street") or not places[fitting[0]].get("street"):
            fitting.append(listing)
    return sorted((sorted(side, key=order.__getitem__) for side in sides), key=lambda side: order[side[0]])


def _differ(places: Mapping[str, Mapping[str, str]], source_of: Callable[[str], str]) -> bool:
    """Whether two sources state different places, and neither also states the other's."""
    of_source: dict[str, list[Mapping[str, str]]] = {}
    for listing, place in places.items():
        of_source.setdefault(source_of(listing), []).append(place)
    return any(
        not any(same_place(one, other) for one in these for other in those)
        for these, those in combinations(map(_without_vaguer, of_source.values()), 2)
    )


def _without_vaguer(places: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """One source's places without those that leave out a street that another of them states."""
    exact = [place for place in places if place.get("street")]
    return exact + [
        place for place in places if not place.get("street") and not any(same_place(one, place) for one in exact)
    ]


def _in_words(place: Mapping[str, str]) -> str:
    return place.get("address") or _in_parts(place)


def _in_parts(place: Mapping[str, str]) -> str:
    parts = (place.get(part) for part in ("street", "city", "region", "postcode"))
    return ", ".join(part for part in parts if part)
