"""The pages with what changed and where values are from, in a real browser: readable on a small screen, hostile text stays text."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=window.pwned=1>" + "verylongword" * 20


@pytest.fixture
def address(tmp_path, people, publish, insert, served):
    def more(db):
        dates = {"first_seen": "2026-10-01T00:00:00Z", "last_confirmed": "2026-11-01T00:00:00Z"}
        said = {"provider": 1, "source": "own", "page": "javascript:window.pwned=1"}
        insert(db, "listings", id="own-1", evidence="own_site", name=HOSTILE, status="confirmed", **said, **dates)
        for field, value in (("name", HOSTILE), ("phone", "+14155550199"), ("street", HOSTILE), ("city", "Salem")):
            insert(db, "claims", listing="own-1", field=field, value=value, shown=0, **said, **dates)
        insert(
            db,
            "changes",
            id=1,
            at="2026-11-01T00:00:00Z",
            source="own",
            listing="own-1",
            provider=1,
            what="moved",
            field="address",
            before=HOSTILE,
            after=HOSTILE,
            country_code="US",
        )
        insert(db, "changes", id=2, at="2026-11-02T00:00:00Z", provider=77, what="forgotten")

    return served(publish(tmp_path / "ldn.db", people, more))


def test_pages_fit_a_small_screen_and_hostile_text_is_text(address, shared_browser):
    page = shared_browser.new_page(viewport={"width": 360, "height": 700})
    for path in ("/provider/1", "/changes", "/changes?country=US&what=moved"):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
        assert page.evaluate("window.pwned") is None
        assert HOSTILE in page.locator("main").inner_text()
        assert page.locator("a[href^='javascript:']").count() == 0


def test_changes_are_sieved_by_the_form_and_words_of_the_navigation_are_whole(address, shared_browser):
    page = shared_browser.new_page(viewport={"width": 360, "height": 700})
    page.goto(address + "/")
    page.get_by_role("navigation", name="More").get_by_role("link", name="Changes").click()
    assert page.locator(".history li").count() == 2
    assert all(link.bounding_box()["height"] < 45 for link in page.locator(".masthead li a").all())
    page.get_by_label("What").select_option("forgotten")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".history li").all_inner_texts() == ["Entry 77 Removed on request"]
    assert page.locator("main h2").all_inner_texts() == ["November 2, 2026"]
