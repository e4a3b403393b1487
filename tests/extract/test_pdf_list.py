"""PDF lists: what is said of files that cannot be read, and that none of them crashes or hangs."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.extract.page import Page
from ldn_directory.extract.pdf import list as pdf_list
from ldn_directory.extract.pdf import pages as pdf_pages
from ldn_directory.extract.pdf.tables import join_lines, mend_emails
from ldn_directory.model import Evidence, Extraction, Source
from ldn_directory.normalize.mapping import map_record

PAGES = Path(__file__).parent.parent / "pages" / "pdf_list"
SOURCE = Source(title="A list", homepage="https://list.example/", evidence=Evidence.LISTED, record_key="none")


def read(body: bytes) -> Extraction:
    return pdf_list.extract(Page("https://list.example/list.pdf", body, "application/pdf"))


def pdf(*contents: bytes, forms: dict[bytes, bytes] | None = None, packed: bool = False) -> bytes:
    """A PDF file with a page for each content stream; the pages (and the forms among themselves) may draw the forms."""
    names = list(forms or {})
    first = 4 + 2 * len(contents)
    drawn = b" ".join(b"/%s %d 0 R" % (name, first + index) for index, name in enumerate(names))
    resources = b"<< /Font << /F 3 0 R >> /XObject << %s >> >>" % drawn
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for index, content in enumerate(contents):
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources %s /Contents %d 0 R >>"
        objects += [page % (resources, 5 + 2 * index), _stream(content, b"", packed)]
    form_kind = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources %s" % resources
    objects += [_stream(form, form_kind, packed) for form in (forms or {}).values()]
    return _file(objects)


def _stream(content: bytes, described: bytes, packed: bool) -> bytes:
    if packed:
        content, described = zlib.compress(content), described + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), described, content)


def _file(objects: list[bytes]) -> bytes:
    body = b"%PDF-1.4\n"
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % place for place in places
    )
    return (
        body + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    )


def lines(*texts: str, top: int = 740, left: int = 60) -> bytes:
    placed = ((top - 14 * index, text.encode("latin-1")) for index, text in enumerate(texts) if text)
    return b"\n".join(b"BT /F 10 Tf %d %d Td (%s) Tj ET" % (left, height, text) for height, text in placed)


JANE = ("Jane Roe, MD", "12 Quay St", "Akron, OH 44308", "330-555-0142", "")
JOHN = ("John Doe, NP", "1 Elm St", "Kent, OH 44240", "330-555-0143", "")
ENTRIES = (*JANE, *JOHN)


def names(found: Extraction) -> list[str | None]:
    return [listing.name for record in found.records for listing in map_record(record, SOURCE, "list").listings]


def test_entries_line_by_line_are_read() -> None:
    found = read(pdf(lines("OHIO", "", *ENTRIES, "Ann Poe, DO", "7 Bay Rd", "Dayton, OH 45402", "937-555-0144")))
    assert names(found) == ["Jane Roe", "John Doe", "Ann Poe"]
    assert [record.headings for record in found.records] == [("OHIO",)] * 3
    assert found.problems == ()


def test_an_entry_that_a_page_break_cuts_is_one_entry() -> None:
    found = read(pdf(lines(*ENTRIES, "Ann Poe, DO", "7 Bay Rd"), lines("Dayton, OH 45402", "937-555-0144")))
    assert names(found) == ["Jane Roe", "John Doe", "Ann Poe"]
    assert "937-555-0144" in found.records[2].block


def test_a_heading_that_is_repeated_on_the_next_page_cuts_no_entry() -> None:
    pages = (
        lines("OHIO", "", *ENTRIES, "Ann Poe, DO", "7 Bay Rd"),
        lines("OHIO (continued)", "Dayton, OH 45402", "937-555-0144"),
    )
    found = read(pdf(*pages))
    assert names(found) == ["Jane Roe", "John Doe", "Ann Poe"]
    assert "937-555-0144" in found.records[2].block


def test_running_heads_and_page_numbers_are_in_no_entry() -> None:
    head = lines("The LDN List  800-555-0100", top=780)
    pages = [
        b"\n".join((head, lines(*entry), lines(f"Page {n} of 2", top=20))) for n, entry in enumerate((JANE, JOHN), 1)
    ]
    found = read(pdf(*pages))
    assert names(found) == ["Jane Roe", "John Doe"]
    assert not any("0100" in record.block or "Page" in record.block for record in found.records)


def test_a_scan_is_reported_as_one() -> None:
    found = read((PAGES / "scan_without_text" / "page.pdf").read_bytes())
    assert found.records == ()
    assert "is a scan: pictures of text and no text" in found.problems[0].what


def test_a_locked_file_is_reported_as_locked() -> None:
    found = read((PAGES / "locked_with_a_password" / "page.pdf").read_bytes())
    assert "locked with a password" in found.problems[0].what


def test_a_leaflet_that_names_doctors_in_prose_holds_no_entry() -> None:
    assert read((PAGES / "leaflet_without_a_list" / "page.pdf").read_bytes()).records == ()


def test_an_empty_page_is_reported_as_empty() -> None:
    assert "neither text nor pictures" in read(pdf(b"")).problems[0].what


NO_PAGES = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<< /Root 1 0 R >>"


@pytest.mark.parametrize("body", [b"", b"%PDF-1.4", b"%PDF-1.7\n%%EOF", NO_PAGES, b"\x00" * 100])
def test_broken_files_are_problems_and_not_errors(body: bytes) -> None:
    found = read(body)
    assert found.records == ()
    assert found.problems


def test_pages_that_hold_each_other_are_not_walked_for_ever() -> None:
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    one, other = (b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % number for number in (3, 2))
    assert "without pages" in read(_file([catalog, one, other])).problems[0].what


def test_a_form_that_draws_itself_is_drawn_once() -> None:
    found = read(pdf(lines(*ENTRIES) + b"\n/A Do", forms={b"A": b"/A Do"}))
    assert names(found) == ["Jane Roe", "John Doe"]


def test_forms_that_draw_each_other_a_billion_times_are_refused() -> None:
    forms = {b"A%d" % number: b"/A%d Do\n" % (number + 1) * 10 for number in range(9)} | {b"A9": lines("Jane Roe, MD")}
    found = read(pdf(b"/A0 Do", forms=forms))
    assert found.records == ()
    assert found.problems[0].record == "page 1"
    assert "more than a thousand times more than is read" in found.problems[0].what


def test_a_stream_that_unpacks_to_more_than_is_read_is_refused() -> None:
    found = read(pdf(b" " * 80_000_000, packed=True))
    assert "unpacks to more than 40 MB: refused" in found.problems[0].what


def test_pages_beyond_the_limit_are_left_out_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "MOST_PAGES", 1)
    found = read(pdf(lines(*ENTRIES), lines("Ann Poe, DO", "937-555-0144"), lines("Al Burr, DO", "937-555-0145")))
    assert names(found) == ["Jane Roe", "John Doe"]
    assert found.problems[0].record == "page 2"
    assert "beyond the 1 that are read" in found.problems[0].what


def test_one_broken_page_costs_that_page() -> None:
    whole = pdf(lines(*ENTRIES), lines("Ann Poe, DO", "937-555-0144"))
    end = whole.rindex(b"/MediaBox [0 0 612 792]")
    found = read(whole[:end] + whole[end:].replace(b"/MediaBox [0 0 612 792]", b"/MediaBox [0 0 (x) 79]", 1))
    assert names(found) == ["Jane Roe", "John Doe"]
    assert [problem.record for problem in found.problems] == ["page 2"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (["jane.roe@quay", "side.example"], "jane.roe@quayside.example"),
        (["jane@quayside.exa", "mple"], "jane@quayside.example"),
        (["www.quayside-", "clinic.example"], "www.quayside-clinic.example"),
        (["naltrex-", "one only"], "naltrexone only"),
        (["Quay Clinic", "12 Quay St"], "Quay Clinic\n12 Quay St"),
        (["jane@quayside.example", "330-555-0142"], "jane@quayside.example\n330-555-0142"),
    ],
)
def test_what_a_narrow_cell_broke_is_whole_again(cell: list[str], text: str) -> None:
    assert join_lines(cell) == text


@pytest.mark.parametrize("written", ["jane @ quayside.example", "jane@ quayside .example", "jane@quayside. example"])
def test_spaces_inside_an_email_address_are_taken_out(written: str) -> None:
    assert mend_emails(f"Mail {written} or ring") == "Mail jane@quayside.example or ring"


@settings(max_examples=60, deadline=5_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), max_size=12))
def test_a_file_with_wrong_bytes_never_raises(changes: list[tuple[int, int]]) -> None:
    body = bytearray(pdf(lines("OHIO", "", *ENTRIES), lines("Ann Poe, DO", "937-555-0144")))
    for position, byte in changes:
        body[position % len(body)] = byte
    read(bytes(body))


@settings(max_examples=40, deadline=5_000)
@given(st.binary(max_size=600))
def test_no_drawing_instructions_at_all_make_it_fail(content: bytes) -> None:
    read(pdf(content))
