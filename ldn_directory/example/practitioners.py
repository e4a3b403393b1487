"""Invented practitioners: names, practices and numbers that belong to nobody, in towns that exist."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from ldn_directory.model import Kind

GERMAN_SPEAKING = frozenset({"DE", "AT", "CH"})
PHARMACIES = 0.12
"""Share of practitioners that are pharmacies."""
CLINICS = 0.05
"""Share that are clinics, without a named person."""
SHARED_PRACTICES = 0.05
"""Share of prescribers who work where the one before them works."""
TELEHEALTH = 0.35
NO_NEW_PATIENTS = 0.06


class Town(NamedTuple):
    """A town that exists, with one of its postal codes and area codes; degrees."""

    country_code: str
    region_code: str
    region: str
    city: str
    postcode: str
    area_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """One invented prescriber, clinic or pharmacy, with everything that any list could state about it."""

    number: int
    kind: Kind
    first: str | None
    middle: str | None
    last: str | None
    credentials: str | None
    specialty: str | None
    practice: str
    phone: str | None
    """E.164, in a range set aside for fiction; None in countries that have none."""
    fax: str | None
    email: str | None
    website: str | None
    street: str
    city: str
    region: str
    region_code: str
    postcode: str
    country: str
    country_code: str
    latitude: float
    longitude: float
    telehealth: bool | None
    serves: tuple[str, ...]
    """ISO 3166-2 codes."""
    accepts_new: bool | None

    @property
    def name(self) -> str:
        """`First M. Last`, or the practice if no person is named."""
        return " ".join(part for part in (self.first, self.middle, self.last) if part) or self.practice


def invent_practitioners(size: int, seed: int) -> list[Practitioner]:
    """`size` practitioners, numbered from 0; equal for equal arguments."""
    chance = Random(seed)
    practitioners: list[Practitioner] = []
    for number in range(size):
        joins = practitioners and chance.random() < SHARED_PRACTICES
        if joins and practitioners[-1].kind is Kind.PRESCRIBER:
            practitioners.append(_colleague(practitioners[-1], number, chance))
        else:
            practitioners.append(_practitioner(number, chance))
    return practitioners


@cache
def facts(name: str) -> dict[str, Any]:
    """The tables of the file `name`.toml beside this module."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def towns() -> dict[str, tuple[Town, ...]]:
    """The towns of each country, by its code."""
    text = files(__package__).joinpath("towns.csv").read_text(encoding="utf-8")
    by_country: dict[str, list[Town]] = {}
    for row in csv.DictReader(text.splitlines()):
        point = float(row["latitude"]), float(row["longitude"])
        town = Town(
            row["country_code"],
            row["region_code"],
            row["region"],
            row["city"],
            row["postcode"],
            row["area_code"],
            *point,
        )
        by_country.setdefault(town.country_code, []).append(town)
    return {code: tuple(found) for code, found in by_country.items()}


@cache
def _country_shares() -> tuple[list[str], list[float]]:
    shares = facts("words")["country_shares"]
    return list(shares), list(accumulate(shares.values()))


@cache
def _american_regions() -> tuple[str, ...]:
    return tuple(dict.fromkeys(town.region_code for town in towns()["US"]))


def _practitioner(number: int, chance: Random) -> Practitioner:
    words = facts("words")
    codes, shares = _country_shares()
    town = chance.choice(towns()[chance.choices(codes, cum_weights=shares)[0]])
    german = town.country_code in GERMAN_SPEAKING
    draw = chance.random()
    kind = Kind.PHARMACY if draw < PHARMACIES else Kind.CLINIC if draw < PHARMACIES + CLINICS else Kind.PRESCRIBER
    last = _surname(german, chance)
    practice = invent_practice(kind, last, german, chance)
    first, middle, credentials, specialty = _person(town.country_code, chance)
    if kind is not Kind.PRESCRIBER:
        first = middle = credentials = specialty = None
    host = f"{_slug(f'{practice} {town.city}')}.example.{chance.choice(('com', 'org', 'net'))}"
    mailbox = f"{first}.{last}" if first else "office"
    telehealth = True if kind is not Kind.PHARMACY and chance.random() < TELEHEALTH else None
    return Practitioner(
        number=number,
        kind=kind,
        first=first,
        middle=middle,
        last=last if first else None,
        credentials=credentials,
        specialty=specialty,
        practice=practice,
        phone=invent_phone(town, chance),
        fax=invent_phone(town, chance) if chance.random() < 0.3 else None,
        email=f"{_slug(mailbox, '.')}@{host}" if chance.random() < 0.7 else None,
        website=f"https://{host}/" if chance.random() < 0.75 else None,
        street=invent_street(german, chance),
        city=town.city,
        region=town.region,
        region_code=town.region_code,
        postcode=invent_postcode(town, chance),
        country=words["countries"][town.country_code],
        country_code=town.country_code,
        latitude=round(town.latitude + chance.uniform(-0.02, 0.02), 5),
        longitude=round(town.longitude + chance.uniform(-0.02, 0.02), 5),
        telehealth=telehealth,
        serves=_serves(town, kind, telehealth, chance),
        accepts_new=False if kind is Kind.PRESCRIBER and chance.random() < NO_NEW_PATIENTS else None,
    )


