"""`ldn unaccept`, `drop` and `retire`, and what `ldn status` and `ldn build` say of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ldn_directory.archive.harvests import mark_accepted
from ldn_directory.cli.app import main
from ldn_directory.cli.health import status_rows
from ldn_directory.crawl.undo import check_orphans
from ldn_directory.ledger import Check, Ledger, Outcome
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source
from ldn_directory.spiders.curated import Curated
from ldn_directory.storage import format_time

NOW = datetime.now(UTC)
FIRST, SECOND = (f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-0000" for days in (2, 1))


def harvest(data: Path, run: str, *names: str, source: str = "curated", held: bool = False) -> Harvest:
    """A harvest as a crawl leaves it, with its report."""
    at = f"{datetime.strptime(run[:16], '%Y%m%dT%H%M%SZ'):%Y-%m-%dT%H:%M:%SZ}"
    lines = tuple(
        Listing(
            source=source,
            key=name,
            page="https://clinic.example.org/",
            kind=Kind.CLINIC,
            evidence=Evidence.OWN_SITE,
            name=name,
        ).as_line()
        for name in names
    )
    stated = Source(title="A list", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="name")
    folder = data / "runs" / run / source
    folder.mkdir(parents=True)
    (folder / "listings.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    report = {"run": run, "source": source, "title": "A list", "homepage": "", "terms": None, "not_understood": []}
    report |= {"outcome": "held" if held else "passed", "reasons": [], "listings": len(lines), "sample": []}
    report |= {"started": at, "finished": at, "failures": [], "problems": [], "duplicates": 0, "total_stated": None}
    (folder / "report.json").write_text(json.dumps(report))
    known = Curated.source if source == "curated" else stated
    return Harvest(run=run, source_id=source, source=known, started=at, finished=at, lines=lines)


def take(data: Path, harvests: Iterable[Harvest]) -> None:
    with Ledger.open(data / "ledger.db") as ledger:
        for one in harvests:
            ledger.ingest(one)


def names(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        return [name for (name,) in db.execute("SELECT name FROM providers ORDER BY name")]


def report_of(data: Path, run: str, source: str = "curated") -> dict:
    return json.loads((data / "runs" / run / source / "report.json").read_text())


@pytest.fixture
def ldn(tmp_path: Path) -> Callable[..., Result]:
    def run(*words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(main, [*words, "--data", str(tmp_path)], input=answer)

    return run


def row_of(data: Path, name: str, now: datetime = NOW) -> dict:
    return next(row for row in status_rows(data, now) if row["source"] == name)


def test_a_harvest_is_taken_back_after_a_question_and_the_next_build_shows_what_was_before(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, SECOND, "Somebody Else")])

    refused = ldn("unaccept", SECOND, "curated", answer="n\n")
    assert (refused.exit_code, report_of(tmp_path, SECOND)["outcome"]) == (2, "passed")

    done = ldn("unaccept", SECOND, "curated", answer="y\n")
    assert done.exit_code == 0, done.output
    assert "curated: 1 harvest taken back: 1 listing as before, 1 removed" in done.output
    assert ldn("build").exit_code == 0
    assert names(tmp_path) == ["Quayside Clinic"]
    assert report_of(tmp_path, SECOND)["outcome"] == "unaccepted"
    assert f"run {SECOND} was taken back on {NOW:%Y-%m-%d}" in row_of(tmp_path, "curated")["wrong"]


def test_the_question_names_the_later_runs_that_go_too(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, SECOND, "Somebody Else")])
    asked = ldn("unaccept", FIRST, "curated", answer="n\n")
    assert f"also run {SECOND} of curated, which was taken after it" in asked.output
    assert ldn("unaccept", FIRST, "curated", "--yes").exit_code == 0
    assert [report_of(tmp_path, run)["outcome"] for run in (FIRST, SECOND)] == ["unaccepted"] * 2


def test_a_harvest_that_was_taken_back_can_be_accepted_again(tmp_path, ldn):
    one = harvest(tmp_path, FIRST, "Quayside Clinic")
    take(tmp_path, [one])
    mark_accepted(tmp_path, report_of(tmp_path, FIRST), {})
    assert ldn("unaccept", FIRST, "curated", "--yes").exit_code == 0
    again = ldn("accept", FIRST, "curated", "--yes")
    assert again.exit_code == 0, again.output
    assert report_of(tmp_path, FIRST)["outcome"] == "accepted"
    assert "had been taken back before" not in ldn("unaccept", FIRST, "curated", "--yes").output
    assert "had been taken back before" in ldn("unaccept", FIRST, "curated", "--yes").output


def test_a_build_is_not_refused_for_the_loss_of_what_was_taken_back(tmp_path, ldn):
    first = harvest(tmp_path, FIRST, *(f"Clinic {number}" for number in range(20)))
    take(tmp_path, [first, harvest(tmp_path, SECOND, "A list of others", source="others")])
    assert "Published" in ldn("build").stdout
    assert ldn("unaccept", FIRST, "curated", "--yes").exit_code == 0
    built = ldn("build")
    assert "Published" in built.stdout, built.output
    assert names(tmp_path) == ["A list of others"]


def test_a_dropped_run_is_out_of_the_ledger_the_reports_and_the_status(tmp_path, ldn):
    ahead = "20990101T000000Z-0000"
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, ahead, "Quayside Clinic")])
    harvest(tmp_path, ahead, "Held", source="others", held=True)
    row = row_of(tmp_path, f"run {ahead}")
    assert "it is dated 2099-01-01T00:00:00Z, in the future" in row["wrong"]
    assert row["do"].endswith(f"ldn drop {ahead}")
    done = ldn("drop", ahead, "--yes")
    assert done.exit_code == 0, done.output
    assert not [row for row in status_rows(tmp_path, NOW) if row["source"] == f"run {ahead}"]
    assert report_of(tmp_path, ahead, "others")["outcome"] == "dropped"
    take(tmp_path, [harvest(tmp_path, SECOND, "Quayside Clinic")])
    assert row_of(tmp_path, "curated")["last_good_run"] == SECOND


def test_a_dropped_run_leaves_a_retired_source_as_it_is_until_it_is_brought_back(tmp_path, ldn):
    ahead = "20990101T000000Z-0000"
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, ahead, "Ahead")])
    take(tmp_path, [harvest(tmp_path, ahead, "Other", source="others")])
    assert ldn("retire", "others", "--yes").exit_code == 0

    asked = ldn("drop", ahead, answer="n\n")
    assert "others is retired and stays as it is" in asked.output
    done = ldn("drop", ahead, "--yes")
    assert done.exit_code == 0, done.output
    assert "curated: 1 harvest taken back: 1 listing as before, 1 removed" in done.output
    assert "others is retired and stays as it is" in done.output
    assert not [row for row in status_rows(tmp_path, NOW) if row["source"] == f"run {ahead}"]

    assert ldn("retire", "--undo", "others").exit_code == 0
    assert row_of(tmp_path, f"run {ahead}")["do"].endswith(f"ldn drop {ahead}")
    assert "others: 1 harvest taken back: 0 listings as before, 1 removed" in ldn("drop", ahead, "--yes").output
    assert not [row for row in status_rows(tmp_path, NOW) if row["source"] == f"run {ahead}"]


def test_checks_of_evidence_pages_from_the_future_are_named_and_go_with_their_run(tmp_path, ldn):
    ahead, at = "20990101T000000Z-0000", "2099-01-01T00:00:00Z"
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ((listing,),) = ledger.db.execute("SELECT id FROM listings")
        page = "https://clinic.example.org/"
        ledger.add_checks([Check(listing=listing, page=page, checked=at, outcome=Outcome.CONFIRMED)])
    (tmp_path / "runs" / ahead / "recheck").mkdir(parents=True)
    (tmp_path / "runs" / ahead / "recheck" / "checks.json").write_text(
        json.dumps([{"listing": listing, "checked": at}])
    )
    assert "in the future" in row_of(tmp_path, f"run {ahead}")["wrong"]
    assert ldn("drop", ahead, "--yes").exit_code == 0
    assert not [row for row in status_rows(tmp_path, NOW) if row["source"] == f"run {ahead}"]


@pytest.mark.parametrize("run", ["nowhere", "*", "[0-9]*", "", ".", "../runs", "2*-0000"])
def test_only_a_run_that_exists_can_be_dropped_and_nobody_is_asked_about_another(tmp_path, ldn, run):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    for words in ((), ("--yes",)):
        done = ldn("drop", run, *words, answer="y\n")
        assert (done.exit_code, report_of(tmp_path, FIRST)["outcome"]) == (2, "passed")
        assert f"nothing was taken out: there is no run {run!r}" in done.output
        assert "[y/N]" not in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("unaccept", FIRST, "curated"),
        ("drop", FIRST),
        ("retire", "curated"),
        ("forget", "--name", "Jane Roe", "--region", "US-TX", "--in-advance"),
    ],
    ids=lambda words: words[0],
)
def test_without_a_terminal_nothing_is_taken_back_and_it_is_said_how(tmp_path, ldn, words):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    done = ldn(*words, answer="")
    assert (done.exit_code, report_of(tmp_path, FIRST)["outcome"]) == (2, "passed")
    assert "nobody could be asked, so no" in done.output
    assert "run it in a terminal, or decide with --yes" in done.output


def test_what_cannot_be_retired_is_said_before_anybody_is_asked(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    assert "[y/N]" not in ldn("retire", "nobody", answer="y\n").output
    assert "Take curated (1 listing) out of the directory" in ldn("retire", "curated", answer="y\n").output
    again = ldn("retire", "curated", answer="y\n")
    assert (again.exit_code, "[y/N]" in again.output) == (2, False)
    assert "curated is retired since" in again.output


def test_a_retired_source_is_named_as_such_before_a_harvest_of_it_is_shown(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    harvest(tmp_path, SECOND, "Quayside Clinic", held=True)
    assert ldn("retire", "curated", "--yes").exit_code == 0
    done = ldn("accept", "curated", answer="y\n")
    assert done.exit_code == 2
    assert "Quayside" not in done.output
    assert "nothing was accepted: curated is retired since" in done.output
    assert "bring it back: ldn retire --undo curated" in ldn("show", "curated").output


def test_a_source_that_was_read_in_the_future_is_not_read_today(tmp_path):
    take(tmp_path, [harvest(tmp_path, "20990101T000000Z-0000", "Quayside Clinic")])
    assert "curated: 1 listings, taken in from its file on 2099-01-01" in row_of(tmp_path, "curated")["line"]


def test_a_source_that_is_late_is_to_be_crawled(tmp_path):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    assert row_of(tmp_path, "curated", NOW + timedelta(days=300))["do"] == "ldn crawl curated"


def test_a_retired_source_leaves_the_directory_and_is_not_read_until_it_is_brought_back(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, SECOND, "Other", source="others")])
    assert "Published" in ldn("build").stdout
    done = ldn("retire", "curated", "--why", "the project has ended", "--yes")
    assert done.exit_code == 0, done.output
    assert "Published" in ldn("build").stdout
    assert names(tmp_path) == ["Other"]
    with closing(sqlite3.connect(tmp_path / "ldn.db")) as db:
        stated = db.execute("SELECT retired_since, retired_because FROM sources WHERE id = 'curated'").fetchone()
    assert (stated[0][:10], stated[1]) == (f"{datetime.now(UTC):%Y-%m-%d}", "the project has ended")
    assert row_of(tmp_path, "curated")["ok"]

    crawled = ldn("crawl", "curated")
    assert crawled.exit_code == 2
    assert "To read it again: ldn retire --undo curated" in crawled.output

    assert ldn("retire", "--undo", "curated").exit_code == 0
    assert "Published" in ldn("build").stdout
    assert names(tmp_path) == ["Other", "Quayside Clinic"]


def test_a_source_that_was_never_read_cannot_be_retired(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    done = ldn("retire", "nobody", "--yes")
    assert done.exit_code == 2
    assert "nobody has no harvest in the ledger: there is nothing to retire" in done.output


def test_the_name_that_was_announced_for_retire_still_works(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic")])
    done = ldn("withdraw", "curated", "--yes", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"gone": 1})


def test_a_source_without_a_spider_is_named_at_once_and_leaves_after_30_days(tmp_path, ldn):
    take(tmp_path, [harvest(tmp_path, FIRST, "Quayside Clinic"), harvest(tmp_path, FIRST, "Other", source="others")])
    leaves = format_time(NOW + timedelta(days=30))[:10]
    assert f"its listings leave on {leaves}" in row_of(tmp_path, "others")["wrong"]
    assert ldn("status").exit_code == 1
    built = ldn("build")
    assert (built.exit_code, "others: no spider reads it any more" in built.output) == (1, True)
    for days, left in ((29, False), (31, True)):
        (one,) = check_orphans(tmp_path, ["curated"], datetime.now(UTC) + timedelta(days=days))
        assert one.has_left is left
    assert ldn("build").exit_code == 0
    assert names(tmp_path) == ["Quayside Clinic"]
    assert check_orphans(tmp_path, ["curated"], datetime.now(UTC)) == []


def test_the_days_of_a_source_begin_anew_when_its_spider_was_back(tmp_path):
    take(tmp_path, [harvest(tmp_path, FIRST, "Other", source="others")])
    for days, known in ((0, ()), (20, ("others",)), (40, ())):
        found = check_orphans(tmp_path, known, NOW + timedelta(days=days))
    assert [one.has_left for one in found] == [False]
