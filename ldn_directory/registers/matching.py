"""Whether an entry of a register is a provider of the directory: a match with its evidence, none, or several. Pure.

Agreement is counted in bits (Fellegi and Sunter, 1969): a shared name, place or number counts for more the fewer
entries of the register have it. The bits needed to pick one out of all entries are subtracted. So a score of 10 means:
by chance, one in 2^10 registers would hold somebody else who fits as well. Two that fit about equally are no match.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio

from ldn_directory.normalize.npi import is_npi

from .entries import Entry, Facts, PracticePlace
from .names import Name, is_nickname, key, name_of, organisation_key, organisation_words, street_key

ENOUGH_BITS = 7.0
"""The least score of a match: somebody else then fits as well once in 128 times at the very most. That would be if all
matches were as doubtful as this, and if nobody on the lists had an entry; both are far from true."""
APART_BITS = 4.0
"""By how much the best must be ahead of the next."""
_CREDENTIAL = re.compile(r"[^,;/\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks for or against a match, in words, with its weight in bits."""

    says: str
    bits: float
    there: str = ""
    """What the register has; not for publishing, since a register may name homes and former names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a register says: `state` is active, inactive, not found or several (which is no match)."""

    state: str
    entry: Entry | None = None
    bits: float = 0.0
    points: tuple[Reason, ...] = ()

    @property
    def score(self) -> float:
        """How sure it is, 0 to 1."""
        return round(1 / (1 + 2 ** -max(-60.0, min(60.0, self.bits))), 6) if self.entry else 0.0


def match_provider(facts: Facts, entries: Iterable[Entry]) -> Match:
    """The entry that is this provider, if there is exactly one. An entry that comes twice counts once."""
    scored = sorted(
        (
            (points, sum(point.bits for point in points), entry)
            for entry in {entry.number: entry for entry in entries}.values()
            if (points := reasons_for(facts, entry)) is not None
        ),
        key=lambda one: (-one[1], one[2].number),
    )
    likely = [one for one in scored if one[1] >= ENOUGH_BITS]
    if not likely:
        return Match(state="not found")
    points, bits, entry = likely[0]
    if len(scored) > 1 and bits - scored[1][1] < APART_BITS:
        return Match(state="several", bits=bits)
    return Match(state="active" if entry.active else "inactive", entry=entry, bits=bits, points=tuple(points))


def reasons_for(facts: Facts, entry: Entry) -> list[Reason] | None:
    """All that speaks for and against; None if the names are two people's or two organisations'."""
    named = _person_points(facts, entry) if facts.is_person else _organisation_points(facts, entry)
    if named is None:
        return None
    points = [
        Reason(says="by chance among all entries", bits=-log2(max(2, entry.shares.total))),
        *named,
        *_place_points(facts, entry),
    ]
    if entry.number in facts.stated and is_npi(entry.number):
        points.append(Reason(says=f"a list states the number {entry.number}", bits=26.0))
    elif any(is_npi(number) for number in facts.stated):
        points.append(Reason(says="a list states another number", bits=-8.0))
    return points


def _bits(entry: Entry, count: int) -> float:
    return max(0.0, log2(entry.shares.total / max(1, count)))


def _person_points(facts: Facts, entry: Entry) -> list[Reason] | None:
    if not entry.surname:
        return _nameless_points(facts, entry)
    options = [points for text in facts.names if (name := name_of(text)) and (points := _name_points(name, entry))]
    if not options:
        return None
    best = max(options, key=lambda points: sum(point.bits for point in points))
    return [*best, *_credential_points(facts, entry)]


def _nameless_points(facts: Facts, entry: Entry) -> list[Reason] | None:
    """Of a deactivated NPI only the number is published: a number that a list states is all there is to go by."""
    if entry.number in facts.stated and is_npi(entry.number) and not entry.organisations:
        return [Reason(says="the register no longer says whose number it is", bits=8.0)]
    return None


def _name_points(name: Name, entry: Entry) -> list[Reason] | None:
    surname, given = _surname_point(name, entry), _given_point(name, entry)
    if surname is None or given is None:
        return None
    middle, suffix = _middle_points(name, entry), _suffix_points(name, entry)
    if any(point.bits < 0 for point in suffix) and not any(point.bits > 0 for point in middle):
        # A father and a son at one practice differ in nothing else.
        return None
    return [surname, given, *middle, *suffix]


