"""Crawls that go from a list to pages of one entry each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldn_directory.crawl.page_worker import parse_body
from ldn_directory.crawl.replay import replay
from ldn_directory.example import ExampleSite
from ldn_directory.families import StructuredData
from tests.generators.expected import expected_listings

from .example_walks import ExampleNames


class Summary(StructuredData):
    name = "summary"
    source = ExampleNames.source
    details = True


@pytest.fixture
def site():
    with ExampleSite(seed=1, size=150) as site:
        yield site


def listings(data: Path, report: dict) -> list[dict]:
    lines = (data / "runs" / report["run"] / report["source"] / "listings.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_list_without_contacts_is_completed_from_each_entrys_own_page(crawl, site, tmp_path):
    report = crawl(site.url, "example_names")["example_names"]
    expected = expected_listings(site.truth, "cards")
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
    assert {row["page"].rsplit("/", 1)[-1] for row in listings(tmp_path / "data", report)} == {
        entry.key for entry in expected
    }


LIST = """<ul><li class="p"><h3><a href="/people/1">Ada Marsh, MD</a></h3><p>Austin, TX</p></li>
<li class="p"><h3><a href="/people/2">Ben Odell, DO</a></h3><p>Dallas, TX</p></li>
<li class="p"><h3><a href="/people/3">Carla Whitcombe, ND</a></h3><p>Waco, TX</p><p>254-555-0142</p></li></ul>"""


def test_an_entry_whose_own_page_is_gone_keeps_its_key_and_what_the_list_says():
    reading = parse_body(
        ExampleNames, "https://lists.example.org/people", LIST.encode(), {"content-type": "text/html"}, {}
    )
    assert [json.loads(line)["name"] for line in reading.lines] == ["Carla Whitcombe"]
    address, context = reading.follow[0]
    gone = parse_body(ExampleNames, address, b"", {}, context)
    profile = b"<h1>Ada Marsh, MD</h1><p>Phone: 512-555-0142</p><p>1 Elm Street, Austin, TX 78701</p>"
    there = parse_body(ExampleNames, address, profile, {}, context)
    first, second = json.loads(gone.lines[0]), json.loads(there.lines[0])
    assert (first["id"], first["name"], first["city"]) == (second["id"], second["name"], second["city"])
    assert "phones" not in first
    assert second["phones"][0]["e164"] == "+15125550142"
    assert gone.problems


def test_structured_data_with_details_reads_the_pages_that_a_list_names_by_address():
    items = [{"@type": "ListItem", "url": f"/people/{number}"} for number in (1, 2)]
    script = json.dumps({"@type": "ItemList", "itemListElement": items})
    body = f'<html><script type="application/ld+json">{script}</script>'.encode()
    reading = parse_body(Summary, "https://lists.example.org/people", body, {"content-type": "text/html"}, {})
    assert [address for address, _ in reading.follow] == [
        "https://lists.example.org/people/1",
        "https://lists.example.org/people/2",
    ]
    assert parse_body(Summary, reading.follow[0][0], body, {}, reading.follow[0][1]).follow == ()
