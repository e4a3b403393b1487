"""Results, an entry and the visit list on a phone: what is in sight, large enough to tap, and fits on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pdfplumber
import pytest

from .conftest import axe_report

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 800}
SEARCHES = ("/?near=43217", "/?q=prescriber&near=Columbus%2C+Ohio", "/?q=Desmond+Drenwood", "/?kind=pharmacy")
PAGES = (
    "/",
    "/?q=pharmacy&near=Columbus%2C+Ohio&pick=3",
    "/provider/5?pick=5,6&from=q%3Dohio",
    "/visit?pick=1,2,3&from=near%3DColumbus%252C%2BOhio",
    "/visit",
)


@pytest.fixture(scope="module")
def plain_phone(example_site: str, shared_browser: Any) -> Iterator[Any]:
    """A page without scripts."""
    context = shared_browser.new_context(
        base_url=example_site, java_script_enabled=False, viewport=PHONE, locale="en-US"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(example_site: str, shared_browser: Any) -> Iterator[Any]:
    context = shared_browser.new_context(base_url=example_site, viewport=PHONE, locale="en-US")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("address", SEARCHES)
def test_the_first_card_begins_in_the_upper_half(plain_phone, address):
    plain_phone.goto(address)
    assert plain_phone.locator(".card").first.bounding_box()["y"] < 420


def test_the_search_is_one_line_that_opens_the_form_by_keyboard_and_without_scripts(plain_phone):
    plain_phone.goto("/?q=pharmacy&near=Columbus%2C+Ohio")
    assert not plain_phone.get_by_label("Near", exact=True).is_visible()
    line = plain_phone.locator("summary", has_text="pharmacy near Columbus, Ohio")
    assert "Change this search" in " ".join(line.text_content().split())
    line.focus()
    plain_phone.keyboard.press("Enter")
    plain_phone.get_by_label("Near", exact=True).fill("43217")
    with plain_phone.expect_navigation():
        plain_phone.keyboard.press("Enter")
    assert "near=43217" in plain_phone.url and "q=pharmacy" in plain_phone.url


def test_without_a_search_the_form_is_open(plain_phone):
    plain_phone.goto("/")
    assert plain_phone.get_by_label("Near", exact=True).is_visible()
    assert plain_phone.locator(".lead").count() == 1


def test_what_is_tapped_is_44_pixels_high(plain_phone):
    for address in PAGES:
        plain_phone.goto(address)
        for one in plain_phone.locator(".act:visible, .again > summary, .bar a").all():
            assert one.bounding_box()["height"] >= 44, (address, one.inner_text())


def test_adding_keeps_the_reader_at_the_card_and_the_list_in_sight(plain_phone):
    plain_phone.goto("/?near=43217")
    card = plain_phone.locator(".card").nth(1)
    name = card.get_by_role("heading").inner_text()
    card.get_by_role("link", name=re.compile("^Add .* to visit list")).click()
    assert 0 <= plain_phone.get_by_role("heading", name=name).bounding_box()["y"] < 200
    bar = plain_phone.get_by_role("link", name="1 on your visit list · Open")
    assert bar.bounding_box()["y"] + bar.bounding_box()["height"] <= 800
    plain_phone.locator(".card").nth(1).get_by_role("heading").get_by_role("link").click()
    assert plain_phone.get_by_role("link", name="1 on your visit list · Open").is_visible()
    plain_phone.get_by_role("link", name="Back to results").click()
    assert plain_phone.get_by_role("heading", name=name).is_visible() and "near=43217" in plain_phone.url


def test_the_bar_does_not_cover_what_has_the_focus(plain_phone):
    plain_phone.goto("/?near=43217&pick=1")
    for _ in range(45):
        plain_phone.keyboard.press("Tab")
        focused = plain_phone.locator(":focus")
        box, bar = focused.bounding_box(), plain_phone.locator(".bar").bounding_box()
        in_bar = plain_phone.locator(".bar :focus").count()
        is_above, is_below = box["y"] + box["height"] <= bar["y"] + 1, box["y"] + 1 >= bar["y"] + bar["height"]
        assert in_bar or is_above or is_below, focused.inner_text()


def test_copy_takes_name_phone_and_address_and_is_absent_without_scripts(phone, plain_phone):
    phone.goto("/provider/5")
    phone.get_by_role("button", name="Copy").click()
    assert phone.locator("#copied", has_text="Copied").is_visible()
    copied = phone.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0] in phone.get_by_role("heading", level=1).inner_text() and len(copied) >= 2
    plain_phone.goto("/provider/5")
    assert not plain_phone.get_by_role("button", name="Copy").is_visible()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_four_entries_fit_on_one_page(phone, paper):
    phone.goto("/visit?pick=2,3,4,6&near=Columbus%2C+Ohio")
    assert phone.locator(".stop").count() == 4
    fullest = "const long = 'A note of several words that goes on for a while. '.repeat(6);"
    phone.evaluate(
        fullest + "document.querySelectorAll('.told').forEach(one => one.insertAdjacentHTML('beforeend',"
        " `<p class=where>Also at 5 Sample Lane, Salem, Oregon, 97301, United States <span class=far>about 9 miles away, to"
        " the north-west</span></p><p class=served>Video visits in Ohio, Texas and 9 more</p><p class=says>${long}</p>`))"
    )
    with pdfplumber.open(io.BytesIO(phone.pdf(format=paper))) as pdf:
        assert len(pdf.pages) == 1
        printed = pdf.pages[0].extract_text()
    for number in phone.locator(".number strong").all_inner_texts():
        assert number in printed
    assert "Call" not in printed and "Remove" not in printed


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_and_nothing_overflows(phone, address):
    phone.goto(address)
    phone.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for width in (160, 320, 1280):
        phone.set_viewport_size({"width": width, "height": 800})
        assert phone.evaluate("document.documentElement.scrollWidth") == width
    for scheme in ("light", "dark"):
        phone.emulate_media(color_scheme=scheme)
        assert not axe_report(phone), scheme
