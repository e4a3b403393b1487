"""Who only looks like somebody that was forgotten is held back for a person to look at; a colleague is not."""

from __future__ import annotations

import json

import pytest

from ldn_directory.model import Kind
from ldn_directory.privacy.suppression import Suppressions

from .conftest import TEXAS, person, said

SINCE = "2026-11-20T00:00:00Z"
OHIO = {"region": "Ohio", "region_code": "US-OH"}
NOWHERE = dict.fromkeys(TEXAS)


def hidden(tmp_path, *forgotten, others=()):
    found = Suppressions(tmp_path / "suppressions.jsonl", tmp_path / "suppression.key")
    found.add([one.as_json() for one in forgotten], SINCE, [one.as_json() for one in others])
    return found


def verdict(found, listing) -> str:
    row = listing.as_json()
    return "forgotten" if found.is_suppressed(row) else "held" if found.is_held(row) else "somebody else"


JANE = person(
    "a",
    "Jane Thrushcross",
    phone="0142",
    email="jane@thrushcross.example.com",
    website="https://thrushcross.example.com/",
)


@pytest.mark.parametrize(
    "again",
    [
        person("z", "Dr. Jane M. THRUSHCROSS"),
        person("z", "Somebody Thrush", email="Jane@thrushcross.example.com", **OHIO),
        person("z", "Jane Thrushcross", phone="0142", **OHIO),
        person("z", "Jane Thrushcross", website="https://thrushcross.example.com/", **OHIO),
    ],
)
def test_the_same_values_are_the_same_person(tmp_path, again):
    assert verdict(hidden(tmp_path, JANE), again) == "forgotten"


@pytest.mark.parametrize(
    "name",
    [
        "Jane Thrushcros",
        "Jane Thrushhcross",
        "Jane Thrushcrsos",
        "Jane Trushcross",
        "Jayne Thrushcross",
        "Thrushcross Jane",
        "J. Thrushcross",
        "J. M. Thrushcross",
        "Jane Thrushcross-Doe",
        "Ann Jane Thrushcross",
    ],
)
def test_another_spelling_is_held(tmp_path, name):
    assert verdict(hidden(tmp_path, JANE), person("z", name)) == "held"


@pytest.mark.parametrize(
    ("forgotten", "again"),
    [
        ("Robert Millbrook", "Bob Millbrook"),
        ("Bob Millbrook", "Robert Millbrook"),
        ("Kate Millbrook", "Katherine Milbrook"),
        ("J. Millbrook", "Jane Millbrook"),
        ("Jane Millbrook-Hale", "Jane Hale"),
        ("Jane Millbrook-Hale", "Jane Millbrook"),
        ("Anna Müllbrook", "Anna Mullbrok"),
        ("Soojin Millbrook", "Soo-jin Milbrook"),
        ("Shin'ichi Millbrook", "Shinichi Millbrok"),
        ("Mary Ann Millbrook", "Maryann Millbrook"),
        ("Millbrook Jane", "J. Millbrook"),
        ("J. Millbrook", "Jane Ann Millbrook"),
        ("M. Millbrook", "Matt Darryl Millbrook"),
        ("Matt Millbrook", "M. Millbrook"),
        ("Ealr Millbrook", "Earl Millbrook"),
        ("Raul Millbrook Rios", "Raúl Millbrook"),
        ("Raul Millbrook", "Raúl Millbrook Ríos"),
        ("Sheryl Millbrook", "Sherry Millbrook"),
        ("Chih-Ming Chao", "Zhiming Zhao"),
        ("Soojin Hwang", "Soo-jin Huang"),
        ("Hsiao-Li Chou", "Xiaoli Zhou"),
    ],
)
def test_short_forms_initials_and_double_names_are_held(tmp_path, forgotten, again):
    assert verdict(hidden(tmp_path, person("a", forgotten)), person("z", again)) == "held"


@pytest.mark.parametrize(
    "again",
    [
        person("z", "Jane Bellweather", phone="0142", **OHIO),
        person("z", "Jenny Thrushcross", phone="0142", **OHIO),
        person("z", "Thrushcross Family Clinic", phone="0142", kind=Kind.CLINIC, **OHIO),
        person("z", "Jane Bellweather", website="https://thrushcross.example.com/", **OHIO),
        person("z", "Jane Thrushcross", **NOWHERE),
        person("z", "Jane Thrushcross", **{**NOWHERE, "country_code": "US"}),
    ],
)
def test_their_phone_or_website_under_a_like_name_is_held_and_so_is_the_name_without_a_region(tmp_path, again):
    assert verdict(hidden(tmp_path, JANE), again) == "held"


@pytest.mark.parametrize(
    "other",
    [
        person("z", "John Thrushcross"),
        person("z", "Jane Bellweather"),
        person("z", "Jane Thrushcross", **OHIO),
        person("z", "Joan Thrushcross"),
        person("z", "K. Thrushcross"),
        person("z", "John Doe", phone="0142", website="https://thrushcross.example.com/"),
        person("z", "Harbour Family Clinic", phone="0142", kind=Kind.CLINIC),
    ],
)
def test_namesakes_elsewhere_and_colleagues_are_somebody_else(tmp_path, other):
    assert verdict(hidden(tmp_path, JANE), other) == "somebody else"


def test_a_mailbox_of_the_practice_hides_no_colleague(tmp_path):
    found = hidden(tmp_path, person("a", "Jane Thrushcross", email="info@harbour.example.com"))
    assert verdict(found, person("z", "John Doe", email="info@harbour.example.com")) == "somebody else"
    assert verdict(found, person("z", "Jane Thrushcross", email="info@harbour.example.com", **OHIO)) == "forgotten"


