"""Whom an entry names: people, a practice, and credentials that stand apart from the name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .draft import Draft
from .names import PersonName, is_profession, looks_like_organisation, people, split_credentials
from .regions import fold

MOST_VALUE = 500


def who(draft: Draft) -> tuple[tuple[PersonName, ...], str | None, str | None]:
    """(people, practice, credentials stated apart)."""
    credentials = ", ".join(_stated_credentials(draft.all("credentials"))) or None
    practice = draft.first("practice")
    _complete(draft)
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
        other = _people_of(draft.all("person_line")) or (
            people(practice) if practice and not looks_like_organisation(practice) else ()
        )
        if other and looks_like_organisation(own_line):
            return other, own_line, credentials
        if is_profession(own_line) and not practice:
            return (), None, credentials
        if not looks_like_organisation(own_line) and _single_name(own_line) and not practice:
            rest, own = split_credentials(own_line)
            return (
                (PersonName(name=rest or own_line, credentials=own),),
                practice or draft.first("organisation_line"),
                credentials,
            )
        return (), own_line[:MOST_VALUE], credentials
    found = _people_of(draft.all("person_line"))
    practice = practice or draft.first("organisation_line")
    if found or practice:
        return found, practice, credentials
    return (), None, credentials


def _complete(draft: Draft) -> None:
    """Takes "Name" for the surname beside "Vorname", and "Nome" for the given name beside "Cognome"."""
    named, first, last = draft.first("name"), draft.first("first_name"), draft.first("last_name")
    if named and bool(first) != bool(last) and len(named.split()) <= 2 and fold(first or last or "") not in fold(named):
        draft.add("last_name" if first else "first_name", named)


def _people_of(lines: list[str]) -> tuple[PersonName, ...]:
    return tuple(dict.fromkeys(person for line in lines for person in people(line)))


def _single_name(text: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_][^\d@:]{1,80}", text)) and len(text.split()) <= 5


def _second_line(text: str) -> str | None:
    lines = text.split("\n")
    return lines[1] if len(lines) > 1 and looks_like_organisation(lines[1]) else None


def _stated_credentials(texts: Iterable[str]) -> list[str]:
    return [token.strip() for text in texts for token in re.split(r"[,;\n]", text) if token.strip()][:12]


def person_values(person: PersonName, stated: str | None, practice: str | None) -> dict[str, Any]:
    credentials = person.credentials or stated
    if person.credentials and stated and fold(stated) not in fold(person.credentials):
        credentials = ", ".join(dict.fromkeys([*person.credentials.split(", "), *stated.split(", ")]))
    own = practice if practice and fold(practice) != fold(person.name) else None
    return {"name": person.name, "credentials": credentials, "practice": own}
