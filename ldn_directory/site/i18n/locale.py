"""The reader's language, formats of dates and numbers, and miles or kilometres.

The language is that of the address (`/de/sources`), else the one that the browser asks for (RFC 9110, section 12.5.4),
else English. Each language has one catalogue, `catalogue/<language>.po`, whose keys are the English texts. Dates and
numbers are formatted by Babel (CLDR).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Any, Literal

from babel.core import get_global
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from .lazy_text import MILES, Area, Km, Phrase, phrase, phrases

LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}
"""Code -> its own name."""
LOCALES = {"en": "en_001", "de": "de", "es": "es"}
"""The locales used if the country is not known."""
_TERRITORIES = {
    "en": {"US", "GB", "CA", "AU", "IE", "NZ"},
    "de": {"DE", "AT", "CH"},
    "es": {"ES", "US", "MX", "419", "AR", "CO", "CL", "PR"},
}
"""The countries whose formats are known, by language."""
_METRIC = frozenset({"de"})
"""Languages whose readers use kilometres wherever they are."""
_WANTED = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z]{4})?(?:-([A-Za-z0-9]{1,8}))?(?:-[A-Za-z0-9-]*)?\s*"
    r"(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*"
)
"""A language with its script and country, and its quality (RFC 4647, section 2.1)."""
_MOST_HEADER = 500


@dataclass(frozen=True, slots=True)
class Reader:
    """How a visitor reads the pages."""

    locale: str
    """A CLDR name such as `de_AT`; `en_001`, `de` or `es` if the country is not known."""
    prefix: str = ""
    """`/de` if the address states the language, else empty."""
    home: str | None = None
    """ISO 3166-1 code of the country that the browser's languages speak of; None if they leave it open."""

    @property
    def language(self) -> str:
        """`en`, `de` or `es`."""
        return self.locale[:2]

    @property
    def translations(self) -> NullTranslations:
        """The language's catalogue."""
        return translations_of(self.language)

    def say(self, said: Phrase | str) -> str:
        """A phrase in this language; a string unchanged."""
        return said if isinstance(said, str) else said.render(self.translations, self._value)

    def _value(self, value: Any) -> str:
        match value:
            case Km():
                return self.distance(value.km, value.country_code)
            case Area():
                return value.name(self.locale)
            case Phrase():
                return self.say(value)
            case int() | float():
                return self.number(value)
        return str(value)

    def href(self, path: str) -> str:
        """The address of a page of the site, in the language that the current address states."""
        return self.prefix + path if path != "/" or not self.prefix else self.prefix + "/"

    def number(self, value: float) -> str:
        """A number as the reader writes it."""
        return _decimal(value, self.locale)

    def day(self, when: str) -> str:
        """A date such as 24 November 2026."""
        return _day(when[:10], self.locale, "long")

    def short_day(self, when: str) -> str:
        """A date such as 24 Nov 2026."""
        return _day(when[:10], self.locale, "medium")

    def age(self, when: str, today: date) -> str:
        """How long ago, in words."""
        days = max(0, (today - datetime.fromisoformat(when).date()).days)
        if days < 2:
            return self.say(phrase("yesterday") if days else phrase("today"))
        return self.say(phrases("%(num)s day ago", "%(num)s days ago", days))

    def in_miles(self, country_code: str | None = None) -> bool:
        """Whether distances are in miles, by the reader's country, else by that of the place."""
        own = self.locale[3:]
        if own.isalpha():
            return own in MILES
        return self.language not in _METRIC and country_code in MILES

    def distance(self, km: float, country_code: str | None = None) -> str:
        """A distance, such as `30 miles`."""
        return self.say(Km(km, country_code).phrase(self.in_miles(country_code)))


ENGLISH = Reader("en_001")


@lru_cache(maxsize=512)
def _day(day: str, locale: str, form: Literal["medium", "long"]) -> str:
    return str(format_date(date.fromisoformat(day), form, locale=locale))


@lru_cache(maxsize=4096)
def _decimal(value: float, locale: str) -> str:
    return str(format_decimal(value, locale=locale))


@lru_cache(maxsize=len(LANGUAGES))
def translations_of(language: str) -> NullTranslations:
    """The catalogue of a language; English texts stay as they are."""
    source = files("ldn_directory.site").joinpath("catalogue").joinpath(f"{language}.po")
    if not source.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def reader_for(accept_language: str, prefix: str = "") -> Reader:
    """The reader described by (the beginning of) an `Accept-Language` header and the prefix of the address."""
    return _reader_for(accept_language[:_MOST_HEADER], prefix)


@lru_cache(maxsize=2048)
def _reader_for(accept_language: str, prefix: str) -> Reader:
    chosen = prefix[1:]
    accepted = _accepted_languages(accept_language)
    home = next(filter(None, (_country_of(*one) for one in accepted)), None)
    for language, territory in accepted:
        if language in LANGUAGES and chosen in ("", language):
            is_known = territory in _TERRITORIES[language]
            return Reader(f"{language}_{territory}" if is_known else LOCALES[language], prefix, home)
    return Reader(LOCALES[chosen or "en"], prefix, home)


def _country_of(language: str, territory: str) -> str | None:
    """The country that a language tag names, else the one where most speak the language; English is spoken anywhere."""
    if len(territory) == 2 and territory.isalpha():
        return territory
    if territory or language == "en":
        return None
    likely = get_global("likely_subtags").get(language, "").rpartition("_")[2]
    return likely if len(likely) == 2 else None


def _accepted_languages(header: str) -> list[tuple[str, str]]:
    """(language, country), most wanted first."""
    found = []
    for place, one in enumerate(header.split(",")):
        if stated := _WANTED.fullmatch(one):
            quality = float(stated[3] or 1)
            if quality > 0:
                found.append((-quality, place, stated[1].lower(), (stated[2] or "").upper()))
    return [(language, territory) for _, _, language, territory in sorted(found)]


def home_country(accept_language: str) -> str | None:
    """ISO 3166-1 code of the country that an `Accept-Language` header speaks of; None if it leaves it open."""
    return reader_for(accept_language).home


def home_of(request: Any) -> str | None:
    """The same for the reader who sent a request."""
    return reader_of(request).home


def reader_of(request: Any) -> Reader:
    """The reader who sent a request."""
    known: Reader | None = request.scope.get("ldn.reader")
    return known or reader_for(request.headers.get("accept-language") or "")
