"""How invented people are called: names as frequent as in life, a long tail of rare ones, and spellings of other origins."""

from __future__ import annotations

import csv
import unicodedata
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from ldn_directory.example.practitioners import GERMAN_SPEAKING, facts

from .tables import table

MIDDLE_BARE = 0.2
"""Share of middle names that are a bare initial to begin with."""
COMPOSED_GIVEN = 0.06
"""Share of forenames that are composed of syllables."""

Spellings = tuple[str, ...]
"""One name in its spellings, its bearer's own first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """What one person is truly called."""

    first: Spellings
    middle: str | None
    last: Spellings
    suffix: str | None = None
    woman: bool = False
    former: str | None = None
    """The surname before another was taken."""
    double: bool = False
    """Whether there are two surnames, the second of which many leave out."""


class _Weighted:
    """Names with how often each is borne."""

    def __init__(self, weighted: list[tuple[str, float]]) -> None:
        self.names = [name for name, _ in weighted]
        self.sums = list(accumulate(weight for _, weight in weighted))

    def draw(self, chance: Random) -> str:
        return self.names[bisect(self.sums, chance.random() * self.sums[-1], 0, len(self.names) - 1)]


def invent_person(country_code: str, chance: Random) -> PersonName:
    """A name such as people in that country have."""
    shares = table("names")["shares"]
    woman = chance.random() < 0.5
    if country_code in GERMAN_SPEAKING:
        return _of_origin("german", woman, chance)
    if chance.random() < shares["origin"]:
        return _of_origin(_origins().draw(chance), woman, chance)
    last = surname(chance)
    if chance.random() < shares["hyphenated"]:
        last = f"{last}-{surname(chance)}"
    return PersonName(
        first=(forename(woman, chance),),
        middle=_middle(woman, chance),
        last=(last,),
        suffix=chance.choice(("Jr.", "Sr.", "II", "III")) if not woman and chance.random() < shares["suffix"] else None,
        woman=woman,
        former=surname(chance) if woman and chance.random() < shares["renamed"] else None,
    )


def forename(woman: bool, chance: Random) -> str:
    """A forename."""
    if chance.random() < COMPOSED_GIVEN:
        parts = table("names")["syllables"]
        ends = parts["woman_ends" if woman else "man_ends"]
        return f"{chance.choice(parts['given_starts'])}{chance.choice(ends)}"
    return _census()["woman" if woman else "man"].draw(chance)


def surname(chance: Random) -> str:
    """A surname: of the frequent ones with their frequency, or composed."""
    if chance.random() < table("names")["shares"]["composed"]:
        return _composed(chance)
    return _census()["last"].draw(chance)


def nicknames(first: str) -> Spellings:
    """What people called so are also called."""
    return _nicknames().get(first, ())


def plain(text: str) -> str:
    """The text without accents: what is left when a list cannot write them."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def _census() -> dict[str, _Weighted]:
    text = Path(__file__).with_name("census_names.csv").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, float]]] = {}
    for kind, name, share in csv.reader(line for line in text.splitlines() if not line.startswith("#")):
        found.setdefault(kind, []).append((name, float(share)))
    return {kind: _Weighted(weighted) for kind, weighted in found.items()}


@cache
def _origins() -> _Weighted:
    return _Weighted([(name, origin["share"]) for name, origin in table("names")["origins"].items()])


@cache
def _nicknames() -> dict[str, Spellings]:
    return {name: tuple(others) for name, others in table("names")["nicknames"].items()}


@cache
def _syllables() -> tuple[list[str], list[str], list[str]]:
    words, parts = facts("words"), table("names")["syllables"]
    return (
        words["surname_starts"] + parts["more_starts"],
        ["", *parts["middles"]],
        words["surname_ends"] + parts["more_ends"],
    )


def _composed(chance: Random) -> str:
    starts, middles, ends = _syllables()
    middle = chance.choice(middles) if chance.random() < 0.5 else ""
    return f"{chance.choice(starts)}{middle}{chance.choice(ends)}"


def _of_origin(name: str, woman: bool, chance: Random) -> PersonName:
    origin: dict[str, Any] = table("names")["origins"][name]
    shares, words = table("names")["shares"], facts("words")
    first: Spellings = (forename(woman, chance),)
    if chance.random() >= shares["origin_common_given"]:
        first = _own_first(origin["women" if woman else "men"], chance)
    draw = chance.random()
    if draw >= shares["origin_composed"]:
        last = _own_first(origin["surnames"], chance)
    elif name == "german" and draw < shares["origin_composed"] / 3:
        last = (f"{chance.choice(words['german_surname_starts'])}{chance.choice(words['german_surname_ends'])}",)
    else:
        last = (_composed(chance),)
    if origin.get("double"):
        last = tuple(f"{one} {chance.choice(origin['surnames'])[0]}" for one in last[:1])
    return PersonName(first=first, middle=None, last=last, woman=woman, double=bool(origin.get("double")))


def _own_first(names: list[list[str]], chance: Random) -> Spellings:
    spellings = chance.choice(names)
    own = chance.choice(spellings)
    return (own, *(other for other in spellings if other != own))


def _middle(woman: bool, chance: Random) -> str | None:
    if chance.random() >= table("names")["shares"]["middle"]:
        return None
    middle = _census()["woman" if woman else "man"].draw(chance)
    return middle[0] if chance.random() < MIDDLE_BARE else middle
