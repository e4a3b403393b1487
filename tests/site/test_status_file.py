"""What the site reads of the status that commands have left."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.site.pages.health import State, UnreadableStatus, read_status_file

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
RUN = {
    "run": "20261124T021700Z-0000",
    "at": "2026-11-24T02:17:00Z",
    "outcome": "passed",
    "listings": 3,
    "gates": [],
    "acceptable": False,
    "unread_pages": 0,
    "repeated": 0,
    "stated": None,
}
SOURCE = {
    "source": "north",
    "title": "North list",
    "every_days": 7,
    "last_good": "2026-11-24T02:17:00Z",
    "due": "2026-12-01T02:17:00Z",
    "listings": 12,
    "run": None,
    "looks": {},
}
STATUS = {
    "form": 2,
    "written": "2026-11-25T06:00:00Z",
    "unknown": [],
    "sources": [SOURCE],
    "doubts": 0,
    "waiting": False,
    "registers": [],
    "gazetteer": {"built": "2026-11-01T00:00:00Z"},
}


def written(folder: Path, **changed: Any) -> Path:
    (folder / "status.json").write_text(json.dumps(STATUS | changed))
    return folder / "ldn.db"


def state(folder: Path, **changed: Any) -> State:
    file = read_status_file(written(folder, sources=[SOURCE | changed]))
    assert file
    return file.sources[0].state(NOW)


@pytest.mark.parametrize(
    ("last_good", "due", "is_now"),
    [
        ("2026-11-24T02:17:00Z", "2026-12-01T02:17:00Z", State.FRESH),
        ("2026-11-17T02:17:00Z", "2026-11-24T02:17:00Z", State.DUE),
        ("2026-11-03T02:17:00Z", "2026-11-10T02:17:00Z", State.LATE),
        (None, None, State.NEVER),
    ],
)
def test_what_is_late_is_reckoned_when_it_is_looked_at(tmp_path, last_good, due, is_now):
    assert state(tmp_path, last_good=last_good, due=due) == is_now


@pytest.mark.parametrize("outcome", ["held", "blocked", "unreachable", "failed"])
def test_a_last_run_that_was_not_taken_counts_before_all_dates(tmp_path, outcome):
    assert state(tmp_path, run=RUN | {"outcome": outcome}) == State(outcome)


def test_an_outcome_of_another_version_is_a_failure_and_a_taken_run_that_the_ledger_lost_is_named(tmp_path):
    assert state(tmp_path, run=RUN | {"outcome": "evaporated"}) == State.FAILED
    assert state(tmp_path, run=RUN, last_good=None, due=None) == State.LOST


def test_a_file_that_no_command_has_written_for_long_is_old(tmp_path):
    recent, old = (
        read_status_file(written(tmp_path, written=when)) for when in ("2026-11-12T06:00:00Z", "2026-11-10T06:00:00Z")
    )
    assert recent and old and (recent.is_old(NOW), old.is_old(NOW)) == (False, True)


def test_without_a_file_nothing_is_known(tmp_path):
    assert read_status_file(tmp_path / "ldn.db") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(STATUS | {"form": 1}).encode(),
        json.dumps(STATUS | {"written": "yesterday"}).encode(),
        json.dumps(STATUS | {"sources": 7}).encode(),
        json.dumps(STATUS | {"sources": [{"source": "north"}]}).encode(),
        json.dumps(STATUS | {"registers": [{}]}).encode(),
        json.dumps(STATUS | {"sources": [SOURCE | {"every_days": 10**400}]}).encode(),
        json.dumps(STATUS | {"sources": [SOURCE | {"last_good": "9999-12-31T00:00:00Z"}]}).encode(),
    ],
    ids=lambda content: repr(content[:24]),
)
def test_a_damaged_file_is_one_error_and_no_other(tmp_path, content):
    (tmp_path / "status.json").write_bytes(content)
    with pytest.raises(UnreadableStatus):
        read_status_file(tmp_path / "ldn.db")


def test_a_folder_or_a_huge_file_in_its_place_is_not_read(tmp_path):
    (tmp_path / "status.json").mkdir()
    with pytest.raises(UnreadableStatus):
        read_status_file(tmp_path / "ldn.db")
