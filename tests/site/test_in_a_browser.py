"""Hostile text from a list, looked at in a real browser."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
PAYLOADS = [
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'; DROP TABLE providers; --",
    "<svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "{{ 7*7 }}",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
]


@pytest.fixture
def address(tmp_path, people, publish, served):
    return served(
        publish(tmp_path / "ldn.db", [row | {"name": name} for row, name in zip(people, PAYLOADS, strict=False)])
    )


@pytest.fixture
def page(shared_browser):
    return shared_browser.new_page()


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
