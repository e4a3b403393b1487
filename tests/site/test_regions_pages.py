"""RegionCounts by country and region: who is there, who reaches it, and what search engines read."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

import pycountry
import pytest

MOST_BYTES = 60_000


class Linked(HTMLParser):
    """The JSON-LD of a page, as a browser takes it: the text between the tags, unescaped by nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_data(self, data: str) -> None:
        if self.within:
            self.found.append(json.loads(data))
            self.within = False


def linked(page: str) -> Any:
    parser = Linked()
    parser.feed(page)
    (found,) = parser.found
    return found


def text(page: str) -> str:
    """What is read of the main part, on one line."""
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


@pytest.fixture
def ask(tmp_path, publish, people, visitor):
    """Publishes people, those of the fixture or others, and asks for a page."""

    def asked(address: str, *, rows=None, more=None, **headers: str) -> Any:
        path = publish(tmp_path / "ldn.db", people if rows is None else rows, more)
        return asyncio.run(visitor(path)(address, headers=headers))

    return asked


@pytest.fixture
def ohio(people, days_ago):
    """Sixty more prescribers in Ohio, the later in the list the longer ago confirmed."""
    return [
        *people,
        *(
            {**people[0], "id": 100 + number, "name": f"Person {number:02}", "last_confirmed": days_ago(number)}
            for number in range(60)
        ),
    ]


def serving(*served: tuple[int, str]) -> Any:
    """Who serves which regions."""
    return lambda db: db.executemany("INSERT INTO serves VALUES (?, ?, 'Somewhere', 'US')", served)


def test_the_world_is_a_list_of_countries_with_how_many_are_there(ask):
    page = ask("/regions")
    assert "Germany 1 Ireland 1 United Kingdom 1 United States 5" in text(page.text)
    assert '<a href="/regions/DE">Germany</a>' in page.text
    assert '<link rel="canonical" href="http://directory.example/regions">' in page.text


def test_pharmacies_are_browsed_by_themselves(ask):
    assert "United States 1" in text(ask("/pharmacies").text) and "Germany" not in ask("/pharmacies").text
    assert "Willow Compounding Pharmacy" in ask("/pharmacies/US-TX").text
    assert "Willow Compounding Pharmacy" not in ask("/regions/US-TX").text


def test_a_country_shows_its_regions_kinds_and_those_whose_region_no_list_states(ask):
    page = ask("/regions/US")
    assert (
        "4 prescribers 1 online clinic Pharmacies 1 By region Ohio 2 Oregon 2 Region not known 1 Faraway Telehealth"
        in text(page.text)
    )
    assert '<a href="/?country=US&amp;kind=prescriber">4 prescribers</a>' in page.text
    assert '<a href="/pharmacies/US">Pharmacies</a>' in page.text


def test_a_line_tells_who_where_and_by_whom_it_was_listed_and_when(ask):
    told = text(ask("/regions/US-OH").text)
    assert (
        "Ada Example , MD Prescriber Harbour Family Practice, Dayton (415) 555-0101 Listed by Harbour LDN Society, confirmed 3 days ago ·"
        in told
    )


def test_who_is_there_and_who_only_states_that_they_serve_it_are_told_apart(ask):
    page = ask("/regions/US-OH", more=serving((1, "US-OH"), (3, "US-OH"), (9, "US"), (5, "US-OH")))
    told = text(page.text)
    assert "2 prescribers 2 more by video" in told
    there, afar = told.split("Video visits for Ohio")
    assert "Ada Example" in there and "Carla Muster" not in there
    assert "Carla Muster" in afar and "Portland, Oregon" in afar and "Faraway Telehealth" in afar
    assert "Ada Example" not in afar and "Willow" not in told


def test_pharmacies_that_deliver_there_are_on_the_pharmacies_page(ask):
    told = text(ask("/pharmacies/US-OH", more=serving((5, "US-OH"))).text)
    assert "Delivery to Ohio 1 Willow Compounding Pharmacy" in told


def test_whoever_serves_the_whole_country_is_on_its_page(ask):
    told = text(ask("/regions/US", more=serving((1, "US"))).text)
    assert "Video visits for all of United States 1 Ada Example" in told


def test_a_region_that_is_only_served_is_listed_as_such(ask):
    assert "Idaho by video only" in text(ask("/regions/US", more=serving((1, "US-ID"))).text)


