"""What patients and maintainers are told of registers: cards, pages, the search, `ldn registers`, `ldn status`."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from ldn_directory.registers.loading import load
from ldn_directory.site.server.serve import asgi_app
from tests import forked_python
from tests.generators.register_files import write_deactivated, write_leie

from .conftest import HERS, NUMBER, harriet, month, take
from .test_verifying import EXCLUDED, TODAY


def pages(path: Path, *addresses: str) -> list[str]:
    async def ask() -> list[str]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=asgi_app(path)), base_url="http://127.0.0.1"
        ) as site:
            return [(await site.get(address)).text for address in addresses]

    return asyncio.run(ask())


def ldn(data: Path, *arguments: str) -> CompletedProcess[str]:
    return forked_python.run(["-m", "ldn_directory", *arguments, "--data", str(data)])


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Harriet, who is in the register, and Clara, who is not."""
    take(tmp_path, harriet(), harriet(key="2", name="Clara Ravenshurst", phones=()))
    load(month(tmp_path, (NUMBER, HERS)), tmp_path, today=TODAY)
    return tmp_path


def test_cards_and_pages_say_what_the_register_says(two, published):
    db = published()
    identity = db.execute("SELECT id FROM providers WHERE name LIKE 'Harriet%'").fetchone()[0]

    search, page = pages(two / "ldn.db", "/", f"/provider/{identity}")

    assert "Register: active, checked" in search
    assert "Register: not found, checked" in search
    assert "Register: active, checked" in page
    assert f"active, number {NUMBER}" in page
    assert f"https://npiregistry.cms.hhs.gov/provider-view/{NUMBER}" in page


def test_whoever_has_ended_leaves_the_usual_results_and_keeps_a_page(two, published):
    load(write_deactivated(two / "report.zip", date(2026, 11, 23), {NUMBER: "11/20/2026"}), two, today=TODAY)
    identity = published().execute("SELECT id FROM providers WHERE name LIKE 'Harriet%'").fetchone()[0]

    usual, named, old, found, page = pages(
        two / "ldn.db",
        "/search.json",
        "/search.json?q=harriet+quillmere",
        "/search.json?old=yes",
        "/search.json?near=Austin,+TX",
        f"/provider/{identity}",
    )

    def names(answer: str) -> list[str]:
        return sorted(row["name"] for row in json.loads(answer)["providers"])

    assert (names(usual), names(named), names(old)) == (
        ["Clara Ravenshurst"],
        [],
        ["Clara Ravenshurst", "Harriet Quillmere"],
    )
    assert "Harriet Quillmere" not in names(found)
    assert json.loads(usual)["facets"]["kind"] == [{"value": "prescriber", "count": 1}]
    assert "licence ended" in page
    assert "no longer lists this registration as active, as of 23 November 2026" in page


def test_registers_of_other_countries_are_links(tmp_path, published):
    take(
        tmp_path,
        harriet(
            country="United Kingdom",
            country_code="GB",
            region="England",
            region_code="GB-ENG",
            city="Leeds",
            postcode="LS1 4AP",
        ),
    )
    identity = published().execute("SELECT id FROM providers").fetchone()[0]

    search, page = pages(tmp_path / "ldn.db", "/", f"/provider/{identity}")

    assert "not checked" not in search
    assert 'href="https://www.gmc-uk.org/registration-and-licensing/our-registers"' in page
    assert ">check here</a>" in page


def test_files_are_loaded_and_reported_from_the_command_line(two):
    week = two / "nothing.zip"

    again = ldn(two, "registers", "load", str(two / "month-2026-11-08.zip"), "--json")
    wrong = ldn(two, "registers", "load", str(week))
    unknown = ldn(two, "registers", "load", str(two / "month-2026-11-08.zip"), "--as-of", "soon")

    assert again.returncode == 0
    assert [(row["register"], row["changed"]) for row in json.loads(again.stdout)] == [("nppes", False)]
    assert (wrong.returncode, unknown.returncode) == (2, 64)
    assert "there is no file" in wrong.stderr


def test_what_was_loaded_before_a_refused_file_stays_loaded(two):
    (two / "other.csv").write_text("a,b\n1,2\n")
    leie = write_leie(two / "UPDATED.csv", [EXCLUDED])

    done = ldn(two, "registers", "load", str(leie), str(two / "other.csv"))

    assert done.returncode == 1
    assert "LEIE as of" in done.stdout
    assert "is not a known file" in done.stderr


def test_a_maintainer_sees_a_hit_and_decides(two, published):
    load(write_leie(two / "UPDATED.csv", [EXCLUDED]), two, today=TODAY, dated=date(2026, 11, 10))
    published()

    report, status = ldn(two, "registers", "report"), ldn(two, "status")
    entry = json.loads(ldn(two, "registers", "report", "--json").stdout)["withheld"][0]["entry"]
    stranger = ldn(two, "registers", "decide", "leie", entry, "different", "0" * 16)
    decided = ldn(
        two, "registers", "decide", "leie", entry, "different", harriet().id, "--note", "another date of birth"
    )

    assert "leie: 1 entries as of 2026-11-10 (UPDATED.csv)" in report.stdout
    assert f"Withheld: provider 1, Harriet Quillmere: LEIE entry {entry}: HARRIET B QUILLMERE" in report.stdout
    assert "registers: 0 ended, 1 withheld and undecided | ldn registers report" in status.stdout
    assert stranger.returncode == 2
    assert decided.returncode == 0
    assert json.loads((two / "registers.jsonl").read_text())["note"] == "another date of birth"
    assert published().execute("SELECT count(*) FROM providers").fetchone()[0] == 2


def test_a_confirmed_end_is_said_to_be_decided(two, published):
    load(write_deactivated(two / "report.zip", date(2026, 11, 23), {NUMBER: "11/20/2026"}), two, today=TODAY)
    published()

    asked = ldn(two, "registers", "report").stdout
    assert f"Decide: ldn registers decide nppes {NUMBER} same|different {harriet().id}" in asked
    assert ldn(two, "registers", "decide", "nppes", NUMBER, "same", harriet().id).returncode == 0
    published()

    assert (
        f"Decided: the same. To take that back: ldn registers decide nppes {NUMBER} different {harriet().id}"
        in ldn(two, "registers", "report").stdout
    )


def test_a_report_that_is_none_is_said(two):
    (two / "register_report.json").write_text("[]")

    report, status = ldn(two, "registers", "report"), ldn(two, "status")

    assert report.returncode == 2
    assert "register_report.json is no report of a build" in report.stderr
    assert "registers: " in status.stdout
    assert "register_report.json is no report of a build" in status.stdout


def test_nobody_is_asked_without_an_address_to_answer_to(two):
    done = ldn(two, "registers", "fetch", "--contact", "")

    assert done.returncode == 2
    assert "no contact address is set" in done.stderr


def test_a_report_before_anything_is_loaded_says_what_to_do(tmp_path):
    done = ldn(tmp_path, "registers", "report")

    assert (done.returncode, done.stdout) == (0, "No register is loaded: ldn registers load FILE\n")
