"""Archived pages are rewritten without the forgotten: by `ldn forget --redact`, and by each crawl after it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from ldn_directory.archive.rewriting import ArchivedRecord, WarcBusy, read_records, rewrite
from ldn_directory.archive.warc_archive import Archive
from ldn_directory.archive.warc_file import Redacted, WarcFile
from ldn_directory.crawl.replay import replay
from ldn_directory.extract.html import table
from ldn_directory.privacy.archived_pages import has_trace, mask, replacement_for
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.privacy.traces import Traces
from tests.extract.test_pdf_list import lines, pdf

from .conftest import ANN, JANE, JOHN, TRACES, Folder, Reader, said

AT = "2026-12-09T00:00:00Z"
PAGE = "https://north.example.org/list"


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    found = Suppressions(tmp_path / "suppressions.jsonl", tmp_path / "suppression.key")
    found.add([JANE.as_json()], AT)
    return Traces.of([JANE.as_json()], [JOHN.as_json()], found)


def warc_of(folder: Folder) -> list[Path]:
    return sorted(folder.data.glob("runs/*/*/pages.warc.gz"))


def is_valid(path: Path) -> bool:
    """What warcio's own check says of the digests."""
    checker = Checker(_Quiet())
    checker.process_one(str(path))
    return not checker.exit_value


class _Quiet:
    inputs: tuple[str, ...] = ()
    verbose = False


def redact(folder: Folder) -> dict:
    return said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--redact", "--yes", "--json"))


def test_the_pages_show_all_but_the_person_and_pass_the_check_of_warcio(listed):
    done = redact(listed)
    assert (done["redacted"], done["records"]) == (2, [])
    assert listed.all_files_with(*TRACES) == []
    for path in warc_of(listed):
        assert is_valid(path)
        page, note = read_records(path)
        assert b"<p>Dr. [left out], MD [left out] [left out]</p>" in page.body and b"John Doe" in page.body
        assert page.header("Content-Length") == str(len(page.body))
        assert (note.kind, note.url) == ("metadata", PAGE)


def test_the_note_keeps_the_digest_and_refers_to_the_record(listed):
    path = warc_of(listed)[0]
    with path.open("rb") as file:
        before = next(iter(ArchiveIterator(file))).rec_headers
    redact(listed)
    with path.open("rb") as file:
        (page, _), (note, facts) = ((one.rec_headers, one.raw_stream.read()) for one in ArchiveIterator(file))
    assert page.get_header("WARC-Record-ID") == before.get_header("WARC-Record-ID")
    assert note.get_header("WARC-Refers-To") == before.get_header("WARC-Record-ID")
    assert f"original-payload-digest: {before.get_header('WARC-Payload-Digest')}" in facts.decode()
    assert "reason: somebody asked to be forgotten" in facts.decode()


