"""What entries of others go on showing of somebody who was forgotten is said, with where."""

from __future__ import annotations

import pytest

from ldn_directory.model import Kind
from ldn_directory.privacy.elsewhere import MOST_SHARED, find_elsewhere

from .conftest import JANE, JOHN, Folder, person, said

OHIO = {"region": "Ohio", "region_code": "US-OH"}


def shown(*others, is_held=lambda row: False):
    found = find_elsewhere([JANE.as_json()], [(n, one.as_json()) for n, one in enumerate(others, 1)], is_held)
    return [(one.provider, one.field, one.value) for one in found]


def clinic(name: str = "Harbour Clinic", **facts):
    return person(facts.pop("key", "clinic"), name, kind=Kind.CLINIC, **facts)


@pytest.mark.parametrize(
    ("facts", "field", "value"),
    [
        ({"phone": "0142"}, "phone", "+15125550142"),
        ({"email": "jane@thrushcross.example.com"}, "email", "jane@thrushcross.example.com"),
        ({"email": "drjanethrushcross@clinic.example.com"}, "email", "drjanethrushcross@clinic.example.com"),
        (
            {"website": "https://clinic.example.com/team/jane-thrushcross"},
            "website",
            "https://clinic.example.com/team/jane-thrushcross",
        ),
        ({"name": "Practice of Jane Thrushcross"}, "name", "Practice of Jane Thrushcross"),
        ({"address": "Jane Thrushcross MD, 1 Elm Street"}, "address", "Jane Thrushcross MD, 1 Elm Street"),
        ({"remark": "Ask for J4ne Thrushcrоss."}, "remark", "Ask for J4ne Thrushcrоss."),
    ],
)
def test_a_value_that_is_theirs_or_has_their_name_in_it(facts, field, value):
    assert shown(clinic(**facts)) == [(1, field, value)]


@pytest.mark.parametrize(
    "facts",
    [
        {"phone": "0143"},
        {"email": "jane@clinic.example.com"},
        {"website": "https://clinic.example.com/team/jane-doe"},
        {"remark": "Jane Doe and Peter Thrushcross"},
    ],
)
def test_half_of_a_name_and_other_contacts_are_not_theirs(facts):
    assert shown(clinic(**facts)) == []


def test_a_namesake_shows_only_its_own_name():
    assert shown(person("other", "Jane Thrushcross", text="Dr. Jane Thrushcross", **OHIO)) == []


def test_what_is_held_is_not_shown():
    assert shown(clinic(phone="0142"), is_held=lambda row: True) == []


def test_a_number_of_many_is_named_a_few_times():
    many = [clinic(f"Clinic {n}", key=str(n), phone="0142") for n in range(MOST_SHARED + 2)]
    assert len(shown(*many)) == MOST_SHARED


def test_the_command_says_whose_entry_shows_it_and_on_which_page(tmp_path):
    folder = Folder(tmp_path / "data")
    address = "https://clinic.example.com/team/jane-thrushcross"
    folder.crawl(JANE, JOHN)
    folder.crawl(clinic(source="south", website=address, **OHIO), source="south")
    folder.build()
    clinic_number = folder.number("Harbour Clinic")
    number = str(folder.number("Jane Thrushcross"))
    text = folder.copy(tmp_path / "copy").ldn("forget", number, "--yes").stdout
    (found,) = said(folder.ldn("forget", number, "--yes", "--json"))["elsewhere"]
    assert (found["provider"], found["field"], found["value"]) == (clinic_number, "website", address)
    assert f"(entry {clinic_number}, south) website: {address} on https://south.example.org/list" in text
