"""How common a name is in a country, from a table for many countries: `names.jsonl.xz`, of `tools/pack_names.py`.

What matters is not the share of people who bear a name but how many practitioners do: a name that one in a million has
is rare among the practitioners of Luxembourg and common among those of India.
"""

from __future__ import annotations

import json
import lzma
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from .spelling import facts, fold_name

PACKED = Path(__file__).with_name("names.jsonl.xz")
RARE, COMMON = "rare", "common"
GIVEN, SURNAME = "given", "surname"
MILLION = 1_000_000
PRACTITIONERS = 0.005
"""For each inhabitant: five physicians, dentists, nurses and others who may prescribe to a thousand people."""
RARE_BELOW, COMMON_FROM = 0.05, 1.0
"""Expected number of practitioners of a country who bear a name by chance."""
ABROAD = 0.05
"""A name counts as common in a country if it would be with this part of its share in another one: people move."""
LEAST_ABROAD = 200.0
"""Per million; a name that is rarer than this everywhere is not looked up in other countries."""
INITIAL = 50_000.0
"""The share, per million, of the first names with one initial."""
LISTED = 30.0
"""Per million: a surname that so many bear is hardly a typing error."""
WIDESPREAD = 100.0
"""Per million: with a surname that more people bear no full name is rare, however small the country."""
ELSEWHERE = {GIVEN: 20.0, SURNAME: 8.0}
"""The shares, per million, of names that no table has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryNames:
    """The names of a country with their shares, per million. `unlisted` is assumed for all others, by kind."""

    practitioners: float
    shares: dict[str, dict[str, float]]
    unlisted: dict[str, float]


@cache
def _names() -> dict[str, CountryNames]:
    """country, ISO 3166-1 alpha-2 -> its names, if they are known."""
    return {
        said["country"]: CountryNames(
            practitioners=said["people"] * PRACTITIONERS,
            shares={kind: said[kind]["names"] for kind in (GIVEN, SURNAME)},
            unlisted={kind: said[kind]["unlisted"] for kind in (GIVEN, SURNAME)},
        )
        for said in map(json.loads, lzma.decompress(PACKED.read_bytes()).splitlines())
    }


@cache
def _anywhere() -> dict[str, dict[str, float]]:
    """kind -> name -> its share, per million, where it is most common."""
    found: dict[str, dict[str, float]] = {GIVEN: {}, SURNAME: {}}
    for names in _names().values():
        for kind, greatest in found.items():
            for name, share in names.shares[kind].items():
                if share >= LEAST_ABROAD and share > greatest.get(name, 0.0):
                    greatest[name] = share
    return found


@lru_cache(maxsize=400_000)
def listed_share(kind: str, name: str, country: str) -> float:
    """How many of a million people in a country bear a name, by its own list or those of others; 0 if none has it."""
    names, anywhere, most = _names().get(country), _anywhere()[kind], 0.0
    own = names.shares[kind] if names else anywhere
    for form in _forms(kind, name):
        most = max(most, own.get(form, 0.0), anywhere.get(form, 0.0) * ABROAD)
    return most


def share_of(kind: str, name: str, country: str) -> float:
    """The same; for a name that no list has, the share of such names."""
    names = _names().get(country)
    return max(listed_share(kind, name, country), names.unlisted[kind] if names else ELSEWHERE[kind])


def _forms(kind: str, name: str) -> Iterable[str]:
    """A name as it is looked up: folded, and for the surname of a woman also that of her brothers."""
    folded = fold_name(name)
    yield folded
    if kind == SURNAME:
        for ending, others in facts()["feminine"].items():
            if folded.endswith(ending) and len(folded) > len(ending) + 2:
                for other in others:
                    yield folded.removesuffix(ending) + other


def is_listed(surname: str, country: str) -> bool:
    """Whether a surname is so common somewhere that it is hardly a typing error."""
    return listed_share(SURNAME, surname, country) >= LISTED


@lru_cache(maxsize=200_000)
def rarity(given: Sequence[str], surname: str, country: str) -> int:
    """How rare a full name is, in bits: -log2 of its share of all names."""
    first = share_of(GIVEN, given[0], country) if given and len(given[0]) > 1 else INITIAL
    last = min(share_of(SURNAME, part, country) for part in surname.split() or [""])
    return round(-math.log2(first / MILLION) - math.log2(last / MILLION))


@lru_cache(maxsize=200_000)
def commonness(given: Sequence[str], surname: str, country: str) -> str:
    """`rare` or `common` among the practitioners of a country; empty if that is not known, or between the two.

    Any word of the name may be the surname: lists write family names first or last, and one or two of them.
    """
    names = _names().get(country)
    if names is None:
        return ""
    words = [word for word in " ".join((*given, surname)).split() if len(word) > 1]
    readings = list(_readings(words))
    expected = names.practitioners * max((_share(*one, country) for one in readings), default=1.0)
    if expected >= COMMON_FROM:
        return COMMON
    likely = [one for one in readings if listed_share(GIVEN, one[0], country)] or readings
    is_rare = expected < RARE_BELOW and all(share_of(SURNAME, one[1], country) <= WIDESPREAD for one in likely)
    return RARE if is_rare else ""


def _readings(words: Sequence[str]) -> Iterable[tuple[str, str]]:
    """(first name, surname) in each way to read a name; the first name is empty if there is one word."""
    for place, surname in enumerate(words):
        others = [word for other, word in enumerate(words) if other != place]
        for first in (*others, "".join(others)) if len(others) != 1 else others:
            yield first, surname


def _share(first: str, surname: str, country: str) -> float:
    """The share of people with a full name."""
    given = share_of(GIVEN, first, country) if first else INITIAL
    return given * share_of(SURNAME, surname, country) / MILLION**2
