"""Texts without characters that nobody sees, and that can make one text look like another."""

from __future__ import annotations

import re
import unicodedata

from .words import any_of

_NOTHING = re.compile(
    rf"[\W_]*0[\W_0]*|[-–—.?,;:/|\s*_(){{}}\[\]]*|(?:[^\w\[]*+(?:\[object \w+\]|{any_of('empty_value')})(?!\w))+[\W_]*",
    re.IGNORECASE,
)
MOST_MARKS = 3
"""Combining marks on one letter: polytonic Greek has three, Vietnamese two."""
MOST_MARKS_ELSEWHERE = 4
"""The same in other scripts: Hebrew and Tibetan have four."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC")
_JOINERS = frozenset("\u200c\u200d\u180e")
"""Format characters that Persian, Indic scripts and Mongolian are written with."""
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Signs over numbers in Arabic and Syriac, which are seen though Unicode counts them as format characters."""
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks without a shape: fillers and the grapheme joiner."""
_MARKS = frozenset(("Mn", "Me"))
_DROPPED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs"))


def clean(text: str) -> str:
    """The text as it is seen. Spaces are collapsed, line breaks kept."""
    return collapse_spaces(visible(text))


def says_nothing(text: str) -> bool:
    """Whether a text stands for no value: only zeros or dashes, "N/A", "null, null", "[object Object]"."""
    return len(text) <= 80 and bool(_NOTHING.fullmatch(text.strip()))


def collapse_spaces(text: str) -> str:
    """The text with single spaces and without empty lines."""
    if text.isprintable():
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def without_accents(text: str) -> str:
    """The text in compatibility form without combining marks: é is e, ﬁ is fi. For comparing, not for showing."""
    if text.isascii():
        return text
    return _BEYOND_ASCII.sub(_plain_form, text)


def _plain_form(found: re.Match[str]) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", found[0]) if not unicodedata.combining(sign))


def visible(text: str) -> str:
    """The text without control, direction and tag characters, unassigned ones, and floods of combining marks.

    A letter with more marks than any language puts on one loses them all. Joiners stay between letters of the scripts
    that need them. Tabs and line breaks stay.
    """
    if text.isascii():
        return text if text.isprintable() else _ASCII_CONTROLS.sub("", text)
    kept: list[str] = []
    base, marks = "", 0
    for place, sign in enumerate(text):
        category = unicodedata.category(sign)
        if (category in _DROPPED and not _is_needed(sign, category, text, place)) or sign in _UNSEEN:
            continue
        if category not in _MARKS:
            base, marks = sign, 0
            kept.append(sign)
            continue
        marks += 1
        if base and marks <= _most_marks(base):
            kept.append(sign)
        elif base and marks == _most_marks(base) + 1:
            del kept[1 - marks :]
    return "".join(kept)


def _is_needed(sign: str, category: str, text: str, place: int) -> bool:
    """Whether a character of a category that is dropped is one of those that texts are written with."""
    if sign in "\n\t" or sign in _VISIBLE_FORMATS:
        return True
    if sign in _JOINERS:
        around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
        return len(around) == 2 and all(map(_is_joined, around))
    # Ideographs are added to planes 2 and 3 with every version of Unicode; names are written with them.
    return category == "Cn" and 0x20000 <= ord(sign) < 0x3FFFE and ord(sign) & 0xFFFE != 0xFFFE


def _is_joined(sign: str) -> bool:
    """Whether a character is a letter or mark of a script whose letters a joiner can connect or part."""
    is_letter = unicodedata.category(sign)[0] in "LM"
    return is_letter and sign > "\u05ff" and not unicodedata.name(sign, "").startswith(_ALPHABETS)


def _most_marks(base: str) -> int:
    is_elsewhere = base.isalpha() and not unicodedata.name(base, "").startswith(_ALPHABETS)
    return MOST_MARKS_ELSEWHERE if is_elsewhere else MOST_MARKS
