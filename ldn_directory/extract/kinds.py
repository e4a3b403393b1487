"""What a list says its entries are: by the words of a key, a file name, a title or a column of kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.words import any_of

from .column_labels import words_of
from .facts import facts

_PHARMACY = re.compile(any_of("pharmacy"), re.IGNORECASE)
_PERSON = frozenset(("first_name", "last_name"))


@lru_cache(maxsize=20_000)
def kind_said(text: str) -> str | None:
    """ "pharmacy" or "clinic", if the words name that and nothing else: "drugstore", "Every pharmacy in the Guide"."""
    words = " ".join(words_of(text[:200]))
    kinds = facts("columns")["kinds"]
    found = {kind for kind, known in kinds.items() if set(words.split()) & set(known)}
    if _PHARMACY.search(words) or any(_PHARMACY.search(word.rstrip("nrs")) for word in words.split()):
        found.add("pharmacy")
    found -= {"pharmacy"} if "pharmacist" in words else set()
    return found.pop() if len(found) == 1 and found <= {"pharmacy", "clinic"} else None


def is_kind(text: str) -> bool:
    """Whether a value is a kind of entry and no more: `drugstore`, "Clinic"."""
    return (
        len(text) < 30 and len(words_of(text)) <= 2 and not any(map(str.isdigit, text)) and kind_said(text) is not None
    )


def with_kind(record: Record, sayings: Iterable[str]) -> Record:
    """The record with the kind that the first of the list's own words tells, if it states none and names no person."""
    fields = {text.field for text in record.texts}
    if "kind" in fields or fields & _PERSON:
        return record
    said = next((one for one in sayings if one and kind_said(one)), None)
    if said is None:
        return record
    return replace(record, texts=(*record.texts, Labelled(label="kind", text=f"{kind_said(said)}", field="kind")))


def sayings_of(answer: object, path: Sequence[str]) -> list[str]:
    """The words with which an answer speaks of its list: the keys on the way to it, and its titles."""
    keys = [key for key in reversed(path) if key != "*"]
    titles: list[str] = []
    for key in (None, *path):
        answer = answer.get(key) if key is not None and isinstance(answer, dict) else answer if key is None else None
        for name in ("title", "name", "heading", "description") if isinstance(answer, dict) else ():
            stated = answer.get(name)  # type: ignore[union-attr]
            stated = stated.get("_") or stated.get("text") if isinstance(stated, dict) else stated
            titles += [stated[:200]] if isinstance(stated, str) else []
    return [*keys, *titles]
