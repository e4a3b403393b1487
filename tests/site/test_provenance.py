"""Where each value of a provider is from, what else is listed, and where sources disagree."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ldn_directory.site.queries.provenance import find_disagreements

LISTS = {"harbour": "https://ldn.example/list?page=1", "own": "https://provider-1.example.org/"}


def claim(
    source: str, field: str, value: str, written: str | None = None, listing: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "listing": listing or f"{source}-1",
        "provider": 1,
        "source": source,
        "field": field,
        "value": value,
        "written": written,
        "page": LISTS[source],
        "first_seen": "2026-10-01T00:00:00Z",
        "last_confirmed": "2026-11-01T00:00:00Z",
        "shown": 0,
    } | more


def differ(*claims: dict[str, Any]) -> list[str]:
    return [one.field for one in find_disagreements(claims)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Elm Street", "12 Elm St."),
        ("12 Elm St, Suite 4", "12 Elm Street"),
        ("12 N Elm Ave #4", "12 North Elm Avenue, Suite 4"),
        ("12 Elm Blvd", "12 Elm Boulevard, Floor 2"),
        ("12 Elm St, 2nd Floor", "12 Elm Street, Fl 2"),
        ("12 Elm St, Bldg 3, Suite 4", "12 Elm Street, Building 3"),
        ("12 Rue de l'Église", "12 rue de l'Eglise"),
    ],
)
def test_a_street_written_in_two_ways_is_no_disagreement(one, other):
    assert differ(claim("harbour", "street", one), claim("own", "street", other)) == []


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("street", "12 Elm Street", "14 Elm Street"),
        ("street", "12 Elm Street", "12 Elm Avenue"),
        ("city", "Dayton", "Salem"),
        ("postcode", "97201", "97301"),
        ("street", "12 Elm St, Suite 4", "12 Elm St, Suite 5"),
        ("street", "12 Elm St, Floor 2", "12 Elm St, 3rd Floor"),
    ],
)
def test_another_place_is_a_disagreement(field, one, other):
    assert differ(claim("harbour", field, one), claim("own", field, other)) == ["address"]


def test_a_zip_code_without_its_last_four_digits_is_the_same():
    assert differ(claim("harbour", "postcode", "97201-0142"), claim("own", "postcode", "97201")) == []


def test_what_only_one_source_states_is_no_disagreement():
    assert differ(claim("harbour", "street", "12 Elm Street"), claim("own", "phone", "+14155550101")) == []


def test_one_number_in_common_is_no_disagreement_on_phones():
    both = [claim("harbour", "phone", "+14155550101", "415 555 0101"), claim("harbour", "phone", "+14155550102")]
    assert differ(*both, claim("own", "phone", "+14155550101", "(415) 555-0101")) == []
    assert differ(*both, claim("own", "phone", "+14155550103")) == ["phone"]


def test_two_rows_of_one_source_are_two_practices_and_no_disagreement():
    assert differ(claim("own", "city", "Dayton", listing="a"), claim("own", "city", "Salem", listing="b")) == []


def sides(*claims: dict[str, Any]) -> list[tuple[str, list[str]]]:
    (found,) = find_disagreements(claims)
    return [(side.value, [one["listing"] for one in side.claims]) for side in found.sides]


def test_a_list_that_leaves_the_street_out_takes_no_side():
    street = [claim("harbour", "street", "12 Elm Street"), claim("harbour", "city", "Dayton")]
    other = [claim("own", "street", "9 Oak Lane"), claim("own", "city", "Dayton")]
    town = claim("harbour", "city", "Dayton", listing="harbour-2")
    assert sides(town, *street, *other) == [("12 Elm Street, Dayton", ["harbour-1"]), ("9 Oak Lane, Dayton", ["own-1"])]
    assert sides(town, *street, claim("own", "city", "Salem")) == [
        ("12 Elm Street, Dayton", ["harbour-1"]),
        ("Salem", ["own-1"]),
    ]


def test_addresses_that_look_the_same_as_written_are_told_by_their_parts():
    written = [claim(source, "address", "Elm Clinic, Dayton") for source in LISTS]
    assert sides(*written, claim("harbour", "street", "12 Elm Street"), claim("own", "street", "9 Oak Lane")) == [
        ("12 Elm Street", ["harbour-1"]),
        ("9 Oak Lane", ["own-1"]),
    ]


@pytest.fixture
def asked(tmp_path, people, publish, insert, visitor):
    """Asks a directory in which a second source says other things of the first provider."""

    def more(db):
        dates = {"first_seen": "2026-10-01T00:00:00Z", "last_confirmed": "2026-11-01T00:00:00Z"}
        insert(
            db,
            "listings",
            id="own-1",
            provider=1,
            source="own",
            page=LISTS["own"],
            evidence="own_site",
            name="Dr. A. Example",
            status="confirmed",
            **dates,
        )
        said = {
            "name": "Dr. A. Example",
            "phone": "+14155550199",
            "languages": "French",
            "serves": "US-OH",
            "city": "Dayton",
            "region_code": "US-OH",
            "country_code": "US",
        }
        for field, value in said.items():
            written = {"phone": "415.555.0199", "languages": "français"}.get(field)
            row = claim("own", field, value, written)
            insert(db, "claims", **{name: row[name] for name in row if name != "page"}, page=row["page"])
        db.execute(
            "UPDATE providers SET languages = 'French', latitude = 39.7, longitude = -84.2, precision_km = 9, located_by = 'city' WHERE id = 1"
        )
        db.execute(
            "UPDATE locations SET latitude = 39.7, longitude = -84.2, precision_km = 9, located_by = 'city' WHERE provider = 1"
        )
        db.execute("INSERT INTO serves VALUES (1, 'US-OH', 'Ohio', 'US')")
        db.execute("INSERT INTO related (provider, relation, other) VALUES (1, 'works at', 7), (7, 'has', 1)")
        db.execute(
            "INSERT INTO redirects VALUES (900, 1, 'merged', '2026-11-01'), (901, NULL, 'gone', '2026-11-01'), (902, NULL, 'forgotten', '2026-11-01')"
        )
        insert(db, "changes", id=1, at="2026-11-01T00:00:00Z", provider=1, what="merged", other=900)
        insert(
            db,
            "changes",
            id=2,
            at="2026-11-02T00:00:00Z",
            provider=1,
            what="moved",
            field="address",
            before="1 Elm St",
            after="2 Oak Rd",
        )

    get = visitor(publish(tmp_path / "ldn.db", people, more))
    return lambda address, **options: asyncio.run(get(address, **options))


def test_every_value_has_its_source_page_words_and_dates(asked):
    fields = asked("/provider/1.json").json()["fields"]
    for name in ("name", "phone", "website", "city", "region", "languages", "serves", "latitude"):
        assert fields[name]["shown"], name
        assert all(side["said_by"] or side["found_by"] for side in fields[name]["shown"]), name
    assert fields["languages"]["value"] == ["French"]
    assert fields["languages"]["shown"][0]["said_by"] == [
        {
            "source": "own",
            "title": "Own websites",
            "listing": "own-1",
            "page": LISTS["own"],
            "field": "languages",
            "written": "français",
            "first_confirmed": "2026-10-01T00:00:00Z",
            "last_confirmed": "2026-11-01T00:00:00Z",
            "noted_on": None,
        }
    ]


def test_a_point_that_no_list_states_says_from_what_it_was_found(asked):
    (point,) = asked("/provider/1.json").json()["fields"]["latitude"]["shown"]
    assert (point["value"], point["found_by"]) == (39.7, "city")
    assert {claim["field"] for claim in point["said_by"]} == {"city"}


def test_the_other_values_are_kept_as_also_listed_as(asked):
    found = asked("/provider/1.json").json()
    assert found["also_listed_as"] == ["Dr. A. Example"]
    (other,) = found["fields"]["phone"]["also_listed_as"]
    assert (other["value"], other["said_by"][0]["written"]) == ("+14155550199", "415.555.0199")


def test_each_place_says_where_its_values_are_from(asked):
    (place,) = asked("/provider/1.json").json()["locations"]
    assert place["fields"]["city"]["shown"][0]["said_by"][0]["source"] == "own"


def test_the_page_shows_other_names_differences_relations_and_history(asked):
    page = asked("/provider/1").text
    assert "Also listed as" in page and "Dr. A. Example" in page
    assert "Sources give different phone numbers" in page and "415.555.0199" in page
    assert "Works at" in page and '<a href="/provider/7">Lakeside Clinic</a>' in page
    assert page.index("Moved from") < page.index("Merged with entry 900")
    assert "People who work here" in asked("/provider/7").text


def test_json_answers_for_merged_gone_forgotten_and_unknown_numbers(asked):
    merged = asked("/provider/900.json")
    assert (merged.status_code, merged.headers["location"]) == (301, "/provider/1.json")
    for number, status in ((901, 410), (902, 410), (903, 404)):
        answer = asked(f"/provider/{number}.json")
        assert (answer.status_code, answer.json()["ok"]) == (status, False)


def test_an_answer_that_the_client_has_is_not_sent_again(asked):
    first = asked("/provider/1.json")
    again = asked("/provider/1.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_key_of_the_answer_is_described(asked):
    described = asked("/openapi.json").json()
    content = described["paths"]["/provider/{id}.json"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Entry"}
    assert set(described["components"]["schemas"]["Entry"]["properties"]) == set(asked("/provider/1.json").json())
    assert set(described["components"]["schemas"]["Field"]["required"]) == {"value", "shown", "also_listed_as"}
    json.dumps(described)
