"""Sentences that are translated only when somebody reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Km:
    """A distance in kilometres, which a reader may want in miles."""

    km: float
    country_code: str | None = None
    """Where it is measured: it decides the unit for readers whose own country is not known."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence of the catalogue with its values. `str()` gives it in English."""

    text: str
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    plural: str | None = None
    number: int = 1

    def __str__(self) -> str:
        from .locale import ENGLISH

        return ENGLISH.say(self)


def phrase(text: str, /, **values: Any) -> Phrase:
    """A sentence with `%(name)s` for each of the values, which may be phrases, distances and whole numbers themselves."""
    return Phrase(text, MappingProxyType(values))


def phrases(one: str, many: str, number: int, /, **values: Any) -> Phrase:
    """The same with a form for one and for many; `%(num)s` is the number."""
    return Phrase(one, MappingProxyType(values | {"num": number}), plural=many, number=number)
