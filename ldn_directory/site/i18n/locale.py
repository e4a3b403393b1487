"""Who reads: the language, how dates and numbers are written, miles or kilometres.

The language is that of the address (`/de/sources`), else the one that the browser asks for (RFC 9110, section 12.5.4), else English.
All text is in one catalogue a language, `catalogue/<language>.po`; the English text is the key. Dates and numbers are Babel's (CLDR).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Any

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from .lazy_text import Km, Phrase, phrase, phrases

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}
"""Code -> its own name."""
LOCALES = {"en": "en_001", "de": "de", "es": "es"}
"""What is taken where no country is known."""
_KNOWN = {
    "en_US",
    "en_GB",
    "en_CA",
    "en_AU",
    "en_IE",
    "en_NZ",
    "de_DE",
    "de_AT",
    "de_CH",
    "es_ES",
    "es_US",
    "es_MX",
    "es_419",
    "es_AR",
    "es_CO",
    "es_CL",
    "es_PR",
}
MILES = frozenset({"US", "GB", "LR", "MM", "PR"})
"""Countries whose roads are measured in miles."""
_METRIC = frozenset({"de"})
"""Languages whose readers think in kilometres wherever they are."""
KM_A_MILE = 1.609344
_WANTED = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-([A-Za-z0-9]{1,8}))?(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*"
)
_MOST_HEADER = 500


@dataclass(frozen=True, slots=True)
class Reader:
    """One way of reading the pages."""

    locale: str
    """As CLDR names it: `de_AT`; `en_001`, `de` or `es` where no country is known."""
    prefix: str = ""
    """`/de` where the address states the language, else empty."""

    @property
    def language(self) -> str:
        """`en`, `de` or `es`."""
        return self.locale[:2]

    @property
    def translations(self) -> NullTranslations:
        """The language's catalogue."""
        return translations_of(self.language)

    def say(self, said: Phrase | str) -> str:
        """A phrase in this language; a string as it is."""
        if isinstance(said, str):
            return said
        known = self.translations
        text = known.gettext(said.text) if said.plural is None else known.ngettext(said.text, said.plural, said.number)
        return text % {name: self._value(value) for name, value in said.values.items()} if said.values else text

    def _value(self, value: Any) -> str:
        match value:
            case Km():
                return self.distance(value.km, value.country_code)
            case Phrase():
                return self.say(value)
            case int() | float():
                return self.number(value)
        return str(value)

    def href(self, path: str) -> str:
        """The address of one of our pages, in the language that the present address states."""
        return self.prefix + path if path != "/" or not self.prefix else self.prefix + "/"

    def number(self, value: float) -> str:
        """A number as the reader writes it."""
        return _decimal(value, self.locale)

    def day(self, when: str) -> str:
        """A date for reading, such as 24 November 2026."""
        return _day(when[:10], self.locale)

    def age(self, when: str, today: date) -> str:
        """How long ago, in words."""
        days = max(0, (today - datetime.fromisoformat(when).date()).days)
        if days < 2:
            return self.say(phrase("yesterday") if days else phrase("today"))
        return self.say(phrases("%(num)s day ago", "%(num)s days ago", days))

    def in_miles(self, country_code: str | None = None) -> bool:
        """Whether distances are in miles: by the reader's country, else by that of the place."""
        own = self.locale[3:]
        if own.isalpha():
            return own in MILES
        return self.language not in _METRIC and country_code in MILES

    def distance(self, km: float, country_code: str | None = None) -> str:
        """A distance, such as `30 miles`."""
        if self.in_miles(country_code):
            return self.say(phrases("%(num)s mile", "%(num)s miles", max(1, round(km / KM_A_MILE))))
        return self.say(phrase("%(number)s km", number=max(1, round(km))))


ENGLISH = Reader("en_001")


@lru_cache(maxsize=512)
def _day(day: str, locale: str) -> str:
    return str(format_date(date.fromisoformat(day), "long", locale=locale))


@lru_cache(maxsize=4096)
def _decimal(value: float, locale: str) -> str:
    return str(format_decimal(value, locale=locale))


@lru_cache(maxsize=len(LANGUAGES))
def translations_of(language: str) -> NullTranslations:
    """The catalogue of a language; of English, the texts themselves."""
    source = files("ldn_directory.site").joinpath("catalogue").joinpath(f"{language}.po")
    if not source.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def reader_for(accept_language: str, prefix: str = "") -> Reader:
    """The reader that an `Accept-Language` header and the address's prefix (`/de` or empty) describe; the header's beginning is read."""
    return _reader_for(accept_language[:_MOST_HEADER], prefix)


@lru_cache(maxsize=2048)
def _reader_for(accept_language: str, prefix: str) -> Reader:
    chosen = prefix[1:]
    for language, territory in _wanted(accept_language):
        if language in LANGUAGES and chosen in ("", language):
            locale = f"{language}_{territory}"
            return Reader(locale if locale in _KNOWN else LOCALES[language], prefix)
    return Reader(LOCALES[chosen or "en"], prefix)


def _wanted(header: str) -> list[tuple[str, str]]:
    """(language, country) from the best on."""
    found = []
    for place, one in enumerate(header.split(",")):
        if stated := _WANTED.fullmatch(one):
            quality = float(stated[3] or 1)
            if quality > 0:
                found.append((-quality, place, stated[1].lower(), (stated[2] or "").upper()))
    return [(language, territory) for _, _, language, territory in sorted(found)]


def reader_of(request: Any) -> Reader:
    """Who asks."""
    known: Reader | None = request.scope.get("ldn.reader")
    return known or reader_for(request.headers.get("accept-language") or "")
