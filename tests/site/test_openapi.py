"""The description is true: every operation is asked of a served directory, and its answers are held against what is described."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from schemathesis import GenerationMode

from ldn_directory.publish.packages import package
from ldn_directory.site import openapi
from ldn_directory.site.formats import FORMATS
from ldn_directory.site.pages import ROUTES
from ldn_directory.site.search import FACETS, suggestions
from ldn_directory.site.search.parameters import ALLOWED
from ldn_directory.site.server.serve import asgi_app

from .conftest import people as invented_people
from .conftest import publish as publish_directory
from .sites import answer_of

pytestmark = pytest.mark.anyio
OPERATIONS = [(path, stated["get"]) for path, stated in openapi.description()["paths"].items()]
BY_NAME = {stated["operationId"]: (path, stated) for path, stated in OPERATIONS}


PARTS_OF_PAGES = ("/static/", "/outlines/", "/map/")


def more(db) -> None:
    """Entries that were merged, are gone or forgotten, and one of everything else that an answer can hold."""
    db.execute(
        "INSERT INTO redirects VALUES (801, 1, 'merged', '2026-11-01T00:00:00Z'), (802, NULL, 'forgotten', '2026-11-01T00:00:00Z')"
    )
    db.execute("INSERT INTO verifications VALUES (1, 'nppes', 'active', '1', 0.98, '{}', '2026-11-01T00:00:00Z', NULL)")
    db.execute(
        "INSERT INTO verifications VALUES (1, 'state', 'check here', NULL, NULL, NULL, NULL, 'https://register.example.org/')"
    )
    db.execute("INSERT INTO serves VALUES (1, 'US-OH', 'Ohio', 'US'), (9, 'US-OH', 'Ohio', 'US')")
    db.execute("INSERT INTO related VALUES (1, 7, 'works at'), (7, 1, 'has')")
    db.execute("UPDATE regions SET telehealth_providers = 2 WHERE code = 'US-OH'")
    db.execute("UPDATE providers SET latitude = 39.76, longitude = -84.19, precision_km = 5 WHERE id = 1")
    db.execute("UPDATE locations SET latitude = 39.76, longitude = -84.19, precision_km = 5 WHERE provider = 1")
    for number, what in enumerate(("added", "changed", "forgotten"), start=1):
        listed = ("harbour", f"{1:016x}", 1) if what != "forgotten" else (None, None, 802)
        db.execute(
            "INSERT INTO changes (id, at, source, listing, provider, what) VALUES (?, '2026-11-01T00:00:00Z', ?, ?, ?, ?)",
            (number, *listed, what),
        )


@pytest.fixture(scope="module")
def anyio_backend():
    """One event loop for all tests here, as they ask one site."""
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
def reached():
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDN_CONTACT", "keeper@example.org")
        yield


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = publish_directory(tmp_path_factory.mktemp("api") / "ldn.db", invented_people(), more)
    package(path)
    return path


@pytest.fixture(scope="module")
async def visit(anyio_backend, directory):
    site = asgi_app(directory, look_every_s=0)
    yield partial(answer_of, site)
    await site.close()


@cache
def validator_of(pointer: str) -> Draft202012Validator:
    """Checks values against the schema at a place in the description."""
    registry = Registry().with_resource(
        "urn:api",
        Resource.from_contents(openapi.description() | {"$schema": "https://json-schema.org/draft/2020-12/schema"}),
    )
    return Draft202012Validator(
        {"$ref": f"urn:api#{pointer}"}, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def pointer(*parts: str) -> str:
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def hold(path: str, answer) -> None:
    """Fails unless the answer is one that the operation describes: status, headers, media type, and what it says."""
    responses = openapi.description()["paths"][path]["get"]["responses"]
    place = ("paths", path, "get", "responses", str(answer.status_code))
    stated = responses[str(answer.status_code)]
    if name := stated.get("$ref"):
        place = ("components", "responses", name.rpartition("/")[2])
        stated = openapi.description()["components"]["responses"][place[2]]
    optional = {"Link"}
    missing = {name for name in stated.get("headers", {}) if name not in answer.headers} - optional
    assert not missing, f"{path} {answer.status_code} lacks {missing}"
    if not (contents := stated.get("content")):
        assert not answer.content
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in contents, f"{path} {answer.status_code}: {kind}"
    if kind.endswith("json"):
        validator_of(pointer(*place, "content", kind, "schema")).validate(json.loads(answer.text))


def filled(path: str, directory) -> str:
    manifest = json.loads((directory.parent / "downloads" / "manifest.json").read_text())
    return path.replace("{id}", "1").replace("{file}", manifest["files"][0]["name"]).replace("{part}", "pages")


def test_the_description_is_valid_openapi_and_so_are_its_schemas():
    stated = json.loads(json.dumps(openapi.description()))
    OpenAPIV31SpecValidator(stated).validate()
    for schema in stated["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = [one["operationId"] for _, one in OPERATIONS]
    assert len(names) == len(set(names))


def test_numbers_and_names_in_the_file_are_those_of_the_code():
    schemas = openapi.description()["components"]["schemas"]
    assert tuple(schemas["Found"]["properties"]["facets"]["properties"]) == FACETS
    assert set(schemas["Regions"]["properties"]["regions"]["items"]["properties"]["providers"]["properties"]) == set(
        ALLOWED["kind"]
    )
    assert schemas["Suggested"]["properties"]["suggestions"]["maxItems"] == suggestions.MOST
    for number in (suggestions.MOST, suggestions.MOST_TYPED):
        assert f" {number} " in BY_NAME["suggest"][1]["summary"]
    for form in FORMATS:
        assert f"at most {form.most_rows} entries" in BY_NAME[f"search_{form.extension}"][1]["description"]
        for name in (f"search_{form.extension}", f"provider_{form.extension}", "provider"):
            assert form.media_type.partition(";")[0] in BY_NAME[name][1]["responses"]["200"]["content"]


@pytest.mark.parametrize(("path", "stated"), OPERATIONS, ids=list(BY_NAME))
async def test_every_operation_answers_as_described(visit, directory, path, stated):
    for address in (filled(path, directory), *(example.replace("{id}", "1") for example in stated["x-examples"])):
        answer = await visit(address)
        assert answer.status_code in (200, 302), address
        hold(path, answer)
        if tag := answer.headers.get("etag"):
            again = await visit(address, headers={"If-None-Match": tag})
            assert again.status_code == 304
            hold(path, again)


@pytest.mark.parametrize(("path", "stated"), OPERATIONS, ids=list(BY_NAME))
async def test_head_of_every_operation_is_get_without_the_bytes(visit, directory, path, stated):
    asked = filled(path, directory)
    plain = {"Accept-Encoding": "identity"}
    whole, head = await visit(asked, headers=plain), await visit(asked, "HEAD", plain)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers.get("etag") == whole.headers.get("etag")
    assert int(head.headers.get("content-length", 0)) == len(whole.content)


@pytest.mark.parametrize("path", [path for path, _ in OPERATIONS if "{id}" in path])
async def test_what_was_merged_taken_out_or_never_there_is_answered_as_described(visit, path):
    for number, status in (("801", 301), ("802", 410), ("999", 404)):
        answer = await visit(path.replace("{id}", number))
        assert answer.status_code == status
        hold(path, answer)
    merged = await visit(path.replace("{id}", "801"))
    assert merged.headers["location"] == path.replace("{id}", "1")


def wrong_values() -> list[tuple[str, str, str]]:
    """Of every operation a value that each parameter does not allow."""
    found = []
    for path, stated in OPERATIONS:
        for one in stated["parameters"]:
            schema = one["schema"]
            if (
                one["in"] == "query"
                and "400" in stated["responses"]
                and {"enum", "minimum", "pattern", "maxLength"} & set(schema)
            ):
                limited = "maxLength" in schema and "pattern" not in schema
                found.append((path, one["name"], "x" * (schema["maxLength"] + 1) if limited else "~wrong~"))
    return found


@pytest.mark.parametrize(("path", "name", "value"), wrong_values())
async def test_a_value_that_the_schema_does_not_allow_is_refused_as_described(visit, path, name, value):
    answer = await visit(f"{path}?{name}={value}")
    assert answer.status_code == 400
    hold(path, answer)


@pytest.mark.parametrize(("path", "stated"), OPERATIONS, ids=list(BY_NAME))
async def test_every_value_that_an_enumeration_allows_is_answered(visit, path, stated):
    for one in stated["parameters"]:
        for value in one["schema"].get("enum", ()):
            answer = await visit(f"{path}?{one['name']}={value}")
            # Of nobody there is no file of cards.
            is_nobody = (
                path.endswith(".vcf") and not (await visit(f"/search.json?{one['name']}={value}")).json()["total"]
            )
            assert answer.status_code == (404 if is_nobody else 200), (one["name"], value)
            hold(path, answer)


async def test_a_form_that_does_not_exist_is_refused_as_described(visit):
    answer = await visit("/provider/1", headers={"Accept": "application/x-tar"})
    assert answer.status_code == 406
    hold("/provider/{id}", answer)


@pytest.mark.parametrize("kind", list(BY_NAME["provider"][1]["responses"]["200"]["content"]))
async def test_an_entry_is_given_in_each_described_form_that_accept_names(visit, kind):
    answer = await visit("/provider/1", headers={"Accept": kind})
    assert answer.headers["content-type"].partition(";")[0] == kind
    hold("/provider/{id}", answer)


@pytest.mark.parametrize("name", ["download", "database"])
async def test_parts_of_files_are_answered_as_described(visit, directory, name):
    path, _ = BY_NAME[name]
    for wanted, status in (("bytes=0-9", 206), ("bytes=999999999-", 416)):
        answer = await visit(filled(path, directory), headers={"Range": wanted})
        assert answer.status_code == status
        hold(path, answer)


async def test_without_a_directory_and_under_haste_the_refusals_are_those_described(visitor, tmp_path):
    unprepared = visitor(tmp_path / "none.db")
    hurried = visitor(tmp_path / "none.db", rate=0.001)
    for path, stated in OPERATIONS:
        answer = await unprepared(path.replace("{id}", "1").replace("{file}", "x").replace("{part}", "1"))
        if answer.status_code == 503:
            hold(path, answer)
        else:
            assert stated["operationId"] in ("robots", "security", "openapi", "status")
    answers = [await hurried("/search.json") for _ in range(200)]
    assert answers[-1].status_code == 429
    hold("/search.json", answers[-1])


@pytest.fixture(scope="module")
def described_api(directory):
    return schemathesis.openapi.from_asgi("/openapi.json", asgi_app(directory))


def modes() -> list[tuple[str, GenerationMode]]:
    """Every operation with requests that it describes, and those with checked parameters also with requests that it does not."""
    limited = [path for path, stated in OPERATIONS if any(one["in"] != "header" for one in stated["parameters"])]
    every = [(path, GenerationMode.POSITIVE) for path, _ in OPERATIONS]
    return every + [(path, GenerationMode.NEGATIVE) for path in limited]


@pytest.mark.parametrize(("path", "mode"), modes())
def test_requests_made_from_the_description_are_answered_as_it_says(described_api, path, mode):
    cases = described_api[path]["GET"].as_strategy(generation_mode=mode)

    @settings(max_examples=20, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases)
    def ask(case):
        case.call_and_validate()

    ask()


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/search.json", "/search.json?within=12.345678901234567", 200),
        ("/search.json", "/search.json?size=5.0", 200),
        ("/search.fhir", "/search.fhir?size=101", 200),
        ("/search.json", "/search.json?source=&serves=&kind=&within=", 200),
        ("/search.json", "/search.json?evidence=%C2%85", 400),
        ("/changes.json", "/changes.json?source=&since=", 200),
        ("/changes.json", "/changes.json?since=c4-and-more", 400),
        ("/changes.json", "/changes.json?since=in-2026-11-01", 400),
        ("/changes.json", "/changes.json?since=2026-11-31", 400),
        ("/changes.json", "/changes.json?since=2026-11-01T24:00Z", 400),
        ("/provider/{id}", "/provider/a%2Cb", 404),
        ("/provider/{id}.json", "/provider/a%2Cb.json", 404),
        ("/sitemap-{part}.xml", "/sitemap-a%2Cb.xml", 404),
        ("/download/{file}", "/download/" + "%2C" * 101, 404),
    ],
)
async def test_what_once_differed_from_the_description_is_answered_as_it_says(visit, path, address, status):
    answer = await visit(address)
    assert answer.status_code == status
    hold(path, answer)
    [parameter] = [
        one for one in openapi.description()["paths"][path]["get"]["parameters"] if f"?{one['name']}=" in address
    ] or [None]
    value = address.partition("=")[2]
    if parameter and value and "pattern" in parameter["schema"] and "&" not in value:
        assert bool(re.search(parameter["schema"]["pattern"], value)) == (status == 200)


def test_every_address_for_programs_is_described():
    described = {
        path.replace("{part}", part).replace("{id}", "1").replace("{file}", "x")
        for path, _ in OPERATIONS
        for part in ("1", "pages")
    }
    for pattern, _ in ROUTES:
        if re.search(r"\\\.|^/download/", pattern) and not pattern.startswith(PARTS_OF_PAGES):
            assert any(re.fullmatch(pattern, path) for path in described), pattern


def test_the_reference_names_every_address_and_parameter():
    reference = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    for path, stated in OPERATIONS:
        stem, extension = re.fullmatch(r"(.*?)(\.\w+)?", path).groups()
        assert f"`{path}`" in reference or (stem in reference and f"`{extension}`" in reference), path
        for one in stated["parameters"]:
            assert f"`{one['name']}`" in reference or one["in"] != "query", one["name"]
            assert all(f"`{value}`" in reference for value in one["schema"].get("enum", ()) if value), one["name"]


async def test_every_example_on_the_page_gives_something(visit):
    page = (await visit("/api")).text
    examples = re.findall(r'<li><a href="([^"]+)"><code>', page)
    assert len(examples) > 20
    for address in examples:
        answer = await visit(address.replace("&amp;", "&"))
        assert answer.status_code == 200 and answer.content, address


async def test_datasettes_pages_lead_on_to_the_last_one(visit, people):
    address, numbers = "/ldn/providers.json?_size=3&_shape=objects&_sort=id", []
    while address:
        page = json.loads((await visit(address)).text)
        numbers += [row["id"] for row in page["rows"]]
        address = page["next_url"] and page["next_url"].removeprefix("http://directory.example")
    assert numbers == [row["id"] for row in people]


async def test_datasettes_facets_count_what_is_there(visit):
    found = json.loads((await visit("/ldn/providers.json?_facet=region&_size=0")).text)
    counts = {one["value"]: one["count"] for one in found["facet_results"]["region"]["results"]}
    assert (counts["Ohio"], counts["Oregon"], found["rows"]) == (2, 2, [])
