"""Who is answered, in which language and form, and what need not be sent again."""

from __future__ import annotations

import asyncio
import gzip

import httpx
import pytest

from ldn_directory.site.i18n.locale import reader_for
from ldn_directory.site.server import middleware
from ldn_directory.site.server.rate_limit import BURST_S, MAX_AT_ONCE, RateLimit
from ldn_directory.site.server.serve import asgi_app, public_app

from .sites import answers_of

ADDRESSES = [
    "/",
    "/provider/1",
    "/regions",
    "/regions/US",
    "/regions/US-OH",
    "/regions.json",
    "/pharmacies",
    "/pharmacies/US",
    "/map",
    "/map/US",
    "/sources",
    "/changes",
    "/changes.atom",
    "/changes.json",
    "/about",
    "/privacy",
    "/removal",
    "/api",
    "/openapi.json",
    "/download",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/sitemap-1.xml",
    "/robots.txt",
    "/suggest.json?q=ada",
    "/static/style.css",
    *(f"/search.{form}" for form in ("json", "csv", "geojson", "jsonld", "fhir", "vcf")),
    *(f"/provider/1.{form}" for form in ("json", "csv", "geojson", "jsonld", "fhir", "vcf")),
    "/ldn",
    "/ldn.json",
    "/ldn.db",
    "/ldn/providers",
    "/ldn/providers.json",
    "/ldn/providers.csv",
    "/ldn/providers/1",
    "/ldn/listings",
    "/ldn/claims.json",
    "/ldn/changes",
    "/ldn/regions",
    "/de/",
    "/es/sources",
    "/en/provider/2",
]
HTML = "text/html; charset=utf-8"


def client_of(app, address="203.0.113.7", **headers):
    transport = httpx.ASGITransport(app=app, client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://directory.example", headers=headers)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5,es;q=0.7", "es"),
        ("fr,nl;q=0.9", "en"),
        ("fr;q=0.9, es;q=0.1", "es"),
        ("de;q=0, es;q=0.2", "es"),
        ("*", "en"),
        ("DE", "de"),
        ("de;q=x", "en"),
        (",,;;==", "en"),
        ("x" * 9_000, "en"),
    ],
)
def test_the_browser_s_languages_decide_by_their_quality(kept_site, header, language):
    (page,) = kept_site.ask(("GET", "/about", {"accept-language": header}))
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text


def test_a_language_stated_by_the_address_goes_before_the_browser_s(kept_site):
    german, english = kept_site.ask(
        *(("GET", path, {"accept-language": "es-MX"}) for path in ("/de/about", "/en/about"))
    )
    assert (german.headers["content-language"], english.headers["content-language"]) == ("de", "en")
    assert 'href="/de/regions"' in german.text


def test_the_country_of_the_browser_s_language_is_kept_beside_the_address_s_language():
    assert reader_for("en;q=0.9, de-CH;q=0.4", "/de").locale == "de_CH"
    assert reader_for("en-US", "/de").locale == "de"
    assert reader_for("en-XX").locale == "en_001"


def test_what_a_header_may_leave_in_memory_is_short():
    assert reader_for("es," + "x" * 60_000) is reader_for("es," + "x" * 70_000)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/json;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv"),
        ("application/geo+json", "application/geo+json"),
        ("application/ld+json", "application/ld+json"),
        ("application/fhir+json", "application/fhir+json"),
        ("text/vcard", "text/vcard"),
        ("text/html;q=0.2, application/json;q=0.3", "application/json"),
        ("image/avif, application/json; charset=utf-8", "application/json"),
        ("application/*", "application/json"),
        ("text/html;q=0, */*", "application/json"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/provider/1", "/de/provider/1"])
def test_accept_chooses_the_form(kept_site, path, accept, kind):
    (answer,) = kept_site.ask(("GET", path, {"accept": accept}))
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert {"Accept", "Accept-Language", "Accept-Encoding"} <= set(answer.headers["vary"].split(", "))


def test_a_form_that_nobody_has_is_406_and_says_which_there_are(kept_site):
    (answer,) = kept_site.ask(("GET", "/provider/1", {"accept": "image/png, application/json;q=0"}))
    assert answer.status_code == 406
    assert "application/fhir+json" in answer.text and "text/vcard" in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_has_a_tag_a_304_and_a_head(kept_site, address):
    plain = {"accept-encoding": "identity"}
    answer, head = kept_site.ask(("GET", address, plain), ("HEAD", address, plain))
    assert answer.status_code == head.status_code == 200
    assert head.content == b""
    if not answer.headers["etag"].startswith("W/"):  # else it tells how long it took
        assert head.headers["content-length"] == str(len(answer.content))
    assert head.headers["etag"].removeprefix("W/") == answer.headers["etag"].removeprefix("W/")
    known = (answer.headers["etag"], f'"other", W/{answer.headers["etag"].removeprefix("W/")}', "*", '"other"')
    # Another process over the same file gives the same tags.
    *unchanged, changed = asyncio.run(
        answers_of(
            asgi_app(kept_site.directory, look_every_s=0),
            *((method, address, plain | {"if-none-match": tag}) for tag in known for method in ("HEAD", "GET")),
        )
    )
    assert changed.status_code == unchanged.pop().status_code == 200
    assert [(one.status_code, one.content) for one in unchanged] == [(304, b"")] * 6
    assert not any({"content-length", "content-type"} & one.headers.keys() for one in unchanged)


def test_the_compressed_form_has_a_tag_of_its_own(kept_site):
    plain, packed = kept_site.ask(
        *(("GET", "/about", {"accept-encoding": coding}) for coding in ("identity", "br, gzip;q=0.5"))
    )
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 5, mtime=0)) < len(plain.content)


