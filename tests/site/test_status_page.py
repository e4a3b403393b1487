"""The page for maintainers: what is fresh, what is held, what to do next."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.crawl.gates import GATES

RUN = {
    "run": "20261124T021700Z-0000",
    "at": "2026-11-24T02:17:00Z",
    "outcome": "held",
    "listings": 31,
    "gates": ["too few"],
    "acceptable": True,
    "unread_pages": 0,
    "repeated": 0,
    "stated": None,
}


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def source(name: str, read_days_ago: float = 1, **stated: Any) -> dict[str, Any]:
    return {
        "source": name,
        "title": f"List of {name}",
        "every_days": 7,
        "last_good": ago(read_days_ago),
        "due": ago(read_days_ago - 7),
        "listings": 120,
        "run": None,
        "looks": {},
    } | stated


@pytest.fixture
def ask(directory, visitor):
    """Writes a status beside the published file, and asks for the page."""

    def asked(address: str = "/status", *sources: dict[str, Any], at: Path = directory, **changed: Any) -> Any:
        status = {
            "form": 2,
            "written": ago(0.1),
            "unknown": [],
            "sources": list(sources) or [source("north")],
            "doubts": 0,
            "waiting": False,
            "registers": [],
            "gazetteer": {"built": ago(30)},
        }
        at.with_name("status.json").write_text(json.dumps(status | changed))
        return asyncio.run(visitor(at)(address))

    return asked


def main(page: Any) -> str:
    """What is read of the main part, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text[page.text.index("<main") : page.text.index("</main>")]).split())


def test_all_is_well_in_words(ask):
    told = main(ask())
    assert "All is well." in told and "List of north fresh It was read on time." in told
    assert re.search(r"As of .* UTC, when the last command ended", told)


def test_a_late_list_is_told_from_a_due_one_in_words(ask):
    told = main(ask("/status", source("north", 9), source("west", 30)))
    assert "List of north due It has been due for 2 days." in told
    assert "List of west late It is late: overdue by 23 days." in told and "ldn crawl west" in told
    assert "1 thing to look at List of west" in told


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({}, "Too few entries: 31 now, 120 last time."),
        ({"gates": ["first"]}, "It is the first harvest of this list"),
        ({"gates": ["unread pages"], "unread_pages": 3, "acceptable": False}, "3 pages could not be read."),
        ({"gates": ["cut off"], "stated": 500}, "it says there are 500"),
        ({"gates": ["cut off"]}, "cut off the list after 31 entries"),
        ({"gates": ["repeating"], "repeated": 40}, "40 entries repeat others."),
        ({"gates": ["emptier", "unfinished"]}, "did not finish"),
        ({"gates": ["many gone", "values of others"]}, "Contact details have moved to other people."),
        ({"gates": ["too many", "of another version"]}, "Too many entries"),
    ],
)
def test_a_held_harvest_says_why_in_a_sentence_with_counts(ask, run, said):
    told = main(ask("/status", source("south", run=RUN | run)))
    assert "List of south held back Its last harvest, of 31 entries, is held." in told and said in told


def test_a_maintainer_learns_what_to_run_next(ask):
    assert "accept it: ldn accept south" in main(ask("/status", source("south", run=RUN)))
    told = main(ask("/status", source("south", run=RUN | {"acceptable": False})))
    assert "ldn accept" not in told and "ldn crawl south" in told
    assert "Ask the publisher for permission or a file." in main(
        ask("/status", source("south", run=RUN | {"outcome": "blocked"}))
    )


def test_what_waits_is_said_without_who_why_or_how_many(ask):
    told = main(
        ask("/status", doubts=7, waiting=True, registers=[{"register": "ods", "as_of": "2026-11-08", "entries": 9000}])
    )
    assert "7 to decide: ldn review" in told
    assert (
        "An entry is held back until a person decides. These commands say which, and why. ldn forget --held; ldn registers report"
        in told
    )
    assert "forgotten" not in told and "withheld" not in told and "exclu" not in told
    assert "NHS Organisation Data Service: 9,000 entries as of" in told


def test_taking_in_a_file_of_the_project_is_not_called_a_reading(ask):
    told = main(ask("/status", source("own", looks={"never": 25})))
    assert "Its file was loaded on time. That does not check the pages of its entries. Last loaded" in told
    assert "reading" not in told and "It was read" not in told


def test_looks_at_entries_own_pages_are_counted(ask):
    assert "still say so: 25; no longer say so: 2" in main(
        ask("/status", source("own", looks={"confirmed": 25, "unconfirmed": 2}))
    )


def test_doubtful_matches_alone_need_nobody_now(ask):
    assert ask("/status.json", doubts=7).json()["ok"] is True


def test_a_schedule_that_has_stopped_shows(ask):
    assert "No command has run for 40 days." in main(ask("/status", written=ago(40.1)))


def test_monitors_get_a_plain_answer(ask):
    good, bad = ask("/status.json"), ask("/status.json", source("south", run=RUN))
    assert (good.status_code, good.json()["ok"], good.json()["problems"]) == (200, True, [])
    assert (bad.status_code, bad.json()["ok"]) == (200, False)
    assert bad.json()["problems"] == [
        {
            "says": "Its last harvest, of 31 entries, is held.",
            "source": "List of south",
            "do": "ldn accept south",
        }
    ]
    (row,) = bad.json()["sources"]
    assert (row["state"], row["listings"], row["why"]) == (
        "held",
        120,
        ["Too few entries: 31 now, 120 last time."],
    )
    assert good.headers["cache-control"] == "no-store"


def test_without_a_status_the_page_says_so(directory, visitor):
    page, health = (asyncio.run(visitor(directory)(address)) for address in ("/status", "/status.json"))
    assert page.status_code == 200 and "There is no status file yet." in main(page)
    assert (health.status_code, health.json()["ok"], health.json()["as_of"]) == (200, False, None)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"form": 99}', b"[" * 50_000])
def test_a_damaged_status_is_a_sentence_not_an_error(directory, visitor, content):
    directory.with_name("status.json").write_bytes(content)
    page = asyncio.run(visitor(directory)("/status"))
    assert page.status_code == 200 and "it is damaged, or from another version" in main(page)


def test_a_first_harvest_that_waits_shows_before_anything_is_published(tmp_path, ask):
    (tmp_path / "later").mkdir()
    south = source("south", last_good=None, due=None, listings=0, run=RUN | {"gates": ["first"]})
    told = main(ask("/status", south, at=tmp_path / "later" / "ldn.db"))
    assert "No directory has been published yet." in told and "ldn accept south" in told


def test_a_title_that_is_markup_is_text(ask):
    page = ask("/status", source("north", title="<script>window.pwned=1</script>"))
    assert "<script" not in page.text and "&lt;script&gt;" in page.text


def test_every_gate_has_a_sentence(ask):
    (held,) = ask("/status.json", source("south", run=RUN | {"gates": list(GATES)})).json()["sources"]
    assert len(held["why"]) == len(GATES)
