"""What is said of answers that look like a list and hold none, and what is not said of those that do."""

from __future__ import annotations

import json

import pytest

from ldn_directory.extract.html import own_page, structured_data
from ldn_directory.extract.json import api as json_api
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.model import Extraction
from ldn_directory.probe.detect import Findings, probe

KML = "application/vnd.google-earth.kml+xml"


def page(body: str, kind: str = "text/html", url: str = "https://lists.example.com/a/b") -> Page:
    return Page(url, body.encode(), kind)


def said(found: Findings) -> str:
    return "\n".join(problem.what for problem in found.problems)


def named(extraction: Extraction) -> list[str]:
    return [
        text.text
        for record in extraction.records
        for text in record.texts
        if text.label and text.label.casefold() in ("name", "practice")
    ]


def test_a_map_that_only_links_to_another_file_names_it_and_gives_it_to_be_followed():
    link = "<NetworkLink><Link><href>https://maps.example.com/all.kml</href></Link></NetworkLink>"
    found = probe(page(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{link}</Document></kml>', KML))
    assert found.follow == ("https://maps.example.com/all.kml",)
    assert "loaded from https://maps.example.com/all.kml" in said(found)


def test_a_page_to_sign_in_at_in_place_of_a_sheet_is_told_from_an_empty_one():
    sheet = "https://docs.google.com/spreadsheets/d/abc/export?format=csv"
    found = probe(
        page("<title>Google Sheets: Sign-in</title><a href='https://accounts.google.com/x'>Sign in</a>", url=sheet)
    )
    assert "not shared with everybody" in said(found)
    assert "not shared" not in said(probe(page("<title>Elm Clinic</title><p>Welcome</p>")))


def test_a_map_of_positions_alone_says_so():
    features = [
        {
            "type": "Feature",
            "properties": {"id": n, "name": f"Place {n}"},
            "geometry": {"type": "Point", "coordinates": [8.0, 50.0]},
        }
        for n in range(3)
    ]
    assert "positions and names only" in said(
        probe(page(json.dumps({"type": "FeatureCollection", "features": features}), "application/json"))
    )


def rows(ids):
    return json.dumps(
        [
            {"id": n, "gid": 77, "name": f"Clinic {n}", "city": "Austin", "phone": f"512-555-011{at}"}
            for at, n in enumerate(ids)
        ]
    )


@pytest.mark.parametrize(("ids", "keys"), [((0, 1, 2), ["0", "1", "2"]), ((0, 0, 0), [None, None, None])])
def test_a_list_numbered_from_zero_has_keys_and_one_of_zeros_has_none(ids, keys):
    assert [record.key for record in json_api.extract(page(rows(ids), "application/json")).records] == keys


def test_the_line_below_the_head_of_a_table_in_markdown_is_no_entry():
    table = "| Name | City | Phone |\n|---|:--|---|\n| Ada Marsh, MD | Akron | 330-555-0110 |\n| Ben Odell, DO | Toledo | 419-555-0111 |\n"
    found = tabular_file.extract(page(table, "text/markdown"))
    assert named(found) == ["Ada Marsh, MD", "Ben Odell, DO"]
    assert not found.problems


def test_a_back_end_s_own_marks_are_not_told_as_columns():
    places = [
        {
            "id": n,
            "title": f"Elm Clinic {n}",
            "city": "Austin",
            "phone": f"512-555-011{n}",
            "default_category": 3,
            "user_id": 9,
        }
        for n in range(4)
    ]
    assert "not understood" not in said(probe(page(json.dumps(places), "application/json")))


@pytest.mark.parametrize("heading", ["Trustees and medical advisers", "Pharmacy prices"])
def test_a_page_s_heading_is_no_practice(heading):
    foot = "<footer><p>Elm Friends, 12 Mill Lane, Bath BA1 1AA<br>Tel: +44 20 7946 0100</p></footer>"
    assert not own_page.extract(
        page(f"<title>{heading}</title><h1>{heading}</h1><p>Text</p>{foot}", url="file:///a.html")
    ).records


@pytest.mark.parametrize("title", ["MS Society of Texas", "Low-dose naltrexone for fatigue: a trial"])
def test_a_society_or_an_article_is_no_entry(title):
    found = probe(
        page(
            f"<h1>{title}</h1><p>Phone: 512-555-0101</p><p>Email: info@example.org</p><p>1 Elm Street, Austin, TX 78701</p>"
        )
    )
    assert not found.listings


def linked(*things: dict[str, object]) -> Page:
    return page(
        f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", "@graph": things})}</script>'
    )


def test_a_receptionist_is_no_prescriber():
    staff = [
        {"@type": "Person", "name": "Ada Marsh", "jobTitle": "Receptionist", "telephone": "512-555-0101"},
        {"@type": "Person", "name": "Ben Odell", "jobTitle": "Physician", "telephone": "512-555-0102"},
    ]
    clinic = {"@type": "MedicalClinic", "name": "Elm Clinic", "telephone": "512-555-0100", "employee": staff}
    assert "Ada Marsh" not in named(structured_data.extract(linked(clinic)))
    assert "Ben Odell" in named(structured_data.extract(linked(clinic)))


def test_a_business_of_another_kind_beside_a_physician_is_not_listed():
    doctor = {"@type": "Physician", "name": "Ada Marsh, MD", "telephone": "512-555-0101"}
    pizza = {"@type": "LocalBusiness", "name": "Tony Pizza", "telephone": "512-555-0102"}
    assert named(structured_data.extract(linked(doctor, pizza))) == ["Ada Marsh, MD"]