def _surname_point(name: Name, entry: Entry) -> Reason | None:
    registered, bits = key(entry.surname), _bits(entry, entry.shares.surname)
    if registered == name.surnames[0]:
        return Reason(says="same surname", bits=bits, there=entry.surname)
    parts = {key(part) for part in re.split(r"[\s-]+", entry.surname)}
    if registered in name.surnames or name.surnames[0] in parts:
        return Reason(says="one surname is part of the other", bits=bits - 2, there=entry.surname)
    if any(key(other) in name.surnames for other in entry.other_surnames):
        return Reason(
            says="same as another surname in the register", bits=bits - 2, there=", ".join(entry.other_surnames)
        )
    if min(len(registered), len(name.surnames[0])) >= 4 and _is_slip(registered, name.surnames[0]):
        return Reason(says="surname spelt almost alike", bits=bits - 6, there=entry.surname)
    return None


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, wrong or swapped with the next."""
    return OSA.distance(one, other, score_cutoff=1) <= 1


def _given_point(name: Name, entry: Entry) -> Reason | None:
    registered, bits = key(entry.given), _bits(entry, entry.shares.given)
    if not registered:
        return None
    for given in name.givens:
        if given == registered and len(given) > 1:
            return Reason(says="same first name", bits=bits, there=entry.given)
    if min(len(name.given), len(registered)) == 1:
        same = name.given[0] == registered[0]
        return Reason(says="same initial", bits=min(3.5, bits) - 1, there=entry.given) if same else None
    if any(is_nickname(given, registered) for given in name.givens if len(given) > 1):
        return Reason(says="one first name may be short for the other", bits=bits - 3, there=entry.given)
    if name.middle and name.middle == registered and len(registered) > 1:
        return Reason(says="goes by the second name", bits=bits - 4, there=entry.given)
    if (
        min(len(name.given), len(registered)) >= 4
        and JaroWinkler.similarity(name.given, registered) >= 0.9
        and _is_slip(name.given, registered)
    ):
        return Reason(says="first name spelt almost alike", bits=bits - 5, there=entry.given)
    return None


def _middle_points(name: Name, entry: Entry) -> list[Reason]:
    registered = key(entry.middle)
    if (
        not registered
        or not name.middle
        or name.middle == key(entry.given)
        or key(entry.surname).startswith(name.middle)
    ):
        # What stands between may be the second name, the first one gone by, or the first half of a surname.
        return []
    if name.middle[0] != registered[0]:
        return [Reason(says="another second name", bits=-8.0, there=entry.middle)]
    return [Reason(says="same second name or initial", bits=3.5, there=entry.middle)]


def _suffix_points(name: Name, entry: Entry) -> list[Reason]:
    registered = key(entry.suffix)
    if name.suffix == registered:
        return [Reason(says="same suffix", bits=5.0, there=entry.suffix)] if registered else []
    both = name.suffix and registered
    return [Reason(says="suffix differs", bits=-9.0 if both else -3.0, there=entry.suffix)]


@cache
def _professions() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("ldn_directory.registers").joinpath("professions.toml").read_text("utf-8"))


@cache
def _by_credential() -> dict[str, tuple[str, float]]:
    return {name: (group, said["bits"]) for group, said in _professions().items() for name in said["credentials"]}


def _professions_in(texts: Iterable[str]) -> dict[str, float]:
    found = (_by_credential().get(key(word)) for text in texts for word in _CREDENTIAL.findall(text))
    return dict(one for one in found if one)


def _professions_of(taxonomies: Iterable[str]) -> dict[str, float]:
    """The professions that taxonomy codes stand for; several under one code count as the most frequent of them."""
    found: dict[str, float] = {}
    for code in taxonomies:
        under = {
            group: said["bits"] for group, said in _professions().items() if code.startswith(tuple(said["taxonomies"]))
        }
        found |= dict.fromkeys(under, min(under.values(), default=0.0))
    return found


def _credential_points(facts: Facts, entry: Entry) -> list[Reason]:
    listed, registered = _professions_in(facts.credentials), _professions_in([entry.credential])
    there = entry.credential
    if not registered:
        registered, there = _professions_of(entry.taxonomies), f"taxonomy {', '.join(entry.taxonomies)}"
    if not listed or not registered:
        return []
    if same := listed.keys() & registered.keys():
        return [Reason(says="same profession", bits=max(registered[group] for group in same), there=there)]
    return [Reason(says="another profession", bits=-6.0, there=there)]


def _organisation_points(facts: Facts, entry: Entry) -> list[Reason] | None:
    if not entry.organisations:
        return None
    bits = _bits(entry, entry.shares.organisation)
    names = [name for name in facts.names if organisation_key(name)]
    for registered in entry.organisations:
        if any(organisation_key(name) == organisation_key(registered) for name in names):
            return [Reason(says="same name", bits=bits - 1, there=registered)]
    for registered in entry.organisations:
        for name in names:
            if _is_alike(organisation_words(name), organisation_words(registered)):
                return [Reason(says="name almost alike", bits=min(bits, 16.0) - 4, there=registered)]
    return None


def _is_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of words differ by little: all of at least two words of one are in the other, or by spelling."""
    if len(one & other) >= 2 and (one <= other or other <= one):
        return True
    return token_set_ratio(" ".join(sorted(one)), " ".join(sorted(other))) >= 92 and min(len(one), len(other)) >= 2


