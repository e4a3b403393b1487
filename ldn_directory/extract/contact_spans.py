"""Finds the phones, e-mail and web addresses in a line, and splits it there."""

from __future__ import annotations

import re
from itertools import pairwise

from ldn_directory.normalize.phones import LABEL_AFTER, UNLISTED

from .signals import email_matches, label_field, phone_matches, url_matches

_LABEL_BEFORE = re.compile(r"([^\W\d_][\w-]*)\.?\s*[:.]?\s*\(?$")
_WORDS_BEFORE = re.compile(r"[^\W\d_][\w'’-]*")
_LABEL_WORDS = re.compile(r"[\w'’ -]+")
_NUMBERS = frozenset(("phone", "phone_unlisted"))


def contact_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the phones, with their labels, e-mail and web addresses in a line, in order."""
    found = [match.span() for match in email_matches(text)]
    found += [match.span() for match in url_matches(text) if not _is_inside(match.span(), found)]
    for match in phone_matches(text):
        if not _is_inside(match.span(), found):
            after = LABEL_AFTER.match(text, match.end())
            found.append((_label_start(text, match.start()), after.end() if after else match.end()))
    return sorted(found)


def split_contacts(text: str) -> list[str]:
    """Splits a line at its phones, e-mail and web addresses.

    "12 Quay St, Akron OH, 330-555-0101, x@y.example" gives an address, a phone and an e-mail address.
    """
    cuts = [0, *(at for span in contact_spans(text) for at in span), len(text)]
    if len(cuts) == 2:
        return [text]
    parts = (text[start:end].strip(" ,;|–—-•·/") for start, end in pairwise(cuts))
    return [part for part in parts if any(map(str.isalnum, part))]


def _label_start(text: str, start: int) -> int:
    """Where the label of the number at `start` begins; `start` if it has no known label."""
    before = text[max(0, start - 40) : start]
    words = [found.start() for found in _WORDS_BEFORE.finditer(before)][-3:] if _LABEL_BEFORE.search(before) else []
    for first in words:
        label = before[first:].strip(" :.(")
        if not _LABEL_WORDS.fullmatch(label):
            continue
        if label_field(label) in _NUMBERS or (UNLISTED.match(label) and not label_field(label)):
            return start - len(before) + first
    return start


def _is_inside(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)
