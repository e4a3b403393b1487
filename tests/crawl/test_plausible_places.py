"""Places that cannot be true, seen from the other entries of a list."""

from __future__ import annotations

import pytest

from ldn_directory.crawl.plausible_places import (
    country_of_list,
    implausible_values,
    is_measure,
    without_values,
)

TOWNS = {
    "new york": "US-NY",
    "quebec": "CA-QC",
    "québec": "CA-QC",
    "singapore": "SG-01",
    "washington": "US-DC",
    "austin": "US-TX",
}


class Places:
    """Knows the towns above, and that Texas is between 25 and 37 degrees north."""

    def is_town(self, name: str, country_code: str | None, region_code: str | None) -> bool:
        found = TOWNS.get(name.lower(), "")
        return found.startswith(f"{country_code}-") and region_code in (None, found)

    def is_inside(self, point: tuple[float, float], country_code: str | None, region_code: str | None) -> bool:
        return region_code != "US-TX" or 25 < point[0] < 37


def row(number: int = 0, **changed) -> dict:
    texan = {
        "city": "Austin",
        "region": "Texas",
        "region_code": "US-TX",
        "country": "United States",
        "country_code": "US",
    }
    return {"id": f"{number:016}", "name": f"Jane Roe{number}", "page": "p", "key": str(number)} | texan | changed


def reasons(*rows: dict) -> dict[str, str]:
    """Field -> why, of the first of these rows."""
    found = implausible_values(rows, country_of_list(rows), Places())
    return {one.field: one.why for one in found.get(rows[0]["id"], ())}


TEXANS = [row(number) for number in range(1, 9)]


@pytest.mark.parametrize(
    ("city", "region", "code", "country"),
    [
        ("New York", "New York", "US-NY", "US"),
        ("Québec", "Quebec", "CA-QC", "CA"),
        ("Singapore", None, None, "SG"),
    ],
)
def test_towns_that_are_named_like_their_region_or_country_stay(city, region, code, country):
    named = {"region": region, "region_code": code, "country_code": country, "country": "Singapore"}
    assert reasons(row(city=city, **named), *TEXANS) == {}


@pytest.mark.parametrize(
    ("city", "region", "code"), [("Texas", "Texas", "US-TX"), ("WASHINGTON", "Washington", "US-WA")]
)
def test_a_region_s_name_is_no_town_where_there_is_none_of_that_name(city, region, code):
    assert reasons(row(city=city, region=region, region_code=code), *TEXANS) == {"city": "is the name of the region"}


def test_a_town_that_is_another_entry_s_name_is_none():
    assert reasons(row(city="Jane Roe5"), *TEXANS) == {"city": "is the name of an entry"}


@pytest.mark.parametrize(
    "text",
    [
        "2.4 miles",
        "0.3 mi",
        "12 km entfernt",
        "9:00-17:00",
        "Mon-Fri 9am–5pm",
        "9-17 Uhr",
        "$150",
        "€ 80,00",
        "150 USD per visit",
        "10 min",
    ],
)
def test_a_distance_a_time_or_a_price_is_no_street(text):
    assert reasons(row(street=text), *TEXANS) == {"street": "is a distance, a time or a price"}


@pytest.mark.parametrize(
    "text",
    [
        "5 Mile Road",
        "12 Oak St",
        "Carretera A5 km 12",
        "1 Minute Lane",
        "9 Am Markt",
        "24 Euro Plaza",
        "17 H Street",
        "Mi 5",
    ],
)
def test_a_street_with_such_words_is_one(text):
    assert not is_measure(text)


def test_a_long_text_is_looked_at_in_little_time():
    assert not is_measure("9:00 " * 100_000)


def test_a_lone_code_of_another_country_is_the_region_s_among_entries_of_one_country():
    georgian = row(country="Gabon", country_code="GA", region=None, region_code=None, written=[["country", "GA"]])
    assert list(reasons(georgian, *TEXANS)) == ["country"]


def test_codes_that_are_no_country_tell_which_country_a_list_is_of():
    unread = [
        row(n, country=None, country_code=None, region=None, region_code=None, written=[["country", "TX"]])
        for n in range(1, 9)
    ]
    georgian = row(country="Gabon", country_code="GA", region=None, region_code=None, written=[["country", "GA"]])
    assert list(reasons(georgian, *unread)) == ["country"]


@pytest.mark.parametrize("written", ["Gabon", "Libreville, Gabon"])
def test_a_country_that_is_written_out_stays(written):
    abroad = row(country="Gabon", country_code="GA", region=None, region_code=None, written=[["country", written]])
    assert reasons(abroad, *TEXANS) == {}


@pytest.mark.parametrize(
    "told",
    [
        {"city": "Québec"},
        {"city": "Elsewhere", "region_code": "CA-ON"},
        {"city": "Elsewhere", "country_code": "DE", "phones": [{"raw": "+49 30 5550101", "e164": "+49305550101"}]},
    ],
    ids=["a town there", "a region there", "a number there"],
)
def test_a_lone_code_of_a_country_stays_where_the_entry_is_in_that_country(told):
    canadian = {"region": None, "region_code": None, "country": "Canada", "country_code": "CA"} | told
    code = str(canadian["country_code"])
    assert reasons(row(**canadian, written=[["country", code]]), *TEXANS) == {}


def test_a_lone_code_stays_on_a_list_of_many_countries():
    world = [
        row(number, country_code=code, region=None, region_code=None)
        for number, code in enumerate(("DE", "FR", "US", "GB", "NO", "US"), 1)
    ]
    assert (
        reasons(
            row(country="Gabon", country_code="GA", region=None, region_code=None, written=[["country", "GA"]]), *world
        )
        == {}
    )


def test_a_point_outside_its_region_is_not_believed():
    assert reasons(row(latitude=51.5, longitude=-0.1), *TEXANS) == {"point": "lies outside Texas"}
    assert reasons(row(latitude=30.2, longitude=-97.7), *TEXANS) == {}


def test_what_is_dropped_is_kept_as_written_and_numbers_are_read_by_the_list_s_country():
    phone = {"raw": "404 555 0100", "e164": None, "label": None}
    georgian = row(country="Gabon", country_code="GA", region=None, region_code=None, street="2 miles", phones=[phone])
    georgian["written"] = [["country", "GA"]]
    found = implausible_values([georgian, *TEXANS], "US", Places())[georgian["id"]]
    kept = without_values(georgian, found, "US")
    assert not {"country", "country_code", "street"} & set(kept)
    assert ["country", "GA"] in kept["written"] and ["street", "2 miles"] in kept["written"]
    assert kept["phones"] == [phone | {"e164": "+14045550100"}]
