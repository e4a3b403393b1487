"""`ldn history`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from ldn_directory.publish.schema import create_tables

AT = "2026-11-01T00:00:00Z"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "ldn.db")) as db, db:
        create_tables(db)
        db.execute(
            "INSERT INTO sources (id, title, homepage, evidence, record_key, every_days) VALUES ('north', 'North list', 'https://example.org/', 'listed', 'id', 7)"
        )
        db.execute(
            "INSERT INTO providers (id, kind, name, evidence, source, sources, listings, first_seen, last_confirmed, status)"
            " VALUES (1, 'prescriber', 'Jane Roe\x1b[2J', 'listed', 'north', '[\"north\"]', 1, ?, ?, 'confirmed')",
            (AT, AT),
        )
        db.execute(
            "INSERT INTO redirects VALUES (2, 1, 'merged', ?), (3, NULL, 'gone', ?), (4, NULL, 'gone', ?)", (AT, AT, AT)
        )
        rows = [
            (1, "2026-10-01T00:00:00Z", "north", 1, "added", None, None, "Jane Roe", None),
            (2, "2026-10-08T00:00:00Z", "north", 1, "moved", "address", "1 Elm Street", "9 Oak Lane", None),
            (3, "2026-10-09T00:00:00Z", None, 1, "merged", None, None, None, 2),
            (4, "2026-10-10T00:00:00Z", "north", 3, "gone", None, None, None, None),
            (5, "2026-10-11T00:00:00Z", None, 4, "forgotten", None, None, None, None),
        ]
        db.executemany(
            "INSERT INTO changes (id, at, source, provider, what, field, before, after, other) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    return tmp_path


def ran(data: Path, *arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["history", *arguments, "--data", str(data)])
    return result.exit_code, result.stdout, result.stderr


def test_the_timeline_is_printed_oldest_first(data):
    code, told, _ = ran(data, "1")
    assert code == 0
    assert told.splitlines()[1:] == [
        "2026-10-01  First listed (North list)",
        "2026-10-08  Moved from 1 Elm Street to 9 Oak Lane (North list)",
        "2026-10-09  Merged with entry 2",
    ]


def test_nothing_that_a_terminal_obeys_is_printed(data):
    assert "\x1b" not in ran(data, "1")[1]


def test_a_merged_number_leads_to_the_one_that_is_shown(data):
    code, told, _ = ran(data, "2")
    assert code == 0 and "entry 2 is part of it" in told
    assert json.loads(ran(data, "2", "--json")[1])["provider"]["id"] == 1


@pytest.mark.parametrize(
    ("number", "state", "said"),
    [
        ("3", "gone", "no longer in the directory since 2026-10-10"),
        ("4", "forgotten", "removed on request on 2026-10-11"),
        ("9", "unknown", "never was one"),
    ],
)
def test_who_is_not_shown_is_told_apart(data, number, state, said):
    code, _, why = ran(data, number)
    assert code == 2 and said in why
    code, told, _ = ran(data, number, "--json")
    assert code == 2 and json.loads(told)["state"] == state


@pytest.mark.parametrize("number", ["abc", "0", "-1", "1" * 30])
def test_what_is_no_number_is_wrong_usage(data, number):
    assert ran(data, number)[0] == 64


def test_without_a_directory_it_says_what_to_do(tmp_path):
    code, _, why = ran(tmp_path, "1")
    assert code == 2 and "ldn build" in why
