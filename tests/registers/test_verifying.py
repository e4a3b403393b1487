"""What a build makes of the registers: states with the registers' dates, people withheld, decisions that win."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ldn_directory.errors import BuildError
from ldn_directory.model import Kind
from ldn_directory.publish.build import build
from ldn_directory.registers.answers import Answers, question_of
from ldn_directory.registers.decisions import Decision, append
from ldn_directory.registers.entries import Facts, PracticePlace
from ldn_directory.registers.loading import load
from tests.generators.register_files import write_deactivated, write_leie

from .conftest import AS_OF, HERS, NUMBER, harriet, month, reported, take

TODAY = date(2026, 11, 25)
EXCLUDED = {
    "LASTNAME": "QUILLMERE",
    "FIRSTNAME": "HARRIET",
    "MIDNAME": "B",
    "GENERAL": "IND- LIC HC SERV PRO",
    "SPECIALTY": "FAMILY PRACTICE",
    "ADDRESS": "1200 ELM ST",
    "CITY": "AUSTIN",
    "STATE": "TX",
    "ZIP": "78701",
    "EXCLTYPE": "1128b4",
    "EXCLDATE": "20260120",
}


def exclude(data: Path, **changed: str) -> None:
    load(write_leie(data / "UPDATED.csv", [EXCLUDED | changed]), data, today=TODAY, dated=date(2026, 11, 10))


def test_without_registers_nobody_is_checked(tmp_path, published):
    take(tmp_path, harriet())

    db = published()

    assert tuple(db.execute("SELECT register_state, register_checked FROM providers").fetchone()) == (
        "not checked",
        None,
    )
    assert [tuple(row) for row in db.execute("SELECT register, state, checked, link FROM verifications")] == [
        ("nppes", "check here", None, "https://npiregistry.cms.hhs.gov/search")
    ]
    assert not (tmp_path / "register_report.json").exists()


def test_an_active_entry_is_shown_as_of_the_day_of_its_file(tmp_path, published):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)

    db = published()

    assert tuple(db.execute("SELECT register_state, register_checked FROM providers").fetchone()) == (
        "active",
        "2026-11-08T00:00:00Z",
    )
    row = db.execute("SELECT * FROM verifications").fetchone()
    assert (row["register"], row["state"], row["number"]) == ("nppes", "active", NUMBER)
    assert row["score"] > 0.999
    assert row["link"] == f"https://npiregistry.cms.hhs.gov/provider-view/{NUMBER}"
    assert "same telephone number" in [point["says"] for point in json.loads(row["evidence"])]


def test_what_only_the_register_says_of_somebody_is_not_published(tmp_path, published):
    take(tmp_path, harriet(name="Harriet Ashby", street=None, postcode=None, address=None))
    theirs = replace(HERS, surname="QUILLMERE", other_surname="ASHBY", middle="BEATRICE", street="9 SECLUDED LN")
    load(month(tmp_path, (NUMBER, theirs)), tmp_path, today=TODAY)

    assert published().execute("SELECT register_state FROM providers").fetchone()[0] == "active"
    content = (tmp_path / "ldn.db").read_bytes().upper()
    assert not any(secret in content for secret in (b"QUILLMERE", b"BEATRICE", b"SECLUDED", b"78701"))


def test_the_same_ledger_and_registers_give_the_same_bytes(tmp_path):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)

    built = []
    for _ in range(2):
        build(tmp_path / "ledger.db", tmp_path / "ldn.db")
        built.append((tmp_path / "ldn.db").read_bytes())

    assert built[0] == built[1]


def test_a_register_adds_nobody_and_finds_only_whom_it_has(tmp_path, published):
    take(
        tmp_path,
        harriet(name="Samuel Ashbourne"),
        harriet(key="2", name="Clara Ravenshurst", country_code="DE", region_code=None, country="Germany"),
    )
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)

    rows = published().execute("SELECT name, register_state FROM providers ORDER BY name").fetchall()

    assert [tuple(row) for row in rows] == [("Clara Ravenshurst", "not checked"), ("Samuel Ashbourne", "not found")]


def test_several_that_fit_are_no_match(tmp_path, published):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, HERS), ("1234567802", HERS)), tmp_path, today=TODAY)

    db = published()

    assert db.execute("SELECT register_state FROM providers").fetchone()[0] == "not found"
    assert tuple(db.execute("SELECT state, number, evidence FROM verifications").fetchone()) == ("several", None, None)


def test_whoever_has_ended_is_inactive_and_reported(tmp_path, published):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    load(write_deactivated(tmp_path / "report.zip", date(2026, 11, 23), {NUMBER: "11/20/2026"}), tmp_path, today=TODAY)

    db = published()

    assert tuple(db.execute("SELECT register_state, register_checked FROM providers").fetchone()) == (
        "inactive",
        "2026-11-23T00:00:00Z",
    )
    assert [(row["number"], row["since"]) for row in reported(tmp_path)["inactive"]] == [(NUMBER, "2026-11-20")]


def test_a_person_may_decide_that_an_ended_entry_is_somebody_else(tmp_path, published):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, replace(HERS, deactivated="11/01/2026"))), tmp_path, today=TODAY)
    decision = Decision(
        register="nppes", entry=NUMBER, decision="different", listings=(harriet().id,), decided="2026-11-24"
    )
    append(tmp_path / "registers.jsonl", decision)

    assert published().execute("SELECT register_state FROM providers").fetchone()[0] == "not found"


def test_a_hit_is_withheld_and_no_published_byte_says_why(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    first = published()
    identity = first.execute("SELECT id FROM providers WHERE name LIKE 'Harriet%'").fetchone()[0]
    exclude(tmp_path)

    db = published()

    assert [row["name"] for row in db.execute("SELECT name FROM providers")] == ["Clara Ravenshurst"]
    assert tuple(db.execute("SELECT provider, reason FROM redirects WHERE old_id = ?", (identity,)).fetchone()) == (
        None,
        "gone",
    )
    content = (tmp_path / "ldn.db").read_bytes()
    assert b"Quillmere" not in content
    assert not re.search(rb"exclu(?:ded|sion)|leie|1128b4|withheld", content.replace(b"NOT NULL", b""), re.IGNORECASE)
    [row] = reported(tmp_path)["withheld"]
    assert row["evidence"] == [
        "same name (HARRIET B QUILLMERE)",
        "same postcode (78701)",
        "same town (AUSTIN)",
        "same street (1200 ELM ST)",
    ]
    assert stat.S_IMODE((tmp_path / "register_report.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("changed", "withheld"),
    [
        ({"NPI": NUMBER, "ADDRESS": "", "CITY": "HOUSTON", "ZIP": "77002"}, 1),
        ({"NPI": "1234567802"}, 0),
        ({"MIDNAME": "", "ADDRESS": "", "CITY": "HOUSTON", "ZIP": "77002"}, 0),
        ({"STATE": "OH"}, 0),
        ({"FIRSTNAME": "SAMUEL"}, 0),
        ({"LASTNAME": "ASHBOURNE"}, 0),
    ],
    ids=[
        "same number",
        "another number",
        "name and state alone",
        "another state",
        "another first name",
        "another surname",
    ],
)
def test_what_is_a_hit(changed, withheld, tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    exclude(tmp_path, **changed)

    published()

    assert len(reported(tmp_path)["withheld"]) == withheld


def test_a_name_in_the_same_state_is_reported_but_not_withheld(tmp_path, published):
    take(tmp_path, harriet())
    exclude(tmp_path, ADDRESS="", CITY="HOUSTON", ZIP="77002")

    assert published().execute("SELECT count(*) FROM providers").fetchone()[0] == 1
    assert [row["evidence"] for row in reported(tmp_path)["weak"]] == [
        ["same name (HARRIET B QUILLMERE)", "same state (TX)"]
    ]


@pytest.mark.parametrize(("decision", "shown"), [("different", 1), ("same", 0)])
def test_a_person_decides_about_a_hit(decision, shown, tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    [row] = reported(tmp_path)["withheld"]
    append(
        tmp_path / "registers.jsonl",
        Decision(
            register="leie",
            entry=row["entry"],
            decision=decision,
            listings=tuple(row["listings"]),
            decided="2026-11-24",
        ),
    )

    found = published().execute("SELECT count(*) FROM providers WHERE name LIKE 'Harriet%'").fetchone()[0]

    assert found == shown
    assert [row["decision"] for row in reported(tmp_path)["withheld"]] == ([] if shown else ["same"])


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        "{}",
        '{"register": "leie", "entry": "1", "decision": "perhaps", "listings": ["a"], "decided": "2026-11-24"}',
        '{"register": "leie", "entry": "1", "decision": "same", "listings": [], "decided": "2026-11-24"}',
    ],
)
def test_a_decision_that_cannot_be_understood_stops_the_build(line, tmp_path, published):
    take(tmp_path, harriet())
    (tmp_path / "registers.jsonl").write_text(f"\n{line}\n")

    with pytest.raises(BuildError, match=r"registers\.jsonl, line 2 is no decision"):
        published()


def test_contradicting_decisions_of_joined_listings_leave_it_undecided(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="other"), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    [row] = reported(tmp_path)["withheld"]
    assert len(row["listings"]) == 2
    for listing, decision in zip(row["listings"], ("same", "different"), strict=True):
        append(
            tmp_path / "registers.jsonl",
            Decision(register="leie", entry=row["entry"], decision=decision, listings=(listing,), decided="2026-11-24"),
        )

    published()

    assert [row["decision"] for row in reported(tmp_path)["withheld"]] == [None]


def test_numbers_that_lists_state_wrongly_are_reported(tmp_path, published):
    take(
        tmp_path,
        harriet(register="npi", register_number="1234567894"),
        harriet(key="2", name="Clara Ravenshurst", register="npi", register_number=NUMBER, phones=()),
    )
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)

    db = published()

    assert dict(map(tuple, db.execute("SELECT name, register_state FROM providers"))) == {
        "Harriet Quillmere": "active",
        "Clara Ravenshurst": "not found",
    }
    assert [(row["number"], row["why"]) for row in reported(tmp_path)["disagreeing"]] == [
        ("1234567894", "is no NPI (its check digit is wrong)"),
        (NUMBER, "is somebody else's in the register"),
    ]


@pytest.mark.parametrize("name", ["registers.db", "register_answers.db"])
def test_a_damaged_database_shows_nobody_again_who_is_withheld(name, tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    before = (tmp_path / "ldn.db").read_bytes()
    (tmp_path / name).write_bytes(b"no database" * 1_000)

    with pytest.raises(BuildError, match=rf"{name} cannot be read"):
        published()
    assert (tmp_path / "ldn.db").read_bytes() == before


def test_whom_a_person_found_excluded_stays_out_without_the_list(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    [row] = reported(tmp_path)["withheld"]
    append(
        tmp_path / "registers.jsonl",
        Decision(
            register="leie", entry=row["entry"], decision="same", listings=tuple(row["listings"]), decided="2026-11-24"
        ),
    )
    (tmp_path / "registers.db").unlink()

    assert [row["name"] for row in published().execute("SELECT name FROM providers")] == ["Clara Ravenshurst"]


def test_whoever_is_withheld_stays_out_while_the_list_is_not_loaded(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    (tmp_path / "registers.db").unlink()

    for _ in range(2):
        assert [row["name"] for row in published().execute("SELECT name FROM providers")] == ["Clara Ravenshurst"]
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    assert [row["name"] for row in published().execute("SELECT name FROM providers")] == ["Clara Ravenshurst"]

    [row] = reported(tmp_path)["withheld"]
    append(
        tmp_path / "registers.jsonl",
        Decision(
            register="leie",
            entry=row["entry"],
            decision="different",
            listings=tuple(row["listings"]),
            decided="2026-11-24",
        ),
    )
    assert published().execute("SELECT count(*) FROM providers").fetchone()[0] == 2


def test_who_is_withheld_cannot_be_told_from_a_damaged_report(tmp_path, published):
    take(tmp_path, harriet())
    (tmp_path / "register_report.json").write_text('{"withheld": ')

    with pytest.raises(BuildError, match=r"register_report\.json is no report of a build"):
        published()


def test_whoever_is_reinstated_comes_back(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)
    published()
    (tmp_path / "UPDATED.csv").unlink()
    path = write_leie(tmp_path / "UPDATED.csv", [EXCLUDED | {"REINDATE": "20261101"}])
    load(path, tmp_path, today=TODAY, dated=date(2026, 11, 20), allow_shrink=True)

    assert published().execute("SELECT count(*) FROM providers").fetchone()[0] == 2


def test_british_pharmacies_are_looked_up_in_kept_answers(tmp_path, published):
    place = {
        "street": "4 Mill Lane",
        "city": "Leeds",
        "region": "Leeds",
        "region_code": "GB-LDS",
        "postcode": "LS1 4AP",
        "country_code": "GB",
    }
    take(
        tmp_path,
        harriet(
            kind=Kind.PHARMACY,
            name=None,
            credentials=None,
            practice="Mill Lane Chemist",
            country="United Kingdom",
            phones=(),
            **place,
        ),
    )
    facts = Facts(
        id=1,
        is_person=False,
        names=("Mill Lane Chemist",),
        spots=(PracticePlace(postcode="LS1 4AP", country_code="GB"),),
    )
    question = question_of(facts, "pharmacy")
    assert question
    with Answers.open(tmp_path) as answers:
        from datetime import datetime

        row = {
            "Name": "MILL LANE CHEMIST LTD",
            "OrgId": "FX001",
            "Status": "Inactive",
            "PostCode": "LS1 4AP",
            "LastChangeDate": "2026-03-31",
        }
        answers.keep(question, [row], datetime(2026, 11, 20, 8))

    db = published()

    assert tuple(db.execute("SELECT register_state, register_checked FROM providers").fetchone()) == (
        "inactive",
        "2026-11-20T08:00:00Z",
    )
    assert [
        tuple(row) for row in db.execute("SELECT register, state, number FROM verifications ORDER BY register")
    ] == [
        ("gphc", "check here", None),
        ("ods", "inactive", "FX001"),
    ]


def test_a_bulk_file_is_preferred_to_answers(tmp_path, published):
    take(tmp_path, harriet())
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    (tmp_path / "register_answers.db").touch()

    row = published().execute("SELECT register_state, register_checked FROM providers").fetchone()

    assert tuple(row) == ("active", f"{AS_OF}T00:00:00Z")


def test_names_by_which_a_place_looks_like_sql_are_only_text(tmp_path, published):
    take(tmp_path, harriet(name="Robert'); DROP TABLE nppes;-- Quillmere", city="Au\"stin', '"))
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)

    assert published().execute("SELECT count(*) FROM providers").fetchone()[0] == 1


def test_every_link_is_one_that_may_be_followed():
    from ldn_directory.registers.links import links
    from ldn_directory.site.i18n.labels import web_link, word

    for link in links():
        assert web_link(link.address("Ana Ruiz", "1234567"))
        assert word("register", link.register) != link.register


def test_a_link_bears_the_name_or_the_number_where_its_register_allows_it(tmp_path, published):
    here = {
        "region": "Leeds",
        "region_code": "GB-LDS",
        "city": "Leeds",
        "postcode": "LS1 4AP",
        "country": "United Kingdom",
        "country_code": "GB",
    }
    take(
        tmp_path,
        harriet(register="gmc", register_number="7654321", **here),
        harriet(key="2", kind=Kind.CLINIC, name=None, credentials=None, practice="Mill & Lane", phones=(), **here),
    )

    found = dict(map(tuple, published().execute("SELECT register, link FROM verifications")))

    assert found == {
        "gmc": "https://www.gmc-uk.org/registrants/7654321",
        "ods": "https://www.odsdatasearchandexport.nhs.uk/?search=generalorg&query=Mill+%26+Lane",
    }


def test_the_directory_opens_with_foreign_keys_intact(tmp_path, published):
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    exclude(tmp_path)

    db: sqlite3.Connection = published()

    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
