"""The search as programs and browsers ask it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.site.formats.csv_table import cell
from ldn_directory.site.openapi import description
from ldn_directory.site.server.serve import asgi_app


def asked(path: Path, *addresses: str, language: str = "en") -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        app = asgi_app(path, look_every_s=0)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as site:
            return [await site.get(address, headers={"Accept-Language": language}) for address in addresses]

    return asyncio.run(ask())


def test_json_tells_the_place_the_distances_and_how_the_question_was_understood(example_directory):
    (answer,) = asked(example_directory, "/search.json?near=Wellington,+New+Zealand")
    found = answer.json()
    assert found["place"]["name"].startswith("Wellington") and found["place"]["within_km"] == 50
    assert found["total"] == sum(found["group_counts"].values())
    assert found["groups"]["in_person"] == found["group_counts"]["near"]
    for row in found["providers"]:
        assert (row["reach"] == "in_person") == (row["group"] == "near")
        assert row["group"] != "near" or (row["distance_km"] <= 50 and row["precision_km"] > 0)


def test_following_next_gives_everybody_once(example_directory):
    async def all_of_them() -> list[int]:
        given, address = [], "/search.json?size=70&old=yes"
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=asgi_app(example_directory)), base_url="http://127.0.0.1"
        ) as site:
            while address:
                found = (await site.get(address)).json()
                given += [row["id"] for row in found["providers"]]
                address = found["next"]
        return given

    given = asyncio.run(all_of_them())
    assert len(given) == len(set(given)) > 250


def test_csv_and_geojson_say_the_same_as_json(example_directory):
    forms = ("json", "csv", "geojson")
    as_json, as_csv, as_geojson = asked(
        example_directory, *(f"/search.{form}?near=california&size=3" for form in forms)
    )
    ids = [row["id"] for row in as_json.json()["providers"]]
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(as_csv.text))] == ids
    assert [feature["id"] for feature in as_geojson.json()["features"]] == ids
    longitude, latitude = as_geojson.json()["features"][0]["geometry"]["coordinates"]
    assert -125 < longitude < -114 and 32 < latitude < 42
    assert as_csv.headers["link"].startswith("</search.csv?") and as_csv.headers["content-type"].startswith("text/csv")


def test_csv_without_anybody_still_names_its_columns(example_directory):
    (answer,) = asked(example_directory, "/search.csv?q=qqqqqqq")
    assert answer.text.startswith("id,kind,name,") and answer.text.count("\n") == 1


def test_what_a_spreadsheet_would_run_is_text():
    assert [cell(value) for value in ("=1+1", "@x", "+1 512 555 0142", "-5", "-x", "plain", None, 7)] == [
        "'=1+1",
        "'@x",
        "+1 512 555 0142",
        "-5",
        "'-x",
        "plain",
        None,
        7,
    ]


def test_the_same_question_is_answered_the_same_from_memory(example_directory):
    first, second = asked(example_directory, "/search.json?q=pharmacy", "/search.json?q=pharmacy")
    assert first.content == second.content and dict(first.headers) == dict(second.headers)


def test_suggestions_come_quickly_and_are_few(example_directory):
    started = time.perf_counter()
    further = [f"/suggest.json?q=san{number}" for number in range(20)]
    answers = asked(example_directory, "/suggest.json?q=san", *further, "/suggest.json?q=san&kind=place")
    assert time.perf_counter() - started < 10
    suggestions = answers[0].json()["suggestions"]
    assert 0 < len(suggestions) <= 10
    assert {one["kind"] for one in answers[-1].json()["suggestions"]} == {"place"}


def test_the_page_says_what_was_understood_and_shows_distances(example_directory):
    (page,) = asked(example_directory, "/?q=pharmacy+wellington")
    assert "of Wellington" in page.text and "Change" in page.text
    (page,) = asked(example_directory, "/?near=Portland,+Oregon", language="en-AU")
    assert "Within 50 km of Portland: " in page.text and "Elsewhere in the United States: " in page.text
    assert "km away" in page.text and "Nobody near?" not in page.text


def test_places_and_attributions_are_shown(example_directory):
    places, sources = asked(example_directory, "/regions/US", "/sources")
    assert "Oregon" in places.text and "/regions/US-OR" in places.text
    assert "GeoNames" in sources.text and "CC BY 4.0" in sources.text


@pytest.mark.parametrize(
    "address",
    [
        "/search.json?within=-5",
        "/search.csv?kind=dentist",
        "/search.geojson?near=100,0",
        "/search.json?q=" + "x" * 10_000,
    ],
)
def test_programs_are_told_what_was_wrong(example_directory, address):
    (answer,) = asked(example_directory, address)
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"].endswith(".")


def test_a_question_that_takes_too_long_says_so(example_directory, monkeypatch):
    monkeypatch.setattr("ldn_directory.site.search.engine.LIMIT_S", -1.0)
    page, program = asked(example_directory, "/?q=roe", "/search.json?q=roe")
    assert page.status_code == program.status_code == 503
    assert "took too long" in page.text and "took too long" in program.json()["error"]


def test_every_parameter_is_described(example_directory):
    (answer,) = asked(example_directory, "/openapi.json")
    assert answer.json() == json.loads(json.dumps(description()))
    names = {parameter["name"] for parameter in answer.json()["paths"]["/search.json"]["get"]["parameters"]}
    assert {"q", "near", "within", "cursor", "confirmed"} <= names
    assert answer.json()["openapi"] == "3.1.0"


@pytest.fixture(scope="module")
def site(example_directory):
    """The application with a loop of its own, for many questions."""
    loop = asyncio.new_event_loop()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=asgi_app(example_directory)), base_url="http://127.0.0.1"
    )
    yield lambda raw: loop.run_until_complete(client.get(httpx.URL("http://127.0.0.1").copy_with(raw_path=raw)))
    loop.run_until_complete(client.aclose())
    loop.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/", "/search.json", "/search.csv", "/search.geojson", "/suggest.json"]),
    name=st.sampled_from(["q", "near", "within", "kind", "page", "cursor", "sort", "confirmed", "language", "serves"]),
    value=st.binary(max_size=60),
)
def test_any_bytes_in_any_parameter_are_answered_or_refused(site, path, name, value):
    escaped = "".join(f"%{byte:02x}" for byte in value)
    answer = site(f"{path}?{name}={escaped}".encode())
    assert answer.status_code in (200, 400)
