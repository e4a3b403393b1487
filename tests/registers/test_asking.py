"""Registers that answer programs, over loopback: what is asked, what is kept, and that a bad answer loses nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ldn_directory.example.server import LoopbackServer, Reply
from ldn_directory.model import Kind
from ldn_directory.registers.answers import Answers, BadAnswer, entries_in, question_of, rows_in
from ldn_directory.registers.entries import Facts, OtherPlace, PracticePlace
from ldn_directory.registers.loading import load
from tests import forked_python
from tests.generators.register_files import API_ERRORS, api_answer, api_result, ods_answer

from .conftest import HERS, NUMBER, harriet, month, take

JSON = {"Content-Type": "application/json"}
ASK = """
import json, sys
from pathlib import Path
from ldn_directory.crawl.register_lookups import look_up
data, base, days, changed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
addresses = {"nppes": base + "/api/", "ods": base + "/ORD/2-0-0/organisations"}
print(json.dumps(look_up(data, contact="test@example.org", most=50, days=days, addresses=addresses, RETRY_TIMES=0, **changed)))
"""


class Registers:
    """NPPES and the NHS as their documentation has them, with what the test sets."""

    def __init__(self) -> None:
        self.nppes: Callable[[dict[str, str]], bytes] = lambda asked: api_answer([api_result(NUMBER, HERS)])
        self.ods: Callable[[dict[str, str]], bytes] = lambda asked: ods_answer(
            [("FX001", "MILL LANE CHEMIST LTD", "LS1 4AP", True)]
        )
        self.status, self.robots = 200, b""
        self.server = LoopbackServer(self._reply, 0)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return Reply(200, {"Content-Type": "text/plain"}, self.robots)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Reply(self.status, JSON, (self.nppes if parts.path == "/api/" else self.ods)(asked))

    def asked(self) -> list[dict[str, str]]:
        return [
            {name: values[0] for name, values in parse_qs(urlsplit(one.path).query).items()}
            for one in self.server.log()
            if one.path != "/robots.txt"
        ]


@pytest.fixture
def registers() -> Iterator[Registers]:
    registers = Registers()
    thread = Thread(target=registers.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield registers
    registers.server.shutdown()
    thread.join()
    registers.server.server_close()


@pytest.fixture
def ask(tmp_path: Path, registers: Registers) -> Callable[..., dict[str, Any]]:
    """Asks in a process of its own."""

    def asked(days: int = 30, **changed: object) -> dict[str, Any]:
        done = forked_python.run(["-c", ASK, str(tmp_path), registers.url, str(days), json.dumps(changed)])
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1]))

    return asked


def state(db: sqlite3.Connection) -> tuple[str, str | None]:
    return tuple(db.execute("SELECT register_state, register_checked FROM providers").fetchone())


def test_a_provider_is_asked_about_by_name_and_state_and_shown_as_of_the_answer(registers, ask, tmp_path, published):
    take(tmp_path, harriet())
    published()

    said = ask()

    assert (said["due"], said["answered"], said["problems"]) == (1, 1, [])
    assert registers.asked() == [
        {
            "version": "2.1",
            "enumeration_type": "NPI-1",
            "first_name": "HARRIET",
            "last_name": "QUILLMERE",
            "state": "TX",
            "limit": "200",
        }
    ]
    shown, checked = state(published())
    assert shown == "active"
    assert datetime.fromisoformat(str(checked))
    assert registers.server.log()[-1].headers["user-agent"].endswith("(+test@example.org)")


def test_what_was_answered_lately_is_not_asked_again(registers, ask, tmp_path, published):
    take(tmp_path, harriet())
    published()

    assert (ask()["due"], ask()["due"], ask(days=0)["due"]) == (1, 0, 1)


def test_an_answer_of_several_pages_is_read_whole(registers, ask, tmp_path, published):
    others = [api_result(str(number), HERS) for number in range(1_100_000_000, 1_100_000_200)]
    registers.nppes = lambda asked: api_answer([api_result(NUMBER, HERS)] if asked.get("skip") == "200" else others)
    take(tmp_path, harriet())
    published()

    assert ask()["answered"] == 1
    assert [asked.get("skip") for asked in registers.asked()] == [None, "200"]
    assert published().execute("SELECT state FROM verifications").fetchone()[0] == "several"


def test_a_name_too_common_for_the_register_is_not_told(registers, ask, tmp_path, published):
    registers.nppes = lambda asked: api_answer([api_result(NUMBER, HERS)] * 200)
    take(tmp_path, harriet())
    published()

    said = ask()

    assert [asked.get("skip") for asked in registers.asked()] == [None, "200", "400", "600", "800", "1000"]
    assert said["answered"] == 0
    assert "too common a name" in said["problems"][0]
    assert state(published()) == ("not checked", None)


BAD = {
    "errors under status 200": (200, API_ERRORS, "answered with an error: No valid search criteria provided"),
    "no JSON": (200, b"<html>Service unavailable</html>", "answered with something that is no JSON"),
    "half an answer": (200, api_answer([api_result(NUMBER, HERS)])[:300], "answered with something that is no JSON"),
    "JSON of another form": (200, b'{"results": {"number": 1}}', "answered with JSON of another form"),
    "a failing server": (500, b"{}", "answered 500"),
    "a refusal": (403, b"{}", "answered 403"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_answer_is_said_and_the_last_good_one_stays(bad, registers, ask, tmp_path, published):
    take(tmp_path, harriet())
    published()
    ask()
    good = state(published())
    registers.status, body, why = BAD[bad]
    registers.nppes = lambda asked: body

    said = ask(days=0)

    assert said["answered"] == 0
    assert why in said["problems"][0]
    assert state(published()) == good
    assert good[0] == "active"


def test_robots_txt_is_obeyed(registers, ask, tmp_path, published):
    registers.robots = b"User-agent: *\nDisallow: /api/\n"
    take(tmp_path, harriet())
    published()

    said = ask()

    assert (said["answered"], registers.asked()) == (0, [])
    assert "robots.txt" in said["problems"][0]


def test_a_register_that_is_loaded_in_bulk_is_not_asked(registers, ask, tmp_path, published):
    take(tmp_path, harriet())
    published()
    load(month(tmp_path, (NUMBER, HERS)), tmp_path)

    said = ask()

    assert (said["due"], registers.asked()) == (0, [])
    assert said["notes"] == ["NPPES is loaded in bulk, so it is not asked."]


def test_a_british_pharmacy_is_asked_about_by_its_postcode(registers, ask, tmp_path, published):
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
    published()

    assert ask()["answered"] == 1
    assert registers.asked() == [{"PostCode": "LS1 4AP", "PrimaryRoleId": "RO182", "Limit": "1000"}]
    assert state(published())[0] == "active"


def test_an_entry_of_the_interface_says_the_same_as_one_of_the_file():
    [entry] = entries_in("nppes", rows_in("nppes", api_answer([api_result(NUMBER, HERS)])))

    assert (entry.number, entry.active, entry.given, entry.middle, entry.surname, entry.suffix) == (
        NUMBER,
        True,
        "HARRIET",
        "B",
        "QUILLMERE",
        "",
    )
    assert (entry.street, entry.city, entry.region_code, entry.postcode, entry.phone) == (
        "1200 ELM ST",
        "AUSTIN",
        "US-TX",
        "78701",
        "+15125550142",
    )


def test_further_places_and_taxonomies_of_an_answer_are_read():
    there = {
        "address_purpose": "PRACTICE LOCATION",
        "address_1": "77 HARBOR RD",
        "city": "SALEM",
        "state": "OR",
        "postal_code": "973011234",
        "telephone_number": "370-555-0142",
    }

    [entry] = entries_in("nppes", [api_result(NUMBER, HERS) | {"practiceLocations": [there]}])

    assert entry.taxonomies == ("207Q00000X",)
    assert entry.elsewhere == (
        OtherPlace(street="77 HARBOR RD", city="SALEM", region_code="US-OR", postcode="97301", phone="+13705550142"),
    )


def test_entries_of_another_form_are_left_out():
    rows = [{"number": "1"}, {"number": "2", "basic": None}, api_result(NUMBER, HERS) | {"other_names": None}]

    assert [entry.number for entry in entries_in("nppes", rows)] == [NUMBER]


def test_an_answer_without_entries_is_an_answer():
    assert rows_in("nppes", b'{"result_count": 0, "results": []}') == []
    with pytest.raises(BadAnswer):
        rows_in("nppes", b"[" * 100_000)


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"stated": (NUMBER,)}, {"number": NUMBER}),
        (
            {"stated": ("1234567894",)},
            {"enumeration_type": "NPI-1", "first_name": "HARRIET", "last_name": "QUILLMERE", "state": "TX"},
        ),
        (
            {"names": ("Harbor Clinic",), "is_person": False},
            {"enumeration_type": "NPI-2", "organization_name": "Harbor Clinic", "state": "TX"},
        ),
        ({"spots": (PracticePlace(country_code="FR"),)}, None),
        ({"names": ("Cher",)}, None),
    ],
)
def test_what_is_asked(changed, asked):
    given: dict[str, Any] = {
        "names": ("Harriet Quillmere",),
        "is_person": True,
        "spots": (PracticePlace(region_code="US-TX", country_code="US"),),
    }
    question = question_of(Facts(id=1, **(given | changed)), "prescriber")

    assert (dict(question.ask) if question else None) == asked


def test_a_file_of_answers_that_is_none_is_said(tmp_path):
    from ldn_directory.registers.errors import RegisterError

    (tmp_path / "register_answers.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(RegisterError, match="it is a cache: delete it"), Answers.open(tmp_path):
        pass