def test_other_records_stay_byte_for_byte_and_the_index_finds_them(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.crawl(JOHN, source="south")
    folder.crawl(JANE, JOHN)
    folder.build()
    other = warc_of(folder)[0].read_bytes()
    with closing(Archive(folder.data)) as archive:
        warc = WarcFile(warc_of(folder)[1], folder.data)
        places = [warc.write(f"{PAGE}/{n}", 200, "OK", (), b"page %d" % n, AT) for n in range(3)]
        warc.close()
        visit = next(iter(archive.visits("20261102T000000Z-0000", "north")))
        for place in places:
            archive.set_latest("north", b"%d" % place, _at(visit.stored, place), AT)
    tail = warc_of(folder)[1].read_bytes()[places[0] :]
    assert redact(folder)["redacted"] == 1
    assert warc_of(folder)[0].read_bytes() == other and warc_of(folder)[1].read_bytes().endswith(tail)
    with closing(Archive(folder.data)) as archive:
        stored = [archive.latest("north", b"%d" % place) for place in places]
        assert [archive.body(one) for one in stored] == [b"page 0", b"page 1", b"page 2"]


def _at(stored, position):
    return type(stored)(url=PAGE, status=200, headers=(), warc=stored.warc, position=position)


def test_what_is_not_redacted_at_once_can_be_later_and_twice_is_once(listed):
    said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    assert len(listed.all_files_with("thrushcross")) == 2
    assert said(listed.ldn("forget", "--redact", "--json"))["redacted"] == 2
    # The telephone number is known by no hash of its own; her name and e-mail are.
    assert listed.all_files_with("thrushcross") == []
    before = [path.read_bytes() for path in warc_of(listed)]
    assert said(listed.ldn("forget", "--redact", "--json"))["redacted"] == 0
    assert [path.read_bytes() for path in warc_of(listed)] == before


def test_each_later_crawl_redacts_what_it_archives_and_takes_the_rest_in(listed):
    redact(listed)
    report = listed.crawl(JANE, JOHN, ANN)
    assert report["outcome"] == "passed" and report["redacted_pages"] == 1
    assert report["changes"]["suppressed"] == 1 and report["changes"]["confirmed"] == 2
    assert listed.all_files_with(*TRACES) == []
    assert is_valid(warc_of(listed)[-1])


def test_a_crawl_redacts_what_a_killed_one_has_left(listed):
    redact(listed)
    path = listed.data / "runs" / "20261105T000000Z-0000" / "north" / "pages.warc.gz"
    WarcFile(path, listed.data).write(PAGE, 200, "OK", (), b"Dr. Jane Thrushcross", AT)
    listed.crawl(JANE, JOHN, ANN)
    assert next(one.body for one in read_records(path)) == b"Dr. [left out]"


def test_a_redacted_page_is_fetched_again_and_not_confirmed(listed):
    with closing(Archive(listed.data)) as archive:
        visit = next(iter(archive.visits("20261101T000000Z-0000", "north")))
        archive.set_latest("north", b"f", visit.stored, AT)
    redact(listed)
    with closing(Archive(listed.data)) as archive:
        assert archive.latest("north", b"f") is None


def test_a_replay_names_a_redacted_page_and_goes_on(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.crawl(JANE, JOHN, page=b"%PDF-1.4 with pictures of Jane only")
    folder.build()
    redact(folder)
    found = replay(folder.data, Table)
    assert (found["redacted"], found["errors"]) == ([PAGE], [])
    with closing(Archive(folder.data)) as archive, pytest.raises(Redacted):
        archive.body(next(iter(archive.visits("20261101T000000Z-0000", "north"))).stored)


class Table(Reader):
    """A list that is a table with a header."""

    @classmethod
    def extract(cls, page, headers, context):
        return table.extract(page)


def test_a_replay_of_a_masked_page_reads_everybody_else(tmp_path):
    rows = "".join(
        f"<tr><td>{name}</td><td>512 555 01{n}</td><td>Austin</td></tr>"
        for n, name in enumerate(["Jane Thrushcross", "John Doe", "Ann Poe", "Eva Gray", "Fay Hill"], 42)
    )
    head = "<tr><th>Name</th><th>Phone</th><th>City</th></tr>"
    folder = Folder(tmp_path / "data")
    folder.crawl(JANE, JOHN, page=f"<html><body><table>{head}{rows}</table></body></html>".encode())
    folder.build()
    redact(folder)
    replay(folder.data, Table)
    (path,) = folder.data.glob("runs/*/*/replayed.jsonl")
    names = {json.loads(line)["name"] for line in path.read_bytes().splitlines()}
    assert names == {"John Doe", "Ann Poe", "Eva Gray", "Fay Hill"}


HIDDEN_EMAIL = bytes((0x12, *(0x12 ^ letter for letter in b"jane@thrushcross.example.com"))).hex()
"""As Cloudflare writes it."""


@pytest.mark.parametrize(
    ("page", "masked"),
    [
        ("<p>Dr. <b>Jane</b> <i>Thrushcross</i>, MD</p>", "<p>Dr. <b>[left out]</b><i></i>, MD</p>"),
        ("Thrushcross, Jane", "[left out],"),
        ("J&#97;ne&nbsp;Thrushcross", "[left out]"),
        ('{"name": "Jane\\u0020Thrushcross", "x": 1}', '{"name": "[left out]", "x": 1}'),
        ('{"first": "Jane", "last": "Thrushcross"}', '{"first": "[left out]", "last": "[left out]"}'),
        ("Jane;;Thrushcross;512 555 0142", "[left out];;;[left out]"),
        ('<a href="mailto:jane@thrushcross.example.com">mail</a>', '<a href="mailto:[left out]">mail</a>'),
        ('<a href="/team/jane-thrushcross">more</a>', '<a href="/team/[left out]">more</a>'),
        ('<img alt="Jane Thrushcross">', '<img alt="[left out]">'),
        ('<a href="/find?q=Jane%20Thrushcross&amp;n=1">', '<a href="/find?q=[left out]&amp;n=1">'),
        (f'<a data-cfemail="{HIDDEN_EMAIL}">', '<a data-cfemail="[left out]">'),
        ("call (512) 555-0142 or 512 555 0143", "call [left out] or 512 555 0143"),
        ("Jane Doe and Peter Thrushcross", "Jane Doe and Peter Thrushcross"),
    ],
)
def test_traces_are_cut_out_and_all_else_stays(traces, page, masked):
    assert mask(page, traces) == masked
    assert not traces.in_page(masked)


def record(body: bytes, encoding: str = "", url: str = PAGE) -> ArchivedRecord:
    class Headers:
        def get_header(self, name):
            return encoding if name == "Content-Encoding" else None

        def to_str(self):
            return ""

    return ArchivedRecord(position=0, kind="response", url=url, headers=Headers(), body=body)


def test_compressed_pages_are_masked_and_compressed_again(traces):
    found = replacement_for(record(gzip.compress(b"Dr. Jane Thrushcross, MD"), "gzip"), "north", traces)
    assert gzip.decompress(found.body) == b"Dr. [left out], MD"


def test_a_file_that_is_compressed_itself_goes_as_a_whole(traces):
    body = gzip.compress(b"Dr. Jane Thrushcross, MD")
    assert replacement_for(record(body), "north", traces).body is None
    assert replacement_for(record(gzip.compress(body), "gzip"), "north", traces).body is None
    assert replacement_for(record(gzip.compress(b"John Doe")), "north", traces) is None


def test_a_pdf_list_is_read_and_goes_as_a_whole(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.crawl(JANE, JOHN, page=pdf(lines("Dr. Jane Thrushcross", "John Doe, 512 555 0143"), packed=True))
    folder.crawl(JOHN, source="south", page=pdf(lines("John Doe, 512 555 0143"), packed=True))
    folder.build()
    other = warc_of(folder)[1].read_bytes()
    number = str(folder.number("Jane Thrushcross"))
    (named,) = said(folder.ldn("forget", number, "--yes", "--json"))["records"]
    assert (named["url"], named["certain"]) == (PAGE, True)
    assert said(folder.ldn("forget", "--redact", "--json"))["redacted"] == 1
    assert [one.kind for one in read_records(warc_of(folder)[0])] == ["metadata"]
    assert warc_of(folder)[1].read_bytes() == other


def test_a_pdf_is_searched_for_contacts_and_names_on_any_page(traces):
    elsewhere = f"{PAGE}.pdf"
    for text in ("Thrushcross, Jane", "call 512-555-0142", "jane@thrushcross.example.com"):
        body = pdf(lines("Harbour Clinic"), lines("Opening hours", text))
        assert has_trace(record(body, url=elsewhere), "north", traces) is True
    assert has_trace(record(pdf(lines("Jane Doe", "call 512-555-0143")), url=elsewhere), "north", traces) is None


def test_workbooks_are_searched_and_go_as_a_whole(traces):
    def packed(text: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/sharedStrings.xml", f"<si><t>{text}</t></si>")
        return out.getvalue()

    elsewhere = f"{PAGE}.xlsx"
    assert has_trace(record(packed("Jane Thrushcross"), url=elsewhere), "north", traces) is True
    assert replacement_for(record(packed("Jane Thrushcross"), url=elsewhere), "north", traces).body is None
    assert replacement_for(record(packed("John Doe"), url=elsewhere), "north", traces) is None
    # The page that listed her, in which no trace can be seen.
    assert replacement_for(record(packed("John Doe")), "north", traces).body is None


def test_a_record_whose_own_address_names_them_goes_as_a_whole_with_it(traces):
    found = replacement_for(record(b"", url="https://north.example.org/jane-thrushcross"), "north", traces)
    assert found.body is None and found.hide_url


def test_bytes_that_are_no_record_are_cut_out_if_they_show_somebody(listed):
    path = warc_of(listed)[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + b"\0" * 40 + whole)
    redact(listed)
    damaged, page, *_ = [one for one in read_records(path) if one.kind != "metadata" or "redacted" in one.url]
    assert damaged.kind == "metadata" and b"John Doe" in page.body
    assert listed.all_files_with(*TRACES) == []


def test_a_file_that_a_crawl_is_writing_is_left_to_it(listed):
    path = warc_of(listed)[-1]
    open_file = WarcFile(path, listed.data)
    with closing(Archive(listed.data)) as archive, pytest.raises(WarcBusy):
        rewrite(archive, path, lambda one: None, AT, "a test")
    done = json.loads(
        listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--redact", "--yes", "--json").stdout
    )
    open_file.close()
    assert done["redacted"] == 1 and "a crawl is writing" in done["remains"][0]
