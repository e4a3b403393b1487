"""CSV files as they should not be: the row or the field is reported, the rest is kept."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest

from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.model import Extraction

PEOPLE = [
    ("Jane Roe", "512-555-0142", "Austin"),
    ("John Doe", "512-555-0143", "Dallas"),
    ("Ann Poe", "512-555-0144", "Waco"),
]
HEADER = "Name,Phone,City"
ROWS = [",".join(person) for person in PEOPLE]


def read(body: bytes | str) -> Extraction:
    return tabular_file.extract(
        Page("https://list.example/list.csv", body if isinstance(body, bytes) else body.encode())
    )


def people(found: Extraction) -> list[tuple[str, ...]]:
    return [tuple(text.text for text in record.texts) for record in found.records]


def lines(*rows: str, end: str = "\n") -> str:
    return "".join(row + end for row in rows)


@pytest.mark.parametrize(
    "body",
    [
        lines(HEADER, *ROWS).rstrip("\n"),
        lines(HEADER, *ROWS, end="\r\n"),
        lines(HEADER, *ROWS, end="\r"),
        HEADER + "\r\n" + ROWS[0] + "\n" + ROWS[1] + "\r" + ROWS[2],
        lines(HEADER, *ROWS).replace(",", ";"),
        lines(HEADER, *ROWS).replace(",", "\t"),
        "\ufeff" + lines(HEADER, *ROWS),
        lines(HEADER, *ROWS).encode("utf-16"),
        lines(HEADER, *ROWS).encode("utf-16-be"),
        lines(HEADER, *ROWS).replace("Roe", "R\x00oe").replace("Waco", "\x00Waco\x00"),
        lines(HEADER, "", *ROWS, "", ",,", ""),
        lines(HEADER, ROWS[0], HEADER, *ROWS[1:]),
        lines(*('"' + row.replace(",", '","') + '"' for row in (HEADER, *ROWS))),
        lines(HEADER + ",,,", *(row + ",,," for row in ROWS)),
    ],
    ids=[
        "no newline at the end",
        "windows lines",
        "old mac lines",
        "mixed lines",
        "semicolons",
        "tabs",
        "byte order mark",
        "utf-16",
        "utf-16 without mark",
        "nuls",
        "empty rows",
        "header repeated",
        "all quoted",
        "empty columns",
    ],
)
def test_however_it_was_saved_every_person_is_read(body):
    found = read(body)
    assert people(found) == PEOPLE
    assert found.problems == ()


def test_a_table_without_a_column_of_names_says_which_columns_there_are():
    found = read("Phone,City\n512-555-0142,Austin\n512-555-0143,Dallas\n")
    assert found.records == ()
    assert "no column holds names; the columns are: Phone, City" in found.problems[0].what


def test_a_short_row_is_kept_and_a_long_one_is_reported():
    found = read(lines(HEADER, "Jane Roe", ROWS[1] + ",and,more", ROWS[2]))
    assert [person[0] for person in people(found)] == ["Jane Roe", "John Doe", "Ann Poe"]
    assert [str(problem) for problem in found.problems] == [
        "https://list.example/list.csv, entry 'row 3': has more cells than the header: the rest is left out"
    ]


@pytest.mark.parametrize(
    "stray",
    [
        'Jane "JJ" Roe,512-555-0142,Austin',
        'Jane Roe,512-555-0142,"Austin" TX',
        'Jane Roe",512-555-0142,Austin',
        '""Jane Roe"",512-555-0142,Austin',
    ],
)
def test_a_stray_quotation_mark_costs_no_other_row(stray):
    found = people(read(lines(HEADER, stray, *ROWS[1:])))
    assert len(found) == 3
    assert found[1:] == PEOPLE[1:]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing():
    many = [f"Person Number{n},512-555-01{n:02},Austin" for n in range(30)]
    found = read(lines(HEADER, '"Jane Roe,512-555-0142,Austin', *many))
    assert len(found.records) == 31
    assert "never closed" in found.problems[0].what


HUGE = {"letters": "x" * 2_000_000, "lines": '"' + "line\n" * 400_000 + '"', "quotes": '"' + 'a""' * 700_000 + '"'}


@pytest.mark.parametrize("cell", HUGE.values(), ids=HUGE)
def test_a_cell_of_two_megabytes_costs_the_cell(cell):
    found = read(lines(HEADER + ",Notes", ROWS[0] + "," + cell, ROWS[1] + ",", ROWS[2] + ","))
    assert people(found) == PEOPLE
    (problem,) = found.problems
    assert problem.record == "row 2" and "characters long: dropped" in problem.what


def test_a_repeated_key_costs_the_second_row():
    many = [f"{n},Person Number{n},512-555-01{n:02}" for n in range(40)]
    found = read(lines("ID,Name,Phone", *many, "7,Jane Roe,512-555-0142"))
    assert len(found.records) == 40
    assert [(problem.record, problem.what) for problem in found.problems] == [
        ("row 42", "repeats the key '7': left out")
    ]


def test_columns_of_the_same_name_are_both_read():
    found = read("Name,Phone,Phone,City\nJane Roe,512-555-0142,512-555-0143,Austin\nJohn Doe,512-555-0144,,Waco\n")
    assert people(found)[0] == ("Jane Roe", "512-555-0142", "512-555-0143", "Austin")


@pytest.mark.parametrize("columns", [400, 20_000])
def test_more_columns_than_a_table_has_are_left_out(columns):
    found = read(lines(HEADER + ",x" * columns, *(row + ",1" * columns for row in ROWS)))
    assert [person[:3] for person in people(found)] == PEOPLE


def test_a_workbook_whose_sheet_claims_a_million_rows_is_read_to_its_last_filled_one():
    book = openpyxl.Workbook()
    for row in (HEADER.split(","), *PEOPLE):
        book.active.append(row)
    book.active.cell(1_048_576, 1).value = ""
    out = io.BytesIO()
    book.save(out)
    assert people(read(out.getvalue())) == PEOPLE


def test_an_archive_that_holds_no_workbook_is_said_to_be_none():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/passwd", "root")
    found = read(out.getvalue())
    assert found.records == () and found.problems


def test_along_the_whole_road_each_fault_costs_its_row_or_field_and_is_in_the_report(ldn, site, tmp_path, names):
    rows = [f"{n},Person Number{n},512-555-01{n:02},Austin," for n in range(30)]
    rows += ["3,Jane Roe,512-555-0142,Waco,", "31,John Doe,512-555-0143,Waco,,what,is,this"]
    rows += [
        f"32,Ann Poe,512-555-0144,Waco,{'x' * 2_000_000}",
        "33,M\x00ary Low,not a number,Waco,",
        "34,Short Row",
        "35,Last Row,512-555-0145,Waco,",
    ]
    site.says("/list.csv", lines("ID,Name,Phone,City,Notes", *rows, end="\r\n").rstrip(), Content_Type="text/csv")
    done = ldn("update", "--json", "bad_csv")
    report = done.sources["bad_csv"]
    assert (done.code, report["outcome"], report["listings"]) == (0, "passed", 35)
    assert {"John Doe", "Ann Poe", "Mary Low", "Short Row"} < set(names(tmp_path / "data"))
    told = " ".join(report["problems"])
    assert all(f"'row {number}'" in told for number in (32, 33, 34)), told
    stored = (tmp_path / "data" / "runs" / report["run"] / "bad_csv" / "listings.jsonl").read_bytes()
    assert len(stored) < 100_000
    assert all(json.loads(line)["name"] for line in stored.splitlines())
