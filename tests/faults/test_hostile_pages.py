"""Pages that are broken, huge or made to do harm: limits hold, the report says what was met, and the other lists are read."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from ldn_directory.crawl.worker_pool import WorkerPool
from ldn_directory.extract.page import Page
from ldn_directory.families import HtmlTable

ROW = b"<tr><td>Ann Poe</td><td>512-555-0142</td><td>Texas</td></tr>"
TABLE = b"<table><tr><th>Name</th><th>Phone</th><th>State</th></tr>%s</table>"
CARD = b"<div class=card><h3>Ann Poe</h3><p>512-555-0142</p></div>"
MOST_MB = 400
"""What a process may take at most while it meets all these: the largest page that is read at all takes about that."""


def gzip_bomb(unpacked_mb: int) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(press.compress(b"0" * 1_000_000) for _ in range(unpacked_mb)), press.flush()])


def workbook_bomb(unpacked_mb: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b"0" * unpacked_mb * 1_000_000)
    return out.getvalue()


def billion_laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{entities}]>'
        '<html><body><div class="card"><h3>&l9;</h3></div></body></html>'
    )


@pytest.mark.slow
def test_bombs_and_monsters_are_held_within_limits_while_the_others_are_read(ldn, site, tmp_path, names):
    site.says("/list.csv", gzip_bomb(200), Content_Encoding="gzip", Content_Type="text/csv")
    site.says("/table", TABLE % (ROW * (50_000_000 // len(ROW))), Content_Type="text/html")
    site.says("/cards", CARD + b"<div>" * 100_000 + CARD, Content_Type="text/html")
    site.says("/view", TABLE % ROW, Content_Type="text/html", Content_Length="99999")
    site.says("/api", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, Content_Type="application/json")
    done = ldn("update", "--json", "good", "bad_csv", "bad_table", "bad_cards", "bad_view", "bad_api")
    found = {
        name: (report["outcome"], " ".join(report["reasons"] + report["problems"]))
        for name, report in done.sources.items()
    }
    assert found.pop("good") == ("passed", "")
    assert {outcome for outcome, _ in found.values()} == {"held"}
    assert "unpacks to more than the limit" in found["bad_csv"][1]
    assert "50,000,0" in found["bad_table"][1] and "more than the 32,000,000 that are read" in found["bad_table"][1]
    assert "nested too deeply" in found["bad_cards"][1]
    assert "the answer broke off" in found["bad_view"][1]
    assert "nested too deeply" in found["bad_api"][1]
    assert done.code == 1
    assert done.peak_mb < MOST_MB
    assert names(tmp_path / "data") == ["Jane Roe", "John Doe"]


@pytest.mark.slow
def test_more_bombs_and_endless_answers_are_held_within_limits(ldn, site, tmp_path, names):
    site.says(
        "/list.csv",
        workbook_bomb(300),
        Content_Type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    site.says("/table", (b"<p>more</p>" * 100_000 for _ in range(1_000)), Content_Type="text/html")
    site.says("/cards", billion_laughs(), Content_Type="application/xhtml+xml")
    site.says("/view", gzip.compress(TABLE % ROW)[:-20], Content_Encoding="gzip", Content_Type="text/html")
    site.hangs("/api")
    done = ldn(
        "update", "--json", "good", "bad_csv", "bad_table", "bad_cards", "bad_view", "bad_api", DOWNLOAD_TIMEOUT=3
    )
    found = {
        name: (report["outcome"], " ".join(report["reasons"] + report["problems"]))
        for name, report in done.sources.items()
    }
    assert found.pop("good") == ("passed", "")
    assert {name for name, (outcome, _) in found.items() if outcome == "passed"} == {"bad_cards"}
    assert max(map(len, names(tmp_path / "data"))) < 20, "an entity is only text"
    assert "unpacks to more than 120 MB" in found["bad_csv"][1]
    assert "larger than the limit" in found["bad_table"][1]
    assert "the compressed answer broke off" in found["bad_view"][1]
    assert "took longer than 3.0 seconds" in found["bad_api"][1]
    assert done.peak_mb < MOST_MB


def test_an_answer_that_comes_drop_by_drop_ends_with_the_timeout(ldn, site):
    def drops():
        while not site.stopped.wait(0.2):
            yield b"Name,Phone\n"

    site.says("/list.csv", drops(), Content_Type="text/csv")
    begun = time.monotonic()
    report = ldn("crawl", "--json", "bad_csv", DOWNLOAD_TIMEOUT=2).sources["bad_csv"]
    assert report["outcome"] == "held" and "took longer than 2.0 seconds" in report["reasons"][0]
    assert time.monotonic() - begun < 30


def test_what_people_are_told_names_the_page_and_the_cause(ldn, site):
    site.says("/api", "<!DOCTYPE html><title>Log in</title>", Content_Type="text/html")
    done = ldn("crawl", "bad_api")
    assert done.code == 2
    assert f"noted: {site.url}/api: is no JSON" in done.out


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TABLE % ROW.replace(b"Ann", "Zoë".encode("cp1252")), "text/html; charset=utf-8"),
        (TABLE % ROW.replace(b"Ann", "Zoë".encode()), "text/html; charset=iso-8859-1"),
        (
            "\ufeff".encode("utf-16-le") + (TABLE % ROW).decode().replace("Ann", "Zoë").encode("utf-16-le"),
            "text/html; charset=utf-8",
        ),
        (TABLE % ROW.replace(b"Ann", "Zoë".encode()), "text/html; charset=klingon"),
        (b'<meta charset="utf-7">' + TABLE % ROW.replace(b"Ann", "Zoë".encode()), "text/html"),
        (
            TABLE % ROW.replace(b"Ann", "Zoë".encode()) + "<p>Zürich, Genève, Málaga</p>".encode() + b"\xff\xfe",
            "text/html; charset=utf-8",
        ),
        (
            b"\x00".join((TABLE % ROW.replace(b"Ann", "Zoë".encode())).split(b">")).replace(b"\x00", b">\x00"),
            "text/html; charset=utf-8",
        ),
    ],
    ids=["cp1252 as utf-8", "utf-8 as latin-1", "utf-16 as utf-8", "unknown charset", "utf-7", "broken tail", "nuls"],
)
def test_a_wrong_charset_costs_no_name(body, content_type):
    (record,) = HtmlTable.extract(Page("https://list.example/", body, content_type), {}, {}).records
    assert record.texts[0].text == "Zoë Poe"


def test_a_page_cut_off_within_a_row_yields_the_rows_before(tmp_path):
    body = (TABLE % (ROW * 3))[:-40]
    records = HtmlTable.extract(Page("https://list.example/", body, "text/html"), {}, {}).records
    assert [record.texts[0].text for record in records] == ["Ann Poe"] * len(records) and len(records) >= 2


def test_a_page_that_ends_its_worker_costs_no_other_page(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    from hostile_parsers import Deadly, Endless, Greedy, Table

    parsers = [Table, Table, Deadly, Table, Endless, Table, Greedy, Table, Deadly, Table]

    async def read_all():
        pool = WorkerPool(2)
        try:
            pages = (pool.parse(parser, "https://list.example/", TABLE % ROW, {}, {}) for parser in parsers)
            return await asyncio.gather(*pages)
        finally:
            pool.close()

    results = asyncio.run(read_all())
    said = {
        parser: {result.error for result, by in zip(results, parsers, strict=True) if by is parser}
        for parser in parsers
    }
    assert said[Table] == {None}
    assert all(
        json.loads(result.lines[0])["name"] == "Ann Poe"
        for result, by in zip(results, parsers, strict=True)
        if by is Table
    )
    assert said[Deadly] == {"ended the process that read it (too much memory, or a fault in a parser)"}
    assert said[Greedy] == {"needs more memory than a page may"}
    assert said[Endless] == {"could not be read within 0.3 s"}


def test_a_fault_in_next_pages_neither_stops_the_crawl_nor_costs_an_entry(ldn, site):
    for number in range(12):
        site.says(f"/table?{number}", TABLE % ROW.replace(b"0142", b"01%02d" % number))
    done = ldn("crawl", "bad_hasty", "--json")
    report = done.sources["bad_hasty"]
    assert (report["outcome"], report["listings"]) == ("passed", 12), report
    assert "next_pages of hostile_lists:Hasty failed: RuntimeError: a fault in next_pages" in done.err
