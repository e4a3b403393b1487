"""One score chooses among the readings of a page, and is the confidence that is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ldn_directory.extract import choosing
from ldn_directory.extract.candidates import candidate_of, rank_candidates
from ldn_directory.extract.choosing import RankedCandidate, why_it_lost
from ldn_directory.extract.facts import facts
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Labelled, Record
from ldn_directory.probe import explain
from ldn_directory.probe.detect import probe

PEOPLE = (
    ("Ada Marsh, MD", "1 Elm Street, Akron, OH 44301", "330-555-0110"),
    ("Ben Odell, DO", "2 Oak Street, Toledo, OH 43604", "419-555-0111"),
    ("Carla Whitcombe, ND", "3 Ash Street, Dayton, OH 45402", "937-555-0112"),
    ("Dan Elgar, NP", "4 Fir Street, Canton, OH 44702", "330-555-0113"),
)


def page_of(body: str, kind: str = "text/html") -> Page:
    return Page("https://lists.example.com/a", body.encode(), kind)


def cards(people=PEOPLE, title="LDN doctors") -> Page:
    boxes = "".join(
        f"<div class=c><h3>{name}</h3><p>{street}</p><p>{phone}</p></div>" for name, street, phone in people
    )
    return page_of(f"<title>{title}</title><h1>{title}</h1><main>{boxes}</main>")


def test_the_confidence_is_the_logistic_function_of_the_weighted_features():
    best = rank_candidates(cards())[0]
    score = facts("choosing")["bias"] + sum(
        facts("choosing")["features"][ground.feature]["weight"] * ground.value for ground in best.grounds
    )
    assert best.confidence == pytest.approx(1 / (1 + 2.718281828**-score), abs=0.006)
    assert all(0 <= ground.value <= 1 for ground in best.grounds)


def test_a_reading_that_another_confirms_is_surer_than_one_that_another_contradicts():
    page = cards()
    best = rank_candidates(page)[0]
    same, strangers = (
        replace(best, family="text_blocks"),
        [replace(listing, name=f"Somebody Else {at}") for at, listing in enumerate(best.listings)],
    )
    other = replace(best, family="text_blocks", listings=tuple(strangers), stated=tuple(strangers))
    agreed = choosing.rank(page, [best, same])[0].confidence
    contradicted = next(one for one in choosing.rank(page, [best, other]) if one.family == best.family).confidence
    assert agreed > contradicted


def test_a_vetoed_reading_gives_way_to_the_next_one():
    """Staff in boxes, and the society's doctors in a table of their own."""
    roles = ("Chief Executive", "Treasurer", "Receptionist", "Volunteer Coordinator", "Fundraiser", "Webmaster")
    staff = "".join(
        f"<div class=p><h4>Person Number{at}</h4><p>{role}</p><p>p{at}@example.org</p></div>"
        for at, role in enumerate(roles)
    )
    rows = "".join(f"<tr><td>{name}<td>{street}<td>{phone}</tr>" for name, street, phone in PEOPLE)
    head = "<tr><th>Name<th>Address<th>Phone</tr>"
    found = probe(page_of(f"<title>LDN Friends</title>{staff}<h2>Doctors</h2><table>{head}{rows}</table>"))
    assert [listing.name for listing in found.listings] == ["Ada Marsh", "Ben Odell", "Carla Whitcombe", "Dan Elgar"]
    assert found.family == "html_table"


def test_all_candidates_vetoed_means_no_list_and_the_reason_is_said():
    jobs = (("Cedar Clinic", "Salary: $120,000", "512-555-0101"), ("Hill Health", "Salary: $90,000", "254-555-0102"))
    found = probe(cards(jobs, "Jobs"))
    assert found.family is None
    assert any("they are not prescribers or pharmacies" in problem.what for problem in found.problems)


def test_what_lost_is_told_with_its_numbers():
    winner, *others = rank_candidates(cards())
    beside = next(one for one in others if one.listings)
    assert " against " in why_it_lost(beside, winner)
    nothing = RankedCandidate(family="structured_data")
    assert why_it_lost(nothing, winner) == "finds no entries"


def record(*texts: str) -> Record:
    return Record(page="p", texts=tuple(Labelled(label=None, text=text) for text in texts))


def test_names_among_entries_that_can_be_found_are_entries_and_names_alone_are_none():
    found = [record(*person) for person in PEOPLE]
    alone = [record(f"{name} Vane, MD") for name in ("Edith", "Frank", "Gus")]
    mixed = candidate_of(cards(), "html_cards", Extraction(records=(*found, *alone)))
    assert "Edith Vane" in [listing.name for listing in mixed.listings]
    none = candidate_of(cards(), "html_cards", Extraction(records=tuple(alone)))
    assert (none.listings, none.implausible) == ((), 3)


def test_the_explanation_names_entries_columns_and_the_readings_that_lost():
    rows = "".join(f"<tr><td>{name}<td>{street}<td>{phone}</tr>" for name, street, phone in PEOPLE)
    table = f"<table><tr><th>Name<th>Address<th>Phone</tr>{rows}</table>"
    lines = explain(probe(page_of(f"<h1>LDN doctors</h1>{table}")))
    assert lines[0] == "Taken for entries: the rows of a table (html_table), 4 of them."
    text = "\n".join(lines)
    assert "of it should be right" in text
    assert "Other readings:" in lines
    assert "structured_data: nothing; finds no entries" in text


def test_of_a_page_without_a_list_the_explanation_tells_what_was_tried():
    lines = explain(probe(page_of("<p>Welcome</p>")))
    assert lines[0] == "No reading is good enough to be shown:"
    assert any("own_page" in line for line in lines)


SHOPS = tuple(
    (f"{name} & Sons", street, phone)
    for name, (_, street, phone) in zip(("Oak", "Elm", "Ash", "Fir"), PEOPLE, strict=True)
)


@pytest.mark.parametrize(
    ("title", "people", "pharmacies"),
    [("LDN pharmacies", SHOPS, True), ("LDN pharmacies and doctors", SHOPS, False), ("LDN doctors", PEOPLE, False)],
)
def test_entries_are_of_the_kind_that_the_list_says_it_is_of(title, people, pharmacies):
    found = probe(cards(people, title))
    assert len(found.listings) == 4
    assert {listing.kind.value == "pharmacy" for listing in found.listings} == {pharmacies}
