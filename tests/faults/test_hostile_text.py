"""Scripts, `javascript:` links and SQL in a list, followed along the whole road: list, crawl, ledger, directory, browser."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SCRIPT = "<script>window.pwned=1</script>"
PAYLOADS = [
    SCRIPT,
    "<img src=x onerror=window.pwned=1>",
    '"><svg/onload=window.pwned=1>',
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "'; DROP TABLE providers; --",
    "javascript:window.pwned=1",
    "{{ 7*7 }}{% raw %}",
    "</title></style></textarea><script>window.pwned=1</script>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
]
COLUMNS = ["Name", "Practice", "Address", "Phone", "Email", "Website", "State", "Country", "Notes", "Specialty"]
SITES = [
    "javascript:window.pwned=1",
    "JaVaScRiPt:window.pwned=1",
    f"data:text/html,{SCRIPT}",
    "vbscript:x",
    "//evil.example.net/<script>",
]


def hostile_csv() -> str:
    """A row a payload, in every column that may hold words; the phones tell the rows apart."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for number, payload in enumerate(PAYLOADS):
        address, phone = f"1 {payload} St, Austin, TX 78701", f"512-555-01{number:02}"
        reached = [address, phone, f"{payload}@example.org", SITES[number % len(SITES)], "Texas", "United States"]
        rows.writerow([f"Jane {payload} Roe", f"Clinic {payload}", *reached, payload, payload])
    return out.getvalue()


@pytest.fixture
def served(ldn, site, tmp_path, environment, ldn_source):
    """The address of a real `ldn serve` of what `ldn update` made of the hostile list."""
    site.says("/list.csv", hostile_csv(), Content_Type="text/csv")
    done = ldn("update", "bad_csv")
    assert done.code == 0, done.out + done.err
    with subprocess.Popen(
        [sys.executable, "-c", ldn_source, "serve", "--port", "0", "--data", str(tmp_path / "data")],
        env=environment(site.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            yield next(word for line in server.stdout for word in line.split() if word.startswith("http")).rstrip("/")
        finally:
            server.terminate()


def test_sql_in_a_list_is_a_value_in_the_ledger_and_the_directory(ldn, site, tmp_path, published):
    site.says("/list.csv", hostile_csv(), Content_Type="text/csv")
    assert ldn("update", "bad_csv").code == 0
    for name in ("ledger.db", "ldn.db"):
        with closing(sqlite3.connect(tmp_path / "data" / name)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert published(tmp_path / "data", "SELECT count(*) FROM providers") == [(len(PAYLOADS),)]
    assert (
        published(tmp_path / "data", "SELECT count(*) FROM claims WHERE value LIKE '%DROP TABLE providers%'")[0][0] > 0
    )
    assert published(tmp_path / "data", "SELECT count(*) FROM providers WHERE website NOT LIKE 'http%'") == [(0,)]
    assert published(tmp_path / "data", "SELECT count(*) FROM providers WHERE email LIKE '%<%' OR email LIKE '@%'") == [
        (0,)
    ]


@pytest.mark.browser
def test_hostile_text_is_shown_and_never_run_on_any_page(served, tmp_path, published):
    if CHROMIUM is None:
        assert not os.environ.get("CI_REQUIRES_BROWSER"), "chromium is not installed"
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    names = dict(published(tmp_path / "data", "SELECT id, name FROM providers"))
    pages = ["/", "/?q=jane", "/?q=%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E", "/sources", "/about"]
    pages += [f"/provider/{number}" for number in names]
    pages += [
        "/ldn",
        *(f"/ldn/{table}" for table in ("providers", "listings", "claims", "locations", "changes", "sources")),
    ]
    pages += [
        f"/ldn/providers/{min(names)}",
        "/ldn/providers?_facet=practice&_facet=specialty",
        "/ldn/providers?_search=jane",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail("a script ran"))
        for path in pages:
            assert page.goto(served + path).status == 200, path
            assert page.evaluate("window.pwned") is None, path
            links = page.eval_on_selector_all("a", "links => links.map(link => link.protocol)")
            assert set(links) <= {"http:", "https:", "tel:", "geo:", "mailto:"}, (path, set(links))
            assert page.locator("iframe, img[src=x], [onload], [onerror]").count() == 0, path
            assert (
                page.evaluate(
                    "[...document.scripts].filter(script => script.type !== 'application/ld+json' && script.text.includes('pwned')).length"
                )
                == 0
            ), path
        page.goto(served + "/ldn/claims?_size=100")
        shown = page.locator("body").inner_text()
        while following := page.locator("a", has_text="Next page").all():
            following[0].click()
            shown += page.locator("body").inner_text()
        assert [payload for payload in PAYLOADS if payload not in shown] == []
        for number, name in names.items():
            page.goto(f"{served}/provider/{number}")
            assert name in page.locator("main").inner_text()
        assert page.context.cookies() == []
        assert {url.split("/")[2] for url in asked if url.startswith("http")} == {served.split("/")[2]}
        browser.close()
