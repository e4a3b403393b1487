"""Crawls that go from a list to pages of one entry each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldn_directory.crawl.replay import replay
from ldn_directory.demo import ExampleNames
from ldn_directory.example import ExampleSite


@pytest.fixture
def site():
    with ExampleSite(seed=1, size=150) as site:
        yield site


def listings(data: Path, report: dict) -> list[dict]:
    lines = (data / "runs" / report["run"] / report["source"] / "listings.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_list_without_contacts_is_completed_from_each_entrys_own_page(crawl, site, tmp_path):
    report = crawl(site.url, "example_names")["example_names"]
    expected = site.truth.expected_of("cards")
    found = listings(tmp_path / "data", report)
    assert report["outcome"] == "passed"
    assert len(found) == len(expected) > 5
    phones = {phone["e164"] for row in found for phone in row.get("phones", ())}
    assert {entry["phone"] for entry in expected if entry.get("phone")} == phones
    assert {row["key"] for row in found} == {f"/cards/names/{entry.key}" for entry in site.truth.lists["cards"]}


def test_a_second_crawl_asks_for_own_pages_conditionally_and_changes_nothing(crawl, site):
    first = crawl(site.url, "example_names")["example_names"]
    second = crawl(site.url, "example_names")["example_names"]
    assert second["unchanged_pages"] == second["pages"] == first["pages"] == first["listings"] + 1
    assert second["changes"]["confirmed"] == first["listings"]


def test_pages_of_their_own_are_replayed_without_the_network(crawl, tmp_path):
    with ExampleSite(seed=1, size=150) as site:
        report = crawl(site.url, "example_names")["example_names"]
    result = replay(tmp_path / "data", ExampleNames)
    assert (result["same"], result["changed"], result["missing"]) == (report["listings"], 0, 0)


def test_a_sitemap_that_robots_txt_names_leads_to_every_page_of_an_entry(crawl, site, tmp_path):
    report = crawl(site.url, "example_sitemap")["example_sitemap"]
    expected = site.truth.lists["jsonld"]
    assert report["outcome"] == "passed"
    assert report["pages"] == len(expected) + 2
    assert {row["page"].rsplit("/", 1)[-1] for row in listings(tmp_path / "data", report)} == {entry.key for entry in expected}
