"""Which field a column holds: by its label, its values over all records, and its place beside the others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ldn_directory.extract.columns import Cells, fields_of
from ldn_directory.extract.joined_columns import join_columns
from ldn_directory.model import Column, Labelled, Record

NAMES = ("Marisol Okonjo", "Ada Brandt", "Ines Ferreira", "Noor Whitlock")
STREETS = ("12 Quay Street", "77 Juniper Avenue", "9 Maple Court", "3 Harbor Lane")
TOWNS = ("Akron", "Bend", "Tucson", "Boise")
PHONES = ("512-555-0101", "512-555-0102", "512-555-0103", "512-555-0104")


def columns_of(**columns: Sequence[str]) -> tuple[Column, ...]:
    """The columns; names of columns that begin with `_` are no labels."""
    return fields_of([Cells(None if name.startswith("_") else name, list(one)) for name, one in columns.items()])


def records(**columns: Sequence[str]) -> list[Record]:
    """One record a row, its texts with the fields of their columns, joined where they belong together."""
    found = columns_of(**columns)
    rows = [
        [Labelled(label=one.label, text=text, field=one.field) for one, text in zip(found, row, strict=True)]
        for row in zip(*columns.values(), strict=True)
    ]
    return join_columns([Record(page="list.json", texts=tuple(row)) for row in rows])


def field_of(label: str, **columns: Sequence[str]) -> str | None:
    return next(one.field for one in columns_of(**columns) if one.label == label)


@pytest.mark.parametrize(
    ("label", "values", "field"),
    [
        ("City_District", TOWNS, "city"),
        ("loc_admin_city", TOWNS, "city"),
        ("deskPhone", PHONES, "phone"),
        ("adresse_code_postal", ("59230", "14400", "51300", "68500"), "postcode"),
        ("adress_street", STREETS, "street"),
        ("calle_nombre", ("AV DEL MOLINO", "DEL LAGO", "LOS SAUCES", "SAN FAROL"), "street"),
        ("lat_coord1", ("47.09", "47.74", "44.84", "46.12"), "latitude"),
        ("Licence No", ("12345", "23456", "34567", "45678"), None),
        ("joined", ("2031-01-02", "2031-02-03", "2031-03-04", "2031-04-05"), None),
    ],
)
def test_a_label_is_known_by_its_words(label: str, values: Sequence[str], field: str | None) -> None:
    assert field_of(label, name=NAMES, **{label: values}) == field


def test_words_with_which_all_labels_begin_say_nothing() -> None:
    found = columns_of(doc_name=NAMES, doc_street=STREETS, doc_town=TOWNS, doc_tel=PHONES)
    assert [one.field for one in found] == ["name", "street", "city", "phone"]


def test_values_that_cannot_be_what_the_label_says_win() -> None:
    assert field_of("name", name=("4401", "4402", "4403", "4404"), doctor=NAMES, phone=PHONES) == "ignored"


def test_the_surer_of_two_columns_gets_a_field_and_the_reason_names_it() -> None:
    clerk = ("office@guild.example.org",) * 4
    own = ("a@one.example", "b@two.example", "c@three.example", "d@four.example")
    found = {one.label: one for one in columns_of(name=NAMES, keeper_email=clerk, desk_email=own)}
    assert found["desk_email"].field == "email"
    assert found["keeper_email"].field == "ignored"
    assert "'desk_email' is it more surely" in found["keeper_email"].why


def test_without_labels_values_and_neighbours_tell_the_fields() -> None:
    found = columns_of(
        _code=("QZ1", "QZ2", "QZ3", "QZ4"),
        _title=("Pillboxes", "Tidewater", "Candlegate", "Larkspur"),
        _street=STREETS,
        _town=TOWNS,
        _zip=("44308", "97701", "85701", "83702"),
        _phone=PHONES,
    )
    assert [one.field for one in found] == [None, "name", "street", "city", "postcode", "phone"]


def test_a_practice_without_a_word_of_practices_is_known_by_its_place_above_the_address() -> None:
    found = columns_of(
        _a=NAMES, _b=("EasyGlance", "The Reading Room", "Third of May", "Owl House"), _c=STREETS, _d=PHONES
    )
    assert [one.field for one in found] == ["name", "practice", "street", "phone"]


def test_lines_between_street_and_postcode_are_one_address_with_its_town() -> None:
    found = records(
        _a=("Pillboxes", "Tidewater", "Candlegate"),
        _b=("100 Hourglass Lane", "83 Sailmakers Court", "54 Lamp Row"),
        _c=("Bow", "Leeds", "Newark"),
        _d=("London", "Yorkshire", "Notts"),
        _e=("E3 9ZZ", "LS2 9ZZ", "NG24 9ZZ"),
        _f=("020 7946 0101", "020 7946 0102", "020 7946 0103"),
    )
    assert [next(text.text for text in one.texts if text.field == "city") for one in found] == [
        "London",
        "Leeds",
        "Newark",
    ]


def test_a_house_number_joins_its_street_on_the_side_where_it_is_written() -> None:
    after = records(nombre=NAMES, calle_nombre=TOWNS, calle_altura=("1397.0", "49", "30", "8"), tel=PHONES)
    before = records(name=NAMES, housenumber=("12", "7", "9", "3"), street=("Quay St",) * 4, tel=PHONES)
    assert "Akron 1397" in [text.text for text in after[0].texts]
    assert "12 Quay St" in [text.text for text in before[0].texts]


def test_a_name_before_the_address_is_taken_out_of_it_where_no_column_is_the_name() -> None:
    places = [
        f"{name} Pharmacy - {street}, {town}, OH 44308"
        for name, street, town in zip(TOWNS, STREETS, TOWNS, strict=True)
    ]
    found = records(address=places, phone=PHONES, drug_name=("A", "B", "A", "C"))
    texts = {text.field: text.text for text in found[0].texts}
    assert (texts["practice"], texts["address"]) == ("Akron Pharmacy", "12 Quay Street, Akron, OH 44308")


def test_rows_that_say_the_same_of_one_entry_are_one_entry() -> None:
    rows = records(
        name=("Tidewater Pharmacy",) * 3 + ("Saltbox Pharmacy",) * 3,
        phone=(PHONES[0],) * 3 + (PHONES[1],) * 3,
        medicine=("1.5 mg", "3 mg", "4.5 mg") * 2,
    )
    assert len(rows) == 2


def test_words_that_are_the_same_around_a_name_are_no_part_of_it() -> None:
    shops = ("Tidewater Pharmacy", "Saltbox Chemist", "Gullwing Drugs")
    found = columns_of(title=[f"{shop} - At a glance" for shop in shops], name=shops, phone=PHONES[:3])
    assert [one.field for one in found] == ["ignored", "name", "phone"]
    assert "words that are always the same" in found[0].why


def test_numbers_before_names_are_left_out() -> None:
    found = records(name=[f"#{place} {name}" for place, name in enumerate(NAMES, 1)], phone=PHONES)
    assert [one.texts[0].text for one in found] == list(NAMES)


def test_a_column_of_names_stands_in_most_rows() -> None:
    people = ("רות הר-ציון", "נועה אלמוג", "אורי קרמרי", "תמר עופרי")
    notes = ("רפואה מרחוק", "", "", "מקבל מטופלים")
    columns = columns_of(רופא=people, practice=STREETS, phone=PHONES, _=notes)
    assert [column.field for column in columns] == ["name", "practice", "phone", None]


@pytest.mark.parametrize(
    ("groups", "field"),
    [
        (("FXQM", "FXDN", "FXQM, FXDN", "FXQM", "FXDN", "FXQM"), "credentials"),
        (("LIMA", "OSLO", "LIMA", "ROMA", "LIMA", "OSLO"), None),
        (("ACTIVE", "CLOSED", "ACTIVE", "ACTIVE", "CLOSED", "ACTIVE"), None),
        (("FXQM", "QDNX", "BRTK", "WLPS", "GHDD", "TKRM"), None),
    ],
)
def test_letters_that_nobody_knows_are_told_by_coming_again_in_their_column(groups, field) -> None:
    names = ("Ada Marsh", "Ben Odell", "Una Ruscoe", "Eve Brandt", "Jo Lunt", "Lea Finch")
    columns = columns_of(Name=names, Awards=groups, City=("Akron", "Waco", "Reno", "Erie", "Tulsa", "Boise"))
    assert columns[1].field in ((field,) if field else (None, "ignored", "city", "kind", "specialty", "region"))


def test_a_practice_named_like_a_street_is_none_beside_whole_addresses() -> None:
    columns = columns_of(
        _name=("Ada Marsh, MD", "Ben Odell, NP", "Una Ruscoe, DO"),
        _practice=("Willow House", "Elm Court", "Third Hill"),
        _address=("12 Quay Street, Akron, OH 44308", "4 Elm Street, Waco, TX 76701", "9 Oak Street, Reno, NV 89501"),
    )
    assert columns[1].field in ("practice", None) and columns[2].field == "address"
