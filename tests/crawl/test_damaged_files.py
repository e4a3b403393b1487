"""A damaged index of the archive is replaced and used again; a damaged ledger is called by its name and left alone."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.warc_archive import Archive, StoredResponse, Visit
from ldn_directory.errors import LedgerError
from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Listing, Source
from ldn_directory.publish.build import build

PAGE = 4096


def visit(number: int) -> Visit:
    stored = StoredResponse(
        url=f"https://example.org/{number}", status=200, headers=(("A", "b" * 200),), warc="w", position=number
    )
    return Visit(ordinal=number, url=stored.url, context={"n": number}, stored=stored, digest=b"%d" % number)


def damage(path: Path, start: float, end: float) -> None:
    """Overwrites whole pages of a file, never the first two."""
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(max(2, int(pages * start)) * PAGE)
        file.write(b"\x07" * PAGE * max(1, int(pages * (end - start))))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with closing(Archive(tmp_path)) as archive:
        for number in range(2_000):
            archive.add_visit("20261101T000000Z-0000", "list", visit(number))
    with closing(Archive(tmp_path)) as archive:
        archive.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return tmp_path


@pytest.mark.parametrize(("start", "end"), [(0.4, 0.45), (0.0, 0.1), (0.0, 1.0), (0.9, 1.0)])
def test_a_damaged_page_in_the_index_is_set_aside_and_the_crawl_goes_on(filled, start, end):
    damage(filled / "archive.db", start, end)
    with closing(Archive(filled)) as archive:
        archive.visits("20261101T000000Z-0000", "list")
        archive.cached_result("list", "1", b"1")
        for number in range(200):
            archive.add_visit("20261102T000000Z-0000", "list", visit(number))
            archive.cache_result("list", "1", b"%d" % number, "20261102T000000Z-0000", PageResult())
        assert archive.latest("list", b"none") is None
    assert (filled / "broken-archive.db").exists()
    with closing(Archive(filled)) as archive:
        assert archive.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert len(archive.visits("20261102T000000Z-0000", "list")) == 200
        assert archive.cached_result("list", "1", b"7") == PageResult()


def test_what_the_damaged_index_can_still_tell_is_kept(filled):
    damage(filled / "archive.db", 0.5, 0.52)
    with closing(Archive(filled)) as archive:
        kept = [one.ordinal for one in archive.visits("20261101T000000Z-0000", "list")]
    assert kept[0] == 0 and kept[-1] == 1_999 and 1_000 < len(kept) < 2_000


def test_two_crawls_that_find_the_same_damage_make_one_new_index(filled):
    damage(filled / "archive.db", 0.3, 0.7)
    with closing(Archive(filled)) as one, closing(Archive(filled)) as other:
        one.visits("20261101T000000Z-0000", "list")
        one.add_visit("20261102T000000Z-0000", "list", visit(1))
        one._save()
        other.visits("20261101T000000Z-0000", "list")
        assert len(other.visits("20261102T000000Z-0000", "list")) == 1


def harvest(run: str, count: int) -> Harvest:
    source = Source(title="List", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    lines = tuple(
        Listing(
            source="list",
            key=f"{number}",
            page="https://example.org/",
            kind=source.kind,
            evidence=source.evidence,
            name=f"Jane Roe {number}",
            remark="x" * 500,
        ).as_line()
        for number in range(count)
    )
    at = "2026-11-01T00:00:00Z"
    return Harvest(run=run, source_id="list", source=source, started=at, finished=at, lines=lines)


@pytest.mark.parametrize(("start", "end"), [(0.05, 0.95), (0.3, 0.7)])
def test_a_damaged_ledger_is_called_by_its_name_and_stays_as_it_is(tmp_path, start, end):
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        ledger.ingest(harvest("20261101T000000Z-0000", 300))
        ledger.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path, start, end)
    before = hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(LedgerError, match=r"ledger .*ledger\.db is damaged .*restore it from a backup"):
        build(path, tmp_path / "ldn.db")
    with pytest.raises(LedgerError, match=r"ledger\.db is damaged"), Ledger.open(path) as ledger:
        ledger.ingest(harvest("20261102T000000Z-0000", 301))
        ledger.db.execute("SELECT * FROM claims").fetchall()
    with pytest.raises(LedgerError, match=r"ledger\.db is damaged"), Ledger.open_read_only(path) as ledger:
        list(ledger.db.execute("SELECT * FROM claims")), list(ledger.db.execute("SELECT * FROM listings"))
    assert hashlib.sha256(path.read_bytes()).digest() == before and not (tmp_path / "ldn.db").exists()


def test_a_ledger_that_has_lost_all_its_bytes_is_no_new_one(tmp_path):
    (tmp_path / "ledger.db").touch()
    (tmp_path / "ldn.db").touch()
    with pytest.raises(LedgerError, match=r"is damaged .*it is empty"):
        Ledger.open(tmp_path / "ledger.db")
    (tmp_path / "ldn.db").unlink()
    Ledger.open(tmp_path / "ledger.db").close()
