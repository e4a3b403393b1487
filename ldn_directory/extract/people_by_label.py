"""Takes apart a record that names several people under labels of their own: "First doctor's name", "Doctor 2 mail"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ldn_directory.model import Labelled, Record

from .signals import has_email, has_phone, is_weak_person, label_field, names_person

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


def texts_of_people(texts: Sequence[Labelled]) -> list[Labelled]:
    """The texts under labels that tell several people apart; none if no labels do."""
    return [text for group in _groups(texts).values() for _, text in group]


def _groups(texts: Sequence[Labelled]) -> dict[str, list[tuple[str, Labelled]]]:
    """By the word that tells them apart: (the rest of the label, the text) of each text."""
    found: dict[int, dict[str, dict[str, Labelled]]] = defaultdict(lambda: defaultdict(dict))
    for text in texts:
        words = (text.label or "").rstrip(":").split()
        for place, word in enumerate(words if 2 <= len(words) <= _MAX_WORDS else ()):
            if place + 1 < len(words) or label_field(word) is None:
                found[place][word][" ".join((*words[:place], *words[place + 1 :]))] = text
    for by_word in found.values():
        naming = Counter(rest for by_rest in by_word.values() for rest in by_rest if _field(rest) == "name")
        named, count = max(naming.items(), key=lambda one: one[1], default=("", 0))
        people = {word: by_rest for word, by_rest in by_word.items() if named in by_rest}
        persons = all(_is_person(by_rest[named].text) for by_rest in people.values())
        if count > 1 and persons and any(len(by_rest) > 1 for by_rest in people.values()):
            return {word: list(by_rest.items()) for word, by_rest in people.items()}
    return {}


def _is_person(text: str) -> bool:
    return names_person(text) or is_weak_person(text)


def _field(label: str) -> str | None:
    return label_field(label) or label_field(label.split()[-1]) or label_field(label.split()[0])


def _with_field(labelled: tuple[str, Labelled]) -> Labelled:
    label, text = labelled
    field = "email" if has_email(text.text) else "phone" if has_phone(text.text) else _field(label)
    return replace(text, label=label, field=text.field or field)


def _as_practice(text: Labelled) -> Labelled:
    is_name = (text.field or label_field(text.label or "")) in _NAMING
    return replace(text, label="practice", field=None) if is_name and not names_person(text.text) else text
