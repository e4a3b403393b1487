"""The visit list: what somebody picked, on one page to print, kept nowhere; and questions to bring along."""

from __future__ import annotations

import asyncio
import re
import shutil

import pytest

from ldn_directory.site.pages.find import TYPED, _cached, _pair
from ldn_directory.site.pages.visit import move_up

AT_DAYTON = {"latitude": 39.76, "longitude": -84.19, "precision_km": 0.1, "located_by": "source"}


def text(page: str) -> str:
    """What is read of the main part, on one line."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def names(page: str) -> list[str]:
    return re.findall(r'<h2 id="entry-\d+"><a [^>]*>([^<]*)</a>', page)


@pytest.fixture
def ask(tmp_path, publish, people, visitor):
    def asked(address: str, more=None, **headers: str):
        return asyncio.run(visitor(publish(tmp_path / "ldn.db", people, more))(address, headers=headers))

    return asked


@pytest.fixture
def with_places(tmp_path, world):
    """Puts the gazetteer beside the directory."""
    shutil.copy(world, tmp_path / "gazetteer.db")


def at_dayton(db):
    db.execute(
        "UPDATE locations SET latitude = :latitude, longitude = :longitude, precision_km = :precision_km, located_by = :located_by"
        " WHERE provider = 1",
        AT_DAYTON,
    )


def test_entries_stand_in_the_order_picked_with_phone_and_who_lists_them(ask):
    page = ask("/visit?pick=5,1,2").text
    assert names(page) == ["Willow Compounding Pharmacy", "Ada Example", "Ben Sample"]
    assert '<a href="tel:+14155550101">(415) 555-0101</a>' in page
    assert '<a href="/sources#harbour">Harbour LDN Society</a>' in page and re.search(r"\(checked \d", page)


def test_nobody_keeps_what_was_picked(ask):
    answered = ask("/visit?pick=1")
    assert answered.headers["cache-control"] == "no-store" and "set-cookie" not in answered.headers
    assert '<meta name="robots" content="noindex">' in answered.text


def test_without_any_entry_the_page_says_how_to_pick(ask):
    for address in ("/visit", "/visit?pick=", "/visit?pick=x,-1,<b>"):
        page = ask(address)
        assert (
            page.status_code == 200
            and "Nobody is on your visit list yet." in text(page.text)
            and '<a href="/">Search</a>, and choose' in page.text
        )


def test_an_entry_is_taken_off_and_moved_up_by_links(ask):
    page = ask("/visit?pick=5,1&near=Dayton").text
    assert re.search(r'href="/visit\?pick=5&amp;near=Dayton">Remove<span class="unseen"> Ada Example</span>', page)
    assert re.search(r'href="/visit\?pick=1,5&amp;near=Dayton">Move<span class="unseen"> Ada Example</span> up', page)
    assert page.count('class="unseen"> Willow') == 1, "the first is not moved up"


def test_moving_the_first_up_changes_nothing():
    assert move_up((5, 1, 2), 5) == "5,1,2" and move_up((5, 1, 2), 2) == "5,2,1"


def test_merged_numbers_are_followed_and_those_that_are_no_longer_are_named(ask):
    def moved(db):
        db.executemany(
            "INSERT INTO redirects VALUES (?, ?, ?, '2026-01-01T00:00:00Z')",
            [(70, 2, "merged"), (71, None, "gone"), (72, None, "forgotten")],
        )

    page = ask("/visit?pick=70,1,71,72,999999999999999999,2", moved).text
    assert names(page) == ["Ben Sample", "Ada Example"]
    for sentence in (
        "Entry 70 has become part of entry 2, which is on the list instead.",
        "Entry 71 is no longer in the directory.",
        "The person or practice asked us to remove entry 72.",
        "There is no entry 999999999999999999 in the directory.",
    ):
        assert sentence in text(page)
    assert 'name="pick" value="2,1"' in page


@pytest.mark.usefixtures("with_places")
def test_distances_are_measured_as_the_search_measures_them(ask):
    page = text(ask("/visit?pick=1,2&near=Columbus, Ohio", at_dayton, **{"Accept-Language": "en-US"}).text)
    assert "Distances are straight lines from Columbus, Ohio, United States." in page
    assert re.search(r"Dayton, Ohio, United States 6\d miles away, to the west", page)
    assert "distance not known" in page


@pytest.mark.usefixtures("with_places")
def test_a_place_that_is_unknown_or_too_large_says_so(ask):
    assert "No place called “Xqzzyvk” is known here, so no distances are shown." in text(
        ask("/visit?pick=1&near=Xqzzyvk").text
    )
    assert "Ohio, United States is too large to measure distances from." in text(
        ask("/visit?pick=1&near=Ohio, USA").text
    )


def test_a_place_that_cannot_be_read_costs_the_distances_and_not_the_list(ask):
    for near in ("x" * 200, "91,200"):
        page = ask(f"/visit?pick=1&near={near}")
        assert page.status_code == 200 and names(page.text) == ["Ada Example"] and 'class="note"' in page.text


def test_all_places_regions_and_disagreements_are_told(ask, insert):
    def more(db):
        dates = {"first_seen": "2026-01-01T00:00:00Z", "last_confirmed": "2026-11-01T00:00:00Z"}
        said = {"provider": 1, "source": "own", "page": "https://provider-1.example.org/"}
        insert(db, "listings", id="own-1", evidence="own_site", name="Ada Example", status="unchecked", **said, **dates)
        insert(db, "claims", listing="own-1", field="phone", value="+14155550199", shown=0, **said, **dates)
        insert(
            db,
            "locations",
            provider=1,
            street="5 Sample Lane",
            city="Salem",
            country="United States",
            country_code="US",
        )
        db.execute("INSERT INTO serves VALUES (1, 'US-OR', 'Oregon', 'US')")

    page = ask("/visit?pick=1", more).text
    told = text(page)
    assert "Also at 5 Sample Lane, Salem, United States" in told and "Video visits in Oregon" in told
    assert "Sources give different phone numbers" in told
    assert '<a href="tel:+14155550199">' in page and page.count('<a href="tel:+14155550101">') == 2


def test_hostile_text_is_text(tmp_path, publish, people, visitor):
    hostile = "<img src=x onerror=alert(1)>"
    rows = [people[0] | {"name": hostile, "practice": hostile, "website": "javascript:alert(1)", "remark": hostile}]
    page = asyncio.run(visitor(publish(tmp_path / "ldn.db", rows))(f"/visit?pick=1&near={hostile}")).text
    assert "<img" not in page and "javascript:" not in re.sub(r">[^<]*<", "><", page)


def test_the_questions_are_dated_and_claim_nothing(ask):
    page = text(ask("/questions").text)
    assert re.search(r"Last changed (1 December|December 1,) 2026", page)
    assert "Do you take new patients?" in page and "Opioids above all" in page and "pregnant" in page
    assert not re.search(
        r"\b(?:effective|cures?|heals?|relief|benefits?|you should|we recommend)\b", page, re.IGNORECASE
    )


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_there_is_room_for_notes_and_nothing_to_press(tmp_path, publish, people, served, browser, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(served(publish(tmp_path / "ldn.db", people)) + "/visit?pick=1,5")
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.locator(".ruled").count() == 2
    assert all(one.bounding_box()["height"] > 80 for one in page.locator(".ruled").all())
    for hidden in page.locator("nav, form, .off-paper, .skip").all():
        assert not hidden.is_visible()
    stop = page.locator(".stop").first
    assert stop.evaluate("it => getComputedStyle(it).breakInside") == "avoid"
    for selector in (".stop", ".stop a", ".stop .number", "h1"):
        assert page.locator(selector).first.evaluate("it => getComputedStyle(it).color") == "rgb(0, 0, 0)", selector
    assert "As the directory stood on" in page.locator(".made").inner_text()


@pytest.mark.browser
def test_a_list_fits_a_small_screen_and_its_form_keeps_what_was_picked(tmp_path, publish, people, served, browser):
    page = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False).new_page()
    page.goto(served(publish(tmp_path / "ldn.db", people)) + "/visit?pick=2,1")
    page.get_by_label("Where you start from").fill("Dayton")
    page.get_by_role("button", name="Show distances").click()
    assert page.url.endswith("/visit?pick=2%2C1&near=Dayton")
    assert page.locator(".stop h2").all_inner_texts() == ["Ben Sample, DO", "Ada Example, MD"]
    page.get_by_role("link", name="Remove Ben Sample from visit list").click()
    assert page.locator(".stop h2").all_inner_texts() == ["Ada Example, MD"]
    assert (
        max(box["x"] + box["width"] for box in (one.bounding_box() for one in page.locator("main *:visible").all()))
        <= 320
    )


def test_picking_keeps_the_page_of_results_and_other_searches_keep_what_is_picked(tmp_path, people, publish, visitor):
    many = [people[1] | {"id": number, "name": f"Ben Sample {number}"} for number in range(1, 46)]
    visit = visitor(publish(tmp_path / "ldn.db", many))
    second = asyncio.run(visit("/?q=sample&page=2&pick=7")).text
    adding = re.findall(r'href="(/\?[^"]*)#name-\d+"', second)
    assert len(adding) == 20 and all("page=2" in address and "pick=7," in address for address in adding)
    assert 'href="/?pick=7">Clear everything' in asyncio.run(visit("/?q=sample&kind=prescriber&pick=7")).text
    nobody = asyncio.run(visit("/?q=zzzzzz&pick=7")).text
    assert all(
        "pick=7" in address
        for address in re.findall(
            r'<li><a href="(/\?[^"]*)">', nobody.partition("You could look for")[2].partition("</ul>")[0]
        )
    )


def test_what_is_typed_is_not_cached_for_making_addresses(visit):
    before = _cached.cache_info().currsize
    asyncio.run(visit("/?q=unmistakable&near=Nowhereville&country=Sometypedland&region=Sometypedregion"))
    after = _cached.cache_info()
    assert [_pair(name, "anything else") for name in sorted(TYPED)] == [
        f"{name}=anything+else" for name in sorted(TYPED)
    ]
    assert _cached.cache_info().currsize == after.currsize
    for typed in (("country", "Sometypedland"), ("region", "Sometypedregion")):
        misses = _cached.cache_info().misses
        _cached(*typed)
        assert _cached.cache_info().misses == misses + 1, before


def test_whom_a_visitor_picked_is_kept_by_no_cache_and_goes_along_to_a_merged_entry(tmp_path, people, publish, visitor):
    def merge(db):
        db.execute("INSERT INTO redirects VALUES (900, 1, 'merged', '2026-11-01T00:00:00Z')")

    visit = visitor(publish(tmp_path / "ldn.db", people, merge))
    for address in ("/?pick=1", "/provider/1?pick=1", "/regions/US?pick=1", "/visit?pick=1"):
        assert asyncio.run(visit(address)).headers["cache-control"] == "no-store", address
    moved = asyncio.run(visit("/de/provider/900?pick=1,4"))
    assert (moved.status_code, moved.headers["location"]) == (301, "/de/provider/1?pick=1,4")


def test_a_full_list_offers_no_more_picks_and_says_why(visit):
    page = asyncio.run(visit("/?pick=" + ",".join(map(str, range(100, 130))))).text
    assert "Add to" not in re.sub(r"<span.*?</span>", "", page) and "holds at most 30 entries" in page


def test_a_place_too_long_to_be_one_is_not_repeated(visit):
    page = asyncio.run(visit("/visit?pick=1,2&near=" + "x" * 9_000))
    assert page.status_code == 200 and len(page.text) < 20_000 and "at most 100 characters" in page.text
