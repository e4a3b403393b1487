"""From Find and the pages of regions to Datasette's own table, with the same filters."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .conftest import days_ago, publish


def link_in(html: str, words: str) -> str:
    found = re.search(rf'<a rel="nofollow" href="([^"]*)">{words}', html)
    assert found, f"no link “{words}”"
    return unescape(found[1])


def counted(visit, address: str) -> int:
    table = asyncio.run(visit(address.replace("/ldn/providers?", "/ldn/providers.json?"))).json()
    assert {"country", "region", "kind"} == set(table["facet_results"])
    return table["filtered_table_rows_count"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("/", 9),
        ("/?old=yes", 10),
        ("/?q=example", 1),
        ("/?q=elodie+london", 1),
        ("/?kind=pharmacy&country=US", 1),
        ("/?country=United+States&region=Ohio", 2),
        ("/?region=US-OR&telehealth=yes", 1),
        ("/?telehealth=unknown", 4),
        ("/?source=harbour&evidence=listed&confirmed=30&sort=name", 8),
    ],
)
def test_find_links_its_results_as_a_table(visit, question, expected):
    page = asyncio.run(visit(question)).text
    assert f"{expected} entr" in page
    assert counted(visit, link_in(page, "These results as a table")) == expected
    assert "The table has no distances" not in page


@pytest.fixture(scope="module")
def spelt(tmp_path_factory) -> Path:
    """A directory in which names and credentials are written in several ways."""
    written = [
        ("Moira O'Brien", "M.D.", "Harbour Practice", "prescriber"),
        ("Maud O\u2019Brien", "ND", "Hillside Wellness", "prescriber"),
        ("Nils Placeholder", "N.D.", None, "prescriber"),
        ("Nora Sample", "Naturopathic Physician", None, "prescriber"),
        ("Paula Example", "FNP-C", None, "prescriber"),
        ("Pia Muster", "N.P.", None, "prescriber"),
        ("Quentin Specimen", "Ph.D.", "St. Swithin's Clinic", "clinic"),
        ("Willow Compounding", None, None, "pharmacy"),
        ("Alder Pharmacy", None, None, "pharmacy"),
    ]
    rows = [
        {"id": number, "name": name, "credentials": credentials, "practice": practice, "kind": kind, "region": "Ohio",
         "region_code": "US-OH", "country": "United States", "country_code": "US", "last_confirmed": days_ago(3)}
        for number, (name, credentials, practice, kind) in enumerate(written, start=1)
    ]  # fmt: skip
    return publish(tmp_path_factory.mktemp("spelt") / "ldn.db", rows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pharmacy", 2),
        ("pharmacies", 2),
        ("compounding pharmacy", 2),
        ("nurse practitioner", 2),
        ("naturopath", 3),
        ("ND", 2),
        ("n.d.", 2),
        ("M", 3),
        ("O'Brien", 2),
        ("OBrien", 2),
        ("o\u2019bri", 2),
        ("PhD", 1),
        ("St. Swithins", 1),
        ("sample example", 2),
    ],
)
def test_words_find_the_same_entries_in_the_table(visitor, spelt, words, expected):
    visit = visitor(spelt)
    asked = {"q": words, "sort": "name"} | ({"words": "any"} if words == "sample example" else {})
    page, found = (asyncio.run(visit(f"{path}?{urlencode(asked)}")) for path in ("/", "/search.json"))
    table = link_in(page.text, "These results as a table").replace("/ldn/providers?", "/ldn/providers.json?")
    shown = asyncio.run(visit(table + "&_shape=array")).json()
    assert [row["id"] for row in shown] == [row["id"] for row in found.json()["providers"]]
    assert len(shown) == expected


@pytest.mark.parametrize("words", ["smaple", "practice", "placholder nd"])
def test_words_that_the_table_finds_otherwise_have_no_link(visitor, spelt, words):
    page = asyncio.run(visitor(spelt)(f"/?{urlencode({'q': words})}")).text
    assert "entr" in page and "as a table" not in page


def test_what_the_table_cannot_tell_has_no_link(visitor, publish, people, insert, tmp_path):
    def serve(db):
        insert(db, "serves", provider=1, region_code="US-TX", region="Texas", country_code="US")

    page = asyncio.run(visitor(publish(tmp_path / "ldn.db", people, serve))("/?serves=US-TX")).text
    assert "1 entry" in page and "as a table" not in page


def test_a_place_is_the_table_of_its_region_and_the_page_says_so(visitor, example_directory):
    page = asyncio.run(visitor(example_directory)("/?near=Portland,+OR,+USA&within=20000")).text
    address = link_in(page, "These results as a table")
    assert parse_qs(urlsplit(address).query)["region_code"] == ["US-OR"]
    assert "The table shows only the region or country, without distances." in page


def test_regions_links_the_table_with_its_facets(visit):
    regions, pharmacies = (asyncio.run(visit(address)).text for address in ("/regions", "/pharmacies"))
    words = "See all entries in one table"
    assert counted(visit, link_in(regions, words)) == 10
    assert counted(visit, link_in(pharmacies, words)) == 1
