"""How lists differ about one provider: each difference with the probability that overlapping.toml gives it.

A difference that befell an entry is noted under its name in `rates`, so that what a matching misses can be counted by cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from ldn_directory.example.practitioners import facts
from ldn_directory.example.truth import ABBREVIATED
from ldn_directory.model import Evidence, Kind, Listing, Phone

from .names import PersonName, nicknames, plain
from .places import PhoneNumbers
from .providers import Practice, Provider
from .tables import table

NEIGHBOURS = {
    **dict(zip("qwertyuiop", ("wa", "qes", "wrd", "etf", "ryg", "tuh", "yij", "uok", "ipl", "ol"), strict=True)),
    **dict(zip("asdfghjkl", ("qsz", "adw", "sfe", "dgr", "fht", "gjy", "hku", "jli", "kop"), strict=True)),
    **dict(zip("zxcvbnm", ("xa", "zcs", "xvd", "cbf", "vng", "bmh", "nj"), strict=True)),
}
"""Keys beside each key of an English keyboard."""


@dataclass(slots=True)
class Perturbations:
    """Chance, and what it did to the entry at hand."""

    chance: Random
    applied: list[str] = field(default_factory=list)

    def happens(self, name: str) -> bool:
        """Whether the difference `name` happens here; notes it if so."""
        if self.chance.random() >= _rates()[name]:
            return False
        self.applied.append(name)
        return True


def listing_of(
    provider: Provider, style: dict[str, Any], key: str, tracked: PhoneNumbers, perturb: Perturbations
) -> Listing:
    """The provider as a list of that style has it."""
    states = style["states"]
    practice, old = _practice_on(provider, style["old"], perturb)
    address, phone = practice.former if old and practice.former else (practice.address, practice.phone)
    town = address.town
    country = facts("words")["countries"][town.country_code]
    city = typo(town.city, perturb.chance) if perturb.happens("city_typo") else town.city
    street = _street(address.street, perturb) if "street" in states else None
    postcode = _postcode(address.postcode, perturb) if "postcode" in states else None
    number = _phone(provider, practice, phone, tracked, perturb) if "phone" in states else None
    name, works_in = _name_and_practice(provider, practice, states, perturb)
    has_register = "register" in states and town.country_code == "US" and not perturb.happens("no_register")
    region = town.region_code.partition("-")[2]
    line = ", ".join(part for part in (street, city, f"{region} {postcode or ''}".strip(), country) if part)
    credentials = _credentials(provider, perturb)
    text = "\n".join(part for part in (name, credentials, works_in, line, number.raw if number else None) if part)
    return Listing(
        source=style["name"],
        key=key,
        page=f"https://{style['name'].replace('_', '-')}.example.org/list",
        kind=provider.kind,
        evidence=Evidence.LISTED,
        name=name,
        credentials=credentials,
        practice=works_in,
        specialty=provider.specialty if "specialty" in states else None,
        phones=(number,) if number else (),
        email=_email(provider, practice, perturb) if "email" in states else None,
        website=_website(practice, perturb) if "website" in states else None,
        address=line,
        street=street,
        city=city,
        region=town.region,
        region_code=town.region_code,
        postcode=postcode,
        country=country,
        country_code=town.country_code,
        register="npi" if has_register else None,
        register_number=provider.npi if has_register else None,
        text=text,
    )


def typo(text: str, chance: Random) -> str:
    """The text with one letter doubled, dropped, changed for its neighbour's place or for a key beside it."""
    places = [place for place in range(1, len(text) - 1) if text[place].isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    letter, following = text[at], text[at + 1]
    match chance.randrange(4):
        case 0:
            return f"{text[:at]}{letter}{text[at:]}"
        case 1:
            return f"{text[:at]}{text[at + 1 :]}"
        case 2 if following.isalpha() and following != letter:
            return f"{text[:at]}{following}{letter}{text[at + 2 :]}"
        case _:
            beside = NEIGHBOURS.get(letter.lower())
            return f"{text[:at]}{chance.choice(beside) if beside else letter * 2}{text[at + 1 :]}"


@cache
def _rates() -> dict[str, float]:
    found: dict[str, float] = table("overlapping")["rates"]
    return found


def _practice_on(provider: Provider, stale: float, perturb: Perturbations) -> tuple[Practice, bool]:
    """Which of the provider's practices the list names, and whether where it was before it moved."""
    if provider.second and perturb.happens("second_practice"):
        return provider.second, False
    old = provider.practice.former is not None and perturb.chance.random() < stale
    if old:
        perturb.applied.append("old_address")
    return provider.practice, old


def _name_and_practice(
    provider: Provider, practice: Practice, states: list[str], perturb: Perturbations
) -> tuple[str, str | None]:
    if provider.person is None:
        return _practice_name(practice.name, perturb), None
    shown = None
    if "practice" in states and not perturb.happens("no_practice"):
        shown = _practice_name(practice.name, perturb)
    return person_name(provider.person, perturb), shown


def person_name(person: PersonName, perturb: Perturbations) -> str:
    """The person's name as an entry writes it."""
    first, last = _first(person, perturb), _last(person, perturb)
    middle = _middle(person.middle, perturb) if person.middle else None
    suffix = None if person.suffix and perturb.happens("suffix_dropped") else person.suffix
    if perturb.happens("name_typo"):
        if perturb.chance.random() < 0.6:
            last = typo(last, perturb.chance)
        else:
            first = typo(first, perturb.chance)
    if perturb.happens("swapped"):
        first, middle, last = last, None, first
    title = "Dr." if perturb.happens("title") else None
    name = " ".join(part for part in (title, first, middle, last, suffix) if part)
    # A sign from a list that writes no accents at all, so it befalls the whole name.
    if not name.isascii() and perturb.happens("plain_letters"):
        name = plain(name)
    return name


def _first(person: PersonName, perturb: Perturbations) -> str:
    first = person.first[0]
    short = nicknames(first)
    if perturb.happens("initial"):
        return f"{first[0]}."
    if short and perturb.happens("nickname"):
        return perturb.chance.choice(short)
    if len(person.first) > 1 and perturb.happens("variant"):
        return perturb.chance.choice(person.first[1:])
    return first


def _last(person: PersonName, perturb: Perturbations) -> str:
    last = person.last[0]
    if person.former:
        if perturb.happens("former_name"):
            return person.former
        if perturb.happens("double_name"):
            return f"{person.former}-{last}"
        if perturb.happens("bracketed_name"):
            return f"({person.former}) {last}"
    if person.double and perturb.happens("second_surname_dropped"):
        return last.split()[0]
    if len(person.last) > 1 and perturb.happens("variant"):
        return perturb.chance.choice(person.last[1:])
    return last


def _middle(middle: str, perturb: Perturbations) -> str | None:
    draw, rates = perturb.chance.random(), _rates()
    if draw < rates["middle_dropped"]:
        perturb.applied.append("middle_dropped")
        return None
    if len(middle) == 1:
        return f"{middle}."
    if draw < rates["middle_dropped"] + rates["middle_initial"]:
        perturb.applied.append("middle_initial")
        return f"{middle[0]}."
    return middle


def _credentials(provider: Provider, perturb: Perturbations) -> str | None:
    true = provider.credentials
    if true is None or perturb.happens("credentials_missing"):
        return None
    others = table("overlapping")["credentials_otherwise"].get(true)
    return perturb.chance.choice(others) if others and perturb.happens("credentials_other") else true


def _practice_name(name: str, perturb: Perturbations) -> str:
    if not perturb.happens("practice_otherwise"):
        return name
    words = name.split()
    if len(words) > 2 and perturb.chance.random() < 0.5:
        return " ".join(words[:-1])
    return f"{name}{perturb.chance.choice((' LLC', ', Inc.', ' PC'))}"


def _street(street: str, perturb: Perturbations) -> str | None:
    if perturb.happens("no_street"):
        return None
    if ", " in street and perturb.happens("unit_dropped"):
        street = street.partition(", ")[0]
    if ABBREVIATED.search(street) and perturb.happens("abbreviated"):
        street = ABBREVIATED.sub(lambda word: facts("words")["street_abbreviations"][word[0]], street)
    return typo(street, perturb.chance) if perturb.happens("street_typo") else street


def _postcode(postcode: str, perturb: Perturbations) -> str | None:
    if perturb.happens("no_postcode"):
        return None
    if not perturb.happens("wrong_postcode"):
        return postcode
    at = perturb.chance.choice([place for place, sign in enumerate(postcode) if sign.isdigit()])
    return f"{postcode[:at]}{(int(postcode[at]) + perturb.chance.randint(1, 9)) % 10}{postcode[at + 1 :]}"


def _phone(
    provider: Provider, practice: Practice, phone: Phone, tracked: PhoneNumbers, perturb: Perturbations
) -> Phone | None:
    if perturb.happens("no_phone"):
        return None
    if perturb.happens("tracked"):
        return tracked.new(practice.address.town)
    if provider.direct and practice is provider.practice and perturb.happens("direct_line"):
        return provider.direct
    return phone


def _email(provider: Provider, practice: Practice, perturb: Perturbations) -> str | None:
    if perturb.happens("no_email"):
        return None
    return f"{provider.mailbox if provider.kind is Kind.PRESCRIBER else 'info'}@{practice.host}"


def _website(practice: Practice, perturb: Perturbations) -> str | None:
    if not practice.website or perturb.happens("no_website"):
        return None
    www = "www." if perturb.happens("website_www") else ""
    path = perturb.chance.choice(("contact", "about-us", "team")) if perturb.happens("website_path") else ""
    return f"https://{www}{practice.host}/{path}"
