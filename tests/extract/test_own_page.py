"""A practice's own page is told from all others; the golden pages show how, this how it is offered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.html import own_page
from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import probe

CLINIC = """<!DOCTYPE html><title>Elm Street Clinic</title><h1>Elm Street Clinic</h1><p>{words}</p>
<footer>Elm Street Clinic<br>5 Elm Street<br>Erie, PA 16501<br>Phone: 814-555-0101</footer>"""
NAMES = """<!DOCTYPE html><title>Members</title><h1>Members</h1><ul>{rows}</ul>"""


def page(markup: str, url: str = "https://elmstreet.example.com/") -> Page:
    return Page(url, markup.encode(), "text/html")


@pytest.mark.parametrize(
    "name",
    [
        "Elm Street Clinic",
        "Brookside Compounding Pharmacy",
        "Lindenhof Apotheke",
        "Vera Lindqvist, DO",
        "Elm Legesenter",
    ],
)
def test_names_of_practices(name):
    assert own_page.is_practice_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Compounding Pharmacy",
        "Contact us",
        "Kestrel Clinic Finder",
        "LDN Society",
        "What is a clinic?",
        "Pet Pharmacy Inc",
        "Elm Street",
    ],
)
def test_names_of_nothing_or_of_others(name):
    assert not own_page.is_practice_name(name)


def test_the_probe_offers_it_where_nothing_else_fits_with_the_evidence_that_it_is():
    found = probe(page(CLINIC.format(words="We prescribe low-dose naltrexone.")))
    assert (found.family, [listing.name for listing in found.listings]) == ("own_page", ["Elm Street Clinic"])
    assert found.spider is not None
    assert "OwnPage" in found.spider and "Evidence.OWN_SITE" in found.spider
    assert found.problems == ()


def test_the_probe_says_that_a_practice_without_the_words_is_no_evidence():
    found = probe(page(CLINIC.format(words="We offer LDN.")))
    assert "no evidence" in str(found.problems[0])


def test_the_probe_finds_that_contact_data_stand_on_pages_of_their_own():
    people = ["Ada Marsh, MD", "Ben Odell, DO", "Carla Whitcombe, ND", "Dan Fenwick, NP", "Ella Brandt, MD"]
    rows = "".join(
        f'<li class="person"><h3><a href="/people/{n}">{name}</a></h3><p>Austin, TX</p></li>'
        for n, name in enumerate(people)
    )
    found = probe(page(NAMES.format(rows=rows), "https://lists.example.org/people"))
    assert len(found.listings) == 5
    assert found.spider is not None
    assert "    details = True\n" in found.spider


PIECES = st.sampled_from(
    [
        "<title>Elm Street Clinic</title>",
        "<h1>Elm Street Clinic",
        "<footer>",
        "</footer>",
        "<br>",
        "5 Elm Street",
        "Erie, PA 16501",
        "<a href='tel:'>",
        "<a href='mailto:x'>",
        "814-555-0101",
        "<img alt='logo'>",
        "<address>",
        "<table><tr><td>",
        "© 2026",
        "<meta property='og:site_name' content='Elm'>",
        '<script type=\'application/ld+json\'>{"@type":"Article"}</script>',
        "\x00",
        "<p>" * 50,
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_whatever_a_page_is_made_of_an_entry_has_a_name_and_a_practice_is_reached(pieces):
    for record in own_page.extract(page("".join(pieces))).records:
        labels = {text.label for text in record.texts}
        assert labels & {"name", "practice"}
        # A person whom the site names is told by a line without a label.
        assert {"address", "phone"} <= labels or None in labels


TEAM = """<!DOCTYPE html><title>{name}</title><h1>{name}</h1><section>{team}</section>
<footer>5 Elm Street<br>Erie, PA 16501<p>Phone: 814-555-0101</p>{mail}<p>© 2031 {name}</p></footer>"""
MEMBER = "<div><h3>{name}</h3><p>{plain} takes an hour for a first talk, and writes down what was said.</p></div>"


def team(*names: tuple[str, str]) -> str:
    return "".join(MEMBER.format(name=name, plain=plain) for name, plain in names)


@pytest.mark.parametrize("practice", ["Amber Wade", "Quill and Fry", "Brook i Vole", "Mill\xa0Room"])
def test_a_practice_may_be_named_like_a_person(practice: str) -> None:
    people = team(("Ada Marsh, MD", "Ada Marsh"), ("Ben Odell, DO", "Ben Odell"))
    mail = "<p>desk@elmstreet.example.com</p>"
    found = probe(page(TEAM.format(name=practice, team=people, mail=mail)))
    assert [(one.name, one.city, one.phones[0].raw) for one in found.listings] == [
        ("Ada Marsh", "Erie", "814-555-0101"),
        ("Ben Odell", "Erie", "814-555-0101"),
    ]


def test_neighbours_are_no_staff_of_the_one_whom_a_page_is_about() -> None:
    others = team(("Ada Marsh, MD", "She"), ("Ben Odell, DO", "He"))
    found = probe(page(TEAM.format(name="Ines Halloran, MD", team=f"<h2>Nearby</h2>{others}", mail="")))
    assert [one.name for one in found.listings] == ["Ines Halloran"]
