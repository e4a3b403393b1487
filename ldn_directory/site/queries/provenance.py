"""Which claims state each value of a provider, what else sources state, and where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ldn_directory.model import ADDRESS_FIELDS
from ldn_directory.normalize.streets import PLACE_PARTS, phone_key, same_place, same_street

Row = dict[str, Any]
PLACE_FIELDS = ("practice", *ADDRESS_FIELDS)
_BEFORE_PLACE = ("kind", "name", "credentials", "practice", "specialty", "phone", "email", "website")
SINGLE_FIELDS = (*_BEFORE_PLACE, *PLACE_FIELDS[1:], "telehealth", "accepts_new", "remark", "grade")
"""Columns of `providers` that hold one value, in the order in which they are shown."""
_POINT = ("latitude", "longitude")
_ALSO_ONLY = ("hours", "ships", "register", "register_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A value with the claims that state it, or with the field from which it was worked out (`found_by`)."""

    value: Any
    claims: tuple[Row, ...] = ()
    found_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStatements:
    """A field: the values that are shown (languages and regions served may be several), and others in the sources."""

    field: str
    shown: tuple[Statement, ...]
    others: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Different values for the same field, each with the claims that state it."""

    field: str
    sides: tuple[Statement, ...]


def provider_fields(provider: Row, serves: Sequence[Row], claims: Sequence[Row]) -> tuple[FieldStatements, ...]:
    """All fields of a provider."""
    by_field = _by_field(claims)
    found = [
        _statements(field, [provider.get(field)], by_field)
        for field in SINGLE_FIELDS
        if provider.get(field) is not None or by_field.get(field)
    ]
    if not by_field.get("name"):
        # Without a stated name, the practice's name is shown.
        by_practice = FieldStatements(field="name", shown=_statements("practice", [provider["name"]], by_field).shown)
        found = [by_practice if one.field == "name" else one for one in found]
    found += [_point(field, provider, claims, by_field) for field in _POINT if provider[field] is not None]
    languages = [text for text in (provider["languages"] or "").split(", ") if text]
    if languages or by_field.get("languages"):
        found.append(_statements("languages", languages, by_field))
    if serves or by_field.get("serves"):
        found.append(_statements("serves", [row["region_code"] for row in serves], by_field))
    return tuple(found + [_statements(field, [], by_field) for field in _ALSO_ONLY if by_field.get(field)])


def place_fields(place: Row, claims: Sequence[Row]) -> tuple[FieldStatements, ...]:
    """The fields of one of a provider's places, from the listings that state this place."""
    here = listings_at(place, claims)
    within = [claim for claim in claims if claim["listing"] in here]
    by_field = _by_field(within)
    found = [
        FieldStatements(field=field, shown=_statements(field, [place[field]], by_field).shown)
        for field in PLACE_FIELDS
        if place[field] is not None
    ]
    return tuple(found + [_point(field, place, within, by_field) for field in _POINT if place[field] is not None])


def listings_at(place: Row, claims: Sequence[Row]) -> set[str]:
    """The listings that state exactly this place."""
    stated: dict[str, dict[str, str]] = {}
    for claim in claims:
        stated.setdefault(claim["listing"], {})[claim["field"]] = str(claim["value"])
    parts = {part: _fold_value(place[part]) for part in PLACE_PARTS}
    return {
        listing
        for listing, fields in stated.items()
        if {part: _fold_value(fields.get(part)) for part in PLACE_PARTS} == parts
    }


def _fold_value(value: Any) -> str:
    return str(value or "").casefold()


def _by_field(claims: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for claim in claims:
        found.setdefault(claim["field"], []).append(claim)
    return found


def _statements(field: str, values: Sequence[Any], by_field: Mapping[str, Sequence[Row]]) -> FieldStatements:
    shown = [value for value in values if value is not None]
    stated = {str(value): value for value in shown}
    by_value: dict[str, list[Row]] = {str(value): [] for value in shown}
    for claim in by_field.get(field, ()):
        by_value.setdefault(str(claim["value"]), []).append(claim)
    return FieldStatements(
        field=field,
        shown=tuple(Statement(value=stated[text], claims=tuple(by_value[text])) for text in stated),
        others=tuple(
            Statement(value=text, claims=tuple(claims)) for text, claims in by_value.items() if text not in stated
        ),
    )


def _point(field: str, place: Row, claims: Sequence[Row], by_field: Mapping[str, Sequence[Row]]) -> FieldStatements:
    """A coordinate, which a list states or which was looked up from the place's other fields."""
    value, found_by = place[field], place["located_by"]
    stated = [claim for claim in by_field.get(field, ()) if _number(claim["value"]) == value]
    if found_by == "source" and stated:
        return FieldStatements(field=field, shown=(Statement(value=value, claims=tuple(stated)),))
    parts = {"postcode": "postcode", "city": "city", "region": "region_code", "country": "country_code"}
    part = parts.get(str(found_by), "city")
    basis = [claim for claim in by_field.get(part, ()) if _fold_value(claim["value"]) == _fold_value(place.get(part))]
    return FieldStatements(
        field=field, shown=(Statement(value=value, claims=tuple(basis), found_by=found_by or "unknown"),)
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def find_disagreements(claims: Sequence[Row]) -> tuple[Disagreement, ...]:
    """Where sources differ: two sources share no phone number, or a part of the address is different."""
    return tuple(one for one in (_phone_disagreement(claims), _address_disagreement(claims)) if one)


def _phone_disagreement(claims: Sequence[Row]) -> Disagreement | None:
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
        Statement(value=same[0]["written"] or same[0]["value"], claims=tuple(same)) for same in numbers.values()
    )
    return Disagreement(field="phone", sides=sides)


def _address_disagreement(claims: Sequence[Row]) -> Disagreement | None:
    places: dict[str, dict[str, str]] = {}
    first: dict[str, Row] = {}
    for claim in claims:
        if claim["field"] in (*PLACE_PARTS, "address", "region"):
            places.setdefault(claim["listing"], {})[claim["field"]] = claim["value"]
            first.setdefault(claim["listing"], claim)
    if not _differ(places, lambda listing: str(first[listing]["source"])):
        return None
    sides = _sides_of(places)
    words = [_short_address(places[side[0]]) for side in sides]
    if any(same_street(one, other) for one, other in combinations(words, 2)):
        # The addresses look the same as written, so their parts are shown.
        words = [_full_address(places[side[0]]) for side in sides]
    statements = (
        Statement(value=text, claims=tuple(first[one] for one in side)) for text, side in zip(words, sides, strict=True)
    )
    return Disagreement(field="address", sides=tuple(statements))


def _sides_of(places: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """Groups the listings by place. A listing without a street joins no group if it fits one that has a street."""
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
    """Whether two sources have no place in common."""
    of_source: dict[str, list[Mapping[str, str]]] = {}
    for listing, place in places.items():
        of_source.setdefault(source_of(listing), []).append(place)
    return any(
        not any(same_place(one, other) for one in these for other in those)
        for these, those in combinations(map(_drop_vaguer, of_source.values()), 2)
    )


def _drop_vaguer(places: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """One source's places, without those that only repeat another one without its street."""
    exact = [place for place in places if place.get("street")]
    return exact + [
        place for place in places if not place.get("street") and not any(same_place(one, place) for one in exact)
    ]


def _short_address(place: Mapping[str, str]) -> str:
    return place.get("address") or _full_address(place)


def _full_address(place: Mapping[str, str]) -> str:
    parts = (place.get(part) for part in ("street", "city", "region", "postcode"))
    return ", ".join(part for part in parts if part)
