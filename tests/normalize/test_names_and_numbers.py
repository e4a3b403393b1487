"""Names with letters that no list knows, names that look like two, and numbers that are none or several."""

from __future__ import annotations

import pytest

from ldn_directory.model import Evidence, Labelled, Listing, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.names import people
from ldn_directory.normalize.phones import phones
from ldn_directory.normalize.text_hygiene import says_nothing

SOURCE = Source(title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def listings(*texts: tuple[str | None, str]) -> tuple[Listing, ...]:
    labelled = tuple(Labelled(label=label, text=text) for label, text in texts)
    return map_record(Record(page="https://example.org/list", texts=labelled), SOURCE, "s").listings


@pytest.mark.parametrize(
    ("written", "name", "credentials"),
    [
        ("Nia Holt, NP - FNP-C - MSN", "Nia Holt", "NP, FNP-C, MSN"),
        ("Nia Holt, MD, FQZR, XBM-C", "Nia Holt", "MD, FQZR, XBM-C"),
        ("Nia Holt (QZR, MD)", "Nia Holt", "QZR, MD"),
        ("Nia Holt, LCQP, RXN", "Nia Holt", "LCQP, RXN"),
        ("HOLT, NIA MD", "Nia Holt", "MD"),
        ("Nia Holt, Dr.", "Nia Holt", None),
        ("Nia Holt, AZ", "Nia Holt", None),  # a state is no credential
        ("Nia deMarsh, OD", "Nia deMarsh", "OD"),
        ("Ugo dall'Oro, MD", "Ugo dall'Oro", "MD"),
        ("dr hab. n. med. Jan Olszynka", "Jan Olszynka", None),
        ("Prof. Dr. rer. nat. Nia Holt", "Nia Holt", None),
        ("Dra. María de la Fuente y Ortiz", "María de la Fuente y Ortiz", None),
    ],
)
def test_one_person_and_the_letters_behind_the_name(written, name, credentials) -> None:
    (person,) = people(written)
    assert (person.name, person.credentials) == (name, credentials)


def test_letters_in_the_field_of_the_surname_are_no_surname() -> None:
    (found,) = listings(("First name", "Pia"), ("Last name", "Roan-Vale DNP, FQM"), ("City", "Akron"))
    assert (found.name, found.credentials) == ("Pia Roan-Vale", "DNP, FQM")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Oak Thread and Silver Pine Provisions", ["Oak Thread and Silver Pine Provisions"]),
        ("Green Fern & Blue Heron Dispensing", ["Green Fern & Blue Heron Dispensing"]),
        ("Salt and Sorrel", ["Salt and Sorrel"]),
        ("Dr. Ina Moss and Dr. Hal Reed", ["Ina Moss", "Hal Reed"]),
        ("Ina Moss, MD & Hal Reed", ["Ina Moss", "Hal Reed"]),
        ("Mary Ann Holt & Rob Holt", ["Mary Ann Holt", "Rob Holt"]),
        ("Dr. Juan Rubio y Dra. Ana Mora", ["Juan Rubio", "Ana Mora"]),
        ("Dr. Juan Rubio y Mora", ["Juan Rubio y Mora"]),
    ],
)
def test_and_joins_two_people_or_two_words_of_one_name(written, names) -> None:
    assert [found.name for found in listings(("name", written), ("city", "Salida"))] == names


@pytest.mark.parametrize(
    "line",
    [
        "Nia Holt, DO (602) 555-0101 nia@holt.example.org",
        "Dr. Nia Holt | (602) 555-0101 | nia@holt.example.org",
        "Nia Holt, DO Note: by referral only. 602-555-0101 nia@holt.example.org",
        "Nia Holt, DO (Wednesdays only) 602-555-0101, nia@holt.example.org",
    ],
)
def test_name_and_contacts_on_one_line(line) -> None:
    (found,) = listings((None, line))
    assert (found.name, found.email, len(found.phones)) == ("Nia Holt", "nia@holt.example.org", 1)


@pytest.mark.parametrize(
    ("written", "country_code", "numbers"),
    [
        ("10000101 10000102 10000103", "AR", ["10000101", "10000102", "10000103"]),
        ("(312) 555-0101 (312) 555-0102", "US", ["(312) 555-0101", "(312) 555-0102"]),
        ("4555-0101 / 4555-0102", "AR", ["4555-0101", "4555-0102"]),
        ("1000-0144/20", "AR", ["1000-0144"]),
        ("0711/123456-0", "DE", ["0711/123456-0"]),
        ("020 7946 0101 ext 12", "GB", ["020 7946 0101 ext 12"]),
        ("22.333.444/0001-05", None, []),
        ("CUIT 20-12345678-3", "AR", []),
        ("P.IVA 01234567897", "IT", []),
        ("NPI 1234567893", "US", []),
        ("VAT: GB 123 4567 89", "GB", []),
        ("000-000-0000", "US", []),
        ("1111111111", "US", []),
    ],
)
def test_which_numbers_are_telephone_numbers(written, country_code, numbers) -> None:
    assert [phone.raw for phone in phones(written, country_code)] == numbers


@pytest.mark.parametrize(
    "text",
    ["N/A", "n/a, n/a", "null", "NULL, NULL", "None, ", "[object Object]", "0", "00000", "000-000-0000", "--", "{}"],
)
def test_what_stands_for_nothing(text) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["Nonesuch", "Unknown Road", "10", "✓", "Nil Moss", "名前", "0 High St"])
def test_what_says_something(text) -> None:
    assert not says_nothing(text)


def test_a_no_in_figures_is_an_answer() -> None:
    (found,) = listings(("name", "Jane Roe, MD"), ("city", "Waco"), ("accepting new patients", "0"))
    assert found.accepts_new is False


def test_brackets_of_full_width_are_part_of_a_number() -> None:
    assert [phone.raw for phone in phones("電話番号: （03）0000-2642")] == ["（03）0000-2642"]
