"""Entries of invented pages: people and practices that belong to nobody, in towns that exist, each with its truth."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.generators.names import invent_person, surname

HERE = Path(__file__).parent
ENGLISH = ("en-US", "en-GB")
PRACTICE_WORD_SHARE = 0.6
"""Share of practices whose name says what they are: fewer than two in three do in life."""
CREDENTIALS = (
    "MD",
    "DO",
    "NP",
    "ND",
    "PA-C",
    "FNP-BC",
    "MD, PhD",
    "DNP, APRN",
    "RPh",
    "DC",
    "LAc",
    "PharmD",
    "MD, MPH",
)
BRITISH_CREDENTIALS = ("MBBS", "MBChB", "MRCGP", "MB BS, FRCP", "BSc, MBBS", "MRPharmS", "MRCP")
COUNTRY_NAMES = {
    "US": "USA", "CA": "Canada", "GB": "United Kingdom", "IE": "Ireland", "AU": "Australia", "DE": "Deutschland",
    "AT": "Österreich", "CH": "Schweiz", "FR": "France", "BE": "Belgique", "ES": "España", "IT": "Italia",
    "NL": "Nederland", "PT": "Portugal", "BR": "Brasil", "PL": "Polska", "SE": "Sverige", "JP": "日本", "IL": "ישראל",
}  # fmt: skip


class Town(NamedTuple):
    """A town with its region and a postal code, or how codes there begin."""

    country_code: str
    region_code: str
    region: str
    city: str
    postcode: str
    latitude: float
    longitude: float


@dataclass(slots=True, kw_only=True)
class Entry:
    """One entry as a page shows it, and in `truth` what is so. A fault may change both."""

    first: str
    last: str
    name: str
    """Without title and credentials."""
    title: str
    credentials: str
    joiner: str = ", "
    practice: str
    street: str
    city: str
    region: str
    """As shown; empty where addresses of the country do not name it."""
    postcode: str
    country: str = ""
    """As shown; empty where the page leaves it out."""
    country_code: str
    phones: list[str]
    fax: str
    email: str
    email_href: str
    website: str
    specialty: str
    notes: list[str] = field(default_factory=list)
    point: tuple[float, float]
    comma: bool = True
    address_order: tuple[str, ...] = ("street", "town", "country")
    practice_leads: bool = False
    """Whether the practice stands in the heading of the entry, and the name where practices do."""
    mark: str = ""
    """Before the name."""
    extras: list[str] = field(default_factory=list)
    """Lines that are no field: hours, distances, remarks."""
    truth: dict[str, Any] = field(default_factory=dict)
    implied: dict[str, Any] = field(default_factory=dict)
    """What follows from what the page says: it need not be returned, and is wrong if it is another."""

    @property
    def whole_name(self) -> str:
        """The name with what stands before and behind it."""
        behind = f"{self.joiner}{self.credentials}" if self.credentials else ""
        return f"{self.mark}{self.title}{self.name}{behind}"

    @property
    def town_line(self) -> str:
        """Town, region and postal code in the order of the country."""
        return town_line(self)

    @property
    def address_lines(self) -> list[str]:
        """The address, a line each: all in one without a comma before the town, if the entry is so."""
        if self.country_code == "JP":
            # From the large to the small, in one line: prefecture, town, block.
            return [" ".join(filter(None, [self.town_line + self.street, self.country]))] if self.city else []
        parts = {"street": self.street, "town": self.town_line, "country": self.country}
        lines = [parts[part] for part in self.address_order if parts[part]]
        return lines if self.comma else [" ".join(lines)]

    def drop(self, block: str) -> None:
        """Leaves a block out, of what is shown and of the truth."""
        for shown in SHOWN[block]:
            value = getattr(self, shown)
            setattr(self, shown, [] if isinstance(value, list) else "")
        for told in TRUTH[block]:
            self.truth.pop(told, None)
            self.implied.pop(told, None)


SHOWN: dict[str, tuple[str, ...]] = {
    "credentials": ("credentials",),
    "practice": ("practice",),
    "address": ("street", "city", "region", "postcode", "country"),
    "street": ("street", "postcode"),
    "phone": ("phones", "fax"),
    "email": ("email", "email_href"),
    "website": ("website",),
    "specialty": ("specialty",),
    "notes": ("notes",),
    "point": (),
}
TRUTH: dict[str, tuple[str, ...]] = {
    "credentials": ("credentials",),
    "practice": ("practice",),
    "address": ("street", "city", "region_code", "postcode", "country_code"),
    "street": ("street", "postcode"),
    "phone": ("phones",),
    "email": ("email",),
    "website": ("website",),
    "specialty": (),
    "notes": ("accepts_new", "telehealth"),
    "point": ("latitude", "longitude"),
}
"""Blocks of an entry: what of it is shown, and what is true of it."""


@cache
def table(name: str) -> dict[str, Any]:
    """The table `name`.toml beside this module."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def towns(country_code: str) -> tuple[Town, ...]:
    """The towns of one country."""
    lines = (HERE / "towns.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.reader(line for line in lines if not line.startswith("#"))
    return tuple(
        Town(row[0], row[1], row[2], row[3], row[4], float(row[5]), float(row[6]))
        for row in rows
        if row[0] == country_code
    )


@cache
def region_names() -> dict[str, str]:
    """The name of each region of the towns, by its code."""
    return {town.region_code: town.region for code in COUNTRY_NAMES for town in towns(code) if town.region_code}


def town_line(entry: Entry) -> str:
    """Town, region and postal code as they are written in the country."""
    city, region, code = entry.city, entry.region, entry.postcode
    match entry.country_code:
        case "US" | "CA":
            behind = " ".join(filter(None, (region, code)))
            return f"{city}{', ' if entry.comma else ' '}{behind}" if behind else city
        case "AU":
            return " ".join(filter(None, (city, region, code)))
        case "GB" | "IE":
            return f"{city}{', ' if entry.comma else ' '}{code}" if code else city
        case "BR":
            place = f"{city} - {region}" if region else city
            return f"{place}, {code}" if code else place
        case "JP":
            return f"〒{code} {region}{city}" if code else f"{region}{city}"
        case "IL":
            return f"{city} {code}".strip()
        case _:
            return f"{code} {city}".strip()


def invent_entry(
    language: str, country: str, chance: Random, style: int, *, pharmacy: bool = False, lost_zero: bool = False
) -> Entry:
    """An entry with everything that a page could say of it; entries of one `style` write numbers and regions alike."""
    words = table("words")[language]
    choices = towns(country)
    if lost_zero:
        choices = tuple(town for town in choices if town.postcode.startswith("0")) or choices
    town = chance.choice(choices)
    first, last = _person(language, chance)
    practice = invent_practice(words, last, chance, pharmacy=pharmacy)
    host = f"{_slug(practice)}.example.{chance.choice(('com', 'org', 'net'))}"
    name = practice if pharmacy else _order_of_names(language, first, last)
    region = _shown_region(town, style)
    street, code, phone = _street(language, country, chance), _postcode(town, chance), invent_phone(town, chance, style)
    mailbox = chance.choice(("info", "desk", _slug(first) or "office", f"{_slug(last) or 'mail'}"))
    truth: dict[str, Any] = {"name": name, "street": street, "city": town.city, "postcode": code, "phones": [phone]}
    truth |= {"email": f"{mailbox}@{host}", "website": f"https://{host}"}
    implied = {"country_code": country, "region_code": town.region_code}
    if country in ("US", "CA", "AU", "BR", "JP"):
        truth["region_code"] = implied.pop("region_code")
    credentials = "" if pharmacy else _credentials(language, chance)
    if credentials:
        truth["credentials"] = credentials
    if pharmacy:
        truth["kind"] = "pharmacy"
    else:
        truth["practice"] = practice
    return Entry(
        first="" if pharmacy else first,
        last=practice if pharmacy else last,
        name=name,
        title="" if pharmacy else chance.choice(words["titles"]) if not credentials or language in ENGLISH else "",
        credentials=credentials,
        practice="" if pharmacy else practice,
        street=street,
        city=town.city,
        region=region,
        postcode=code,
        country_code=country,
        phones=[phone],
        fax=invent_phone(town, chance, style),
        email=truth["email"],
        email_href=f"mailto:{truth['email']}",
        website=truth["website"],
        specialty=chance.choice(words["specialties"]),
        point=(round(town.latitude + chance.uniform(-0.01, 0.01), 5), round(town.longitude, 5)),
        truth=truth,
        implied=implied,
    )


def invent_practice(words: dict[str, Any], last: str, chance: Random, *, pharmacy: bool = False) -> str:
    """The name of a practice, with a word for what it is in most cases."""
    data = table("names")["practices"]
    stem, other = _stem(chance), _stem(chance)
    if chance.random() < PRACTICE_WORD_SHARE:
        word = chance.choice(words["shop" if pharmacy else "room"])
        before = words["countries"][0] in ("FR", "ES", "IT", "PT", "IL", "PL")
        return f"{word} {stem}" if before else f"{stem} {word}"
    pattern = chance.choice(data["plain" if words["countries"][0] in ("US", "GB") else "plain_abroad"])
    return str(
        pattern.format(
            a=stem, b=other.split(" ")[0], last=last.split(" ")[-1], other=chance.choice(("Vole", "Marsh", "Pell"))
        )
    )


def _stem(chance: Random) -> str:
    """A word that is no practice word: of a short list, or a surname, so that no list of them could be learned."""
    return str(chance.choice(table("names")["practices"]["stems"])) if chance.random() < 0.4 else surname(chance)


def invent_phone(town: Town, chance: Random, style: int) -> str:
    """A number that is nobody's, as it is written in the country."""
    data = table("phones")
    if town.country_code in ("US", "CA"):
        area, end = data["area_codes"][town.region_code[3:]], f"01{chance.randint(0, 99):02d}"
        forms = ("({a}) 555-{e}", "{a}-555-{e}", "{a}.555.{e}", "+1 {a} 555 {e}", "1-{a}-555-{e}")
        return forms[style % len(forms)].format(a=area, e=end)
    national: list[str] = data["forms"][town.country_code]
    return re.sub("#", lambda _: str(chance.randint(1, 8)), national[style % len(national)])


def _person(language: str, chance: Random) -> tuple[str, str]:
    data = table("names")
    if language in ENGLISH:
        person = invent_person("US", chance)
        first = f"{person.first[0]} {person.middle[0]}." if person.middle and chance.random() < 0.4 else person.first[0]
        return first, chance.choice(
            (person.last[0],) * 6 + (f"Van {person.last[0]}", f"O'{person.last[0]}", f"de {person.last[0]}")
        )
    return chance.choice(data[language]["given"]), chance.choice(data[language]["family"])


def _order_of_names(language: str, first: str, last: str) -> str:
    return f"{last} {first}" if language == "ja" else f"{first} {last}"


def _credentials(language: str, chance: Random) -> str:
    if language not in ENGLISH or chance.random() < 0.1:
        return ""
    known = chance.choice(CREDENTIALS if language == "en-US" else BRITISH_CREDENTIALS)
    if chance.random() < 0.15:
        return f"{known}, {chance.choice(table('names')['practices']['invented_letters'])}"
    return known


def _shown_region(town: Town, style: int) -> str:
    match town.country_code:
        case "US" | "CA":
            return town.region_code[3:] if style % 4 else town.region
        case "AU" | "BR":
            return town.region_code[3:]
        case "JP":
            return town.region
        case _:
            return ""


def _street(language: str, country_code: str, chance: Random) -> str:
    data = table("names")
    if language in ENGLISH:
        forms = data["en"]["streets" if country_code in ("US", "CA") else "british"]
    elif country_code == "CH":
        forms = [form.replace("straße", "strasse") for form in data["de"]["streets"]]
    else:
        forms = data[language]["streets"]
    named = surname(chance) if language in ENGLISH else chance.choice(data[language]["family"]).split(" ")[-1]
    return str(
        chance.choice(forms).format(
            s=named, n=chance.randint(2, 980 if country_code == "US" else 98), m=chance.randint(2, 40)
        )
    )


def _postcode(town: Town, chance: Random) -> str:
    code = town.postcode
    digit = chance.randint(1, 8)

    def letter() -> str:
        return chance.choice("ABDEFGHJLNPQRSTUWXYZ")

    match town.country_code:
        case "GB" | "CA":
            middle = letter() if town.country_code == "CA" else ""
            return f"{code} {digit}{middle}{digit + 1}" if middle else f"{code} {digit}{letter()}{letter()}"
        case "IE":
            return f"{code} {letter()}{digit}{letter()}{digit + 1}"
        case "NL":
            return f"{code} {letter()}{letter()}"
        case "PT":
            return f"{code}-{chance.randint(1, 400):03d}"
        case "PL":
            return f"{code[:2]}-{code[2:]}"
        case "SE":
            return f"{code[:3]} {code[3:]}"
        case "BR":
            return f"{code[:5]}-{code[5:]}"
        case "JP":
            return f"{code}-00{digit}{digit + 1}"
        case "IL":
            return f"{code}{chance.randint(10_000, 99_999)}"
        case _:
            return code


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ł", "l").casefold())
    return re.sub(r"[^a-z0-9]+", "-", "".join(letter for letter in plain if not unicodedata.combining(letter))).strip(
        "-"
    )
