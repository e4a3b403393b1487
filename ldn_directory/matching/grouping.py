"""Groups scored pairs into providers: decisions of people win, then register numbers, then weights.

`evidence.py` says what must agree before a weight counts. Pairs are joined from the heaviest down. A pair is not
joined, but left for a person, if the group would hold two listings that were decided to be different, have different
numbers of one register, are Jr. and III, branches of one chain or two entries of one list; or whose names contradict
each other, as John and James do when "J. Smith" fits both; or namesakes of two towns who both fit an entry without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import JaroWinkler

from .commonness import RARE
from .comparison import PERSON, Comparable
from .evidence import Ruling, are_branches, is_connected, may_be_one_place, other_premises, ruling, same_place
from .pairing import Pair

MAX_COMPARED = 50
"""The most listings with one register number, or pairs of one listing, to compare. A hostile list may have more."""
CLEAR_LEAD = 2.0
"""Bits by which one pair must outweigh another to be clearly better."""
SIMILAR_FORENAME = 0.7
"""Jaro-Winkler similarity above which one first name may be a misspelling of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The listings of each provider, and the pairs that are left for a person."""

    groups: list[list[int]]
    """Each sorted, in the order of their least key."""
    doubts: list[Pair]
    """At most one pair for two groups; the heaviest first."""


def group_listings(
    keys: Iterable[int],
    listings: Mapping[int, Comparable],
    pairs: Sequence[Pair],
    upper: float,
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Grouping:
    """Groups listings. `listings` are those in a pair, a decision or a register.

    `same` and `different` are decisions of people, and do not contradict each other.
    """
    groups = _Groups(keys, listings, different)
    for one, other in sorted(same):
        groups.join(one, other)
    for numbered in _by_register(listings):
        _join_by_number(groups, numbered)
    heaviest_first = sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))
    rulings = {pair[:2]: ruling(listings[pair[0]], listings[pair[1]]) for pair in heaviest_first}
    possible = [pair for pair in heaviest_first if rulings[pair[:2]] is not Ruling.APART]
    joinable = [pair for pair in possible if pair[2] >= upper and rulings[pair[:2]] is Ruling.JOIN]
    ambiguous = _find_ambiguous(groups, joinable)
    joined = {
        pair[:2] for pair in joinable if not ambiguous & set(pair[:2]) and groups.join_unless_contradicted(*pair[:2])
    }
    doubtful = [pair for pair in possible if pair[:2] not in joined]
    return Grouping(groups=groups.groups(), doubts=list(groups.undecided(doubtful)))


def _find_ambiguous(groups: _Groups, pairs: Iterable[Pair]) -> set[int]:
    """Listings that fit two others equally well which cannot be one provider: "J. Smith" beside John and James."""
    partners: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for one, other, weight, _ in pairs:
        partners[one].append((other, weight))
        partners[other].append((one, weight))
    return {pk for pk, found in partners.items() if len(found) > 1 and _fits_two(groups, pk, found)}


def _fits_two(groups: _Groups, pk: int, partners: Sequence[tuple[int, float]]) -> bool:
    best, most = partners[0]
    rivals = [other for other, weight in partners[1:MAX_COMPARED] if weight >= most - CLEAR_LEAD]
    known = groups.listings
    return any(
        groups.lead(best) != groups.lead(other)
        and groups.contradict(
            best, other, may_be_elsewhere=all(is_connected(known[pk], known[fit]) for fit in (best, other))
        )
        for other in rivals
    )


def _join_by_number(groups: _Groups, numbered: Sequence[int]) -> None:
    """Joins holders of one number, each with the first whose name agrees: a mistyped number must not join strangers."""
    for place, pk in enumerate(numbered):
        for earlier in numbered[: min(place, MAX_COMPARED)]:
            known = not are_strangers(groups.listings[earlier], groups.listings[pk])
            if known and groups.join_unless_contradicted(earlier, pk, by_number=True):
                break


def _by_register(listings: Mapping[int, Comparable]) -> list[list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, one in listings.items():
        if one.register:
            found[one.sort, one.register].append(pk)
    return [keys for keys in found.values() if len(keys) > 1]


class _Groups:
    """Groups of listings that are being joined. The leader of a group is its least key."""

    def __init__(
        self, keys: Iterable[int], listings: Mapping[int, Comparable], different: Iterable[tuple[int, int]]
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
        may_be_elsewhere = by_number or is_connected(self.listings[one], self.listings[other])
        for a in self.of(first):
            for b in self.of(second):
                was_compared = by_number or {a, b} == {one, other}
                if self.contradict(a, b, was_compared, may_be_elsewhere=may_be_elsewhere):
                    return False
        self.join(first, second)
        return True

    def contradict(self, a: int, b: int, were_compared: bool = False, *, may_be_elsewhere: bool = False) -> bool:
        """Whether two listings cannot be one provider. The names of a pair that was compared are not checked again.

        Two people in different towns with nothing in common are two, unless others of the entry connect them.
        """
        if b in self.apart.get(a, ()):
            return True
        one, other = self.listings[a], self.listings[b]
        if one.suffix and other.suffix and one.suffix != other.suffix:
            return True
        if one.register and one.register == other.register:
            return False
        if one.register and other.register and _same_register(one, other):
            return True
        if one.sort != PERSON:
            return are_branches(one, other) if were_compared else other_premises(one, other)
        if two_on_one_list(one, other) or not (may_be_elsewhere or were_compared or may_be_one_place(one, other)):
            return True
        return not were_compared and names_contradict(one, other)

    def undecided(self, pairs: Iterable[Pair]) -> Iterable[Pair]:
        """The pairs between different groups that are not decided, once for two groups. `pairs`: the heaviest first."""
        asked: set[tuple[int, int]] = set()
        for pair in pairs:
            one, other = sorted((self.lead(pair[0]), self.lead(pair[1])))
            if one == other or (one, other) in asked or self._must_stay_apart(one, other):
                continue
            asked.add((one, other))
            yield pair

    def _must_stay_apart(self, one: int, other: int) -> bool:
        """Whether it is certain that the groups are two providers."""
        return any(self.contradict(a, b, True) for a in self.of(one) for b in self.of(other))

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for pk in sorted(self.leader):
            found[self.lead(pk)].append(pk)
        return [found[leader] for leader in sorted(found)]


def _same_register(one: Comparable, other: Comparable) -> bool:
    return one.register.partition(":")[0] == other.register.partition(":")[0]


def names_contradict(one: Comparable, other: Comparable) -> bool:
    """Whether two people's first names are not forms of each other."""
    if one.forename and other.forename:
        alike = set(one.forenames) & set(other.forenames) or {one.second, other.second} & {one.forename, other.forename}
        turned = one.forename == other.surname or one.surname == other.forename
        return not (alike or turned) and JaroWinkler.similarity(one.forename, other.forename) < SIMILAR_FORENAME
    if one.forename and other.initial:
        return not any(form.startswith(other.initial) for form in (*one.forenames, one.second, one.surname))
    if other.forename:
        return names_contradict(other, one)
    return bool(one.initial and other.initial and one.initial != other.initial)


