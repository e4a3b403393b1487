"""A record as published becomes listings: labels to fields, bare lines by what they look like."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ldn_directory.model import Kind, Link, Listing, Phone, Problem, Record, Source

from .addresses import Address, looks_like_place, looks_like_street, parse_address
from .labels import field_of
from .names import PersonName, looks_like_organisation, people, split_credentials
from .phones import UNLISTED, has_phone, is_unlisted, phones
from .regions import Region, country, country_named, fold, region, region_named, regions_in
from .telehealth import accepts_new, serves, telehealth
from .web import emails, is_safe_url, urls_in, website

MOST_TEXT = 20_000
MOST_VALUE = 500
MOST_PEOPLE = 6
_EMPTY = re.compile(
    r"^(?:n/?\.?a\.?|none|null|nil|not available|not provided|not applicable|unknown|tbd|tba|undefined|false|-+|–|—|\.|\?|coming soon|k\.?a\.?|keine angabe|ikke oppgitt|n\.?v\.?t\.?|nan)$",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2063]")
_LABEL_LINE = re.compile(r"^\s*([^\W\d_][^:\n]{0,38}?)\s*:\s*(\S.*)$")
_PHARMACY = re.compile(
    r"\bpharmac(?:y|ies|ist)|apothe(?:ke|ek)\b|\bapotek|pharmacie|farmaci|\bchemists?\b|compounding|\brx\b|drug ?store",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"^\s*(?:permanently )?(?:closed|retired|deceased|no longer (?:practicing|practising|in practice)|expired|suspended|inactive|coming soon)\b",
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


@dataclass(slots=True)
class _Draft:
    """The texts of a record, sorted by field."""

    values: dict[str, list[str]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Every text as cleaned, with its label, without numbers that are not published."""

    def add(self, name: str, text: str) -> None:
        self.values.setdefault(name, []).append(text)

    def first(self, name: str) -> str | None:
        found = self.values.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])


def clean(text: str) -> str:
    """The text without control and direction characters, spaces collapsed, line breaks kept."""
    if text.isprintable():
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in _CONTROLS.sub("", text.replace("\xa0", " ")).split("\n"))
    return "\n".join(line for line in lines if line)


def map_record(record: Record, source: Source, source_id: str) -> Mapped:
    """The listings of a record, one for each person it names, with what could not be understood."""
    draft = _sorted_texts(record)
    if any(_GONE.match(text) for text in (*draft.all("status"), *draft.all("remark")[:1])):
        return _nothing(record, draft, "says that it is closed, retired or inactive")
    land, where, city_heading, subject = _headings(record, source)
    address, written = _address(draft, land, where, city_heading)
    code = address.country_code or land or source.country
    names, practice, credentials = _who(draft)
    if not names and not practice:
        return _nothing(record, draft, "names neither a person nor a practice")
    common = _common(record, source, source_id, draft, address, written, code, practice, subject)
    who = [_person_values(person, credentials, practice) for person in names[:MOST_PEOPLE]]
    shown = _with_keys(common, who or [{"name": practice, "practice": None, "credentials": credentials}], record)
    return Mapped(listings=shown, problems=_problems(record, draft), unplaced=tuple(draft.unplaced))


def _sorted_texts(record: Record) -> _Draft:
    draft = _Draft()
    for item in record.texts:
        if len(item.text) > MOST_TEXT:
            draft.dropped.append(f"{item.label or 'a text'} is {len(item.text):,} characters long: dropped")
            continue
        text = clean(item.text)
        if text and not (item.label and is_unlisted(item.label)):
            draft.shown.append(f"{item.label}: {text}" if item.label else text)
        if not text or _EMPTY.match(text):
            continue
        if item.label:
            _place_labelled(draft, item.label, text)
        else:
            for line in text.split("\n"):
                _place_line(draft, line)
    return draft


def _place_labelled(draft: _Draft, label: str, text: str) -> None:
    name = field_of(label)
    if name is None and is_unlisted(label) and has_phone(text):
        name = "phone_unlisted"
    match name:
        case None:
            draft.unplaced.append(label)
        case "phone_unlisted":
            draft.hidden.append(text)
        case "ignored":
            return
        case "remark":
            for line in text.split("\n"):
                _place_line(draft, line, remark=True)
        case "status" if not _GONE.match(text):
            return
        case _:
            draft.add(name, text)


