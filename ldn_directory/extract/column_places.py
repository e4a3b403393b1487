"""Fields that neighbours tell: a town before its region, a point of two numbers, an address in parts, a practice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from .column_scores import MANY, NAMES, Claim, Evidence

_REACHED = frozenset(("phone", "email", "street", "address", "postcode", "website"))
_NO_PRACTICES = ("specialty", "region", "country", "credentials", "city", "street")


class Decision(Protocol):
    """The columns of a list, and which have their field already."""

    shown: list[Evidence]
    found: dict[int, Claim]
    holders: dict[str, list[int]]

    def is_open(self, column: int) -> bool:
        """Whether the column has values and no field yet."""

    def give(self, column: int, name: str, why: str) -> None:
        """Gives a column without a field this one."""


def address_lines(decision: Decision) -> None:
    """Two or more columns of plain words between the street and the postcode are lines of the address."""
    streets, ends = decision.holders.get("street", []), decision.holders.get("postcode", [])
    if len(streets) != 1 or len(ends) != 1 or "city" in decision.holders:
        return
    between = [at for at in range(streets[0] + 1, ends[0]) if decision.shown[at].values]
    if len(between) > 1 and all(
        decision.shown[at].is_meaningless and decision.shown[at].is_plain(0.8) for at in between
    ):
        for at in between:
            decision.give(at, "address_line", "plain words between the street and the postcode")


def by_place(decision: Decision) -> None:
    """Gives fields to columns of which neither label nor values say enough by themselves."""
    unlabelled = [at for at, one in enumerate(decision.shown) if one.is_meaningless and decision.is_open(at)]
    if "latitude" not in decision.holders:
        _find_point(decision, unlabelled)
    if not {"city", "address", "address_line"} & set(decision.holders):
        _find_town(decision, unlabelled)
    if not NAMES & set(decision.holders):
        _find_name(decision, unlabelled)
    elif not {"name", "last_name", "first_name"} & set(decision.holders):
        _find_person(decision)
    if {"name", "last_name"} & set(decision.holders) and "practice" not in decision.holders:
        _find_practice(decision, unlabelled)


def _find_point(decision: Decision, unlabelled: Sequence[int]) -> None:
    shown = decision.shown
    degrees = [at for at in unlabelled if shown[at].share("longitude") >= 0.8 and len(set(shown[at].values)) > 1]
    if len(degrees) != 2 or any(shown[at].failing("longitude") for at in degrees):
        return
    first, second = degrees if shown[degrees[0]].label.lower() != "x" else degrees[::-1]
    if abs(first - second) == 1 and shown[first].share("latitude") >= 0.8:
        for at, name in ((first, "latitude"), (second, "longitude")):
            decision.give(at, name, "one of two columns of degrees side by side")


def _find_town(decision: Decision, unlabelled: Sequence[int]) -> None:
    """The town: plain words before region or postcode, or else the one unknown column of them after the street."""
    filled = [at for at, one in enumerate(decision.shown) if one.values]
    plain = {at for at in filled if decision.is_open(at) and decision.shown[at].is_plain(0.9)}
    ends = {at for at, claim in decision.found.items() if claim.field in ("region", "postcode")}
    before = next((one for one, at in pairwise(filled) if at in ends and one in plain and one in unlabelled), None)
    if before is not None:
        decision.give(before, "city", "plain words before the region or postcode")
        return
    streets = {at for name in ("street", "house_number") for at in decision.holders.get(name, ())}
    below = [at for at in plain if at - 1 in streets and not decision.shown[at].said]
    if len(below) == 1 and len(set(decision.shown[below[0]].values)) > 1:
        decision.give(below[0], "city", "plain words after the street, and no other column is a town")


def _find_name(decision: Decision, unlabelled: Sequence[int]) -> None:
    """Without a name anywhere: the first column of short texts, all different."""
    if len(_REACHED & set(decision.holders)) < 2 or len(decision.shown) < 3:
        return
    left = [at for at, one in enumerate(decision.shown) if decision.is_open(at) and not one.said]
    titles = [at for at in left if at in unlabelled and _could_name(decision.shown[at])]
    if titles:
        decision.give(titles[0], "name", "the first column of short texts that all differ")


def _find_person(decision: Decision) -> None:
    """Where practices are named: names of people, all different, in an unknown column before them."""
    for at in range(min(decision.holders["practice"])):
        shown = decision.shown[at]
        if decision.is_open(at) and not shown.said and shown.share("name") >= 0.8 and _could_name(shown):
            decision.give(at, "name", "names that all differ, before the practice")
            return


def _find_practice(decision: Decision, unlabelled: Sequence[int]) -> None:
    """Where people are named: short texts right above the address, or under a word of practices."""
    filled = [at for at, one in enumerate(decision.shown) if one.values]
    places = {at for name in ("street", "address", "house_number") for at in decision.holders.get(name, ())}
    before = {one for one, at in pairwise(filled) if at in places}
    above = before & set(unlabelled)
    for at in filter(decision.is_open, filled):
        shown = decision.shown[at]
        named = shown.share("practice") >= 0.5 and len(set(shown.values)) * 10 >= len(shown.values) * 6
        called = not shown.said and (named or shown.affinity("practice") >= 0.1)
        called = called or (at in before and "name" in {one.field for one in shown.said})
        if not (called or at in above) or len(shown.values) < 2 or not all(map(_is_title, shown.values)):
            continue
        others = _NO_PRACTICES if called else ("name", *_NO_PRACTICES)
        if max(map(shown.share, others)) < 0.5 and shown.failing("practice") <= 0.1:
            decision.give(at, "practice", "short texts beside a name, and above the address or so called")
            return


def _could_name(shown: Evidence) -> bool:
    """Whether short texts, nearly all different, could be names of anything."""
    differing = len(shown.values) >= MANY and len(set(shown.values)) * 10 >= len(shown.values) * 9
    return differing and shown.failing("name") <= 0.1 and all(map(_is_title, shown.values))


def _is_title(text: str) -> bool:
    """Whether a value could name an entry: a line with a word that is no code."""
    words = text.split()
    return len(text) <= 80 and "\n" not in text and any(len(word) > 1 and word.isalpha() for word in words)
