"""Which of several readings of a page a probe believes, and which it does not believe at all."""

from __future__ import annotations

import json

import pytest

from ldn_directory.extract import relevance
from ldn_directory.extract.choosing import LIKELY
from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import Findings, probe

PEOPLE = (
    ("Ada Marsh, MD", "Akron", "OH 44301", "330-555-0110"),
    ("Ben Odell, DO", "Toledo", "OH 43604", "419-555-0111"),
    ("Carla Whitcombe, ND", "Dayton", "OH 45402", "937-555-0112"),
    ("Dan Elgar, NP", "Canton", "OH 44702", "330-555-0113"),
)


def probed(body: str, kind: str = "text/html", path: str = "a") -> Findings:
    return probe(Page(f"https://lists.example.com/{path}", body.encode(), kind))


def names(found: Findings) -> list[str | None]:
    return [listing.name for listing in found.listings]


def table(head: tuple[str, ...], *rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def test_a_heading_above_makes_no_entry_of_half_a_person():
    blocks = "".join(
        f"<h3>{name}</h3><p>{name.split()[1].strip(',')} Clinic<br>1 Elm Street<br>{town}, {state}<br>{phone}</p>"
        for name, town, state, phone in PEOPLE
    )
    found = probed(f"<h1>Doctors</h1><h2>Ohio</h2>{blocks}")
    assert names(found) == ["Ada Marsh", "Ben Odell", "Carla Whitcombe", "Dan Elgar"]
    assert all(listing.phones for listing in found.listings)


def test_a_headed_table_is_read_by_its_heads():
    rows = [
        (f"{name} Pharmacy", "TX, OK", f"512-555-01{ordinal:02d}")
        for ordinal, name in enumerate(("Oak", "Elm", "Ash", "Fir", "Yew"))
    ]
    found = probed(table(("Pharmacy", "Ships to", "Phone"), *rows))
    assert found.family == "html_table"
    assert {(listing.city, listing.specialty, listing.serves) for listing in found.listings} == {
        (None, None, ("US-TX", "US-OK"))
    }


def test_no_head_of_a_column_becomes_what_the_people_below_it_do():
    found = probed(
        table(("Doctor", "City, State", "Phone"), *((name, f"{town}, OH", phone) for name, town, _, phone in PEOPLE))
    )
    assert names(found) == ["Ada Marsh", "Ben Odell", "Carla Whitcombe", "Dan Elgar"]
    assert {listing.specialty for listing in found.listings} == {None}
    assert [listing.city for listing in found.listings] == ["Akron", "Toledo", "Dayton", "Canton"]


def test_a_small_labelled_file_is_never_one_entry_of_prose():
    rows = 'Oak Pharmacy,"TX, OK",512-555-0101\nElm Pharmacy,All states,254-555-0102\nAsh Pharmacy,Nationwide,214-555-0103\n'
    found = probed(f"Pharmacy,Ships to,Phone\n{rows}", "text/csv")
    assert (found.family, names(found)) == ("tabular_file", ["Oak Pharmacy", "Elm Pharmacy", "Ash Pharmacy"])


def cards(*entries: tuple[str, ...]) -> str:
    return "".join(
        f"<div class=c><h3>{name}</h3>{''.join(f'<p>{line}</p>' for line in lines)}</div>" for name, *lines in entries
    )


@pytest.mark.parametrize(
    ("title", "entries"),
    [
        (
            "LDN Friends: our team",
            (
                ("Alma Reed", "Chief Executive", "alma@example.org"),
                ("Ben Tarn", "Head of Fundraising", "ben@example.org"),
                ("Cara Dunn", "Volunteer Coordinator", "cara@example.org"),
                ("Dean Oss", "Receptionist", "dean@example.org"),
            ),
        ),
        (
            "Clinic jobs",
            (
                ("Cedar Clinic", "Austin, TX 78701", "Salary: $120,000", "512-555-0101"),
                ("Hill Health", "Waco, TX 76701", "Salary: $90,000", "254-555-0102"),
                ("Elm Medical", "Reno, NV 89501", "Salary: $95,000", "775-555-0103"),
            ),
        ),
        (
            "Elm Hospital",
            (
                ("Cardiology", "1 Elm Street, London W1G 9PL", "020 7946 0011"),
                ("Billing Office", "1 Elm Street, London W1G 9PL", "020 7946 0211"),
                ("Emergency Department", "1 Elm Street, London W1G 9PL", "020 7946 0111"),
            ),
        ),
        (
            "Health in the senate",
            (
                ("Mary Sands", "Senator", "Austin, TX 78701", "202-555-0100"),
                ("John Reed", "Senator", "Akron, OH 44301", "202-555-0101"),
                ("Zoe Marsh", "Senator", "Reno, NV 89501", "202-555-0102"),
            ),
        ),
    ],
)
def test_staff_adverts_departments_and_politicians_are_no_list(title, entries):
    found = probed(f"<title>{title}</title><h1>{title}</h1>{cards(*entries)}")
    assert found.family is None
    assert not found.listings


def test_customers_and_donors_are_no_list_and_the_reason_is_given():
    order = {
        "customer": {"first_name": "Mary", "last_name": "Sands"},
        "shipping_address": {"name": "Mary Sands", "city": "Waco", "phone": "254-555-0109"},
    }
    orders = probed(
        json.dumps({"orders": [{"id": n, **order, "total_price": "29.00"} for n in range(3)]}), "application/json"
    )
    donors = probed(
        "Name,Email,City,Donation\nMary Sands,mary@example.org,Austin,$20\nJohn Reed,john@example.org,Waco,$50\n",
        "text/csv",
    )
    assert (orders.family, donors.family) == (None, None)
    assert any("they are not prescribers or pharmacies" in problem.what for problem in donors.problems)


def test_doctors_whose_entries_tell_of_other_offices_are_still_listed():
    found = probed(
        f"<h1>LDN doctors</h1>{cards(*((name, f'1 Elm Street, {town}, {state}', phone, 'Trustee') for name, town, state, phone in PEOPLE))}"
    )
    assert len(found.listings) == 4


def test_without_a_medical_word_confidence_is_low_and_the_reason_is_given():
    hikes = [
        {
            "type": "Feature",
            "properties": {"name": name, "city": "Austin"},
            "geometry": {"type": "Point", "coordinates": [-97.0, 30.0]},
        }
        for name in ("Blue Loop", "Hill Trail", "Oak Path")
    ]
    found = probed(json.dumps({"type": "FeatureCollection", "features": hikes}), "application/json")
    assert found.confidence < LIKELY
    assert relevance.UNCONFIRMED in [problem.what for problem in found.problems]


@pytest.mark.parametrize("title", ["LDN list", "Ärzte", "Huisartsen", "Leger som skriver ut", "薬局", "Farmacie"])
def test_a_word_of_medicine_in_the_title_is_enough_in_many_languages(title):
    plain = ((name.split(",")[0], f"1 Elm Street, {town}, {state}", phone) for name, town, state, phone in PEOPLE)
    found = probed(f"<title>{title}</title>{cards(*plain)}")
    assert found.listings
    assert relevance.UNCONFIRMED not in [problem.what for problem in found.problems]
