"""What a screen reader is told of the results: how many, of what kind, and of each who, what, where, how to reach, and who says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(example_site: str, shared_browser: Any) -> Any:
    page = shared_browser.new_page(base_url=example_site, viewport={"width": 360, "height": 800}, locale="en-US")
    yield page
    page.close()


def results(page: Any, address: str) -> Any:
    """The part of the page with the results, by the heading that names it."""
    page.goto(address)
    return page.get_by_role("main").get_by_role("region", name=re.compile(r"^\d+ entr(y|ies)"))


def test_the_results_are_a_named_region_whose_heading_says_how_many(page):
    region = results(page, "/?q=pharmacy&region=US-OH")
    assert region.count() == 1
    heading = region.get_by_role("heading", level=2).first.inner_text()
    number = int(re.match(r"\d+", heading)[0])
    assert number and "pharmacy" in heading
    assert region.get_by_role("article").count() == number


def test_the_list_has_as_many_items_as_it_shows_and_each_is_named_by_its_heading(page):
    region = results(page, "/?region=US-OH")
    lists = [one for one in region.get_by_role("list").all() if one.get_by_role("article").count()]
    shown = region.get_by_role("article").all()
    assert len(shown) == 5
    # An item of the list holds one entry and nothing else.
    assert sum(one.locator(":scope > li").count() for one in lists) == len(shown)
    for article in shown:
        name = article.get_by_role("heading").inner_text()
        assert article.get_by_role("heading").get_by_role("link").count() == 1
        assert region.get_by_role("article", name=name, exact=True).count() == 1


def test_an_entry_is_read_as_kind_name_place_phone_and_who_lists_it(page):
    region = results(page, "/?q=desmond+drenwood&region=US-OH")
    heard = region.get_by_role("article").aria_snapshot()
    order = [
        "Prescriber",
        'heading "Desmond Drenwood',
        'link "Desmond Drenwood',
        "Columbus, Ohio",
        "/url: tel:+1",
        'link "Harbour LDN Society"',
    ]
    places = [heard.find(one) for one in order]
    assert -1 not in places and places == sorted(places), heard
    assert re.search(r"\(checked .*20\d\d\)", heard)


def test_the_order_of_headings_leads_from_the_page_to_the_results_to_the_entries(page):
    page.goto("/?near=Columbus,+Ohio&within=100")
    levels = [int(level) for level in re.findall(r"heading .*\[level=(\d)\]", page.get_by_role("main").aria_snapshot())]
    assert levels[0] == 1 and levels.count(1) == 1 and max(levels) >= 3


def test_every_link_of_an_entry_says_by_itself_where_it_leads(page):
    region = results(page, "/?region=US-OH")
    names = [link.inner_text() for link in region.get_by_role("article").get_by_role("link").all()]
    assert all(len(name.strip()) > 1 for name in names)
    assert not {"here", "more", "link", "details"} & {name.strip().lower() for name in names}


def test_facets_and_pages_are_landmarks_with_names_of_their_own(page):
    page.goto("/?q=clinic")
    heard = page.locator("body").aria_snapshot()
    for landmark in (
        'complementary "Filter and sort"',
        'navigation "Main"',
        'navigation "Pages of results"',
        "contentinfo",
        "banner",
        "main",
        "search",
    ):
        assert landmark in heard, landmark
