"""CSV, TSV and XLSX lists as people really publish them."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.model import Evidence, Extraction, Record, Source
from ldn_directory.normalize.mapping import map_record

SOURCE = Source(title="A list", homepage="https://list.example/", evidence=Evidence.LISTED, record_key="none")
PROJECT = Path(__file__).parents[2]


def read(body: bytes | str, **options: str) -> Extraction:
    return tabular_file.extract(
        Page("https://list.example/list.csv", body if isinstance(body, bytes) else body.encode()), **options
    )


def workbook(*rows: tuple[object, ...], **sheets: list[tuple[object, ...]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, more in sheets.items():
        sheet = book.create_sheet(title)
        for row in more:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def texts(record: Record) -> dict[str | None, str]:
    return {text.label: text.text for text in record.texts}


def test_a_csv_with_a_header_gives_one_record_a_row() -> None:
    found = read("Name,Phone,City\nJane Roe,(503) 555-0101,Portland\nJohn Doe,(503) 555-0102,Salem\n")
    assert [texts(record) for record in found.records] == [
        {"Name": "Jane Roe", "Phone": "(503) 555-0101", "City": "Portland"},
        {"Name": "John Doe", "Phone": "(503) 555-0102", "City": "Salem"},
    ]
    assert found.problems == ()


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_found_although_cells_hold_commas(mark: str) -> None:
    rows = [
        ("Name", "Address", "Tel"),
        ("Jane Roe", "1 Quay St, Salem, OR 97301", "503 555 0101"),
        ("A, B, C Clinic", "2 Quay St, Salem", "503 555 0102"),
    ]
    found = read("\n".join(mark.join(row) for row in rows))
    assert texts(found.records[0])["Address"] == "1 Quay St, Salem, OR 97301"
    assert len(found.records) == 2


def test_excels_separator_line_is_no_row() -> None:
    assert len(read("sep=;\nName;Tel\nJane Roe;503 555 0101\n").records) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_detected_from_the_bytes(encoding: str) -> None:
    found = read("Name,Ort\nJürgen Müller,Köln\nZoë Löwe,Nürnberg\n".encode(encoding))
    assert [texts(record)["Name"] for record in found.records] == ["Jürgen Müller", "Zoë Löwe"]


def test_an_encoding_can_be_stated() -> None:
    found = read("Name,Phone\nŁucja Żak,503 555 0101\n".encode("cp1250"), encoding="cp1250")
    assert texts(found.records[0])["Name"] == "Łucja Żak"
    assert "cannot be decoded" in str(read(b"Name,Phone\n", encoding="klingon").problems[0])


def test_a_header_below_a_title_is_found() -> None:
    found = read("LDN doctors in our area,,\n,,\nDoctor,Practice,Tel\nJane Roe,Harbour Clinic,503 555 0101\n")
    assert [texts(record)["Doctor"] for record in found.records] == ["Jane Roe"]


def test_without_a_header_columns_are_known_by_their_values() -> None:
    found = read(
        "Jane Roe MD,Portland,OR,97201,(503) 555-0101,jane@harbour.example\n"
        "John Doe ND,Salem,OR,97301,(503) 555-0102,john@quay.example\n"
    )
    assert len(found.records) == 2
    listing = map_record(found.records[1], SOURCE, "list").listings[0]
    assert (listing.name, listing.city, listing.region_code, listing.email) == (
        "John Doe",
        "Salem",
        "US-OR",
        "john@quay.example",
    )


def test_a_column_with_an_unknown_label_is_understood_by_its_values() -> None:
    found = read("Name,How to reach\nJane Roe,jane@harbour.example\nJohn Doe,john@quay.example\n")
    assert map_record(found.records[0], SOURCE, "list").listings[0].email == "jane@harbour.example"


def test_a_row_that_is_only_a_place_heads_those_below() -> None:
    found = read("Name,Phone,Notes\nOregon,,\nJane Roe,503 555 0101,\nOhio,,\nJohn Doe,330 555 0101,\n")
    assert [record.headings for record in found.records] == [("Oregon",), ("Ohio",)]


def test_a_login_page_instead_of_a_sheet_is_reported() -> None:
    found = read("<!DOCTYPE html><html><body>Sign in to continue</body></html>")
    assert found.records == ()
    assert "HTML page came instead" in found.problems[0].what


def test_a_place_above_the_header_heads_the_rows_below_it_and_a_state_stands_under_its_country() -> None:
    found = read(
        "CANADA,,\nPrescribers in Ontario,,\nName,City,Phone\nJane Roe,Toronto,416 555 0101\n"
        "QUEBEC,,\nName,City,Phone\nJohn Doe,Laval,450 555 0102\n"
    )
    assert [record.headings for record in found.records] == [("CANADA", "Ontario"), ("CANADA", "QUEBEC")]


def test_a_state_written_once_for_several_rows_holds_for_all_of_them() -> None:
    rows = "Ohio,Jane Roe,330 555 0101\n,John Doe,330 555 0102\n,Ann Poe,330 555 0103\nOregon,Al Burr,503 555 0104\n,Tim Fox,503 555 0105\n"
    found = read(f"State,Name,Phone\n{rows}")
    assert [texts(record)["State"] for record in found.records] == ["Ohio", "Ohio", "Ohio", "Oregon", "Oregon"]


def test_a_state_that_is_missing_here_and_there_is_not_made_up() -> None:
    found = read("State,Name,Phone\nOhio,Jane Roe,330 555 0101\n,John Doe,330 555 0102\nOhio,Ann Poe,330 555 0103\n")
    assert "State" not in texts(found.records[1])


def test_two_header_rows_are_one_header() -> None:
    found = read("Name,Address,,Phone,\n,Street,City,Office,Fax\nJane Roe,12 Quay St,Akron,330 555 0101,330 555 0109\n")
    listing = map_record(found.records[0], SOURCE, "list").listings[0]
    assert len(found.records) == 1
    assert (listing.street, listing.city, [phone.raw for phone in listing.phones]) == (
        "12 Quay St",
        "Akron",
        ["330 555 0101"],
    )


def test_a_column_of_several_things_is_read_line_by_line() -> None:
    found = read(
        'Doctor,Contact\n"Jane Roe\nMD","330 555 0101\njane@roe.example"\n"John Doe\nNP","330 555 0102\njohn@doe.example"\n'
    )
    listing = map_record(found.records[0], SOURCE, "list").listings[0]
    assert (listing.name, listing.credentials, listing.email) == ("Jane Roe", "MD", "jane@roe.example")
    assert [phone.raw for phone in listing.phones] == ["330 555 0101"]


def test_a_time_stamp_is_no_telephone_number() -> None:
    found = read(
        "Timestamp,Doctor,How to ring\n3/2/2024 10:11:12,Jane Roe,330 555 0101\n3/3/2024 09:01:02,John Doe,330 555 0102\n"
    )
    assert [phone.raw for phone in map_record(found.records[0], SOURCE, "list").listings[0].phones] == ["330 555 0101"]


def test_one_word_in_one_row_is_no_practice() -> None:
    rows = "".join(
        f"Jane Roe MD,Akron,OH,330 555 01{number:02},{'telehealth' * (number == 2)}\n" for number in range(5)
    )
    listing = map_record(read(rows).records[2], SOURCE, "list").listings[0]
    assert (listing.practice, listing.telehealth) == (None, True)


def test_a_sheet_published_as_a_web_page_is_read_without_its_letters_and_numbers() -> None:
    rows = (("Name", "Phone"), ("Jane Roe", "330 555 0101"))
    cells = "".join(
        f"<tr><th>{n}</th>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for n, row in enumerate(rows, 1)
    )
    letters = "<tr><th></th><th>A</th><th>B</th></tr>"
    found = read(f'<!DOCTYPE html><html><body><table class="ritz waffle">{letters}{cells}</table></body></html>')
    assert [texts(record) for record in found.records] == [{"Name": "Jane Roe", "Phone": "330 555 0101"}]


def test_the_answer_of_a_sheets_query_address_is_read() -> None:
    columns = '[{"label":"Name"},{"label":"Phone"}]'
    rows = '[{"c":[{"v":"Jane Roe"},{"v":3305550101.0,"f":"330 555 0101"}]},{"c":[null,null]}]'
    found = read(
        '/*O_o*/\ngoogle.visualization.Query.setResponse({"table":{"cols":' + columns + ',"rows":' + rows + "}});"
    )
    assert [texts(record) for record in found.records] == [{"Name": "Jane Roe", "Phone": "330 555 0101"}]
    assert "no readable answer" in read("google.visualization.Query.setResponse({});").problems[0].what


def test_a_stray_quotation_mark_does_not_swallow_the_rest() -> None:
    rows = "\n".join(f"Jane Roe{n},Clinic,503 555 01{n:02}" for n in range(10))
    found = read(f'Name,Practice,Phone\n"John Doe,Clinic,503 555 0199\n{rows}\n')
    assert len(found.records) == 11
    assert "never closed" in found.problems[0].what


def test_short_and_long_rows_are_kept_and_the_long_one_reported() -> None:
    found = read("Name,Phone,City\nJane Roe,503 555 0101\nJohn Doe,503 555 0102,Salem,what,is,this\n")
    assert len(found.records) == 2
    assert [problem.record for problem in found.problems] == ["row 3"]


def test_a_repeated_key_is_reported_and_the_first_row_kept() -> None:
    rows = "".join(f"{n},Person Number{n},503 555 01{n:02}\n" for n in range(20))
    found = read(f"ID,Name,Phone\n{rows}3,Jane Roe,503 555 0199\n")
    assert len(found.records) == 20
    assert "repeats the key '3'" in found.problems[0].what


def test_a_column_called_id_that_is_no_key_is_not_used_as_one() -> None:
    found = read("ID,Name,Phone\n1,Jane Roe,503 555 0101\n1,John Doe,503 555 0102\n1,Ann Poe,503 555 0103\n")
    assert [record.key for record in found.records] == [None, None, None]
    assert "not used as key" in found.problems[0].what


def test_a_huge_cell_costs_the_cell_and_not_the_row() -> None:
    found = read(f"Name,Phone,Notes\nJane Roe,503 555 0101,{'x' * 2_000_000}\n")
    assert texts(found.records[0]) == {"Name": "Jane Roe", "Phone": "503 555 0101"}
    assert "2,000,000 characters" in found.problems[0].what


def test_a_table_of_something_else_gives_no_records() -> None:
    found = read("Month,Sales\nMay,12\nJune,14\n")
    assert found.records == ()
    assert found.problems


def test_a_workbook_is_read_with_all_its_visible_sheets() -> None:
    book = workbook(
        ("Name", "Phone"),
        ("Jane Roe", "503 555 0101"),
        Ohio=[("Name", "Phone"), ("John Doe", 3305550101.0)],
        Old=[("Name", "Phone"), ("Ann Poe", "1")],
    )
    book["Old"].sheet_state = "hidden"
    found = read(saved(book))
    assert [(texts(record)["Name"], record.headings) for record in found.records] == [
        ("Jane Roe", ()),
        ("John Doe", ("Ohio",)),
    ]
    assert texts(found.records[1])["Phone"] == "3305550101"
    assert len(read(saved(book), sheet="Ohio").records) == 1
    assert "no part or sheet Nowhere" in read(saved(book), sheet="Nowhere").problems[0].what


def test_merged_cells_stand_in_every_row_and_hidden_ones_in_none() -> None:
    book = workbook(
        ("State", "Name", "Phone", "Home address"),
        ("Ohio", "Jane Roe", "330 555 0101", "9 Elm St"),
        (None, "John Doe", "330 555 0102", "8 Elm St"),
        (None, "Ann Poe", "330 555 0103", ""),
    )
    book.active.merge_cells("A2:A3")
    book.active.column_dimensions["D"].hidden = True
    book.active.row_dimensions[4].hidden = True
    found = read(saved(book))
    assert [texts(record) for record in found.records] == [
        {"State": "Ohio", "Name": "Jane Roe", "Phone": "330 555 0101"},
        {"State": "Ohio", "Name": "John Doe", "Phone": "330 555 0102"},
    ]
    assert [problem.what for problem in found.problems] == [
        "sheet 'Sheet' hides 1 column: left out",
        "sheet 'Sheet' hides 1 row: left out",
    ]


def test_a_link_behind_a_word_is_read() -> None:
    book = workbook(("Name", "Website"), ("Jane Roe", "Website"))
    book.active["B2"].hyperlink = "https://harbour.example/"
    assert texts(read(saved(book)).records[0])["Website"] == "https://harbour.example/"


def test_a_zip_bomb_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number in range(3):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * 50_000_000)
    assert "refused" in read(out.getvalue()).problems[0].what


def test_an_entity_bomb_in_a_workbook_is_refused() -> None:
    source = io.BytesIO(saved(workbook(("Name", "Phone"), ("Jane Roe", "503 555 0101"))))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            new.writestr(item.filename, bomb if item.filename.endswith("sheet1.xml") else old.read(item.filename))
    found = read(out.getvalue())
    assert found.records == ()
    assert "no readable workbook" in found.problems[0].what


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"", b"\x00" * 50, b"\xff\xfe", b'"', b'"""\n"']
)
def test_broken_files_are_problems_and_not_errors(body: bytes) -> None:
    found = read(body)
    assert found.records == ()
    assert found.problems


@settings(max_examples=60, deadline=5_000)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_it_fail(body: bytes) -> None:
    read(body)


@settings(max_examples=60, deadline=5_000)
@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=4), max_size=8))
def test_no_cells_at_all_make_it_fail(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["Name", "Phone", "City"], *rows])
    read(out.getvalue().encode("utf-8", "replace"))


@settings(max_examples=25, deadline=10_000)
@given(st.integers(0, 4_000), st.integers(0, 255))
def test_a_workbook_with_a_wrong_byte_never_raises(position: int, byte: int) -> None:
    body = bytearray(saved(workbook(("Name", "Phone"), ("Jane Roe", "503 555 0101"))))
    body[position % len(body)] = byte
    read(bytes(body))


def test_digits_under_a_header_that_is_not_understood_are_no_postcode() -> None:
    found = read(
        "Name,City,Phone,Member since\nJane Roe,Akron,330 555 0101,2014\nJohn Doe,Akron,330 555 0102,2015\nAnn Poe,Akron,330 555 0103,2011\n"
    )
    listings = [listing for record in found.records for listing in map_record(record, SOURCE, "list").listings]
    assert len(listings) == 3 and all(listing.postcode is None for listing in listings)
