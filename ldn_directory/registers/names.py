"""Names as registers and lists write them, made comparable. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ldn_directory.normalize.names import PARTICLES, split_credentials, without_title
from ldn_directory.normalize.nicknames import full_forms, short_forms
from ldn_directory.normalize.text_hygiene import without_accents

_SUFFIXES = {"JR": "JR", "SR": "SR", "II": "II", "III": "III", "IV": "IV", "2ND": "II", "3RD": "III"}
LEGAL = (
    r"\b(?:INC|INCORPORATED|LLC|L L C|PLLC|P L L C|PC|P C|PA|P A|LTD|LLP|LP|CORP|CORPORATION|CO|COMPANY|PLC|THE|DBA)\b"
)
"""Legal forms in names of organisations; the same expression is used in SQL (RE2)."""
_LEGAL = re.compile(LEGAL)
_BRACKETS = re.compile(r"[(\[“\"][^)\]”\"]*[)\]”\"]")
_DIRECTIONS = frozenset({"N", "S", "E", "W", "NE", "NW", "SE", "SW", "NORTH", "SOUTH", "EAST", "WEST"})
_SUITE = re.compile(r"\b(?:SUITE|STE|UNIT|APT|FLOOR|FL|ROOM|RM|BLDG|BUILDING|LEVEL)\b\s*[A-Z0-9]*|#\s*\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A person's name in capitals without accents; an empty text is what the name does not have."""

    givens: tuple[str, ...]
    """What the first name may be: the first word and, where that is an initial, the next."""
    middle: str
    surnames: tuple[str, ...]
    """The whole surname run together first, then its parts."""
    suffix: str

    @property
    def given(self) -> str:
        """The first name or its initial."""
        return self.givens[0]


@lru_cache(maxsize=100_000)
def key(text: str) -> str:
    """Only letters and digits, in capitals, without accents: "O'Neil-Díaz" is ONEILDIAZ."""
    return re.sub(r"[\W_]", "", without_accents(text).upper())


@lru_cache(maxsize=50_000)
def name_of(text: str) -> Name | None:
    """The parts of a person's name as written ("Anna M. van der Berg-Ruiz, Jr."); None if it has fewer than two."""
    bare = split_credentials(without_title(_BRACKETS.sub(" ", text)))[0]
    words = [word for word in re.split(r"[\s,]+", bare) if key(word)]
    suffix = ""
    while len(words) > 2 and (found := _SUFFIXES.get(key(words[-1]))):
        suffix = found
        words.pop()
    if len(words) < 2:
        return None
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in PARTICLES:
        start -= 1
    given, between = key(words[0]), [key(word) for word in words[1:start]]
    givens = (given, *between[:1]) if len(given) == 1 and between else (given,)
    return Name(givens=givens, middle=between[0] if between else "", surnames=_surnames(words, start), suffix=suffix)


def _surnames(words: list[str], start: int) -> tuple[str, ...]:
    """A surname may begin with the word before it: "Ana Ruiz Soto" is a Soto or a Ruiz Soto."""
    whole = key("".join(words[start:]))
    parts = [key(part) for part in re.split(r"[-‐–]", words[-1])]
    before = words[start - 1] if start > 1 else ""
    doubled = [key(before) + whole] if len(key(before)) > 2 else []
    found = [whole, *(part for part in parts if len(part) > 2), *doubled]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def _full_forms(given: str) -> frozenset[str]:
    """What a first name (as `key` gives it) may be short for, itself among them: BOB is BOB or ROBERT."""
    return frozenset({given, *map(key, full_forms(given.lower()))})


@lru_cache(maxsize=20_000)
def _short_forms(given: str) -> frozenset[str]:
    return frozenset(key(name) for form in _full_forms(given) for name in short_forms(form.lower()))


def initials_of(name: Name) -> frozenset[str]:
    """Letters with which the registered first name may begin: Bob may be a Robert, Ted an Edward or a Theodore."""
    return frozenset(form[0] for given in name.givens for form in _full_forms(given) | _short_forms(given))


def is_nickname(one: str, other: str) -> bool:
    """Whether two first names may be the same person's: both may be short for one name."""
    return bool(_full_forms(one) & _full_forms(other))


@lru_cache(maxsize=50_000)
def organisation_key(text: str) -> str:
    """An organisation's name without legal forms and punctuation, run together."""
    return "".join(_organisation_words(text))


@lru_cache(maxsize=50_000)
def organisation_words(text: str) -> frozenset[str]:
    """The same as a set of words."""
    return frozenset(_organisation_words(text))


def _organisation_words(text: str) -> list[str]:
    capitals = without_accents(text).upper().replace("&", " AND ").replace("'", "").replace(".", "")
    return _LEGAL.sub(" ", re.sub(r"[^A-Z0-9]+", " ", capitals)).split()


@lru_cache(maxsize=50_000)
def street_key(street: str) -> str:
    """House number and first word of a street: "1200 N. Elm Street, Suite 3" is 1200 ELM; empty without a number."""
    words = re.sub(r"[^A-Z0-9# ]+", " ", without_accents(street).upper())
    found = [word for word in _SUITE.sub(" ", words).split() if word not in _DIRECTIONS]
    for place, word in enumerate(found[:-1]):
        if word[0].isdigit():
            return f"{word} {found[place + 1]}"
    return ""
