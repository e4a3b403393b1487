"""Safe headers on every answer; redirects, paths, hosts and bytes that are meant to trick the site."""

from __future__ import annotations

import asyncio
import re
import socket
from base64 import b64encode
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from ldn_directory.site.plugin.middleware import HEADERS
from ldn_directory.site.server.serve import asgi_app

ADDRESSES = [
    "/",
    "/de/",
    "/provider/1",
    "/provider/1.json",
    "/provider/99",
    "/regions/US",
    "/map",
    "/sources",
    "/changes.atom",
    "/search.csv",
    "/openapi.json",
    "/sitemap.xml",
    "/robots.txt",
    "/static/style.css",
    "/static/none.css",
    "/ldn",
    "/ldn/",
    "/ldn.db",
    "/ldn/providers",
    "/ldn/providers.json",
    "/ldn/nothing",
    "/ldn?sql=select+1",
    "/-/settings",
    "/-/static/app.css",
    "/-/static/none",
    "/nowhere",
    "/?page=0",
    "/search.nothing",
]
EXPECTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
}
# What the OWASP Secure Headers Project lists as telling of the software behind a site.
TELLING = ("server", "x-powered-by", "x-aspnet-version", "via", "x-generator", "x-runtime", "x-databases", "set-cookie")


def asked(directory, *requests, **options):
    """(method, address, headers) or an address, one after the other, asked of one site."""

    async def ask():
        transport = httpx.ASGITransport(
            app=asgi_app(directory, look_every_s=0, **options), client=("203.0.113.7", 50_000)
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
            return [await client.request(*one[:2], headers=one[2]) for one in _whole(requests)]

    return asyncio.run(ask())


def _whole(requests):
    return [one if isinstance(one, tuple) else ("GET", one, {}) for one in requests]


def raw(directory, path, **headers):
    """An address as it stands on the wire, which clients would tidy up: (status, headers, body)."""

    async def ask():
        app, sent = asgi_app(directory, look_every_s=0), []
        named = [(b"host", b"directory.example"), *((name.encode(), value.encode()) for name, value in headers.items())]
        line, _, query = path.partition(b"?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": unquote(line.decode("latin-1")),
            "raw_path": line,
            "query_string": query,
            "headers": named,
            "scheme": "http",
            "client": ("203.0.113.7", 1),
            "http_version": "1.1",
            "asgi": {"version": "3.0"},
        }

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b""}

        await app(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])

    return asyncio.run(ask())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_answer_has_every_safe_header_once_and_says_how_it_may_be_kept(directory, method):
    for answer in asked(directory, *((method, address, {}) for address in ADDRESSES)):
        where = f"{answer.request.url} {answer.status_code}"
        for name, value in EXPECTED.items():
            assert answer.headers.get_list(name) == [value], where
        assert len(answer.headers.get_list("content-security-policy")) == 1
        assert "permissions-policy" in answer.headers
        assert method == "OPTIONS" or answer.headers["cache-control"], where
        assert not [name for name in TELLING if name in answer.headers], where


