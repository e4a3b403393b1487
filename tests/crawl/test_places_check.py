"""Places that cannot be true are taken from a harvest, by the gazetteer that ships with the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldn_directory.crawl.places_check import check_places
from ldn_directory.model import Evidence, Kind, Listing
from tests.generators.judged import judge


def listing(number: int, **where) -> Listing:
    facts = {
        "city": "Austin",
        "region": "Texas",
        "region_code": "US-TX",
        "country": "United States",
        "country_code": "US",
    }
    return Listing(
        source="harbour",
        key=str(number),
        page="https://example.org/",
        kind=Kind.PRESCRIBER,
        evidence=Evidence.LISTED,
        name=f"Jane Roe{number}",
        **facts | where,
    )


@pytest.fixture
def data(tmp_path: Path, world: Path) -> Path:
    (tmp_path / "gazetteer.db").symlink_to(world)
    return tmp_path


@pytest.mark.parametrize(
    ("city", "region", "code", "country"),
    [
        ("New York", "New York", "US-NY", "US"),
        ("Washington", "District of Columbia", "US-DC", "US"),
        ("Québec", "Quebec", "CA-QC", "CA"),
        ("Luxembourg", "Luxembourg", "LU-LU", "LU"),
        ("Singapore", None, None, "SG"),
        ("Berlin", "Berlin", "DE-BE", "DE"),
        ("Dublin", "Dublin", "IE-D", "IE"),
        ("Utrecht", "Utrecht", "NL-UT", "NL"),
        ("Auckland", "Auckland", "NZ-AUK", "NZ"),
    ],
)
def test_towns_with_the_name_of_their_region_are_believed(data, city, region, code, country):
    line = listing(1, city=city, region=region, region_code=code, country_code=country, country=city).as_line()
    assert check_places([line], data) == ((line,), ())


@pytest.mark.parametrize(
    ("city", "region", "code", "country"),
    [
        ("Washington", "Washington", "US-WA", "US"),
        ("Florida", "Florida", "US-FL", "US"),
        ("Ontario", "Ontario", "CA-ON", "CA"),
        ("Queensland", "Queensland", "AU-QLD", "AU"),
        ("Bayern", "Bayern", "DE-BY", "DE"),
        ("England", "England", "GB-ENG", "GB"),
    ],
)
def test_a_region_beside_itself_is_no_town_and_is_kept_as_written(data, city, region, code, country):
    line = listing(1, city=city, region=region, region_code=code, country_code=country).as_line()
    ((checked,), (dropped,)) = check_places([line], data)
    assert "city" not in json.loads(checked) and ["city", city] in json.loads(checked)["written"]
    assert str(dropped) == f"the town {city!r} is the name of the region, so it is left out"


def test_everything_is_believed_where_there_can_be_no_gazetteer(tmp_path):
    (tmp_path / "gazetteer.db").write_bytes(b"no table of places")
    line = listing(1, city="Florida", region="Florida", region_code="US-FL").as_line()
    assert check_places([line], tmp_path) == ((line,), ())


def test_a_harvest_is_held_when_many_places_cannot_be_true_and_asked_about_once_if_few_are(data):
    good = [listing(number) for number in range(60)]
    few = [*good, listing(60, street="2.4 miles")]
    report = judge(data, 0, few)
    assert (report["outcome"], report["implausible_places"]) == ("passed", 1)
    assert "the street '2.4 miles' is a distance, a time or a price, so it is left out" in report["problems"][0]
    held = judge(data, 1, [*good[:55], *(listing(number, street=f"{number} miles") for number in range(55, 61))])
    assert "implausible places" in held["gates"]
    assert "6 of 61 entries state places that cannot be right (3% may)" in " ".join(held["reasons"])


def test_georgia_is_not_gabon_and_its_numbers_are_american(data):
    georgian = listing(99, country="Gabon", country_code="GA", region=None, region_code=None, city="Atlanta").as_json()
    georgian |= {"phones": [{"raw": "404 555 0100", "e164": None, "label": None}], "written": [["country", "GA"]]}
    lines = [listing(number).as_line() for number in range(5)]
    checked, dropped = check_places([*lines, Listing.from_json(georgian).as_line()], data)
    assert [one.what.field for one in dropped] == ["country"]
    assert json.loads(checked[-1])["phones"][0]["e164"] == "+14045550100"