def _place_line(draft: _Draft, line: str, remark: bool = False) -> None:
    """Puts a bare line where its look says it belongs."""
    line = line.strip(" |•·-–")
    if not line or _EMPTY.match(line):
        return
    labelled = _LABEL_LINE.match(line)
    if labelled and (name := field_of(labelled.group(1))) and name not in ("ignored",):
        _place_labelled(draft, labelled.group(1), labelled.group(2)) if name != "remark" else draft.add(
            "remark", labelled.group(2)
        )
        return
    if labelled and UNLISTED.search(labelled.group(1)) and has_phone(labelled.group(2)):
        draft.hidden.append(line)
        return
    if emails(line):
        draft.add("email", line)
        if len(line) < 60 or remark:
            return
    if (
        has_phone(line)
        and len(re.sub(r"[\d\s().+–/-]|ext|tel|phone|ph|fax|toll|free", "", line, flags=re.IGNORECASE)) < 40
    ):
        if UNLISTED.search(line):
            draft.hidden.append(line)
        draft.add("phone", line)
        return
    if len(line) < 120 and urls_in(line) and " " not in line.replace("http", ""):
        draft.add("website", line)
        return
    if telehealth(line) is not None or accepts_new(line) is not None or serves(line):
        draft.add("remark", line)
        return
    if (
        not remark
        and not draft.first("person_line")
        and not re.search(r"\d", line)
        and any(p.credentials for p in people(line))
    ):
        draft.add("person_line", line)
        return
    if not remark and (looks_like_place(line) or (looks_like_street(line) and not people(line))):
        draft.add("address_line", line)
        return
    if not remark and not draft.first("person_line") and len(line) < 160 and people(line):
        draft.add("person_line", line)
        return
    if not remark and len(line) < 120 and looks_like_organisation(line):
        draft.add("organisation_line", line)
        return
    draft.bare.append(line) if not remark and len(line) < 60 else None
    draft.add("remark", line)


def _headings(record: Record, source: Source) -> tuple[str | None, str | None, str | None, str | None]:
    """(country code, region code, city, subject) that the headings state; the innermost wins."""
    land, where, city, subject = None, None, None, None
    for heading in record.headings:
        text = clean(heading).strip(" :-–()")
        text = re.sub(r"\s*\(\d+\)$", "", text)
        found_region = region(text, land or source.country) or region(text)
        found_country = country(text)
        if found_country and not (found_region and (land or source.country) == found_region.country_code):
            land, where, city = found_country.code, (region(text, "GB") or None) and region(text, "GB").code, None  # type: ignore[union-attr]
        elif found_region:
            land, where, city = found_region.country_code, found_region.code, None
        elif looks_like_place(text) or ((land or where) and re.fullmatch(r"[^\W\d_][^\d,:]{1,40}", text)):
            parsed = parse_address(text, land, where)
            city, where, land = parsed.city or text, parsed.region_code or where, parsed.country_code or land
        else:
            subject = text
    return land, where, city, subject


def _address(draft: _Draft, land: str | None, where: str | None, city: str | None) -> tuple[Address, str | None]:
    stated_country = next((c.code for text in draft.all("country") if (c := country(text))), None)
    code = stated_country or land
    stated_region = next(
        (r for text in draft.all("region") if (r := region(text, code) or (region(text) if not code else None))), None
    )
    if stated_region and not code:
        code = stated_region.country_code
    lines = draft.all("address")[:1] or draft.all("address_line")[:4]
    written = ", ".join(line.replace("\n", ", ") for line in lines) or None
    region_code = (
        stated_region.code
        if stated_region
        else (where if not stated_country or (where or "").startswith(stated_country) else None)
    )
    whole = parse_address("\n".join(lines), code, region_code) if lines else Address()
    tail = [draft.first("city"), " ".join(t for t in (draft.first("region"), draft.first("postcode")) if t)]
    postcode_line = (
        parse_address(f"x, {draft.first('city') or 'y'}, {draft.first('postcode')}", code, region_code)
        if draft.first("postcode")
        else Address()
    )
    if draft.first("postcode") and postcode_line.postcode is None and code is None:
        postcode_line = parse_address(", ".join(t for t in tail if t), None, region_code)
    postcode = postcode_line.postcode or _plain_postcode(draft.first("postcode"), code, region_code) or whole.postcode
    street = ", ".join(t for t in (draft.first("street"), draft.first("street2")) if t) or whole.street
    heading_region = region_code or whole.region_code
    parsed_city = (
        parse_address(f"{draft.first('city')}", code).city
        if draft.first("city") and "," in (draft.first("city") or "")
        else draft.first("city")
    )
    land_code = stated_country or whole.country_code or code or postcode_line.country_code
    final = parse_address("", land_code, None)
    named = _region_named(heading_region, land_code) or (
        whole.region_code and _region_named(whole.region_code, land_code)
    )
    result = replace(
        final,
        street=(street or "").replace("\n", ", ")[:MOST_VALUE] or None,
        city=(parsed_city or whole.city or city or None),
        region=named.name
        if named
        else (draft.first("region") if draft.first("region") and not _looks_coded(draft.first("region")) else None),
        region_code=named.code if named else None,
        postcode=postcode,
    )
    if written is None:
        parts = [
            result.street,
            draft.first("city"),
            draft.first("region"),
            draft.first("postcode"),
            draft.first("country"),
        ]
        written = ", ".join(part for part in parts if part) or None
    return _with_country(result, land_code), written


