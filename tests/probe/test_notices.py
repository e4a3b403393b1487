"""What a page says about its use, its completeness, and what it has instead of a list."""

from __future__ import annotations

import pytest

from ldn_directory.extract.completeness import shortfalls
from ldn_directory.extract.dead_ends import describe_dead_ends, frame_addresses
from ldn_directory.extract.notices import find_prohibition, terms_link, warnings
from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import probe

URL = "https://lists.example.org/find"


def html(body: str, head: str = "") -> Page:
    return Page(URL, f"<html><head>{head}</head><body>{body}</body></html>".encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "sentence",
    [
        "The list may not be reproduced without consent.",
        "You may not scrape this directory.",
        "Scraping is strictly prohibited.",
        "Automated access to this site is not permitted.",
        "For personal, non-commercial use only.",
        "Die Vervielfältigung der Liste ist nicht gestattet.",
        "Weitergabe nur mit uns, nicht ohne schriftliche Genehmigung.",
        "Overname van deze lijst is niet toegestaan.",
        "La reproduction de cet annuaire est interdite.",
        "Queda prohibida la reproducción de este listado.",
        "È vietata la riproduzione dell'elenco.",
        "É proibida a reprodução desta lista.",
        "Kopiering av listen er ikke tillatt.",
        "Kopiering av listan är inte tillåten.",
    ],
)
def test_words_that_forbid_re_use_are_known_in_several_languages(sentence):
    assert find_prohibition(f"Our list. {sentence} Call us.")


@pytest.mark.parametrize(
    "sentence",
    ["You may copy this list freely.", "Ask your doctor, not a robot.", "Patients may not be seen on Mondays."],
)
def test_harmless_words_forbid_nothing(sentence):
    assert find_prohibition(sentence) is None


def test_words_in_scripts_and_hidden_parts_are_no_terms():
    page = html(
        '<script>var t = "Scraping is prohibited"</script><p style="display:none">Scraping is prohibited</p><p>Welcome</p>'
    )
    assert warnings(page, {}) == ()


@pytest.mark.parametrize(
    "meta",
    [
        '<meta name="robots" content="noindex, follow">',
        '<meta name="robots" content="NOARCHIVE">',
        '<meta name="tdm-reservation" content="1">',
    ],
)
def test_robots_meta_tags_are_reported(meta):
    (said,) = warnings(html("<p>Welcome</p>", meta), {})
    assert "ask the publisher" in said


def test_an_ordinary_robots_mark_is_no_warning():
    assert (
        warnings(html("<p>Welcome</p>", '<meta name="robots" content="index, follow, max-image-preview:large">'), {})
        == ()
    )


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("Terms of Use", "/terms"),
        ("Terms &amp; Conditions", "/terms"),
        ("Nutzungsbedingungen", "/nb"),
        ("AGB", "/agb"),
        ("Algemene voorwaarden", "/av"),
        ("Mentions légales", "/ml"),
        ("Aviso legal", "/al"),
        ("Note legali", "/nl"),
        ("Termos de uso", "/tu"),
        ("Användarvillkor", "/av"),
        ("Brukervilkår", "/bv"),
        ("Impressum", "/i"),
    ],
)
def test_the_link_to_the_terms_is_found_in_several_languages(text, href):
    page = html(
        f'<a href="/privacy">Privacy</a><a href="/long-term-care">Long-term care</a><a href="{href}">{text}</a>'
    )
    assert terms_link(page) == f"https://lists.example.org{href}"


def test_terms_of_use_are_preferred_to_an_imprint():
    page = html('<a href="/imprint">Impressum</a><a href="/use">Nutzungsbedingungen</a>')
    assert terms_link(page) == "https://lists.example.org/use"


def test_a_search_form_says_what_it_would_need():
    states = "".join(
        f'<option value="{code}">{name}</option>'
        for code, name in (("OH", "Ohio"), ("TX", "Texas"), ("ME", "Maine"), ("OR", "Oregon"))
    )
    page = html(
        '<form action="/results" method="get"><input name="zip" placeholder="ZIP code">'
        '<select name="radius"><option value="5">5</option></select>'
        f'<select name="state"><option value="">Any state</option>{states}</select><button>Search</button></form>'
    )
    (said,) = describe_dead_ends(page)
    assert "a place (postcode, town or address), a distance and a state or region" in said
    assert "one of 4: Ohio, Texas, Maine" in said
    assert "GET https://lists.example.org/results" in said


@pytest.mark.parametrize(
    "form",
    [
        '<form role="search"><input name="s" placeholder="Search"></form>',
        '<form><input name="name"><input type="email" name="email"><textarea name="message"></textarea></form>',
        '<form><input name="username"><input type="password" name="password"></form>',
    ],
)
def test_a_site_search_a_message_form_and_a_login_are_no_search_for_practitioners(form):
    assert not any(
        "search form" in said
        for said in describe_dead_ends(html(form + "<p>Welcome to our society. We meet in spring.</p>" * 40))
    )


