"""How lists differ about one provider: each difference with the probability that overlapping.toml gives it.

A difference that befell an entry is noted under its name in `rates`, so that what a matching misses can be counted by cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

from ldn_directory.model import Evidence, Kind, Listing, Phone

from .naming import Called, nicknames, plain
from .practitioners import facts
from .providing import Practice, Provider
from .settling import Phones
from .truth import ABBREVIATED

NEIGHBOURS = {
    **dict(zip("qwertyuiop", ("wa", "qes", "wrd", "etf", "ryg", "tuh", "yij", "uok", "ipl", "ol"), strict=True)),
    **dict(zip("asdfghjkl", ("qsz", "adw", "sfe", "dgr", "fht", "gjy", "hku", "jli", "kop"), strict=True)),
    **dict(zip("zxcvbnm", ("xa", "zcs", "xvd", "cbf", "vng", "bmh", "nj"), strict=True)),
}
"""Keys beside each key of an English keyboard."""


@dataclass(slots=True)
class Slips:
    """Chance, and what it did to the entry at hand."""

    chance: Random
    made: list[str] = field(default_factory=list)

    def befalls(self, name: str) -> bool:
        """Whether the difference `name` happens here; notes it if so."""
        if self.chance.random() >= _rates()[name]:
            return False
        self.made.append(name)
        return True


def listed(provider: Provider, style: dict[str, Any], key: str, tracked: Phones, slips: Slips) -> Listing:
    """The provider as a list of that style has it."""
    states = style["states"]
    practice, old = _practice_on(provider, style["old"], slips)
    address, phone = practice.former if old and practice.former else (practice.address, practice.phone)
    town = address.town
    country = facts("words")["countries"][town.country_code]
    city = typo(town.city, slips.chance) if slips.befalls("city_typo") else town.city
    street = _street(address.street, slips) if "street" in states else None
    postcode = _postcode(address.postcode, slips) if "postcode" in states else None
    number = _phone(provider, practice, phone, tracked, slips) if "phone" in states else None
    name, works_in = _name_and_practice(provider, practice, states, slips)
    has_register = "register" in states and town.country_code == "US" and not slips.befalls("no_register")
    region = town.region_code.partition("-")[2]
    line = ", ".join(part for part in (street, city, f"{region} {postcode or ''}".strip(), country) if part)
    credentials = _credentials(provider, slips)
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
        email=_email(provider, practice, slips) if "email" in states else None,
        website=_website(practice, slips) if "website" in states else None,
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
    found: dict[str, float] = facts("overlapping")["rates"]
    return found


def _practice_on(provider: Provider, stale: float, slips: Slips) -> tuple[Practice, bool]:
    """Which of the provider's practices the list names, and whether where it was before it moved."""
    if provider.second and slips.befalls("second_practice"):
        return provider.second, False
    old = provider.practice.former is not None and slips.chance.random() < stale
    if old:
        slips.made.append("old_address")
    return provider.practice, old


def _name_and_practice(
    provider: Provider, practice: Practice, states: list[str], slips: Slips
) -> tuple[str, str | None]:
    if provider.called is None:
        return _practice_name(practice.name, slips), None
    shown = None
    if "practice" in states and not slips.befalls("no_practice"):
        shown = _practice_name(practice.name, slips)
    return person_name(provider.called, slips), shown


def person_name(called: Called, slips: Slips) -> str:
    """The person's name as an entry writes it."""
    first, last = _first(called, slips), _last(called, slips)
    middle = _middle(called.middle, slips) if called.middle else None
    suffix = None if called.suffix and slips.befalls("suffix_dropped") else called.suffix
    if slips.befalls("name_typo"):
        if slips.chance.random() < 0.6:
            last = typo(last, slips.chance)
        else:
            first = typo(first, slips.chance)
    if slips.befalls("swapped"):
        first, middle, last = last, None, first
    title = "Dr." if slips.befalls("title") else None
    name = " ".join(part for part in (title, first, middle, last, suffix) if part)
    # A sign from a list that writes no accents at all, so it befalls the whole name.
    if not name.isascii() and slips.befalls("plain_letters"):
        name = plain(name)
    return name


