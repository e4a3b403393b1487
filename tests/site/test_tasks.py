"""What people come for, done on a phone without scripts; every click, word typed and key counts as a step."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

pytestmark = pytest.mark.browser


class Visitor:
    """Somebody with a phone, whose steps are counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.steps = page, 0
        page.goto("/")

    def types(self, label: str, text: str) -> None:
        """Fills a field of the form."""
        self.steps += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def presses_enter(self) -> None:
        self.steps += 1
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def clicks(self, role: str, name: str | re.Pattern[str], *, within: Any = None, exact: bool = True) -> None:
        """Clicks on the first that is so named, which must be there to be seen."""
        self.steps += 1
        found = (within or self.page).get_by_role(role, name=name, exact=exact and isinstance(name, str)).first
        found.click(timeout=5_000)

    def sees(self, *texts: str) -> bool:
        """Whether all of this stands on the page."""
        shown = " ".join(self.page.get_by_role("main").inner_text().split())
        return all(text in shown for text in texts)

    @property
    def entries(self) -> list[Any]:
        return self.page.get_by_role("article").all()


@pytest.fixture
def visitor_on_a_phone(example_site: str, shared_browser: Any) -> Any:
    context = shared_browser.new_context(
        base_url=example_site,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        is_mobile=True,
        has_touch=True,
        locale="en-US",
        accept_downloads=True,
    )
    context.set_default_timeout(6_000)
    yield Visitor(context.new_page())
    context.close()


def test_the_nearest_prescriber_to_a_zip_is_first_after_two_steps_with_a_phone_to_call(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Near", "43217")
    somebody.presses_enter()
    assert somebody.steps == 2
    first = somebody.entries[0]
    assert "Columbus, Ohio" in first.inner_text() and re.search(r"\bmi\b|miles?|here", first.inner_text())
    assert first.locator("a[href^='tel:+1']").count() == 1
    away = [
        float(found[1]) for one in somebody.entries if (found := re.search(r"(\d+(?:\.\d+)?) mi", one.inner_text()))
    ]
    assert away == sorted(away)


def test_who_offers_telehealth_in_ohio_takes_at_most_three_steps(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Name, clinic, specialty or place", "telehealth Ohio")
    somebody.presses_enter()
    if somebody.page.get_by_role("link", name=re.compile("serve Ohio")).count():
        somebody.clicks("link", re.compile("serve Ohio"))
    assert somebody.steps <= 3
    assert somebody.entries
    assert all("Video visits" in one.inner_text() or "Pharmacy" in one.inner_text() for one in somebody.entries)


def test_a_misspelt_name_finds_the_person_in_two_steps(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Name, clinic, specialty or place", "Desmnod Drenwod")
    somebody.presses_enter()
    assert somebody.steps == 2
    assert "Desmond Drenwood" in somebody.entries[0].inner_text()


def test_norway_is_two_links_from_the_front_page_without_typing(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.clicks("link", "Regions")
    somebody.clicks("link", "Norway")
    assert somebody.page.url.endswith("/regions/NO")
    if not somebody.sees("Fjellvang"):
        somebody.clicks("link", "Oslo")
    assert somebody.steps <= 3
    assert somebody.sees("Sigrid Fjellvang", "Oslo")


def test_two_entries_are_put_on_a_list_to_print_with_three_clicks_after_the_search(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Near", "43217")
    somebody.presses_enter()
    picks = re.compile("Add .* to visit list")
    first, second = (re.split(r",|\n", one.get_by_role("heading").inner_text())[0] for one in somebody.entries[:2])
    somebody.clicks("link", picks, within=somebody.entries[0])
    somebody.clicks("link", picks, within=somebody.entries[1])
    somebody.clicks("link", re.compile("2 on your visit list"))
    assert somebody.steps == 5
    assert re.search(r"/visit\?pick=\d+,\d+", unquote(somebody.page.url))
    assert somebody.sees(first, second, "Harbour LDN Society")
    somebody.page.emulate_media(media="print")
    printed = somebody.page.get_by_role("main").inner_text()
    assert first in printed and second in printed, printed
    assert not somebody.page.get_by_role("navigation").first.is_visible()
    # What is printed is all there is: nothing stands beyond the edge of the paper.
    assert len(somebody.page.pdf()) > 1_000


def test_who_listed_an_entry_and_when_is_on_its_card_and_in_full_one_click_away(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Name, clinic, specialty or place", "Desmond Drenwood")
    somebody.presses_enter()
    card = somebody.entries[0].inner_text()
    assert "Harbour LDN Society" in card and re.search(r"\(checked .*20\d\d\)", card)
    somebody.clicks("link", re.compile("Desmond Drenwood"))
    assert somebody.steps == 3
    listed = somebody.page.get_by_role("region", name=re.compile("On th(is|ese) lists?"))
    assert "Harbour LDN Society" in listed.inner_text() and re.search(
        r"last saw it there on .*\b20\d\d\b", listed.inner_text()
    )


def test_a_mistake_is_reported_by_a_letter_with_the_entry_the_field_and_the_page(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Name, clinic, specialty or place", "Desmond Drenwood")
    somebody.presses_enter()
    somebody.clicks("link", re.compile("Desmond Drenwood"))
    number = re.search(r"/provider/(\d+)", somebody.page.url)[1]
    wrong = somebody.page.get_by_role("region", name="Report a mistake")
    moved = wrong.get_by_role("link", name="They have moved or closed")
    letter = urlsplit(moved.get_attribute("href"))
    assert somebody.steps == 3
    assert unquote(letter.path) == "keeper@example.org"
    told = parse_qs(letter.query)
    assert told["subject"] == [f"Entry {number}: They have moved or closed"]
    assert f"/provider/{number}\r\n" in told["body"][0] and "Desmond Drenwood" in told["body"][0]
    assert somebody.page.locator("form[method=post]").count() == 0


def test_a_doctor_asks_to_be_removed_in_one_step_from_the_own_entry(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.types("Name, clinic, specialty or place", "Desmond Drenwood")
    somebody.presses_enter()
    somebody.clicks("link", re.compile("Desmond Drenwood"))
    number = re.search(r"/provider/(\d+)", somebody.page.url)[1]
    letter = urlsplit(somebody.page.get_by_role("link", name="This is me: remove me").get_attribute("href"))
    assert somebody.steps == 3 and unquote(letter.path) == "keeper@example.org"
    assert parse_qs(letter.query)["subject"] == [f"Removal of entry {number}"]


def test_everything_is_downloaded_with_two_clicks_and_is_what_its_checksum_says(visitor_on_a_phone):
    somebody = visitor_on_a_phone
    somebody.clicks("link", "Download")
    somebody.steps += 1
    with somebody.page.expect_download() as coming:
        somebody.page.get_by_role("main").get_by_role("link", name=re.compile(r"\.db\.gz")).first.click()
    assert somebody.steps == 2
    told = hashlib.sha256(coming.value.path().read_bytes()).hexdigest()
    assert told in somebody.page.request.get("/download/SHA256SUMS").text()
