"""Datasette's own pages on a public instance: no value breaks them, none makes them heavy, and nothing of theirs outlives a removal."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from contextlib import closing
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import yaml
from datasette.app import Datasette

from ldn_directory.site.app_state import columns_of
from ldn_directory.site.plugin.stock_limits import MOST_FACETS, OF_ONE_CLIENT, RETRY_AFTER_S, StockLimits
from ldn_directory.site.search import PARAMETERS as SEARCH_PARAMETERS
from ldn_directory.site.server.serve import asgi_app

from .conftest import people as invented_people
from .conftest import publish as publish_directory
from .sites import answers_of

METADATA = yaml.safe_load((Path(__file__).resolve().parents[2] / "metadata.yml").read_text())
LARGE = "9" * 30
HOSTILE = (
    "",
    "x",
    "0",
    "-1",
    "²",
    "１２",
    LARGE,
    "1e309",
    "nan",
    "\0",
    "a\0b",
    "'",
    '"',
    "]",
    "[",
    "{",
    "[[1]]",
    f"[{LARGE}]",
    '["\\ud800"]',
    '{"table": "serves"}',
    '{"table": "serves", "column": "region_code", "value": []}',
    f'{{"table": "serves", "column": "region_code", "value": {LARGE}}}',
    '{"simple": 5}',
    "[" * 1_500,
    "$null,x",
    "1,2,3",
    "~00",
    "%",
    "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
    "name",
    "id",
    "max",
    "on",
    "NEAR(",
    "*",
)
STOCK_PARAMETERS = (
    "_facet",
    "_facet_array",
    "_facet_date",
    "_facet_size",
    "_facet_x",
    "_facetx",
    "_size",
    "_next",
    "_sort",
    "_sort_desc",
    "_sort_by_desc",
    "_through",
    "_where",
    "_json",
    "_json_infinity",
    "_shape",
    "_nl",
    "_labels",
    "_label",
    "_trace",
    "_timelimit",
    "_ttl",
    "_search",
    "_search_name",
    "_search_x",
    "_searchx",
    "_searchmode",
    "_fts_table",
    "_fts_pk",
    "_col",
    "_nocol",
    "_extra",
    "_extras",
    "_nofacet",
    "_nosuggest",
    "_nocount",
    "_stream",
    "_dl",
    "_header",
    "_blob_column",
    "_blob_hash",
    "_filter_column",
    "_filter_op",
    "_filter_value",
    "sql",
    "name",
    "name\0",
    "nocolumn",
    "{c}",
    "id__gt",
    "id__in",
    "id__notin",
    "latitude__lte",
    "sources__arraycontains",
    "name__arraycontains",
    "name__date",
    "name__glob",
    "name__x",
    "__",
)
ROUTES = (
    "/ldn/providers.json",
    "/ldn/providers",
    "/ldn/providers.csv",
    "/ldn/providers.blob",
    "/ldn/serves.json",
    "/ldn/providers_fts.json",
    "/ldn/providers_fts_config.json",
    "/ldn/providers/1.json",
    "/ldn/providers/1",
    "/ldn/providers/1.blob",
    "/ldn/providers_fts_words/name_lengths.blob",
    "/ldn/by_region.json",
    "/ldn/by_region",
    "/ldn/telehealth_for_region.csv",
    "/ldn.json",
    "/ldn",
    "/.json",
)
WRONG = (
    "/ldn/providers.json?_through=x",
    "/ldn/providers.json?_through=[]",
    "/ldn/providers.json?_through={}",
    "/ldn/providers.json?_timelimit=x",
    "/ldn/providers.json?_timelimit=-1",
    "/ldn/providers.json?_facet_size=²",
    "/ldn/providers.json?_facet_size=101",
    "/ldn/providers.json?_facet=nocolumn",
    "/ldn/providers.json?_facet={",
    "/ldn/providers.json?_facetx=name",
    "/ldn/providers.json?_sort=name&_sort_desc=name",
    "/ldn/providers.json?_sort=nocolumn",
    "/ldn/providers.json?_size=²",
    "/ldn/providers.json?_size=1001",
    "/ldn/providers?_size=101",
    "/ldn/providers.json?_next=1,2,3,4&_sort=name",
    "/ldn/providers.json?_shape=x",
    "/ldn/by_region.json?_shape=object",
    "/ldn/providers.json?_col=nocolumn",
    "/ldn/providers.json?_searchx=1",
    "/ldn/providers.json?_searchmode=raw&_search=NEAR(",
    "/ldn/providers.json?_fts_table=nosuch&_search=ada",
    "/ldn/providers.json?_json_infinity=x",
    f"/ldn/providers.json?id__gt={LARGE}",
    f"/ldn/providers.json?id__in=[{LARGE}]",
    "/ldn/providers.json?id__in=[",
    "/ldn/providers.json?na%00me=1",
    "/ldn/providers.json?name=a%00b",
    "/ldn/serves/1.json",
    "/ldn/providers.blob?_blob_column=nocolumn",
    "/ldn/providers/1.blob?_blob_column=listings",
    "/ldn/providers.csv?_timelimit=x",
    "/ldn/providers.csv?_facet_size=²",
)
OWN = (
    "/", "/search.json", "/search.csv", "/search.geojson", "/search.jsonld", "/search.fhir", "/suggest.json", "/map", "/visit",
    "/regions", "/regions/US", "/pharmacies/US-OH", "/changes", "/changes.atom", "/changes.json", "/provider/1", "/provider/1.json",
)  # fmt: skip
OWN_PARAMETERS = (*(one.name for one in SEARCH_PARAMETERS), "pick", "before", "since", "what", "provider")


def public(path: Path):
    """The site as `ldn serve` offers it."""
    return asgi_app(path, look_every_s=0)


def plain(path: Path):
    """The site as `datasette serve ldn.db -m metadata.yml` offers it, with the plugin installed."""
    return Datasette([str(path)], metadata=METADATA).app()


@pytest.fixture(scope="module", params=[public, plain], ids=["ldn serve", "datasette serve"])
def ask(request, tmp_path_factory):
    """Asks one site for addresses, one after the other."""
    app = request.param(publish_directory(tmp_path_factory.mktemp("stock") / "ldn.db", invented_people()))
    with asyncio.Runner() as runner:
        yield lambda *addresses: runner.run(answers_of(app, *addresses))
        if request.param is public:
            runner.run(app.close())


def sentence_of(answer: httpx.Response) -> str:
    return answer.json()["error"] if answer.headers["content-type"].startswith("application/json") else answer.text


def addresses(routes: tuple[str, ...], parameters: tuple[str, ...]) -> list[str]:
    """Every parameter with every hostile value; the addresses take turns."""
    turns = cycle(routes)
    return [f"{next(turns)}?{urlencode({name: value})}" for value in HOSTILE for name in parameters]


def test_no_value_of_any_parameter_is_an_error_of_the_server(ask, request):
    asked = addresses(ROUTES, STOCK_PARAMETERS)
    if "datasette serve" in request.node.name:
        # The same limits as under `ldn serve`: a few values of each parameter, in turn, show that they are at work.
        asked = asked[::7]
    for address, answer in zip(asked, ask(*asked), strict=True):
        assert answer.status_code in (200, 302, 400, 403, 404, 414, 503), (address, answer.status_code)
        assert "Traceback" not in answer.text, address


def test_no_value_of_our_own_pages_parameters_is_an_error_of_the_server(directory):
    asked = addresses(OWN, OWN_PARAMETERS)

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=public(directory))
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            return [await client.get(address) for address in asked]

    for address, answer in zip(asked, asyncio.run(answers()), strict=True):
        assert answer.status_code in (200, 400, 404), (address, answer.status_code)


def test_a_wrong_value_is_refused_in_a_sentence(ask):
    for address, answer in zip(WRONG, ask(*WRONG), strict=True):
        assert answer.status_code == 400, (address, answer.status_code)
        assert " " in sentence_of(answer).strip(), address


def test_a_parameter_named_sql_makes_no_wrong_value_an_error_of_the_server(ask):
    asked = [f"{path}?sql=1&{query}" for path, _, query in (address.partition("?") for address in WRONG)]
    for address, answer in zip(asked, ask(*asked), strict=True):
        # `sql` is also read as a filter that no row passes, so SQLite never evaluates the search.
        assert answer.status_code == (200 if "NEAR(" in address else 400), (address, answer.status_code)


def test_a_request_has_at_most_six_facets_with_those_of_the_table(ask):
    three = "_facet=telehealth&_facet=evidence&_facet_array=sources"
    fits, repeated, too_many, html = ask(
        f"/ldn/providers.json?{three}",
        f"/ldn/providers.json?{three}&_facet=country&_facet=country&_facet=telehealth",
        f"/ldn/providers.json?{three}&_facet=city",
        f"/ldn/providers?{three}&_facet=city",
    )
    assert len(fits.json()["facet_results"]) == len(repeated.json()["facet_results"]) == MOST_FACETS
    assert too_many.status_code == html.status_code == 400
    assert "at most 6 facets" in sentence_of(too_many)


def test_the_first_screen_of_the_table_has_facets_by_country_region_and_kind(ask):
    (page,) = ask("/ldn/providers.json")
    assert list(page.json()["facet_results"]) == ["country", "region", "kind"]
    html, style = ask("/ldn/providers", "/static/table.css")
    assert 'href="/static/table.css"' in html.text and "order: 1" in style.text
    facets, rows = (html.text.index(f'class="{name}') for name in ("facet-results", "rows-and-columns"))
    assert facets < rows


def test_a_facet_on_every_column_is_refused_and_a_long_address_too(ask):
    columns = METADATA["databases"]["ldn"]["tables"]["providers"]["columns"]
    everything, long, junk = ask(
        "/ldn/providers?_facet_size=max&" + urlencode([("_facet", column) for column in columns]),
        "/ldn/providers?name__not=" + "x" * 2_048,
        "/ldn/providers?_xsql=" + "x" * 2_048,
    )
    assert (everything.status_code, long.status_code, junk.status_code) == (400, 414, 414)


def test_no_answer_can_be_kept_without_asking_again(ask):
    for answer in ask(
        "/ldn/providers.json?_ttl=31536000",
        "/ldn/providers?_ttl=9",
        "/ldn/providers/1?_ttl=9",
        "/ldn/providers.csv?_ttl=9",
    ):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


FORMULAS = ("=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1,1)", "＝1+1", "＋a", "－a", "＠a", "'=1", 'say "=1",\r\n=2')
MARKED = tuple(f"'{text}" for text in FORMULAS[:-1]) + FORMULAS[-1:]


@pytest.mark.parametrize("app", [public, plain])
@pytest.mark.parametrize("query", ["_size=max", "_size=max&_dl=on", "_stream=on&_size=1", "_labels=on&_header=off"])
def test_csv_marks_what_a_spreadsheet_would_run(app, query, tmp_path, people, publish):
    rows = [people[0] | {"id": number, "name": name} for number, name in enumerate(FORMULAS, start=1)]
    path = publish(tmp_path / "ldn.db", rows)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            return await client.get(f"/ldn/providers.csv?_sort=id&{query}")

    answer = asyncio.run(asked())
    if "_stream" in query and app is public:
        assert answer.status_code == 400
        return
    found = list(csv.reader(io.StringIO(answer.text, newline="")))
    names = [record[2] for record in found if record[0] != "id"]
    assert names == list(MARKED)
    assert {record[6] for record in found if record[0] != "id"} == {"+14155550101"}


def test_one_client_cannot_fill_the_queue_and_is_told_when_to_come_again(directory):
    app = public(directory)

    async def together() -> tuple[list[httpx.Response], httpx.Response, float]:
        def client(address: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app=app, client=(address, 1))
            return httpx.AsyncClient(transport=transport, base_url="http://directory.example")

        async with client("192.0.2.1") as eager, client("192.0.2.2") as other:
            await eager.get("/ldn/providers")
            many = [asyncio.ensure_future(eager.get(f"/ldn/providers?_facet=city&n={n}")) for n in range(20)]
            await asyncio.sleep(0)
            patient = await other.get("/ldn/providers")
            return await asyncio.gather(*many), patient

    answers, patient = asyncio.run(together())
    statuses = [answer.status_code for answer in answers]
    assert patient.status_code == 200
    assert statuses.count(200) >= OF_ONE_CLIENT and set(statuses) == {200, 503}
    assert {answer.headers.get("retry-after") for answer in answers if answer.status_code == 503} == {RETRY_AFTER_S}


@pytest.mark.parametrize(
    ("path", "query", "is_streamed"),
    [
        ("/ldn/providers.csv", "_stream=on", True),
        ("/ldn/providers.csv", "name=_stream=on", False),
        ("/ldn/providers.csv", "x_stream=on", False),
        ("/ldn/providers.json", "_stream=on", False),
        ("/ldn/providers", "_stream=on", False),
    ],
)
def test_only_a_csv_that_datasette_streams_is_not_made_in_a_thread_of_its_own(directory, path, query, is_streamed):
    made_here = []

    async def noted(scope, receive, send):
        made_here.append(asyncio.get_running_loop())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def asked(datasette: Datasette) -> bool:
        transport = httpx.ASGITransport(app=StockLimits(datasette, noted))
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            await client.get(f"{path}?{query}")
        return made_here.pop() is asyncio.get_running_loop()

    assert asyncio.run(asked(Datasette([str(directory)]))) is is_streamed
    assert not asyncio.run(asked(Datasette([str(directory)], settings={"allow_csv_stream": False})))


def test_sql_of_visitors_cannot_make_huge_values(directory):
    async def asked(app, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            return await client.get(path)

    for app in (asgi_app(directory, look_every_s=0, allow_sql=True), plain(directory)):
        fits, huge = (
            asyncio.run(asked(app, f"/ldn.json?_shape=array&sql=select+length(zeroblob({size}))+as+n"))
            for size in (9_000_000, 50_000_000)
        )
        assert fits.json() == [{"n": 9_000_000}]
        assert (huge.status_code, huge.json()["ok"]) == (400, False)


def test_the_index_of_words_may_be_longer_than_values_of_sql(example_directory):
    with closing(sqlite3.connect(example_directory)) as db:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 100)
        with pytest.raises(sqlite3.DataError):
            db.execute("SELECT content FROM providers_fts_words").fetchall()
        assert columns_of(Datasette([str(example_directory)]), db).size
        assert db.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == 100


def test_turns_are_given_back_after_errors_and_refusals(ask):
    answers = ask(
        *["/ldn/providers.json?_through=x", "/ldn/nosuch", "/ldn/providers/1.blob?_blob_column=id"] * 10,
        "/ldn/providers",
    )
    assert answers[-1].status_code == 200
