"""Tables of web pages and files: which way round they stand, which rows belong together, and what is no list."""

from __future__ import annotations

import pytest

from ldn_directory.extract.html import table as html_table
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.extract.sheets.rows import read_rows
from ldn_directory.model import Evidence, Extraction, Listing, Source
from ldn_directory.normalize.mapping import map_record

SOURCE = Source(title="A list", homepage="https://list.example/", evidence=Evidence.LISTED, record_key="none")
URL = "https://list.example/table"


def csv(text: str) -> Extraction:
    return tabular_file.extract(Page("https://list.example/list.csv", text.encode()))


def table(*rows: str) -> Extraction:
    """A table on a web page; cells are parted by bars, and header cells begin with an exclamation mark."""
    body = "".join(f"<tr>{''.join(map(_cell, row.split('|')))}</tr>" for row in rows)
    return html_table.extract(Page(URL, f"<html><body><table>{body}</table></body></html>".encode(), "text/html"))


def _cell(text: str) -> str:
    if text.startswith("<td"):
        return f"{text}</td>"
    return f"<th>{text[1:]}</th>" if text.startswith("!") else f"<td>{text}</td>"


def entries(found: Extraction) -> list[Listing]:
    return [one for record in found.records for one in map_record(record, SOURCE, "list").listings]


def shown(found: Extraction, *fields: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(one, field) for field in fields) for one in entries(found)]


# ---------------------------------------------------------------- tables on their side


def test_a_table_whose_first_column_names_the_fields_has_an_entry_in_each_other_column() -> None:
    found = table("!Name|Jane Roe, MD|John Doe, NP", "!Town|Akron, OH|Kent, OH", "!Phone|330-555-0101|330-555-0102")
    assert shown(found, "name", "credentials", "city") == [("Jane Roe", "MD", "Akron"), ("John Doe", "NP", "Kent")]
    assert "on its side" in found.reasons[0]


def test_the_names_at_the_top_of_such_a_table_need_no_label() -> None:
    found = table("!|!Jane Roe, MD|!John Doe, NP", "!Town|Akron|Kent", "!Phone|330-555-0101|330-555-0102")
    assert shown(found, "name") == [("Jane Roe",), ("John Doe",)]


def test_a_file_may_stand_on_its_side_too() -> None:
    found = csv(
        "Name;Jutta Roth;Hans Dorn\nPLZ;28195;24103\nOrt;Bremen;Kiel\nTelefon;+49 30 23125 001;+49 30 23125 002\n"
    )
    assert shown(found, "name", "postcode", "city") == [
        ("Jutta Roth", "28195", "Bremen"),
        ("Hans Dorn", "24103", "Kiel"),
    ]


def test_a_table_with_a_header_stays_as_it_is_although_a_column_holds_words_that_are_labels() -> None:
    found = table("!Name|!Kind|!City", "Jane Roe|Clinic|Akron", "John Doe|Pharmacy|Kent")
    assert shown(found, "name", "city") == [("Jane Roe", "Akron"), ("John Doe", "Kent")]


# ---------------------------------------------------------------- rows that belong together


def test_a_row_of_one_cell_below_each_entry_goes_on_with_it_and_heads_nothing() -> None:
    found = table(
        "!Name|!Phone",
        "Jane Roe|330-555-0101",
        "<td colspan=2>12 Quay Street, Akron, OH 44308",
        "John Doe|330-555-0102",
        "<td colspan=2>1 Elm Street, Kent, OH 44240",
    )
    assert shown(found, "name", "street") == [("Jane Roe", "12 Quay Street"), ("John Doe", "1 Elm Street")]
    assert all(not record.headings for record in found.records)


def test_a_row_without_a_name_and_nothing_twice_goes_on_with_the_entry_above() -> None:
    found = table(
        "!Name|!Address|!Phone",
        "<td rowspan=2>Jane Roe, MD|12 Quay Street|330-555-0101",
        "Akron, OH 44308|jane@roe.example.com",
        "John Doe, NP|1 Elm Street, Kent, OH 44240|330-555-0102",
    )
    assert shown(found, "name", "city", "email") == [
        ("Jane Roe", "Akron", "jane@roe.example.com"),
        ("John Doe", "Kent", None),
    ]


def test_a_row_without_a_name_but_a_street_and_a_telephone_of_its_own_is_another_office() -> None:
    found = csv(
        "Doctor,Street,City,State,Phone\n"
        '"Jane Roe, MD",12 Quay Street,Akron,OH,330-555-0101\n,7 Bay Road,Kent,OH,330-555-0109\n'
        '"John Doe, NP",1 Elm Street,Kent,OH,330-555-0102\n'
    )
    assert shown(found, "name", "street") == [
        ("Jane Roe", "12 Quay Street"),
        ("Jane Roe", "7 Bay Road"),
        ("John Doe", "1 Elm Street"),
    ]


