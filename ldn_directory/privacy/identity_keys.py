"""By what somebody who was forgotten is recognised: combinations of values, as tuples of which only keyed hashes are kept. Pure.

The hashes are kept for years, so the rules here never change for the tuples that exist: what matching learns meanwhile does not
alter them, and a new rule gets a name of its own as the tuple's first word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
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
What = tuple[str, ...]
"""An identifying combination; its first word says of what."""
ORGANISATIONS = frozenset({Kind.CLINIC, Kind.PHARMACY, Kind.TELEHEALTH})
_LEGAL_FORMS = frozenset(
    [
        "ag",
        "and",
        "bv",
        "co",
        "company",
        "corp",
        "gmbh",
        "inc",
        "llc",
        "llp",
        "ltd",
        "pc",
        "plc",
        "pllc",
        "sa",
        "srl",
        "the",
    ]
)
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),
        ("th", "t"),
        ("gh", ""),
        ("ck|q", "k"),
        ("sch|sh|ch", "x"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("z", "s"),
        ("w", "v"),
        ("dt", "t"),
        ("(?<=.)h", ""),
        ("[ae][iy]", "a"),
        ("ee|ea|ie|y", "i"),
        ("oo|ou", "u"),
        ("[ao]u|oe", "o"),
        (r"(.)\1+", r"\1"),
    )
)
_ROMANISATIONS = tuple(
    (re.compile(pattern), one)
    for pattern, one in (
        ("hs|sh|x", "s"),
        ("t?ch|zh|t[sz]|[cjqz]", "c"),
        ("[bp]", "p"),
        ("[dt]", "t"),
        ("[gk]", "k"),
        ("h", ""),
        ("[ouw]+", "u"),
        ("[eiy]+", "i"),
        (r"(.)\1+", r"\1"),
    )
)
"""What Pinyin and Wade-Giles, and the Korean and Japanese romanisations in use, write differently."""
_INITIAL = re.compile(r"\s*\w(?:\.|\s)")
_VOWELS = re.compile("[aeiou]+")
_FIRST_VOWEL = re.compile("([^aeiou]*)([aeiou]?)(.*)", re.DOTALL)
LEAST_FORENAME, LEAST_SURNAME = 5, 4
"""Shorter names are other names when a letter differs: Jan and Dan, Lee and Lea."""


def name_key(name: str) -> str:
    """First and last name folded, without titles and middle names; an organisation's whole name."""
    words = _words(name)
    return " ".join((words[0], words[-1]) if len(words) in (2, 3) else words)


def _words(name: str) -> list[str]:
    return [word for word in fold(without_title(name)).split() if len(word) > 1]


def _named(row: Row) -> str:
    return row.get("name") or row.get("practice") or ""


def identifying(row: Row) -> Iterator[What]:
    """What is the same person's if it is the same: name with region, and phone, e-mail, website, register number with the name.

    An e-mail and a register number are also given alone; whether others have them too is for the caller to know.
    """
    name, words = name_key(_named(row)), _words(_named(row))
    if name:
        yield "name", name, place_of(row)
    if name != " ".join(words):
        yield "full name", " ".join(words), place_of(row)
    for phone in row.get("phones", ()):
        if phone.get("e164"):
            yield "phone", phone["e164"], name
    for field in ("email", "website", "register_number"):
        if row.get(field):
            yield field, fold(row[field]), name
    for field in ("email", "register_number"):
        if row.get(field) and not (field == "email" and is_office(row[field])):
            yield field, fold(row[field]), ""


def is_same_name(name: str, row: Row) -> bool:
    """Whether a name is the listing's own, but for titles and middle names."""
    return name_key(name) == name_key(_named(row))


def is_whole(what: What, row: Row) -> bool:
    """Whether the name in a combination is all of somebody's name: "J. Roe" is not every Roe, nor Jane Smith-Roe every Jane Roe."""
    key = what[1] if what[0] in ("name", "full name") else what[2]
    name = without_title(_named(row))
    initials = any(len(word) == 1 for word in fold(name).split())
    return not key or not ((initials and " " not in key) or ("-" in name and key != " ".join(_words(name))))


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("identity_keys.toml").read_text("utf-8"))


def is_office(email: str) -> bool:
    """Whether an e-mail address is a practice's (`info@`, `praxis@`): whoever joins the practice has it too."""
    return fold(email.partition("@")[0]) in _facts()["office_mailboxes"]


@cache
def _full_forms() -> dict[str, tuple[str, ...]]:
    full: dict[str, tuple[str, ...]] = {}
    for name, short_forms in _facts()["short_for"].items():
        for short in short_forms:
            full[short] = (*full.get(short, ()), name)
    return full


@lru_cache(maxsize=20_000)
def _forms_of(first: str) -> tuple[str, ...]:
    """The names that a forename may be short for, by this module's table and by the library that matching goes by; itself if none."""
    if not first:
        return ()
    forms = _full_forms().get(first, (first,))
    return tuple(dict.fromkeys((*forms, first, *sorted(full_forms(first)))))


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """A folded word as it sounds, roughly: Smith and Smyth, Meyer and Maier are one; for comparing only."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    # Of the vowels only the first counts: Jane and John are two, Petersen and Peterson one.
    begin, vowel, rest = _FIRST_VOWEL.match(word).groups()  # type: ignore[union-attr]
    return begin + vowel + _VOWELS.sub("", rest)


@lru_cache(maxsize=50_000)
def romanised(word: str) -> str:
    """A folded word as any romanisation may have it: Zhao and Chao, Huang and Hwang are one; for comparing whole names only."""
    for pattern, one in _ROMANISATIONS:
        word = pattern.sub(one, word)
    return word


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """A person's name in folded parts; `first` is empty where only an initial is given."""

    first: str
    initial: str
    given: tuple[str, ...]
    """The forenames, and all of them as one word: Soo-jin is Soojin, Mary Ann is Maryann."""
    last: str
    surnames: tuple[str, ...]
    """The surname, and the parts of a double-barrelled one."""