def test_the_content_policy_lets_nothing_inline_and_nobody_else_in(directory):
    (page,) = asked(directory, "/")
    policy = dict(one.strip().partition(" ")[::2] for one in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert (
        "unsafe" not in page.headers["content-security-policy"] and "*" not in page.headers["content-security-policy"]
    )


def test_datasette_s_own_html_may_use_its_own_inline_styles_and_scripts(directory):
    pages = ["/ldn", "/ldn/providers", "/de/ldn/providers", "/ldn/providers/1", "/ldn/by_region"]
    for page in asked(directory, *pages, "/ldn?sql=select+1", "/ldn/providers?_facet=city", allow_sql=True):
        policy = dict(one.strip().partition(" ")[::2] for one in page.headers["content-security-policy"].split(";"))
        assert page.status_code == 200 and policy["style-src"] == "'self' 'unsafe-inline'"
        assert policy["script-src"].startswith("'self' 'sha256-") and "unsafe" not in policy["script-src"]
        for script in re.findall("<script>(.*?)</script>", page.text, re.DOTALL):
            digest = b64encode(sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy["script-src"], script
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"


def test_all_other_answers_keep_the_strict_policy(directory):
    strict = HEADERS["content-security-policy"]
    others = ["/ldn/nothing", "/ldn/providers?_sort=nothing", "/ldn/providers.json", "/ldn/providers.csv", "/ldn.db"]
    for answer in asked(directory, "/", "/provider/1", "/about", *others):
        assert answer.headers["content-security-policy"] == strict, answer.request.url


def test_an_unchanged_answer_keeps_the_headers(directory):
    (page,) = asked(directory, "/about")
    (unchanged,) = asked(directory, ("GET", "/about", {"if-none-match": page.headers["etag"]}))
    assert (
        unchanged.status_code == 304
        and unchanged.headers["cache-control"]
        and "content-security-policy" in unchanged.headers
    )


@pytest.mark.parametrize(
    ("url", "secure"), [("https://directory.example.org", True), ("http://directory.example.org", False), ("", False)]
)
def test_https_is_insisted_on_where_it_is_the_stated_address(directory, url, secure):
    answers = asked(directory, "/", "/nowhere", "/ldn.db", ("POST", "/", {}), url=url)
    assert [answer.headers.get_list("strict-transport-security") for answer in answers] == [
        ["max-age=31536000"] if secure else []
    ] * 4


@pytest.mark.parametrize(
    "path",
    [
        b"//evil.example",
        b"//evil.example/",
        b"///evil.example/",
        b"/\\evil.example/",
        b"/\\\\evil.example",
        b"/%5cevil.example/",
        b"/de//evil.example",
        b"/de//evil.example/",
        b"/de/\\evil.example/",
        b"/de/%2fevil.example/",
        b"/%2fevil.example/",
        b"/%64e//evil.example/",
        b"/de/de//evil.example/",
        b"/de/de/",
        b"/provider/1//",
        b"/provider/1/",
        b"/ldn/",
        b"/ldn/providers/",
        b"/de/ldn/",
        b"/ldn/providers/?next=//evil.example",
        b"/?next=https://evil.example",
        b"/ldn/providers?_next=//evil.example",
        b"/places?to=//evil.example",
        b"/ldn//evil.example/",
        b"/.//evil.example/",
        b"/http://evil.example/",
        b"/https:evil.example/",
        b"/@evil.example/",
        b"/%0d%0alocation:%20//evil.example/",
        b"/ldn/providers/%2f%2fevil.example/",
        b"/\t/evil.example/",
        b"/%09/evil.example/",
        b"/regions/us",
        b"/regions/us//",
    ],
)
def test_no_redirect_leads_elsewhere(directory, path):
    status, headers, _ = raw(directory, path)
    assert status < 500
    location = headers.get(b"location", b"/").decode("latin-1")
    assert location.startswith("/") and not location.startswith(("//", "/\\"))
    assert location.isprintable() and not urlsplit(location).netloc
    assert path.startswith(b"/de/") is location.startswith("/de") or b"location" not in headers


@pytest.mark.parametrize(
    "path",
    [
        b"/..%2f",
        b"/../../etc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/static/../plugin.py",
        b"/static/..%2fplugin.py",
        b"/static/%2e%2e/plugin.py",
        b"/static/....//plugin.py",
        b"/static//etc/passwd",
        b"/static/%2fetc%2fpasswd",
        b"/static/style.css%00.png",
        b"/%00",
        b"/provider/1%00",
        b"/provider/%d9%a1",
        b"/provider/0x1",
        b"/provider/1;x",
        b"/-/static/../../app.py",
        b"/-/static/..%2f..%2fapp.py",
        b"/download/..%2fldn.db",
        b"/download/../ldn.db",
        b"/download/%2e%2e%2fldn.db",
        b"/outlines/..%2f..%2fstyle.svg",
        b"/" + b"a/" * 4_000,
        b"/%ff%fe",
        b"/\xff\xfe",
        b"/%",
        b"/%zz",
        b"/ldn/..%2f..%2f",
        b"/_internal",
        b"/_memory",
        b"/%5finternal",
    ],
)
def test_no_path_leads_out_of_the_site(directory, path):
    status, _, body = raw(directory, path)
    assert status in (302, 404)
    assert b"root:" not in body and b"import " not in body


@pytest.mark.parametrize(
    "page",
    [
        "",
        "settings",
        "versions",
        "versions.json",
        "databases",
        "plugins",
        "threads",
        "metadata",
        "logout",
        "permissions",
        "allow-debug",
        "patterns",
        "actor",
        "messages",
        "auth-token",
    ],
)
@pytest.mark.parametrize("before", [b"", b"/de", b"/es", b"/de/de", b"/%64e"])
def test_the_inner_pages_are_closed_in_every_language_and_spelling(directory, before, page):
    for dashed in (b"/-/", b"/%2d/", b"/%2D/", b"//-/"):
        status, _, body = raw(directory, before + dashed + page.encode())
        assert status in (302, 404)
        assert b"datasette_version" not in body and b"sql_time_limit_ms" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/ldn?sql=select+1",
        "/ldn.json?sql=select+1",
        "/ldn.csv?sql=select+1",
        "/de/ldn.json?sql=select+1",
        "/ldn/-/query?sql=select+sqlite_version()",
        "/ldn/providers.json?_where=1=1",
        "/_internal.json?sql=select+1",
        "/ldn.json?sql=attach+'x'+as+y",
    ],
)
def test_a_visitor_s_sql_is_refused(directory, path):
    (answer,) = asked(directory, path)
    assert answer.status_code in (400, 403, 404)
    assert "ok" not in answer.text or '"rows"' not in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example/path",
        "user@evil.example",
        "evil.example:port",
        "evil.example:99999999",
        "evil example",
        "<script>",
        "evil.example#",
        "[::1",
        "-",
        "a" * 300,
        "ev\u00efl.example",
    ],
)
def test_a_host_that_is_none_is_refused(directory, host):
    status, _, body = _hosted(directory, [(b"host", host.encode("latin-1"))])
    assert status == 400
    assert b"evil" not in body and b"<script>" not in body


