"""The spider file of a probe is valid, says only what the page says, and reads what was shown."""

from __future__ import annotations

import ast
import json
import os

import pytest

from ldn_directory.example import ExampleSite
from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Kind, Listing, Record
from ldn_directory.probe.detect import probe
from ldn_directory.probe.spider_file import class_name, country_of, paging_of, record_key, source_name, spider_file
from tests import forked_python

CRAWLED = """
import importlib.util, json, sys
from pathlib import Path
from ldn_directory.crawl.runner import crawl
from ldn_directory.crawl.base_spider import ListSpider
found = []
for path in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[Path(path).stem] = module
    spec.loader.exec_module(module)
    classes = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, ListSpider)]
    found += [one for one in classes if one.__module__ == module.__name__]
print(json.dumps(crawl(Path(sys.argv[1]), found)))
"""
PATHS = (
    "/cards",
    "/table",
    "/text",
    "/drupal/prescribers",
    "/drupal/pharmacies",
    "/list.csv",
    "/api/locations?page=1&per_page=100",
    "/jsonld",
)


def listing(**changed) -> Listing:
    return Listing(
        **{
            "source": "x",
            "key": "1",
            "page": "p",
            "kind": Kind.PRESCRIBER,
            "evidence": Evidence.LISTED,
            "name": "Ada Marsh",
            **changed,
        }
    )


@pytest.fixture(scope="module")
def crawled(looks, tmp_path_factory):
    """What probe shows of the example lists, and what the spiders that it wrote crawl, by path."""
    folder = tmp_path_factory.mktemp("spiders")
    with ExampleSite(seed=1, size=120) as site:
        shown = looks(*(site.url + path for path in PATHS))
        files = []
        for found in shown:
            name = next(line.split('"')[1] for line in found["spider"].splitlines() if line.startswith("    name"))
            files.append(folder / f"{name}.py")
            files[-1].write_text(found["spider"], encoding="utf-8")
        command = ["-c", CRAWLED, str(folder / "data"), *map(str, files)]
        done = forked_python.run(command, env={**os.environ, "PYTHONPATH": str(folder)}, timeout=180)
        assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout.splitlines()[-1])
    names = []
    for report in reports:
        lines = (
            (folder / "data" / "runs" / report["run"] / report["source"] / "listings.jsonl").read_text().splitlines()
        )
        names.append({json.loads(line).get("name") for line in lines})
    return {path: (found, got) for path, found, got in zip(PATHS, shown, names, strict=True)}


@pytest.mark.parametrize("path", PATHS)
def test_the_spider_as_it_is_crawls_the_listings_that_were_shown(crawled, path):
    found, got = crawled[path]
    shown = {row["name"] for row in found["listings"]}
    assert shown
    assert shown <= got


def test_a_page_cannot_put_anything_but_text_into_the_file():
    title = '"); import os  # """ \\\n\u2028\x1b { } %s'
    body = f"<html lang='en\"'><head><title>{title}</title></head><body><p>x</p></body></html>"
    page = Page('https://lists.example.org/a"b', body.encode(), "text/html; charset=utf-8")
    tree = ast.parse(spider_file(page, "AnyHtml", [listing()], []))
    assert [type(part).__name__ for part in tree.body] == ["ImportFrom", "ImportFrom", "ClassDef"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.harbour-ldn.example.org/find/prescribers.html", "harbour_ldn_example_find_prescribers"),
        ("https://xn--rzte-koa.example.com/liste", "arzte_example_liste"),
        ("http://127.0.0.1:8090/cards", "at_127_0_0_1_cards"),
        ("http://[::1]:8090/cards", "at_1_cards"),
        ("https://3docs.example/", "list_3docs"),
        ("https://class/", "class_list"),
        ("file:///home/somebody/Saved%20pages/M%C3%BCnchen.html", "saved_pages_munchen"),
    ],
)
def test_names_of_sources_are_identifiers_that_tell_the_list(url, name):
    assert source_name(url) == name


@pytest.mark.parametrize(
    "url",
    [
        "https://例え.example/リスト",
        "https://xn--r8jz45g.example/",
        "http://a/" + "very/" * 80,
        "file:///",
        "https://[bad",
    ],
)
def test_every_address_gives_a_name_that_python_takes(url):
    name = source_name(url)
    assert name.isidentifier()
    assert name.isascii()
    assert len(name) <= 60
    assert class_name(name).isidentifier()


def test_the_country_is_stated_only_if_every_entry_states_it():
    assert country_of([listing(country_code="US"), listing(country_code="US")]) == "US"
    assert country_of([listing(country_code="US"), listing()]) is None


def test_the_spider_says_what_is_known_of_the_key():
    keyed, plain = Record(page="p", key="7"), Record(page="p")
    assert record_key([plain]).startswith("hash of name, region and phone")
    assert "seen in one reading only" in record_key([keyed])
    assert "1 of 2" in record_key([keyed, plain])


def test_paging_is_read_from_the_address():
    assert paging_of(Page("https://example.org/api?page=1&per_page=100", b""), 100) == {"paging": ("page", "page", 1)}
    assert paging_of(Page("https://example.org/api?offset=0&limit=50", b""), 50) == {"paging": ("offset", "offset", 50)}
    assert paging_of(Page("https://example.org/api?id=7", b""), 50) == {}


def test_the_page_s_own_words_fill_the_file():
    rows = "".join(
        f'<div class="c"><h3>{name} Pharmacy</h3><p>{number} Harbour Street, Akron, OH 44301</p><p>(330) 555-01{number}</p></div>'
        for number, name in enumerate(
            ("Amber", "Beacon", "Cedar", "Driftwood", "Fern", "Granite", "Harbor", "Juniper", "Kestrel", "Larch"), 10
        )
    )
    head = '<title>Harbour LDN Society: pharmacies</title><meta property="og:site_name" content="Harbour LDN Society">'
    body = f'<html lang="en-GB"><head>{head}</head>'
    body += f'<body><main>{rows}</main><footer><a href="/terms">Terms of use</a></footer></body></html>'
    spider = probe(Page("https://ldn.example.org/pharmacies", body.encode(), "text/html")).spider
    for line in (
        'title="Harbour LDN Society: pharmacies"',
        'publisher="Harbour LDN Society"',
        'homepage="https://ldn.example.org/"',
        'terms="https://ldn.example.org/terms"',
        "kind=Kind.PHARMACY",
        'country="US"',
        'language="en"',
        "expect=Expect(at_least=8)",
        'start_urls = ["https://ldn.example.org/pharmacies"]',
        'reading = "html_cards"',
    ):
        assert line in spider
