"""What the search finds, in which order, and what it says about it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.places import Gazetteer
from ldn_directory.publish.schema import create_tables
from ldn_directory.site.search import FACETS, BadQuery, Columns, Query, Results, TooSlow, search
from ldn_directory.site.search.reachability import places_near
from ldn_directory.site.search.suggestions import PlaceNames, suggestions_of

TODAY = date(2026, 11, 25)
OREGON = {"region": "Oregon", "region_code": "US-OR", "country": "United States", "country_code": "US"}
PORTLAND = {
    "city": "Portland",
    "latitude": 45.52,
    "longitude": -122.68,
    "precision_km": 1.0,
    "located_by": "postcode",
    **OREGON,
}
SALEM = {"city": "Salem", "latitude": 44.94, "longitude": -123.04, "precision_km": 5.0, "located_by": "city", **OREGON}


def days_ago(days: int) -> str:
    return (datetime(2026, 11, 25, tzinfo=UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def directory(*people: dict, path: str = ":memory:") -> sqlite3.Connection:
    """A published directory of these providers, ids from 1, each at its own place; `serves` are region codes."""
    db = sqlite3.connect(path)
    create_tables(db)
    for source in ("harbour", "lantern"):
        facts = {
            "title": source,
            "homepage": "https://example.org/",
            "evidence": "listed",
            "record_key": "id",
            "every_days": 7,
        }
        insert(db, "sources", {"id": source, **facts})
    for number, person in enumerate(people, 1):
        row = {
            "id": number,
            "kind": "prescriber",
            "evidence": "listed",
            "source": "harbour",
            "sources": '["harbour"]',
            "listings": 1,
            "first_seen": days_ago(300),
            "last_confirmed": days_ago(1),
            "status": "confirmed",
        } | {key: value for key, value in person.items() if key not in ("serves", "also_at")}
        insert(db, "providers", row)
        for place in (row, *person.get("also_at", ())):
            if place.get("city"):
                names = (
                    "city",
                    "region",
                    "region_code",
                    "country",
                    "country_code",
                    "latitude",
                    "longitude",
                    "precision_km",
                    "located_by",
                )
                insert(db, "locations", {"provider": number, **{name: place.get(name) for name in names}})
        for code in person.get("serves", ()):
            insert(db, "serves", {"provider": number, "region_code": code, "region": code, "country_code": code[:2]})
    return db


def insert(db: sqlite3.Connection, table: str, row: dict) -> None:
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def found(db: sqlite3.Connection, gazetteer: Gazetteer | None = None, **parameters: str) -> Results:
    return search(db, Query.parse(parameters), TODAY, gazetteer=gazetteer)


def names(results: Results) -> list[str]:
    return [row["name"] for row in results.rows]


@pytest.fixture(scope="module")
def gazetteer(world: Path) -> Gazetteer:
    return Gazetteer.open(world)


def test_whole_names_come_before_beginnings_and_names_before_practices():
    db = directory({"name": "Jane Roeburn"}, {"name": "Ann Poe", "practice": "Roe Clinic"}, {"name": "Jane Roe"})
    assert names(found(db, q="roe")) == ["Jane Roe", "Ann Poe", "Jane Roeburn"]


def test_a_misspelt_name_is_found_and_the_page_says_so():
    results = found(directory({"name": "Jane Smithfield"}, {"name": "Ann Poe"}), q="smtihfield")
    assert names(results) == ["Jane Smithfield"]
    assert any("smtihfield" in str(sentence) and "smithfield" in str(sentence) for sentence in results.messages)


def test_a_name_that_is_there_brings_up_none_that_are_spelt_alike():
    assert names(found(directory({"name": "Jane Smith"}, {"name": "Jane Smyth"}), q="jane smith")) == ["Jane Smith"]


def test_a_space_that_slipped_into_a_name_does_no_harm():
    assert (
        names(found(directory({"name": "Leah Huxley"}, {"name": "Noah Huxtable"}), q="le ah huxley"))[0]
        == "Leah Huxley"
    )


@pytest.mark.parametrize("q", ["zoe muller", "Zoë Müller", "ZOË MÜLLER", "müller zoë", "Dr. Zoë Müller"])
def test_case_accents_titles_and_order_do_not_matter(q):
    assert names(found(directory({"name": "Zoë Müller"}, {"name": "Ann Poe"}), q=q)) == ["Zoë Müller"]


def test_those_confirmed_lately_come_first_and_those_forgotten_by_all_lists_are_left_out():
    db = directory(
        {"name": "Ann Roe", "last_confirmed": days_ago(100)},
        {"name": "Zoe Roe", "last_confirmed": days_ago(2)},
        {"name": "Old Roe", "last_confirmed": days_ago(200)},
    )
    assert names(found(db, q="roe")) == ["Zoe Roe", "Ann Roe"]
    assert "Old Roe" in names(found(db, q="roe", old="yes"))


def test_better_evidence_comes_first_among_equals():
    db = directory({"name": "Ann Roe", "evidence": "own_site"}, {"name": "Zoe Roe", "evidence": "listed"})
    assert names(found(db, q="roe")) == ["Zoe Roe", "Ann Roe"]


def test_near_a_place_the_nearest_come_first_with_honest_distances(gazetteer):
    db = directory({"name": "Ann Roe", **SALEM}, {"name": "Zoe Roe", **PORTLAND})
    results = found(db, gazetteer, near="Portland, Oregon", within="100")
    assert names(results) == ["Zoe Roe", "Ann Roe"]
    near_one, far_one = results.rows
    assert near_one["distance_km"] < 2 and 60 < far_one["distance_km"] < 80
    assert far_one["precision_km"] == 5.0
    assert [row["reach"] for row in results.rows] == ["in_person", "in_person"]


def test_a_provider_with_two_places_is_found_at_the_nearer_one(gazetteer):
    db = directory({"name": "Ann Roe", **PORTLAND, "also_at": [SALEM]})
    (row,) = found(db, gazetteer, near="Salem, Oregon").rows
    assert row["city"] == "Salem" and row["distance_km"] < 5 and row["precision_km"] == 5.0


@pytest.mark.parametrize(
    "q", ["dr roe portland", "roe Portland OR", "roe near portland, oregon", "portland roe", "roe 97201"]
)
def test_a_place_in_the_words_is_recognised_and_said(gazetteer, q):
    db = directory({"name": "Jane Roe", **PORTLAND}, {"name": "John Roe", **SALEM})
    results = found(db, gazetteer, q=q)
    assert [(row["name"], row["group"]) for row in results.rows] == [("Jane Roe", "near"), ("John Roe", "in_country")]
    assert results.parsed.in_words and "Oregon" in str(results.messages[0])


def test_a_name_that_is_also_a_place_stays_a_name(gazetteer):
    db = directory({"name": "Jane Austin", **PORTLAND}, {"name": "Austin Poe", **SALEM})
    assert names(found(db, gazetteer, q="jane austin")) == ["Jane Austin"]
    assert names(found(db, gazetteer, q="austin", place="no")) == ["Austin Poe", "Jane Austin"]


@pytest.mark.parametrize("sort", ["best", "nearest", "name", "confirmed"])
def test_in_every_order_those_in_reach_come_first(gazetteer, sort):
    db = directory(
        {"name": "Zoe Near", "last_confirmed": days_ago(9), **PORTLAND}, {"name": "Ann Afar", "serves": ("US-OR",)}
    )
    assert names(found(db, gazetteer, near="Portland, Oregon", sort=sort)) == ["Zoe Near", "Ann Afar"]


def test_results_can_be_sorted_by_name_and_by_last_confirmation():
    db = directory(
        {"name": "Zoe", "last_confirmed": days_ago(2)},
        {"name": "Émile", "last_confirmed": days_ago(5)},
        {"name": "Fay"},
    )
    assert names(found(db, sort="name")) == ["Émile", "Fay", "Zoe"]
    assert names(found(db, sort="confirmed")) == ["Fay", "Zoe", "Émile"]


def test_telehealth_for_a_region_is_asked_for_in_words(gazetteer):
    db = directory(
        {"name": "Ann Near", **PORTLAND},
        {"name": "Bea Afar", "telehealth": "yes", "serves": ("US-OR",)},
        {"name": "Cora Here", "telehealth": "yes", **SALEM},
    )
    assert names(found(db, gazetteer, q="telehealth oregon")) == ["Cora Here", "Bea Afar"]


def test_each_facet_is_counted_without_its_own_choice():
    db = directory(
        {"name": "Ann", "kind": "clinic", "telehealth": "yes"},
        {"name": "Bea", "kind": "pharmacy", "telehealth": "yes"},
        {"name": "Cora", "kind": "pharmacy", "languages": "English, Spanish"},
    )
    results = found(db, kind="pharmacy")
    assert dict(results.facets["kind"]) == {"clinic": 1, "pharmacy": 2}
    assert dict(results.facets["telehealth"]) == {"yes": 1, "unknown": 1}
    assert dict(results.facets["languages"]) == {"English": 1, "Spanish": 1}
    assert dict(results.facets["confirmed"])["30"] == 2
    assert names(found(db, telehealth="unknown")) == ["Cora"]


def test_a_provider_is_found_under_every_source_that_lists_it():
    db = directory({"name": "Ann", "sources": '["harbour", "lantern"]'}, {"name": "Bea"})
    assert names(found(db, source="lantern")) == ["Ann"]
    assert dict(found(db).facets["source"]) == {"harbour": 2, "lantern": 1}


def test_regions_and_countries_are_chosen_by_name_or_code():
    db = directory({"name": "Ann", **PORTLAND}, {"name": "Bea", "country": "Ireland", "country_code": "IE"})
    assert [names(found(db, region=text)) for text in ("Oregon", "US-OR")] == [["Ann"], ["Ann"]]
    assert [names(found(db, country=text)) for text in ("Ireland", "IE")] == [["Bea"], ["Bea"]]


def test_pages_by_cursor_give_everybody_once_in_one_order():
    db = directory(*({"name": f"Jane Roe{n % 7}"} for n in range(45)))
    everybody = [row["id"] for row in found(db, size="100").rows]
    given, cursor = [], ""
    while cursor is not None:
        results = found(db, size="10", **({"cursor": cursor} if cursor else {}))
        given += [row["id"] for row in results.rows]
        cursor = results.cursor
    assert given == everybody and len(set(given)) == 45


def test_without_a_gazetteer_the_search_works_and_says_so():
    results = found(directory({"name": "Jane Roe", **PORTLAND}, {"name": "Ann Poe"}), q="portland")
    assert names(results) == ["Jane Roe"]
    assert any("not known here yet" in str(sentence) for sentence in results.messages)
    assert found(directory({"name": "Jane Roe", **PORTLAND}), near="45.5,-122.7").rows[0]["distance_km"] < 5


@pytest.mark.parametrize(
    ("point", "within"),
    [
        ((0.0, 0.0), 200),
        ((90.0, 0.0), 900),
        ((-90.0, 50.0), 900),
        ((0.0, 180.0), 300),
        ((52.1, -179.95), 300),
        ((66.0, 179.9), 1500),
        ((45.0, 7.0), 20_040),
    ],
)
def test_what_is_near_is_what_a_look_at_everything_finds(point, within):
    places = [(latitude, longitude) for latitude in range(-90, 91, 6) for longitude in range(-180, 181, 6)] + [
        (52.1, 179.9),
        (0.5, -179.5),
    ]
    columns = Columns.of(
        directory(*({"name": "x", "latitude": float(lat), "longitude": float(lon)} for lat, lon in places))
    )
    rows, distances = places_near(columns, point, within)
    expected = {row for row, place in enumerate(places) if kilometres(point, place) <= within}
    assert set(columns.place_rows[rows].tolist()) == expected
    for row, away in zip(rows, distances, strict=True):
        assert abs(away - kilometres(point, places[columns.place_rows[row]])) < 0.2 + away * 1e-3


def kilometres(one, other):
    (lat1, lon1), (lat2, lon2) = ([radians(part) for part in point] for point in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * asin(min(1, sqrt(half)))


@pytest.mark.parametrize(
    "parameters",
    [
        {"within": "-5"},
        {"within": "0"},
        {"near": "91,0"},
        {"near": "0,181"},
        {"sort": "price"},
        {"kind": "dentist"},
        {"confirmed": "soon"},
        {"cursor": "x"},
        {"size": "0"},
        {"size": "9999"},
        {"page": "0"},
        {"q": "x" * 10_000},
        {"near": "y" * 101},
        {"serves": "ohio"},
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(parameters):
    with pytest.raises(BadQuery, match=r".{20}"):
        Query.parse(parameters)


def test_a_query_survives_being_written_as_parameters():
    stated = {
        "q": "roe",
        "near": "Tampa",
        "within": "12.5",
        "kind": "clinic",
        "reach": "by_video",
        "sort": "name",
        "old": "yes",
    }
    query = Query.parse(stated)
    assert Query.parse(query.parameters()) == query


def test_a_question_that_takes_too_long_is_given_up():
    with pytest.raises(TooSlow):
        search(directory({"name": "Jane Roe"}), Query.parse({"q": "roe"}), TODAY, until=1e-9)


ANYTHING = st.dictionaries(
    st.sampled_from(
        ["q", "near", "within", "sort", "page", "size", "cursor", "reach", "serves", "words", "place", *FACETS]
    ),
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ['"', "NEAR(", "a AND b", "*", "😀", "\u202eabc", "0,0", "-90,180", "-5", "1e9", "%", "'; --", "pharmacy"]
        ),
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=ANYTHING)
def test_whatever_is_asked_is_answered_or_refused(ask, parameters):
    try:
        results = ask(**parameters)
    except BadQuery as refused:
        assert str(refused).endswith(".")
    else:
        assert results.total >= len(results.rows)


def test_suggestions_are_names_and_places_that_begin_so(gazetteer):
    db = directory({"name": "Tamsin Roe", **PORTLAND}, {"name": "Ann Poe"})
    suggested = suggestions_of(db, "tam", Columns.of(db), PlaceNames.of(gazetteer))
    assert (suggested[0].text, suggested[0].where) == ("Tamsin Roe", "Portland, Oregon")
    assert any(one.text == "Tampa, Florida, United States" for one in suggested)
    assert len(suggested) <= 10
    assert not suggestions_of(db, "t", Columns.of(db), None)
