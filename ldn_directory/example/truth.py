"""The ground truth of the example lists: which invented practitioner stands on which list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from types import MappingProxyType

from ldn_directory.model import Kind

from .practitioners import GERMAN_SPEAKING, Practitioner, facts

SECOND_LIST = 0.3
"""Share of practitioners who stand on a second list; a fifth of them on a third as well."""
DEAD = 0.02
WITH_DEAD_ENTRIES = frozenset({"table", "text", "list.csv", "list.xlsx"})
WITH_TWO_DOCTORS = frozenset({"text", "cards", "api/locations"})
ABBREVIATED = re.compile(r"\b(Street|Avenue|Road|Lane|Drive|Boulevard|Suite)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of one list."""

    list: str
    key: str
    """The list's own key; published only by the lists that state one."""
    people: tuple[int, ...]
    """Numbers of the practitioners it names: two where an entry names two doctors of one practice."""
    variant: int
    """Decides how it is written: which abbreviations, which telephone format, which slips of the pen."""
    repeats: bool = False
    """Whether the practitioner stands on another list too, so that this entry leaves out and varies more."""
    dead: str | None = None
    """`closed` or `retired` if the entry says so of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the lists are about: every practitioner by number, and the entries of every list in its order."""

    practitioners: Mapping[int, Practitioner]
    lists: Mapping[str, tuple[Entry, ...]]


def fields_of(list_name: str) -> frozenset[str]:
    """Names of the fields that a list states."""
    return frozenset(facts("lists")[list_name]["states"])


def missing_fields(entry: Entry) -> frozenset[str]:
    """Fields that this entry leaves out although its list has them: a repeated entry tells less."""
    if not entry.repeats:
        return frozenset()
    absent = {name for bit, name in enumerate(("email", "website", "practice")) if entry.variant >> (8 + bit) & 1}
    return frozenset(absent)


def write_street(street: str, variant: int) -> str:
    """The street in full or abbreviated, as the entry has it."""
    if not variant >> 4 & 1:
        return street
    return ABBREVIATED.sub(lambda word: facts("words")["street_abbreviations"][word[0]], street)


def truth_of(practitioners: Sequence[Practitioner], seed: int) -> Truth:
    """Every practitioner on one list, three in ten on a second: the same for the same seed."""
    chance = Random(seed ^ 0x1D4)
    lists: dict[str, list[Entry]] = {name: [] for name in facts("lists")}
    last: tuple[str, Practitioner] | None = None
    for practitioner in practitioners:
        if last and _shares_entry(last, practitioner):
            lists[last[0]][-1] = _with_second_doctor(lists[last[0]][-1], practitioner.number)
            last = None
            continue
        first = _first_list(practitioner, chance)
        _add_entry(lists, first, practitioner, chance, repeats=False)
        for name in _further_lists(practitioner, first, chance):
            _add_entry(lists, name, practitioner, chance, repeats=True)
        last = (first, practitioner)
    by_number = {practitioner.number: practitioner for practitioner in practitioners}
    return Truth(
        practitioners=MappingProxyType(by_number),
        lists=MappingProxyType({name: _sort_entries(name, entries, by_number) for name, entries in lists.items()}),
    )


@cache
def _open_lists(country_code: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Lists that take prescribers from a country, with their accumulated shares."""
    names = tuple(
        name
        for name, facts_of in facts("lists").items()
        if facts_of["share"] and country_code in facts_of.get("countries", [country_code])
    )
    return names, tuple(accumulate(facts("lists")[name]["share"] for name in names))


def _first_list(practitioner: Practitioner, chance: Random) -> str:
    if practitioner.kind is Kind.PHARMACY:
        return "drupal/pharmacies"
    if practitioner.country_code in GERMAN_SPEAKING and practitioner.kind is Kind.PRESCRIBER:
        return "german"
    names, shares = _open_lists(practitioner.country_code)
    return chance.choices(names, cum_weights=shares)[0]


def _further_lists(practitioner: Practitioner, first: str, chance: Random) -> list[str]:
    if chance.random() >= SECOND_LIST:
        return []
    if practitioner.kind is Kind.PHARMACY:
        return ["map.kml"]
    names, shares = _open_lists(practitioner.country_code)
    wanted = 2 if chance.random() < 0.2 else 1
    drawn = dict.fromkeys(chance.choices(names, cum_weights=shares, k=6))
    return [name for name in drawn if name != first][:wanted]


def _shares_entry(last: tuple[str, Practitioner], practitioner: Practitioner) -> bool:
    name, other = last
    return (
        name in WITH_TWO_DOCTORS
        and other.kind is Kind.PRESCRIBER
        and practitioner.kind is Kind.PRESCRIBER
        and (other.practice, other.street) == (practitioner.practice, practitioner.street)
    )


def _with_second_doctor(entry: Entry, number: int) -> Entry:
    return Entry(list=entry.list, key=entry.key, people=(*entry.people, number), variant=entry.variant)


def _add_entry(
    lists: dict[str, list[Entry]], name: str, practitioner: Practitioner, chance: Random, *, repeats: bool
) -> None:
    dead = name in WITH_DEAD_ENTRIES and chance.random() < DEAD
    lists[name].append(
        Entry(
            list=name,
            key=str(1000 + len(lists[name]) * 3 + chance.randint(0, 2)),
            people=(practitioner.number,),
            variant=chance.getrandbits(16),
            repeats=repeats,
            dead=chance.choice(("closed", "retired")) if dead else None,
        )
    )


def _sort_entries(name: str, entries: list[Entry], practitioners: Mapping[int, Practitioner]) -> tuple[Entry, ...]:
    """The entries as the list sorts them: by place where it groups by place, else as they came."""

    def place(entry: Entry) -> tuple[str, ...]:
        first = practitioners[entry.people[0]]
        match name:
            case "drupal/prescribers":
                return (first.country, first.name)
            case "text" | "map.kml":
                return (first.country, first.region, first.city)
            case "german":
                return (first.country, first.city)
            case _:
                return ()

    return tuple(sorted(entries, key=place))
