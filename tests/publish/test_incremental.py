"""A directory that begins from the one before is, byte for byte, the one that would have been written anew."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.publish import incremental
from ldn_directory.publish.build import build
from ldn_directory.publish.incremental import FILE, BuildCache


def name_like(key: str) -> str:
    """A name for each key, unlike all others."""
    letters = "".join(chr(97 + int(digit, 16)) for digit in hashlib.sha256(key.encode()).hexdigest())
    return f"{letters[:6].title()} {letters[6:14].title()}"


def listing(key: str, source: str = "north", **said) -> Listing:
    facts = {
        "name": name_like(key),
        "city": "Austin",
        "region_code": "US-TX",
        "country_code": "US",
        "text": f"entry {key}",
    } | said
    return Listing(
        source=source, key=key, page="https://example.org/", kind=Kind.PRESCRIBER, evidence=Evidence.LISTED, **facts
    )


def crawl(folder: Path, day: int, source: str, listings: list[Listing]) -> None:
    at = f"2026-11-{day:02}T00:00:00Z"
    stated = Source(title=source, homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    lines = tuple(one.as_line() for one in listings)
    with Ledger.open(folder / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run=f"202611{day:02}T000000Z-0000",
                source_id=source,
                source=stated,
                started=at,
                finished=at,
                lines=lines,
            )
        )


def built(folder: Path, name: str = "ldn") -> str:
    build(folder / "ledger.db", folder / f"{name}.db", allow_shrink=True)
    return hashlib.sha256((folder / f"{name}.db").read_bytes()).hexdigest()


def anew(folder: Path) -> str:
    """The same ledger's directory, written where there is none to begin from."""
    other = folder.with_name(f"{folder.name}-anew")
    shutil.rmtree(other, ignore_errors=True)
    other.mkdir()
    shutil.copy(folder / "ledger.db", other)
    return built(other)


@pytest.fixture
def written(monkeypatch):
    """How many providers each build had to write."""
    counts: list[int] = []
    delete_changed = incremental.delete_changed

    def counting(db, ledger, statuses, unchanged):
        counts.append(len(unchanged.fingerprints) - len(unchanged.numbers))
        delete_changed(db, ledger, statuses, unchanged)

    monkeypatch.setattr("ldn_directory.publish.build.delete_changed", counting)
    return counts


def test_only_providers_that_changed_are_written_and_all_dates_move_on(tmp_path, written):
    crawl(tmp_path, 1, "north", [listing(key) for key in "abcdef"])
    built(tmp_path)
    crawl(tmp_path, 8, "north", [listing(key) for key in "abcde"] + [listing("f", city="Dallas")])
    assert built(tmp_path) == anew(tmp_path)
    assert written == [1]
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert db.execute("SELECT DISTINCT last_confirmed FROM claims").fetchall() == [("2026-11-08T00:00:00Z",)]


def test_a_value_that_another_list_has_confirmed_later_is_shown_though_no_listing_changed(tmp_path):
    phone = {"phones": (Phone(raw="512 555 0101", e164="+15125550101"),), "name": "Jane Roe"}
    crawl(tmp_path, 1, "north", [listing("a", city="Austin", **phone)])
    crawl(tmp_path, 2, "south", [listing("b", "south", city="Dallas", **phone)])
    built(tmp_path)
    crawl(tmp_path, 3, "north", [listing("a", city="Austin", **phone)])
    assert built(tmp_path) == anew(tmp_path)
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert db.execute("SELECT city FROM providers").fetchall() == [("Austin",)]


@pytest.mark.parametrize("harm", ["nothing kept", "another directory", "rubbish"])
def test_where_nothing_can_be_kept_everything_is_written(tmp_path, harm):
    crawl(tmp_path, 1, "north", [listing(key) for key in "abc"])
    built(tmp_path)
    match harm:
        case "nothing kept":
            (tmp_path / FILE).unlink()
        case "another directory":
            with sqlite3.connect(tmp_path / "ldn.db") as db:
                db.execute("UPDATE providers SET name = 'Somebody Else'")
        case "rubbish":
            (tmp_path / FILE).write_bytes(b"rubbish" * 1000)
    assert built(tmp_path) == anew(tmp_path)


def test_a_published_file_that_was_damaged_on_the_disk_is_not_carried_on(tmp_path):
    crawl(tmp_path, 1, "north", [listing(key) for key in "abc"])
    built(tmp_path)
    good = (tmp_path / "ldn.db").read_bytes()
    (tmp_path / "ldn.db").write_bytes(good[:4096] + b"\xff" * (len(good) - 4096))
    cache = BuildCache(tmp_path / "ldn.db", None)
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("UPDATE made SET directory = ?", (incremental._file_identity(tmp_path / "ldn.db"),))
    assert cache.live.exists()
    assert built(tmp_path) == anew(tmp_path)


SAID = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["Austin", "Dallas", "Tulsa"]), min_size=1)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["north", "south"]), SAID), min_size=2, max_size=5))
def test_whatever_the_crawls_were(tmp_path_factory, crawls):
    folder = tmp_path_factory.mktemp("crawls")
    for day, (source, said) in enumerate(crawls, 1):
        crawl(folder, day, source, [listing(key, source, city=city) for key, city in said.items()])
        assert built(folder) == anew(folder)


def test_the_numbers_of_other_providers_rows_do_not_move(tmp_path):
    crawl(tmp_path, 1, "north", [listing("a"), listing("b")])
    built(tmp_path)
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        before = db.execute("SELECT id, value FROM claims WHERE provider = 2").fetchall()
    crawl(tmp_path, 2, "north", [dataclasses.replace(listing("a"), specialty="Pain medicine"), listing("b")])
    built(tmp_path)
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert db.execute("SELECT id, value FROM claims WHERE provider = 2").fetchall() == before


def test_a_directory_counts_as_published_although_nothing_can_be_noted_for_the_next_build(tmp_path):
    crawl(tmp_path, 1, "north", [listing("a")])
    (tmp_path / f".{FILE}.building").mkdir()
    assert build(tmp_path / "ledger.db", tmp_path / "ldn.db").providers == 1
    assert (tmp_path / "ldn.db").exists()
