"""Names of countries (from CLDR) and regions (from pycountry) in the reader's language."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations, translation

import pycountry
from babel import Locale

from ldn_directory.normalize.regions import country, country_named, region_named

_AS_PUBLISHED = "en"
"""The language of the names in the directory."""
_WITH_ARTICLE = frozenset(
    (
        "AE",
        "BS",
        "CD",
        "CF",
        "CG",
        "CK",
        "DO",
        "FK",
        "FO",
        "GB",
        "GM",
        "IM",
        "KM",
        "KY",
        "MH",
        "MP",
        "MV",
        "NL",
        "PH",
        "SB",
        "TC",
        "US",
        "VG",
        "VI",
        "US-DC",
        "CA-NT",
        "AU-ACT",
        "AU-NT",
    )
)
"""Names that English says with “the”."""


@lru_cache(maxsize=8_192)
def place_name(code: str, locale: str, published: str | None = None) -> str:
    """The name of an ISO 3166 code for a reader with a CLDR locale such as `de_AT`; as published if none is known."""
    language = locale[:2]
    if language == _AS_PUBLISHED:
        return published or _english(code)
    if "-" not in code:
        return Locale.parse(locale).territories.get(code) or published or _english(code)
    entry = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    told = _subdivisions(language).gettext(entry.name) if entry else ""
    return told if entry and told != entry.name else published or _english(code)


def name_in_a_sentence(code: str, locale: str) -> str:
    """The name of an ISO 3166 code inside a sentence: English puts an article before some."""
    name = place_name(code, locale)
    return f"the {name}" if locale[:2] == _AS_PUBLISHED and code in _WITH_ARTICLE else name


@lru_cache(maxsize=1_024)
def country_in(locale: str, published: str) -> str:
    """A country's published name, translated for a reader with this locale."""
    known = country(published) if locale[:2] != _AS_PUBLISHED else None
    return place_name(known.code, locale, published) if known else published


def _english(code: str) -> str:
    known = region_named(code) if "-" in code else country_named(code)
    return known.name if known else code


@lru_cache(maxsize=8)
def _subdivisions(language: str) -> NullTranslations:
    return translation("iso3166-2", pycountry.LOCALES_DIR, languages=[language], fallback=True)