def _person(name: str) -> _Person | None:
    # "M. Roe" is Monsieur Roe, or Mary.
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


def resembling(row: Row, *, kept: bool) -> Iterator[What]:
    """What makes a listing look like somebody's: kept of the forgotten (`kept`), or asked of a listing; if any is the same, a person looks.

    Letters missing, added, other or swapped; the same sound; other romanisations; initials; short forms; forename and surname in
    the other order; half a double-barrelled name; no region; a phone or website of theirs under a name that shares a word.
    """
    person = None if is_organisation(row) else _person(_named(row))
    names = _of_person(person, kept) if person else _of_organisation(_named(row))
    for what in dict.fromkeys(names):
        yield *what, place_of(row)
    yield from _elsewhere(row, kept)
    yield from _contacts(row, person, kept)


def is_organisation(row: Row) -> bool:
    """Whether a listing is of a clinic or pharmacy and not of a person."""
    return row.get("kind") in ORGANISATIONS or not row.get("name") or looks_like_organisation(row["name"])


def place_of(row: Row) -> str:
    """The region by which a name is told from the same name elsewhere: its code, else the country's, else empty."""
    return row.get("region_code") or row.get("country_code") or ""


def _of_person(name: _Person, kept: bool) -> Iterator[What]:
    for last in name.surnames:
        for first in name.given:
            yield from _spellings(first, last)
            if kept:
                yield from _spellings(last, first)
        if name.given:
            yield "romanised", romanised(name.given[-1]), romanised(last)
        for form in _forms_of(name.first):
            yield "short form", form, sound_of(last)
        # "J. Roe" may be Jane Roe, and the other way round; Jane and John Roe are not alike because of their initials.
        if kept or not name.first:
            yield "initial of" if name.first or not kept else "only initial", name.initial, sound_of(last)
        if not kept:
            yield "only initial", name.initial, sound_of(last)
    # Of two surnames without a hyphen between them the next list may have the first alone.
    for middle in name.given[1:-1]:
        yield "spelling", name.given[0], middle
        yield "sound", sound_of(name.given[0]), sound_of(middle)
    if kept:
        # Roe Jane, as a list has it that puts surnames first, is J. Roe in the next.
        yield from (("initial of", name.last[0], sound_of(first)) for first in name.given)


def _spellings(first: str, last: str) -> Iterator[What]:
    yield "spelling", first, last
    yield "sound", sound_of(first), sound_of(last)
    if len(last) >= LEAST_SURNAME:
        yield from (("surname", first, shorter) for shorter in _one_letter_less(last))
    if len(first) >= LEAST_FORENAME:
        yield from (("forename", shorter, last) for shorter in _one_letter_less(first))
    else:
        yield "forename's letters", "".join(sorted(first)), last


def _one_letter_less(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters: two that share one of them are a letter or two apart (SymSpell)."""
    yield word
    yield from (word[:place] + word[place + 1 :] for place in range(len(word)) if not word[place].isdigit())


def _of_organisation(name: str) -> Iterator[What]:
    words = [word for word in fold(name).split() if word not in _LEGAL_FORMS]
    if not words:
        return
    yield "words", " ".join(sorted(words))
    yield from (("organisation", shorter) for shorter in _one_letter_less("".join(words)))


def _elsewhere(row: Row, kept: bool) -> Iterator[What]:
    """The whole name where one of the two does not say the region, or the country."""
    name, region, country = name_key(_named(row)), row.get("region_code") or "", row.get("country_code") or ""
    if " " not in name:
        return
    coarse = (country, "") if region else ("",) if country else ()
    # Kept of somebody in a region: listings that name only the country, or nothing; and the other way round.
    yield from (("less said" if kept else "more said", name, place) for place in coarse)
    if not region:
        yield "more said" if kept else "less said", name, country


def _contacts(row: Row, person: _Person | None, kept: bool) -> Iterator[What]:
    """A phone or website under a name that shares a word: a married name, a nickname; a colleague there shares none."""
    values = [phone["e164"] for phone in row.get("phones", ()) if phone.get("e164")]
    values += [fold(row["website"])] if row.get("website") else []
    # Of a forename the letters count, as many sound alike; of a surname the sound.
    if person:
        words = {*person.given, *map(sound_of, person.surnames)}
        if kept:
            words |= {*person.surnames, *map(sound_of, person.given)}
    else:
        words = {sound_of(word) for word in _words(_named(row)) if word not in _common_words()}
    sorts = [("person" if person else "organisation", words)]
    if kept and person:
        # A practice named after them, at their number.
        sorts.append(("organisation", set(map(sound_of, person.surnames))))
    yield from (("contact", sort, value, word) for value in values for sort, shared in sorts for word in sorted(shared))


@cache
def _common_words() -> frozenset[str]:
    return frozenset(_facts()["common_words"])


def mentions_of(row: Row) -> Iterator[tuple[str, ...]]:
    """The forms of the name, as folded words, by which another entry's text may mention somebody."""
    words = fold(without_title(_named(row))).split()
    longer = [word for word in words if len(word) > 1]
    if len(longer) < 2:
        return
    yield tuple(longer)
    if not is_organisation(row):
        yield longer[0], longer[-1]
        yield longer[-1], *longer[:-1]
        yield longer[-1], longer[0]


def texts_of(value: Any) -> Iterator[str]:
    """All texts in JSON values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from texts_of(one)
