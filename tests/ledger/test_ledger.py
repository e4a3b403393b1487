"""What the ledger makes of one harvest after another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source

SOURCE = Source(title="Harbour list", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def listing(key: str, **changed) -> bytes:
    facts = {"name": f"Jane {key}", "city": "Austin", "phones": (Phone(raw="512 555 0101", e164="+15125550101"),)} | changed
    return Listing(
        source="harbour", key=key, page="https://example.org/list", kind=Kind.PRESCRIBER, evidence=Evidence.LISTED, **facts
    ).as_line()


def harvest(day: int, lines: Iterable[bytes]) -> Harvest:
    at = f"2026-01-{day:02}T00:00:00Z"
    return Harvest(run=f"202601{day:02}T000000Z-0000", source_id="harbour", source=SOURCE, started=at, finished=at, lines=tuple(lines))


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


def states(ledger: Ledger) -> dict[str, str]:
    return dict(ledger.db.execute("SELECT json_extract(line, '$.key'), state FROM listings"))


def test_a_listing_missing_once_is_unconfirmed_and_missing_twice_is_gone(ledger):
    ledger.ingest(harvest(1, [listing("a"), listing("b")]))
    ledger.ingest(harvest(2, [listing("a")]))
    assert states(ledger) == {"a": "live", "b": "unconfirmed"}
    ledger.ingest(harvest(3, [listing("a")]))
    assert states(ledger) == {"a": "live", "b": "gone"}


def test_a_listing_that_returns_is_back_with_its_history(ledger):
    for day, keys in enumerate(("ab", "a", "a", "ab"), 1):
        result = ledger.ingest(harvest(day, map(listing, keys)))
    assert result.back == 1
    gone = ledger.db.execute("SELECT id FROM listings WHERE json_extract(line, '$.key') = 'b'").fetchone()[0]
    assert [change["what"] for change in ledger.history(gone)] == ["added", "unconfirmed", "gone", "back"]


def test_a_changed_value_closes_its_claim_and_opens_another(ledger):
    ledger.ingest(harvest(1, [listing("a")]))
    result = ledger.ingest(harvest(2, [listing("a", city="Dallas")]))
    assert (result.changed, result.confirmed) == (1, 0)
    rows = ledger.db.execute("SELECT value, first_run, last_run FROM claims WHERE field = 'city' ORDER BY first_run").fetchall()
    assert rows == [("Austin", 1, 1), ("Dallas", 2, None)]
    changes = ledger.db.execute("SELECT field, before, after FROM changes WHERE what = 'changed'").fetchall()
    assert changes == [("city", "Austin", "Dallas")]


def test_the_same_harvest_twice_changes_nothing(ledger):
    first = ledger.ingest(harvest(1, [listing("a")]))
    assert ledger.ingest(harvest(1, [])) == first
    assert states(ledger) == {"a": "live"}


def test_an_unchanged_harvest_writes_no_claims(ledger):
    ledger.ingest(harvest(1, [listing("a")]))
    before = ledger.db.execute("SELECT count(*) FROM claims").fetchone()
    assert ledger.ingest(harvest(2, [listing("a")])).confirmed == 1
    assert ledger.db.execute("SELECT count(*) FROM claims").fetchone() == before


def test_the_fill_rates_of_the_last_good_harvest_are_kept_for_the_gates(ledger):
    ledger.ingest(harvest(1, [listing("a"), listing("b", phones=())]))
    last = ledger.last_good("harbour")
    assert last is not None
    assert last.fill == {"name": 1.0, "phone": 0.5, "region": 0.0}


def test_a_newer_ledger_is_refused_in_words(tmp_path):
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="newer version"):
        Ledger.open(path)


def test_a_damaged_ledger_is_named_and_left_alone(tmp_path):
    path = tmp_path / "ledger.db"
    path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)
    with pytest.raises(LedgerError, match="ledger"):
        Ledger.open(path)
    assert path.read_bytes().startswith(b"SQLite format 3")
