"""`ldn replay --take`: what a mended spider reads in archived pages goes through the gates, without the site."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.archive.warc_archive import Archive
from ldn_directory.crawl.replay import replay, take
from ldn_directory.crawl.undo import retire, unaccept
from ldn_directory.families import TabularFile
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Evidence, Harvest, Listing, Source
from ldn_directory.storage import write_atomically

RUN, AT = "20260301T080000Z-0000", ("2026-03-01T08:00:00Z", "2026-03-01T08:05:00Z")
URL = "https://lists.example.org/list.csv"
NAMES = ("Jane Roe", "John Doe", *(f"Ada {letter}field" for letter in "BCDFGHKLMN"))
PAGE = b"Name,Phone,City,State\n" + b"".join(
    f"{name},512-555-01{number},Austin,Texas\n".encode() for number, name in enumerate(NAMES, start=40)
)
SOURCE = Source(title="A list", homepage=URL, evidence=Evidence.LISTED, record_key="row", needs_acceptance=False)


class Mended(TabularFile):
    """The list as it should be read."""

    name = "harbour"
    source = SOURCE
    start_urls = [URL]


class Broken(Mended):
    """The same list, read without the city of one entry."""

    name = "harbour"

    @classmethod
    def post_process(cls, listing: Listing) -> Listing | None:
        return replace(listing, city=None) if listing.name == "Jane Roe" else listing


class WithoutPhones(Mended):
    """The same list, read without its phones."""

    name = "harbour"

    @classmethod
    def post_process(cls, listing: Listing) -> Listing | None:
        return replace(listing, phones=())


class Redesigned(Mended):
    """Reads a page more than the crawl did."""

    name = "harbour"

    @classmethod
    def extract(cls, page, headers, context):
        return replace(super().extract(page, headers, context), next_pages=("https://lists.example.org/list.csv?p=2",))


def archive_page(data: Path, **changed) -> None:
    """A crawl of the page as it leaves it, before anything was read from it."""
    archive = RunArchive(data, RUN, "harbour")
    archive.add_visit(URL, PAGE, {}, archive.add_response(URL, 200, "OK", (("Content-Type", "text/csv"),), PAGE))
    archive.close()
    report = {"run": RUN, "source": "harbour", "homepage": URL, "outcome": "held", "reasons": [], "gates": []}
    report |= {"started": AT[0], "finished": AT[1], "failures": [], "listings": len(NAMES)} | changed
    write_atomically(archive.folder / "report.json", json.dumps(report).encode())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the archived page and what the broken spider read in it, which is in the ledger."""
    archive_page(tmp_path, outcome="passed")
    replay(tmp_path, Broken)
    folder = tmp_path / "runs" / RUN / "harbour"
    lines = (folder / "replayed.jsonl").read_bytes()
    (folder / "listings.jsonl").write_bytes(lines)
    taken = Harvest(
        run=RUN, source_id="harbour", source=SOURCE, started=AT[0], finished=AT[1], lines=tuple(lines.splitlines())
    )
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.ingest(taken)
    return tmp_path


def cities(data: Path) -> dict[str, str | None]:
    with Ledger.open(data / "ledger.db") as ledger:
        rows = [json.loads(line) for line in ledger.known_lines("harbour")]
    return {row["name"]: row.get("city") for row in rows}


def test_the_mended_reading_enters_the_ledger_with_the_dates_of_the_archived_pages(data):
    assert cities(data)["Jane Roe"] is None
    report = take(data, Mended)
    assert (report["outcome"], report["replayed"], report["changes"]["changed"]) == ("passed", RUN, 1)
    assert cities(data) == dict.fromkeys(NAMES, "Austin")
    with Ledger.open(data / "ledger.db") as ledger:
        last = ledger.last_harvest("harbour")
    assert last is not None
    assert (last.finished, report["finished"]) == (AT[1], AT[1])


def test_taking_it_again_changes_nothing(data):
    first = take(data, Mended)
    with Ledger.open(data / "ledger.db") as ledger:
        before = list(ledger.db.iterdump())
    assert take(data, Mended) == first
    with Ledger.open(data / "ledger.db") as ledger:
        assert list(ledger.db.iterdump()) == before


def test_a_reading_that_needs_pages_which_were_not_archived_is_held(data):
    report = take(data, Redesigned)
    assert report["outcome"] == "held"
    assert "https://lists.example.org/list.csv?p=2 was not read by that crawl: crawl again" in report["reasons"][0]
    assert cities(data)["Jane Roe"] is None


def test_a_reading_that_the_gates_hold_is_held(data):
    report = take(data, WithoutPhones)
    assert (report["outcome"], "emptier" in report["gates"]) == ("held", True)


@pytest.mark.parametrize(
    ("left", "why"),
    [
        ({"failures": [f"{URL}?p=2 answered 500"]}, "answered 500"),
        ({"gates": ["unfinished"]}, "the crawl did not finish"),
        ({"outcome": "blocked", "reasons": ["blocked: answered 403"]}, "answered 403"),
    ],
)
def test_a_crawl_that_lacked_pages_lacks_them_in_a_replay_too(tmp_path, left, why):
    archive_page(tmp_path, **left)
    report = take(tmp_path, Mended)
    assert report["outcome"] == "held"
    assert why in "; ".join(report["reasons"])


def test_a_page_that_only_the_old_spider_could_not_read_is_no_reason_to_hold(tmp_path):
    archive_page(tmp_path, failures=[f"{URL} could not be read: KeyError: 'Phone'"])
    assert take(tmp_path, Mended)["outcome"] == "passed"


def test_after_a_harvest_was_taken_back_a_person_looks_at_the_next(data):
    unaccept(data, RUN, "harbour", datetime.now(UTC))
    report = take(data, Mended)
    assert (report["outcome"], report["gates"]) == ("held", ["taken back"])
    assert f"run {RUN} was taken back on" in report["reasons"][0]


def test_the_differences_are_named_by_entry_and_field(data):
    result = replay(data, Mended, diff=True)
    changes = {one["after"]["name"]: one["fields"] for one in result["diff"]["changed"]}
    assert changes == {"Jane Roe": [{"field": "city", "before": None, "after": "Austin"}]}
    assert (result["diff"]["gone"], result["diff"]["new"]) == ([], [])


def test_a_dropped_run_is_not_replayed(data):
    with closing(Archive(data)) as archive:
        archive.drop_visits(RUN)
        assert archive.runs_of("harbour") == []


def test_nothing_is_taken_of_a_source_that_is_retired(data):
    retire(data, "harbour", "", datetime.now(UTC))
    with pytest.raises(LedgerError, match="harbour is retired since"):
        take(data, Mended)
    assert [path.name for path in (data / "runs").iterdir()] == [RUN]
