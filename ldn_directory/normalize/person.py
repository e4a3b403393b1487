"""Who an entry names: people, a practice, and credentials that stand apart from the name."""

from __future__ import annotations

import re
from typing import NamedTuple

from .classify import MOST_VALUE, FieldTexts
from .names import (
    SHARED_JOIN,
    PersonName,
    looks_like_organisation,
    people,
    split_credentials,
    tidy_credential,
    without_title,
)
from .regions import fold

_SHORT_NAME = re.compile(r"[^\W\d_][^\d@:]{1,80}")


class EntryNames(NamedTuple):
    """The people and the practice of an entry."""

    people: tuple[PersonName, ...]
    practice: str | None


def names_of(texts: FieldTexts, practice: str | None, credentials: str | None) -> EntryNames:
    """Who the entry names. `practice` and `credentials` are those stated under their own labels."""
    name, first, last = texts.first("name"), texts.first("first_name"), texts.first("last_name")
    if name and bool(first) != bool(last) and len(name.split()) <= 2 and fold(first or last or "") not in fold(name):
        # "Name" is the surname beside "Vorname", "Nome" the given name beside "Cognome".
        first, last = first or name, last or name
    if last or (first and not name):
        given = " ".join(part for part in (first, texts.first("middle_name"), last) if part)
        return EntryNames(people(given) or _single_person(given, credentials), practice)
    if name:
        return _names_in(texts, name, practice)
    return EntryNames(_people_in_lines(texts), practice or texts.first("organisation_line"))


def _names_in(texts: FieldTexts, name: str, practice: str | None) -> EntryNames:
    """Who the text under "Name" names: people, else an organisation, else one person by a single name."""
    line, *others = name.split("\n")
    organisation = looks_like_organisation(line)
    found = people(line)
    if found and (not organisation or len(found) > 1 or re.search(r",\s*[A-Z]{2,}", line)):
        second = others[0] if others and looks_like_organisation(others[0]) else None
        return EntryNames(found, practice or second or texts.first("organisation_line"))
    if organisation:
        staff = people(practice) if practice and not looks_like_organisation(practice) else ()
        if found := _people_in_lines(texts) or staff:
            return EntryNames(found, line)
    is_joined = bool(SHARED_JOIN.search(line))
    if not practice and not organisation and not is_joined and _SHORT_NAME.fullmatch(line) and len(line.split()) <= 5:
        return EntryNames(_single_person(line, None), texts.first("organisation_line"))
    return EntryNames((), line[:MOST_VALUE])


def _single_person(name: str, credentials: str | None) -> tuple[PersonName, ...]:
    rest, own = split_credentials(without_title(name))
    return (PersonName(name=rest or name, credentials=own or credentials),)


def _people_in_lines(texts: FieldTexts) -> tuple[PersonName, ...]:
    return tuple(dict.fromkeys(person for line in texts.all("person_line") for person in people(line)))


def stated_credentials(texts: FieldTexts) -> str | None:
    """Credentials under a label of their own, joined by ", "."""
    tokens = (tidy_credential(token) for text in texts.all("credentials") for token in re.split(r"[,;\n]", text))
    return ", ".join([token for token in tokens if token][:12]) or None


def all_credentials(person: PersonName, stated: str | None) -> str | None:
    """The credentials beside the name and those stated apart, each once."""
    if not person.credentials or not stated or fold(stated) in fold(person.credentials):
        return person.credentials or stated
    return ", ".join(dict.fromkeys([*person.credentials.split(", "), *stated.split(", ")]))
