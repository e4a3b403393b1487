"""Prepares a listing for comparison: names, places and contacts, with different spellings of one thing made equal.

Pure: the result depends on the listing alone, not on what else is in the directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from ldn_directory.model import Kind
from ldn_directory.normalize.names import PARTICLES, SUFFIXES, looks_like_organisation, without_title
from ldn_directory.normalize.nicknames import full_forms

from .commonness import commonness, is_listed, rarity
from .spelling import WORDS, facts, skeleton, to_ascii

Row = Mapping[str, Any]
"""A listing as JSON values."""
PERSON, CLINIC, PHARMACY = "person", "clinic", "pharmacy"
_BRACKETS = re.compile(r"[(\[“\"]([^)\]”\"]{1,40})[)\]”\"]")
_FORMERLY = re.compile(r"^(?:n[ée]e|formerly|geb(?:\.|orene?)?|born|f\.?k\.?a\.?)\s+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w-])\d+[a-z]?(?![\w])")
_UNIT = re.compile(
    r"(?:\b(?:suite|ste|unit|apt|apartment|floor|fl|level|room|rm|bldg|building|no|office|ofc|flat|shop)\b\.?\s*|#\s*)[\w-]+",
    re.IGNORECASE,
)
_NO_LETTERS = re.compile(r"[\d\W_]+")
_ORDINAL_FLOOR = re.compile(r"\b\d+(?:st|nd|rd|th)\s+(?:floor|fl)\b", re.IGNORECASE)

LEAST_DIGITS = 6
"""A phone that has fewer was not read."""
_MORE_THAN_A_PLACE = ("practice", "phones", "email", "website", "credentials")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparable:
    """What is compared of one listing. An empty text or tuple means that the listing does not say."""

    sort: str
    """person, clinic or pharmacy. Different sorts are never the same provider."""
    forename: str = ""
    """Folded; empty if only an initial is given."""
    initial: str = ""
    forenames: tuple[str, ...] = ()
    """The forename and what it may be short for."""
    middle: str = ""
    """Initial of the second forename."""
    second: str = ""
    """The second forename, if it is written out."""
    surname: str = ""
    own: tuple[str, ...] = ()
    """The surname, and its skeleton."""
    surnames: tuple[str, ...] = ()
    """Other forms of the surname: its parts, a former one, and a middle name, as it may be a first surname."""
    is_listed: bool = False
    """Whether the surname is in the table of frequent names, and so is hardly a typing error."""
    suffix: str = ""
    rarity: int = 0
    """Of the full name, in bits: -log2 of its share of all names."""
    commonness: str = ""
    """Of the full name among the practitioners of the country: `rare`, `common`, or empty if that is not known."""
    title: str = ""
    """An organisation's name: its distinctive words, sorted."""
    practice: str = ""
    """The same of a person's practice."""
    phones: tuple[str, ...] = ()
    email: str = ""
    """Only a person's own, not one such as info@."""
    site: str = ""
    """Host of the website."""
    own_page: str = ""
    """The website if it is the person's own: the name is part of its address."""
    number: str = ""
    """House number."""
    streets: tuple[str, ...] = ()
    """The lines of the street address, each with its words run together; the one with the number first."""
    postcode: str = ""
    town: str = ""
    region: str = ""
    country: str = ""
    point: tuple[float, float] | tuple[()] = ()
    """Latitude and longitude, degrees."""
    written: tuple[str, ...] = ()
    """Digits of phones that could only be kept as written."""
    calling: str = ""
    """The profession that the credentials stand for."""
    register: str = ""
    """Register and number."""
    source: str = ""
    bare: bool = False
    """Whether the listing states only a name and a place."""


def to_comparable(row: Row) -> Comparable:
    """Prepares a listing."""
    sort = sort_of(row)
    practice, email = row.get("practice") or "", (row.get("email") or "").lower()
    if sort == PERSON:
        name_fields = {**_name_fields(row["name"], row.get("country_code") or ""), "practice": title_words(practice)}
        names = name_fields["forename"] or name_fields["initial"], name_fields["surname"]
        name_fields["own_page"] = _own_page(row.get("website") or "", *names)
        name_fields["email"] = _own_email(email, *names, name_fields["practice"])
    else:
        name_fields = {"title": title_words(row.get("name") or practice)}
        name_fields["email"] = "" if email.partition("@")[0] in facts()["shared_mailboxes"] else email
    return Comparable(
        sort=sort,
        **name_fields,
        **_place_fields(row),
        phones=_phones(row),
        point=_point(row),
        written=_written_phones(row),
        site=website_host(row.get("website") or ""),
        calling=profession(row.get("credentials") or ""),
        register=_register(row),
        source=row.get("source") or "",
        bare=not any(row.get(field) for field in _MORE_THAN_A_PLACE),
    )


