"""JSON lists: where the entries stand, what their keys mean, what is none, and when a list is cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.extract.json import api as json_api
from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Extraction, Listing, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.probe.detect import probe

SOURCE = Source(title="A list", homepage="https://list.example/", evidence=Evidence.LISTED, record_key="none")
ENTRY = {"id": 7, "name": "Marisol Okonjo, MD", "city": "Akron", "state": "OH", "phone": "512-555-0142"}


def read(answer: Any, url: str = "https://list.example/data.json", **options: Any) -> Extraction:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    return json_api.extract(Page(url, body.encode(), "application/json"), **options)


def listings(answer: Any, url: str = "https://list.example/data.json") -> list[Listing]:
    return [listing for record in read(answer, url).records for listing in map_record(record, SOURCE, "list").listings]


def entries(number: int) -> list[dict[str, Any]]:
    surnames = ("Okonjo", "Brandt", "Ferreira", "Whitlock", "Ruscoe", "Amundsen", "Hargreave")
    return [
        {**ENTRY, "id": n, "name": f"Ada {surnames[n % 7]}, MD", "phone": f"512-555-01{n % 100:02d}"}
        for n in range(1, number + 1)
    ]


def said(found: Extraction) -> str:
    return " ".join(problem.what for problem in found.problems)


def test_a_count_equal_to_the_page_size_is_reported_as_truncated() -> None:
    assert "truncated" in said(read(entries(20), "https://list.example/api?per_page=20"))


def test_a_count_equal_to_the_back_ends_cap_is_reported_as_truncated() -> None:
    assert "truncated" in said(
        read(entries(50), "https://list.example/wp-admin/admin-ajax.php?action=store_search&autoload=1")
    )


def test_fewer_entries_than_the_answer_states_are_reported_as_truncated() -> None:
    assert "truncated: 3 of the 40" in said(read({"total": 40, "items": entries(3)}))


def test_an_uneven_count_without_a_stated_total_is_not_called_truncated() -> None:
    assert "truncated" not in said(read(entries(47)))


def test_a_crawl_that_follows_the_next_page_does_not_call_the_first_truncated() -> None:
    found = read(
        entries(20),
        "https://list.example/api?per_page=20&page=1",
        headers={"x-wp-total": "35", "x-wp-totalpages": "2"},
        paging=("page", "page", 1),
    )
    assert found.next_pages == ("https://list.example/api?per_page=20&page=2",)
    assert "truncated" not in said(found)


def test_the_last_page_has_no_next_one() -> None:
    found = read(
        entries(15),
        "https://list.example/api?per_page=20&page=2",
        headers={"x-wp-total": "35", "x-wp-totalpages": "2"},
        paging=("page", "page", 1),
    )
    assert found.next_pages == ()
    assert "truncated" not in said(found)


def test_an_offset_grows_until_the_total_is_reached() -> None:
    first = read(
        {"total": 35, "rows": entries(20)},
        "https://list.example/api?offset=0",
        headers={},
        paging=("offset", "offset", 20),
    )
    assert first.next_pages == ("https://list.example/api?offset=20",)
    assert (
        read(
            {"total": 35, "rows": entries(15)}, first.next_pages[0], headers={}, paging=("offset", "offset", 20)
        ).next_pages
        == ()
    )


def test_home_addresses_faxes_and_private_phones_are_not_published() -> None:
    [found] = listings(
        [{**ENTRY, "fax": "512-555-0199", "home_phone": "512-555-0198", "home_address": {"street": "3 Private Path"}}]
    )
    assert [phone.raw for phone in found.phones] == ["512-555-0142"]
    assert "Private Path" not in (found.text or "")


def test_each_office_of_a_person_is_a_listing_and_keeps_its_own_phone() -> None:
    offices = [
        {
            "practice_name": "Quay Street Clinic",
            "street": "12 Quay St",
            "city": "Akron",
            "state": "OH",
            "phone": "512-555-0101",
        },
        {
            "practice_name": "Juniper Health",
            "street": "77 Juniper Ave",
            "city": "Bend",
            "state": "OR",
            "phone": "512-555-0102",
        },
    ]
    found = listings(
        [
            {"id": 7, "name": "Marisol Okonjo, MD", "locations": offices},
            {"id": 8, "name": "Ada Lunt, ND", "locations": offices[:1]},
        ]
    )
    assert [(one.key, one.city, one.phones[0].raw) for one in found] == [
        ("7", "Akron", "512-555-0101"),
        ("7@2", "Bend", "512-555-0102"),
        ("8", "Akron", "512-555-0101"),
    ]


def test_a_column_named_credentials_that_holds_prose_is_a_remark() -> None:
    prose = "Residency at the Harbor University hospital, then ten years of teaching and research.\nBoard certified."
    found = listings(
        [
            {**ENTRY, "id": n, "name": f"Ada {name}", "degrees": ["ND"], "qualifications": prose}
            for n, name in enumerate(("Lunt", "Brandt"))
        ]
    )
    assert [one.credentials for one in found] == ["ND", "ND"]


def test_licence_numbers_and_dates_in_a_biography_are_no_phones() -> None:
    [found] = listings([{**ENTRY, "street": "12 Quay St", "about": "Licence\n1659121\nsince 2011-02-03\n0110549"}])
    assert [phone.raw for phone in found.phones] == ["512-555-0142"]


def test_the_lists_own_pages_are_no_web_sites_of_its_entries() -> None:
    found = listings([{**one, "url": f"https://list.example/people/{one['id']}"} for one in entries(4)])
    assert [one.website for one in found] == [None] * 4
    assert found[0].page == "https://list.example/people/1"


def test_a_key_that_several_entries_share_is_none() -> None:
    assert {record.key for record in read([{**one, "id": 1} for one in entries(3)]).records} == {None}


def test_a_code_of_fips_10_4_is_the_country_that_it_means() -> None:
    url = "https://www.zeemaps.com/emarkers?g=12"
    rows = [
        {"id": 1, "nm": "Dr. Urs Zellweger", "s": "Bahnhofstrasse 12", "city": "Zürich", "cty": "SZ"},
        {"id": 2, "nm": "Dr. Karin Ohlsson", "city": "Uppsala", "s": "Storgatan 5", "cty": "SW"},
    ]
    assert [one.country_code for one in listings(rows, url)] == ["CH", "SE"]


def test_what_a_server_says_instead_of_entries_is_passed_on() -> None:
    assert "Permission denied" in said(
        read({"code": "rest_forbidden", "message": "Permission denied. Login required."})
    )


def test_a_societys_own_contact_is_no_entry() -> None:
    assert not probe(
        Page(
            "https://list.example/config.json",
            json.dumps(
                {
                    "name": "Harbor Society",
                    "phone": "512-555-0100",
                    "address": "1 Main St, Akron, OH 44308",
                    "email": "info@list.example",
                }
            ).encode(),
        )
    ).listings


@pytest.mark.parametrize(
    "odd",
    [
        [{"title": "Home", "url": "/"}, {"title": "Our Doctors", "url": "/doctors"}],
        [{"name": "Ohio", "url": "/ohio", "count": 3}, {"name": "Oregon", "url": "/oregon", "count": 4}],
        {
            "products": [
                {"title": "Clinic Scrubs", "sku": "A1", "price": "20.00", "currency": "USD", "address": "1 Main St"}
            ]
            * 3
        },
        [{"author": "Ada Lunt", "text": "Kind people. Call 512-555-0100.", "rating": 5}] * 2,
        {"devices": [{"value": "767", "label": "Mobile Portrait"}, {"value": "1024", "label": "Tablet"}]},
    ],
)
def test_menus_products_reviews_and_settings_are_no_entries(odd: Any) -> None:
    assert not read(odd).records


def test_entities_in_xml_are_refused_with_the_page_named() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><store><item>&b;</item></store>'
    found = json_api.extract(Page("https://list.example/s.xml", bomb.encode(), "application/xml"))
    assert not found.records
    assert "is no JSON" in said(found)


KEYS = st.sampled_from(
    [
        "name",
        "title",
        "phone",
        "address",
        "city",
        "locations",
        "doctors",
        "value",
        "label",
        "rendered",
        "html",
        "id",
        "columns",
        "rows",
        "data",
        "c",
        "field_1",
        "__ref",
        "geometry",
        "coordinates",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "Ada Lunt, MD",
            "512-555-0142",
            "<p>12 Quay St<br>Akron, OH 44308</p>",
            '{"a": [1',
            '[{"name": "x"}]',
            "<" * 50,
            "1.5, 2.5",
        ]
    ),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_values_of_any_type_anywhere_are_read_without_an_error(answer: Any) -> None:
    for record in read(answer).records:
        map_record(record, SOURCE, "list")


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '[{"name": "Ada Lunt", "bio": "' + "<" * 200_000 + '"}]',
        '[{"name": "' + "A" * 500_000 + '"}]',
        "callback(" + "[" * 5_000,
        "[,]",
        "",
    ],
)
def test_deep_huge_and_broken_answers_end_in_a_report(body: str) -> None:
    assert isinstance(read(body), Extraction)


def test_an_answer_of_the_npi_registry_gives_number_and_main_taxonomy_and_no_licence_for_credentials() -> None:
    taxonomies = [
        {"code": "208D00000X", "desc": "General Practice", "primary": False, "license": "ND-2"},
        {"code": "207Q00000X", "desc": "Family Medicine", "primary": True, "license": "ND-1"},
    ]
    office = {
        "address_purpose": "LOCATION",
        "address_1": "1 SPYGLASS LN",
        "city": "TULSA",
        "state": "OK",
        "postal_code": "741031111",
        "telephone_number": "918-555-0101",
    }
    rows = [
        {
            "enumeration_type": "NPI-1",
            "number": number,
            "basic": {"first_name": first, "last_name": "EXAMPLE", "credential": credential},
            "taxonomies": taxonomies,
            "addresses": [office],
        }
        for number, first, credential in ((1999999984, "ANN", "M.D."), (1999999992, "BEN", None))
    ]
    found = listings({"result_count": 2, "results": rows})
    assert [(one.register, one.register_number) for one in found] == [("npi", "1999999984"), ("npi", "1999999992")]
    assert {one.specialty for one in found} == {"Family Medicine"}
    assert [one.credentials for one in found] == ["MD", None]


def test_a_number_that_fails_its_check_digit_is_no_register_number() -> None:
    rows = [row | {"number": 1999999990 + place} for place, row in enumerate(entries(3))]
    assert {one.register_number for one in listings(rows)} == {None}
