"""Inputs that were once read wrongly, each as a list may say it."""

from __future__ import annotations

import pytest

from ldn_directory.model import Evidence, Labelled, Listing, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.names import people
from ldn_directory.normalize.phones import phones
from ldn_directory.normalize.postal_address import looks_like_place

SOURCE = Source(
    title="List", homepage="https://lists.example.org/", evidence=Evidence.LISTED, record_key="none", country="US"
)
WORLDWIDE = Source(title="List", homepage="https://lists.example.org/", evidence=Evidence.LISTED, record_key="none")


def listings(*texts: str | tuple[str, str], headings: tuple[str, ...] = (), source: Source = SOURCE) -> list[Listing]:
    labelled = (
        Labelled(label=None, text=text) if isinstance(text, str) else Labelled(label=text[0], text=text[1])
        for text in texts
    )
    record = Record(page="https://lists.example.org/", texts=tuple(labelled), headings=headings)
    return list(map_record(record, source, "list").listings)


@pytest.mark.parametrize(
    "label, text",
    [
        ("Phone", "Cell: 512-555-0142, office 512-555-0144"),
        ("Phone", "512-555-0144 Fax: 512-555-0142"),
        ("Phone", "512-555-0142 (mobile), 512-555-0144"),
        ("Phone", "C: 512-555-0142"),
        ("Phone", "512-555-0142 (c)"),
        ("Phone", "H: 512-555-0142"),
        ("Phone", "512-555-0142 (privat)"),
        ("Phone", "512-555-0142 - Home"),
        ("Phone", "512-555-0142 [cell]"),
        ("Phone", "512-555-0142, fax"),
        ("Phone", "Cell no. 1: 512-555-0142"),
        ("Phone", "Cell: 512-555-0144 or 512-555-0142"),
        ("Phone", "Office 512-555-0141, Cell: 512-555-0144 / 512-555-0142"),
        ("Phone", "1-800-FLOWERS, cell 512-555-0142"),
        ("Phone", "Cell:\n512-555-0142"),
        ("Notes", "Leave word on my cell 512-555-0142 at any time"),
    ],
)
def test_a_private_number_is_not_published_anywhere(label, text):
    for listing in listings(("Name", "Jane Roe, MD"), ("City", "Austin"), (label, text)):
        assert "0142" not in listing.as_line().decode()


def test_a_number_on_the_line_below_the_word_fax_is_a_fax():
    found = listings("Jane Roe, MD", "Austin, TX 78701", "Tel", "512-555-0144", "Fax", "512-555-0142")
    assert [phone.raw for phone in found[0].phones] == ["512-555-0144"] and "0142" not in found[0].as_line().decode()


def test_two_numbers_with_a_slash_between_them_are_two():
    assert [one.e164 for one in phones("(512) 555-0142 / (512) 555-0143", "US")] == ["+15125550142", "+15125550143"]


@pytest.mark.parametrize(
    "text",
    [
        "Interested in LDN for MS",
        "Treats MS",
        "Crohn, MS",
        "Pain and MS",
        "Sees patients in ME",
        "Offers LDN, OK",
        "Ask for Dr. Poole, MD",
    ],
)
def test_a_condition_or_a_sentence_is_no_town(text):
    assert not looks_like_place(text)


@pytest.mark.parametrize(
    "text", ["Jackson, MS", "Tulsa OK", "St. Louis, MO", "New York, NY", "Truth or Consequences, NM", "Austin TX 78701"]
)
def test_a_town_with_its_state_is_one(text):
    assert looks_like_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "Accepting new patients? No",
        "Accepting new patients - No",
        "Accepting new patients: no",
        "Currently not taking on new patients",
    ],
)
def test_a_question_answered_with_no_is_no(text):
    assert listings("Jane Roe, MD", "Austin, TX 78701", text)[0].accepts_new is False


