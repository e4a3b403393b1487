"""Who is whose entry in a register: a match with its evidence, none, or several."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_directory.normalize.npi import check_digit, is_npi
from ldn_directory.registers.entries import Entry, Facts, OtherPlace, PracticePlace, Shares
from ldn_directory.registers.loading import load
from ldn_directory.registers.lookup import entries_for
from ldn_directory.registers.matching import match_provider
from ldn_directory.registers.names import name_of, organisation_key, street_key
from ldn_directory.registers.store import open_registers
from tests.generators.registers import Register

AUSTIN = PracticePlace(
    street="1200 N. Elm Street, Suite 3", city="Austin", region_code="US-TX", postcode="78701", country_code="US"
)
LISTED = Facts(
    id=1,
    is_person=True,
    names=("Harriet B. Quillmere",),
    credentials=("MD",),
    spots=(AUSTIN,),
    phones=("+15125550142",),
)
SHARES = Shares(
    total=9_000_000, surname=900, given=20_000, organisation=2, phone=3, postcode=700, city=40_000, region=600_000
)
HERS = Entry(
    number="1234567893",
    active=True,
    given="HARRIET",
    middle="B",
    surname="QUILLMERE",
    credential="M.D.",
    street="1200 ELM ST",
    city="AUSTIN",
    region_code="US-TX",
    postcode="78701",
    phone="+15125550142",
    shares=SHARES,
)


def state(facts: Facts, *entries: Entry) -> str:
    return match_provider(facts, entries).state


def test_the_same_name_place_and_phone_is_a_match_and_says_why():
    match = match_provider(LISTED, [HERS])

    assert (match.state, match.entry) == ("active", HERS)
    assert match.score > 0.9999
    assert {(point.says, point.there) for point in match.points} >= {
        ("same surname", "QUILLMERE"),
        ("same first name", "HARRIET"),
        ("same second name or initial", "B"),
        ("same profession", "M.D."),
        ("same telephone number", "+15125550142"),
        ("same street and postcode", "1200 ELM ST, AUSTIN, US-TX, 78701"),
    }


def test_an_entry_that_has_ended_is_inactive():
    assert state(LISTED, replace(HERS, active=False, since="2026-10-01")) == "inactive"


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Bob Quillmere", {"given": "ROBERT"}),
        ("Robert Quillmere", {"given": "BOB"}),
        ("H. Quillmere", {}),
        ("H. Beatrice Quillmere", {"given": "BEATRICE", "middle": ""}),
        ("Harriet Quilmere", {}),
        ("Harriet Quillmere-Ashby", {}),
        ("Harriet Quillmere", {"surname": "ASHBY-QUILLMERE"}),
        ("Harriet Quillmere", {"surname": "ASHBY", "other_surnames": ("QUILLMERE",)}),
        ("Dr. Harriet O'Neil", {"surname": "ONEIL"}),
        ("Harriet van der Berg", {"surname": "VAN DER BERG"}),
        ("Harriet Núñez", {"surname": "NUNEZ"}),
        ("Harriet B. Quillmere, Jr.", {"suffix": "JR."}),
        ("Ana Ruiz Soto", {"given": "ANA", "middle": "I", "surname": "RUIZ SOTO"}),
    ],
)
def test_names_are_written_in_many_ways(name, entry):
    assert state(replace(LISTED, names=(name,)), replace(HERS, **entry)) == "active"


@pytest.mark.parametrize(
    "entry",
    [
        {"given": "SAMUEL"},
        {"surname": "ASHBY"},
        {"given": "SAMUEL", "surname": "ASHBY"},
        {"middle": "", "suffix": "JR"},
        {"given": "", "surname": "", "organisations": ("QUILLMERE CLINIC",)},
    ],
)
def test_a_colleague_a_spouse_or_a_son_at_the_practice_is_somebody_else(entry):
    assert state(LISTED, replace(HERS, **entry)) == "not found"


def test_two_who_fit_about_equally_are_no_match():
    listed = replace(LISTED, names=("Harriet Quillmere",))

    assert state(listed, HERS, replace(HERS, number="1234567802", middle="K")) == "several"
    assert state(listed, HERS, HERS) == "active"


def test_a_second_initial_tells_namesakes_at_one_practice_apart():
    match = match_provider(LISTED, [replace(HERS, number="1234567802", middle="K"), HERS])

    assert match.entry == HERS


def test_a_frequent_name_in_the_same_town_is_not_enough_and_a_rare_one_is():
    elsewhere = replace(HERS, middle="", street="9 OAK AVE", postcode="", phone="")
    listed = replace(LISTED, names=("Harriet Quillmere",), phones=())

    assert state(listed, replace(elsewhere, shares=replace(SHARES, surname=90_000, given=300_000))) == "not found"
    assert state(listed, replace(elsewhere, shares=replace(SHARES, surname=12))) == "active"


def test_a_name_alone_in_another_state_is_no_match():
    assert (
        state(replace(LISTED, phones=()), replace(HERS, region_code="US-OH", city="DAYTON", postcode="45402", phone=""))
        == "not found"
    )


@pytest.mark.parametrize(
    ("listed", "taxonomies", "says", "bits"),
    [
        ("MD", ("207Q00000X",), "same profession", 2.0),
        ("DO", ("207Q00000X",), "same profession", 2.0),
        ("ND", ("175F00000X",), "same profession", 6.0),
        ("MD", ("163W00000X", "363LF0000X"), "another profession", -6.0),
        ("MD", ("390200000X",), None, None),
        ("", ("207Q00000X",), None, None),
    ],
)
def test_where_a_register_states_no_credential_its_taxonomy_tells_the_profession(listed, taxonomies, says, bits):
    match = match_provider(
        replace(LISTED, credentials=(listed,)), [replace(HERS, credential="", taxonomies=taxonomies)]
    )

    assert [(point.says, point.bits) for point in match.points if "profession" in point.says] == (
        [(says, bits)] if says else []
    )


def test_a_further_place_counts_by_how_many_have_that_place():
    there = {
        "street": "1200 ELM ST",
        "city": "AUSTIN",
        "region_code": "US-TX",
        "postcode": "78701",
        "phone": "+15125550142",
    }
    rare, frequent = (replace(SHARES, phone=phone, postcode=code) for phone, code in ((1, 40), (9_000, 30_000)))
    village = replace(
        HERS, street="9 MILL LN", city="ELY", region_code="US-MN", postcode="55731", phone="", shares=rare
    )

    few, many = (
        match_provider(LISTED, [replace(village, elsewhere=(OtherPlace(**there, shares=shares),))])
        for shares in (rare, frequent)
    )

    assert {"same telephone number", "same street and postcode"} <= {point.says for point in many.points}
    assert few.bits - many.bits > 8


def test_a_stated_number_decides_if_the_name_agrees():
    moved = replace(HERS, region_code="US-OH", city="DAYTON", postcode="45402", phone="", street="")
    listed = replace(LISTED, stated=("1234567893",), phones=())

    assert state(listed, moved) == "active"
    assert state(listed, replace(moved, surname="ASHBY")) == "not found"
    assert state(replace(listed, stated=("1234567894",)), replace(moved, number="1234567894")) == "not found"


def test_a_number_that_has_ended_and_has_lost_its_name_is_known_by_what_the_list_states():
    ended = Entry(number="1234567893", active=False, since="2026-10-01", shares=SHARES)

    assert state(replace(LISTED, stated=("1234567893",)), ended) == "inactive"
    assert state(LISTED, ended) == "not found"


def test_organisations_are_told_by_name_and_place():
    listed = Facts(
        id=2, is_person=False, names=("Harbor Compounding Pharmacy, L.L.C.",), spots=(AUSTIN,), phones=("+15125550142",)
    )
    entry = replace(
        HERS, given="", middle="", surname="", credential="", organisations=("HARBOR COMPOUNDING PHARMACY INC",)
    )

    assert state(listed, entry) == "active"
    assert state(listed, replace(entry, organisations=("RIVERBEND LLC", "HARBOR COMPOUNDING PHARMACY"))) == "active"
    assert state(listed, replace(entry, organisations=("BEACON PHARMACY",))) == "not found"
    assert state(listed, entry, replace(entry, number="1234567802")) == "several"


def test_the_check_digit_is_that_of_the_standard():
    # The example of 45 CFR 162.406's implementation: 123456789 has the check digit 3.
    assert check_digit("123456789") == "3"
    assert is_npi("1234567893")
    assert not any(is_npi(text) for text in ("1234567894", "123456789", "9234567893", "12345678９3", "", "12345678x3"))


@given(st.integers(100_000_000, 299_999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_no_npi(nine, place, more):
    number = f"{nine}{check_digit(str(nine))}"
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1 :]

    assert is_npi(number)
    assert not is_npi(wrong)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_name_or_none(name, given, surname):
    name_of(name)
    organisation_key(name)
    street_key(name)
    assert state(replace(LISTED, names=(name,)), replace(HERS, given=given, surname=surname)) in (
        "active",
        "not found",
        "several",
    )


def test_names_are_taken_apart():
    name = name_of("Dr. Ana María Ruiz-Soto, Jr., MD")

    assert name
    assert (name.given, name.middle, name.surnames[0], name.suffix) == ("ANA", "MARIA", "RUIZSOTO", "JR")
    assert name_of("Cher") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1200 N. Elm Street, Suite 3", "1200 ELM ST"),
        ("450 5th Avenue #12", "450 5TH AVE"),
        ("Suite 4, 12 West Oak Rd", "12 OAK ROAD"),
    ],
)
def test_streets_are_the_same_by_number_and_first_word(one, other):
    assert street_key(one) == street_key(other) != ""


def test_practitioners_are_found_among_near_namesakes(tmp_path: Path):
    register = Register(60_000, 600)
    load(register.write_month(tmp_path / "month.zip"), tmp_path, today=date(2026, 11, 25))
    listed = list(register.listed())
    facts = [
        Facts(
            id=number,
            is_person=True,
            names=(one.name,),
            credentials=(one.credentials or "",),
            phones=(one.phone or "",),
            spots=(
                PracticePlace(
                    street=one.street,
                    city=one.city,
                    region_code=one.region_code,
                    postcode=one.postcode,
                    country_code="US",
                ),
            ),
            stated=(one.stated or "",),
        )
        for number, one in enumerate(listed)
    ]

    with open_registers(tmp_path / "registers.db") as db:
        matches = [match_provider(who, entries) for who, entries in entries_for(db, facts)]

    claimed = [(match.entry.number, one.npi) for match, one in zip(matches, listed, strict=True) if match.entry]
    right = sum(number == true for number, true in claimed)
    assert right / len(claimed) > 0.995
    assert right / sum(one.npi is not None for one in listed) > 0.93
    assert all(
        match.state == "inactive"
        for match, one in zip(matches, listed, strict=True)
        if match.entry and not one.active and one.npi
    )