def _colleague(other: Practitioner, number: int, chance: Random) -> Practitioner:
    first, middle, credentials, specialty = _person(other.country_code, chance)
    return replace(
        other,
        number=number,
        first=first,
        middle=middle,
        last=_surname(other.country_code in GERMAN_SPEAKING, chance),
        credentials=credentials,
        specialty=specialty,
        email=None,
    )


def _person(country_code: str, chance: Random) -> tuple[str | None, str | None, str | None, str | None]:
    words = facts("words")
    if country_code in GERMAN_SPEAKING:
        return chance.choice(words["german_first_names"]), None, None, chance.choice(words["german_specialties"])
    credentials = words["british_credentials" if country_code in {"GB", "IE"} else "credentials"]
    middle = f"{chance.choice('ABCDEFGHJKLMPRSTW')}." if chance.random() < 0.4 else None
    return chance.choice(words["first_names"]), middle, chance.choice(credentials), chance.choice(words["specialties"])


def _surname(german: bool, chance: Random) -> str:
    words = facts("words")
    prefix = "german_" if german else ""
    return str(chance.choice(words[f"{prefix}surname_starts"]) + chance.choice(words[f"{prefix}surname_ends"]))


def invent_practice(kind: Kind, last: str, german: bool, chance: Random) -> str:
    """The name of a practice or pharmacy, with or without its owner's surname."""
    words = facts("words")
    if german and kind is not Kind.PHARMACY:
        return f"{chance.choice(words['german_practice_ends'])} {last}"
    ends = words["pharmacy_ends" if kind is Kind.PHARMACY else "practice_ends"]
    word = chance.choice(words["practice_words"])
    return f"{last} {word} {chance.choice(ends)}" if chance.random() < 0.5 else f"{word} {chance.choice(ends)}"


def invent_street(german: bool, chance: Random) -> str:
    """A house number and street, some with a suite."""
    words = facts("words")
    if german:
        return f"{chance.choice(words['german_streets'])} {chance.randint(1, 180)}"
    street = f"{chance.randint(1, 9900)} {chance.choice(words['street_words'])} {chance.choice(words['street_ends'])}"
    suite = chance.choice(words["suites"])
    return f"{street}, {suite}" if suite else street


def invent_phone(town: Town, chance: Random) -> str | None:
    """A number in E.164, in a range set aside for fiction; None where the country has none."""
    ranges = facts("phones").get(town.country_code)
    if not ranges:
        return None
    pattern = chance.choice(ranges["e164"]).replace("AAA", town.area_code)
    return re.sub("#", lambda _: chance.choice("0123456789"), pattern)


def invent_postcode(town: Town, chance: Random) -> str:
    """The town's code, completed where the table holds only its first part."""
    match town.country_code:
        case "GB":
            return f"{town.postcode} {chance.randint(1, 9)}{chance.choice('ABDEFGH')}{chance.choice('ABDEFGH')}"
        case "CA":
            return f"{town.postcode} {chance.randint(1, 9)}{chance.choice('ABCEGHJ')}{chance.randint(1, 9)}"
        case "IE":
            return f"{town.postcode} {chance.choice('ACDEF')}{chance.randint(100, 999)}"
        case "NL":
            return f"{town.postcode} {chance.choice('ABCDE')}{chance.choice('ABCDE')}"
        case _:
            return town.postcode


def _serves(town: Town, kind: Kind, telehealth: bool | None, chance: Random) -> tuple[str, ...]:
    if town.country_code != "US" or not (telehealth or kind is Kind.PHARMACY) or chance.random() < 0.4:
        return ()
    others = chance.sample(_american_regions(), chance.randint(1, 4))
    return tuple(sorted({town.region_code, *others}))


def _slug(text: str, separator: str = "-") -> str:
    plain = text.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(umlaut, letters)
    return re.sub(r"[^a-z0-9]+", separator, plain).strip(separator)