def sort_of(row: Row) -> str:
    """person, clinic or pharmacy. A prescriber without a person's name is a clinic."""
    if row.get("kind") == Kind.PHARMACY:
        return PHARMACY
    name = row.get("name") or ""
    if (
        not name
        or row.get("kind") == Kind.CLINIC
        or name == row.get("practice")
        or len(name.split()) < 2
        or looks_like_organisation(name)
    ):
        return CLINIC
    return PERSON


def _name_fields(text: str, country: str) -> dict[str, Any]:
    aside = [found.strip() for found in _BRACKETS.findall(text)]
    words = _strip_titles(_BRACKETS.sub(" ", text)).replace(",", " ").split()
    suffix = SUFFIXES.get(words[-1].strip(".").lower(), "") if len(words) > 2 else ""
    words = words[:-1] if suffix else words
    at = _surname_at(words)
    given, last = [to_ascii(word) for word in words[:at]], " ".join(words[at:])
    given = [word for word in given if word]
    surname = to_ascii(last)
    former = [to_ascii(_FORMERLY.sub("", found)) for found in aside if _FORMERLY.match(found) or " " not in found]
    forename, initial = (given[0] if given and len(given[0]) > 1 else ""), (given[0][:1] if given else "")
    second = given[1] if len(given) > 1 else ""
    return {
        "forename": forename.replace(" ", ""),
        "initial": initial,
        "forenames": forename_forms(forename.replace(" ", ""), former),
        "middle": second[:1],
        "second": second if len(second) > 1 else "",
        "surname": surname.replace(" ", ""),
        "own": _surname_forms(surname),
        "surnames": _all_surname_forms(surname, [*former, *given[1:]]),
        "suffix": suffix.strip("."),
        "is_listed": is_listed(surname, country),
        "rarity": rarity(tuple(given), surname, country),
        "commonness": commonness(tuple(given), surname, country),
    }


def _strip_titles(text: str) -> str:
    """A name without titles. The M. of "M. Roe" stays: it is an initial, not Monsieur."""
    bare = without_title(text)
    return bare if len(bare.split()) > 1 else text


def _surname_at(words: list[str]) -> int:
    """Where the surname begins: at the last word, or at the particles before it."""
    at = max(1, len(words) - 1)
    while at > 1 and words[at - 1].strip(".").lower() in PARTICLES:
        at -= 1
    return at


