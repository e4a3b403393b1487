"""What crawlers find: every page, when it last changed, what they may not read, and whom to tell of a weakness."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import httpx
import pytest

from ldn_directory.site.pages import sitemap
from ldn_directory.site.pages.robots_txt import format_security
from ldn_directory.site.server.serve import asgi_app

pytestmark = pytest.mark.anyio
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
BASE = "https://directory.example"


@pytest.fixture
def at_its_address(directory):
    """Asks the site as it is served under a stated address."""
    app = asgi_app(directory, look_every_s=0, url=BASE)

    async def get(path: str) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8001"
        ) as client:
            return await client.get(path)

    return get


def addresses(text: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(text).iter(f"{MAPS}loc")]


async def test_the_sitemaps_name_every_provider_once_and_pages_that_answer(at_its_address, people):
    named = addresses((await at_its_address("/sitemap.xml")).text)
    assert named == [f"{BASE}/sitemap-pages.xml", f"{BASE}/sitemap-1.xml"]
    providers = addresses((await at_its_address("/sitemap-1.xml")).text)
    assert providers == [f"{BASE}/provider/{row['id']}" for row in people]
    assert (await at_its_address(providers[0].removeprefix(BASE))).status_code == 200


async def test_pages_are_named_in_every_language_with_the_others_as_alternates(at_its_address):
    tree = ElementTree.fromstring((await at_its_address("/sitemap-pages.xml")).text)
    links = {
        url.findtext(f"{MAPS}loc"): {one.get("hreflang"): one.get("href") for one in url.iter(LINK)} for url in tree
    }
    assert links[f"{BASE}/de/about"] == links[f"{BASE}/about"]
    assert links[f"{BASE}/about"] == {"x-default": f"{BASE}/about"} | {
        code: f"{BASE}/{code}/about" for code in ("en", "de", "es")
    }
    assert (
        f"{BASE}/regions/US-OH" in links
        and f"{BASE}/pharmacies/US-TX" in links
        and f"{BASE}/pharmacies/US-OH" not in links
    )
    assert (await at_its_address("/de/")).status_code == (await at_its_address("/de/about")).status_code == 200


async def test_a_provider_is_dated_by_the_last_change_of_what_its_page_says(directory, at_its_address, people):
    with sqlite3.connect(directory) as db:
        db.execute("INSERT INTO changes (id, at, provider, what) VALUES (1, '2026-11-20T00:00:00Z', 2, 'changed')")
    dated = {
        url.findtext(f"{MAPS}loc"): url.findtext(f"{MAPS}lastmod")
        for url in ElementTree.fromstring((await at_its_address("/sitemap-1.xml")).text)
    }
    assert dated[f"{BASE}/provider/2"] == "2026-11-20T00:00:00Z"
    assert dated[f"{BASE}/provider/1"] != dated[f"{BASE}/provider/2"] and all(dated.values())


def test_parts_go_by_number_so_that_they_stay_when_others_are_added():
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE providers (id INTEGER PRIMARY KEY, first_seen TEXT)")
        db.execute("CREATE TABLE changes (provider INTEGER, at TEXT)")
        db.executemany(
            "INSERT INTO providers VALUES (?, ?)",
            [(1, "2026-01-01"), (sitemap.PART, "2026-01-02"), (3 * sitemap.PART, "2026-01-03")],
        )
        db.execute("INSERT INTO changes VALUES (1, '2026-02-01')")
        parts = sitemap.parts_of(db)
        assert [(part.number, part.changed) for part in parts] == [(0, "2026-02-01"), (2, "2026-01-03")]
        assert [len(sitemap.providers_of(db, part.number)) for part in parts] == [2, 1]
    assert sitemap.PART <= 50_000


@pytest.mark.parametrize("path", ["/sitemap-2.xml", "/sitemap-0.xml", "/sitemap-9999999.xml", "/sitemap-x.xml"])
async def test_a_part_that_is_none_is_not_found(visit, path):
    assert (await visit(path)).status_code == 404


def test_what_stands_in_an_address_cannot_break_the_file():
    text = sitemap.format_pages("https://x.example/<&\"'>", ["/regions/US-OH"], ("de",))
    assert addresses(text)[0] == "https://x.example/<&\"'>/regions/US-OH"


async def test_robots_names_the_sitemap_only_if_the_site_knows_its_own_address(visit, at_its_address):
    assert f"Sitemap: {BASE}/sitemap.xml" in (await at_its_address("/robots.txt")).text
    unstated = (await visit("/robots.txt", headers={"Host": "evil.example"})).text
    assert "Sitemap" not in unstated and "Disallow: /ldn\n" in unstated


async def test_security_txt_says_whom_to_tell_and_holds_for_less_than_a_year(at_its_address, monkeypatch):
    monkeypatch.setenv("LDN_CONTACT", "keeper@example.org")
    answer = await at_its_address("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:keeper@example.org" and lines["Canonical"] == f"{BASE}/.well-known/security.txt"
    expires = datetime.strptime(lines["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


async def test_without_a_contact_there_is_no_security_txt(visit, monkeypatch):
    monkeypatch.delenv("LDN_CONTACT", raising=False)
    assert (await visit("/.well-known/security.txt")).status_code == 404


@pytest.mark.parametrize(
    ("contact", "written"),
    [
        ("https://example.org/report", "https://example.org/report"),
        ("http://example.org/", None),
        ("somebody", None),
        ("", None),
        ("a@example.org\nContact: mailto:evil@example.com", None),
    ],
)
def test_only_a_contact_that_the_rule_allows_is_written(contact, written):
    text = format_security(contact, None, datetime(2026, 11, 1, tzinfo=UTC).date(), ("en",))
    assert (re.findall(r"^Contact: (.*)$", text, re.MULTILINE) if text else [None]) == [written]
    assert text is None or "Canonical" not in text
