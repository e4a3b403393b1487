"""The shapes that lists have as JSON and XML, and what in them is no entry's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ldn_directory.extract.json import api as json_api
from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Kind, Listing, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.probe.detect import probe

SOURCE = Source(title="A list", homepage="https://list.example/", evidence=Evidence.LISTED, record_key="none")
SHOPS = (
    ("Larkspur", "12 Hollow Rd", "Juneau", "99801", "907-555-0111"),
    ("Copperline", "40 Wharf St", "Nome", "99762", "907-555-0112"),
    ("Fernway", "7 Birch Ave", "Homer", "99603", "907-555-0113"),
)
FIELDS = ("name", "street", "city", "zip", "phone")
ROWS = [dict(zip(FIELDS, shop, strict=True)) for shop in SHOPS]


def listings(answer: Any, name: str = "data.json", media: str = "application/json") -> list[Listing]:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    found = json_api.extract(Page(f"https://list.example/{name}", body.encode(), media))
    return [one for record in found.records for one in map_record(record, SOURCE, "list").listings]


def core(found: list[Listing]) -> list[tuple[str | None, ...]]:
    return [(one.name, one.street, one.city, one.postcode, one.phones[0].raw if one.phones else None) for one in found]


XML = "".join("<shop>" + "".join(f"<{key}>{value}</{key}>" for key, value in row.items()) + "</shop>" for row in ROWS)
ATOM = "".join(
    f"<entry><id>{at}</id><title type='text'>{row['name']} - At a glance</title><content type='application/xml'>"
    + "".join(f"<s:{key} xmlns:s='https://s.example'>{value}</s:{key}>" for key, value in row.items())
    + "</content></entry>"
    for at, row in enumerate(ROWS)
)


@pytest.mark.parametrize(
    ("answer", "media"),
    [
        ("\n".join(map(json.dumps, ROWS)), "application/x-ndjson"),
        ("\n".join(map(json.dumps, ROWS)) + '\n{"name": "Cut o', "text/plain"),
        ({"count": 3, "list": {key: [row[key] for row in ROWS] for key in FIELDS}}, "application/json"),
        ({"fields": ["Name", "Street", "City", "ZIP", "Phone"], "records": SHOPS}, "application/json"),
        ([list(FIELDS), *SHOPS], "application/json"),
        ({f"row{at}": {"tags": row} for at, row in enumerate(ROWS)}, "application/json"),
        (f"<shops>{XML}</shops>", "application/xml"),
        (f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Shops</title>{ATOM}</feed>", "application/atom+xml"),
    ],
    ids=["lines", "lines cut off", "parallel arrays", "columns and rows", "header row", "keyed", "xml", "atom"],
)
def test_a_list_is_read_in_whatever_form_it_comes(answer: Any, media: str) -> None:
    assert core(listings(answer, media=media)) == list(SHOPS)


def test_one_practice_alone_is_an_entry_and_a_societys_contact_is_none() -> None:
    address = {"street": "4 Mill Ln", "city": "Salem", "zip": "97301"}
    practice = {"name": "Copper Beech Clinic", "type": "Clinic", "address": address, "phone": "503-555-0161"}
    society = {"name": "Harbor Guild", "tagline": "Find care", "address": address, "phone": "503-555-0100"}
    assert [one.name for one in listings(practice)] == ["Copper Beech Clinic"]
    assert not probe(Page("https://list.example/settings.json", json.dumps({"site": society}).encode())).listings


def test_offers_and_appointments_within_an_entry_are_none_of_its_values() -> None:
    slots = [{"name": "Flu vaccination", "phone": "907-555-0199", "start": "2031-01-02"}] * 2
    assert core(listings([{**row, "slots": slots[:at], "appointments": slots} for at, row in enumerate(ROWS)])) == list(
        SHOPS
    )


def test_values_that_are_alike_in_all_entries_are_the_publishers() -> None:
    clerk = {"name": "Ida Clerk", "email": "office@guild.example.org"}
    own = [{**row, "Record_Owner": clerk, "Public_Email": f"desk{at}@shop.example"} for at, row in enumerate(ROWS)]
    assert [one.email for one in listings(own)] == ["desk0@shop.example", "desk1@shop.example", "desk2@shop.example"]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"pharmacies": ROWS}, "data.json"),
        ({"apotheken": ROWS}, "data.json"),
        ({"title": "Every pharmacy in the guide", "rows": ROWS}, "data.json"),
        ([{**row, "type": "drugstore"} for row in ROWS], "data.json"),
        (ROWS, "pharmacies.json"),
    ],
    ids=["key", "key in German", "title", "column", "file name"],
)
def test_the_list_itself_says_that_its_entries_are_pharmacies(answer: Any, name: str) -> None:
    assert {(one.kind, one.specialty) for one in listings(answer, name)} == {(Kind.PHARMACY, None)}


def test_lists_of_different_kinds_side_by_side_are_read_together() -> None:
    doctors = [{**row, "name": f"Ada {row['name']}, MD"} for row in ROWS]
    found = listings({"doctors": doctors, "pharmacies": ROWS})
    assert [one.kind for one in found] == [Kind.PRESCRIBER] * 3 + [Kind.PHARMACY] * 3


def test_a_practice_in_bold_above_the_contacts_in_escaped_markup_is_the_persons() -> None:
    rows = [
        {
            "title": f"Ada {row['name']}, MD",
            "group": "3",
            "address": f"{row['street']}, {row['city']}, AK {row['zip']}",
            "description": f"&lt;p&gt;&lt;b&gt;{shop}&lt;/b&gt;&lt;br&gt;Tel: {row['phone']}&lt;br&gt;Fax: 907-555-0199&lt;/p&gt;",
        }
        for row, shop in zip(ROWS, ("The Long Room", "Owl &amp; Anchor", "Easy Glance"), strict=True)
    ]
    found = listings(rows)
    assert [one.practice for one in found] == ["The Long Room", "Owl & Anchor", "Easy Glance"]
    assert [[phone.raw for phone in one.phones] for one in found] == [[row["phone"]] for row in ROWS]


def test_parts_of_a_name_and_of_an_address_below_keys_of_their_own_are_joined() -> None:
    tags = {
        "addr:housenumber": "12",
        "addr:street": "Hollow Rd",
        "addr:city": "Juneau",
        "contact:phone": "907-555-0111",
    }
    people = ({"given": ["Ada"], "family": "Lunt"}, {"given": ["Ben"], "family": "Okonjo"})
    found = listings(
        {"elements": [{"type": "node", "id": at, "who": who, "tags": tags} for at, who in enumerate(people)]}
    )
    assert [(one.name, one.street) for one in found] == [("Ada Lunt", "12 Hollow Rd"), ("Ben Okonjo", "12 Hollow Rd")]
