"""A record as published becomes listings: one for each person it names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from ldn_directory.model import Kind, Listing, Problem, Record, Source

from .address import address_of, headings_as_places
from .contacts import email_of, page_of, phones_of, point_of, website_of
from .draft import GONE, SAYS_GONE, Draft, sorted_texts
from .person import person_values, who
from .phones import without_unlisted
from .postal_address import Address
from .regions import fold, regions_in
from .telehealth import accepts_new, serves, telehealth

MOST_VALUE = 500
MOST_PEOPLE = 6
_PHARMACY = re.compile(
    r"\bpharmac(?:y|ies|ist)|apothe(?:ke|ek)\b|\bapotek|pharmacie|farmaci|\bchemists?\b|compounding|\brx\b|drug ?store",
    re.IGNORECASE,
)
_KINDS = {
    "prescriber": Kind.PRESCRIBER,
    "doctor": Kind.PRESCRIBER,
    "clinic": Kind.CLINIC,
    "pharmacy": Kind.PHARMACY,
    "telehealth": Kind.TELEHEALTH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What one record became."""

    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    """Labels that no field claims."""


def map_record(record: Record, source: Source, source_id: str) -> Mapped:
    """The listings of a record, one for each person it names, with what could not be understood."""
    draft = sorted_texts(record)
    if _is_gone(draft):
        return _nothing(record, draft, "says that it is closed, retired or inactive")
    land, where, city_heading, subject = headings_as_places(record, source)
    address, written = address_of(draft, land, where, city_heading)
    code = address.country_code or land or source.country
    names, practice, credentials = who(draft)
    if not names and not practice:
        return _nothing(record, draft, "names neither a person nor a practice")
    common = _common(record, source, source_id, draft, address, written, code, practice, subject)
    named = [person_values(person, credentials, practice) for person in names[:MOST_PEOPLE]]
    shown = _with_keys(common, named or [{"name": practice, "practice": None, "credentials": credentials}], record)
    return Mapped(listings=shown, problems=_problems(record, draft), unplaced=tuple(draft.unplaced))


def _common(
    record: Record,
    source: Source,
    source_id: str,
    draft: Draft,
    address: Address,
    written: str | None,
    code: str | None,
    practice: str | None,
    subject: str | None,
) -> Listing:
    remark = without_unlisted(" ".join(draft.all("remark"))[:2_000]).strip() or None
    found_phones = phones_of(draft, record.links, code, source)
    found_email, email_written = email_of(draft, record.links, source)
    site = website_of(draft, record, source)
    latitude, longitude = point_of(draft, record)
    everything = "\n".join([*draft.all("remark"), *draft.bare, subject or ""])
    offered = next(
        (v for t in draft.all("telehealth") if (v := telehealth(t, labelled=True)) is not None), telehealth(everything)
    )
    where_offered = [t for t in draft.all("telehealth") if telehealth(t, labelled=True) is not False]
    served = tuple(dict.fromkeys(c for t in (*draft.all("serves"), *where_offered) for c in regions_in(t, code)))
    if offered is None and any(regions_in(t, code) for t in where_offered):
        offered = True
    served = served or serves(everything, code)
    accepting = next(
        (v for t in draft.all("accepts_new") if (v := accepts_new(t, labelled=True)) is not None),
        accepts_new(everything),
    )
    spelled = {
        "phone": ", ".join(p.raw for p in found_phones) or None,
        "email": email_written,
        "address": written,
        "name": draft.first("name") or draft.first("person_line"),
        "region": draft.first("region"),
        "country": draft.first("country"),
        "telehealth": draft.first("telehealth"),
        "serves": draft.first("serves"),
        "accepts_new": draft.first("accepts_new"),
        "website": draft.first("website"),
        "postcode": draft.first("postcode"),
    }
    number = draft.first("register_number")
    number = number if number and is_npi(number) else None
    return Listing(
        source=source_id,
        key="",
        page=page_of(record),
        kind=_kind(draft, source, practice, bool(draft.first("kind"))),
        evidence=source.evidence,
        practice=practice,
        specialty=_joined(draft.all("specialty")) or subject,
        phones=found_phones,
        email=found_email,
        website=site,
        address=written,
        street=address.street,
        city=address.city,
        region=address.region,
        region_code=address.region_code,
        postcode=address.postcode,
        country=address.country,
        country_code=address.country_code,
        latitude=latitude,
        longitude=longitude,
        telehealth=offered,
        serves=served,
        accepts_new=accepting,
        languages=_languages(draft),
        register="npi" if number else None,
        register_number=number,
        remark=remark,
        text=_publishable_text(draft),
        written=tuple((k, without_unlisted(v[:MOST_VALUE])) for k, v in spelled.items() if v),
    )


def _is_gone(draft: Draft) -> bool:
    """Whether the entry says that nobody is there any more, in a state, a remark or beside the name."""
    if any(GONE.match(text) for text in (*draft.all("status"), *draft.all("remark")[:1])):
        return True
    named = (*draft.all("name"), *draft.all("person_line"))
    return any(SAYS_GONE.search(text) for text in (*draft.gone, *draft.all("remark"), *draft.all("status"), *named))


def is_npi(number: str) -> bool:
    """Whether ten digits are a National Provider Identifier: the last is the check digit.

    CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit": Luhn's formula over 80840 and the digits.
    """
    if not re.fullmatch(r"[12]\d{9}", number):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed("80840" + number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _joined(texts: list[str]) -> str | None:
    return ", ".join(t.replace("\n", ", ") for t in texts)[:MOST_VALUE] or None


def _languages(draft: Draft) -> tuple[str, ...]:
    return tuple(
        part.strip() for text in draft.all("languages") for part in re.split(r"[,;/\n]", text) if part.strip()
    )[:20]


def _kind(draft: Draft, source: Source, practice: str | None, stated: bool) -> Kind:
    if stated and (kind := _KINDS.get(fold(draft.first("kind") or ""))):
        return kind
    if practice and _PHARMACY.search(practice):
        return Kind.PHARMACY
    return source.kind


def _publishable_text(draft: Draft) -> str:
    text = without_unlisted("\n".join(draft.shown))
    for line in (line for text in draft.hidden for line in text.split("\n")):
        text = text.replace(line, "")
    return "\n".join(line for line in text.split("\n") if line.strip())[:5_000]


def _with_keys(common: Listing, who: list[dict[str, Any]], record: Record) -> tuple[Listing, ...]:
    several = len(who) > 1
    return tuple(
        replace(common, **values, key=_key(record, values["name"], common) + (f"#{ordinal}" if several else ""))
        for ordinal, values in enumerate(who, 1)
    )


def _key(record: Record, name: str | None, common: Listing) -> str:
    if record.key:
        return record.key
    number = common.phones[0].raw if common.phones else ""
    parts = (
        fold(name or ""),
        common.region_code or common.postcode or common.country_code or "",
        re.sub(r"\D", "", number),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _nothing(record: Record, draft: Draft, why: str) -> Mapped:
    first = record.key or record.block.split("\n", 1)[0][:80]
    problem = Problem(page=record.page, record=first, what=f"{why}: left out")
    return Mapped(problems=(problem, *_problems(record, draft)), unplaced=tuple(draft.unplaced))


def _problems(record: Record, draft: Draft) -> tuple[Problem, ...]:
    first = record.key or record.block.split("\n", 1)[0][:80]
    return tuple(Problem(page=record.page, record=first, what=what) for what in draft.dropped)
