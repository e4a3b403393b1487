"""Hostile text from a list, looked at in a real browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from ldn_directory.site.serve import asgi_app

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
PAYLOADS = [
    "<script>window.pwned=1</script>", '"><img src=x onerror=window.pwned=1>', "'; DROP TABLE providers; --", "<svg/onload=window.pwned=1>",
    "javascript:window.pwned=1", "{{ 7*7 }}", "<iframe srcdoc='<script>parent.pwned=1</script>'>",
]  # fmt: skip


def _directory_of(path: Path, names: list[str]) -> Path:
    spec = importlib.util.spec_from_file_location("test_site_pages", Path(__file__).with_name("test_site.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.directory(path, names)


@pytest.fixture
def address(tmp_path: Path):
    path = _directory_of(tmp_path / "ldn.db", PAYLOADS)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(asgi_app(path), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page():
    if CHROMIUM is None:
        assert not os.environ.get("CI_REQUIRES_BROWSER"), "chromium is not installed"
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


def test_scripts_links_and_sql_in_names_are_text_and_nothing_leaves_the_origin(address, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    for path in ("/", *(f"/provider/{number}" for number in range(1, len(PAYLOADS) + 1)), "/ldn/providers"):
        page.goto(address + path)
        assert page.evaluate("window.pwned") is None
        assert page.locator("a[href^='javascript:']").count() == 0
    page.goto(address + "/")
    shown = page.locator("main").inner_text()
    assert all(payload in shown for payload in PAYLOADS)
    assert page.context.cookies() == []
    assert all(url.startswith((address, "data:")) for url in asked)


def test_the_count_beside_a_long_title_stays_on_one_line(address, page):
    page.goto(address + "/")
    label, count = page.locator(".facets li a span").first, page.locator(".facets .count").first
    count.evaluate("it => it.textContent = '29'")
    height = count.bounding_box()["height"]
    label.evaluate("it => it.textContent = 'Organisations that state it themselves'")
    assert count.bounding_box()["height"] == height
