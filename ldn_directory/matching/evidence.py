"""What must agree before two listings may be one provider, however much their pair weighs.

Weights add up agreement. They cannot know that thousands of people have one name, or that the branches of a chain have
one name, one website and one phone. So three rules stand above them:

1. Two people in different towns are joined only by something of their own: a register number, a phone, an e-mail
   address, a page with their name, or a practice. With nothing but the name and the credentials they are asked about if
   the name is rare in their country, and are two otherwise. In one town a name that is not rare is asked about if the
   streets are two.
2. Two organisations are joined only at one address or by one phone. A name, also with a website, is a chain's.
3. Two entries of one list are two organisations, unless address or phone says otherwise: the list has told them apart.
"""

from __future__ import annotations

from enum import IntEnum

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from ldn_directory.normalize.phones import is_companys
from ldn_directory.places.geometry import distance_km

from .commonness import COMMON, RARE
from .comparison import PERSON, Comparable

LONG_TOWN = 6
"""Letters from which one slip makes no other town."""
ALIKE_TOWN, ALIKE_STREET = 0.92, 0.9
"""Jaro-Winkler similarity from which two spellings may be of one place."""
SIMILAR_SURNAME = 0.7
"""The same from which one surname may be a misspelling of the other."""
ONE_PLACE_KM, OTHER_PLACE_KM = 1.0, 0.3
"""People at points closer than the first are in one place; organisations farther apart than the second are two."""


class Ruling(IntEnum):
    """The most that may become of a pair."""

    APART = 0
    """Two providers, about which nobody is asked."""
    ASK = 1
    """A person decides."""
    JOIN = 2
    """The weight decides."""


def ruling(one: Comparable, other: Comparable) -> Ruling:
    """The most that may become of two listings of one sort."""
    if one.register and one.register == other.register:
        return Ruling.JOIN
    return _people(one, other) if one.sort == PERSON else _organisations(one, other)


def _people(one: Comparable, other: Comparable) -> Ruling:
    if shares_own_contact(one, other):
        return Ruling.JOIN if _may_be_one_surname(one, other) else Ruling.ASK
    place = same_place(one, other)
    is_rare = one.commonness == other.commonness == RARE
    is_common = COMMON in (one.commonness, other.commonness)
    if place:
        return Ruling.JOIN if is_rare else _namesakes_in_town(one, other, is_common)
    if one.practice and one.practice == other.practice:
        return Ruling.JOIN if is_rare else Ruling.ASK
    if not is_rare or (one.country and other.country and one.country != other.country):
        return Ruling.APART
    return Ruling.JOIN if place is None else Ruling.ASK


def _namesakes_in_town(one: Comparable, other: Comparable, is_common: bool) -> Ruling:
    is_one_town = not _are_spelt_differently(one, other)
    if one.bare and other.bare and (is_one_town or not is_common):
        # Between lists of names and homes a street is more often misspelt than left.
        return Ruling.JOIN
    if same_street(one, other):
        return Ruling.JOIN
    in_other_streets = bool(one.streets and other.streets)
    if is_one_town:
        return Ruling.ASK if in_other_streets else Ruling.JOIN
    return Ruling.APART if is_common else Ruling.ASK


def _are_spelt_differently(one: Comparable, other: Comparable) -> bool:
    """Whether only the likeness of two names of towns says that they are one: Newton is not Newtown."""
    is_certain = _have_near_points(one, other) or _same_postcode(one, other)
    return not is_certain and bool(one.town and other.town) and one.town != other.town


def _may_be_one_surname(one: Comparable, other: Comparable) -> bool:
    """Whether the surnames are forms of one, or the e-mail address has the first name: then a surname was changed.

    With two surnames an address may be that of a practice, in which two people have one first name.
    """
    is_form = bool({*one.own, *one.surnames, one.forename} & {*other.own, *other.surnames, other.forename} - {""})
    mailbox = one.email.partition("@")[0] if one.email == other.email else ""
    return (
        is_form
        or JaroWinkler.similarity(one.surname, other.surname) >= SIMILAR_SURNAME
        or any(len(form) > 2 and form in mailbox for form in (*one.forenames, *other.forenames))
    )


