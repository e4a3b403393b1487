"""People and pharmacies of which it is known who they are, with names that nobody here made up.

First names and surnames are drawn by the frequencies that offices of statistics published, as carried by the package
`faker`. Everything else (streets, phones, chains) is invented. For the countries in `HELD_OUT` the project's own table
of names was made without that package, and no limit was chosen by looking at them.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from bench._truth import LabelledEntries, Row

LOCALES = {
    "AR": "es_AR",
    "CL": "es_CL",
    "CN": "zh_CN",
    "CO": "es_CO",
    "GB": "en_GB",
    "KE": "en_KE",
    "LU": "de_LU",
    "NZ": "en_NZ",
    "TW": "zh_TW",
    "US": "en_US",
    "BE": "nl_BE",
    "FI": "fi_FI",
    "HU": "hu_HU",
    "IL": "he_IL",
    "KR": "ko_KR",
    "SE": "sv_SE",
}
"""Countries whose surnames have published frequencies, and mostly the first names too."""
HELD_OUT = frozenset({"BE", "FI", "HU", "IL", "KR", "SE"})
FAMILY_NAME_FIRST = frozenset({"CN", "HU", "KR", "TW"})
FREE_PHONE = "+18005550100"
LISTS = ("north", "south")
CHAIN_WORDS = (
    "Lantern",
    "Tidewater",
    "Foxglove",
    "Saltmarsh",
    "Sundial",
    "Teasel",
    "Quillon",
    "Amberline",
    "Northstar",
)
SHOPS = ("Pharmacy", "Apothecary", "Compounding Pharmacy", "Chemist")


def namesakes(countries: Sequence[str], pairs: int, seed: int) -> LabelledEntries:
    """So many pairs of two people with one name, each in another town and on another list, with one degree."""
    chance = Random(seed)
    rows: list[Row] = []
    for number in range(pairs):
        country = countries[number % len(countries)]
        name, towns = full_name(country, chance), _two_towns(country, chance)
        rows += [_person(name, country, town, source, chance) for town, source in zip(towns, LISTS, strict=True)]
    return LabelledEntries(rows=rows, whose=range(len(rows)))


def one_person_twice(countries: Sequence[str], people: int, seed: int) -> LabelledEntries:
    """So many people on two lists, whose entries differ in one of the ways of `VARIATIONS`."""
    chance = Random(seed)
    rows: list[Row] = []
    for number in range(people):
        country = countries[number % len(countries)]
        town, other_town = _two_towns(country, chance)
        first, last = _names(country, chance)
        entry = _person(f"{first} {last}", country, town, LISTS[0], chance)
        vary = VARIATIONS[number // len(countries) % len(VARIATIONS)]
        rows += [entry, {**entry, "source": LISTS[1]}]
        vary(rows[-2:], first, last, other_town, chance)
    return LabelledEntries(rows=rows, whose=[place // 2 for place in range(len(rows))])


def chains(number: int, seed: int) -> LabelledEntries:
    """So many chains of pharmacies, each with two to six shops on two lists; what the lists state of them differs."""
    chance = Random(seed)
    rows: list[Row] = []
    whose: list[object] = []
    for chain in range(number):
        name = f"{chance.choice(CHAIN_WORDS)} {chance.choice(CHAIN_WORDS)} {chance.choice(SHOPS)}"
        country = chance.choice(sorted(LOCALES))
        towns = _towns(country)
        one_town = chance.choice(towns)
        style = chance.choice(("bare", "free phone", "own phone", "cut phone", "no town", "website"))
        for shop in range(chance.randint(2, 6)):
            town = one_town if chain % 2 else chance.choice(towns)
            entry = _shop(name, country, town, style, shop, chance)
            rows += [{**entry, "source": source} for source in LISTS]
            whose += [(chain, shop)] * 2
    return LabelledEntries(rows=rows, whose=whose)


def full_name(country: str, chance: Random) -> str:
    """A name drawn by the published frequencies, in the order of the country."""
    first, last = _names(country, chance)
    return f"{last} {first}" if country in FAMILY_NAME_FIRST else f"{first} {last}"


def _names(country: str, chance: Random) -> tuple[str, str]:
    sexes, surnames = _frequencies(country)
    return _draw(chance.choice(sexes), chance), _draw(surnames, chance)


@cache
def _frequencies(country: str) -> tuple[list[Mapping[str, float]], Mapping[str, float]]:
    provider = importlib.import_module(f"faker.providers.person.{LOCALES[country]}").Provider
    sexes = [provider.first_names_male, provider.first_names_female]
    return [_weights(names) for names in sexes], _weights(provider.last_names)


def _weights(names: Any) -> Mapping[str, float]:
    return names if isinstance(names, dict) else dict.fromkeys(names, 1.0)


def _draw(names: Mapping[str, float], chance: Random) -> str:
    return chance.choices(list(names), list(names.values()))[0]


@cache
def _towns(country: str) -> list[str]:
    """Towns of the country, or of all countries where too few are known."""
    text = files("ldn_directory.example").joinpath("towns.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    own = sorted({row["city"] for row in rows if row["country_code"] == country})
    return own if len(own) >= 10 else sorted({row["city"] for row in rows})


def _two_towns(country: str, chance: Random) -> list[str]:
    return chance.sample(_towns(country), 2)


def _street(chance: Random) -> str:
    return f"{chance.randint(1, 9000)} {chance.choice(CHAIN_WORDS)} {chance.choice(('Row', 'Lane', 'Street', 'Road'))}"


def _phone(chance: Random) -> dict[str, str | None]:
    """A number that belongs to nobody: area codes begin with 2 to 9."""
    number = f"+1{chance.randint(100, 199)}{chance.randint(0, 9_999_999):07}"
    return {"raw": number, "e164": number, "label": None}


def _person(name: str, country: str, town: str, source: str, chance: Random) -> Row:
    return {
        "kind": "prescriber",
        "name": name,
        "credentials": "MD",
        "street": _street(chance),
        "city": town,
        "country_code": country,
        "phones": [],
        "source": source,
    }


def _shop(name: str, country: str, town: str, style: str, shop: int, chance: Random) -> Row:
    phones: dict[str, list[dict[str, str | None]]] = {
        "free phone": [{"raw": FREE_PHONE, "e164": FREE_PHONE, "label": None}],
        "own phone": [_phone(chance)],
        "cut phone": [{"raw": f"(203) 555-01{shop}", "e164": None, "label": None}],
    }
    return {
        "kind": "pharmacy",
        "name": name,
        "street": _street(chance),
        "city": None if style == "no town" else town,
        "country_code": country,
        "phones": phones.get(style, []),
        "website": f"https://{'-'.join(name.lower().split())}.example.org/" if style == "website" else None,
    }


Vary = Callable[[list[Row], str, str, str, Random], None]


def _same_office(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    two[1]["name"] = f"Dr. {two[1]['name']}"


def _no_street(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    two[1]["street"] = None


def _family_name_first(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    two[1]["name"] = f"{last} {first}"


def _moved_with_phone(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    phones = [_phone(chance)]
    two[0]["phones"] = phones
    two[1] |= {"phones": phones, "city": town, "street": _street(chance)}


def _initial_and_phone(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    phones = [_phone(chance)]
    two[0]["phones"] = phones
    two[1] |= {"phones": phones, "name": f"{first[0]}. {last}"}


def _two_offices_with_mail(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    email = f"doctor{chance.randint(1, 10**9)}@example.org"
    two[0]["email"] = email
    two[1] |= {"email": email, "city": town, "street": _street(chance)}


def _two_offices_with_number(two: list[Row], first: str, last: str, town: str, chance: Random) -> None:
    number = {"register": "register", "register_number": str(chance.randint(10**8, 10**9))}
    two[0].update(number)
    two[1] |= {**number, "city": town, "street": _street(chance), "source": LISTS[0]}


VARIATIONS: tuple[Vary, ...] = (
    _same_office,
    _no_street,
    _family_name_first,
    _moved_with_phone,
    _initial_and_phone,
    _two_offices_with_mail,
    _two_offices_with_number,
)
