"""A search near the visitor, in a real browser: only when asked to, roughly, and with a word where it cannot be."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.browser
LEEDS = {"latitude": 53.79648, "longitude": -1.54785}
ROUNDED = "53.8,-1.5"


@pytest.fixture
def visitor(shared_browser, example_site):
    """Opens a page of the site on a phone, with a place and a permission, and notes what is requested."""
    opened = []

    def visit(path="/", *, allowed=True, place=LEEDS, **options):
        context = shared_browser.new_context(viewport={"width": 360, "height": 800}, locale="en-GB", **options)
        opened.append(context)
        if allowed:
            context.grant_permissions(["geolocation"], origin=example_site)
        if place:
            context.set_geolocation(place)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(example_site + path)
        return page

    yield visit
    for context in opened:
        context.close()


def button(page):
    return page.get_by_role("button", name="Use my location").first


def near_of(page):
    return parse_qs(urlsplit(page.url).query).get("near")


def test_a_tap_searches_near_the_visitor_and_what_leaves_the_page_is_rounded(visitor):
    page = visitor("/?q=pharmacy")
    assert near_of(page) is None
    button(page).click()
    page.wait_for_url("**near=*")
    assert near_of(page) == [ROUNDED] and parse_qs(urlsplit(page.url).query)["q"] == ["pharmacy"]
    assert "your location (near Leeds)" in page.get_by_role("main").inner_text()
    assert not [url for url in page.asked if "53.79" in url or "1.54" in url]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0 and not page.context.cookies()


def test_nothing_is_asked_of_the_browser_before_the_tap(visitor):
    page = visitor("/?q=doctor+near+me")
    page.add_init_script("navigator.geolocation.getCurrentPosition = () => { window.wasAsked = true; }")
    page.reload()
    assert page.evaluate("window.wasAsked") is None
    button(page).click()
    assert page.evaluate("window.wasAsked") is True


def test_near_me_says_that_the_place_is_not_known_and_a_tap_finds_it(visitor):
    page = visitor("/?q=doctor+near+me")
    note = page.locator(".which")
    assert "We don’t know where you are." in note.inner_text()
    assert page.locator(".card").count()
    note.get_by_role("button", name="Use my location").click()
    page.wait_for_url("**near=*")
    assert near_of(page) == [ROUNDED]
    assert "We don’t know where you are." not in page.get_by_role("main").inner_text()


@pytest.mark.parametrize(
    ("code", "said"),
    [(1, "Your browser does not share your location."), (2, "We could not find"), (3, "We could not find")],
    ids=["denied", "unavailable", "too slow"],
)
def test_a_place_that_cannot_be_had_is_said_in_words(visitor, code, said):
    page = visitor("/")
    page.evaluate(f"() => {{ navigator.geolocation.getCurrentPosition = (_, failed) => failed({{ code: {code} }}); }}")
    button(page).click()
    assert said in page.get_by_role("status").first.inner_text()
    assert near_of(page) is None


def test_the_browser_s_own_refusal_is_said_in_words(visitor):
    page = visitor("/", allowed=False)
    button(page).click()
    page.get_by_text("Your browser does not share your location.").first.wait_for()


def test_without_scripts_there_is_no_button_and_the_search_works(visitor):
    page = visitor("/?near=near+me", java_script_enabled=False)
    assert not button(page).is_visible()
    assert "We don’t know where you are." in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="United Kingdom").click()
    assert near_of(page) == ["United Kingdom"]


def test_the_reader_is_asked_which_springfield_and_a_link_keeps_the_rest_of_the_search(visitor):
    page = visitor("/?q=pharmacy+Springfield&sort=name", java_script_enabled=False)
    note = page.locator(".which")
    assert "Which Springfield?" in note.inner_text() and "United States" in note.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    note.get_by_role("link", name="Illinois").click()
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {"q": ["pharmacy"], "near": ["Springfield, Illinois, United States"], "sort": ["name"]}
    assert "Which Springfield?" not in page.get_by_role("main").inner_text()
