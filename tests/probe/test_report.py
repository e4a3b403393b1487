"""The findings on a terminal."""

from __future__ import annotations

import pytest

from ldn_directory.cli.probe_report import format_report
from ldn_directory.cli.terminal import display_width, fit
from ldn_directory.extract.page import Page
from ldn_directory.probe import Report
from ldn_directory.probe.detect import probe

ROWS = (
    ("Ada Marsh, MD", "12 Harbour Street, Akron, OH 44301", "(330) 555-0110"),
    ("Ben Odell, DO", "401 Elm Avenue, Toledo, OH 43604", "(419) 555-0111"),
    ("Carla Whitcombe, ND", "77 Cedar Lane, Portland, OR 97205", "(503) 555-0112"),
)


def look(rows=ROWS, head=("Name", "Address", "Phone"), extra=""):
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    header = "".join(f"<th>{name}</th>" for name in head)
    body = f"<html><body>{extra}<table><thead><tr>{header}</tr></thead>{cells}</table></body></html>"
    page = Page("https://lists.example.org/a", body.encode(), "text/html; charset=utf-8")
    return Report(where=page.url, page=page, found=probe(page))


@pytest.mark.parametrize("width", [20, 40, 71, 72, 100, 200])
def test_no_line_of_the_sample_is_wider_than_the_terminal(width):
    lines = format_report(look(), width).splitlines()
    sample = lines[2 : next(place for place, line in enumerate(lines) if line.startswith("Filled"))]
    assert sample
    assert all(display_width(line) <= width for line in sample)


def test_columns_line_up_where_letters_are_wide():
    rows = (("青木 春子, MD", "12 Harbour Street, Akron, OH 44301", "(330) 555-0110"), *ROWS)
    lines = format_report(look(rows), 120).splitlines()
    starts = {display_width(line[: line.index("555-01")]) for line in lines if line[:1].isdigit()}
    assert len(starts) == 1


@pytest.mark.parametrize(("text", "width"), [("山田", 4), ("e\u0301", 1), ("abc", 3), ("한글", 4)])
def test_the_width_of_a_text_is_counted_in_columns(text, width):
    assert display_width(text) == width


def test_a_text_is_cut_to_its_columns_and_not_in_the_middle_of_a_wide_letter():
    assert fit("山田太郎", 6) == "山田… "
    assert display_width(fit("山田太郎", 6)) == 6


def test_nothing_on_the_page_can_move_the_cursor():
    hostile = (("Ada Marsh\x1b[2J, MD", "12 Harbour Street, Akron, OH 44301", "(330) 555-0110\u202e"), *ROWS)
    shown = format_report(
        look(hostile, head=("Name", "Address", "Phone"), extra="<title>\x9b31mList\u2066</title>"), 100
    )
    assert not any(letter in shown for letter in "\x1b\x9b\u202e\u2066\x07\r")


def test_a_column_that_no_field_claims_is_named():
    shown = format_report(look(tuple((*row, "7 of 9") for row in ROWS), ("Name", "Address", "Phone", "Aura")), 100)
    assert "! column 'Aura' not understood" in shown


def test_the_share_of_each_field_is_shown():
    shown = format_report(look(), 100)
    assert "phones 100%" in shown
    assert "nowhere: email" in shown


def test_a_page_without_a_list_is_one_line_and_its_reasons():
    page = Page("https://lists.example.org/a", b"<html><body><p>Welcome</p></body></html>", "text/html")
    assert format_report(Report(where=page.url, page=page, found=probe(page))).splitlines() == [
        "No list was found in https://lists.example.org/a.",
        "",
        "! no list of people or practices was found",
    ]
