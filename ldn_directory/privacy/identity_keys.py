"""The keys by which a forgotten person or practice is recognised: tuples of values, stored only as hashes. Pure.

The hashes are kept for years, so the rules for existing keys never change, whatever matching learns in the meantime.
A new rule makes keys with another first word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from ldn_directory.model import Kind
from ldn_directory.normalize.names import PARTICLES, SUFFIXES, looks_like_organisation, without_title
from ldn_directory.normalize.nicknames import full_forms
from ldn_directory.normalize.regions import fold

Row = Mapping[str, Any]
"""A listing as JSON values."""
Key = tuple[str, ...]
"""An identifying combination of values. The first word says what they are."""
ORGANISATIONS = frozenset({Kind.CLINIC, Kind.PHARMACY, Kind.TELEHEALTH})
_INITIAL = re.compile(r"\s*\w(?:\.|\s)")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ‘`´](?=\w)")
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_SPELT_UMLAUT = re.compile(r"([aou])e(?=[^\Waeiou])")
_VOWELS = re.compile("[aeiou]+")
_FIRST_VOWEL = re.compile("([^aeiou]*)([aeiou]?)(.*)", re.DOTALL)
MIN_FORENAME, MIN_SURNAME = 5, 4
"""In shorter names a different letter makes a different name: Jan and Dan, Lee and Lea."""


def name_key(name: str) -> str:
    """A person's first and last name, folded, without titles and middle names; an organisation's whole name."""
    return _first_and_last(_words(name))


def _first_and_last(words: list[str]) -> str:
    return " ".join((words[0], words[-1]) if len(words) in (2, 3) else words)


def _words(name: str) -> list[str]:
    return [word for word in fold(without_title(name)).split() if len(word) > 1]


def _name_of(row: Row) -> str:
    return row.get("name") or row.get("practice") or ""


def exact_keys(row: Row) -> Iterator[Key]:
    """Two listings with one of these in common are the same person's.

    That is: the name with the region, and phone, e-mail, website or register number with the name. An e-mail and a
    register number are also given alone; the caller knows whether others have them too.
    """
    words = _words(_name_of(row))
    name = _first_and_last(words)
    if name:
        yield "name", name, region_of(row)
    if name != " ".join(words):
        yield "full name", " ".join(words), region_of(row)
    for phone in row.get("phones", ()):
        if phone.get("e164"):
            yield "phone", phone["e164"], name
    for field in ("email", "website", "register_number"):
        if row.get(field):
            yield field, fold(row[field]), name
    for field in ("email", "register_number"):
        if row.get(field) and not (field == "email" and is_office_mailbox(row[field])):
            yield field, fold(row[field]), ""


def is_same_name(name: str, row: Row) -> bool:
    """Whether a name is the listing's own, apart from titles and middle names."""
    return name_key(name) == name_key(_name_of(row))


def has_whole_name(key: Key, row: Row) -> bool:
    """Whether a key has the listing's whole name: "Roe" is not all of "J. Roe", nor "Jane Roe" of "Jane Smith-Roe"."""
    key_name = key[1] if key[0] in ("name", "full name") else key[2]
    name = without_title(_name_of(row))
    initials = any(len(word) == 1 for word in fold(name).split())
    is_surname = initials and " " not in key_name
    return not key_name or not (is_surname or ("-" in name and key_name != " ".join(_words(name))))


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("identity_keys.toml").read_text("utf-8"))


def is_office_mailbox(email: str) -> bool:
    """Whether an e-mail address (`info@`, `praxis@`) belongs to a practice, and so to everybody who joins it."""
    return fold(email.partition("@")[0]) in _tables()["office_mailboxes"]


@cache
def _full_forms() -> dict[str, tuple[str, ...]]:
    full: dict[str, tuple[str, ...]] = {}
    for name, short_forms in _tables()["short_for"].items():
        for short in short_forms:
            full[short] = (*full.get(short, ()), name)
    return full


