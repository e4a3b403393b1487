"""Words of intent, and what becomes of words that nobody matches: the rules, one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ldn_directory.places import Gazetteer
from ldn_directory.site.search import Query, Results, search
from ldn_directory.site.search.spelling import similarity
from tests.search.test_searching import PORTLAND, SALEM, directory, names

TODAY = date(2026, 11, 25)
DOCTOR = {"name": "Jane Smith", "kind": "prescriber"}
PHARMACY = {"name": "Harbour Drug Store", "kind": "pharmacy"}


@pytest.fixture(scope="module")
def gazetteer(world: Path) -> Gazetteer:
    return Gazetteer.open(world)


def found(*people: dict, gazetteer: Gazetteer | None = None, **parameters: str) -> Results:
    return search(directory(*people), Query.parse(parameters), TODAY, gazetteer=gazetteer)


def said(results: Results) -> str:
    return " ".join(map(str, results.messages))


def chips(results: Results) -> dict[str, dict[str, str]]:
    return {str(chip.text): dict(chip.parameters) for chip in results.parsed.chips}


@pytest.mark.parametrize("q", ["doctor", "find a physician", "GP", "Arzt", "médico", "who prescribes LDN"])
def test_whoever_can_prescribe_is_meant_by_a_doctor(q):
    clinic, video = {"name": "Oak", "kind": "clinic"}, {"name": "Fern", "kind": "telehealth"}
    assert set(names(found(DOCTOR, PHARMACY, clinic, video, q=q))) == {"Jane Smith", "Oak", "Fern"}


@pytest.mark.parametrize(
    "q", ["LDN", "low dose naltrexone", "the best LDN", "naltrexona", "niedrig dosiertes Naltrexon"]
)
def test_noise_leaves_nobody_out_and_is_said_once(q):
    results = found(DOCTOR, PHARMACY, q=q)
    assert results.total == 2
    assert results.parsed.ignored and not results.messages


def test_of_phrases_the_longest_is_meant():
    results = found(DOCTOR, q="nurse practitioner")
    assert [str(chip.text) for chip in results.parsed.chips] == ["“nurse”"]
    assert not found(DOCTOR, q="in person").parsed.place


def test_a_profession_is_a_word_that_somebody_must_have_if_anybody_has_it():
    naturopath = {"name": "Ann Roe", "credentials": "ND"}
    assert names(found(DOCTOR, naturopath, PHARMACY, q="naturopath")) == ["Ann Roe"]
    without = found(DOCTOR, PHARMACY, q="naturopath")
    assert names(without) == ["Jane Smith"]
    assert "“naturopath”; shown without it" in said(without)


def test_an_illness_leaves_nobody_out_but_who_names_it_comes_first():
    specialist = {"name": "Zoe Roe", "specialty": "Fibromyalgia"}
    assert names(found(DOCTOR, specialist, q="doctor for fibromyalgia")) == ["Zoe Roe", "Jane Smith"]
    assert names(found(DOCTOR, PHARMACY, q="fibromyalgia doctor")) == ["Jane Smith"]


def test_words_of_intent_that_are_a_whole_name_are_that_name():
    named = {"name": "Clinic of Dr Virtual", "kind": "clinic"}
    assert names(found(DOCTOR, named, q="Clinic of Dr Virtual")) == ["Clinic of Dr Virtual"]
    shop = {"name": "The Doctors Pharmacy", "kind": "pharmacy"}
    assert names(found(DOCTOR, PHARMACY, shop, q="The Doctors Pharmacy")) == ["The Doctors Pharmacy"]


def test_two_words_of_intent_are_a_wish_and_who_is_named_so_comes_first():
    named = {"name": "Clinic of Dr Virtual", "kind": "pharmacy"}
    video = {"name": "Amber", "kind": "telehealth", "telehealth": "yes"}
    assert names(found(DOCTOR, video, named, q="virtual clinic")) == ["Clinic of Dr Virtual", "Amber"]


def test_noise_beside_a_title_or_another_name_is_a_name():
    best = {"name": "Nora Best"}
    assert names(found(DOCTOR, best, q="Dr. Best")) == ["Nora Best"]
    assert names(found(DOCTOR, best, {"name": "Nora Roe"}, q="nora best")) == ["Nora Best"]
    assert len(names(found(DOCTOR, best, q="best doctor"))) == 2


def test_new_patients_asks_for_those_who_say_yes_then_for_those_who_do_not_say_and_never_for_no():
    yes, no = {"name": "Zoe", "accepts_new": "yes"}, {"name": "Abel", "accepts_new": "no"}
    results = found(no, DOCTOR, yes, q="accepting new patients")
    assert names(results) == ["Zoe", "Jane Smith"]
    assert "come first" in said(results)


def test_delivery_asks_for_pharmacies_that_state_that_they_serve_the_place(gazetteer):
    ships = {**PHARMACY, "name": "Zinnia Drug Store", "serves": ("US-OR",), "country_code": "US"}
    elsewhere = {**PHARMACY, "name": "Fern Drug Store", "serves": ("US-OH",), "country_code": "US"}
    video = {"name": "Meadow", "kind": "telehealth", "telehealth": "yes", "serves": ("US-OR",)}
    here = {**PHARMACY, **PORTLAND}
    for q in ("pharmacy that ships to Oregon", "LDN delivery Oregon", "mail order pharmacy oregon"):
        assert names(found(ships, elsewhere, video, here, gazetteer=gazetteer, q=q)) == ["Zinnia Drug Store"], q


def test_in_person_leaves_out_those_who_only_treat_by_video(gazetteer):
    video = {"name": "Meadow", "kind": "telehealth", "telehealth": "yes", "serves": ("US-OR",)}
    near = {**DOCTOR, **PORTLAND}
    assert names(found(video, near, gazetteer=gazetteer, q="doctor in person Portland, Oregon")) == ["Jane Smith"]


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("pharmacy", "No pharmacy matches this"),
        ("video visits", "video visits; showing all"),
        ("shipping", "deliver there; showing all"),
        ("accepting new patients", "new patients; showing all"),
    ],
)
def test_a_wish_that_nobody_meets_is_not_kept_to_which_is_said(q, sentence):
    results = found({"name": "Abel", "accepts_new": "no"}, q=q)
    assert names(results) == ["Abel"]
    assert sentence in said(results)


def test_of_several_wishes_the_kind_is_kept_longest():
    results = found(DOCTOR, PHARMACY, q="pharmacy that ships")
    assert names(results) == ["Harbour Drug Store"]
    assert results.parsed.relaxed == ("way",)


def test_each_chip_leads_to_the_same_search_without_what_it_says(gazetteer):
    near = {**DOCTOR, **PORTLAND, "telehealth": "yes"}
    results = found(near, gazetteer=gazetteer, q="video doctor taking new patients near Portland, Oregon", size="10")
    assert chips(results) == {
        "Doctors and clinics": {"q": "video taking new patients near Portland, Oregon", "size": "10"},
        "Video visits": {"q": "doctor taking new patients near Portland, Oregon", "size": "10"},
        "Takes new patients": {"q": "video doctor near Portland, Oregon", "size": "10"},
        "Place: Portland, Oregon, United States": {
            "q": "video doctor taking new patients near Portland, Oregon",
            "size": "10",
            "place": "no",
        },
    }
    assert results.parsed.elsewhere == "video doctor taking new patients"


def test_words_that_nobody_has_are_dropped_and_then_the_most_frequent_ones():
    people = [{"name": f"Jane Roe{number}"} for number in range(5)]
    results = found(*people, DOCTOR, q="jane smith unicorn")
    assert names(results) == ["Jane Smith"] and results.parsed.dropped == ("unicorn",)
    rare = found(*people, {"name": "Fay Smith"}, q="jane smith")
    assert names(rare) == ["Fay Smith"] and rare.parsed.dropped == ("jane",)


def test_words_that_nobody_there_has_are_dropped_beside_a_place(gazetteer):
    results = found(
        {**DOCTOR, **PORTLAND}, {"name": "Ann Poe", **SALEM}, gazetteer=gazetteer, q="zebra portland oregon"
    )
    assert names(results)[0] == "Jane Smith"
    assert "“zebra”" in said(results)


def test_guesses_at_a_name_are_marked_and_few():
    people = [{"name": f"Ann Smith{letter}"} for letter in "abcdefghijklmnop"]
    results = found(*people, q="Dr. Smtha")
    assert 0 < len(results.rows) <= 10
    assert all(row["guess"] for row in results.rows)
    exact = found(DOCTOR, q="smith")
    assert not exact.rows[0]["guess"]


def test_guesses_beside_others_come_first_and_are_at_most_five(gazetteer):
    people = [{"name": f"Ann Smith{letter}", **PORTLAND} for letter in "abcdefgh"]
    results = found(*people, gazetteer=gazetteer, q="smtha portland oregon")
    guesses = [row["guess"] for row in results.rows]
    assert 0 < sum(guesses) <= 5 and guesses == sorted(guesses, reverse=True)
    assert results.total == 8


@pytest.mark.parametrize("q", ["xqzvbn", "qwrtpsdfg", "zzz"])
def test_random_letters_are_no_name(q):
    assert not found(DOCTOR, PHARMACY, {"name": "Zelda Quinn"}, q=q).rows


def test_spellings_are_alike_by_edits_and_by_their_beginning():
    assert similarity("smth", "smith") > 0.6 > similarity("zebra", "zelda")
