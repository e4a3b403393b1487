"""Pages as readers of several languages and countries expect them."""

from __future__ import annotations

import asyncio

import pytest

from ldn_directory.site.i18n.labels import credentials_in_words, distance_away
from ldn_directory.site.i18n.lazy_text import Area, Km, phrase, phrases
from ldn_directory.site.i18n.locale import reader_for


@pytest.mark.parametrize(
    ("header", "day", "number"),
    [
        ("en-US,en;q=0.9", "November 2, 2026", "1,234"),
        ("en-GB", "2 November 2026", "1,234"),
        ("", "2 November 2026", "1,234"),
        ("de-AT,de;q=0.8", "2. November 2026", "1.234"),
        ("de", "2. November 2026", "1.234"),
        ("es-MX", "2 de noviembre de 2026", "1,234"),
        ("fr, de;q=0.3, en;q=0.2", "2. November 2026", "1.234"),
        ("de;q=0, en", "2 November 2026", "1,234"),
        ("x" * 5_000, "2 November 2026", "1,234"),
    ],
)
def test_dates_and_numbers_are_the_reader_s(header, day, number):
    reader = reader_for(header)
    assert (reader.day("2026-11-02T10:00:00Z"), reader.number(1234)) == (day, number)


@pytest.mark.parametrize(
    ("header", "country", "told"),
    [
        ("en-US", "DE", "30 miles"),
        ("en-GB", None, "30 miles"),
        ("en-AU", "US", "50 km"),
        ("en", "US", "30 miles"),
        ("en", "NZ", "50 km"),
        ("es-US", None, "30 millas"),
        ("es", "US", "30 millas"),
        ("es-ES", "US", "50 km"),
        ("de", "US", "50 km"),
        ("", None, "50 km"),
    ],
)
def test_distances_are_in_miles_where_the_reader_or_else_the_place_has_miles(header, country, told):
    assert reader_for(header).say(phrase("%(distance)s", distance=Km(50, country))) == told


@pytest.mark.parametrize(
    ("km", "told"),
    [
        (0.2, "1 km"),
        (7.4, "7 km"),
        (19.4, "19 km"),
        (23, "25 km"),
        (98, "100 km"),
        (344, "340 km"),
        (4_321, "4,300 km"),
    ],
)
def test_distances_are_whole_and_the_longer_the_rounder(km, told):
    assert str(Km(km, "DE").phrase(in_miles=False)) == told


@pytest.mark.parametrize(
    ("km", "precise_to_km", "told"),
    [
        (3.2, None, "3 km away"),
        (12.0, 0.5, "12 km away"),
        (40.0, 5.0, "about 40 km away"),
        (9.0, 10.7, "in Leeds (exact address not listed)"),
        (0.0, 10.7, "in Leeds (exact address not listed)"),
    ],
)
def test_who_is_known_only_by_a_town_that_is_here_is_said_to_be_in_it_and_not_so_far_away(km, precise_to_km, told):
    assert str(distance_away(km, precise_to_km, "DE", "Leeds")) == told


def test_countries_and_regions_in_a_sentence_are_named_in_the_reader_s_language():
    inside = phrase("%(place)s", place=Area("US"))
    assert [reader_for(language).say(inside) for language in ("en", "de", "es")] == [
        "the United States",
        "Vereinigte Staaten",
        "Estados Unidos",
    ]
    assert str(inside) == "the United States" and str(phrase("%(place)s", place=Area("US-OH"))) == "Ohio"


def test_the_address_decides_before_the_browser():
    assert reader_for("es-MX, en", "/de").language == "de" and reader_for("de-CH", "/de").locale == "de_CH"


def test_a_phrase_is_english_as_text_and_has_forms_for_one_and_many():
    assert str(phrases("%(num)s day ago", "%(num)s days ago", 1)) == "1 day ago"
    assert reader_for("de").say(phrases("%(num)s day ago", "%(num)s days ago", 3)).startswith("vor 3")


@pytest.mark.parametrize(
    ("letters", "meaning"),
    [
        ("MD", "MD: physician"),
        ("M.D., Ph.D.", "M.D.: physician; Ph.D.: doctorate"),
        ("ND, LAc", "ND: naturopathic doctor; LAc: acupuncturist"),
        ("XYZ", ""),
        (None, ""),
        ("", ""),
    ],
)
def test_letters_behind_a_name_are_told_in_words(letters, meaning):
    assert credentials_in_words(letters, "US") == meaning


def test_a_do_is_a_physician_only_where_that_is_so():
    assert credentials_in_words("DO", "CA") == "DO: osteopathic physician" and credentials_in_words("DO", "AU") == ""


def test_countries_are_named_in_the_reader_s_language_and_asked_for_by_their_published_name(visit):
    page = asyncio.run(visit("/de/?near=germany"))
    assert "Deutschland" in page.text and "country=Germany" in asyncio.run(visit("/de/")).text