def test_what_nobody_has_confirmed_for_long_is_counted_and_linked_and_not_listed(ask):
    page = ask("/regions/US-ID")
    assert "Old Entry" not in page.text and "know of anyone" not in page.text
    assert "We hide 1 entry: not confirmed for 180 days" in text(page.text)
    assert 'href="/?region=US-ID&amp;old=yes"' in page.text


def test_more_than_fifty_are_paged_with_links_that_search_engines_follow(ask, ohio):
    first, second = ask("/regions/US-OH", rows=ohio), ask("/regions/US-OH?page=2", rows=ohio)
    assert first.text.count('<p class="who">') == 50 and second.text.count('<p class="who">') == 12
    assert '<link rel="next" href="/regions/US-OH?page=2">' in first.text and 'rel="prev"' not in first.text
    assert '<link rel="prev" href="/regions/US-OH">' in second.text and 'rel="next"' not in second.text
    assert '<link rel="canonical" href="http://directory.example/regions/US-OH?page=2">' in second.text
    assert "page 2 –" in second.text[: second.text.index("</title>")]
    names = [re.findall(r'<p class="who"><a href="/provider/(\d+)">', page.text) for page in (first, second)]
    assert len({*names[0], *names[1]}) == 62


def test_everybody_who_reaches_a_place_follows_on_the_same_pages(ask, ohio):
    page = ask("/regions/US-OH?page=2", rows=ohio, more=serving((3, "US-OH")))
    assert "In Ohio 62" in text(page.text) and "Video visits for Ohio 1 Carla Muster" in text(page.text)


@pytest.mark.parametrize(
    ("page", "status"), [("0", 400), ("-1", 400), ("two", 400), ("9" * 30, 400), ("٣", 400), ("7", 404), ("1", 200)]
)
def test_a_page_that_cannot_be_is_said(ask, page, status):
    assert ask(f"/regions/US-OH?page={page}").status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/regions/QQ",
        "/regions/US-QQ",
        "/pharmacies/QQ",
        "/regions/USA",
        "/regions/US-",
        "/regions/../x",
        "/regions/US/OH",
    ],
)
def test_an_unknown_code_is_404(ask, path):
    assert ask(path).status_code == 404


def test_codes_in_small_letters_lead_to_those_in_capitals(ask):
    answer = ask("/de/regions/us-oh?page=2")
    assert (answer.status_code, answer.headers["location"]) == (301, "/de/regions/US-OH?page=2")
    assert ask("/pharmacies/us").headers["location"] == "/pharmacies/US"
    assert (ask("/places").status_code, ask("/places").headers["location"]) == (301, "/regions")


def test_a_place_of_iso_3166_where_nobody_is_says_so_and_is_not_for_search_engines(ask):
    page = ask("/regions/US-WY")
    assert page.status_code == 200 and '<meta name="robots" content="noindex">' in page.text
    assert "We don’t know of anyone there yet" in text(page.text)


def test_the_way_down_is_shown_and_linked_for_search_engines(ask):
    page = ask("/regions/US-OH")
    assert (
        '<a href="/regions/US">United States</a>' in page.text and '<span aria-current="page">Ohio</span>' in page.text
    )
    found = linked(page.text)
    assert found["@type"] == "BreadcrumbList"
    assert [(one["position"], one["name"], one["item"]) for one in found["itemListElement"]] == [
        (1, "Regions", "http://directory.example/regions"),
        (2, "United States", "http://directory.example/regions/US"),
        (3, "Ohio", "http://directory.example/regions/US-OH"),
    ]


def test_names_of_places_are_in_the_readers_language(ask):
    assert '<span aria-current="page">Deutschland</span>' in ask("/de/regions/DE").text
    assert '<span aria-current="page">Kalifornien</span>' in ask("/de/regions/US-CA").text
    assert '<span aria-current="page">Alemania</span>' in ask("/es/regions/DE").text
    assert '<a href="/de/regions/US-OR">Oregon</a>' in ask("/de/regions/US").text


def test_hostile_names_of_people_and_places_are_text_also_in_the_linked_data(ask, people):
    hostile = "</script><script>window.pwned=1</script>"

    def spoil(db):
        db.execute("UPDATE regions SET name = ? WHERE code = 'US-OH'", (hostile,))

    page = ask(
        "/regions/US-OH", rows=[people[0] | {"name": hostile, "city": "<img src=x>", "practice": "'\"><b>"}], more=spoil
    )
    assert page.text.count("<script") == 1 and "<img" not in page.text and "<b>" not in page.text
    assert linked(page.text)["itemListElement"][2]["name"] == hostile


