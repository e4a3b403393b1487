"""Where a page leads to: what a first crawl of an unseen list follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_directory.extract.onward import ways_onward
from ldn_directory.extract.page import Page

HERE = "https://lists.example.org/find"


def ways(body: str) -> dict[str, list[tuple[str, str | None]]]:
    page = Page(HERE, f"<html><body>{body}</body></html>".encode(), "text/html")
    return {way.kind: list(way.addresses) for way in ways_onward(page)}


def test_links_that_name_countries_or_regions_lead_to_pages_of_places() -> None:
    found = ways(
        '<a href="/d/texas">Texas (12)</a> <a href="/d/no">Norway</a> <a href="/d/on">Ontario ›</a> <a href="/t">Terms</a>'
    )
    assert found == {
        "places": [
            ("https://lists.example.org/d/texas", "Texas"),
            ("https://lists.example.org/d/no", "Norway"),
            ("https://lists.example.org/d/on", "Ontario"),
        ]
    }


def test_one_link_that_names_a_country_is_no_list_of_places() -> None:
    assert ways('<a href="/usa">United States</a>') == {}


def test_letters_of_the_alphabet_lead_to_pages_like_those_of_places() -> None:
    assert [url[-1] for url, _ in ways('<a href="?l=a">A</a><a href="?l=b">B</a>')["places"]] == ["a", "b"]


@pytest.mark.parametrize("ending", ["pdf", "csv", "xlsx", "kml"])
def test_files_are_followed_by_their_kind_also_on_another_host(ending: str) -> None:
    address = f"https://files.example.net/list.{ending}"
    page = Page(HERE, f'<a href="{address}">The list</a>'.encode(), "text/html")
    (way,) = ways_onward(page)
    assert (way.kind, way.addresses, way.may_leave_site) == (f"files {ending}", ((address, None),), True)


def test_each_option_of_a_forms_choice_of_places_is_asked_for_with_what_the_form_sends_besides() -> None:
    form = """<form action="/search#top"><input name="q" value=""><select name="sort"><option>name<option>town<option>date
<option>newest</select><select name="state"><option value="">Any<option value="TX">Texas<option value="OH">Ohio</select>
<input type="checkbox" name="old"><input type="hidden" name="v" value="2"><input type="submit" name="go"></form>"""
    start = "https://lists.example.org/search?q=&sort=name&state="
    assert ways(form) == {"form state": [(f"{start}TX&v=2", "Texas"), (f"{start}OH&v=2", "Ohio")]}


def test_forms_that_post_or_sign_in_are_left_alone() -> None:
    choice = '<select name="s"><option value="1">Texas<option value="2">Ohio</select>'
    assert ways(f'<form method="post">{choice}</form>') == {}
    assert ways(f'<form>{choice}<input type="password" name="p"></form>') == {}


def test_a_map_is_asked_for_its_data_and_not_for_its_frame() -> None:
    frame = '<iframe src="https://www.google.com/maps/d/embed?mid=1abc&z=4"></iframe>'
    assert ways(frame) == {"maps": [("https://www.google.com/maps/d/kml?mid=1abc&forcekml=1", None)]}


def test_what_a_script_or_an_attribute_loads_is_data() -> None:
    found = ways('<div data-src="/data/list.json"></div><script>fetch("/api/people?all=1")</script>')
    assert [url for url, _ in found["data"]] == [
        "https://lists.example.org/api/people?all=1",
        "https://lists.example.org/data/list.json",
    ]


def test_pages_below_this_one_are_a_way_of_their_own() -> None:
    assert ways('<a href="/find/one">One</a><a href="/finder">Other</a><a href="/find#x">Here</a>') == {
        "below": [("https://lists.example.org/find/one", None)]
    }


@given(st.text(max_size=60), st.text(alphabet="ab/?#[]:@&=% .\\\n", max_size=40))
def test_no_link_or_form_makes_it_fail(text: str, address: str) -> None:
    ways(
        f'<a href="{address}">{text}</a><form action="{address}"><select name="{text}"><option>a<option>b</select></form>'
    )