def test_telehealth_answered_with_no_is_no_and_with_states_is_yes_there():
    assert listings("Jane Roe, MD", "Austin, TX 78701", "Telehealth? No")[0].telehealth is False
    served = listings("Jane Roe, MD", "Austin, TX 78701", ("Telehealth", "TX, OK"))[0]
    assert served.telehealth is True and served.serves == ("US-TX", "US-OK")
    assert listings("Jane Roe, MD", ("City", "Austin"), ("Telehealth", "✓"))[0].telehealth is True


@pytest.mark.parametrize(
    "text",
    [
        "Deceased 2021",
        "Dr. Roe passed away in 2020",
        "(retired)",
        "No longer prescribing LDN",
        "No longer at this practice",
        "Moved out of state",
        "Dr Roe has retired as of 2024.",
    ],
)
def test_closed_and_retired_entries_are_left_out(text):
    assert listings("Jane Roe, MD", "1 Oak St, Waco, TX 76701", "254-555-0142", text) == []


@pytest.mark.parametrize("name", ["Ann Poole, MD (RETIRED)", "Dan Stone, ND *no longer prescribes"])
def test_a_note_beside_the_name_that_somebody_retired_leaves_the_entry_out(name):
    assert listings(("Name", name), ("City", "Waco")) == []


def test_a_practice_that_takes_no_more_patients_is_kept():
    assert listings("Jane Roe, MD", "Waco, TX 76701", "No longer accepting new patients")[0].accepts_new is False


@pytest.mark.parametrize(
    "text, names",
    [
        ("Prof. Dr. Ida Kranz", ["Ida Kranz"]),
        ("Dr. Dr. Karl Ofner", ["Karl Ofner"]),
        ("Dr. med. Dipl.-Psych. Eva Lenz", ["Eva Lenz"]),
        ("Dr. med. dent. Eva Lenz", ["Eva Lenz"]),
        ("Dr.ssa Anna Bellini", ["Anna Bellini"]),
        ("Mag. pharm. Eva Pichler", ["Eva Pichler"]),
        ("Overlege Dr. Kari Nes", ["Kari Nes"]),
        ("MUDr. Jana Nova", ["Jana Nova"]),
        ("Dr. Jana Roth, Fachärztin für Allgemeinmedizin", ["Jana Roth"]),
        ("Dr. Anne Sofie Aas, spesialist i allmennmedisin", ["Anne Sofie Aas"]),
    ],
)
def test_titles_are_no_names(text, names):
    assert [person.name for person in people(text)] == names


def test_a_suite_on_a_line_of_its_own_does_not_replace_the_street():
    found = listings(
        ("name", "Jane Roe, MD"),
        ("address", "410 Birch Road"),
        ("address2", "Suite 4"),
        ("city", "Akron"),
        ("state", "OH"),
    )
    assert found[0].street == "410 Birch Road, Suite 4"


def test_a_heading_georgia_among_american_addresses_is_the_state():
    found = listings(
        "Walter Finch, MD", "5 Peach St, Atlanta, GA 30303", "404-555-0101", headings=("Georgia",), source=WORLDWIDE
    )
    assert (found[0].country_code, found[0].region_code, found[0].city) == ("US", "US-GA", "Atlanta")


def test_a_number_without_its_check_digit_is_no_register_number():
    assert listings(("Name", "Jane Roe, MD"), ("City", "Waco"), ("NPI", "1111111111"))[0].register_number is None
    assert (
        listings(("Name", "Jane Roe, MD"), ("City", "Waco"), ("NPI", "1234567893"))[0].register_number == "1234567893"
    )


def test_italian_labels_are_understood():
    found = listings(
        ("Nome", "Anna Bellini"),
        ("Città", "Milano"),
        ("CAP", "20121"),
        ("Provincia", "MI"),
        ("Nazione", "Italia"),
        source=WORLDWIDE,
    )
    assert (found[0].country_code, found[0].city) == ("IT", "Milano")
