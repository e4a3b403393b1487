"""`data/status.json`: what commands leave for the site's page for maintainers."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from ldn_directory.cli.health import write_status
from ldn_directory.crawl.gates import Facts, closed_gates
from ldn_directory.ledger import Check, LastHarvest, Ledger, Outcome
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source

FULL = {"name": 1.0, "phone": 1.0, "region": 1.0}
SECRET = "Ada Example, 512-555-0142"


def source(name: str, **stated: Any) -> Any:
    """A source as its spider states it."""
    return SimpleNamespace(
        name=name,
        source=Source(
            title=f"List of {name}",
            homepage="https://example.org/",
            evidence=Evidence.LISTED,
            record_key="id",
            **stated,
        ),
    )


def taken(data: Path, name: str, names: list[str], **stated: Any) -> None:
    """A harvest that the ledger has taken."""
    lines = tuple(
        Listing(
            source=name,
            key=one,
            page=f"https://example.org/{one[0]}",
            kind=Kind.PRESCRIBER,
            evidence=Evidence.LISTED,
            name=one,
        ).as_line()
        for one in names
    )
    at = "2026-11-01T02:17:00Z"
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run="20261101T021700Z-0000",
                source_id=name,
                source=source(name, **stated).source,
                started=at,
                finished=at,
                lines=lines,
            )
        )


def reported(data: Path, name: str, **said: Any) -> None:
    """The report that a run has left."""
    folder = data / "runs" / "20261108T021700Z-0000" / name
    folder.mkdir(parents=True)
    report = {
        "run": "20261108T021700Z-0000",
        "source": name,
        "finished": "2026-11-08T02:17:00Z",
        "listings": 3,
        "reasons": [],
        "failures": [],
        "problems": [],
        "duplicates": 0,
        "total_stated": None,
        "outcome": "held",
    }
    (folder / "report.json").write_text(json.dumps(report | said))


def status(data: Path, *sources: Any) -> dict[str, Any]:
    write_status(data, sources or None)
    return json.loads((data / "status.json").read_text())


def test_a_source_is_told_by_its_last_good_reading_and_when_the_next_is_due(tmp_path):
    taken(tmp_path, "north", ["Ada Example", "Ben Sample"])
    (row,) = status(tmp_path, source("north"))["sources"]
    assert (row["title"], row["listings"], row["last_good"], row["due"]) == (
        "List of north",
        2,
        "2026-11-01T02:17:00Z",
        "2026-11-08T02:17:00Z",
    )
    assert row["run"] is None


def test_a_held_harvest_is_told_by_its_gates_and_counts_and_quotes_no_page(tmp_path):
    taken(tmp_path, "north", [f"Person {letter}" for letter in "abcdefghij"])
    reported(
        tmp_path,
        "north",
        gates=["too few"],
        reasons=[f"3 entries, and {SECRET}"],
        problems=[SECRET],
        sample=[{"name": SECRET}],
    )
    (row,) = status(tmp_path, source("north"))["sources"]
    assert (row["run"]["outcome"], row["run"]["gates"], row["run"]["listings"], row["listings"]) == (
        "held",
        ["too few"],
        3,
        10,
    )
    assert (row["run"]["run"], row["run"]["acceptable"]) == ("20261108T021700Z-0000", True)
    assert SECRET not in (tmp_path / "status.json").read_text()


def test_pages_that_could_not_be_read_are_a_number(tmp_path):
    reported(tmp_path, "north", gates=["unread pages"], failures=[f"https://example.org/ {SECRET}"])
    (row,) = status(tmp_path, source("north"))["sources"]
    assert row["run"]["unread_pages"] == 1 and not row["run"]["acceptable"]
    assert SECRET not in (tmp_path / "status.json").read_text()


def test_looks_at_evidence_pages_are_counted_by_what_the_last_one_found(tmp_path):
    taken(tmp_path, "own", ["Ada Example", "Ben Sample", "Carla Muster"], rechecked=True)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ids = [listing for (listing,) in ledger.db.execute("SELECT id FROM listings ORDER BY pk")]
        look = {"page": "https://example.org/A", "listing": ids[0]}
        ledger.add_checks([Check(checked="2026-11-02T00:00:00Z", outcome=Outcome.CONFIRMED, **look)])
        ledger.add_checks([Check(checked="2026-11-09T00:00:00Z", outcome=Outcome.UNCONFIRMED, reason=SECRET, **look)])
    (row,) = status(tmp_path, source("own", rechecked=True))["sources"]
    assert row["looks"] == {"unconfirmed": 1, "never": 2}
    assert SECRET not in (tmp_path / "status.json").read_text()


def test_a_damaged_ledger_is_said_and_the_rest_is_told(tmp_path):
    (tmp_path / "ledger.db").write_bytes(b"this is no database\n" * 400)
    told = status(tmp_path, source("north"))
    assert "ledger" in told["unknown"] and told["sources"] == [] and told["registers"] == []


def test_the_file_is_replaced_whole_and_no_draft_stays(tmp_path):
    status(tmp_path, source("north"))
    before = (tmp_path / "status.json").stat().st_ino
    status(tmp_path, source("north"))
    assert (tmp_path / "status.json").stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_command_that_fails_leaves_its_status_too(tmp_path):
    done = CliRunner().invoke(main, ["build", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert {row["last_good"] for row in json.loads((tmp_path / "status.json").read_text())["sources"]} == {None}


def test_that_it_cannot_be_written_costs_the_command_nothing(tmp_path):
    taken(tmp_path, "curated", ["Ada Example"])
    (tmp_path / "status.json").mkdir()
    done = CliRunner().invoke(main, ["build", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "The status page stays as it was" in done.output
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert db.execute("SELECT count(*) FROM providers").fetchone() == (1,)


@pytest.mark.parametrize(
    ("changed", "gate"),
    [
        ({"listings": 20}, "too few"),
        ({"listings": 900}, "too many"),
        ({"failures": ("a page",)}, "unread pages"),
        ({"finished": False}, "unfinished"),
        ({"fill": FULL | {"phone": 0.2}}, "emptier"),
        ({"duplicates": 90}, "repeating"),
        ({"total": 5000}, "cut off"),
    ],
)
def test_each_gate_that_holds_a_harvest_has_a_name(changed, gate):
    facts = Facts(**{"listings": 101, "duplicates": 0, "fill": FULL, "pages": 3} | changed)
    last = LastHarvest(finished="2026-01-01T00:00:00Z", run="r", listings=101, fill=FULL)
    assert gate in closed_gates(facts, last, source("north").source)
    assert [*closed_gates(Facts(listings=101, duplicates=0, fill=FULL, pages=3), None, source("north").source)] == [
        "first"
    ]
