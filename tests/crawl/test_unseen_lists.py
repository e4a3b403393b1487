"""Lists in forms that nobody has seen: the Trust's own spiders, at their own addresses, whose sites are on this machine."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ldn_directory.archive.harvests import held_harvest
from ldn_directory.cli.acceptance import acceptance_of
from ldn_directory.cli.acceptance_text import head_of
from ldn_directory.cli.app import main
from ldn_directory.crawl.harvest_extension import accept
from ldn_directory.crawl.replay import replay
from ldn_directory.crawl.undo import unaccept
from ldn_directory.ledger import Ledger
from ldn_directory.spiders.ldn_research_trust import LdnResearchTrustPrescribers
from tests import forked_python
from tests.generators.unseen_lists import HOME, START, Entry, Pages, document, entries, held_out, known
from tests.generators.unseen_lists.loopback import LoopbackSites

CRAWL = """
import json, sys
from pathlib import Path
from ldn_directory.crawl.runner import crawl
from ldn_directory.spiders.ldn_research_trust import LdnResearchTrustPrescribers as spider
handlers = {"https": "tests.generators.unseen_lists.loopback.LoopbackHandler", "data": None, "ftp": None, "s3": None}
changed = json.loads(sys.argv[2]) | {"DOWNLOAD_HANDLERS": handlers, "DOWNLOAD_DELAY": 0}
print(json.dumps(crawl(Path(sys.argv[1]), [spider], contact="tests@example.org", **changed)))
"""
NAME = LdnResearchTrustPrescribers.name
PEOPLE = entries(64)
Report = dict[str, Any]
CrawlTrust = Callable[..., Report]


@pytest.fixture
def crawl_trust(tmp_path: Path) -> CrawlTrust:
    """Crawls the Trust's prescribers from sites of this machine into one data folder; gives the report."""

    def crawled(sites: LoopbackSites, **changed: Any) -> Report:
        arguments = ["-c", CRAWL, str(tmp_path), json.dumps({"LOOPBACK_PORT": sites.port} | changed)]
        done = forked_python.run(arguments, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.splitlines()[-1])[0])

    return crawled


def listings(data: Path, report: Report) -> list[dict[str, Any]]:
    lines = (data / "runs" / report["run"] / NAME / "listings.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def told(rows: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    return {
        (row.get("name") or "", re.sub(r"\D", "", phone["raw"]), row.get("city") or "", row.get("region_code") or "")
        for row in rows
        for phone in row.get("phones") or [{"raw": ""}]
    }


def stated(people: tuple[Entry, ...]) -> set[tuple[str, ...]]:
    return {(one.name, re.sub(r"\D", "", one.phone), one.city, f"US-{one.state}") for one in people}


def accept_held(data: Path, report: Report) -> None:
    accept(data, *held_harvest(data, report["run"], NAME, LdnResearchTrustPrescribers.source)[:1])


@pytest.fixture
def with_table() -> Iterator[LoopbackSites]:
    with LoopbackSites(known.table(PEOPLE)) as sites:
        yield sites


@pytest.mark.parametrize("layout", [*known.LAYOUTS.values(), *held_out.LAYOUTS.values()], ids=lambda one: one.__name__)
def test_a_list_in_a_form_that_nobody_has_seen_is_read_and_held(
    crawl_trust: CrawlTrust, tmp_path: Path, layout: Callable[[tuple[Entry, ...]], Pages]
) -> None:
    with LoopbackSites(layout(PEOPLE)) as sites:
        report = crawl_trust(sites)
        assert len(sites.asked) == len(set(sites.asked))
    found, expected = told(listings(tmp_path, report)), stated(PEOPLE)
    assert len(found & expected) >= 0.9 * len(expected)
    assert len(found - expected) <= 0.1 * len(expected)
    assert report["outcome"] == "held" and "new reading" in report["gates"]
    replayed = replay(tmp_path, LdnResearchTrustPrescribers, afresh=True)
    assert (replayed["changed"], replayed["added"], replayed["missing"]) == (0, 0, 0)


def test_what_was_tried_where_and_what_is_kept_is_in_the_report(crawl_trust: CrawlTrust) -> None:
    with LoopbackSites(known.pages_by_state(PEOPLE)) as sites:
        report = crawl_trust(sites)
    assert report["reading"]["ways"].keys() == {"", "places"}
    here, places = report["tried"]
    assert here.startswith("the list itself: 1 page") and here.endswith("no entry: only leads on")
    assert f"4 pages ({START}/texas" in places and "taken, read as html_cards" in places


