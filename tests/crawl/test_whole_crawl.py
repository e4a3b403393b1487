"""Crawls of the example lists over loopback, from the first request to the ledger."""

from __future__ import annotations

import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from ldn_directory.archive.page_result import PageResult
from ldn_directory.cli.demo import ExamplePharmacies, ExamplePrescribers
from ldn_directory.crawl import replay as replay_module
from ldn_directory.crawl.replay import replay
from tests.generators.expected import expected_listings
from tests.generators.faulty_site import FaultySite

ALL = ("example_prescribers", "example_pharmacies", "example_cards", "example_table", "example_api", "example_csv")


@pytest.fixture(scope="module")
def site():
    with FaultySite(seed=1, size=300) as site:
        yield site


def listings(data: Path, report: dict) -> list[dict]:
    lines = (data / "runs" / report["run"] / report["source"] / "listings.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_every_family_of_example_lists_passes_its_gates(crawl, site):
    reports = crawl(site.url, *ALL)
    assert {name: report["outcome"] for name, report in reports.items()} == dict.fromkeys(ALL, "passed")


def test_the_prescribers_are_found_with_the_phones_and_regions_that_the_list_states(crawl, site, tmp_path):
    report = crawl(site.url, "example_prescribers")["example_prescribers"]
    expected = {entry["phone"] for entry in expected_listings(site.truth, "drupal/prescribers") if entry.get("phone")}
    found = {phone["e164"] for row in listings(tmp_path / "data", report) for phone in row.get("phones", ())}
    assert expected
    assert len(found & expected) >= 0.95 * len(expected)


def test_a_second_crawl_asks_conditionally_and_parses_nothing_but_confirms_all(crawl, site, tmp_path):
    first = crawl(site.url, "example_prescribers")["example_prescribers"]
    second = crawl(site.url, "example_prescribers")["example_prescribers"]
    assert second["outcome"] == "passed"
    assert second["unchanged_pages"] == second["pages"] == first["pages"]
    assert second["changes"]["confirmed"] == first["listings"]
    assert second["bytes"] < first["bytes"] * 0.2


def test_every_response_is_in_a_warc_file_that_other_tools_read(crawl, site, tmp_path):
    report = crawl(site.url, "example_pharmacies")["example_pharmacies"]
    with (tmp_path / "data" / "runs" / report["run"] / "example_pharmacies" / "pages.warc.gz").open("rb") as file:
        addresses = [record.rec_headers["WARC-Target-URI"] for record in ArchiveIterator(file)]
    assert f"{site.url}/robots.txt" in addresses
    assert len(addresses) == report["responses"]


@pytest.mark.parametrize("afresh", [False, True])
def test_a_replay_yields_the_same_listings_with_the_site_gone(crawl, tmp_path, afresh):
    with FaultySite(seed=2, size=120) as site:
        crawl(site.url, "example_prescribers", "example_pharmacies")
    for spider in (ExamplePrescribers, ExamplePharmacies):
        result = replay(tmp_path / "data", spider, afresh=afresh)
        assert (result["changed"], result["added"], result["missing"]) == (0, 0, 0)
        assert result["same"] == result["listings"] > 0


def test_a_replay_reuses_a_reading_only_for_the_same_bytes_and_the_same_code(crawl, tmp_path, monkeypatch):
    with FaultySite(seed=2, size=120) as site:
        crawl(site.url, "example_pharmacies")
    asked = []
    monkeypatch.setattr(replay_module, "parse_body", lambda *page: asked.append(page) or PageResult())
    assert replay(tmp_path / "data", ExamplePharmacies)["same"] > 0 and not asked
    monkeypatch.setattr(ExamplePharmacies, "version", lambda: "another version")
    assert replay(tmp_path / "data", ExamplePharmacies)["missing"] > 0 and asked


def test_a_changed_entry_changes_the_ledger_field_by_field(crawl, tmp_path):
    with FaultySite(seed=3, size=120) as site:
        crawl(site.url, "example_prescribers")
        site.change(5)
        second = crawl(site.url, "example_prescribers")["example_prescribers"]
    assert second["outcome"] == "passed"
    assert sum(second["changes"][what] for what in ("changed", "added")) >= 1


def test_a_list_that_lost_its_layout_is_held_and_changes_nothing(crawl, tmp_path):
    with FaultySite(seed=4, size=120) as site:
        first = crawl(site.url, "example_table")["example_table"]
        site.break_layout("table")
        second = crawl(site.url, "example_table")["example_table"]
    assert second["outcome"] == "held"
    assert second["reasons"]
    with sqlite3.connect(tmp_path / "data" / "ledger.db") as ledger:
        live = ledger.execute("SELECT count(*) FROM listings WHERE state = 'live'").fetchone()[0]
    assert live == first["listings"]


def test_a_list_whose_people_are_all_replaced_is_held_with_examples_and_changes_nothing(crawl, tmp_path):
    with FaultySite(seed=4, size=240) as site:
        first = crawl(site.url, "example_table")["example_table"]
        site.replace_people(seed=9)
        second = crawl(site.url, "example_table")["example_table"]
    assert second["outcome"] == "held" and {"many gone", "many new"} <= set(second["gates"])
    assert "entries known before are missing" in " ".join(second["reasons"])
    with sqlite3.connect(tmp_path / "data" / "ledger.db") as ledger:
        assert ledger.execute("SELECT count(*) FROM listings WHERE state = 'live'").fetchone() == (first["listings"],)
        assert ledger.execute("SELECT count(*) FROM runs").fetchone() == (1,)


@pytest.mark.parametrize(("source", "name"), [("example_table", "table"), ("example_api", "api/locations")])
def test_a_page_that_ends_near_its_end_is_held_although_few_entries_are_missing(crawl, source, name):
    with FaultySite(seed=5, size=240) as site:
        crawl(site.url, source)
        site.cut_off(name, 0.96)
        report = crawl(site.url, source)[source]
    assert report["outcome"] == "held" and "broken page" in report["gates"]


def test_a_list_that_is_suddenly_empty_is_held(crawl):
    with FaultySite(seed=5, size=120) as site:
        crawl(site.url, "example_csv")
        site.empty("list.csv")
        assert crawl(site.url, "example_csv")["example_csv"]["outcome"] == "held"


def test_a_site_that_fails_confirms_nothing(crawl):
    with FaultySite(seed=6, size=120) as site:
        crawl(site.url, "example_csv")
        site.fail("list.csv", 500)
        report = crawl(site.url, "example_csv", RETRY_TIMES=0)["example_csv"]
    assert report["outcome"] == "held"
    assert "500" in " ".join(report["reasons"])


@pytest.mark.parametrize("path", ["/forbidden", "/challenge"])
def test_a_refusal_is_reported_as_blocked_and_not_fought(crawl, site, path):
    before = len(site.requests)
    report = crawl(site.url, "example_csv", paths={"example_csv": path})["example_csv"]
    assert report["outcome"] == "blocked"
    assert [asked.path for asked in site.requests[before:]].count(path) == 1


@pytest.mark.parametrize("path", ["/elsewhere", "/inside", "/metadata"])
def test_a_redirect_off_the_site_or_to_a_private_address_is_not_followed(crawl, site, path):
    report = crawl(site.url, "example_csv", paths={"example_csv": path})["example_csv"]
    assert report["outcome"] == "held"
    assert "not followed" in " ".join(report["reasons"])


def test_what_robots_txt_forbids_is_not_asked_for(crawl, site):
    before = len(site.requests)
    report = crawl(site.url, "example_csv", paths={"example_csv": "/secret"})["example_csv"]
    assert "robots.txt" in " ".join(report["reasons"])
    assert "/secret" not in [asked.path for asked in site.requests[before:]]


def test_a_crawl_delay_is_kept(crawl):
    with FaultySite(seed=1, size=60, crawl_delay=1) as site:
        crawl(site.url, "example_pharmacies")
        times = [asked.at for asked in site.requests if not asked.path.startswith("/robots")]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(gap > 0.9 for gap in gaps)


def test_a_site_that_cannot_be_reached_is_reported_and_the_others_are_read(crawl, site):
    report = crawl("http://127.0.0.1:9", "example_csv", RETRY_TIMES=0)["example_csv"]
    assert report["outcome"] == "unreachable"
    assert "robots.txt" in report["reasons"][0]
