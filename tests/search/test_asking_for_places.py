"""Choosing between places of one name, and asking the reader."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from ldn_directory.places import Gazetteer, Place
from ldn_directory.site.i18n.locale import reader_for
from ldn_directory.site.pages.other_places import other_places
from ldn_directory.site.search.place_choice import Context, called, choose_exactly, choose_place, whole_name
from ldn_directory.site.server.serve import asgi_app

NAMES_TRIED = 300
LEAST_INHABITANTS = 15_000


@pytest.fixture(scope="module")
def gazetteer(world: Path) -> Gazetteer:
    return Gazetteer.open(world)


def asked(path: Path, *requests: tuple[str, str]) -> list[httpx.Response]:
    """The answers to (address, accepted languages), in this order, of one site."""

    async def ask() -> list[httpx.Response]:
        app = asgi_app(path, look_every_s=0)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as site:
            return [await site.get(where, headers={"accept-language": language}) for where, language in requests]

    return asyncio.run(ask())


@pytest.mark.parametrize("home", ["US", "GB", "DE", None])
def test_each_place_that_is_offered_is_the_one_that_its_link_leads_to(gazetteer, home):
    towns = gazetteer.db.execute("SELECT name FROM towns WHERE population >= ?", (LEAST_INHABITANTS,)).fetchall()
    names = [name for (name,) in random.Random(7).sample(towns, NAMES_TRIED)]
    codes = ["75001", "10115", "28001", "2000", "4000", "90210"]
    wrong = []
    for name in [*names, *codes, "Springfield", "Georgia", "Victoria", "San José", "New York"]:
        choice = choose_exactly(gazetteer, name, Context(home=home))
        for place in choice.others if choice else ():
            back = choose_place(gazetteer, whole_name(place), Context(home=home))
            if back is None or back.ask or back.place.point != place.point:
                wrong.append((name, place.name))
    assert not wrong


def test_who_is_listed_where_plays_no_part(ask):
    for q, country in (("pharmacy Manchester", "GB"), ("nurse London", "GB"), ("clinic Birmingham", "GB")):
        assert ask(q=q, home="GB").parsed.place.country_code == country
        assert ask(q=q, home="GB", kind="pharmacy").parsed.place.country_code == country


@pytest.mark.parametrize(
    ("text", "home", "shown", "ask"),
    [
        ("London", "CA", "London, Ontario, Canada", True),
        ("Springfield", "US", "Springfield, Missouri, United States", True),
        ("Paris", "US", "Paris, Île-de-France, France", False),
        ("Columbus", "US", "Columbus, Ohio, United States", False),
        ("75001", "US", "75001, Texas, United States", False),
        ("Georgia", "US", "Georgia, United States", False),
    ],
)
def test_the_likelier_place_is_shown_and_the_others_are_offered(gazetteer, text, home, shown, ask):
    choice = choose_place(gazetteer, text, Context(home=home))
    assert (choice.place.name, choice.ask) == (shown, ask)
    assert choice.others and len({place.name for place in (choice.place, *choice.others)}) == 1 + len(choice.others)


def test_paris_offers_texas_and_ontario(gazetteer):
    names = [place.name for place in choose_place(gazetteer, "Paris", Context(home="GB")).others]
    assert {"Paris, Texas, United States", "Paris, Ontario, Canada"} <= set(names)


def test_other_places_are_told_apart_by_region_in_the_reader_s_language(ask):
    parsed = ask(near="London", home="CA").parsed
    lands = {one.country: [label for label, _ in one.places] for one in other_places(parsed, reader_for("de"))}
    assert lands["Vereinigtes Königreich"] == ["England"]
    assert "Ohio" in lands["Vereinigte Staaten"]


@pytest.mark.parametrize(
    ("near", "language", "name"),
    [
        ("Springfield, Illinois", "en", "Springfield, Illinois, United States"),
        ("London, Ontario", "de", "London, Ontario, Kanada"),
        ("San Diego", "de", "San Diego, Kalifornien, Vereinigte Staaten"),
        ("California", "es", "California, Estados Unidos"),
        ("Bremen", "es", "Bremen, Alemania"),
        ("Georgia (country)", "de", "Georgien"),
        ("10115 Berlin", "es", "10115, Berlín, Alemania"),
    ],
)
def test_a_place_is_called_as_the_reader_s_language_calls_it(gazetteer, near, language, name):
    assert reader_for(language).say(called(choose_place(gazetteer, near, Context()).place)) == name


def test_a_chosen_country_or_region_decides(ask):
    assert ask(near="Paris", country="US").parsed.place.region_code == "US-TX"
    assert ask(near="Springfield", region="Illinois").parsed.place.region_code == "US-IL"
    assert ask(near="Springfield", region="US-OR").parsed.place.region_code == "US-OR"


def test_the_answer_depends_on_the_country_of_the_reader_also_when_it_is_kept(example_directory):
    where = "/search.json?near=Cambridge"
    english, american, again = asked(
        example_directory, (where, "en-GB"), (where, "en-US,en;q=0.9"), (where, "en-GB,en;q=0.9")
    )
    assert [answer.json()["place"]["region_code"] for answer in (english, american, again)] == [
        "GB-ENG",
        "US-MA",
        "GB-ENG",
    ]
    assert all("Accept-Language" in answer.headers["vary"] for answer in (english, american))
    (unknown,) = asked(example_directory, (where, "en"))
    assert unknown.json()["place"]["ask"] and unknown.json()["place"]["others"]


def test_a_page_in_another_language_is_about_the_reader_s_country_all_the_same(example_directory):
    english, american = asked(example_directory, ("/de/?near=Cambridge", "en-GB"), ("/de/?near=Cambridge", "en-US"))
    assert "Cambridge, England" in english.text and "Cambridge, Massachusetts" in american.text


def test_only_the_search_page_may_ask_where_the_visitor_is(example_directory):
    pages = ("/", "/de/", "/?q=roe", "/about", "/provider/1", "/visit", "/map", "/search.json", "/nowhere")
    answers = asked(example_directory, *((page, "en") for page in pages))
    policies = [answer.headers["permissions-policy"] for answer in answers]
    assert ["geolocation=(self)" in policy for policy in policies] == [True] * 3 + [False] * 6
    assert all("geolocation=()" in policy for policy in policies[3:])


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ("53.8,-1.5", "your location (near Leeds)"),
        ("51.5,-0.1", "your location (near London)"),
        ("53.81,-1.55", "53.81, -1.55 (near Leeds)"),
        ("-48.9,-123.4", "-48.9, -123.4"),
    ],
)
def test_a_point_is_named_after_the_town_near_it(ask, point, name):
    results = ask(near=point)
    assert f"Near {name}, within" in str(results.messages[0])
    place: Place = results.parsed.place
    assert f"{place.latitude:g},{place.longitude:g}" == point


@pytest.mark.parametrize("near", ["near me", "Me", "My location", "in meiner Nähe", "cerca de mí"])
def test_near_me_is_no_place_and_leaves_nobody_out(ask, near):
    results = ask(near=near)
    assert results.parsed.near_me and results.parsed.place is None and not results.parsed.unknown_place
    assert results.total


def test_the_state_of_maine_and_a_place_beside_near_me_are_places(ask):
    assert ask(near="ME").parsed.place.region_code == "US-ME"
    parsed = ask(q="doctor near me", near="53.8,-1.5").parsed
    assert parsed.place is not None and not parsed.near_me
    assert ask(q="doctor near me in Leeds", home="GB").parsed.place.name.startswith("Leeds")


@pytest.mark.parametrize(
    ("typed", "called"), [("München", "München"), ("nueva york", "Nueva York"), ("Munich", "Munich")]
)
def test_a_town_is_called_as_somebody_wrote_it(ask, typed, called):
    assert ask(q=typed).parsed.place.town == called
    assert ask(near=typed).parsed.place.town == called


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("Kansas City", "Kansas City"),
        ("Mexico City doctor", "Mexico City"),
        ("doctor in Oklahoma City", "Oklahoma City"),
    ],
)
def test_city_is_part_of_a_name_and_no_noise(ask, typed, called):
    assert ask(q=typed).parsed.place.town == called


@pytest.mark.parametrize("typed", ["only new patients", "nur neue Patienten", "how much does LDN cost"])
def test_everyday_words_are_no_places(ask, typed):
    assert ask(q=typed).parsed.place is None