def _first(called: Called, slips: Slips) -> str:
    first = called.first[0]
    short = nicknames(first)
    if slips.befalls("initial"):
        return f"{first[0]}."
    if short and slips.befalls("nickname"):
        return slips.chance.choice(short)
    if len(called.first) > 1 and slips.befalls("variant"):
        return slips.chance.choice(called.first[1:])
    return first


def _last(called: Called, slips: Slips) -> str:
    last = called.last[0]
    if called.former:
        if slips.befalls("former_name"):
            return called.former
        if slips.befalls("double_name"):
            return f"{called.former}-{last}"
        if slips.befalls("bracketed_name"):
            return f"({called.former}) {last}"
    if called.double and slips.befalls("second_surname_dropped"):
        return last.split()[0]
    if len(called.last) > 1 and slips.befalls("variant"):
        return slips.chance.choice(called.last[1:])
    return last


def _middle(middle: str, slips: Slips) -> str | None:
    draw, rates = slips.chance.random(), _rates()
    if draw < rates["middle_dropped"]:
        slips.made.append("middle_dropped")
        return None
    if len(middle) == 1:
        return f"{middle}."
    if draw < rates["middle_dropped"] + rates["middle_initial"]:
        slips.made.append("middle_initial")
        return f"{middle[0]}."
    return middle


def _credentials(provider: Provider, slips: Slips) -> str | None:
    true = provider.credentials
    if true is None or slips.befalls("credentials_missing"):
        return None
    others = facts("overlapping")["credentials_otherwise"].get(true)
    return slips.chance.choice(others) if others and slips.befalls("credentials_other") else true


def _practice_name(name: str, slips: Slips) -> str:
    if not slips.befalls("practice_otherwise"):
        return name
    words = name.split()
    if len(words) > 2 and slips.chance.random() < 0.5:
        return " ".join(words[:-1])
    return f"{name}{slips.chance.choice((' LLC', ', Inc.', ' PC'))}"


def _street(street: str, slips: Slips) -> str | None:
    if slips.befalls("no_street"):
        return None
    if ", " in street and slips.befalls("unit_dropped"):
        street = street.partition(", ")[0]
    if ABBREVIATED.search(street) and slips.befalls("abbreviated"):
        street = ABBREVIATED.sub(lambda word: facts("words")["street_abbreviations"][word[0]], street)
    return typo(street, slips.chance) if slips.befalls("street_typo") else street


def _postcode(postcode: str, slips: Slips) -> str | None:
    if slips.befalls("no_postcode"):
        return None
    if not slips.befalls("wrong_postcode"):
        return postcode
    at = slips.chance.choice([place for place, sign in enumerate(postcode) if sign.isdigit()])
    return f"{postcode[:at]}{(int(postcode[at]) + slips.chance.randint(1, 9)) % 10}{postcode[at + 1 :]}"


def _phone(provider: Provider, practice: Practice, phone: Phone, tracked: Phones, slips: Slips) -> Phone | None:
    if slips.befalls("no_phone"):
        return None
    if slips.befalls("tracked"):
        return tracked.new(practice.address.town)
    if provider.direct and practice is provider.practice and slips.befalls("direct_line"):
        return provider.direct
    return phone


def _email(provider: Provider, practice: Practice, slips: Slips) -> str | None:
    if slips.befalls("no_email"):
        return None
    return f"{provider.mailbox if provider.kind is Kind.PRESCRIBER else 'info'}@{practice.host}"


def _website(practice: Practice, slips: Slips) -> str | None:
    if not practice.website or slips.befalls("no_website"):
        return None
    www = "www." if slips.befalls("website_www") else ""
    path = slips.chance.choice(("contact", "about-us", "team")) if slips.befalls("website_path") else ""
    return f"https://{www}{practice.host}/{path}"