@lru_cache(maxsize=20_000)
def _long_forms(first: str) -> tuple[str, ...]:
    """The names that a forename may be short for, by this room's table and matching's library; and itself."""
    if not first:
        return ()
    forms = _full_forms().get(first, (first,))
    return tuple(dict.fromkeys((*forms, first, *sorted(full_forms(first)))))


@lru_cache(maxsize=50_000)
def sound_form(word: str) -> str:
    """Roughly how a folded word sounds: Smith and Smyth, Meyer and Maier have one form. For comparing only."""
    word = _replace_all("sounds", word)
    # Only the first vowel counts: Jane and John differ, Petersen and Peterson do not.
    begin, vowel, rest = _FIRST_VOWEL.match(word).groups()  # type: ignore[union-attr]
    return begin + vowel + _VOWELS.sub("", rest)


@lru_cache(maxsize=50_000)
def romanised_form(word: str) -> str:
    """A folded word in whichever romanisation: Zhao and Chao, Huang and Hwang have one form. For whole names only."""
    return _replace_all("romanisations", word)


def _replace_all(table: str, word: str) -> str:
    for pattern, replacement in _tables()[table]:
        word = re.sub(pattern, replacement, word)
    return word


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """A person's name in folded parts; `first` is empty if only an initial is given."""

    first: str
    initial: str
    given: tuple[str, ...]
    """The forenames, and all of them as one word: Soo-jin is Soojin, Mary Ann is Maryann."""
    last: str
    surnames: tuple[str, ...]
    """The surname, and the parts of a double-barrelled one."""


def _person(name: str) -> _Person | None:
    # The M. of "M. Roe" may be short for Monsieur, or for Mary.
    bare = name if _INITIAL.match(name) else without_title(name)
    words = [word for word in fold(bare).split() if word not in PARTICLES and word not in SUFFIXES]
    if len(words) < 2 or len(words[-1]) < 2:
        return None
    hyphened = fold(bare.split()[-1]).split() if "-" in bare.split()[-1] else []
    given = [word for word in words[: -max(1, len(hyphened))] if len(word) > 1]
    first = words[0] if len(words[0]) > 1 else ""
    surnames = dict.fromkeys((words[-1], *hyphened, *(("".join(hyphened),) if hyphened else ())))
    joined = ("".join(given),) if len(given) > 1 else ()
    return _Person(first=first, initial=words[0][0], given=(*given, *joined), last=words[-1], surnames=tuple(surnames))


def near_keys(row: Row, *, stored: bool) -> Iterator[Key]:
    """The keys by which a listing looks like a forgotten one: those to store of the forgotten, or those to look up.

    They cover letters that are missing, added, different or swapped; the same sound; other romanisations; initials;
    short forms; surname first; half of a double-barrelled name; no region; a phone or website with a word of the name.
    """
    person = None if is_organisation(row) else _person(_name_of(row))
    names = _person_keys(person, stored) if person else _organisation_keys(_name_of(row))
    region = region_of(row)
    yield from ((*what, region) for what in dict.fromkeys(names))
    yield from _partial_place_keys(row, stored)
    yield from _contact_keys(row, person, stored)


def is_organisation(row: Row) -> bool:
    """Whether a listing is of an organisation and not of a person."""
    return row.get("kind") in ORGANISATIONS or not row.get("name") or looks_like_organisation(row["name"])


def region_of(row: Row) -> str:
    """The code of the region, else of the country, that tells namesakes apart; empty if neither is stated."""
    return row.get("region_code") or row.get("country_code") or ""


def _person_keys(name: _Person, stored: bool) -> Iterator[Key]:
    for last in name.surnames:
        for first in name.given:
            yield from _spelling_keys(first, last)
            if stored:
                yield from _spelling_keys(last, first)
        if name.given:
            yield "romanised", romanised_form(name.given[-1]), romanised_form(last)
        for form in _long_forms(name.first):
            yield "short form", form, sound_form(last)
        # "J. Roe" may be Jane Roe, and the other way round. Their initials do not make Jane and John Roe alike.
        if stored or not name.first:
            yield "initial of" if name.first or not stored else "only initial", name.initial, sound_form(last)
        if not stored:
            yield "only initial", name.initial, sound_form(last)
    # Another list may have only the first of two surnames that no hyphen joins.
    for middle in name.given[1:-1]:
        yield "spelling", name.given[0], middle
        yield "sound", sound_form(name.given[0]), sound_form(middle)
    if stored:
        # One list puts surnames first, "Roe Jane", and another has "J. Roe".
        yield from (("initial of", name.last[0], sound_form(first)) for first in name.given)


