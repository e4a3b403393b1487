"""From scored pairs to providers: what a person has decided wins, then register numbers, then the weight.

Pairs are joined from the heaviest down. A pair is not joined if that would put two listings into one provider that are said to be
different, have different numbers of one register, are Jr. and III, branches of one chain, two entries of one list, or bear names that
contradict each other, as John and James do where a "J. Smith" fits both: such a pair is left for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import JaroWinkler

from .comparison import PERSON
from .pairing import Facts, Pair

MOST_HOLDERS = 50
"""So many listings of one register number, or pairs of one listing, are looked at, however many a hostile list has."""
AS_WELL = 2.0
"""Bits by which one pair must outweigh another to be the better one."""
SIMILAR_FORENAME = 0.7
"""Jaro-Winkler similarity above which one first name may be a slip of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Which listings are one provider, and which pairs are left for a person."""

    groups: list[list[int]]
    """Each sorted, in the order of their least key."""
    doubts: list[Pair]
    """At most one for two groups, the heaviest; sorted by weight, the heaviest first."""


def grouped(
    keys: Iterable[int],
    listings: Mapping[int, Facts],
    pairs: Sequence[Pair],
    upper: float,
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Grouped:
    """Groups listings. `listings` are those that stand in a pair, in a decision or in a register.

    `same` and `different` are what a person has decided, and contradict each other nowhere.
    """
    joining = _Joining(keys, listings, different)
    for one, other in sorted(same):
        joining.join(one, other)
    for numbered in _by_register(listings):
        _join_numbered(joining, numbered)
    heaviest_first = sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))
    torn = _torn(joining, [pair for pair in heaviest_first if pair[2] >= upper])
    doubtful = []
    for pair in heaviest_first:
        if pair[2] < upper or torn & set(pair[:2]) or not joining.join_unless_contradicted(pair[0], pair[1]):
            doubtful.append(pair)
    return Grouped(groups=joining.groups(), doubts=list(joining.undecided(doubtful)))


def _torn(joining: _Joining, pairs: Iterable[Pair]) -> set[int]:
    """Listings that fit two others about as well which cannot be one provider: "J. Smith" beside John and James."""
    partners: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for one, other, weight, _ in pairs:
        partners[one].append((other, weight))
        partners[other].append((one, weight))
    return {pk for pk, found in partners.items() if len(found) > 1 and _fits_two(joining, found)}


def _fits_two(joining: _Joining, partners: Sequence[tuple[int, float]]) -> bool:
    best, most = partners[0]
    rivals = (other for other, weight in partners[1:MOST_HOLDERS] if weight >= most - AS_WELL)
    return any(joining.lead(best) != joining.lead(other) and joining.contradict(best, other, False) for other in rivals)


def _join_numbered(joining: _Joining, numbered: Sequence[int]) -> None:
    """Joins the holders of one number, each with the first that is no stranger to it: a mistyped number must not join strangers."""
    for place, pk in enumerate(numbered):
        for earlier in numbered[: min(place, MOST_HOLDERS)]:
            known = not strangers(joining.listings[earlier], joining.listings[pk])
            if known and joining.join_unless_contradicted(earlier, pk, by_number=True):
                break


def _by_register(listings: Mapping[int, Facts]) -> list[list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, one in listings.items():
        if one.register:
            found[one.sort, one.register].append(pk)
    return [keys for keys in found.values() if len(keys) > 1]


class _Joining:
    """Groups that grow, each known by its least key."""

    def __init__(
        self, keys: Iterable[int], listings: Mapping[int, Facts], different: Iterable[tuple[int, int]]
    ) -> None:
        self.listings = listings
        self.leader = {pk: pk for pk in keys}
        self.members: dict[int, list[int]] = {}
        self.apart: dict[int, set[int]] = defaultdict(set)
        for one, other in different:
            self.apart[one].add(other)
            self.apart[other].add(one)

    def lead(self, pk: int) -> int:
        while self.leader[pk] != pk:
            self.leader[pk] = self.leader[self.leader[pk]]
            pk = self.leader[pk]
        return pk

    def of(self, leader: int) -> list[int]:
        return self.members.get(leader, [leader])

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.lead(one), self.lead(other)))
        if first != second:
            self.leader[second] = first
            self.members[first] = self.of(first) + self.members.pop(second, [second])

    def join_unless_contradicted(self, one: int, other: int, *, by_number: bool = False) -> bool:
        """Whether the two are in one group now."""
        first, second = self.lead(one), self.lead(other)
        if first == second:
            return True
        if any(
            self.contradict(a, b, by_number or {a, b} == {one, other}) for a in self.of(first) for b in self.of(second)
        ):
            return False
        self.join(first, second)
        return True

    def contradict(self, a: int, b: int, have_been_compared: bool) -> bool:
        """Whether two listings cannot be one provider, whatever others are. Names of a pair that weighs enough are not looked at again."""
        if b in self.apart.get(a, ()):
            return True
        one, other = self.listings[a], self.listings[b]
        if one.suffix and other.suffix and one.suffix != other.suffix:
            return True
        if one.register and other.register and one.register != other.register and _same_register(one, other):
            return True
        if offices_contradict(one, other) or two_on_one_list(one, other):
            return True
        return not have_been_compared and names_contradict(one, other)

    def undecided(self, pairs: Iterable[Pair]) -> Iterable[Pair]:
        """Of pairs, heaviest first, those between different groups, once for two groups, that nobody has decided."""
        asked: set[tuple[int, int]] = set()
        for pair in pairs:
            one, other = sorted((self.lead(pair[0]), self.lead(pair[1])))
            if one == other or (one, other) in asked or self._held_apart(one, other):
                continue
            asked.add((one, other))
            yield pair

    def _held_apart(self, one: int, other: int) -> bool:
        """Whether there is nothing left to ask: a person or a register has said that the groups are two."""
        return any(self.contradict(a, b, True) for a in self.of(one) for b in self.of(other))

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for pk in sorted(self.leader):
            found[self.lead(pk)].append(pk)
        return [found[leader] for leader in sorted(found)]


def _same_register(one: Facts, other: Facts) -> bool:
    return one.register.partition(":")[0] == other.register.partition(":")[0]


def names_contradict(one: Facts, other: Facts) -> bool:
    """Whether two people's names cannot be one person's: first names that are no forms of each other."""
    if one.sort != PERSON or other.sort != PERSON:
        return False
    if one.forename and other.forename:
        alike = set(one.forenames) & set(other.forenames) or {one.second, other.second} & {one.forename, other.forename}
        turned = one.forename == other.surname or one.surname == other.forename
        return not (alike or turned) and JaroWinkler.similarity(one.forename, other.forename) < SIMILAR_FORENAME
    if one.forename and other.initial:
        return not any(form.startswith(other.initial) for form in (*one.forenames, one.second, one.surname))
    if other.forename:
        return names_contradict(other, one)
    return bool(one.initial and other.initial and one.initial != other.initial)


def offices_contradict(one: Facts, other: Facts) -> bool:
    """Whether two organisations are branches: each has a phone and a street of its own."""
    return one.sort != PERSON and _apart(one, other)


def two_on_one_list(one: Facts, other: Facts) -> bool:
    """Whether one list has two people of unlike names with nothing but a place in common, or of one name with nothing else in common.

    Lists seldom misspell whom they have already, and seldom have somebody twice with another phone and street.
    """
    if one.sort != PERSON or one.source != other.source or not one.source or (one.bare and other.bare):
        return False
    if set(one.phones) & set(other.phones) or (one.email and one.email == other.email):
        return False
    same_practice = one.practice and one.practice == other.practice
    return not set(one.own) & set(other.own) or (not same_practice and _apart(one, other))


def _apart(one: Facts, other: Facts) -> bool:
    """Whether each states a phone and a street, and neither is the other's."""
    if not all(each.phones and each.streets for each in (one, other)) or set(one.phones) & set(other.phones):
        return False
    return one.number != other.number or not set(one.streets) & set(other.streets)


def strangers(one: Facts, other: Facts) -> bool:
    """Whether nothing in two names agrees, so that a number in common is a slip of the pen."""
    if one.sort != PERSON:
        return bool(one.title and other.title) and not set(one.title.split()) & set(other.title.split())
    mine, theirs = ({*each.forenames, *each.surnames, each.second} - {""} for each in (one, other))
    return not mine & theirs and JaroWinkler.similarity(one.surname, other.surname) < SIMILAR_FORENAME
