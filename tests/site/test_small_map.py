"""The small map beside results, and the circles of the map: pure functions from rows to numbers."""

from __future__ import annotations

import gzip
from itertools import combinations
from math import dist

import pytest

from ldn_directory.site.i18n.locale import ENGLISH
from ldn_directory.site.maps.clusters import DESK, PHONE, EntryCount, group_towns, place_counts, view_of
from ldn_directory.site.maps.outlines import outlines
from ldn_directory.site.maps.small_map import WIDTH_PX, small_map
from ldn_directory.site.pages.render import templates
from ldn_directory.site.plugin.middleware import HEADERS
from ldn_directory.site.search.town_counts import Town

from .conftest import axe_report


def row(number, lat, lon, code="US", precision=1.0, name="Ada Example"):
    return {
        "id": number,
        "name": name,
        "latitude": lat,
        "longitude": lon,
        "country_code": code,
        "precision_km": precision,
    }


DAYTON, COLUMBUS, PORTLAND, LONDON = (39.76, -84.19), (39.96, -83.0), (45.52, -122.68), (51.51, -0.12)


class TestSmallMap:
    def test_results_of_one_country_are_drawn_on_it(self):
        found = small_map([row(1, *DAYTON), row(2, *PORTLAND)], place=DAYTON)
        assert (found.outline, found.shown, len(found.marks)) == ("US", 2, 2)
        left, top, width, height = found.view
        assert all(left < mark.x < left + width and top < mark.y < top + height for mark in found.marks)
        assert dist(found.place, (found.marks[0].x, found.marks[0].y)) < 1

    def test_results_of_several_countries_are_drawn_on_the_world(self):
        found = small_map([row(1, *DAYTON), row(2, *LONDON, code="GB")])
        assert found.outline == "world"
        assert [mark.id for mark in found.marks] == [1, 2]
        assert found.marks[0].x < found.marks[1].x

    def test_results_that_no_finger_could_tell_apart_share_a_mark_at_the_first(self):
        found = small_map([row(5, *DAYTON, name="Ben Sample"), row(6, *DAYTON), row(7, *PORTLAND)])
        assert [(mark.id, mark.count, mark.name) for mark in found.marks] == [
            (5, 2, "Ben Sample"),
            (7, 1, "Ada Example"),
        ]
        assert found.marks[0].radius > found.marks[1].radius

    def test_a_point_that_may_be_far_off_has_a_disc_of_that_radius(self):
        near, far = small_map([row(1, *DAYTON)]), small_map([row(1, *DAYTON, precision=100.0)])
        assert near.discs == []
        [disc] = far.discs
        east = outlines().countries["US"].place(-84.19 + 100 / 85.4, 39.76)
        assert disc.radius == pytest.approx(dist((disc.x, disc.y), east), rel=0.03)

    def test_one_result_is_not_shown_closer_than_the_outlines_are_good_for(self):
        found = small_map([row(1, *DAYTON)])
        assert found.view[2] == 120
        assert found.pixel == pytest.approx(120 / WIDTH_PX)

    @pytest.mark.parametrize("rows", [[], [row(1, None, None)], [row(1, 39.0, None)], [row(1, -89.0, 0.0)]])
    def test_without_a_point_that_can_be_drawn_there_is_no_map(self, rows):
        assert small_map(rows) is None

    def test_a_point_beyond_the_drawing_of_its_country_is_drawn_on_the_world(self):
        assert small_map([row(1, *DAYTON), row(2, 13.45, 144.79)]).outline == "world"

    def test_a_country_that_nobody_knows_is_no_error(self):
        assert small_map([row(1, *DAYTON, code=None)]).outline == "world"
        assert small_map([row(1, *DAYTON, code="ZZ")]).outline == "world"