def forename_forms(forename: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """A forename, its skeleton, what it may be short for, and other forenames in the entry."""
    if not forename:
        return ()
    forms = {forename, skeleton(forename), *full_forms(forename), *(word for word in others if len(word) > 1)}
    return tuple(sorted(forms))


def _surname_forms(surname: str) -> tuple[str, ...]:
    whole = surname.replace(" ", "")
    return tuple(sorted({whole, skeleton(whole)} - {""}))


def _all_surname_forms(surname: str, others: Iterable[str]) -> tuple[str, ...]:
    parts = [part for part in surname.split() if part not in PARTICLES]
    whole = surname.replace(" ", "")
    wider = {whole, skeleton(whole), *(skeleton(part) for part in parts), *(skeleton(word) for word in others)}
    return tuple(sorted(form for form in wider if len(form) > 2)) or ((whole,) if whole else ())


@lru_cache(maxsize=100_000)
def title_words(title: str) -> str:
    """The distinctive words of an organisation's name, sorted: without company forms and common words."""
    words = to_ascii(title.replace("&", " ").replace("+", " ")).split()
    distinctive = [word for word in words if word not in _common_words()]
    return " ".join(sorted(set(distinctive or words)))


@cache
def _common_words() -> frozenset[str]:
    return frozenset(facts()["plain_words"])


def _place_fields(row: Row) -> dict[str, Any]:
    country = row.get("country_code") or ""
    number, streets = split_street(row.get("street") or "")
    postcode = "".join(WORDS.findall((row.get("postcode") or "").lower()))
    return {
        "number": number,
        "streets": streets,
        "postcode": postcode[:5] if country in ("US", "") and postcode[:5].isdigit() else postcode,
        "town": to_ascii(row.get("city") or "").replace(" ", ""),
        "region": row.get("region_code") or "",
        "country": country,
    }


@lru_cache(maxsize=100_000)
def split_street(text: str) -> tuple[str, tuple[str, ...]]:
    """(house number, lines of the street address, each with its words run together, the one with the number first)."""
    number = ""
    lines: list[str] = []
    for part in re.split(r"[,;\n]+", _UNIT.sub(" ", _ORDINAL_FLOOR.sub(" ", text))):
        words = to_ascii(part)
        found = None if number else _NUMBER.search(words)
        number = number or (found.group() if found else "")
        rest = words.replace(found.group(), " ", 1) if found else words
        line = "".join(facts()["street_words"].get(word, word) for word in rest.split())
        if line:
            lines.insert(0 if found else len(lines), line)
    return number, tuple(dict.fromkeys(lines))


@lru_cache(maxsize=50_000)
def website_host(address: str) -> str:
    """The host of a website; with the path if many different people share the host."""
    host, path = _host_and_path(address)
    shared = any(host == name or host.endswith(f".{name}") for name in facts()["shared_hosts"])
    return host + path if shared else host


def _host_and_path(address: str) -> tuple[str, str]:
    """Both empty if the address is none."""
    try:
        parts = urlsplit(address.lower())
        return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")
    except ValueError:
        return "", ""


def _phones(row: Row) -> tuple[str, ...]:
    return tuple(sorted({phone["e164"] for phone in row.get("phones", ()) if phone.get("e164")}))


def _written_phones(row: Row) -> tuple[str, ...]:
    written = (
        "".join(filter(str.isdigit, phone.get("raw") or "")) for phone in row.get("phones", ()) if not phone.get("e164")
    )
    return tuple(sorted({digits for digits in written if len(digits) >= LEAST_DIGITS}))


def _point(row: Row) -> tuple[float, float] | tuple[()]:
    latitude, longitude = row.get("latitude"), row.get("longitude")
    return () if latitude is None or longitude is None else (latitude, longitude)


def _own_page(address: str, given: str, surname: str) -> str:
    """A website that is one person's; empty if it may be an employer's."""
    page = "".join(_host_and_path(address))
    return page if _is_named_after(page, given, surname) else ""


def _own_email(email: str, given: str, surname: str, practice: str) -> str:
    """The e-mail address; empty if it may be an office's, by a word such as info or one of the practice's name."""
    mailbox = email.partition("@")[0]
    words = _words_of_address(mailbox)
    if (given and given in words) or _is_named_after(mailbox, given, surname):
        return email
    whole, shared = "".join(words), facts()["shared_mailboxes"]
    is_shared = bool(set(words) & set(shared)) or whole.endswith(tuple(word for word in shared if len(word) > 4))
    names_practice = any(len(word) > 2 and word in whole for word in practice.split())
    return "" if is_shared or names_practice else email


def _is_named_after(address: str, given: str, surname: str) -> bool:
    """Whether an address has both names, or the surname as a word: "Lee" is not meant by "sleepclinic"."""
    if len(surname) < 3:
        return False
    words = _words_of_address(address)
    whole = "".join(words)
    if len(given) > 1 and given in whole and surname in whole.replace(given, " ", 1):
        return True
    return not {surname, f"dr{surname}", f"{surname}md", given[:1] + surname, surname + given[:1]}.isdisjoint(words)


def _words_of_address(address: str) -> list[str]:
    return to_ascii(_NO_LETTERS.sub(" ", address)).split()


@lru_cache(maxsize=20_000)
def profession(credentials: str) -> str:
    """The profession that credentials stand for: physician, pharmacist, nurse, ...; empty if that is open."""
    words = {word.replace(".", "").upper() for word in re.split(r"[\s,;/]+", credentials)}
    for name, members in facts()["callings"].items():
        if words & set(members):
            return str(name)
    return ""


def _register(row: Row) -> str:
    number = row.get("register_number")
    return f"{row.get('register') or ''}:{number}" if number else ""