def test_a_directory_without_countries_or_without_anybody_says_so(ask, people):
    nowhere = [people[0] | {"region": None, "region_code": None, "country": None, "country_code": None}]
    assert "For 1 entry we don’t know the country" in text(ask("/regions", rows=nowhere).text)
    assert "We don’t list anyone yet" in text(ask("/regions", rows=[]).text)
    assert ask("/regions/US", rows=[]).status_code == 200


def test_a_country_whose_lists_state_no_regions_lists_everybody_at_once(ask, people):
    rows = [people[0] | {"region": None, "region_code": None, "country": "Norway", "country_code": "NO"}]
    told = text(ask("/regions/NO", rows=rows).text)
    assert "By region" not in told and "In Norway 1 Ada Example" in told


def test_an_inactive_registration_is_not_listed(ask, people):
    assert "Ada Example" not in ask("/regions/US-OH", rows=[people[0] | {"register_state": "inactive"}, people[1]]).text


def test_programs_get_every_place_with_its_counts(ask):
    rows = {
        row["code"]: row for row in ask("/regions.json", more=serving((3, "US-OH"), (5, "US-OH"))).json()["regions"]
    }
    assert rows["US-OH"] == {
        "code": "US-OH",
        "name": "Ohio",
        "country_code": "US",
        "url": "http://directory.example/regions/US-OH",
        "providers": {"prescriber": 2, "clinic": 0, "telehealth": 0, "pharmacy": 0},
        "serving_by_telehealth": 1,
        "delivering_pharmacies": 1,
    }
    assert rows["US"]["providers"] == {"prescriber": 4, "clinic": 0, "telehealth": 1, "pharmacy": 1}
    assert sum(row["providers"]["pharmacy"] for row in rows.values() if len(row["code"]) == 2) == 1


def test_large_pages_stay_small(ask, people, ohio):
    def everywhere(db):
        states = [one for one in pycountry.subdivisions if one.country_code == "US"]
        db.executemany("INSERT OR IGNORE INTO serves VALUES (1, ?, ?, 'US')", ((one.code, one.name) for one in states))

    rows = [
        *ohio,
        *(
            people[0]
            | {
                "id": 1000 + number,
                "region": None,
                "region_code": None,
                "country": one.name,
                "country_code": one.alpha_2,
            }
            for number, one in enumerate(list(pycountry.countries)[:120])
        ),
    ]
    style = len(ask("/static/style.css", **{"Accept-Encoding": "identity"}).content)
    for address in ("/regions", "/regions/US", "/regions/US-OH"):
        page = ask(address, rows=rows, more=everywhere)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) + style < MOST_BYTES, address


def test_what_is_picked_for_a_visit_goes_along_and_more_can_be_picked(ask, ohio):
    page = ask("/de/regions/US-OH?pick=2,7", rows=ohio)
    assert '<a href="/de/regions/US?pick=2,7">' in page.text and '<a href="/de/visit?pick=2,7">' in page.text
    assert (
        '<a href="/de/regions/US-OH?page=2&amp;pick=2,7" rel="next">' in page.text
        and '<a href="/de/provider/1?pick=2,7">' in page.text
    )
    assert (
        'href="/de/regions/US-OH?pick=2,7,1#entry-1"' in page.text
        and 'href="/de/regions/US-OH?pick=7#entry-2"' in page.text
    )
    assert '<link rel="canonical" href="http://directory.example/de/regions/US-OH">' in page.text


def test_no_more_than_thirty_can_be_picked(ask, ohio):
    page = ask("/regions/US-OH?pick=" + ",".join(map(str, range(200, 230))), rows=ohio)
    assert "#entry-" not in page.text and "30 entries on your visit list" in text(page.text)


def test_a_page_number_of_any_length_is_refused_in_a_sentence(ask):
    assert ask("/regions/US?page=000000001" + "0" * 5_000).status_code == 400


def test_a_region_with_pharmacies_alone_says_so(ask):
    told = text(ask("/regions/US-TX").text)
    assert "know of a doctor or clinic there" in told and "know of anyone there" not in told and "Pharmacies 1" in told
