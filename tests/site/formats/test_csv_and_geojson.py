"""One entry as CSV and GeoJSON."""

from __future__ import annotations

import csv
import io
import json
import re

import geojson

from ldn_directory.site.formats import csv_table, geo_json


def records_of(text: str) -> list[list[str]]:
    """The records, by the grammar of RFC 4180, section 2, alone: quoted or plain fields, commas, CRLF."""
    field = r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^",\r\n]*))(?P<end>,|\r\n)'
    records, record, at = [], [], 0
    while at < len(text):
        found = re.compile(field).match(text, at)
        assert found, f"no field at {text[at : at + 30]!r}"
        record.append(found["quoted"].replace('""', '"') if found["quoted"] is not None else found["plain"])
        at = found.end()
        if found["end"] == "\r\n":
            records.append(record)
            record = []
    assert not record
    return records


def test_csv_is_as_rfc_4180_has_it(shown, found):
    for text in (csv_table.format_entry(shown(1)), csv_table.format_search(found())):
        names, *rows = records_of(text)
        assert rows and {len(row) for row in rows} == {len(names)}
        assert rows == [list(row.values()) for row in csv.DictReader(io.StringIO(text))]


def test_an_entry_is_one_line_of_csv(shown):
    (row,) = csv.DictReader(io.StringIO(csv_table.format_entry(shown(1))))
    assert row["id"] == "1" and row["name"] == "Ada Example" and row["phone"] == "+15125550142"
    assert row["remark"] == "Ring twice; ask, please"


def test_an_entry_is_a_feature_a_place(shown):
    found = geojson.loads(geo_json.format_entry(shown(1)))
    assert found.is_valid
    first, second = found["features"]
    assert first["geometry"]["coordinates"] == [-84.19, 39.76] and first["properties"]["precision_km"] == 0.05
    assert second["properties"]["city"] == "Columbus" and second["properties"]["practice"] == "Second Practice"
    assert {feature["properties"]["provider"] for feature in (first, second)} == {1}


def test_an_entry_without_a_place_is_a_feature_without_a_geometry(db, shown):
    db.execute("DELETE FROM locations WHERE provider = 9")
    (feature,) = json.loads(geo_json.format_entry(shown(9)))["features"]
    assert feature["geometry"] is None and feature["properties"]["name"] == "Faraway Telehealth"
    assert geojson.loads(geo_json.format_entry(shown(9))).is_valid
