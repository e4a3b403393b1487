"""Whom the overlapping lists are about: practices with their doctors, clinics and chains of pharmacies, as they truly are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from zlib import crc32

from ldn_directory.example.practitioners import GERMAN_SPEAKING, facts, invent_practice
from ldn_directory.model import Kind, Phone

from .names import PersonName, forename, invent_person, plain
from .places import Address, PhoneNumbers, TownMap, address_in
from .tables import table

REMEMBERED = 2_000
"""How many people are kept in mind to have namesakes elsewhere."""
MOST_BRANCHES = 40

OWNERS_NAME = 0.97
"""Share of pharmacies outside of chains that bear a surname, of those whose first name was without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A practice or pharmacy, shared by all who work there."""

    name: str
    address: Address
    phone: Phone
    host: str
    website: bool
    former: tuple[Address, Phone] | None = None
    """Where it was before it moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An invented person, clinic or pharmacy with all that is true of it."""

    number: int
    kind: Kind
    person: PersonName | None
    """None for clinics and pharmacies."""
    credentials: str | None
    specialty: str | None
    practice: Practice
    second: Practice | None = None
    direct: Phone | None = None
    mailbox: str = "info"
    works_at: int | None = None
    """Number of the clinic that is the person's practice, if it is a provider itself."""

    @property
    def npi(self) -> str:
        """An invented National Provider Identifier. It starts with 2, while every number given out so far starts with 1."""
        return with_check_digit(f"2{self.number * 48_271 % 10**8:08d}")


def with_check_digit(nine: str) -> str:
    """Ten digits whose last makes Luhn's sum over 80840 and all of them end in 0, as CMS wants it of an NPI."""
    total = 24  # what the digits 80840 amount to
    for place, digit in enumerate(map(int, reversed(nine))):
        total += digit if place % 2 else digit * 2 - (9 if digit > 4 else 0)
    return f"{nine}{-total % 10}"


