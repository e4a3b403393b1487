"""Whether a page of a list speaks of low-dose naltrexone: itself, or only through what its entries say."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from ldn_directory.extract.html import table
from ldn_directory.extract.page import Page
from ldn_directory.extract.topic import MAX_QUOTE, find_mention
from ldn_directory.model import Labelled, Record, Where

DOCTORS = ["Jane Roe", "John Doe", "Ada Marsh", "Hugo Vane"]
KML = '<?xml version="1.0"?><kml><Document><name>{name}</name><description>{about}</description></Document></kml>'


def page_of(about: str = "", said: str = "Rheumatology", title: str = "Find a doctor", url: str = "doctors") -> Page:
    """A list of four doctors; `said` stands in the row of one of them."""
    rows = "".join(
        f"<tr><td>{name}</td><td>512-555-014{number}</td><td>{said if number == 1 else 'Family medicine'}</td></tr>"
        for number, name in enumerate(DOCTORS)
    )
    table = f"<table><tr><th>Name</th><th>Phone</th><th>Specialty</th></tr>{rows}</table>"
    markup = f"<html><title>{title}</title><body><h1>Our members</h1><p>{about}</p>{table}</body></html>"
    return Page(f"https://society.example.org/{url}", markup.encode(), "text/html; charset=utf-8")


def found(page: Page):
    return find_mention(page, table.extract(page).records)


def test_the_title_or_the_text_around_the_entries_tells_what_the_list_is_about():
    in_title = found(page_of(title="Low-dose naltrexone: our prescribers"))
    assert (in_title.where, in_title.words) == (Where.TITLE, "Low-dose naltrexone: our prescribers")
    in_text = found(page_of(about="These doctors prescribe naltrexone in low doses. Ask them."))
    assert (in_text.where, in_text.words) == (Where.TEXT, "These doctors prescribe naltrexone in low doses.")
    assert in_text.page == "https://society.example.org/doctors"


def test_the_letters_ldn_alone_tell_nothing():
    assert found(page_of(title="LDN prescribers", about="LDN: licensed dietitian-nutritionists", url="ldn")) is None


def test_what_one_of_many_entries_says_is_counted_as_its_own():
    mention = found(page_of(said="Low dose naltrexone"))
    assert (mention.where, mention.entries) == (Where.ENTRIES, 1)


def test_the_address_of_a_page_counts_as_its_publisher_chose_it():
    assert found(page_of(url="low-dose-naltrexone-doctors")).where is Where.ADDRESS
    assert found(page_of(url="search?q=low+dose+naltrexone")) is None


@pytest.mark.parametrize(
    "about",
    ["We do not prescribe low dose naltrexone.", "Naltrexone 50 mg for alcohol use disorder", "Low dose aspirin"],
)
def test_a_denial_and_other_drugs_do_not_count(about):
    assert found(page_of(about=about)) is None


def test_a_page_that_says_it_was_not_found_tells_nothing():
    assert found(page_of(title="Page not found", about="Low dose naltrexone")) is None


def test_a_page_with_one_entry_is_that_entrys():
    mention = find_mention(
        Page("https://society.example.org/roe", b"<title>Jane Roe: low dose naltrexone</title>", "text/html"),
        [Record(page="p", texts=(Labelled(label=None, text="Jane Roe"),))],
    )
    assert (mention.where, mention.entries) == (Where.ENTRIES, 1)


def test_a_long_text_is_quoted_where_it_says_it():
    words = "and further words about the society and its long history " * 12
    quote = found(page_of(about=f"{words}on low dose naltrexone {words}")).words
    assert "on low dose naltrexone and further" in quote and quote.startswith("… ") and len(quote) <= MAX_QUOTE


@pytest.mark.parametrize(
    ("about", "entry", "where"),
    [
        ({"title": "Naltrexon, niedrig dosiert"}, "Rheumatology", Where.TEXT),
        ({"title": "Members"}, "Low dose naltrexone", Where.ENTRIES),
        ({"title": "Members"}, "Rheumatology", None),
    ],
)
def test_of_an_endpoint_only_what_is_said_outside_its_entries_counts_for_the_list(about, entry, where):
    rows = [{"name": name, "about": entry if name == "Jane Roe" else "Surgery"} for name in DOCTORS]
    page = Page("https://a.example.org/api", json.dumps({**about, "rows": rows}).encode(), "application/json")
    records = [
        Record(page="p", texts=tuple(Labelled(label=label, text=text) for label, text in row.items())) for row in rows
    ]
    mention = find_mention(page, records)
    assert (mention and mention.where) == where


def test_a_map_and_its_packed_file_and_a_table_as_text_are_searched_too():
    kml = KML.format(name="Prescribers", about="&lt;p&gt;Low &lt;b&gt;dose&lt;/b&gt; naltrexone&lt;/p&gt;")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("doc.kml", kml)
    for body, kind in (
        (kml.encode(), "application/vnd.google-earth.kml+xml"),
        (packed.getvalue(), "application/vnd.google-earth.kmz"),
        (b"Low-dose naltrexone prescribers\nName,Phone\nJane Roe,512-555-0142\n", "text/csv"),
    ):
        assert find_mention(Page("https://a.example.org/list", body, kind)).where is Where.TEXT, kind
