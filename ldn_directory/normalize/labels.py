"""Which field a label means, in the languages and machine spellings that lists use."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .regions import fold
from .words import read_toml, table

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_IN_PATHS = re.compile(r"[@:/()]")
"""Characters that the dotted path of a key ("fields.phone") does not hold."""


@cache
def fields() -> frozenset[str]:
    """The names of all fields."""
    return frozenset(_field_by_label().values())


@cache
def _field_by_label() -> dict[str, str]:
    return {label: field for field, labels in read_toml("labels.toml").items() for label in labels}


def split_camel_case(label: str) -> str:
    """The label with a space between the words of camel or snake case."""
    return _CAMEL.sub(" ", label).replace("_", " ")


@lru_cache(maxsize=20_000)
def field_of(label: str | None) -> str | None:
    """The field that a label stands for. None if it is unknown, which is better than a wrong field."""
    if not label or len(label) > 80:
        return None
    known = _field_by_label()
    for candidate in _shorten(fold(split_camel_case(label))):
        if field := known.get(candidate):
            return field
    if "." in label and not _NOT_IN_PATHS.search(label):
        return field_of(label.rsplit(".", 1)[1])
    return None


def _shorten(label: str) -> list[str]:
    """The label, then without its prefixes one by one, each also without a suffix."""
    candidates = [label]
    for candidate in candidates:
        if len(candidates) > 12:
            break
        shorter = (candidate[len(prefix) :] for prefix in table("label_prefixes") if candidate.startswith(prefix))
        candidates += [one for one in shorter if one not in candidates]
    ends = ((one, suffix) for one in candidates for suffix in table("label_suffixes") if one.endswith(suffix))
    return [*candidates, *(one[: -len(suffix)] for one, suffix in ends)]
