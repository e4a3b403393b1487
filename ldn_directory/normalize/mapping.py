"""A record as published becomes listings: one for each person it names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from ldn_directory.model import Kind, Listing, Problem, Record, Source

from .address import address_of, read_headings
from .classify import CLOSED_ANYWHERE, CLOSED_STATUS, MOST_VALUE, FieldTexts, classify
from .contacts import email_of, page_of, phones_of, point_of, website_of
from .npi import is_npi
from .person import all_credentials, names_of, stated_credentials
from .phones import remove_unlisted
from .regions import fold, regions_in
from .telehealth import accepts_new, served_regions, telehealth
from .words import any_of

MOST_PEOPLE = 6
_PHARMACY = re.compile(any_of("pharmacy"), re.IGNORECASE)
_KINDS = {
    "prescriber": Kind.PRESCRIBER,
    "doctor": Kind.PRESCRIBER,
    "clinic": Kind.CLINIC,
    "pharmacy": Kind.PHARMACY,
    "telehealth": Kind.TELEHEALTH,
}
_AS_WRITTEN = ("region", "country", "telehealth", "serves", "accepts_new", "website", "postcode")
_ALSO_WRITTEN = ("practice", "specialty", "street", "city", "remark")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedRecord:
    """What one record became."""

    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    """Labels that no field claims."""


def map_record(record: Record, source: Source, source_id: str, texts: FieldTexts | None = None) -> MappedRecord:
    """The listings of a record, one for each person it names, with what could not be understood.

    `texts` are its texts by field, where they are known already.
    """
    texts = texts or classify(record)
    if _is_closed(texts):
        return _without_listings(record, texts, "says that it is closed, retired or inactive")
    headings = read_headings(record, source)
    address, written_address, practice_in_address = address_of(texts, headings)
    credentials = stated_credentials(texts)
    people, practice = names_of(texts, texts.first("practice") or practice_in_address, credentials)
    if not people and not practice:
        return _without_listings(record, texts, "names neither a person nor a practice")
    code = address.country_code or headings.country_code or source.country
    phones = phones_of(texts, record, code, source)
    email, written_email = email_of(texts, record, source)
    latitude, longitude = point_of(texts, record, address)
    written = {
        "phone": ", ".join(phone.raw for phone in phones),
        "email": written_email,
        "address": written_address,
        "name": texts.first("name") or texts.first("person_line"),
    } | {name: texts.first(name) for name in _AS_WRITTEN}
    number = texts.first("register_number")
    number = number if number and is_npi(number) else None
    common = Listing(
        source=source_id,
        key="",
        page=page_of(record),
        kind=_kind(texts, source, practice),
        evidence=source.evidence,
        practice=practice,
        specialty=", ".join(texts.all("specialty")).replace("\n", ", ")[:MOST_VALUE] or headings.subject,
        phones=phones,
        email=email,
        website=website_of(texts, record, source),
        address=written_address,
        street=address.street,
        city=address.city,
        region=address.region,
        region_code=address.region_code,
        postcode=address.postcode,
        country=address.country,
        country_code=address.country_code,
        latitude=latitude,
        longitude=longitude,
        languages=_languages(texts),
        register="npi" if number else None,
        register_number=number,
        remark=remove_unlisted(" ".join(texts.all("remark"))[:2_000]).strip() or None,
        text=_publishable_text(texts),
        noted_on=record.noted.on if record.noted else None,
        grade=record.noted.grade if record.noted else None,
        facts_page=record.noted.facts_page if record.noted else None,
        written=tuple(
            (name, remove_unlisted(texts.as_written(text)[:MOST_VALUE])) for name, text in written.items() if text
        ),
        **_remote_care(texts, headings.subject, code),
    )
    values = [_person_values(person.name, all_credentials(person, credentials), practice) for person in people]
    if texts.originals:
        common = replace(common, written=(*common.written, *_unseen_in(common, texts)))
    listings = _with_keys(
        common, values[:MOST_PEOPLE] or [{"name": practice, "practice": None, "credentials": credentials}], record
    )
    return MappedRecord(
        listings=listings, problems=_problems(record, texts), unplaced=tuple(texts.all("unknown_label"))
    )


def _unseen_in(common: Listing, texts: FieldTexts) -> list[tuple[str, str]]:
    """(field, text as written) of further fields from which characters were dropped that nobody sees."""
    stated = {name: getattr(common, name) or "" for name in _ALSO_WRITTEN if name not in dict(common.written)}
    stated["credentials"] = texts.first("credentials") or ""
    found = ((name, text, texts.as_written(text)) for name, text in stated.items())
    return [(name, written[:MOST_VALUE]) for name, text, written in found if written != text]


def _person_values(name: str, credentials: str | None, practice: str | None) -> dict[str, Any]:
    own = practice if practice and fold(practice) != fold(name) else None
    return {"name": name, "credentials": credentials, "practice": own}


def _remote_care(texts: FieldTexts, subject: str | None, code: str | None) -> dict[str, Any]:
    """Whether telehealth is offered, the regions it is offered in, and whether new patients are taken."""
    prose = "\n".join([*texts.all("remark"), subject or ""])
    answers = [telehealth(text, labelled=True) for text in texts.all("telehealth")]
    offered = next((answer for answer in answers if answer is not None), telehealth(prose))
    where = [text for text, answer in zip(texts.all("telehealth"), answers, strict=True) if answer is not False]
    if offered is None and any(regions_in(text, code) for text in where):
        offered = True
    regions = dict.fromkeys(region for text in (*texts.all("serves"), *where) for region in regions_in(text, code))
    accepting = (accepts_new(text, labelled=True) for text in texts.all("accepts_new"))
    return {
        "telehealth": offered,
        "serves": tuple(regions) or served_regions(prose, code),
        "accepts_new": next((answer for answer in accepting if answer is not None), accepts_new(prose)),
    }


def _is_closed(texts: FieldTexts) -> bool:
    """Whether the entry says that nobody is there any more, in a status, a remark or beside the name."""
    statuses, remarks = texts.all("status"), texts.all("remark")
    anywhere = (*texts.all("closed"), *remarks, *statuses, *texts.all("name"), *texts.all("person_line"))
    return any(map(CLOSED_STATUS.match, (*statuses, *remarks[:1]))) or any(map(CLOSED_ANYWHERE.search, anywhere))


def _languages(texts: FieldTexts) -> tuple[str, ...]:
    parts = (part.strip() for text in texts.all("languages") for part in re.split(r"[,;/\n]", text))
    return tuple(filter(None, parts))[:20]


def _kind(texts: FieldTexts, source: Source, practice: str | None) -> Kind:
    stated = fold(texts.first("kind") or "")
    if kind := _KINDS.get(stated) or (Kind.PHARMACY if _PHARMACY.search(stated) else None):
        return kind
    return Kind.PHARMACY if practice and _PHARMACY.search(practice) else source.kind


def _publishable_text(texts: FieldTexts) -> str:
    text = remove_unlisted("\n".join(texts.shown))
    for line in (line for unlisted in texts.all("unlisted") for line in unlisted.split("\n")):
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


def _without_listings(record: Record, texts: FieldTexts, why: str) -> MappedRecord:
    first = record.key or record.block.split("\n", 1)[0][:80]
    problem = Problem(page=record.page, record=first, what=f"{why}: left out")
    return MappedRecord(problems=(problem, *_problems(record, texts)), unplaced=tuple(texts.all("unknown_label")))


def _problems(record: Record, texts: FieldTexts) -> tuple[Problem, ...]:
    first = record.key or record.block.split("\n", 1)[0][:80]
    return tuple(Problem(page=record.page, record=first, what=what) for what in texts.all("too_long"))
