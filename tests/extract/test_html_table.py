"""Tables: headers wherever they are, groups, spans, empty cells, hidden columns."""

from __future__ import annotations

from ldn_directory.extract.html import table as html_table
from ldn_directory.extract.page import Page
from ldn_directory.model import Record

URL = "https://list.example/table"


def records(body: str, rows: str | None = None) -> tuple[Record, ...]:
    return html_table.extract(Page(URL, f"<html><body>{body}</body></html>".encode(), "text/html"), rows=rows).records


def texts(record: Record) -> list[tuple[str | None, str]]:
    return [(text.label, text.text) for text in record.texts]


def test_a_header_of_plain_cells_is_a_header_if_its_words_are_labels() -> None:
    (record,) = records(
        "<table><tr><td>Name</td><td>Phone</td></tr><tr><td>Ada Marsh</td><td>330-555-0101</td></tr></table>"
    )
    assert texts(record) == [("Name", "Ada Marsh"), ("Phone", "330-555-0101")]


def test_cells_that_only_say_that_there_is_nothing_are_empty() -> None:
    (record,) = records(
        "<table><tr><th>Name<th>Phone<th>City</tr><tr><td>Ada Marsh<td>N/A<td>Not Available</tr></table>"
    )
    assert texts(record) == [("Name", "Ada Marsh")]


def test_a_row_of_one_wide_cell_heads_the_rows_below_it() -> None:
    found = records("""<table><tr><th>Name<th>City</tr><tr><td colspan=2><b>Ohio</b></tr><tr><td>Ada Marsh<td>Akron</tr>
      <tr><td colspan=2><b>Maine</b></tr><tr><td>Ben Ode<td>Bangor</tr></table>""")
    assert [record.headings for record in found] == [("Ohio",), ("Maine",)]


def test_a_cell_that_spans_rows_belongs_to_each_of_them() -> None:
    found = records(
        """<table><tr><th>State<th>Name</tr><tr><td rowspan=2>Ohio<td>Ada Marsh</tr><tr><td>Ben Ode</tr></table>"""
    )
    assert [texts(record)[0] for record in found] == [("State", "Ohio"), ("State", "Ohio")]


def test_columns_hidden_on_small_screens_are_read_and_hidden_rows_are_not() -> None:
    found = records("""<table><thead><tr><th>Name<th style="display:none">Phone</tr></thead><tbody>
      <tr><td>Ada Marsh<td style="display:none">330-555-0101</tr><tr style="display:none"><td>Trap<td>1</tr></table>""")
    assert [texts(record) for record in found] == [[("Name", "Ada Marsh"), ("Phone", "330-555-0101")]]


def test_a_table_of_labels_and_values_is_one_entry() -> None:
    (record,) = records("<table><tr><th>Name<td>Ada Marsh</tr><tr><th>Phone<td>330-555-0101</tr></table>")
    assert texts(record) == [("Name", "Ada Marsh"), ("Phone", "330-555-0101")]


def test_the_heading_above_a_table_heads_its_rows() -> None:
    (record,) = records(
        "<h2>Prescribers in Ohio</h2><table><tr><th>Name<th>City</tr><tr><td>Ada Marsh<td>Akron</tr></table>"
    )
    assert record.headings == ("Ohio",)


def test_a_rows_selector_narrows_the_rows_and_says_so_when_it_finds_nothing() -> None:
    body = "<table><tr><th>Name<th>City</tr><tr class=x><td>Ada<td>Akron</tr><tr><td>Advert<td>Here</tr></table>"
    assert len(records(body, "tr.x")) == 1
    nothing = html_table.extract(Page(URL, body.encode()), rows="tr.y")
    assert "tr.y" in nothing.problems[0].what
