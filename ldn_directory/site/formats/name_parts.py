"""The parts of a person's name, if they are certain. Address books and health records sort by them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ldn_directory.normalize.names import PARTICLES, SUFFIXES, is_credential

FAMILY_NAME_FIRST = frozenset({"CN", "HK", "HU", "JP", "KH", "KR", "MO", "SG", "TW", "VN"})
"""Countries where the family name is often written first, so that the order is not certain."""
_WORD = re.compile(r"[^\W\d_]['’]?[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_INITIAL = re.compile(r"[^\W\d_]\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A name as given names, family name and suffix (Jr., III)."""

    given: tuple[str, ...]
    family: str
    suffix: str | None = None


def parts_of(name: str, country_code: str | None) -> Parts | None:
    """The parts of `Given [I.] [particles] Family [suffix]`; None if the words may mean something else.

    Of three full words, the middle one is not certain: it may be a second given name or the first of two family names.
    """
    words = name.split()
    suffix = SUFFIXES.get(words[-1].strip(".").lower()) if len(words) > 2 else None
    words = [word.rstrip(",") for word in (words[:-1] if suffix else words)]
    if len(words) < 2 or country_code in FAMILY_NAME_FIRST:
        return None
    at = _family_at(words)
    first, middle, family = words[0], words[1:at], words[at:]
    full = _WORD.fullmatch(first) and _WORD.fullmatch(family[-1]) and first.casefold() not in PARTICLES
    if not full or not all(map(_INITIAL.fullmatch, middle)) or any(is_credential(word) for word in (first, *family)):
        return None
    return Parts(given=(first, *middle), family=" ".join(family), suffix=suffix)


def _family_at(words: list[str]) -> int:
    """The index at which the family name begins: the last word, or the particles before it."""
    at = len(words) - 1
    while at > 1 and words[at - 1].casefold() in PARTICLES:
        at -= 1
    return at
