"""One list in the order a person needs: near, in the region, by video, in the country, place unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ldn_directory.places import Gazetteer
from ldn_directory.site.search import FACETS, Results, ranking

from .test_searching import OREGON, PORTLAND, SALEM, directory, found, names

US = {"country": "United States", "country_code": "US"}
BEND = {"city": "Bend", "latitude": 44.06, "longitude": -121.31, "precision_km": 5.0, "located_by": "city", **OREGON}
SEATTLE = {
    "city": "Seattle",
    "latitude": 47.61,
    "longitude": -122.33,
    "precision_km": 1.0,
    "located_by": "postcode",
    "region": "Washington",
    "region_code": "US-WA",
    **US,
}
EVERYBODY = (
    {"name": "Near", **PORTLAND},
    {"name": "Region only", **OREGON},
    {"name": "Region by its middle", "latitude": 43.9, "longitude": -120.6, "located_by": "region", **OREGON},
    {"name": "Serves Oregon", "serves": ("US-OR",), **SEATTLE},
    {"name": "Serves the country", "serves": ("US",), "country": "Canada", "country_code": "CA"},
    {"name": "Far in Oregon", **BEND},
    {"name": "Washington", **SEATTLE},
    {"name": "Country only", **US},
    {"name": "Video, who knows where", "telehealth": "yes"},
    {"name": "Nothing known"},
    {"name": "Ireland", "country": "Ireland", "country_code": "IE", "telehealth": "yes"},
)


@pytest.fixture(scope="module")
def gazetteer(world: Path) -> Gazetteer:
    return Gazetteer.open(world)


def groups(results: Results) -> list[tuple[str, str]]:
    return [(row["group"], row["name"]) for row in results.rows]


def test_everybody_is_in_the_first_group_that_fits_and_only_who_is_in_another_country_is_in_none(gazetteer):
    results = found(directory(*EVERYBODY), gazetteer, near="Portland, Oregon")
    assert groups(results) == [
        ("near", "Near"),
        ("in_region", "Region by its middle"),
        ("in_region", "Region only"),
        ("by_video", "Serves Oregon"),
        ("by_video", "Serves the country"),
        ("in_country", "Far in Oregon"),
        ("in_country", "Washington"),
        ("in_country", "Country only"),
        ("place_unknown", "Nothing known"),
        ("place_unknown", "Video, who knows where"),
    ]
    assert results.group_counts == {"near": 1, "in_region": 2, "by_video": 2, "in_country": 3, "place_unknown": 2}
    assert results.total == 10


def test_in_the_country_the_nearest_come_first_whatever_else_speaks_for_the_others(gazetteer):
    db = directory(
        {"name": "Roe", **SEATTLE},
        {"name": "Ann Roeburn", "evidence": "own_site", "grade": "writes_about", **SALEM},
        {"name": "Ann Roe", "practice": "Roe Clinic", **US},
    )
    results = found(db, gazetteer, q="roe", near="Portland, Oregon", within="5")
    assert names(results) == ["Ann Roeburn", "Roe", "Ann Roe"]
    assert [row["distance_km"] and round(row["distance_km"], -1) for row in results.rows] == [70, 230, None]


def test_of_a_region_all_are_near_and_the_country_follows_without_distances(gazetteer):
    results = found(directory(*EVERYBODY), gazetteer, near="Oregon")
    assert {name for group, name in groups(results) if group == "near"} == {
        "Near",
        "Region only",
        "Region by its middle",
        "Far in Oregon",
    }
    assert results.group_counts == {"near": 4, "in_region": 0, "by_video": 2, "in_country": 2, "place_unknown": 2}
    assert {row["distance_km"] for row in results.rows} == {None}


def test_of_a_country_all_are_near_and_who_serves_a_part_of_it_from_abroad_comes_next(gazetteer):
    abroad = {"name": "Abroad", "country": "Canada", "country_code": "CA", "serves": ("US-OR",)}
    results = found(directory(*EVERYBODY, abroad), gazetteer, near="United States")
    assert results.group_counts == {"near": 7, "in_region": 0, "by_video": 2, "in_country": 0, "place_unknown": 2}
    assert [name for group, name in groups(results) if group == "by_video"] == ["Abroad", "Serves the country"]


def test_without_a_place_there_are_no_groups():
    results = found(directory(*EVERYBODY))
    assert results.group_counts == {} and {row["group"] for row in results.rows} == {None}


@pytest.mark.parametrize("sort", ["best", "nearest", "name", "confirmed"])
def test_the_groups_keep_their_order_on_every_page_and_in_every_order(gazetteer, sort):
    db = directory(*EVERYBODY)
    whole = groups(found(db, gazetteer, near="Portland, Oregon", sort=sort))
    paged = [
        one
        for page in ("1", "2", "3", "4")
        for one in groups(found(db, gazetteer, near="Portland, Oregon", sort=sort, page=page, size="3"))
    ]
    assert paged == whole and len(set(whole)) == 10
    order = ["near", "in_region", "by_video", "in_country", "place_unknown"]
    assert [group for group, _ in whole] == sorted((group for group, _ in whole), key=order.index)


def test_the_facets_count_the_whole_list(gazetteer):
    db = directory(*({"kind": "clinic"} | one for one in EVERYBODY))
    results = found(db, gazetteer, near="Portland, Oregon")
    assert dict(results.facets["kind"]) == {"clinic": results.total}
    for name in FACETS:
        for value, count in results.facets[name]:
            assert found(db, gazetteer, near="Portland, Oregon", **{name: value}).total == count, (name, value)


def test_programs_still_ask_and_are_told_how_somebody_can_be_reached(gazetteer):
    db = directory(*EVERYBODY)
    results = found(db, gazetteer, near="Portland, Oregon")
    ways = {row["name"]: row["reach"] for row in results.rows}
    assert ways["Near"] == "in_person" and ways["Serves Oregon"] == "by_video"
    assert ways["Region only"] == ways["Country only"] == ways["Video, who knows where"] == "not_stated"
    assert ways["Far in Oregon"] is ways["Nothing known"] is None
    assert results.groups == {"in_person": 1, "by_video": 2, "not_stated": 4}
    for reach, count in results.groups.items():
        only = found(db, gazetteer, near="Portland, Oregon", reach=reach)
        assert only.total == count and {row["reach"] for row in only.rows} == {reach}
        assert only.groups == results.groups


def test_the_video_that_the_words_ask_for_is_offered_by_everybody_in_the_list(gazetteer):
    db = directory(*EVERYBODY, {"name": "Near by video", "telehealth": "yes", **PORTLAND})
    results = found(db, gazetteer, q="telehealth portland oregon")
    assert names(results) == ["Near by video", "Serves Oregon", "Serves the country", "Video, who knows where"]


def test_where_nobody_is_near_the_distance_to_the_nearest_is_told_and_searched_with(gazetteer):
    db = directory({"name": "Ann Roe", **SEATTLE}, {"name": "Bea Afar", "telehealth": "yes", "serves": ("US-OR",)})
    results = found(db, gazetteer, near="Portland, Oregon")
    assert groups(results) == [("by_video", "Bea Afar"), ("in_country", "Ann Roe")]
    (wider,) = (one for one in results.alternatives if one.kind == "farther")
    assert "Seattle, Washington" in str(wider.text)
    assert groups(found(db, gazetteer, **wider.parameters))[0] == ("near", "Ann Roe")


def test_somebody_with_several_places_is_as_far_as_the_nearest_of_them(gazetteer):
    db = directory({"name": "Two places", **SEATTLE, "also_at": [SALEM]}, {"name": "Bend", **BEND})
    results = found(db, gazetteer, near="Portland, Oregon", within="5")
    assert [(row["name"], row["city"]) for row in results.rows] == [("Two places", "Salem"), ("Bend", "Bend")]


def test_the_nearest_that_are_looked_for_in_rings_are_the_nearest_of_all(gazetteer, monkeypatch):
    db = directory(
        {"name": "Near", **PORTLAND},
        *(
            {"name": f"Roe {number}", "latitude": 25 + number % 24, "longitude": -70 - number % 53, "city": "X", **US}
            for number in range(150)
        ),
        {"name": "Country only", **US},
        {"name": "Nothing known"},
    )

    def pages() -> list[list[int]]:
        return [
            [row["id"] for row in found(db, gazetteer, near="Portland, Oregon", size="20", page=str(page)).rows]
            for page in range(1, 9)
        ]

    everybody_is_sorted = pages()
    monkeypatch.setattr(ranking, "FEW", 0)
    assert pages() == everybody_is_sorted
    assert len({number for page in everybody_is_sorted for number in page}) == 153
