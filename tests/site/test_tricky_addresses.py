"""Addresses that are meant to lead elsewhere, out of the site, or to pages that are closed."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

HOST = [(b"host", b"directory.example")]


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
def test_no_redirect_leads_elsewhere(kept_site, path):
    status, headers, _ = kept_site.send(path, HOST)
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
def test_no_path_leads_out_of_the_site(kept_site, path):
    status, _, body = kept_site.send(path, HOST)
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
def test_the_inner_pages_are_closed_in_every_language_and_spelling(kept_site, before, page):
    for dashed in (b"/-/", b"/%2d/", b"/%2D/", b"//-/"):
        status, _, body = kept_site.send(before + dashed + page.encode(), HOST)
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
def test_a_visitor_s_sql_is_refused(kept_site, path):
    (answer,) = kept_site.ask(path)
    assert answer.status_code in (400, 403, 404)
    assert "ok" not in answer.text or '"rows"' not in answer.text
