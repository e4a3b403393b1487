"""Sentences that are translated when somebody reads them, not when they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from gettext import NullTranslations
from types import MappingProxyType
from typing import Any

from babel.numbers import format_decimal

from .place_names import name_in_a_sentence, place_name

MILES = frozenset({"US", "GB", "LR", "MM", "PR"})
"""Countries whose roads are measured in miles."""
KM_A_MILE = 1.609344
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_ENGLISH = NullTranslations()


@dataclass(frozen=True, slots=True)
class Km:
    """A distance in kilometres, which a reader may want in miles."""

    km: float
    country_code: str | None = None
    """Where it is measured, which decides the unit for readers whose own country is not known."""

    def phrase(self, in_miles: bool) -> Phrase:
        """The distance in whole miles or kilometres, at least one; from 20 on in steps, as people say it."""
        if in_miles:
            return phrases("%(num)s mile", "%(num)s miles", _in_steps(self.km / KM_A_MILE))
        return phrase("%(number)s km", number=_in_steps(self.km))


def _in_steps(distance: float) -> int:
    step = 1 if distance < 20 else 5 if distance < 100 else 10 if distance < 1_000 else 50
    return max(1, round(distance / step) * step)


@dataclass(frozen=True, slots=True)
class Area:
    """A country or region, which has another name in each language."""

    code: str
    """ISO 3166-1 or 3166-2."""
    is_listed: bool = False
    """Whether it is one of several names between commas, where English has no article."""

    def name(self, locale: str) -> str:
        """The name for a reader with a CLDR locale."""
        return place_name(self.code, locale) if self.is_listed else name_in_a_sentence(self.code, locale)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence of the catalogue with its values. `str()` gives it in English."""

    text: str
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    plural: str | None = None
    number: int = 1

    def render(self, translations: NullTranslations, value_text: Callable[[Any], str]) -> str:
        """The sentence in the language of a catalogue; `value_text` gives the text of each value."""
        if self.plural is None:
            text = translations.gettext(self.text)
        else:
            text = translations.ngettext(self.text, self.plural, self.number)
        return text % {name: value_text(value) for name, value in self.values.items()} if self.values else text

    def __str__(self) -> str:
        return self.render(_ENGLISH, _english_text)


def _english_text(value: Any) -> str:
    match value:
        case Km():
            return str(value.phrase(value.country_code in MILES))
        case Area():
            return value.name("en_001")
        case int() | float():
            return str(format_decimal(value, locale="en_001"))
    return str(value)


def phrase(text: str, /, **values: Any) -> Phrase:
    """A sentence with `%(name)s` for each value. Values may be phrases, distances and numbers."""
    return Phrase(text, MappingProxyType(values))


def phrases(one: str, many: str, number: int, /, **values: Any) -> Phrase:
    """A sentence with a singular and a plural form; `%(num)s` is the number."""
    return Phrase(one, MappingProxyType(values | {"num": number}), plural=many, number=number)
