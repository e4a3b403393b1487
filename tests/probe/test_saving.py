"""`--save` writes the spider and a page for its test, with nobody's data in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Kind, Listing, Phone
from ldn_directory.probe import CannotSave, Report, read_file, save_spider
from ldn_directory.probe.detect import probe
from ldn_directory.probe.fiction import CannotInvent, Fiction, fictional_page, leaks, phone

PAGES = Path(__file__).parent.parent / "pages"
CASES = [
    path
    for path in sorted(PAGES.glob("*/*/page.*"))
    if path.parent.parent.name not in ("nothing",) and path.suffix in (".html", ".json", ".txt", ".md")
]
PEOPLE = (
    (
        "Wanda Quibbleforth",
        "Quibbleforth Clinic",
        "41 Zebulon Street",
        "Akron",
        "OH 44301",
        "330-867-4411",
        "wanda@quibbleforth.test",
    ),
    (
        "Barnaby Snodgrove",
        "Snodgrove Health",
        "77 Yardarm Avenue",
        "Toledo",
        "OH 43604",
        "419-244-9012",
        "barnaby@snodgrove.test",
    ),
    (
        "Virginia Plumtoe",
        "Plumtoe Pharmacy",
        "12 Xylophone Road",
        "Salem",
        "OR 97301",
        "971-322-8080",
        "info@plumtoe.test",
    ),
    (
        "Marsh Houston",
        "Amber Houston Family Medicine",
        "9 Wumpus Lane",
        "Portland",
        "OR 97205",
        "503-299-1234",
        "marsh@houston.test",
    ),
)  # names, numbers and hosts that belong to nobody, in no range that is replaced by itself


def markup(extra: str = "") -> str:
    cards = "".join(
        f'<div class="card" id="{name.split()[1].lower()}">'
        f'<h3><a href="/doctors/{name.replace(" ", "-").lower()}">{name}, MD</a></h3><p>{practice}</p>'
        f'<p>{street}<br>{city}, {rest}</p><p>Phone: <a href="tel:{number}">{number}</a></p><p><a href="mailto:{mail}">{mail}</a></p>'
        f'<img src="/photos/{name.split()[1]}.jpg" alt="Portrait of {name}"></div>'
        for name, practice, street, city, rest, number, mail in PEOPLE
    )
    head = "<head><title>Our doctors</title><script>var who = 'Quibbleforth'</script></head>"
    return f"<html>{head}<body><main>{cards}</main>{extra}</body></html>"


def look(body: str | None = None, url: str = "https://lists.example.org/doctors") -> Report:
    page = Page(url, (body or markup()).encode(), "text/html; charset=utf-8")
    return Report(where=page.url, page=page, found=probe(page))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "ldn_directory" / "spiders").mkdir(parents=True)
    return tmp_path


def test_the_spider_and_its_page_are_written_with_a_list_of_what_to_check(project):
    kept = save_spider(look(), project)
    assert [path.relative_to(project).as_posix() for path in kept.written] == [
        "ldn_directory/spiders/lists_example_doctors.py",
        "tests/pages/lists_example_doctors/first_probe/page.html",
        "tests/pages/lists_example_doctors/first_probe/expected.json",
    ]
    assert any(what.startswith("terms:") for what in kept.to_check)
    assert any("anybody real" in what for what in kept.to_check)


def test_no_word_number_or_address_of_a_person_is_in_what_was_written(project):
    kept = save_spider(look(), project)
    text = "\n".join(path.read_text("utf-8") for path in kept.written[1:]).casefold()
    for name, practice, street, _, _, number, mail in PEOPLE:
        own = [*name.split(), practice.split()[0], street.split()[1], number, mail, number.replace("-", "")]
        assert [value for value in own if value.casefold() in text and value.casefold() != "amber"] == []
    assert "photos" not in text


def test_the_page_keeps_its_shape_so_that_it_is_read_as_the_real_one_was(project):
    kept = save_spider(look(), project)
    expected = json.loads(kept.written[2].read_text("utf-8"))
    assert expected["family"] == "html_cards"
    assert len(expected["records"]) == len(PEOPLE)
    assert {row["region"] for row in expected["records"]} == {"Ohio", "Oregon"}
    assert all("555-01" in row["phone"] for row in expected["records"])
    assert all(row["email"].endswith(".example.com") for row in expected["records"])


def test_nothing_is_overwritten_or_half_written(project):
    save_spider(look(), project)
    with pytest.raises(CannotSave, match="is there already"):
        save_spider(look(), project)
    (project / "ldn_directory" / "spiders" / "lists_example_doctors.py").unlink()
    with pytest.raises(CannotSave, match="first_probe is there already"):
        save_spider(look(), project)
    assert list((project / "ldn_directory" / "spiders").iterdir()) == []


def test_a_page_without_a_list_is_not_saved(project):
    with pytest.raises(CannotSave, match="there is no list"):
        save_spider(look("<html><body><p>Welcome</p></body></html>"), project)


def test_a_name_in_prose_is_replaced_as_it_is_in_the_entry():
    found = look(
        markup("<p>Read what WANDA and Dr. Snodgrove say: call 330.867.4411, or write to other@somebody.test</p>")
    )
    made = fictional_page(found.page, found.found.listings).decode()
    assert not {"wanda", "snodgrove", "somebody"} & set(made.casefold().replace(".", " ").split())
    assert "867" not in made


def test_people_outside_the_entries_are_replaced_too():
    found = look(markup("<footer><p>Webmaster: Hildegard Zwickelmann, +44 1632 960123</p></footer>"))
    made = fictional_page(found.page, found.found.listings).decode()
    assert "Zwickelmann" not in made and "Hildegard" not in made
    assert "960123" not in made


def test_fiction_that_still_holds_somebody_is_refused():
    people = [
        Listing(
            source="x",
            key="1",
            page="p",
            kind=Kind.PRESCRIBER,
            evidence=Evidence.LISTED,
            name="Wanda Quibbleforth",
            phones=(Phone(raw="330-867-4411"),),
        )
    ]
    personal = Fiction(people).personal
    assert leaks("<p>By Quibbleforth, 330 867 4411</p>", people, personal) == {"quibbleforth", "330-867-4411"}
    assert leaks("<p>By nobody</p>", people, personal) == set()


def test_a_file_that_cannot_be_rewritten_safely_gets_no_page():
    with pytest.raises(CannotInvent, match="invent a small one by hand"):
        fictional_page(Page("file:///a.pdf", b"%PDF-1.4", "application/pdf"), [])


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("(330) 867-4411", "(330) 555-01"),
        ("+1 330 867 4411", "+1 330 555 01"),
        ("+44 161 496 0000", "+44 207 946 0"),
        ("0161 496 0000", "0207 946 0"),
    ],
)
def test_numbers_become_numbers_set_aside_for_fiction_written_the_same_way(written, becomes):
    made = phone(written)
    assert made.startswith(becomes)
    assert len(made) == len(written)


def test_the_same_text_becomes_the_same_fiction():
    people = probe(look().page).listings
    assert (
        Fiction(people).text("Wanda Quibbleforth") == Fiction(people).text("Wanda Quibbleforth") != "Wanda Quibbleforth"
    )


def test_nearly_every_test_page_as_fiction_is_read_like_the_page():
    alike = differing = 0
    for path in CASES:
        page = read_file(path)
        found = probe(page)
        if len(found.listings) < 2:
            continue
        again = probe(Page("https://lists.example.com/a", fictional_page(page, found.listings), page.content_type))
        same = len(again.listings) == len(found.listings)
        alike, differing = alike + same, differing + (not same)
    assert alike >= 0.9 * (alike + differing)


def test_bad_quoting_and_control_characters_leave_nobody_in_an_attribute_s_name():
    broken = '<p title="Portrait of "Wanda" Quibbleforth" \x01x="1">a\x02b</p>'
    found = look(markup(broken))
    made = fictional_page(found.page, found.found.listings).decode().casefold()
    assert "wanda" not in made and "quibbleforth" not in made
    assert not any(ord(letter) < 32 and letter not in "\t\n\r" for letter in made)