@pytest.mark.parametrize(
    "coding", ["", "identity", "gzip;q=0", "gzip; q=0.000", "br", "*;q=0", "notgzip", "gzip;q=0, *"]
)
def test_what_a_client_does_not_take_is_not_sent(kept_site, coding):
    (page,) = kept_site.ask(("GET", "/about", {"accept-encoding": coding}))
    assert "content-encoding" not in page.headers


def test_pages_of_other_origins_may_read_and_may_ask_whether(kept_site):
    asked = {"origin": "https://other.example", "access-control-request-method": "GET"}
    *answers, preflight = kept_site.ask(
        *("/", "/ldn/providers.json", "/search.fhir", "/ldn.db", "/nowhere", "/provider/1.json"),
        ("OPTIONS", "/search.json", asked),
    )
    assert [answer.headers.get_list("access-control-allow-origin") for answer in answers] == [["*"]] * len(answers)
    assert not any("access-control-allow-credentials" in answer.headers for answer in answers)
    assert preflight.status_code == 204 and preflight.headers["access-control-allow-methods"] == "GET, HEAD"


def test_an_answer_that_was_kept_is_for_the_same_language_and_host_only(kept_site):
    first, german, stated, other, again = kept_site.ask(
        ("GET", "/regions", {}),
        ("GET", "/regions", {"accept-language": "de"}),
        "/de/regions",
        ("GET", "/regions", {"host": "other.example"}),
        ("GET", "/regions", {}),
    )
    assert [page.headers["content-language"] for page in (first, german, stated, other, again)] == [
        "en",
        "de",
        "de",
        "en",
        "en",
    ]
    assert 'href="/de/map"' in stated.text and 'href="/de/map"' not in german.text
    assert again.text == first.text
    assert "other.example" not in again.text


def test_a_question_mark_in_a_path_is_not_the_beginning_of_a_query(kept_site):
    kept, other = kept_site.ask("/regions/US?a?", "/regions/US%3Fa")
    assert kept.status_code == 200
    assert other.status_code != 200


def test_an_address_that_is_encoded_without_need_is_the_same_one(kept_site):
    answers = kept_site.ask("/provider/%31", "/regions/US%2DOH", "/de/ab%6Fut", "/provider/a%2Cb", "/sitemap-%2F.xml")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 404]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/ldn/providers", "/provider/1.json", "/-/settings", "/de/"])
def test_the_site_is_only_for_reading(kept_site, method, path):
    (answer,) = kept_site.ask((method, path, {}))
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_too_long_an_address_is_414(kept_site):
    for address in ("/?q=" + "x" * middleware.MAX_ADDRESS_BYTES, "/" + "x" * middleware.MAX_ADDRESS_BYTES):
        (answer,) = kept_site.ask(address)
        assert answer.status_code == 414


def test_a_client_over_its_rate_waits_and_others_do_not(directory, monkeypatch):
    # Five at once, and ten seconds until the next, so that a slow machine gives the same.
    monkeypatch.setattr("ldn_directory.site.server.rate_limit.BURST_S", 50.0)

    async def ask():
        app = asgi_app(directory, rate=0.1)
        async with client_of(app) as eager, client_of(app, "203.0.113.8") as other:
            first = [await eager.get("/robots.txt") for _ in range(6)]
            return first, await other.get("/robots.txt")

    answers, other = asyncio.run(ask())
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert other.status_code == 200


