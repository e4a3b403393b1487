"""Names of countries (from CLDR) and regions (from a table, and pycountry) in the reader's language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations, translation
from importlib.resources import files

import pycountry
from babel import Locale

from ldn_directory.normalize.regions import country, country_named, region_named

_AS_PUBLISHED = "en"
"""The language of the names in the directory."""
_COLUMNS = ("en", "de", "es")
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
    published = published or _english(code)
    if "-" not in code:
        told = Locale.parse(locale).territories.get(code) if language != _AS_PUBLISHED else None
        return told or published
    if published != _english(code) and language == _AS_PUBLISHED:
        return published
    return _region_names().get(code, {}).get(language) or _translated(code, language) or published


def _translated(code: str, language: str) -> str | None:
    """The name of a region that the translations of ISO 3166-2 have, if that is not the name of a country too."""
    entry = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    if entry is None or language == _AS_PUBLISHED or country(entry.name):
        return None
    told = _subdivisions(language).gettext(entry.name)
    return told if told != entry.name else None


@lru_cache(maxsize=1)
def _region_names() -> Mapping[str, Mapping[str, str]]:
    """ISO 3166-2 code -> language -> name, from `region_names.toml`."""
    stated = tomllib.loads(files("ldn_directory.site.i18n").joinpath("region_names.toml").read_text("utf-8"))["names"]
    return {code: dict(zip(_COLUMNS, names, strict=True)) for code, names in stated.items()}


def name_in_a_sentence(code: str, locale: str, published: str | None = None) -> str:
    """The name of an ISO 3166 code inside a sentence: English puts an article before some."""
    name = place_name(code, locale, published)
    return f"the {name}" if locale[:2] == _AS_PUBLISHED and code in _WITH_ARTICLE else name


@lru_cache(maxsize=1_024)
def country_in(locale: str, published: str) -> str:
    """A country's published name, translated for a reader with this locale."""
    known = country(published) if locale[:2] != _AS_PUBLISHED else None
    return place_name(known.code, locale, published) if known else published


@lru_cache(maxsize=1_024)
def region_in(locale: str, published: str) -> str:
    """A region's published name for a reader with this locale, if only one region has that name."""
    return place_name(code, locale, published) if (code := _codes_by_name().get(published)) else published


@lru_cache(maxsize=1)
def _codes_by_name() -> Mapping[str, str]:
    return {_english(code): code for code in _region_names()}


def _english(code: str) -> str:
    known = region_named(code) if "-" in code else country_named(code)
    return known.name if known else code


@lru_cache(maxsize=8)
def _subdivisions(language: str) -> NullTranslations:
    return translation("iso3166-2", pycountry.LOCALES_DIR, languages=[language], fallback=True)
