"""`ldn import`: a spreadsheet that somebody mailed in is a source like any other, with its permission."""

from __future__ import annotations

import asyncio
import html
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import openpyxl
import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from ldn_directory.site.server.serve import asgi_app
from tests import forked_python

PERMISSION = "mail of 3 Nov 2026 by the society's office"
PEOPLE = [
    ("Ada Marsh, MD", "512-555-0142", "Austin", "TX"),
    ("Ben Odell, DO", "512-555-0143", "Waco", "TX"),
    ("Carla Whitcombe, ND", "512-555-0144", "Dallas", "TX"),
    ("Dan Ferris, MD", "512-555-0145", "Houston", "TX"),
    ("Eve Tindall, MD", "512-555-0146", "El Paso", "TX"),
]
WORDS = ("--country", "US", "--permission", PERMISSION, "--why", "Our members prescribe low-dose naltrexone.")


def spreadsheet(folder: Path, people: list[tuple[str, ...]], name: str = "mailed.csv", phone: str = "Tel.") -> Path:
    path = folder / name
    path.write_text(
        "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [("Who", phone, "Town", "State"), *people])
    )
    return path


def ldn(data: Path, *words: object, answer: str = "") -> CompletedProcess[str]:
    return forked_python.run(["-m", "ldn_directory", *map(str, words), "--data", str(data)], input=answer)


def imported(data: Path, file: Path, *words: str) -> CompletedProcess[str]:
    return ldn(data, "import", file, "--source", "harbour_list", *words, "--yes")