class TestCircles:
    def test_every_counted_region_has_a_circle_and_none_hides_another(self):
        us = outlines().countries["US"]
        circles = place_counts(
            us,
            [EntryCount(code=code, name=code, here=7 + number * 90, afar=0) for number, code in enumerate(us.shapes)],
        )
        assert {circle.code for circle in circles} == set(us.shapes)
        assert all(dist((a.x, a.y), (b.x, b.y)) > a.radius + b.radius - 3 for a, b in combinations(circles, 2))
        assert all(c.radius <= c.x <= us.width - c.radius and c.radius <= c.y <= us.height - c.radius for c in circles)

    @pytest.mark.parametrize("screen", [DESK, PHONE])
    def test_a_circle_that_leaves_its_country_says_so_and_lets_the_others_places_be_seen(self, screen):
        world = outlines().world
        counted = [EntryCount(code=code, name=code, here=2, afar=0) for code in ("DE", "NL", "DK", "AT", "GB", "AU")]
        circles = place_counts(world, counted, screen)
        unit = screen.unit(world)
        assert [circle.code for circle in circles if not circle.is_away] == ["AU"] or screen is DESK
        assert all(
            dist((one.x, one.y), other.home) > one.radius - unit
            for one in circles
            for other in circles
            if one is not other
        )
        assert all(circle.home == world.shapes[circle.code].at for circle in circles)

    def test_on_a_phone_circles_are_larger_beside_the_land_and_still_apart(self):
        us = outlines().countries["US"]
        counted = [
            EntryCount(code=code, name=code, here=1 + number % 9, afar=0) for number, code in enumerate(us.shapes)
        ]
        circles, wide = place_counts(us, counted, PHONE), place_counts(us, counted, DESK)
        unit = PHONE.unit(us)
        assert all(circle.radius / unit >= PHONE.least for circle in circles)
        assert min(circle.radius for circle in circles) > min(circle.radius for circle in wide)
        assert all(dist((a.x, a.y), (b.x, b.y)) > a.radius + b.radius - 2 * unit for a, b in combinations(circles, 2))

    def test_a_circle_alone_stands_in_its_region(self):
        ohio = outlines().countries["US"].shapes["US-OH"]
        [circle] = place_counts(outlines().countries["US"], [EntryCount(code="US-OH", name="Ohio", here=3, afar=9)])
        assert (circle.count, circle.afar, (circle.x, circle.y)) == (3, False, ohio.at)

    def test_those_who_only_serve_a_region_are_told_apart(self):
        counted = [
            EntryCount(code="US-OH", name="Ohio", here=0, afar=9),
            EntryCount(code="US-TX", name="Texas", here=1, afar=0),
        ]
        texas, ohio = place_counts(outlines().countries["US"], counted)
        assert (ohio.count, ohio.afar, texas.afar) == (9, True, False)
        assert place_counts(outlines().countries["US"], [EntryCount(code="US-OH", name="Ohio", here=0, afar=0)]) == ()

    def test_more_entries_make_a_larger_circle_with_room_for_its_digits(self):
        codes = [("US-OH", 1), ("US-TX", 100), ("US-CA", 12345)]
        large, middle, small = place_counts(
            outlines().countries["US"], [EntryCount(code=c, name=c, here=n, afar=0) for c, n in codes]
        )
        assert large.radius > middle.radius > small.radius
        assert large.radius > 12.6 * 3

    def test_towns_near_each_other_are_counted_together_under_the_largest(self):
        nigeria = outlines().countries["NG"]
        lagos, ikeja, kano = (
            Town(city=c, latitude=a, longitude=o, count=n)
            for c, a, o, n in (("Lagos", 6.45, 3.39, 12), ("Ikeja", 6.6, 3.35, 2), ("Kano", 12.0, 8.52, 3))
        )
        first, second = group_towns(nigeria, [ikeja, lagos, kano])
        assert (first.name, first.count, first.point) == ("Lagos", 14, (3.39, 6.45))
        assert (second.name, second.count) == ("Kano", 3)
        elsewhere = Town(city="London", latitude=51.5, longitude=0, count=1)
        assert group_towns(nigeria, [elsewhere]) == ()

    def test_the_part_that_is_shown_stays_within_the_drawing_if_it_can(self):
        us = outlines().countries["US"]
        left, top, width, height = view_of([(995, 640)], us, least=120, margin=0, aspect=4 / 3)
        assert (left + width, top + height) == (us.width, us.height)
        whole = view_of([(0, 0), (us.width, us.height)], us, least=0, margin=50, aspect=4 / 3)
        assert whole[2] >= us.width


PAGE = """{% import "small_map.html" as maps with context %}<!doctype html><html lang="en"><head><title>x</title>
<link rel="stylesheet" href="{{ static("style.css") }}"></head><body><main><h1>x</h1>{{ maps.small_map(map, total) }}
<p id="name-1">Ada Example</p></main></body></html>"""


def page_with(found, total):
    return templates("en").from_string(PAGE).render(reader=ENGLISH, map=found, total=total)


class TestItsMarkup:
    def test_names_are_text_and_each_mark_leads_to_its_card(self):
        html = page_with(small_map([row(1, *DAYTON, name="<script>alert(1)</script>"), row(2, *PORTLAND)]), 3)
        assert "<script>" not in html
        assert html.count('href="#name-1"') == html.count('href="#name-2"') == 1
        assert "Map of 2 of the 3 entries on this page." in html

    def test_it_adds_little_to_the_page(self):
        rows = [
            row(number, 30 + number * 0.9, -120 + number * 2, precision=40.0, name=f"Dr Specimen {number}")
            for number in range(1, 21)
        ]
        html = page_with(small_map(rows, place=DAYTON), 20)
        assert len(gzip.compress(html.encode())) < 2_500

    def test_no_map_is_no_markup(self):
        assert "<figure" not in page_with(None, 0)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_outlines_are_drawn_under_the_policy_of_the_site(browser, directory, served, scheme):

    address = served(directory)
    page = browser.new_page(color_scheme=scheme)
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: failed.append(message.text) if message.type == "error" else None)
    html = page_with(small_map([row(1, *DAYTON), row(2, *DAYTON), row(3, *COLUMBUS, precision=60.0)], place=DAYTON), 3)
    answer = {
        "content_type": "text/html",
        "body": html,
        "headers": {"content-security-policy": HEADERS["content-security-policy"]},
    }
    page.route("**/results", lambda route: route.fulfill(**answer))
    page.goto(address + "/results")
    assert f"{address}/outlines/US.svg" in asked
    assert page.evaluate("document.querySelector('.coast').getBBox().width") > 900
    land, sea = page.evaluate(
        "[getComputedStyle(document.querySelector('.coast')).fill, getComputedStyle(document.querySelector('.small-map svg')).backgroundColor]"
    )
    assert land != sea
    page.locator(".small-map a").last.click()
    assert page.url == address + "/results#name-1"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.small-map')") is None
    assert not axe_report(page, runOnly=["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    assert failed == []
