"""Takes apart a record that names several people under labels of their own: "First doctor's name", "Doctor 2 e-mail"."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ldn_directory.model import Labelled, Record

from .signals import has_email, has_phone, label_field, names_person

_NAMING = frozenset(("name", "practice"))
_MAX_WORDS = 6


def people_by_label(record: Record) -> list[Record]:
    """A record for each person; the record alone if its labels name one person only.

    People are told apart by the one word in which their labels differ: each such word must stand in like labels.
    What stands under other labels belongs to all of them.
    """
    groups = _groups(record.texts)
    if not groups:
        return [record]
    own = {text for texts in groups.values() for _, text in texts}
    common = [_as_practice(text) for text in record.texts if text not in own]
    return [
        replace(record, key=record.key if not number else None, texts=(*map(_with_field, texts), *common))
        for number, texts in enumerate(groups.values())
    ]


def _groups(texts: tuple[Labelled, ...]) -> dict[str, list[tuple[str, Labelled]]]:
    """By the word that tells them apart: (the rest of the label, the text) of each text."""
    found: dict[tuple[int, str], dict[str, dict[str, Labelled]]] = defaultdict(lambda: defaultdict(dict))
    for text in texts:
        words = (text.label or "").rstrip(":").split()
        if not 2 <= len(words) <= _MAX_WORDS:
            continue
        for place, word in enumerate(words):
            stem = words[0] if place else words[-1]
            found[place, stem][word][" ".join((*words[:place], *words[place + 1 :]))] = text
    best: dict[str, list[tuple[str, Labelled]]] = {}
    for by_word in found.values():
        shared = set.intersection(*(set(rest) for rest in by_word.values())) if len(by_word) > 1 else set()
        names = [rest for rest in shared if _field(rest) == "name"]
        if len(shared) > 1 and names:
            best = {word: list(rest.items()) for word, rest in by_word.items()}
    return best


def _field(label: str) -> str | None:
    return label_field(label) or label_field(label.split()[-1]) or label_field(label.split()[0])


def _with_field(labelled: tuple[str, Labelled]) -> Labelled:
    label, text = labelled
    field = "email" if has_email(text.text) else "phone" if has_phone(text.text) else _field(label)
    return replace(text, label=label, field=text.field or field)


def _as_practice(text: Labelled) -> Labelled:
    is_name = (text.field or label_field(text.label or "")) in _NAMING
    return replace(text, label="practice", field=None) if is_name and not names_person(text.text) else text
