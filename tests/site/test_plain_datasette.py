"""Every page, served by Datasette itself: `datasette serve ldn.db -m metadata.yml`, as its users start it."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ldn_directory.publish.packages import Manifest
from ldn_directory.site.formats import FORMATS
from ldn_directory.site.i18n.locale import LANGUAGES
from ldn_directory.site.pages import ROUTES
from ldn_directory.storage import PROJECT

STABLE = str(Path(sys.executable).with_name("datasette"))
ALPHA = os.environ.get("LDN_DATASETTE_ALPHA", "")
"""The program `datasette` of an environment with the newest alpha of 1.0: see the Makefile."""
STATUS = {"/places": 301, "/download/latest.db.gz": 302, "/map/streets": 404, "/map/tiles.pmtiles": 404}
ADDRESSES = [
    "/",
    "/?q=medicine&near=Portland,+Oregon",
    "/suggest.json?q=a",
    "/provider/1",
    *(f"/search.{one.extension}" for one in FORMATS),
    *(f"/provider/1.{one.extension}" for one in FORMATS),
    "/regions",
    "/regions.json",
    "/regions/US-OH",
    "/pharmacies",
    "/pharmacies/US",
    "/changes",
    "/changes.atom",
    "/changes.json",
    "/sources",
    "/about",
    "/privacy",
    "/removal?entry=5",
    "/api",
    "/openapi.json",
    "/download",
    "/download/SHA256SUMS",
    "/download/{database}",
    "/ldn.db",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/sitemap-1.xml",
    "/robots.txt",
    "/.well-known/security.txt",
    "/status",
    "/status.json",
    "/map",
    "/map/US",
    "/outlines/world.svg",
    "/static/style.css",
    "/visit?pick=1,2",
    "/questions",
    *STATUS,
]
STOCK = ["/ldn", "/ldn.json", "/ldn/providers", "/ldn/providers.json", "/ldn/providers.csv", "/ldn/providers/1"]


@contextmanager
def served_by(datasette: str, directory: Path) -> Iterator[str]:
    """The address at which the program serves a directory until the test is over."""
    with socket.socket() as any_free:
        any_free.bind(("127.0.0.1", 0))
        port = any_free.getsockname()[1]
    metadata = str(PROJECT / "metadata.yml")
    command = [datasette, "serve", str(directory), "-m", metadata, "-p", str(port)]
    if datasette == ALPHA:
        # Datasette 1.0 reads queries and other settings from a file of their own, which may be the same one.
        command += ["-c", metadata]
    log = directory.parent / "datasette.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=os.environ | {"LDN_CONTACT": "keeper@example.org"}
        )
    try:
        for _ in range(600):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("0.", id="stable"),
        pytest.param("1.", id="alpha", marks=pytest.mark.skipif(not ALPHA, reason="LDN_DATASETTE_ALPHA is not set")),
    ],
)
def version(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def site(version, packaged_directory: Path) -> Iterator[httpx.Client]:
    program = STABLE if version == "0." else ALPHA
    with served_by(program, packaged_directory) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def database(packaged_directory: Path) -> str:
    return Manifest.of(packaged_directory.parent / "downloads").file("database").name


def test_every_route_is_asked_here():
    paths = [address.partition("?")[0] for address in ADDRESSES]
    assert [pattern for pattern, _ in ROUTES if not any(re.fullmatch(pattern, path) for path in paths)] == []


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["", *LANGUAGES])
def test_every_route_answers_in_every_language(site, database, address, language):
    prefix = f"/{language}" if language else ""
    answer = site.get(prefix + address.format(database=database))
    assert answer.status_code == STATUS.get(address, 200), answer.text[:2_000]
    assert "content-security-policy" in answer.headers
    if answer.headers["content-type"].startswith("text/html"):
        assert f'<html lang="{language or "en"}">' in answer.text
    if answer.is_redirect:
        assert answer.headers["location"].startswith(f"{prefix}/")


@pytest.mark.parametrize("path", ["/", "/provider/1", "/de/provider/1"])
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.extension)
def test_accept_chooses_the_format(site, path, form):
    media_type = form.media_type.partition(";")[0]
    assert site.get(path, headers={"accept": media_type}).headers["content-type"].startswith(media_type)


def test_a_format_that_is_not_offered_is_406(site):
    assert site.get("/provider/1", headers={"accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("address", ["/download/{database}", "/ldn.db"])
def test_files_come_in_parts_and_not_again(site, database, address):
    path = address.format(database=database)
    part = site.get(path, headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert site.get(path, headers={"if-none-match": part.headers["etag"]}).status_code == 304
    assert site.head(path).headers["content-length"] == part.headers["content-range"].partition("/")[2]


@pytest.mark.parametrize("address", STOCK)
@pytest.mark.parametrize("prefix", ["", "/de"])
def test_datasette_s_own_pages_stay(site, address, prefix):
    answer = site.get(prefix + address, follow_redirects=True)
    assert answer.status_code == 200
    if "text/html" in answer.headers["content-type"]:
        assert "these table pages by" in answer.text


def test_inner_pages_are_open_as_datasette_has_them(site, version):
    assert site.get("/-/versions.json").json()["datasette"]["version"].startswith(version)


def test_canned_queries_run(site):
    assert site.get("/ldn/by_region.json?_shape=array").json()[0].keys() == {"country", "region", "kind", "providers"}


@pytest.mark.parametrize(
    "address", ["/nowhere", "/provider/999999", "/regions/AQ-X", "/ldn/nothing", "/ldn/providers/99999", "/?page=abc"]
)
def test_what_is_not_there_is_said_in_the_reader_s_language(site, address):
    answer = site.get("/de" + address)
    assert answer.status_code in (400, 404)
    assert '<html lang="de">' in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["//evil.example/", "/de//evil.example/", "/\\evil.example/", "/%64e/about/"])
def test_no_redirect_leads_elsewhere(site, path):
    answer = site.get(httpx.URL(site.base_url, raw_path=path.encode()))
    assert answer.status_code == 404 or answer.headers["location"].startswith("/about")


def test_another_database_keeps_datasette_s_own_pages(tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE things (name TEXT)")
    with served_by(STABLE, other) as address:
        assert "things" in httpx.get(f"{address}/").text
        assert httpx.get(f"{address}/regions").status_code == 404


def test_the_database_may_have_another_name(tmp_path, people, publish):
    directory = publish(tmp_path / "prescribers.db", people)
    with served_by(STABLE, directory) as address:
        assert "Ada Example" in httpx.get(f"{address}/?q=ada").text
        assert httpx.get(f"{address}/prescribers/providers").status_code == 200
