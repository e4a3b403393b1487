"""Who asked to be forgotten does not enter the ledger again, whatever the lists go on saying."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ldn_directory.archive.page_result import PageResult
from ldn_directory.crawl.harvest_extension import SuppressionsUnreadable, accept, conclude
from ldn_directory.crawl.run import CrawlRun
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source
from ldn_directory.privacy.suppression import Suppressions

SOURCE = Source(
    title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id", needs_acceptance=False
)


def listing(key: str, name: str) -> Listing:
    facts = {"evidence": Evidence.LISTED, "region_code": "US-TX", "page": "https://example.org/"}
    return Listing(source="north", key=key, kind=Kind.PRESCRIBER, name=name, **facts)


FORGOTTEN, OTHER = listing("a", "Wilhelmina Thrushcross"), listing("b", "Jane Roe")


def forget(data: Path) -> None:
    Suppressions(data / "suppressions.jsonl", data / "suppression.key").add([FORGOTTEN.as_json()], "2026-11-02")


def crawled(data: Path) -> dict:
    run = CrawlRun(data, "20261103T000000Z-0000", "north", SOURCE)
    visit = run.archive.add_visit("https://example.org/", b"page", {}, None)
    run.add_page(visit, PageResult(lines=(FORGOTTEN.as_line(), OTHER.as_line())))
    run.archive.close()
    return conclude(run, finished=True)


def test_a_crawl_leaves_no_byte_of_a_forgotten_person_in_the_ledger(tmp_path):
    forget(tmp_path)
    report = crawled(tmp_path)
    assert (report["outcome"], report["changes"]["added"], report["changes"]["suppressed"]) == ("passed", 1, 1)
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        dumped = "\n".join(ledger.iterdump())
    assert "Jane Roe" in dumped
    assert "Thrushcross" not in dumped


def test_nor_does_a_harvest_that_a_person_lets_in(tmp_path):
    forget(tmp_path)
    at = "2026-11-03T00:00:00Z"
    lines = FORGOTTEN.as_line(), OTHER.as_line()
    harvest = Harvest(run="r", source_id="north", source=SOURCE, started=at, finished=at, lines=lines)
    assert accept(tmp_path, harvest)["suppressed"] == 1


def test_while_the_key_is_lost_nothing_is_taken(tmp_path):
    forget(tmp_path)
    (tmp_path / "suppression.key").unlink()
    report = crawled(tmp_path)
    assert report["outcome"] == "failed"
    assert "restore it from its backup" in report["reasons"][0]
    with pytest.raises(SuppressionsUnreadable):
        accept(tmp_path, Harvest(run="r", source_id="north", source=SOURCE, started="", finished="", lines=()))


def test_an_export_leaves_out_who_was_forgotten_during_the_crawl(tmp_path):
    run = CrawlRun(tmp_path, "20261103T000000Z-0000", "north", SOURCE)
    assert run.hidden is None
    forget(tmp_path)
    assert run.shown_lines([FORGOTTEN.as_line(), OTHER.as_line()]) == (OTHER.as_line(),)


def test_nothing_is_exported_while_the_key_is_lost(tmp_path):
    forget(tmp_path)
    (tmp_path / "suppression.key").unlink()
    run = CrawlRun(tmp_path, "20261103T000000Z-0000", "north", SOURCE)
    assert run.shown_lines([OTHER.as_line()]) == ()
