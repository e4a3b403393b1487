"""Splits a line such as "Phone: 1 Fax: 2" at its labels."""

from __future__ import annotations

import re
from collections.abc import Callable

from ldn_directory.extract.contact_spans import split_contacts
from ldn_directory.extract.facts import any_of
from ldn_directory.extract.signals import has_address, has_email, has_url, is_empty, label_field
from ldn_directory.model import Labelled

LABELLED = re.compile(r"^\s*[•*·–-]?\s*([^\W\d_][^:：@\n]{0,40}?)\s*[:：]\s*(?!//)(.+)$", re.S)
_INNER_LABEL = re.compile(r"(?:(?<=^)|(?<=[\s|,;•(]))([^\W\d_][^\W\d_.-]*(?:[ /-][^\W\d_]+){0,2}\.?)\s*[:：]\s*(?!//)")
_WORD_LABEL = re.compile(rf"^({any_of('word_label')})\b[.\s]+(.+)$", re.I | re.S)
_TESTS: dict[str, Callable[[str], bool]] = {"email": has_email, "website": has_url, "address": has_address}


def split_labels(text: str) -> list[Labelled]:
    """Splits `Phone: 1 Fax: 2` into labelled texts. Only known labels split a text."""
    if ":" not in text and "：" not in text:
        worded = _WORD_LABEL.match(text)
        if worded and _matches_label(worded[1], worded[2]):
            value, *rest = split_contacts(worded[2])
            return [Labelled(label=worded[1], text=value), *(piece for part in rest for piece in split_labels(part))]
        return [Labelled(label=None, text=text)]
    marks = [mark for found in _INNER_LABEL.finditer(text) if (mark := _known_label(found))]
    if not marks:
        return [Labelled(label=None, text=text)]
    pieces: list[Labelled] = []
    if before := text[: marks[0][0]].strip(" |,;•/("):
        pieces.append(Labelled(label=None, text=before))
    ends = [start for start, _, _ in marks[1:]] + [len(text)]
    for (_, label, begin), end in zip(marks, ends, strict=True):
        value = text[begin:end].strip(" |,;•")
        if value and not is_empty(value):
            pieces.append(Labelled(label=plain_label(label), text=value))
    return pieces


def _known_label(found: re.Match[str]) -> tuple[int, str, int] | None:
    """(start, label, end) of the longest known label that ends at the colon. In "Roe Phone:" it is "Phone"."""
    words = found[1]
    at = 0
    while at < len(words):
        if label_field(words[at:].strip()) is not None:
            return found.start(1) + at, words[at:].strip(), found.end()
        space = words.find(" ", at)
        if space < 0:
            return None
        at = space + 1
    return None


def plain_label(label: str) -> str:
    """The label as published, or the field it names if it is in another script."""
    return label if label.isascii() or label[:1] < "\u0370" else label_field(label) or label


def _matches_label(label: str, value: str) -> bool:
    """Whether a value that follows its label without a colon is of the right kind."""
    match label_field(label):
        case "phone" | "phone_unlisted":
            return value.lstrip("( ")[:1].isdigit() or value.lstrip()[:1] == "+"
        case "email" | "website" | "address" as field:
            return _TESTS[field](value)
    return False
