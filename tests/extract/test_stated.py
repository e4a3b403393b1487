"""Which facts about an entry its page states: only these are confirmed by a check of the page."""

from __future__ import annotations

import pytest

from ldn_directory.extract.page import Page
from ldn_directory.extract.stated import stated_facts

SALEM = {"city": "Salem", "region": "Oregon", "region_code": "US-OR", "country": "United States", "country_code": "US"}
HANOVER = {"city": "Hannover", "postcode": "30159", "country": "Germany", "country_code": "DE"}


def stated(words: str, url: str = "https://elm.example.org/ldn", **facts: str) -> set[str]:
    body = f"<!DOCTYPE html><title>LDN</title><body>{words}</body>".encode()
    return {name for name, _ in stated_facts(Page(url, body, "text/html; charset=utf-8"), facts)}


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Call (503) 555-0142 today", "+15035550142"),
        ("Call 503.555.0142 today", "+15035550142"),
        ("Call +1 503 555 0142", "+15035550142"),
        ('<a href="tel:+15035550142">Call us</a>', "+15035550142"),
        ("Tel. 020 7946 0123", "+442079460123"),
        ("Tel. +44 (0)20 7946 0123", "+442079460123"),
        ("Tel. 0044 20 7946 0123", "+442079460123"),
    ],
)
def test_a_number_is_stated_however_it_is_written(words, number):
    assert stated(words, phone=number) == {"phone"}


@pytest.mark.parametrize("words", ["Call 503-555-0143", "Order 15035550142999", "Case 9950355501420", "503 555", ""])
def test_another_number_or_one_within_a_longer_one_is_not_it(words):
    assert stated(words, phone="+15035550142") == set()


@pytest.mark.parametrize("words", ["Salem, Oregon", "Salem, OR 97301", "in <b>Salem</b>,<br>Oregon", "SALEM (OR)"])
def test_a_town_is_stated_beside_its_region(words):
    assert stated(words, **SALEM) == set(SALEM)


@pytest.mark.parametrize("words", ["30159 Hannover", "D-30159 Hannover", "Hannover, Germany"])
def test_a_town_is_stated_beside_its_postal_code_or_country(words):
    assert stated(words, **HANOVER) >= {"city", "country", "country_code"}


@pytest.mark.parametrize(
    "words", ["Patients come from Salem.", "Oregon", "A study from Oregon; Salem took part", "Salems OR"]
)
def test_a_town_or_region_alone_may_be_about_anything(words):
    assert stated(words, **SALEM) == set()


def test_names_streets_and_addresses_are_whole_words_and_case_and_accents_do_not_count():
    facts = {"name": "Taché & Elm Pharmacy", "street": "12 Mill Road", "address": "12 Mill Road, Salem, Oregon"} | SALEM
    assert stated("TACHE &amp; ELM PHARMACY, 12 Mill Road, Salem, Oregon", **facts) == set(facts)
    assert stated("Tachés Elm Pharmacy, 112 Mill Road, Salem, Oregon", **facts) == set(SALEM)


def test_an_e_mail_address_is_stated_in_words_or_in_a_link():
    assert stated("write to Desk@Elm.example.org", email="desk@elm.example.org") == {"email"}
    assert stated('<a href="mailto:desk@elm.example.org?subject=x">write</a>', email="desk@elm.example.org") == {
        "email"
    }
    assert stated("other.desk@elm.example.org", email="desk@elm.example.org") == set()


def test_a_page_on_the_website_itself_confirms_the_website():
    assert stated("", website="https://www.elm.example.org/") == {"website"}
    assert stated("", url="https://news.example.net/elm", website="https://elm.example.org") == set()


def test_what_a_reader_is_never_shown_does_not_count():
    assert (
        stated('<p style="display:none">503-555-0142</p><script>"503-555-0142"</script>', phone="+15035550142") == set()
    )


def test_kinds_grades_and_remarks_are_for_people_to_judge():
    assert stated("pharmacy offers Says so.", kind="pharmacy", grade="offers", remark="Says so.") == set()