def _looks_coded(text: str | None) -> bool:
    return not text or len(text.strip()) <= 3 or text.strip().isdigit()


def _plain_postcode(text: str | None, code: str | None, region_code: str | None) -> str | None:
    if not text or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 -]{2,11}", text.strip()) or not re.search(r"\d", text):
        return None
    digits = text.strip().removesuffix(".0")
    if (code == "US" or (region_code or "").startswith("US-")) and digits.isdigit() and len(digits) in (3, 4):
        return digits.zfill(5)
    if code == "US" and re.fullmatch(r"\d{9}", digits):
        return f"{digits[:5]}-{digits[5:]}"
    return digits


def _region_named(code: str | None, land: str | None) -> Region | None:
    found = region_named(code)
    return found if found and (not land or found.country_code == land) else None


def _with_country(address: Address, code: str | None) -> Address:
    land = country_named(code)
    return replace(address, country=land.name if land else None, country_code=land.code if land else None)


def _who(draft: _Draft) -> tuple[tuple[PersonName, ...], str | None, str | None]:
    """(people, practice, credentials stated apart)."""
    credentials = ", ".join(_stated_credentials(draft.all("credentials"))) or None
    practice = draft.first("practice")
    given = " ".join(t for t in (draft.first("first_name"), draft.first("middle_name"), draft.first("last_name")) if t)
    if draft.first("last_name") or (draft.first("first_name") and not draft.first("name")):
        if found := people(given + (f", {credentials}" if credentials else "")):
            return found, practice, credentials
        rest, own = split_credentials(given)
        return (PersonName(name=rest or given, credentials=own or credentials),), practice, credentials
    named = draft.first("name")
    if named:
        own_line = named.split("\n")[0]
        found = (
            () if looks_like_organisation(own_line) and not re.search(r",\s*[A-Z]{2,}", own_line) else people(own_line)
        )
        if found:
            return found, practice or _second_line(named) or draft.first("organisation_line"), credentials
        other = people(draft.first("person_line") or "") or (
            people(practice) if practice and not looks_like_organisation(practice) else ()
        )
        if other and looks_like_organisation(own_line):
            return other, own_line, credentials
        if not looks_like_organisation(own_line) and _single_name(own_line) and not practice:
            rest, own = split_credentials(own_line)
            return (
                (PersonName(name=rest or own_line, credentials=own),),
                practice or draft.first("organisation_line"),
                credentials,
            )
        return (), own_line[:MOST_VALUE], credentials
    found = people(draft.first("person_line") or "")
    practice = practice or draft.first("organisation_line")
    if found or practice:
        return found, practice, credentials
    return (), None, credentials


def _single_name(text: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_][^\d@:]{1,80}", text)) and len(text.split()) <= 5


def _second_line(text: str) -> str | None:
    lines = text.split("\n")
    return lines[1] if len(lines) > 1 and looks_like_organisation(lines[1]) else None


def _stated_credentials(texts: Iterable[str]) -> list[str]:
    return [token.strip() for text in texts for token in re.split(r"[,;\n]", text) if token.strip()][:12]


def _person_values(person: PersonName, stated: str | None, practice: str | None) -> dict[str, Any]:
    credentials = person.credentials or stated
    if person.credentials and stated and fold(stated) not in fold(person.credentials):
        credentials = ", ".join(dict.fromkeys([*person.credentials.split(", "), *stated.split(", ")]))
    own = practice if practice and fold(practice) != fold(person.name) else None
    return {"name": person.name, "credentials": credentials, "practice": own}