def test_a_proxy_of_the_own_network_is_not_taken_for_one_eager_visitor(directory):
    async def ask(**headers):
        async with client_of(asgi_app(directory, rate=0.2), "10.0.0.5", **headers) as client:
            return {(await client.get("/robots.txt")).status_code for _ in range(6)}

    assert asyncio.run(ask(**{"x-forwarded-for": "203.0.113.7"})) == {200}
    assert asyncio.run(ask()) == {200, 429}


def test_a_header_does_not_free_a_client_of_the_internet_from_its_rate(directory):
    async def ask():
        async with client_of(asgi_app(directory, rate=0.2), "1.1.1.1", **{"x-forwarded-for": "10.0.0.1"}) as client:
            return {(await client.get("/robots.txt")).status_code for _ in range(6)}

    assert 429 in asyncio.run(ask())


def test_tokens_come_back_with_time_and_never_more_than_a_burst():
    now = [0.0]
    limiter = RateLimit(_never_answers, 2.0, now=lambda: now[0])

    def admitted() -> int:
        count = 0
        while limiter.admit("203.0.113.7"):
            limiter.leave("203.0.113.7")
            count += 1
        return count

    assert admitted() == 2 * BURST_S
    now[0] += 3
    assert admitted() == 6
    now[0] += 10_000
    assert admitted() == 2 * BURST_S


def test_an_ipv6_client_is_its_network_of_64_bits():
    limiter = RateLimit(_never_answers, 0.1, now=lambda: 0.0)
    assert limiter.admit("2001:db8:1:2::1")
    assert not limiter.admit("2001:db8:1:2:ffff::9")
    assert limiter.admit("2001:db8:1:3::1")
    assert limiter.admit("203.0.113.7")
    assert not limiter.admit("::ffff:203.0.113.7")


def test_a_client_has_so_many_answers_under_way_at_most():
    limiter = RateLimit(_never_answers, 1_000.0, now=lambda: 0.0)
    assert all(limiter.admit("203.0.113.7") for _ in range(MAX_AT_ONCE))
    assert not limiter.admit("203.0.113.7")
    limiter.leave("203.0.113.7")
    assert limiter.admit("203.0.113.7")


def test_nothing_of_an_address_is_in_memory_and_two_processes_call_it_differently():
    one, other = RateLimit(_never_answers, 1.0), RateLimit(_never_answers, 1.0)
    for limiter in (one, other):
        limiter.admit("203.0.113.7")
    (kept,) = one._clients
    assert b"203" not in kept and kept not in other._clients


def test_clients_without_number_are_forgotten(monkeypatch):
    monkeypatch.setattr("ldn_directory.site.server.rate_limit.MAX_CLIENTS", 3)
    limiter = RateLimit(_never_answers, 1.0, now=lambda: 0.0)
    assert all(limiter.admit(f"203.0.113.{number}") for number in range(9))
    assert len(limiter._clients) == 3
    limiter.leave("203.0.113.1")


async def _never_answers(scope, receive, send):
    await asyncio.Event().wait()


def test_an_answer_that_does_not_come_is_503_after_the_limit_and_gives_its_place_back(monkeypatch):
    monkeypatch.setattr(middleware, "TIME_LIMIT_S", 0.01)
    monkeypatch.setattr("ldn_directory.site.server.rate_limit.MAX_AT_ONCE", 1)

    async def ask():
        async with client_of(public_app(_never_answers, rate=100.0)) as client:
            return [await client.get("/") for _ in range(2)]

    for answer in asyncio.run(ask()):
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
        assert "too long" in answer.text


_SECRET = "Ada Example in Dayton"


async def _fails(scope, receive, send):
    raise RuntimeError(_SECRET)


def test_a_fault_of_ours_is_a_page_and_the_log_has_nothing_of_what_was_asked(caplog):
    async def ask():
        async with client_of(public_app(_fails)) as client:
            return await client.get("/?q=Dayton")

    answer = asyncio.run(ask())
    assert answer.status_code == 500 and "content-security-policy" in answer.headers
    assert "Ada Example" not in answer.text and "Dayton" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("address", ["/de//nowhere.example/", "/de/?q=" + "x" * 17_000])
def test_a_refusal_speaks_the_language_of_the_address_and_repeats_little_of_it(kept_site, address):
    (told,) = kept_site.ask(("GET", address, {}))
    assert (
        told.status_code in (404, 414)
        and 'lang="de"' in told.text
        and "/de/de" not in told.text
        and len(told.text) < 20_000
    )
