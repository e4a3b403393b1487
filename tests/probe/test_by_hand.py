"""A person says how a page is to be read, sees the result, and the spider does just that."""

from __future__ import annotations

import json

import pytest

from ldn_directory.extract.page import Page
from ldn_directory.extract.readings import CannotRead, pinned, read_as
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.probe import Choice
from ldn_directory.probe.detect import probe

PEOPLE = (("Ada Marsh", "Akron", "330-555-0110"), ("Ben Odell", "Toledo", "419-555-0111"))
CARDS = "".join(
    f"<li class=x><i>{town}</i><b>{name}</b><u>{phone}</u><s>Fax 330-555-0199</s></li>" for name, town, phone in PEOPLE
)


def html(body: str) -> Page:
    return Page("https://lists.example.com/a", f"<title>LDN doctors</title>{body}".encode(), "text/html")


def table(head: str = "<tr><th>Who<th>Seat<th>Line</tr>") -> Page:
    rows = "".join(f"<tr><td>{name}<td>{town}<td>{phone}</tr>" for name, town, phone in PEOPLE)
    return html(f"<table>{head}{rows}</table>")


def answer(**more: object) -> Page:
    rows = [{"doctor": name, "place": {"town": town}, "phone": phone} for name, town, phone in PEOPLE]
    return Page(
        "https://lists.example.com/a.json", json.dumps({"data": {"rows": rows}} | more).encode(), "application/json"
    )


def shown(found) -> list[tuple[str | None, str | None, list[str]]]:
    return [(one.name, one.city, [phone.raw for phone in one.phones]) for one in found.listings]


EXPECTED = [(name, town, [phone]) for name, town, phone in PEOPLE]


def test_cards_by_selectors():
    choice = Choice(reading="cards", rows="li.x", fields={"name": "b", "city": "i", "phone": "u"})
    found = probe(html(f"<ul>{CARDS}</ul>"), choice=choice)
    assert shown(found) == EXPECTED
    assert "(HtmlCards):" in found.spider
    assert 'rows = "li.x"' in found.spider
    assert "fields = {'name': 'b', 'city': 'i', 'phone': 'u'}" in found.spider


def test_a_table_by_its_headers():
    choice = Choice(reading="table", fields={"name": "Who", "city": "Seat", "phone": "line"})
    found = probe(table(), choice=choice)
    assert shown(found) == EXPECTED
    assert "(HtmlTable):" in found.spider
    assert "fields = {'name': 'Who', 'city': 'Seat', 'phone': 'line'}" in found.spider


def test_json_by_paths():
    choice = Choice(reading="json", rows="data.rows", fields={"name": "doctor", "city": "town", "phone": "phone"})
    assert shown(probe(answer(), choice=choice)) == EXPECTED


def test_a_file_by_its_headers():
    text = "Who;Seat;Line\n" + "\n".join(";".join(row) for row in PEOPLE)
    page = Page("https://lists.example.com/a.csv", text.encode(), "text/csv")
    found = probe(page, choice=Choice(reading="sheet", fields={"name": "Who", "city": "Seat", "phone": "Line"}))
    assert shown(found) == EXPECTED


def test_what_a_person_chose_is_shown_whatever_the_score():
    """A list that would be vetoed: its entries say what donors say."""
    rows = "".join(f"<tr><td>{name}<td>{town}<td>$20</tr>" for name, town, _ in PEOPLE)
    page = html(f"<table><tr><th>Name<th>City<th>Donation</tr>{rows}</table>")
    assert probe(page).family is None
    assert len(probe(page, choice=Choice(reading="table")).listings) == 2


@pytest.mark.parametrize(
    ("page", "asked", "says"),
    [
        (table(), {"name": "tabel"}, "there is no reading 'tabel'; possible here: table, cards"),
        (answer(), {"name": "cards"}, "'cards' does not read json pages; possible here: json"),
        (table(), {"name": "table", "fields": {"nam": "Who"}}, "there is no field 'nam'; there are: "),
        (
            table(),
            {"name": "table", "fields": {"name": "Whom"}},
            "no row has the headers 'whom'; the first cells are: 'Who', 'Seat', 'Line'",
        ),
        (table(), {"name": "cards", "fields": {"name": "b"}}, "which boxes are the entries?"),
        (table(), {"name": "cards", "rows": "li[", "fields": {"name": "b"}}, "'li[' is not a valid CSS selector"),
        (table(), {"name": "cards", "rows": "table tr", "fields": {"name": "h7"}}, "nothing matches name=h7"),
        (table(), {"name": "text", "rows": "li"}, "has no choice of rows; those that have: table, cards, json"),
    ],
)
def test_what_is_not_possible_is_said_with_what_is(page, asked, says):
    with pytest.raises(CannotRead) as error:
        read_as(page, asked.pop("name"), **asked)
    assert says in str(error.value)


def test_the_command_shows_the_result_of_a_choice_and_refuses_a_wrong_one(ldn, tmp_path):
    file = tmp_path / "a.html"
    file.write_text(f"<title>LDN doctors</title><ul>{CARDS}</ul>", encoding="utf-8")
    done = ldn("probe", file, "--reading", "cards", "--rows", "li.x", "--field", "name=b", "--field", "phone=u")
    assert done.returncode == 0, done.stderr
    assert "chosen by hand" in done.stdout.splitlines()[0]
    wrong = ldn("probe", file, "--reading", "cards", "--rows", "li.x", "--field", "nam=b")
    assert (wrong.returncode, "there is no field 'nam'" in wrong.stderr) == (2, True)
    assert ldn("probe", file, "--rows", "li.x").returncode == 64
    assert ldn("probe", file, "--reading", "cards", "--field", "name").returncode == 64


def test_the_columns_that_were_found_are_pinned_in_the_spider_and_nothing_is_guessed_anew():
    text = "Provider;Town;Telephone\n" + "\n".join(";".join(row) for row in PEOPLE)
    found = probe(Page("https://lists.example.com/ldn/doctors.csv", text.encode(), "text/csv"))
    assert "fields = {'name': 'Provider', 'city': 'Town', 'phone': 'Telephone'}" in found.spider
    fields = {"name": "Provider", "city": "Town", "phone": "Telephone"}
    renamed = Page("https://lists.example.com/a.csv", text.replace("Provider", "Doctor").encode(), "text/csv")
    again = pinned(renamed, "tabular_file", tabular_file.extract(renamed), fields)
    assert (again.records, [problem.what for problem in again.problems][-1][:32]) == (
        (),
        "no entry has a column 'Provider'",
    )