def two_on_one_list(one: Comparable, other: Comparable) -> bool:
    """Whether two people on one list have only a place in common, or only a name that is not rare.

    A list seldom has somebody twice with a misspelt name, or with another phone and street. A rare name in two towns
    may be of one person with two offices.
    """
    if one.source != other.source or not one.source or (one.bare and other.bare):
        return False
    if set(one.phones) & set(other.phones) or (one.email and one.email == other.email):
        return False
    if not set(one.own) & set(other.own):
        return True
    same_practice = one.practice and one.practice == other.practice
    has_two_offices = one.commonness == other.commonness == RARE and same_place(one, other) is False
    # With two phones, which both state.
    in_two_streets = (
        one.streets and other.streets and not (one.number == other.number and {*one.streets} & {*other.streets})
    )
    return bool(one.phones and other.phones and in_two_streets and not same_practice and not has_two_offices)


def are_strangers(one: Comparable, other: Comparable) -> bool:
    """Whether nothing in the two names agrees, so that one of the numbers must be mistyped."""
    if one.sort != PERSON:
        return bool(one.title and other.title) and not set(one.title.split()) & set(other.title.split())
    mine, theirs = ({*each.forenames, *each.surnames, each.second} - {""} for each in (one, other))
    return not mine & theirs and JaroWinkler.similarity(one.surname, other.surname) < SIMILAR_FORENAME
