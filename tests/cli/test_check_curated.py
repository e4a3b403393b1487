"""`ldn check-curated`, and what `ldn update` and `ldn status` say of rows that are left out."""

from __future__ import annotations

import json
import sqlite3
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from tests import forked_python

HEADER = "kind,organisation,country,phone,website,evidence_url,evidence,grade,noted_on"


def row(number: int, phone: str = "") -> str:
    host = f"https://pharmacy-{number}.example.org"
    return f"pharmacy,Pharmacy {number},United States,{phone},{host},{host}/ldn,Says so.,offers,2026-01-31"


GOOD = [row(number) for number in range(25)]


@pytest.fixture
def check(tmp_path):
    def checked(text: str | bytes | None, *options: str):
        path = tmp_path / "list.csv"
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return CliRunner().invoke(main, ["check-curated", str(path), *options])

    return checked


def test_a_good_file_gives_0(check):
    done = check("\n".join([HEADER, *GOOD]))
    assert (done.exit_code, "25 good rows." in done.output) == (0, True)


def test_a_bad_row_gives_1_with_its_number_its_name_and_what_is_wrong(check):
    text = "\n".join([HEADER, GOOD[0], row(30, phone="123"), *GOOD[1:]])
    done = check(text)
    assert done.exit_code == 1
    assert (
        done.output.splitlines()[0]
        == "row 3, Pharmacy 30: phone is '123', which is not a valid number of United States"
    )
    assert "25 good rows; 1 row would be left out" in done.output
    assert json.loads(check(text, "--json").stdout)["left_out"] == [
        {"number": 3, "name": "Pharmacy 30", "what": "phone is '123', which is not a valid number of United States"}
    ]


@pytest.mark.parametrize("text", [None, "a;b;c\n1;2;3\n", HEADER.replace("kind", "sort") + "\n", "".encode("utf-16")])
def test_a_file_that_cannot_be_read_gives_2_and_a_sentence(check, text):
    done = check(text)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ") and len(done.stderr.splitlines()) == 1


def test_wrong_usage_gives_64(check):
    assert check("", "--wrong").exit_code == 64


def test_a_file_that_cannot_be_read_is_held_with_its_bare_name_the_remedy_and_the_command_that_checks_it(tmp_path):
    def ldn(*arguments: str) -> str:
        return forked_python.run(["-m", "ldn_directory", *arguments, "--data", str(tmp_path)]).stdout

    (tmp_path / "curated.csv").write_bytes("\n".join([HEADER, *GOOD]).encode("utf-16"))
    crawled = ldn("crawl", "curated")
    said = next(line for line in ldn("status").splitlines() if line.startswith("curated:"))
    for text in (crawled, said):
        assert "curated.csv could not be read: the file is not UTF-8 text: save it as “CSV UTF-8”" in text
        assert "ldn check-curated" in text and "ldn crawl curated" not in text
        assert not any(wrong in text for wrong in ("UnreadableFile", "file:", str(tmp_path), "a page could"))
    (tmp_path / "curated.csv").write_text("\n".join([HEADER, *GOOD]))
    ldn("crawl", "curated")
    assert "curated: 25 listings, taken in from its file today (25 added)" in ldn("status")


def test_update_and_status_name_a_row_that_is_left_out_until_it_is_mended(tmp_path):
    def ldn(*arguments: str) -> CompletedProcess[str]:
        return forked_python.run(["-m", "ldn_directory", *arguments, "--data", str(tmp_path)])

    def write(*rows: str) -> None:
        (tmp_path / "curated.csv").write_text("\n".join([HEADER, *rows]))

    def phones() -> list[tuple[str]]:
        with sqlite3.connect(tmp_path / "ldn.db") as db:
            return db.execute("SELECT phone FROM providers WHERE name = 'Pharmacy 30'").fetchall()

    write(*GOOD, row(30, phone="512-555-0142"))
    assert ldn("update", "curated").returncode == 0
    write(*GOOD, row(30, phone="512-555"))
    for _ in range(2):
        done = ldn("update", "curated")
        assert done.returncode == 1
        assert "1 row left out; what is published of it stays as it was" in done.stdout
        assert "row 27, Pharmacy 30" in done.stdout
        assert phones() == [("+15125550142",)]
    said = next(line for line in ldn("status").stdout.splitlines() if line.startswith("curated:"))
    assert "1 row left out" in said and "row 27, Pharmacy 30" in said and said.endswith("ldn check-curated")
    write(*GOOD, row(30, phone="512-555-0143"))
    assert ldn("update", "curated").returncode == 0
    assert phones() == [("+15125550143",)]
    write(*GOOD)
    assert ldn("update", "curated").returncode == 0
    assert phones() == []
