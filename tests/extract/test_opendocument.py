"""Lists as OpenDocument spreadsheets, as LibreOffice saves them."""

from __future__ import annotations

import io
import zipfile

from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import file as tabular_file

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)


def page(tables: str, styles: str = "", kind: str = "spreadsheet") -> Page:
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        file.writestr("content.xml", content)
    return Page("file:///list.ods", packed.getvalue())


def row(*cells: str, of: str = "") -> str:
    said = (
        f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" if cell else "<table:table-cell/>"
        for cell in cells
    )
    return f"<table:table-row{of}>{''.join(said)}</table:table-row>"


HEAD = row("Name", "Phone", "City")
FAR = ' table:number-rows-repeated="1048000"'


def names(found) -> list[str]:
    return [next(text.text for text in record.texts if text.label == "Name") for record in found.records]


def test_each_row_is_an_entry_and_the_empty_rest_of_the_sheet_is_not_read():
    rows = HEAD + row("Ada Marsh, MD", "512-555-0142", "Austin") + row("Ben Odell, DO", "", "Waco") + row("", of=FAR)
    found = tabular_file.extract(page(f'<table:table table:name="List">{rows}</table:table>'))
    assert names(found) == ["Ada Marsh, MD", "Ben Odell, DO"]
    assert ("Phone", "512-555-0142") in [(text.label, text.text) for text in found.records[0].texts]


def test_lines_spaces_and_notes_in_a_cell():
    cell = (
        "<table:table-cell><office:annotation><text:p>a note</text:p></office:annotation><text:p>12<text:s/>Elm Street</text:p>"
        "<text:p>Austin, <text:span>TX</text:span> 78701</text:p></table:table-cell>"
    )
    rows = row("Name", "Address") + f"<table:table-row>{row('Ada Marsh, MD')[17:-18]}{cell}</table:table-row>"
    rows += row("Ben Odell, DO", "3 Oak Road, Waco, TX 76701")
    found = tabular_file.extract(page(f'<table:table table:name="List">{rows}</table:table>'))
    assert "12 Elm Street\nAustin, TX 78701" in [text.text for text in found.records[0].texts]


def test_hidden_sheets_and_rows_are_left_out():
    style = '<style:style style:name="gone"><style:table-properties table:display="false"/></style:style>'
    shown = HEAD + row("Ada Marsh, MD", "512-555-0142", "Austin") + row("Ben Odell, DO", "512-555-0143", "Waco")
    shown += row("Eve Tindall, MD", "512-555-0146", "Austin", of=' table:visibility="collapse"')
    hidden = HEAD + row("Dan Ferris, MD", "512-555-0145", "Houston")
    tables = f'<table:table table:name="List">{shown}</table:table>'
    tables += f'<table:table table:name="Old" table:style-name="gone">{hidden}</table:table>'
    assert names(tabular_file.extract(page(tables, style))) == ["Ada Marsh, MD", "Ben Odell, DO"]


def test_a_text_document_is_no_spreadsheet():
    found = tabular_file.extract(page("", kind="text"))
    assert [problem.what for problem in found.problems] == ["is an OpenDocument file, but no spreadsheet"]