def test_two_hosts_or_none_are_refused(directory):
    for hosts in ([], [(b"host", b"directory.example"), (b"host", b"evil.example")]):
        assert _hosted(directory, hosts)[0] == 400


def _hosted(directory, headers):
    async def ask():
        app, sent = asgi_app(directory, look_every_s=0), []

        async def send(message):
            sent.append(message)

        await app(
            {
                "type": "http",
                "method": "GET",
                "path": "/api",
                "raw_path": b"/api",
                "query_string": b"",
                "headers": headers,
                "scheme": "http",
                "client": ("203.0.113.7", 1),
                "http_version": "1.1",
                "asgi": {"version": "3.0"},
            },
            None,
            send,
        )
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])

    return asyncio.run(ask())


ABSOLUTE = [
    "/",
    "/provider/1",
    "/provider/1.json",
    "/provider/1.jsonld",
    "/provider/1.fhir",
    "/search.json",
    "/openapi.json",
    "/api",
    "/download",
    "/changes.atom",
    "/changes.json",
    "/sitemap.xml",
    "/sitemap-1.xml",
    "/robots.txt",
    "/ldn.json",
    "/ldn/providers",
    "/ldn/providers.json?_size=1",
    "/ldn/",
]


def test_where_the_address_is_stated_no_header_changes_it(directory):
    tricks = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-host": "evil.example",
        "forwarded": "host=evil.example",
        "x-original-url": "/-/settings",
        "x-rewrite-url": "/-/settings",
        "x-forwarded-prefix": "//evil.example",
        "x-forwarded-server": "evil.example",
    }
    answers = asked(directory, *(("GET", path, tricks) for path in ABSOLUTE), url="https://directory.example.org")
    for answer in answers:
        assert answer.status_code in (200, 302), answer.request.url
        assert "evil.example" not in answer.text + str(answer.headers), answer.request.url
    assert "https://directory.example.org/" in answers[ABSOLUTE.index("/sitemap-1.xml")].text


def test_a_forwarded_host_is_in_no_answer(directory):
    for answer in asked(directory, *(("GET", path, {"x-forwarded-host": "evil.example"}) for path in ABSOLUTE)):
        assert "evil.example" not in answer.text


def said(address, request):
    """What a real server says to these bytes, until it closes or has said enough."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        heard = b""
        try:
            while len(heard) < 100_000 and (more := line.recv(65_536)):
                heard += more
        except ConnectionResetError:
            pass
        return heard


HOST = b"Host: directory.example\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n", (b"400", b"431", b"")),
        (
            b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(60_000)) + b"\r\n",
            (b"400", b"431", b""),
        ),
        (b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", (b"400", b"414", b"")),
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n", (b"400",)),
        (b"GET /robots.txt HTTP/1.1\r\nConnection: close\r\n\r\n", (b"400",)),
        (b"GET http://evil.example/robots.txt HTTP/1.1\r\n" + HOST + b"\r\n", (b"200", b"400", b"404")),
        (b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n", (b"400", b"404")),
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"X: a\r\n\tfolded: b\r\n\r\n", (b"200", b"400")),
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"Bad Name: a\r\n\r\n", (b"400",)),
        (
            b"GET /robots.txt HTTP/1.1\r\n"
            + HOST
            + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            (b"200", b"400"),
        ),
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", (b"400",)),
        (b"GET /robots.txt HTTP/1.1\r\n" + HOST + b"Content-Length: 11\r\n\r\nhello=there", (b"200",)),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 11\r\n\r\nhello=there", (b"405",)),
        (
            b"GET / HTTP/1.1\r\n"
            + HOST
            + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eHg=\r\nSec-WebSocket-Version: 13\r\n\r\n",
            (b"200", b"400", b"403", b"426"),
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (b"400", b"")),
        (b"\x00" * 10_000, (b"400", b"")),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (b"400", b"405", b"")),
        (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", (b"400", b"404")),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", (b"204", b"400", b"404")),
    ],
)
def test_bytes_that_are_no_request_are_refused_and_the_next_visitor_is_answered(
    directory, served, request_bytes, statuses
):
    address = served(directory)
    answer = said(address, request_bytes)
    status = answer.partition(b"\r\n")[0].split(b" ")[1] if answer else b""
    assert status in statuses, answer[:200]
    assert b"Traceback" not in answer and b'="http://evil' not in answer and b'="//evil' not in answer
    assert httpx.get(address + "/robots.txt").status_code == 200
