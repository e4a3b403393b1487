"""From Find and the pages of regions to Datasette's own table, with the same filters."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest


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


def test_what_the_table_cannot_tell_has_no_link(visitor, publish, people, insert, tmp_path):
    def serve(db):
        insert(db, "serves", provider=1, region_code="US-TX", region="Texas", country_code="US")

    page = asyncio.run(visitor(publish(tmp_path / "ldn.db", people, serve))("/?serves=US-TX")).text
    assert "1 entry" in page and "as a table" not in page


def test_a_place_is_the_table_of_its_region_and_the_page_says_so(visitor, example_directory):
    page = asyncio.run(visitor(example_directory)("/?near=Portland,+OR,+USA&within=20000")).text
    address = link_in(page, "These results as a table")
    assert parse_qs(urlsplit(address).query)["region_code"] == ["US-OR"]
    assert "The table has no distances: it shows the whole region." in page


def test_regions_links_the_table_with_its_facets(visit):
    regions, pharmacies = (asyncio.run(visit(address)).text for address in ("/regions", "/pharmacies"))
    words = "All entries as a table"
    assert counted(visit, link_in(regions, words)) == 10
    assert counted(visit, link_in(pharmacies, words)) == 1