def _common(
    record: Record,
    source: Source,
    source_id: str,
    draft: _Draft,
    address: Address,
    written: str | None,
    code: str | None,
    practice: str | None,
    subject: str | None,
) -> Listing:
    remark = " ".join(draft.all("remark"))[:2_000] or None
    found_phones = _phones(draft, record.links, code, source)
    found_email, email_written = _email(draft, record.links, source)
    site = _website(draft, record, source)
    latitude, longitude = _point(draft, record)
    everything = "\n".join([*draft.all("remark"), *draft.bare, subject or ""])
    offered = next(
        (v for t in draft.all("telehealth") if (v := telehealth(t, labelled=True)) is not None), telehealth(everything)
    )
    served = tuple(dict.fromkeys(c for t in draft.all("serves") for c in regions_in(t, code))) or serves(
        everything, code
    )
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
    return Listing(
        source=source_id,
        key="",
        page=_page(record),
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
        register="npi" if number and re.fullmatch(r"[12]\d{9}", number) else None,
        register_number=number if number and re.fullmatch(r"[12]\d{9}", number) else None,
        remark=remark,
        text=_publishable_text(draft),
        written=tuple((k, v[:MOST_VALUE]) for k, v in spelled.items() if v),
    )


def _joined(texts: list[str]) -> str | None:
    return ", ".join(t.replace("\n", ", ") for t in texts)[:MOST_VALUE] or None


def _languages(draft: _Draft) -> tuple[str, ...]:
    return tuple(
        part.strip() for text in draft.all("languages") for part in re.split(r"[,;/\n]", text) if part.strip()
    )[:20]


def _phones(draft: _Draft, links: Iterable[Link], code: str | None, source: Source) -> tuple[Phone, ...]:
    hidden = {re.sub(r"\D", "", text) for text in draft.hidden}
    found: dict[str, Phone] = {}
    texts = [*draft.all("phone"), *(link.href for link in links if link.href.lower().startswith("tel:"))]
    for text in texts:
        if _is_known(text, found):
            continue
        for phone in phones(text, code):
            digits = re.sub(r"\D", "", phone.raw)
            if any(digits and digits[-7:] in other for other in hidden) or phone.e164 in source.ignore_contacts:
                continue
            found.setdefault(phone.e164 or digits, phone)
    return tuple(found.values())[:5]


def _is_known(text: str, found: dict[str, Phone]) -> bool:
    """Whether a `tel:` link repeats a number that is written beside it."""
    digits = re.sub(r"\D", "", text) if text[:4].lower() == "tel:" else ""
    return len(digits) > 8 and any(digits.endswith(known[-9:]) for known in found if known.startswith("+"))


def _email(draft: _Draft, links: Iterable[Link], source: Source) -> tuple[str | None, str | None]:
    texts = [*draft.all("email"), *(link.href[7:] for link in links if link.href.lower().startswith("mailto:"))]
    for text in texts:
        for address in emails(text):
            if (
                address.lower() not in source.ignore_contacts
                and address.rpartition("@")[2] not in source.ignore_contacts
            ):
                return address, text[:MOST_VALUE]
    return None, None


def _website(draft: _Draft, record: Record, source: Source) -> str | None:
    outward = [
        link
        for link in record.links
        if link.rel not in ("detail", "evidence", "image", "map")
        and is_safe_url(link.href)
        and not _same_host(link.href, record.page)
    ]
    for text in [*draft.all("website"), None]:
        found = website(text, outward if text is None else ())
        if found and not any(host in found for host in source.ignore_contacts):
            return found
    return None


def _same_host(one: str, other: str) -> bool:
    return _host_in(one) == _host_in(other)


@lru_cache(maxsize=4096)
def _host_in(url: str) -> str:
    return re.sub(r"^[a-z]+://(?:www\.)?([^/:?#]*).*", r"\1", url.lower())


def _page(record: Record) -> str:
    detail = next(
        (link.href for link in record.links if link.rel in ("evidence", "detail") and is_safe_url(link.href)), None
    )
    return detail or record.page


def _point(draft: _Draft, record: Record) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = record.point or (
            float(draft.first("latitude") or ""),
            float(draft.first("longitude") or ""),
        )
    except ValueError:
        return None, None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _kind(draft: _Draft, source: Source, practice: str | None, stated: bool) -> Kind:
    if stated and (kind := _KINDS.get(fold(draft.first("kind") or ""))):
        return kind
    if practice and _PHARMACY.search(practice):
        return Kind.PHARMACY
    return source.kind


def _publishable_text(draft: _Draft) -> str:
    text = "\n".join(draft.shown)
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


def _nothing(record: Record, draft: _Draft, why: str) -> Mapped:
    first = record.key or record.block.split("\n", 1)[0][:80]
    problem = Problem(page=record.page, record=first, what=f"{why}: left out")
    return Mapped(problems=(problem, *_problems(record, draft)), unplaced=tuple(draft.unplaced))


def _problems(record: Record, draft: _Draft) -> tuple[Problem, ...]:
    first = record.key or record.block.split("\n", 1)[0][:80]
    return tuple(Problem(page=record.page, record=first, what=what) for what in draft.dropped)
