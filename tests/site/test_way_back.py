"""From results to an entry and back; what a person can do with an entry: call, go there, report a mistake."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest

from ldn_directory.site.i18n.labels import phone_link
from ldn_directory.site.i18n.locale import ENGLISH
from ldn_directory.site.pages.actions import directions_to, mistake_links, removal_link

PLACE = {
    "street": "1 Sample Street",
    "city": "Dayton",
    "region": "Ohio",
    "postcode": "45402",
    "country": "United States",
    "latitude": 39.76,
    "longitude": -84.19,
    "precision_km": 0.1,
}
TOWN = PLACE | {"street": None, "precision_km": 8.0}
PROVIDER = {
    "id": 7,
    "name": "Ada Example",
    "phone": "+14155550101",
    "phone_written": "(415) 555-0101",
    "address": "1 A",
}


def text(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def back_of(page: str) -> str:
    return unescape(re.search(r'<p class="back[^"]*"><a href="([^"]*)"', page)[1])


def entries_of(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<h4 id="name-\d+"><a href="([^"]*)"', page)]


@pytest.fixture
def ask(visit):
    def asked(address: str) -> str:
        return asyncio.run(visit(address)).text

    return asked


def test_an_entry_leads_back_to_the_same_page_of_the_same_results(tmp_path, people, publish, visitor):
    many = [people[1] | {"id": number, "name": f"Ben Sample {number}"} for number in range(1, 46)]
    visit = visitor(publish(tmp_path / "ldn.db", many))
    second = asyncio.run(visit("/?q=sample&kind=prescriber&page=2&pick=7")).text
    entry = asyncio.run(visit(entries_of(second)[0])).text
    assert "Back to results" in entry
    back = urlsplit(back_of(entry))
    asked = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert (back.path, asked) == ("/", {"q": "sample", "kind": "prescriber", "page": "2", "pick": "7"})
    assert asyncio.run(visit(f"/?{back.query}")).text.count(f'id="{back.fragment}"') == 1


def test_the_visit_list_leads_back_to_them_too(ask):
    page = ask("/provider/1?pick=1&from=q%3Dohio")
    listed = ask(unescape(re.search(r'href="(/visit[^"]*)"', page)[1]))
    assert "Back to results" in listed and back_of(listed) == "/?q=ohio&pick=1"
    assert '/provider/1?pick=1&amp;from=q%3Dohio"' in listed


@pytest.mark.parametrize(
    "stated",
    (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "javascript:alert(1)",
        "next=https://elsewhere.example/",
        "page=0",
        "q=" + "x" * 300,
        "q=" + "x+" * 2_000,
        "near=91,200",
        "%00",
    ),
)
def test_nothing_but_a_search_of_this_site_leads_back(ask, stated):
    page = ask("/provider/1?" + urlencode({"from": stated}))
    assert back_of(page) == "/" and "Back to results" not in page
    assert "elsewhere" not in page[page.index("<main") : page.index("</main>")]


def test_unknown_parameters_of_a_search_are_left_out_and_its_text_is_escaped(ask):
    page = ask("/provider/1?" + urlencode({"from": 'q="><b>&evil=1&near=Dayton'}))
    assert parse_qs(urlsplit(back_of(page)).query) == {"q": ['"><b>'], "near": ["Dayton"]}
    assert "<b>" not in page


def test_an_address_with_a_search_is_kept_by_no_cache_and_listed_by_no_search_engine(visit):
    private, public = (asyncio.run(visit(address)) for address in ("/provider/1?from=q%3Dohio", "/provider/1"))
    canonical = '<link rel="canonical" href="http://directory.example/provider/1">'
    assert private.headers["cache-control"] == "no-store" and public.headers["cache-control"] == "no-cache"
    assert '<meta name="robots" content="noindex">' in private.text and canonical in private.text
    assert "noindex" not in public.text and canonical in public.text


def test_a_merged_entry_keeps_the_way_back(tmp_path, people, publish, visitor):
    def merge(db):
        db.execute("INSERT INTO redirects VALUES (900, 1, 'merged', '2026-11-01T00:00:00Z')")

    moved = asyncio.run(visitor(publish(tmp_path / "ldn.db", people, merge))("/provider/900?from=q%3Dohio%26x%3D1"))
    assert (moved.status_code, moved.headers["location"]) == (301, "/provider/1?from=q%3Dohio")


def test_a_card_says_what_its_page_says_by_what_way_and_when_it_was_read(tmp_path, people, publish, visitor, days_ago):
    regions = ("California", "Florida", "Iowa", "Nevada", "Ohio", "Texas", "Utah")

    def serve(db):
        db.executemany(
            "INSERT INTO serves VALUES (5, ?, ?, 'US')", ((f"US-{name[:2].upper()}", name) for name in regions)
        )

    says = "Makes LDN capsules; ships to seven states."
    noted = days_ago(9)[:10]
    own = {"evidence": "own_site", "source": "own", "status": "unchecked", "noted_on": noted, "page_says": says}
    row = people[4] | own | {"last_confirmed": None, "current_as_of": noted, "grade": "offers"}
    page = text(asyncio.run(visitor(publish(tmp_path / "ldn.db", [row], serve))("/?q=willow")).text)
    assert "Delivers to California, Florida and 5 more" in page
    assert f"Its own page on LDN: {says}" in page
    assert f"Its own website says so (read {ENGLISH.short_day(noted)})" in page
    assert "Register" not in page and "not checked" not in page


def test_a_place_with_a_street_or_an_exact_point_has_directions_and_a_town_has_none():
    assert directions_to(PLACE, "").app == (
        "geo:39.76000,-84.19000?q=1%20Sample%20Street%2C%20Dayton%2C%20Ohio%2C%2045402%2C%20United%20States"
    )
    assert directions_to(PLACE | {"latitude": None, "longitude": None}, "").app.startswith("geo:0,0?q=1%20Sample")
    assert directions_to(TOWN | {"precision_km": 0.1}, "").app == "geo:39.76000,-84.19000"
    assert directions_to(TOWN, "https://map.example/{lat}/{lon}") == (None, None)


@pytest.mark.parametrize(
    ("template", "address"),
    (
        ("", None),
        ("https://map.example/?at={lat},{lon}", "https://map.example/?at=39.76000,-84.19000"),
        (
            "https://map.example/{address}",
            "https://map.example/1%20Sample%20Street%2C%20Dayton%2C%20Ohio%2C%2045402%2C%20United%20States",
        ),
    ),
)
def test_no_map_is_linked_but_the_one_that_the_maintainer_states(template, address):
    assert directions_to(PLACE, template).site == address
    assert directions_to(PLACE | {"latitude": None}, "https://map.example/{lat},{lon}").site is None


def test_the_stated_map_is_on_the_page_of_an_entry(tmp_path, people, publish, visitor):
    def exact(db):
        db.execute("UPDATE locations SET latitude = 39.76, longitude = -84.19, precision_km = 0.1 WHERE provider = 1")

    directory = publish(tmp_path / "ldn.db", people, exact)
    page = asyncio.run(visitor(directory, map_link="https://map.example/{lat},{lon}")("/provider/1")).text
    assert (
        'href="https://map.example/39.76000,-84.19000" rel="noopener noreferrer nofollow external">Directions' in page
    )
    assert (
        '<a class="act" href="geo:39.76000,-84.19000">Directions</a>'
        in asyncio.run(visitor(directory)("/provider/1")).text
    )


def test_a_number_that_is_not_valid_in_its_country_is_text(tmp_path, people, publish, visitor):
    assert phone_link("3263 1133") is None and phone_link("+6132631133") is None
    row = people[0] | {"phone": "3263 1133", "phone_written": "3263 1133"}
    visit = visitor(publish(tmp_path / "ldn.db", [row]))
    for address in ("/", "/provider/1", "/visit?pick=1"):
        page = asyncio.run(visit(address)).text
        assert (
            "3263 1133" in page and "tel:" not in page and "Call" not in re.sub(r"<[^>]*>", "", page.split("<main")[1])
        ), address


def test_each_mistake_has_a_letter_that_names_entry_field_and_page():
    letters = mistake_links("keeper@example.org", PROVIDER, "https://directory.example/provider/7", ENGLISH)
    assert len(letters) == 5
    letter = urlsplit(letters[0].address)
    told = parse_qs(letter.query)
    assert (letter.scheme, unquote(letter.path)) == ("mailto", "keeper@example.org")
    assert told["subject"] == ["Entry 7: The phone number is wrong"]
    assert told["body"][0].splitlines() == [
        "Entry 7: Ada Example",
        "https://directory.example/provider/7",
        "The phone number is wrong",
        "Shown now: (415) 555-0101",
        "What is right:",
    ]
    assert "Removal of entry 7" in unquote(
        removal_link("keeper@example.org", PROVIDER, "https://directory.example/provider/7", ENGLISH)
    )


def test_a_contact_on_the_web_gets_one_link_and_none_gets_none():
    (only,) = mistake_links("https://keeper.example/contact", PROVIDER, "https://directory.example/provider/7", ENGLISH)
    assert only == ("Tell us what is wrong", "https://keeper.example/contact")
    assert mistake_links("", PROVIDER, "", ENGLISH) == [] and removal_link("", PROVIDER, "", ENGLISH) is None


def test_without_a_contact_the_page_says_so_plainly(ask, monkeypatch):
    monkeypatch.delenv("LDN_CONTACT", raising=False)
    page = ask("/provider/1")
    assert "have not said how to reach them, so you cannot report a mistake here. This is entry 1." in text(page)
    assert "mailto:" not in page


def test_the_doctor_asks_for_removal_in_one_step(ask, monkeypatch):
    monkeypatch.setenv("LDN_CONTACT", "keeper@example.org")
    (letter,) = re.findall(r'href="(mailto:[^"]*)"[^>]*>This is me: remove me', ask("/provider/1"))
    assert parse_qs(urlsplit(unescape(letter)).query)["subject"] == ["Removal of entry 1"]


def test_a_list_is_sent_without_the_search_and_the_place_of_whoever_made_it(ask):
    page = unescape(ask("/visit?pick=1,5&near=Dayton&from=q%3Dsecret"))
    shared = "http://directory.example/visit?pick=1,5"
    assert f"<code>{shared}</code>" in page
    (letter,) = re.findall(r'href="(mailto:\?[^"]*)"', page)
    assert parse_qs(urlsplit(letter).query)["body"] == [shared]