def test_what_others_have_too_hides_nobody(tmp_path):
    shared = {
        "phone": "0142",
        "email": "doctors@harbour.example.com",
        "register": "npi",
        "register_number": "1234567893",
    }
    colleague, namesake = (
        person("b", "John Doe", **shared),
        person("c", "Jane Thrushcross", phone="0155", city="Dallas"),
    )
    found = hidden(tmp_path, person("a", "Jane Thrushcross", city="Austin", **shared), others=[colleague, namesake])
    assert verdict(found, colleague) == "held"
    assert verdict(found, person("x", "Jane Thrushcross", **shared)) == "forgotten"
    # Two had the name when the one was forgotten: so a person looks.
    assert verdict(found, namesake) == "held"


def test_a_forgotten_practice_hides_neither_who_works_there_nor_another_of_the_name_elsewhere(tmp_path):
    clinic = person(
        "a", "Thrushcross Family Clinic", phone="0142", kind=Kind.CLINIC, website="https://clinic.example.com/"
    )
    found = hidden(tmp_path, clinic)
    doctor = person(
        "b",
        "Jane Thrushcross",
        phone="0142",
        practice="Thrushcross Family Clinic",
        website="https://clinic.example.com/",
    )
    assert verdict(found, doctor) == "somebody else"
    assert verdict(found, person("c", "Thrushcross Family Clinic", kind=Kind.CLINIC, **OHIO)) == "somebody else"
    assert verdict(found, person("d", "The Thrushcross Family Clinic LLC", kind=Kind.CLINIC)) == "held"
    assert verdict(found, person("e", "Thrushcros Family Clinic", kind=Kind.CLINIC)) == "held"
    assert verdict(found, person("f", "Thrushcross Family Clinic", kind=Kind.CLINIC)) == "forgotten"


def test_a_list_of_hashes_without_kinds_is_read_as_before(tmp_path):
    found = hidden(tmp_path, JANE)
    old = [
        json.dumps({"hash": one, "since": "2026-01-01"})
        for one in sorted(value for kind, value in found.entries if kind == "exact")
    ]
    found.path.write_text("\n".join(old) + "\n")
    assert verdict(Suppressions(found.path, found.key_path), JANE) == "forgotten"


def test_the_list_shows_neither_names_nor_anything_that_can_be_computed_without_the_key(tmp_path):
    found = hidden(tmp_path, JANE)
    assert "thrush" not in found.path.read_text().lower()
    other = Suppressions(tmp_path / "other" / "list", tmp_path / "other" / "key")
    other.add([JANE.as_json()], SINCE)
    assert not set(other.entries) & set(found.entries)
    assert found.key_path.stat().st_mode & 0o077 == 0


AGAIN = person("jane-2", "Jane Thrushcros", phone="0159", source="south")


@pytest.fixture
def lookalike(folder):
    """Jane was forgotten; another list then has her, or somebody else, under another spelling."""
    folder.crawl(JANE, person("john", "John Doe", phone="0143"))
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    folder.crawl(AGAIN, person("ann", "Ann Poe", phone="0144", source="south"), source="south")
    assert folder.build().held == 1
    return folder


def test_what_is_held_is_not_published_and_is_told(lookalike):
    assert lookalike.names() == ["Ann Poe", "John Doe"]
    assert "Thrushcros" not in lookalike.ldn("build").stdout
    status = lookalike.ldn("status")
    assert "1 listing looks like somebody's who asked to be forgotten" in status.stdout and status.returncode == 1
    told = said(lookalike.ldn("status", "--json"))[-1]
    assert (told["source"], told["held"], told["ok"], told["do"]) == ("forgetting", 1, False, "ldn forget --held")
    (row,) = said(lookalike.ldn("forget", "--held", "--json"))
    assert row["id"] == AGAIN.id
    assert not [name for name in lookalike.files_with("thrushcros") if name.startswith("ldn")]


def test_the_same_person_is_forgotten_under_that_spelling_too(lookalike):
    said(lookalike.ldn("forget", "--listing", AGAIN.id, "--yes", "--json"))
    assert said(lookalike.ldn("forget", "--held", "--json")) == []
    assert lookalike.files_with("thrushcros", "555 0159", "5550159") == []
    assert (
        lookalike.crawl(AGAIN, person("ann", "Ann Poe", phone="0144", source="south"), source="south")["changes"][
            "suppressed"
        ]
        == 1
    )


def test_somebody_else_is_published_and_stays_so(lookalike):
    done = lookalike.ldn("forget", "--not", AGAIN.id, "--json")
    assert said(done)["held"] == 0
    assert "forgetting" not in [row["source"] for row in said(lookalike.ldn("status", "--json"))]
    assert lookalike.names() == ["Ann Poe", "Jane Thrushcros", "John Doe"]
    lookalike.crawl(AGAIN, person("ann", "Ann Poe", phone="0144", source="south"), source="south")
    assert lookalike.build().held == 0
    assert "Jane Thrushcros" in lookalike.names()
    assert json.loads((lookalike.data / "not_forgotten.jsonl").read_text())["listing"] == AGAIN.id


def test_a_decision_that_is_none_is_named_and_publishes_nothing(lookalike):
    (lookalike.data / "not_forgotten.jsonl").write_text('{"listing": "Jane"}\n')
    done = lookalike.ldn("build")
    assert done.returncode == 2 and "not_forgotten.jsonl, line 1 is no decision" in done.stderr
