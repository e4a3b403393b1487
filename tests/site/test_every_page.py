"""What holds for every page: for screen readers, keyboards, small screens, slow lines, without scripts, and for privacy."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from .conftest import axe_report

pytestmark = pytest.mark.browser
MOST_BYTES, MOST_RESULTS_BYTES = 60_000, 25_000
PAGES = {
    "find": "/",
    "find by words": "/?q=medicine",
    "find by place": "/?near=Portland,+Oregon&within=100",
    "find in words": "/?q=pharmacy+ohio",
    "find with a facet": "/?kind=pharmacy&region=US-OH",
    "find served from afar": "/?serves=US-OH",
    "find picked": "/?q=clinic&pick=5,9",
    "find nothing": "/?q=qzxqzx",
    "find nothing near": "/?near=Nuuk&within=10",
    "find a wrong number": "/?within=far",
    "provider": "/provider/5",
    "provider picked": "/provider/9?pick=5",
    "pharmacy": "/provider/{pharmacy}",
    "regions": "/regions",
    "country": "/regions/US",
    "region": "/regions/US-OH",
    "nobody there": "/regions/AQ",
    "pharmacies": "/pharmacies",
    "pharmacies of a country": "/pharmacies/US",
    "pharmacies of a region": "/pharmacies/US-OH",
    "map": "/map",
    "map of a country": "/map/US",
    "visit": "/visit?pick=5,9",
    "visit without anybody": "/visit",
    "questions": "/questions",
    "sources": "/sources",
    "changes": "/changes",
    "about": "/about",
    "privacy": "/privacy",
    "removal": "/removal?entry=5",
    "status": "/status",
    "download": "/download",
    "api": "/api",
    "not found": "/nowhere",
    "no such entry": "/provider/999999",
    "German": "/de/?q=pharmacy",
    "German region": "/de/regions/US",
    "Spanish": "/es/",
    "Spanish provider": "/es/provider/5",
}
STATUS = {"find a wrong number": 400, "not found": 404, "no such entry": 404}
BY_NAME = pytest.mark.parametrize("name", PAGES)
# What can be reached by keys and seen, in the order of the document.
REACHABLE = """() => {
  // Within a part of a drawing that is not displayed, links have no boxes, though Chromium calls them visible.
  const shown = one => one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && one.getClientRects().length
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
  window.reachable = all.filter(one => one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden' && shown(one))
  return window.reachable.length
}"""
FOCUSED = """() => {
  const it = document.activeElement
  const drawn = one => { const style = getComputedStyle(one); return [style.outline, style.boxShadow, style.stroke, style.strokeWidth].join() }
  const looks = () => [it, ...it.children].map(drawn).join()
  const focused = looks(), place = window.reachable.indexOf(it)
  it.blur()
  const differs = looks() !== focused
  it.focus({focusVisible: true, preventScroll: true})
  return [place, differs, it.outerHTML.slice(0, 120)]
}"""


@pytest.fixture(scope="module")
def address(example_site: str, packaged_directory: Path) -> Callable[[str], str]:
    """The address of a page by its name."""
    with closing(sqlite3.connect(packaged_directory)) as db:
        (pharmacy,) = db.execute("SELECT min(id) FROM providers WHERE kind = 'pharmacy'").fetchone()
    return lambda name: example_site + PAGES[name].format(pharmacy=pharmacy)


@pytest.fixture(scope="module")
def tab(shared_browser: Any) -> Iterator[Callable[..., Any]]:
    """One page with scripts and one without, kept for all addresses."""
    open_ones: dict[bool, Any] = {}

    def tab(width: int = 360, scripts: bool = True) -> Any:
        if scripts not in open_ones:
            context = shared_browser.new_context(java_script_enabled=scripts, reduced_motion="reduce", locale="en-US")
            open_ones[scripts] = context.new_page()
        open_ones[scripts].emulate_media(color_scheme="light")
        open_ones[scripts].set_viewport_size({"width": width, "height": 800})
        return open_ones[scripts]

    yield tab
    for page in open_ones.values():
        page.context.close()


def visit(page: Any, address: str) -> Any:
    """Goes there, and opens everything that is folded away."""
    answer = page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return answer


@BY_NAME
def test_axe_finds_nothing_light_or_dark_narrow_or_wide(name, address, tab):
    page = tab()
    visit(page, address(name))
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            # Only colours change between light and dark.
            rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {}
            assert not axe_report(page, **rules), (width, scheme)


@BY_NAME
def test_at_640_pixels_and_200_percent_nothing_is_wider_than_the_window(name, address, tab):
    page = tab(320)
    visit(page, address(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@BY_NAME
def test_it_reads_the_same_without_scripts_as_with_them(name, address, tab):
    heard = []
    for scripts in (True, False):
        page = tab(scripts=scripts)
        page.goto(address(name))
        # What only works with scripts is a button of its own: zooming the map.
        heard.append(
            page.get_by_role("main").evaluate("""main => {
            const copy = main.cloneNode(true)
            copy.querySelectorAll('button[type=button], script, datalist').forEach(one => one.remove())
            return copy.textContent.replace(/\\s+/g, ' ').trim()
        }""")
        )
    assert heard[0] == heard[1] and len(heard[0]) > 40


@BY_NAME
def test_it_says_what_it_is_once_in_its_language_and_without_a_jump_in_its_headings(name, address, tab):
    page = tab()
    answer = visit(page, address(name))
    assert answer.status == STATUS.get(name, 200)
    language = (re.findall(r"/(de|es)/", PAGES[name][:4]) or ["en"])[0]
    assert page.locator("html").get_attribute("lang") == language
    assert page.title().strip()
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))")
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


class Overheard:
    """A page of which everything is known that it asks for and keeps."""

    def __init__(self, context: Any) -> None:
        self.context, self.page = context, context.new_page()
        self.asked: list[str] = []
        self.sent_bytes: list[float] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.wire = context.new_cdp_session(self.page)
        self.wire.on("Network.loadingFinished", lambda event: self.sent_bytes.append(event["encodedDataLength"]))
        self.wire.send("Network.enable")

    def visit(self, address: str) -> Any:
        """Goes there as somebody who was never there before."""
        self.page.goto("about:blank")
        self.wire.send("Network.clearBrowserCache")
        self.asked.clear()
        self.sent_bytes.clear()
        return self.page.goto(address, wait_until="load")


@pytest.fixture(scope="module")
def overheard(shared_browser: Any) -> Iterator[Overheard]:
    context = shared_browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    yield Overheard(context)
    context.close()


@BY_NAME
def test_it_is_small_asks_nobody_else_and_keeps_nothing_in_the_browser(name, example_site, address, overheard):
    answer, page = overheard.visit(address(name)), overheard.page
    kept = page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]")
    # Names of databases are given to scripts only by promise.
    kept.append(page.evaluate("indexedDB.databases().then(all => all.length)"))
    assert kept == ["", 0, 0, 0] and overheard.context.cookies() == []
    assert all(url.startswith((example_site + "/", "data:")) for url in overheard.asked), overheard.asked
    assert answer.headers["content-encoding"] == "gzip"
    # The style sheet is among it: nothing was in the cache.
    assert len(overheard.sent_bytes) > 1 and 0 < sum(overheard.sent_bytes) < MOST_BYTES
    if name.startswith("find"):
        assert overheard.sent_bytes[0] < MOST_RESULTS_BYTES


@BY_NAME
def test_keys_reach_everything_in_its_order_and_show_where_they_are(name, address, tab):
    page = tab(1280)
    page.goto(address(name))
    number = page.evaluate(REACHABLE)
    reached = []
    for _ in range(min(number, 60)):
        page.keyboard.press("Tab")
        place, seen, what = page.evaluate(FOCUSED)
        # A part that scrolls may be stopped at, too: that is how keys scroll it.
        if place >= 0 or 'tabindex="0"' not in what:
            reached.append(place)
        assert seen, what
    assert reached == list(range(len(reached))), reached
