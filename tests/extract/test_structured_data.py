"""schema.org data as pages state them, well-formed or hostile."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.html import structured_data
from ldn_directory.extract.html.linked_data import MAX_ITEMS, read_graph
from ldn_directory.extract.page import Page
from ldn_directory.model import Record


def page(*values: Any, body: str = "", url: str = "https://lists.example.org/find") -> Page:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)
    return Page(url, f"<!DOCTYPE html><title>A list</title>{scripts}<body>{body}".encode(), "text/html")


def records(*values: Any, **changed: Any) -> tuple[Record, ...]:
    return structured_data.extract(page(*values, **changed)).records


def said(record: Record, label: str) -> str | None:
    return next((text.text for text in record.texts if text.label == label), None)


ADA = {"@type": "Physician", "@id": "#ada", "name": "Ada Marsh, MD", "telephone": "512-555-0142"}


def test_references_in_a_circle_end():
    clinic = {
        "@type": "MedicalClinic",
        "@id": "#clinic",
        "name": "Elm Clinic",
        "employee": {"@id": "#ada"},
        "address": {"@id": "#clinic"},
    }
    (found,) = records({"@graph": [ADA | {"worksFor": {"@id": "#clinic"}}, clinic]})
    assert (said(found, "name"), said(found, "practice")) == ("Ada Marsh, MD", "Elm Clinic")


def test_a_thing_that_is_stated_in_two_scripts_is_one_entry():
    assert len(records(ADA, ADA)) == 1


def test_entries_that_share_an_id_by_mistake_lend_each_other_nothing():
    ben = {"@type": "Physician", "@id": "#ada", "name": "Ben Odell, DO", "email": "ben@example.com"}
    first, second = records(ADA, ben)
    assert said(second, "telephone") is None
    assert first.key != second.key


def test_a_key_is_the_id_without_scheme_and_host_so_that_it_outlives_a_move():
    (first,) = records(ADA, url="http://lists.example.org/find")
    (second,) = records(
        ADA | {"@id": "https://www.lists.example.org/find#ada"}, url="https://www.lists.example.org/find"
    )
    assert first.key == second.key == "find#ada"


def test_blank_node_names_are_no_keys():
    assert [found.key for found in records(ADA | {"@id": "_:b0"})] == [None]


def test_an_address_on_the_directorys_own_host_is_not_the_practices_site():
    (found,) = records(ADA | {"url": "https://lists.example.org/ada", "sameAs": ["https://www.facebook.com/invented"]})
    assert said(found, "website") is None
    assert [link.href for link in found.links if link.rel == "detail"] == ["https://lists.example.org/ada"]


def test_the_front_of_its_own_site_is_a_practices_site():
    clinic = {
        "@type": "MedicalClinic",
        "name": "Elm Clinic",
        "url": "https://elm.example.com/",
        "telephone": "512-555-0142",
    }
    (found,) = records(clinic, url="https://elm.example.com/")
    assert said(found, "website") == "https://elm.example.com/"


def test_a_practitioners_site_is_the_practices_where_the_page_is_on_it():
    clinic = {"@type": "MedicalClinic", "name": "Elm Clinic", "url": "https://elm.example.com/"}
    site = {"@type": "WebSite", "name": "Elm Clinic"}
    (found,) = records(
        ADA | {"worksFor": clinic, "url": "https://elm.example.com/team/ada"},
        site,
        url="https://elm.example.com/team/ada",
    )
    assert said(found, "website") == "https://elm.example.com/"


def test_markup_and_entities_in_values_are_taken_out():
    (found,) = records({"@type": "Pharmacy", "name": "Calder &amp; Sons", "address": "5 Elm Street<br>Erie, PA 16501"})
    assert [text.text for text in found.texts] == ["Calder & Sons", "pharmacy", "5 Elm Street\nErie, PA 16501"]


def test_a_list_that_names_its_entries_by_address_leads_to_their_pages_and_a_trail_to_none():
    items = {
        "@type": "ItemList",
        "itemListElement": [{"@type": "ListItem", "position": n, "url": f"/people/{n}"} for n in (1, 2)],
    }
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [{"@type": "ListItem", "item": "https://lists.example.org/"}],
    }
    elsewhere = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": "https://other.example.net/1"}]}
    found = structured_data.item_addresses(page(items, trail, elsewhere))
    assert found == ("https://lists.example.org/people/1", "https://lists.example.org/people/2")


def test_an_npi_is_read_from_an_identifier():
    (found,) = records(ADA | {"identifier": {"@type": "PropertyValue", "propertyID": "NPI", "value": "1234567893"}})
    assert said(found, "npi") == "1234567893"


def test_opening_hours_offers_and_fax_numbers_are_left_out():
    (found,) = records(
        ADA | {"openingHours": "Mo-Fr", "faxNumber": "512-555-0143", "makesOffer": [{"name": "Consultation"}]}
    )
    assert {text.label for text in found.texts} == {"name", "telephone"}


def test_a_script_that_is_no_json_is_reported_and_the_others_are_read():
    broken = page(ADA, body='<script type="application/ld+json">{"@type": "Physician"</script>')
    found = structured_data.extract(broken)
    assert len(found.records) == 1
    assert "not valid JSON" in found.problems[0].what


JSON_LD = '<script type="application/ld+json">'
ONE_ID = '{"@id":"#a","@type":"Person","name":"A","knows":{"@id":"#a"}}'


@pytest.mark.parametrize(
    "body",
    [
        '<div itemscope itemprop="a" itemtype="http://schema.org/Physician"><b itemprop="name">A' * 1_900,
        '<div typeof="Physician"><b property="name">A</b>' * 20_000,
        '<div itemscope itemref="x x x x"></div>' * 5_000 + '<div id="x">' + '<i itemprop="name">A</i>' * 5_000,
        JSON_LD + "[" * 100_000,
        JSON_LD + '{"a":' * 5_000 + "1" + "}" * 5_000,
        JSON_LD + "[" + ",".join([ONE_ID] * 20_000) + "]",
    ],
    ids=["deep microdata", "many scopes", "crossed references", "brackets", "deep json", "one id many times"],
)
def test_a_hostile_page_is_read_in_time(body):
    begun = process_time()
    hostile = page(body=body)
    assert len(read_graph(hostile).placed) <= MAX_ITEMS
    structured_data.extract(hostile)
    assert process_time() - begun < 5


NAMES = st.sampled_from(
    [
        "@id",
        "@type",
        "@graph",
        "name",
        "address",
        "telephone",
        "worksFor",
        "location",
        "geo",
        "url",
        "sameAs",
        "itemListElement",
        "item",
        "mainEntity",
        "contactPoint",
        "hasCredential",
        "identifier",
        "areaServed",
        "employee",
        "publisher",
    ]
)
WORDS = st.sampled_from(
    ["#a", "#b", "Physician", "Person", "MedicalClinic", "Ada Marsh, MD", "512-555-0142", "https://[", "//", ""]
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=True), st.text(max_size=8), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_whatever_a_script_holds_every_record_has_a_name_and_a_way_to_reach_it(value):
    for record in records(value):
        assert record.texts[0].text
        assert len(record.texts) >= 2


ATTRIBUTES = st.sampled_from(
    [
        "itemscope",
        'itemtype="https://schema.org/Physician"',
        'itemprop="name"',
        'itemprop="address"',
        'itemref="x"',
        'id="x"',
        'typeof="Person"',
        'property="telephone"',
        'resource="#a"',
        'content="1"',
        'href="http://["',
        'vocab="https://schema.org/"',
    ]
)
TAGS = st.sampled_from(["<div {}>", "<a {}>x", "<meta {}>", "</div>", "<p {}>Ada"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TAGS, st.lists(ATTRIBUTES, max_size=4)), max_size=40))
def test_whatever_attributes_a_page_has_reading_it_does_not_fail(tags):
    structured_data.extract(page(body="".join(tag.format(" ".join(attributes)) for tag, attributes in tags)))