def test_a_page_that_a_script_fills_says_which_addresses_its_scripts_name():
    page = html(
        '<div id="root"></div><script src="/static/app.js"></script>'
        '<script>window.cfg = {"url": "https:\\/\\/api.example.org\\/v1\\/providers?limit=500", "css": "/static/app.css"}</script>'
    )
    (said,) = describe_dead_ends(page)
    assert "they mention https://api.example.org/v1/providers?limit=500: probe these" in said


def test_a_page_that_a_script_fills_without_a_clue_says_what_to_do():
    (said,) = describe_dead_ends(html('<div id="app"></div><script src="/app.js"></script>'))
    assert "network panel" in said


def test_a_members_login_is_reported():
    assert any(
        "kept for members" in said
        for said in describe_dead_ends(
            html("<h1>Directory</h1><p>Members only. Please log in to view the list.</p>" * 5)
        )
    )


def test_films_and_adverts_are_no_frames_that_hold_a_list():
    page = html(
        '<iframe src="https://www.youtube.com/embed/x"></iframe><iframe src="/map"></iframe><iframe src="javascript:void(0)"></iframe>'
    )
    assert frame_addresses(page) == ("https://lists.example.org/map",)


def test_a_page_without_a_list_says_so_and_states_no_family():
    found = probe(html("<h1>About LDN</h1><p>Ask your doctor.</p>"))
    assert (found.family, found.confidence, found.listings, found.spider) == (None, 0.0, (), None)
    assert "no list of people or practices was found" in [problem.what for problem in found.problems]


@pytest.mark.parametrize(
    ("found", "total", "following", "says"),
    [
        (100, None, (), "exactly 100 entries"),
        (20, 212, (), "only 20 of the 212"),
        (
            20,
            212,
            ("https://lists.example.org/find?page=2",),
            "20 entries of the 212 stated are on this page: more pages follow",
        ),
        (
            20,
            None,
            ("https://lists.example.org/find?page=2",),
            "the spider continues with https://lists.example.org/find?page=2",
        ),
    ],
)
def test_a_list_with_further_pages_is_reported(found, total, following, says):
    assert any(says in said for said in shortfalls(html("<p>List</p>"), found, total, following))


def test_a_whole_list_raises_no_doubt():
    assert tuple(shortfalls(html("<p>List</p>"), 37, 37, ())) == ()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<button>Load more</button>", "a button “Load more”"),
        ('<a href="#">Mehr anzeigen</a>', "a button “Mehr anzeigen”"),
        ('<div class="infinite-scroll"></div>', "when it is scrolled"),
        (
            '<ul class="pagination"><li>1</li><li><a href="?p=2">2</a></li><li><a href="?p=3">3</a></li></ul>',
            "names 2 more pages",
        ),
        ("<p>Practitioners are listed in random order.</p>", "order is random"),
        ("<p>In zufälliger Reihenfolge</p>", "order is random"),
    ],
)
def test_what_the_spider_will_miss_is_reported(body, says):
    assert any(says in said for said in shortfalls(html(body), 37, None, ()))


def test_a_link_named_like_a_button_that_leads_to_a_page_loads_nothing_by_script():
    assert tuple(shortfalls(html('<a href="/all">View all</a>'), 37, None, ())) == ()


def test_a_form_that_is_described_in_json_says_so():
    body = b'{"elements": [{"type": "title", "label": "Search by State"}, {"type": "select", "label": "State"}]}'
    said = [
        problem.what for problem in probe(Page("https://lists.example.org/form", body, "application/json")).problems
    ]
    assert any("describes a search form (Search by State; State)" in what for what in said)


def test_an_answer_that_is_not_json_in_spite_of_its_type_is_reported():
    said = [problem.what for problem in probe(Page("https://lists.example.org/api", b"0", "application/json")).problems]
    said += [
        problem.what for problem in probe(Page("https://lists.example.org/api", b"oops", "application/json")).problems
    ]
    assert any("claims to be JSON, but is not" in what for what in said)


def test_a_reading_that_takes_labelled_lines_for_entries_does_not_win():
    card = (
        '<div class="card"><h3>{name}, MD</h3><ul><li><strong>Practice:</strong> Quayside Clinic</li>'
        "<li><strong>Address:</strong> {number} Harbour Street, Akron, OH 44301</li><li><strong>Phone:</strong> (330) 555-01{number}</li>"
        '<li><strong>Website:</strong> <a href="https://quayside.example.com/">quayside.example.com</a></li></ul></div>'
    )
    names = ("Ada Marsh", "Ben Odell", "Carla Whitcombe", "Dorian Pell", "Edith Vane")
    found = probe(
        html(
            "<main>"
            + "".join(card.format(name=name, number=number) for number, name in enumerate(names, 10))
            + "</main>"
        )
    )
    assert [listing.name for listing in found.listings] == list(names)