def _place_points(facts: Facts, entry: Entry) -> list[Reason]:
    """The phone and the best of the places: they say much the same, so the lesser counts only a quarter."""
    phone, place = _phone_point(facts, entry), _best_spot(facts.spots, entry)
    if phone is None or place is None:
        return [point for point in (phone, place) if point]
    if phone.bits > 0 and place.bits > 0:
        less, more = sorted((phone, place), key=lambda point: point.bits)
        return [more, replace(less, bits=less.bits / 4)]
    return [phone, place]


def _phone_point(facts: Facts, entry: Entry) -> Reason | None:
    registered = [place for place in _places(entry) if place.phone]
    if not registered or not facts.phones:
        return None
    same = [(_bits(place, place.shares.phone), place.phone) for place in registered if place.phone in facts.phones]
    if not same:
        return Reason(says="another telephone number", bits=-1.5, there=registered[0].phone)
    bits, phone = max(same)
    return Reason(says="same telephone number", bits=min(20.0, bits), there=phone)


def _best_spot(spots: Sequence[PracticePlace], entry: Entry) -> Reason | None:
    points = [point for spot in spots for place in _places(entry) if (point := _spot_point(spot, place))]
    return max(points, key=lambda point: point.bits, default=None)


def _places(entry: Entry) -> Iterator[Entry]:
    """The entry at each of its places: how frequent a place is is another matter at the next."""
    yield entry
    for place in entry.elsewhere:
        yield replace(
            entry,
            street=place.street,
            city=place.city,
            region_code=place.region_code,
            postcode=place.postcode,
            phone=place.phone,
            shares=place.shares or entry.shares,
        )


def _spot_point(spot: PracticePlace, entry: Entry) -> Reason | None:
    street = bool(spot.street and street_key(spot.street) and street_key(spot.street) == street_key(entry.street))
    code, registered = _postcode(spot), _postcode(PracticePlace(postcode=entry.postcode, region_code=entry.region_code))
    there = ", ".join(part for part in (entry.street, entry.city, entry.region_code, entry.postcode) if part)
    if code and code == registered:
        bits = _bits(entry, entry.shares.postcode)
        return Reason(
            says="same street and postcode" if street else "same postcode",
            bits=bits + (5 if street else 0),
            there=there,
        )
    if spot.city and key(spot.city) == key(entry.city) and spot.region_code == entry.region_code:
        return _town_point(_bits(entry, entry.shares.city), street=street, moved=bool(code and registered), there=there)
    if not spot.region_code or not entry.region_code:
        return None
    if spot.region_code != entry.region_code:
        return Reason(says="another region", bits=-5.0, there=there)
    apart = bool(spot.city or code)
    return Reason(says="same region", bits=_bits(entry, entry.shares.region) - (4 if apart else 0), there=there)


def _town_point(bits: float, *, street: bool, moved: bool, there: str) -> Reason:
    if street:
        return Reason(says="same street and town", bits=bits + 7, there=there)
    return Reason(
        says="same town, another postcode" if moved else "same town", bits=bits - (4 if moved else 0), there=there
    )


def _postcode(spot: PracticePlace) -> str:
    """The postcode as registers share it: five digits of a US one."""
    code = key(spot.postcode or "")
    american = (spot.region_code or "US").startswith("US") and code[:5].isdigit()
    return code[:5] if american else code