def test_an_accepted_reading_is_pinned_and_the_next_crawl_passes_with_it(
    crawl_trust: CrawlTrust, tmp_path: Path, with_table: LoopbackSites
) -> None:
    accept_held(tmp_path, crawl_trust(with_table))
    with Ledger.open_read_only(tmp_path / "ledger.db") as ledger:
        pinned = ledger.accepted_reading(NAME)[1]["ways"][""]
        assert pinned["family"] == "html_table" and pinned["fields"]["Telephone"] == "phone"
    second = crawl_trust(with_table)
    assert (second["outcome"], second["changes"]["confirmed"]) == ("passed", 64)
    assert second["tried"] == []


def test_with_a_pinned_reading_a_new_state_is_read_and_a_new_file_is_not(
    crawl_trust: CrawlTrust, tmp_path: Path
) -> None:
    people = tuple(one for one in PEOPLE if one.state != "TX")
    with LoopbackSites(known.pages_by_state(people)) as sites:
        accept_held(tmp_path, crawl_trust(sites))
        pages = dict(known.pages_by_state(PEOPLE))
        kind, body = pages[START]
        pages[START] = kind, body.replace(b"</main>", b'<a href="/minutes.pdf">Minutes</a></main>')
        sites.pages = pages
        sites.asked.clear()
        crawl_trust(sites)
        assert f"{START}/texas" in sites.asked and f"{HOME}/minutes.pdf" not in sites.asked


def test_a_list_that_the_pinned_reading_no_longer_finds_is_held_and_not_guessed_anew(
    crawl_trust: CrawlTrust, tmp_path: Path, with_table: LoopbackSites
) -> None:
    first = crawl_trust(with_table)
    accept_held(tmp_path, first)
    with_table.pages = dict(known.free_text(PEOPLE))
    redesigned = crawl_trust(with_table)
    assert redesigned["outcome"] == "held" and redesigned["listings"] == 0
    assert f"in the way that was accepted with run {first['run']}" in redesigned["failures"][0]
    anew = crawl_trust(with_table, LDN_NEW_READING=True)
    assert anew["listings"] == 64 and "new reading" in anew["gates"]
    accept_held(tmp_path, anew)
    assert crawl_trust(with_table)["outcome"] == "passed"


def test_taking_an_acceptance_back_forgets_its_reading(
    crawl_trust: CrawlTrust, tmp_path: Path, with_table: LoopbackSites
) -> None:
    report = crawl_trust(with_table)
    accept_held(tmp_path, report)
    unaccept(tmp_path, report["run"], NAME, datetime.now(UTC))
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        assert ledger.execute(
            "SELECT count(*) FROM accepted_readings JOIN runs ON id = accepted_readings.run"
        ).fetchone() == (0,)
    assert "new reading" in crawl_trust(with_table)["gates"]


def test_a_page_that_holds_no_list_is_held_with_what_was_tried(crawl_trust: CrawlTrust) -> None:
    page = document("What is LDN?", "<p>Low-dose naltrexone is a medicine.</p><p><a href='/a.pdf'>Leaflet</a></p>")
    with LoopbackSites({START: page}) as sites:
        report = crawl_trust(sites)
    assert report["outcome"] == "held" and "no list was found, in any reading" in report["reasons"][0]
    assert report["tried"][1].startswith("files pdf: 0 pages, no entry; 1 page could not be read")


def test_another_site_that_refuses_its_map_does_not_end_the_crawl(crawl_trust: CrawlTrust) -> None:
    pages = dict(known.table(PEOPLE))
    kind, body = pages[START]
    pages[START] = kind, body.replace(b"</main>", b'<iframe src="https://maps.example.net/secret"></iframe></main>')
    with LoopbackSites(pages) as sites:
        report = crawl_trust(sites)
    assert report["listings"] == 64 and report["failures"] == []
    assert "is forbidden by the site's robots.txt" in " ".join(report["tried"])


def test_who_accepts_sees_how_the_list_is_read_and_what_was_tried(
    crawl_trust: CrawlTrust, tmp_path: Path, with_table: LoopbackSites
) -> None:
    accept_held(tmp_path, crawl_trust(with_table))
    with_table.pages = dict(known.free_text(PEOPLE))
    report = crawl_trust(with_table, LDN_NEW_READING=True)
    asked = acceptance_of(tmp_path, *held_harvest(tmp_path, report["run"], NAME, LdnResearchTrustPrescribers.source))
    head = dict(head_of(asked))
    assert head["Read as"].startswith("the list itself: read as ")
    assert head["Tried"].startswith(f"the list itself: 1 page ({START}), 64 entries as ")
    shown = CliRunner().invoke(main, ["show", NAME, "--data", str(tmp_path)]).output
    assert "read as html_table" in shown