def _spelling_keys(first: str, last: str) -> Iterator[Key]:
    yield "spelling", first, last
    yield "sound", sound_form(first), sound_form(last)
    if len(last) >= MIN_SURNAME:
        yield from (("surname", first, shorter) for shorter in _deletions(last))
    if len(first) >= MIN_FORENAME:
        yield from (("forename", shorter, last) for shorter in _deletions(first))
    else:
        yield "forename's letters", "".join(sorted(first)), last


def _deletions(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters: words that share one are a letter or two apart (SymSpell)."""
    yield word
    yield from (word[:place] + word[place + 1 :] for place in range(len(word)) if not word[place].isdigit())


def _organisation_keys(name: str) -> Iterator[Key]:
    words = [word for word in fold(name).split() if word not in _tables()["legal_forms"]]
    if not words:
        return
    yield "words", " ".join(sorted(words))
    yield from (("organisation", shorter) for shorter in _deletions("".join(words)))


def _partial_place_keys(row: Row, stored: bool) -> Iterator[Key]:
    """The whole name, for a pair of listings of which one does not state the region or the country."""
    name, region, country = name_key(_name_of(row)), row.get("region_code") or "", row.get("country_code") or ""
    if " " not in name:
        return
    coarse = (country, "") if region else ("",) if country else ()
    # Stored for somebody in a region: listings that name only the country, or nothing; and the other way round.
    yield from (("less said" if stored else "more said", name, place) for place in coarse)
    if not region:
        yield "more said" if stored else "less said", name, country


def _contact_keys(row: Row, person: _Person | None, stored: bool) -> Iterator[Key]:
    """A phone or website with one word of the name: married names and nicknames share one, colleagues do not."""
    values = [phone["e164"] for phone in row.get("phones", ()) if phone.get("e164")]
    values += [fold(row["website"])] if row.get("website") else []
    # Forenames are compared by letters, as many sound alike; surnames by sound.
    if person:
        words = {*person.given, *map(sound_form, person.surnames)}
        if stored:
            words |= {*person.surnames, *map(sound_form, person.given)}
    else:
        words = {sound_form(word) for word in _words(_name_of(row)) if word not in _tables()["common_words"]}
    sorts = [("person" if person else "organisation", words)]
    if stored and person:
        # A practice that is named after the person, with the same phone.
        sorts.append(("organisation", set(map(sound_form, person.surnames))))
    yield from (("contact", sort, value, word) for value in values for sort, shared in sorts for word in sorted(shared))


def mentioned_names(row: Row) -> Iterator[tuple[str, ...]]:
    """The forms of the name, as folded words, under which the text of another entry may mention the person."""
    for name in _written_forms(without_title(_name_of(row))):
        longer = [word for word in fold(name).split() if len(word) > 1]
        if len(longer) < 2:
            continue
        yield tuple(longer)
        if not is_organisation(row):
            yield longer[0], longer[-1]
            yield longer[-1], *longer[:-1]
            yield longer[-1], longer[0]


def _written_forms(name: str) -> Iterator[str]:
    """A name as it may be written elsewhere: O'Neill as Oneill, Anne-Marie as Annemarie, Müller and Mueller."""
    for one in dict.fromkeys((name, _APOSTROPHE.sub("", name), name.replace("-", "", 1))):
        spelt_out = unicodedata.normalize("NFC", one).lower().translate(_SPELT_OUT)
        yield from dict.fromkeys((one, spelt_out, _SPELT_UMLAUT.sub(r"\1", spelt_out)))
