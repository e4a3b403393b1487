"""Hosts that are none, hosts that are not the site's, and bytes that are no request."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from ldn_directory.site.server.serve import asgi_app

from .sites import answers_of, serving


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
def test_a_host_that_is_none_is_refused(kept_site, host):
    status, _, body = kept_site.send(b"/api", [(b"host", host.encode("latin-1"))])
    assert status == 400
    assert b"evil" not in body and b"<script>" not in body


def test_two_hosts_or_none_are_refused(kept_site):
    for hosts in ([], [(b"host", b"directory.example"), (b"host", b"evil.example")]):
        assert kept_site.send(b"/api", hosts)[0] == 400


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


def test_where_the_address_is_stated_no_header_changes_it(kept_site):
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
    stated = asgi_app(kept_site.directory, look_every_s=0, url="https://directory.example.org")
    answers = asyncio.run(answers_of(stated, *(("GET", path, tricks) for path in ABSOLUTE)))
    for answer in answers:
        assert answer.status_code in (200, 302), answer.request.url
        assert "evil.example" not in answer.text + str(answer.headers), answer.request.url
    assert "https://directory.example.org/" in answers[ABSOLUTE.index("/sitemap-1.xml")].text


def test_a_forwarded_host_is_in_no_answer(kept_site):
    for answer in kept_site.ask(*(("GET", path, {"x-forwarded-host": "evil.example"}) for path in ABSOLUTE)):
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


@pytest.fixture(scope="module")
def address(kept_site):
    """Of a real server."""
    with serving(kept_site.directory) as address:
        yield address


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
def test_bytes_that_are_no_request_are_refused_and_the_next_visitor_is_answered(address, request_bytes, statuses):
    answer = said(address, request_bytes)
    status = answer.partition(b"\r\n")[0].split(b" ")[1] if answer else b""
    assert status in statuses, answer[:200]
    assert b"Traceback" not in answer and b'="http://evil' not in answer and b'="//evil' not in answer
    assert httpx.get(address + "/robots.txt").status_code == 200