def test_a_remark_below_the_rows_is_no_entry() -> None:
    found = csv("Name,City,Phone\nJane Roe,Akron,330-555-0101\nJohn Doe,Kent,330-555-0102\nCall before you go.,,\n")
    assert shown(found, "name") == [("Jane Roe",), ("John Doe",)]


# ---------------------------------------------------------------- what columns hold


def test_a_name_in_two_columns_under_one_header_is_one_name() -> None:
    found = table("<td colspan=2>Name|City|Phone", "Jane|Roe|Akron|330-555-0101", "John|Doe|Kent|330-555-0102")
    assert shown(found, "name", "city") == [("Jane Roe", "Akron"), ("John Doe", "Kent")]


def test_a_header_of_two_rows_is_read_as_one() -> None:
    found = csv(
        "Provider,Office,,Phone,\n,Street,Town,Voice,Fax\nJane Roe,12 Quay Street,Akron,330-555-0101,330-555-0191\n"
    )
    (entry,) = entries(found)
    assert (entry.name, entry.street, [phone.raw for phone in entry.phones]) == (
        "Jane Roe",
        "12 Quay Street",
        ["330-555-0101"],
    )


@pytest.mark.parametrize(
    ("header", "names", "wanted"),
    [
        ("BCQX|!FXMZ", ("Jane Roe", "John Doe"), [("Jane Roe", "BCQX"), ("John Doe", "BCQX, FXMZ")]),
        ("BCQX|!FXMZ", ("Jane Roe, MD", "John Doe, NP"), [("Jane Roe", "MD"), ("John Doe", "NP")]),
        ("LDN|!HRT", ("Jane Roe", "John Doe"), [("Jane Roe", None), ("John Doe", None)]),
    ],
    ids=["letters", "letters stand elsewhere", "what is offered"],
)
def test_columns_of_yes_and_no_give_credentials_only_where_names_have_none(
    header: str, names: tuple[str, str], wanted: list[tuple[str, str | None]]
) -> None:
    found = table(f"!Name|!City|!{header}", f"{names[0]}|Akron|Yes|No", f"{names[1]}|Kent|✓|Yes")
    assert shown(found, "name", "credentials") == wanted


def test_a_table_within_a_cell_is_not_read_by_itself_where_the_outer_one_names_columns() -> None:
    hours = "<table><tr><td>Mon</td><td>9-5</td></tr></table>"
    found = table("!Name|!Phone|!Hours", f"Jane Roe|330-555-0101|{hours}", f"John Doe|330-555-0102|{hours}")
    assert shown(found, "name") == [("Jane Roe",), ("John Doe",)]


def test_lines_of_a_name_cell_are_practice_and_street_of_the_one_named() -> None:
    found = read_rows(URL, [["Doctor", "Phone"], ["Jane Roe, MD\nHarbour Clinic\n12 Quay Street", "330-555-0101"]])
    assert shown(found, "name", "practice", "street") == [("Jane Roe", "Harbour Clinic", "12 Quay Street")]


# ---------------------------------------------------------------- duties and calendars


HARBOUR = "Harbour Pharmacy\n12 Quay Street, Akron, OH 44308\n330-555-0101"
ELM = "Elm Chemists\n1 Elm Street, Kent, OH 44240\n330-555-0102"


def test_cells_that_hold_a_whole_entry_each_are_entries_once_however_often_they_are_on_duty() -> None:
    days = [["Date", "Day", "Night"], ["1 May", HARBOUR, ELM], ["2 May", ELM, ELM], ["3 May", HARBOUR, HARBOUR]]
    assert shown(read_rows(URL, days), "name", "city") == [("Harbour Pharmacy", "Akron"), ("Elm Chemists", "Kent")]


def test_the_days_of_a_list_of_duties_are_in_no_entry() -> None:
    found = read_rows(URL, [["1 May", HARBOUR], ["2 May", ELM], ["3 May", HARBOUR], ["4 May", ELM]])
    assert shown(found, "name") == [("Harbour Pharmacy",), ("Elm Chemists",)]
    assert not any("May" in record.block for record in found.records)


def test_a_calendar_is_no_list() -> None:
    weeks = [[*(f"{week * 7 + day:02}/05" for day in range(1, 6)), "Mill Road, Akron"] for week in range(4)]
    found = read_rows(URL, [["Mon", "Tue", "Wed", "Thu", "Fri", "Place"], *weeks])
    assert found.records == ()
    assert "calendar" in found.reasons[0]