def _organisations(one: Comparable, other: Comparable) -> Ruling:
    has_one_contact = shares_own_contact(one, other)
    if other_premises(one, other):
        may_have_moved = has_one_contact and one.source != other.source and same_place(one, other) is not False
        return Ruling.ASK if may_have_moved else Ruling.APART
    if same_street(one, other) and same_place(one, other) is not False:
        return Ruling.JOIN
    if has_one_contact:
        return Ruling.ASK if same_place(one, other) is False else Ruling.JOIN
    if _is_one_list(one, other) or not same_place(one, other):
        return Ruling.APART
    # What two branches in one town have of their own, without streets or whole phones.
    own = (one.written, other.written), (one.postcode, other.postcode)
    return Ruling.ASK if any(mine and yours and mine != yours for mine, yours in own) else Ruling.JOIN


def shares_own_contact(one: Comparable, other: Comparable) -> bool:
    """Whether two listings have a phone, an e-mail address or a page in common that is not everybody's."""
    if (one.email and one.email == other.email) or (one.own_page and one.own_page == other.own_page):
        return True
    return any(not is_companys(phone) for phone in one.phones if phone in other.phones)


def is_connected(one: Comparable, other: Comparable) -> bool:
    """Whether two listings have something of their own in common, or are in one town."""
    return shares_own_contact(one, other) or bool(same_place(one, other))


def may_be_one_place(one: Comparable, other: Comparable) -> bool:
    """Whether two people are not known to be in different towns with nothing of their own in common."""
    return shares_own_contact(one, other) or same_place(one, other) is not False


def are_branches(one: Comparable, other: Comparable) -> bool:
    """Whether it is certain that two organisations are two, as at different premises, or as told apart by one list."""
    are_told_apart = _is_one_list(one, other) and not shares_own_contact(one, other)
    return ruling(one, other) is Ruling.APART and (are_told_apart or other_premises(one, other))


def same_place(one: Comparable, other: Comparable) -> bool | None:
    """Whether two listings are in one town; None if one of them does not say enough."""
    if one.country and other.country and one.country != other.country:
        return False
    if _have_near_points(one, other) or _same_postcode(one, other):
        return True
    if one.number and one.number == other.number and same_street(one, other) and _may_be_one_town(one, other):
        return True
    if one.region and other.region and one.region != other.region:
        return False
    if one.town and other.town:
        return are_alike_towns(one.town, other.town)
    differ = one.postcode and other.postcode and DamerauLevenshtein.distance(one.postcode, other.postcode) > 1
    return False if differ else None


def _same_postcode(one: Comparable, other: Comparable) -> bool:
    """Whether both state one postal code, and one country: without it a code is of two towns."""
    if not one.postcode or one.postcode != other.postcode:
        return False
    return bool(one.country and other.country) or _may_be_one_town(one, other)


def _may_be_one_town(one: Comparable, other: Comparable) -> bool:
    """Whether no other town is stated. Between lists of names and homes a town is more often misspelt than left."""
    if not one.town or not other.town or are_alike_towns(one.town, other.town):
        return True
    return one.bare and other.bare and COMMON not in (one.commonness, other.commonness)


def are_alike_towns(town: str, other: str) -> bool:
    """Whether two towns may be two spellings of one."""
    if min(len(town), len(other)) >= LONG_TOWN and DamerauLevenshtein.distance(town, other) <= 1:
        return True
    return bool(JaroWinkler.similarity(town, other) >= ALIKE_TOWN)


def same_street(one: Comparable, other: Comparable) -> bool:
    """Whether both state one street, and no two numbers in it."""
    if one.number and other.number and one.number != other.number:
        return False
    return any(JaroWinkler.similarity(mine, yours) >= ALIKE_STREET for mine in one.streets for yours in other.streets)


def other_premises(one: Comparable, other: Comparable) -> bool:
    """Whether two organisations state different streets, or points too far apart for one building."""
    if same_street(one, other):
        return False
    distance = _distance_km(one, other)
    return bool(one.streets and other.streets) or (distance is not None and distance > OTHER_PLACE_KM)


def _have_near_points(one: Comparable, other: Comparable) -> bool:
    distance = _distance_km(one, other)
    return distance is not None and distance < ONE_PLACE_KM


def _distance_km(one: Comparable, other: Comparable) -> float | None:
    """None without two points."""
    return distance_km(one.point, other.point) if one.point and other.point else None


def _is_one_list(one: Comparable, other: Comparable) -> bool:
    return bool(one.source) and one.source == other.source
