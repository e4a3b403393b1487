"""The pages for browsing and reading in a real browser: for screen readers, keyboards, small screens, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import axe_report, days_ago, people, publish, serving

PAGES = (
    "/regions",
    "/regions/US",
    "/regions/US-OH",
    "/regions/US-OH?page=2",
    "/pharmacies",
    "/pharmacies/US-TX",
    "/sources",
    "/status",
    "/changes",
    "/about",
    "/privacy",
    "/removal?entry=5",
    "/regions/US-WY",
    "/regions/QQ",
)
HOSTILE = "<img src=x onerror=window.pwned=1>"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("everybody")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = {
        "run": "r",
        "at": now,
        "outcome": "held",
        "listings": 3,
        "gates": ["too few"],
        "acceptable": True,
        "unread_pages": 0,
        "repeated": 0,
        "stated": None,
    }
    source = {
        "source": "harbour",
        "title": HOSTILE,
        "every_days": 7,
        "last_good": now,
        "due": now,
        "listings": 9,
        "run": run,
        "looks": {"never": 1},
    }
    status = {
        "form": 2,
        "written": now,
        "unknown": [],
        "sources": [source, source | {"run": None}],
        "doubts": 2,
        "waiting": True,
        "registers": [],
        "gazetteer": None,
    }
    (folder / "status.json").write_text(json.dumps(status))

    def more(db):
        for number in range(30):
            at = days_ago(1 + 7 * number)
            db.execute("INSERT INTO runs VALUES (?, ?, ?)", (f"r{number}", at, at))
            db.execute("INSERT INTO readings VALUES ('harbour', ?, ?, ?)", (f"r{number}", at, 100 + number))
            db.execute(
                "INSERT INTO changes (id, at, source, provider, what, field, before, after) VALUES (?, ?, 'harbour', 1, 'changed',"
                " 'practice', ?, 'Harbour')",
                (10 * number + 1, days_ago(30 - number), HOSTILE),
            )
        db.executemany("INSERT INTO serves VALUES (?, 'US-OH', 'Ohio', 'US')", ((3,), (5,), (9,)))
        db.execute("UPDATE sources SET title = ? WHERE id = 'own'", (HOSTILE,))

    rows = [
        *people(),
        *({**people()[0], "id": 100 + number, "name": f"{HOSTILE} {number}", "city": HOSTILE} for number in range(55)),
    ]
    with serving(publish(folder / "ldn.db", rows, more)) as address:
        yield address


@pytest.fixture
def page(shared_browser: Any) -> Iterator[Any]:
    page = shared_browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_overflows_or_runs(address, page, path):
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            # Only colours change between light and dark.
            rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {}
            assert not axe_report(page, **rules), (width, scheme)
    assert page.evaluate("window.pwned") is None


def test_at_320_pixels_and_200_percent_nothing_overflows(address, shared_browser):
    page = shared_browser.new_page(viewport={"width": 160, "height": 400}, device_scale_factor=2)
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 160, path
    page.close()


def test_from_the_front_page_to_an_entry_without_scripts(address, shared_browser):
    page = shared_browser.new_context(java_script_enabled=False).new_page()
    page.goto(address + "/")
    for name in ("Regions", "United States", "Ohio"):
        page.get_by_role("main" if name != "Regions" else "navigation").get_by_role(
            "link", name=name, exact=True
        ).first.click()
    page.get_by_role("link", name="Next").click()
    assert page.url.endswith("/regions/US-OH?page=2")
    page.get_by_role("navigation", name="You are here").get_by_role("link", name="United States").click()
    assert page.url.endswith("/regions/US")


def test_a_screen_reader_hears_place_counts_and_groups_in_order(address, page):
    page.goto(address + "/regions/US-OH?page=2")
    heard: Any = page.get_by_role("main").aria_snapshot()
    order = [
        'navigation "You are here"',
        'heading "Ohio: doctors and clinics" [level=1]',
        "57 prescribers",
        'region "In Ohio 57"',
        'region "Video visits for Ohio 2"',
        'navigation "Pages"',
    ]
    places = [heard.index(one) for one in order]
    assert places == sorted(places)
    page.goto(address + "/sources")
    assert page.get_by_role("img", name="Entries of Harbour LDN Society over time").count() == 1


def test_keys_alone_reach_the_first_entry_of_a_region(address, page):
    page.goto(address + "/pharmacies/US-TX")
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert reached[0] == "Skip to the content" and "Willow Compounding Pharmacy" in reached
