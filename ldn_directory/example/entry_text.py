"""How an entry of a list is written: the abbreviations, formats and slips that real lists are full of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .practitioners import Practitioner, facts
from .truth import Entry, Truth, fields_of, missing_fields, write_street


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """The texts of an entry as its list writes them; an empty text is a field that the entry leaves out."""

    key: str
    name: str
    """The person or people in the list's own style, or the practice where no person is named."""
    plain_name: str
    credentials: str
    practice: str
    specialty: str
    street: str
    city: str
    region: str
    """The region's name."""
    state: str
    """The region's postal abbreviation (the part of ISO 3166-2 after the country)."""
    postcode: str
    country: str
    country_code: str
    address: str
    """Everything of the address on one line."""
    phone: str
    fax: str
    email: str
    website: str
    point: tuple[float, float]
    telehealth: bool
    serves: tuple[str, ...]
    """Postal abbreviations of the states served."""
    accepts_new: bool | None
    remark: str
    variant: int


def write_entry(entry: Entry, truth: Truth) -> EntryText:
    """The entry as it stands on its list."""
    people = [truth.practitioners[number] for number in entry.people]
    first = people[0]
    style = facts("lists")[entry.list]["name_style"]
    states, absent = fields_of(entry.list), missing_fields(entry)
    street = write_street(first.street, entry.variant)
    state = first.region_code.partition("-")[2]

    def text_if_stated(field: str, text: str | None) -> str:
        return text if text and field in states and field not in absent else ""

    return EntryText(
        key=entry.key,
        name=" and ".join(_name(person, style) for person in people),
        plain_name=first.name,
        credentials=first.credentials or "",
        practice=first.practice if first.first is None else text_if_stated("practice", first.practice),
        specialty=text_if_stated("specialty", first.specialty),
        street=street,
        city=first.city,
        region=first.region,
        state=state if first.country_code in {"US", "CA", "AU"} else "",
        postcode=first.postcode,
        country=_country(first, entry.variant),
        country_code=first.country_code,
        address=_address(first, street, state),
        phone=text_if_stated("phone", write_phone(first.phone, first.country_code, entry.variant)),
        fax=text_if_stated("fax", write_phone(first.fax, first.country_code, entry.variant)),
        email=text_if_stated("email", first.email),
        website=text_if_stated("website", first.website),
        point=(first.latitude, first.longitude),
        telehealth=bool(first.telehealth),
        serves=tuple(code.partition("-")[2] for code in first.serves),
        accepts_new=first.accepts_new,
        remark=_remark(entry),
        variant=entry.variant,
    )


@lru_cache(maxsize=4096)
def write_phone(e164: str | None, country_code: str, variant: int) -> str | None:
    """The number in one of the formats that people use in its country."""
    if e164 is None:
        return None
    forms = facts("phones")[country_code]
    written_form: str = forms["written"][variant % len(forms["written"])]
    pattern: str = forms["e164"][0]
    area = e164[pattern.index("AAA") :][:3] if "AAA" in pattern else ""
    digits = iter(e164[-pattern.count("#") :])
    return re.sub("#", lambda _: next(digits), written_form.replace("AAA", area))


def _name(person: Practitioner, style: str) -> str:
    if person.first is None or person.last is None or style == "practice":
        return person.practice
    given = " ".join(part for part in (person.first, person.middle) if part)
    credentials = person.credentials or ""
    match style:
        case "LAST, FIRST M., C.R.":
            return ", ".join(part for part in (person.last.upper(), given.upper(), _with_dots(credentials)) if part)
        case "first last credentials":
            return f"{person.name} {credentials}".strip()
        case "Dr. first last, credentials":
            return f"Dr. {person.name}, {credentials}" if credentials else f"Dr. {person.name}"
        case "Dr. first last":
            return f"Dr. {person.name}"
        case "Dr. med. first last":
            return f"Dr. med. {person.name}"
        case "first|last|credentials":
            return f"{given}|{person.last}|{credentials}"
        case _:
            return f"{person.name}, {credentials}" if credentials else person.name


def _with_dots(credentials: str) -> str:
    """`MD, FAAFP` as `M.D., FAAFP`: only the two-letter ones, as people do."""
    return ", ".join(".".join((*part, "")) if len(part) == 2 else part for part in credentials.split(", ") if part)


def _address(practitioner: Practitioner, street: str, state: str) -> str:
    match practitioner.country_code:
        case "US":
            return f"{street}, {practitioner.city}, {state} {practitioner.postcode}"
        case "CA":
            return f"{street}, {practitioner.city}, {state} {practitioner.postcode}, Canada"
        case "AU":
            return f"{street}, {practitioner.city} {state} {practitioner.postcode}, Australia"
        case "GB" | "IE" | "NZ":
            return f"{street}, {practitioner.city}, {practitioner.postcode}, {practitioner.country}"
        case _:
            return f"{street}, {practitioner.postcode} {practitioner.city}, {practitioner.country}"


def _country(practitioner: Practitioner, variant: int) -> str:
    other: list[str] = facts("words")["countries_written"].get(practitioner.country_code, [])
    choice = variant >> 5 & 7
    return other[choice] if choice < len(other) else practitioner.country


def _remark(entry: Entry) -> str:
    match entry.dead:
        case "closed":
            return "Practice closed"
        case "retired":
            return "Retired, no longer practising"
        case _:
            return "Cash only" if entry.variant % 11 == 0 else ""