class Population:
    """Providers one practice after another; what they share with earlier ones is all that is kept."""

    def __init__(self, size: int, seed: int, *, first: int = 0, phones: PhoneNumbers | None = None) -> None:
        self._chance = Random(f"providers {seed} {first}")
        self._map = TownMap(size, seed)
        self._rates = table("overlapping")["truth"]
        self._next = first
        self._end = first + size
        self._phones = phones or PhoneNumbers()
        self._known: list[tuple[PersonName, Address]] = []
        self._chains: list[tuple[str, str, int]] = []
        self._hosts: set[int] = set()

    def __iter__(self) -> Iterator[Provider]:
        while self._next < self._end:
            yield from self._unit()[: self._end - self._next]
            self._next += len(self._last)

    def _unit(self) -> list[Provider]:
        rates, mean = self._rates, _mean_staff(tuple(self._rates["staff"]))
        practices = (1 - rates["pharmacies"] - rates["clinics"]) / mean
        pharmacy = self._chance.random() < rates["pharmacies"] / (rates["pharmacies"] + practices)
        self._last = [self._pharmacy()] if pharmacy else self._practice_with_staff(rates["clinics"] / practices / mean)
        return self._last

    def _pharmacy(self) -> Provider:
        chance = self._chance
        town = self._map.town(chance)
        if chance.random() < self._rates["branch"]:
            name, host = self._chain()
        else:
            last = invent_person(town.country_code, chance).last[0]
            name = invent_practice(Kind.PHARMACY, last, False, chance)
            # There are too few words for as many pharmacies as a country has; most bear their owner's name.
            if last not in name and chance.random() < OWNERS_NAME:
                name = f"{last} {name}"
            host = self._host(f"{name} {town.city}")
        practice = self._practice(name, address_in(town, chance), host)
        return Provider(
            number=self._next, kind=Kind.PHARMACY, person=None, credentials=None, specialty=None, practice=practice
        )

    def _chain(self) -> tuple[str, str]:
        """Name and host of a chain that has another branch in this pharmacy."""
        chance, chains = self._chance, self._chains
        if not chains or chance.random() < self._rates["new_chain"]:
            name = invent_practice(Kind.PHARMACY, invent_person("US", chance).last[0], False, chance)
            chains.append((name, self._host(name), 0))
        place = chance.randrange(len(chains))
        name, host, branches = chains[place]
        chains[place] = (name, host, branches + 1)
        if branches + 1 >= MOST_BRANCHES:
            chains.pop(place)
        return name, host

    def _practice_with_staff(self, clinics: float) -> list[Provider]:
        chance = self._chance
        first, address = self._first_doctor()
        german = address.town.country_code in GERMAN_SPEAKING
        name = invent_practice(Kind.CLINIC, first.last[0], german, chance)
        practice = self._practice(name, address, self._host(f"{name} {address.town.city}"))
        staff = self._staff(first, address.town.country_code)
        number, found = self._next, []
        clinic = None
        if chance.random() < clinics * len(staff):
            clinic = number
            found.append(
                Provider(
                    number=number, kind=Kind.CLINIC, person=None, credentials=None, specialty=None, practice=practice
                )
            )
        for person in staff:
            found.append(self._doctor(number + len(found), person, practice, clinic))
            self._remember(person, address)
        return found

    def _first_doctor(self) -> tuple[PersonName, Address]:
        """Somebody and where; rarely one who is called as another person in the same state or town."""
        chance, draw = self._chance, self._chance.random()
        rates = self._rates
        if self._known and draw < rates["namesake_in_town"] + rates["namesake_in_state"]:
            namesake, address = chance.choice(self._known)
            same_town = draw < rates["namesake_in_town"]
            town = address.town if same_town else self._map.neighbour(address.town, chance)
            # Namesakes seldom share the second name, and did not marry into theirs.
            other = replace(namesake, middle=chance.choice((None, forename(namesake.woman, chance))), former=None)
            return other, address_in(town, chance)
        town = self._map.town(chance)
        return invent_person(town.country_code, chance), address_in(town, chance)

    def _staff(self, first: PersonName, country_code: str) -> list[PersonName]:
        chance, rates = self._chance, self._rates
        size = 1 + chance.choices(range(len(rates["staff"])), rates["staff"])[0]
        staff = [first, *(invent_person(country_code, chance) for _ in range(size - 1))]
        if size == 1:
            return staff
        draw, relative = chance.random(), staff[1]
        if draw < rates["spouses"]:
            woman = not first.woman
            relative = PersonName(first=(forename(woman, chance),), middle=None, last=first.last, woman=woman)
        elif (draw := draw - rates["spouses"]) < rates["siblings"]:
            relative = replace(relative, last=first.last, former=None, suffix=None, double=first.double)
        elif draw - rates["siblings"] < rates["father_and_son"] and not first.woman:
            staff[0] = replace(first, suffix=chance.choice(("Sr.", None)))
            relative = replace(first, suffix=chance.choice(("Jr.", "Jr.", "III")))
        staff[1] = relative
        return staff

    def _doctor(self, number: int, person: PersonName, practice: Practice, clinic: int | None) -> Provider:
        chance, rates = self._chance, self._rates
        town = practice.address.town
        mailbox = "info"
        if chance.random() < rates["own_email"]:
            mailbox = _slug(f"{person.first[0]}.{person.last[0]}", ".")
        second = None
        if chance.random() < rates["second"]:
            place = address_in(self._map.neighbour(town, chance), chance)
            name = invent_practice(Kind.CLINIC, person.last[0], town.country_code in GERMAN_SPEAKING, chance)
            second = self._practice(name, place, self._host(f"{name} {place.town.city}"))
        return Provider(
            number=number,
            kind=Kind.PRESCRIBER,
            person=person,
            credentials=_credentials(town.country_code, chance),
            specialty=chance.choice(_specialties(town.country_code)),
            practice=practice,
            second=second,
            direct=self._phones.new(town) if chance.random() < rates["direct"] else None,
            mailbox=mailbox,
            works_at=clinic,
        )

    def _practice(self, name: str, address: Address, host: str) -> Practice:
        chance, former = self._chance, None
        if chance.random() < self._rates["moved"]:
            town = address.town if chance.random() < 0.8 else self._map.neighbour(address.town, chance)
            # Half of those who move take their number along.
            former = address_in(town, chance), self._phones.new(town) if chance.random() < 0.5 else None
        phone = self._phones.new(address.town)
        return Practice(
            name=name,
            address=address,
            phone=phone,
            host=host,
            website=chance.random() < self._rates["has_website"],
            former=(former[0], former[1] or phone) if former else None,
        )

    def _host(self, text: str) -> str:
        """A host that no earlier practice has; checksums of them are kept, since they are many."""
        slug = _slug(text, "-")
        while (mark := crc32(slug.encode())) in self._hosts:
            slug = f"{slug.rstrip('0123456789')}{self._chance.randrange(10**6)}"
        self._hosts.add(mark)
        return f"{slug}.example.{self._chance.choice(('com', 'org', 'net'))}"

    def _remember(self, person: PersonName, address: Address) -> None:
        if len(self._known) < REMEMBERED:
            self._known.append((person, address))
        else:
            self._known[self._chance.randrange(REMEMBERED)] = person, address


def _mean_staff(shares: tuple[float, ...]) -> float:
    return sum(size * share for size, share in enumerate(shares, 1)) / sum(shares)


def _credentials(country_code: str, chance: Random) -> str | None:
    if country_code in GERMAN_SPEAKING:
        return None
    if country_code in {"GB", "IE"}:
        return str(chance.choice(facts("words")["british_credentials"]))
    weighted = table("overlapping")["truth"]["credentials"]
    return str(chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0])


def _specialties(country_code: str) -> list[str]:
    found: list[str] = facts("words")["german_specialties" if country_code in GERMAN_SPEAKING else "specialties"]
    return found


def _slug(text: str, separator: str) -> str:
    spelled = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return re.sub(r"[^a-z0-9]+", separator, plain(spelled)).strip(separator)
