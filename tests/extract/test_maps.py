"""KML, KMZ and GeoJSON: what their notation can hold, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.maps import geojson, kml
from ldn_directory.extract.onward import embedded_lists
from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Extraction, Listing, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.probe.detect import probe

PAGES = Path(__file__).parent.parent / "pages" / "kml"
SOURCE = Source(title="A map", homepage="https://maps.example/", evidence=Evidence.LISTED, record_key="none")
URL = "https://maps.example/map/doctors.kml"


def document(inner: str) -> str:
    return f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Ohio doctors</name>{inner}</Document></kml>'


def placemark(name: str = "Jane Roe, MD", description: str = "330-555-0142", more: str = "") -> str:
    return (
        f"<Placemark><name>{name}</name><description><![CDATA[{description}]]></description>{more}"
        "<Point><coordinates>-81.5,41.1,0</coordinates></Point></Placemark>"
    )


def folder(name: str, inner: str) -> str:
    return f"<Folder><name>{name}</name>{inner}</Folder>"


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.kml", text)
    return out.getvalue()


def read(body: str | bytes, url: str = URL) -> Extraction:
    return kml.extract(Page(url, body if isinstance(body, bytes) else body.encode()))


def listings(found: Extraction) -> list[Listing]:
    return [listing for record in found.records for listing in map_record(record, SOURCE, "map").listings]


def test_a_coordinate_is_longitude_then_latitude() -> None:
    assert read(document(placemark())).records[0].point == (41.1, -81.5)


def test_an_impossible_coordinate_costs_the_point_and_is_reported() -> None:
    found = read(document(placemark()).replace("-81.5,41.1", "41.1,-181.5"))
    assert found.records[0].point is None
    assert "no longitude and latitude" in found.problems[0].what


def test_a_layer_heads_its_entries_only_if_it_is_a_place() -> None:
    ohio, sheet = folder("Ohio (2)", placemark()), folder("Sheet1", placemark("John Doe, NP"))
    kind = folder("Functional Medicine", placemark("Ann Poe, DO"))
    assert [record.headings for record in read(document(ohio + sheet + kind)).records] == [("Ohio",), (), ()]


def test_a_layer_within_a_state_is_a_town_only_if_its_addresses_say_so() -> None:
    town = folder("Akron", placemark(description="12 Quay St, Akron, OH 44308"))
    kind = folder("Cash only", placemark("John Doe, NP"))
    assert [record.headings for record in read(document(folder("Ohio", town + kind))).records] == [
        ("Ohio", "Akron"),
        ("Ohio",),
    ]


def test_ca_among_american_states_is_california_and_alone_is_nothing() -> None:
    both = read(document(folder("CA", placemark()) + folder("OR", placemark("John Doe, NP"))))
    alone = read(document(folder("CA", placemark())))
    assert [listing.region_code for listing in listings(both)] == ["US-CA", "US-OR"]
    assert alone.records[0].headings == ()


@pytest.mark.parametrize(
    ("title", "name", "practice"),
    [
        ("Jane Roe, MD - Quay Clinic", "Jane Roe", "Quay Clinic"),
        ("Quay Clinic (Dr. Jane Roe)", "Jane Roe", "Quay Clinic"),
        ("Quay Clinic: Jane Roe, ND", "Jane Roe", "Quay Clinic"),
        ("Jane Roe, MD, Quay Clinic", "Jane Roe", "Quay Clinic"),
        ("Akron - Jane Roe, MD", "Jane Roe", None),
        ("Quay Clinic", "Quay Clinic", None),
        ("Dr. med. Jane Roe", "Jane Roe", None),
    ],
)
def test_a_title_names_a_person_a_practice_or_both(title: str, name: str, practice: str | None) -> None:
    listing = listings(read(document(placemark(title))))[0]
    assert (listing.name, listing.practice) == (name, practice)


def test_a_description_that_repeats_the_data_states_nothing_twice() -> None:
    data = '<ExtendedData><Data name="Tel"><value>330-555-0142</value></Data><Data name="Town"><value>Akron</value></Data></ExtendedData>'
    found = read(document(placemark(description="Tel: 330-555-0142<br>Town: Akron<br>Mondays only", more=data)))
    assert found.records[0].block == "name: Jane Roe, MD\nTel: 330-555-0142\nTown: Akron\nMondays only"


def test_lines_areas_and_styles_are_no_entries() -> None:
    shape = placemark("Dr. Lane, MD").replace("Point>", "LineString>")
    style = "<Style><BalloonStyle><text>Dr. Style 330-555-0142</text></BalloonStyle></Style>"
    assert len(read(document(style + shape + placemark())).records) == 1


def test_placemarks_that_name_nobody_are_left_out_and_counted() -> None:
    found = read(document(placemark("Start here", "Zoom in to see more") + placemark()))
    assert [listing.name for listing in listings(found)] == ["Jane Roe"]
    assert "1 of 2 placemarks name nobody" in found.problems[0].what


def test_linked_files_are_next_pages_without_the_map_itself() -> None:
    hrefs = (
        "ohio.kml",
        "https://maps.example/map/doctors.kml",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ohio.kml#x",
    )
    links = "".join(f"<NetworkLink><Link><href>{href}</href></Link></NetworkLink>" for href in hrefs)
    assert read(document(links)).next_pages == ("https://maps.example/map/ohio.kml",)


def test_links_that_are_not_followed_are_reported() -> None:
    links = "".join(f"<NetworkLink><Link><href>{number}.kml</href></Link></NetworkLink>" for number in range(60))
    found = read(document(links))
    assert len(found.next_pages) == 50
    assert "links to 60 files" in found.problems[0].what


def test_files_within_an_archive_are_read_and_not_fetched() -> None:
    link = "<NetworkLink><Link><href>ohio.kml</href></Link></NetworkLink>"
    found = read(zipped(doc=document(link), ohio=document(placemark())))
    assert (len(found.records), found.next_pages) == (1, ())


@pytest.mark.parametrize(
    "start",
    [
        "<kml>",
        '<kml xmlns="http://earth.google.com/kml/2.0">',
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="urn:gx">',
    ],
)
def test_namespaces_of_all_versions_and_none_are_read(start: str) -> None:
    assert len(read(f"{start}<Folder>{placemark()}</Folder></kml>").records) == 1


def test_bare_ampersands_and_the_entities_of_html_are_read_as_they_are_meant() -> None:
    found = read(document(placemark("Quay & Caf&eacute; Pharmacy", "A&nbsp;B & C<br>330-555-0142")))
    assert listings(found)[0].name == "Quay & Café Pharmacy"
    assert found.problems == ()


def test_a_map_with_an_undeclared_prefix_or_an_open_tag_is_read_as_far_as_it_goes() -> None:
    found = read(document(placemark() + "<gx:Tour><gx:x></gx:Tour>" + placemark("Quay Pharmacy")))
    assert listings(found)[0].name == "Jane Roe"
    assert "no well-formed XML" in found.problems[0].what


def test_an_entity_bomb_is_refused() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        + document(placemark("&b;"))[21:]
    )
    for found in (read(bomb), read(bomb.encode("utf-16")), read(zipped(doc=bomb))):
        assert found.records == ()
        assert "defines entities" in found.problems[0].what


def test_a_file_of_the_machine_is_not_read_through_an_entity() -> None:
    found = read(
        '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + document(placemark(more="<address>&a;</address>"))[21:]
    )
    assert found.records == ()


def test_a_zip_bomb_is_refused() -> None:
    found = read(zipped(doc=b"<kml>" + b" " * 70_000_000))
    assert "unpacks to more than 60 MB" in found.problems[0].what


@pytest.mark.parametrize(
    "body", [b"", b"PK\x03\x04", b"<kml>", b"<kml" * 1_000, b"<a>" * 5_000, b"\x00" * 50, zipped(), zipped(doc=b"")]
)
def test_broken_files_are_problems_and_not_errors(body: bytes) -> None:
    found = read(body)
    assert found.records == ()
    assert found.problems


def test_geojson_properties_are_labelled_and_what_only_draws_is_ignored() -> None:
    properties = {
        "name": "Jane Roe, MD",
        "tel": "330-555-0142",
        "marker-color": "#fff",
        "contact": {"email": "jane@roe.example"},
    }
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [-81.5, 41.1]}}
    layers = {"layers": [{"name": "Ohio", "features": [feature]}]}
    found = geojson.extract(Page("https://maps.example/a.geojson", json.dumps(layers).encode()))
    assert [(text.label, text.text) for text in found.records[0].texts] == [
        ("name", "Jane Roe, MD"),
        ("tel", "330-555-0142"),
        ("contact.email", "jane@roe.example"),
    ]
    assert (found.records[0].headings, found.records[0].point) == (("Ohio",), (41.1, -81.5))


NOWHERE = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":["x",null]}}'


@pytest.mark.parametrize("body", ["", "{", "[]", "[" * 5_000, NOWHERE])
def test_broken_geojson_is_a_problem_and_not_an_error(body: str) -> None:
    found = geojson.extract(Page("https://maps.example/a.geojson", body.encode()))
    assert found.records == ()
    assert found.problems


@pytest.mark.parametrize("case", ["my_maps_by_state/page.kml", "kmz_deutsch/page.kmz", "geojson_leaflet/page.geojson"])
def test_probe_names_the_family_of_a_map(case: str) -> None:
    found = probe(Page(f"https://maps.example/{case}", (PAGES / case).read_bytes()))
    assert found.family == "kml"
    assert found.spider and "(Kml):" in found.spider


def test_a_map_in_an_iframe_leads_to_its_data() -> None:
    frame = b'<iframe src="https://www.google.com/maps/d/u/0/embed?mid=1aB-c_D&ehbc=2E312F"></iframe>'
    page = Page("https://list.example/", b"<html><body>" + frame + b"</body></html>")
    assert embedded_lists(page) == ("https://www.google.com/maps/d/kml?mid=1aB-c_D&forcekml=1",)


@settings(max_examples=80, deadline=5_000)
@given(
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=10),
    st.sampled_from(["kml", "kmz", "json"]),
)
def test_a_map_with_wrong_bytes_never_raises(changes: list[tuple[int, int]], kind: str) -> None:
    cases = {"kml": "arcgis_popup_table/page.kml", "kmz": "kmz_deutsch/page.kmz", "json": "umap_layers/page.geojson"}
    body = bytearray((PAGES / cases[kind]).read_bytes())
    for position, byte in changes:
        body[position % len(body)] = byte
    page = Page(URL, bytes(body))
    geojson.extract(page) if kind == "json" else kml.extract(page)


PLAIN = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["Feature", "Point"])
WORDS = st.sampled_from(["type", "properties", "geometry", "features", "coordinates", "name", "x"])
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=25
)


@settings(max_examples=60, deadline=5_000)
@given(JSON)
def test_no_json_at_all_makes_it_fail(value: object) -> None:
    geojson.extract(Page(URL, json.dumps(value).encode()))
