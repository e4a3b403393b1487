"""The benchmark runner keeps what other parts measured, and says when something is not reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import format_table, main, rows_of, save_results

FAST = {
    "part": "search",
    "name": "a name",
    "value": 1234.5,
    "unit": "1/s",
    "against": "SQL: 600",
    "reach": "2 x",
    "ok": True,
}


def test_rows_of_parts_that_did_not_run_are_kept(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"part": "crawl", "name": "old"}, {"part": "search", "name": "old"}]))
    save_results([FAST], ["search"], results)
    assert [(row["part"], row["name"]) for row in json.loads(results.read_text())] == [
        ("crawl", "old"),
        ("search", "a name"),
    ]


def test_the_table_shows_a_row_a_line_and_what_is_not_reached() -> None:
    slow = {**FAST, "name": "another", "value": None, "unit": None, "ok": False}
    head, first, second = format_table([FAST, slow]).splitlines()
    assert "against" in head
    assert first.startswith("ok") and "1,234" in first
    assert second.startswith("NOT REACHED")


def test_a_part_that_breaks_is_a_row_that_is_not_ok() -> None:
    (row,) = rows_of("no_such_part")
    assert not row["ok"]
    assert "no_such_part" in row["against"]


def test_an_unknown_part_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weather"], results=tmp_path / "results.json") == 64
    assert "no part weather" in capsys.readouterr().err
    assert not (tmp_path / "results.json").exists()


def test_a_short_run_keeps_nothing_and_fails_only_for_what_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--largest", "1000", "ingest"], results=tmp_path / "results.json") == 0
    said = capsys.readouterr().out
    assert "ingest of 1,000 new listings" in said
    assert "10,000" not in said
    assert not (tmp_path / "results.json").exists()