def published(data: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        return db.execute(query).fetchall()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def page(data: Path, path: str) -> str:
    """A page of the site, as visitors see it, without its markup."""

    async def ask() -> str:
        transport = httpx.ASGITransport(app=asgi_app(data / "ldn.db", look_every_s=0))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8001") as client:
            return (await client.get(path)).text

    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", asyncio.run(ask()))).split())


def test_from_a_mailed_file_to_the_pages_of_the_site(tmp_path, data):
    file = spreadsheet(tmp_path, PEOPLE)
    taken = imported(data, file, "--title", "Harbour LDN Society", "--received", "2026-11-03", *WORDS)
    assert taken.returncode == 0, taken.stderr
    assert "Accepted: 5 added" in taken.stderr
    assert ldn(data, "build").returncode == 0

    assert published(data, "SELECT count(*) FROM providers") == [(5,)]
    licence = f"From a file received on 2026-11-03, with permission: {PERMISSION}"
    assert published(data, "SELECT title, evidence, licence FROM sources") == [
        ("Harbour LDN Society", "listed", licence)
    ]
    assert set(published(data, "SELECT DISTINCT page FROM listings")) == {("harbour_list.csv",)}
    ((number,),) = published(data, "SELECT id FROM providers WHERE name = 'Ada Marsh'")
    assert f"Harbour LDN Society : {licence}" in page(data, f"/provider/{number}")
    assert licence in page(data, "/sources")
    assert str(tmp_path) not in page(data, f"/provider/{number}.json")

    again = ldn(data, "update", "harbour_list")
    assert (again.returncode, "unchanged   harbour_list" in again.stdout) == (0, True), again.stdout
    replayed = json.loads(ldn(data, "replay", "harbour_list", "--json").stdout)
    assert [(one["same"], one["missing"], one["changed"]) for one in replayed] == [(5, 0, 0)]


def test_a_newer_file_changes_the_list_and_a_shrunken_one_is_held(tmp_path, data):
    assert imported(data, spreadsheet(tmp_path, PEOPLE), *WORDS).returncode == 0
    newer = [(name, phone.replace("0142", "0162"), *rest) for name, phone, *rest in PEOPLE]
    changed = imported(data, spreadsheet(tmp_path, newer))
    assert changed.returncode == 0, changed.stdout
    assert "1 changed" in changed.stdout

    held = imported(data, spreadsheet(tmp_path, newer[:2]))
    assert held.returncode == 1
    assert "2 entries, fewer than 80% of the 5 last time" in held.stdout
    assert ldn(data, "build").returncode == 0
    assert published(data, "SELECT count(*) FROM providers") == [(5,)]


def test_without_the_publishers_words_a_first_file_is_held_and_can_be_accepted(tmp_path, data):
    held = imported(data, spreadsheet(tmp_path, PEOPLE), "--permission", PERMISSION)
    assert (held.returncode, "ldn accept harbour_list" in held.stdout) == (1, True)
    accepted = ldn(data, "accept", "harbour_list", "--why", "Members who prescribe LDN", "--yes")
    assert accepted.returncode == 0, accepted.stderr


def test_a_removed_list_leaves_with_the_next_build(tmp_path, data):
    imported(data, spreadsheet(tmp_path, PEOPLE), *WORDS)
    ldn(data, "build")
    gone = ldn(data, "import", "--remove", "harbour_list", "--yes")
    assert "5 listings will leave" in gone.stdout
    assert ldn(data, "build", "--allow-shrink").returncode == 0
    assert published(data, "SELECT count(*) FROM providers") == [(0,)]
    assert not (data / "imported" / "harbour_list").exists()


def test_who_was_forgotten_is_dropped_and_stays_in_no_file(tmp_path, data):
    imported(data, spreadsheet(tmp_path, PEOPLE), *WORDS)
    ldn(data, "build")
    ((number,),) = published(data, "SELECT id FROM providers WHERE name LIKE 'Ada%'")
    forgotten = ldn(data, "forget", number, "--yes", "--redact")
    assert "harbour_list.csv named them and was deleted" in forgotten.stdout + forgotten.stderr

    again = imported(data, spreadsheet(tmp_path, PEOPLE))
    assert "Left out: 1" in again.stdout
    assert "Ada" not in again.stdout
    ldn(data, "build")
    assert published(data, "SELECT count(*) FROM providers") == [(4,)]
    assert not list((data / "imported" / "harbour_list").glob("*.csv"))


# What is shown before anything is taken in; no crawl.


def look(data: Path, file: Path, *words: str, answer: str = ""):
    words = ("import", str(file), "--source", "harbour_list", "--permission", PERMISSION, *words)
    return CliRunner().invoke(main, [*words, "--data", str(data)], input=answer)


def test_it_shows_how_the_columns_were_understood_and_three_entries(tmp_path, data):
    said = look(data, spreadsheet(tmp_path, PEOPLE), "--dry-run").output
    assert "Tel." in said and "→  phone" in said
    assert "3. Carla Whitcombe" in said and "Dan Ferris" not in said
    assert not (data / "imported").exists()


def test_a_column_that_was_misunderstood_is_corrected_by_hand(tmp_path, data):
    file = spreadsheet(tmp_path, PEOPLE)
    found = json.loads(look(data, file, "--field", "practice=Town", "--dry-run", "--json").stdout)
    assert {"label": "Town", "field": "practice", "why": "chosen by hand"} in found["columns"]
    assert [(row["practice"], row.get("city")) for row in found["sample"][:1]] == [("Austin", None)]

    wrong = look(data, file, "--field", "phone=Telephone", "--dry-run")
    assert (wrong.exit_code, "no column 'Telephone'; its columns are: 'Who', 'Tel.'" in wrong.output) == (2, True)


def test_a_workbook_is_read_like_a_text_file(tmp_path, data):
    book = openpyxl.Workbook()
    for row in [("Who", "Tel.", "Town", "State"), *PEOPLE]:
        book.active.append(row)
    book.save(tmp_path / "mailed.xlsx")
    assert "5 entries" in look(data, tmp_path / "mailed.xlsx", "--dry-run").output


def test_without_a_yes_nothing_is_taken_in(tmp_path, data):
    refused = look(data, spreadsheet(tmp_path, PEOPLE), answer="n\n")
    assert (refused.exit_code, (data / "imported").exists()) == (2, False)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("--source", "curated", "--permission", "x"), "curated is a source of the project already", 2),
        (("--source", "Harbour List", "--permission", "x"), "is no name of a source", 64),
        (("--source", "../curated", "--permission", "x"), "is no name of a source", 64),
        (("--source", "harbour_list"), "by whose permission", 64),
        (("--source", "harbour_list", "--permission", "x", "--country", "Atlantis"), "is no country's ISO code", 64),
        (("--source", "harbour_list", "--permission", "x", "--received", "2999-01-01"), "is in the future", 64),
        (("--source", "harbour_list", "--permission", "x", "--homepage", "javascript:1"), "is no http(s) address", 64),
        (("--source", "harbour_list", "--permission", "x", "--field", "shoe=Who"), "there is no field 'shoe'", 2),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path, data, words, said, code):
    file = spreadsheet(tmp_path, PEOPLE)
    result = CliRunner().invoke(main, ["import", str(file), *words, "--yes", "--data", str(data)])
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert not (data / "imported").exists()


def test_a_declaration_that_cannot_be_read_costs_only_its_own_source(data):
    path = data / "imported" / "harbour_list" / "source.json"
    path.parent.mkdir(parents=True)
    path.write_text("{not JSON")
    said = ldn(data, "status")
    assert f"Broken spider: {path}: it cannot be read" in said.stderr
    assert "curated: nothing published yet" in said.stdout
