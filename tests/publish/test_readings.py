"""How long each list was whenever it was read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.publish.build import build

PEOPLE = {"a": "Ada Example", "b": "Bram Muster", "c": "Chloe Sample", "d": "Dov Placeholder", "e": "Emil Beispiel"}


def read(data: Path, day: int, source: str, keys: str, suppressed=None) -> None:
    """One reading of a list that holds those keys."""
    at = f"2026-11-{day:02}T00:00:00Z"
    stated = Source(title=source, homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    listings = [
        Listing(
            source=source,
            key=key,
            page="https://example.org/",
            kind=Kind.PRESCRIBER,
            evidence=Evidence.LISTED,
            name=PEOPLE[key],
            city="Austin",
            region_code="US-TX",
            country_code="US",
        )
        for key in keys
    ]
    lines = tuple(one.as_line() for one in listings)
    harvest = Harvest(
        run=f"202611{day:02}T000000Z-0000", source_id=source, source=stated, started=at, finished=at, lines=lines
    )
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(harvest, suppressed)


def readings(data: Path) -> list[tuple]:
    build(data / "ledger.db", data / "ldn.db", allow_shrink=True)
    with sqlite3.connect(data / "ldn.db") as db:
        return db.execute("SELECT source, at, listings FROM readings ORDER BY source, at").fetchall()


def test_each_reading_of_each_list_is_counted_by_what_stood_on_it(tmp_path):
    read(tmp_path, 1, "north", "abc")
    read(tmp_path, 2, "south", "d")
    read(tmp_path, 3, "north", "ab")  # c is missing, and may come back
    read(tmp_path, 4, "north", "abde")
    read(tmp_path, 5, "north", "abcde")
    assert readings(tmp_path) == [
        ("north", "2026-11-01T00:00:00Z", 3),
        ("north", "2026-11-03T00:00:00Z", 2),
        ("north", "2026-11-04T00:00:00Z", 4),
        ("north", "2026-11-05T00:00:00Z", 5),
        ("south", "2026-11-02T00:00:00Z", 1),
    ]


def test_whoever_is_left_out_when_a_list_is_read_is_not_counted(tmp_path):
    read(tmp_path, 1, "north", "abc", suppressed=lambda row: row["name"] == "Ada Example")
    assert readings(tmp_path) == [("north", "2026-11-01T00:00:00Z", 2)]


def test_a_later_forgetting_leaves_the_earlier_count_and_nothing_else(tmp_path):
    read(tmp_path, 1, "north", "abc")
    readings(tmp_path)
    hidden = Suppressions.load(tmp_path / "suppressions.jsonl", tmp_path)
    hidden.add([{"name": "Ada Example", "region_code": "US-TX", "country_code": "US"}], "2026-11-02")
    assert readings(tmp_path) == [("north", "2026-11-01T00:00:00Z", 3)]
    read(tmp_path, 3, "north", "abc", suppressed=lambda row: row["name"] == "Ada Example")
    assert readings(tmp_path) == [("north", "2026-11-01T00:00:00Z", 3), ("north", "2026-11-03T00:00:00Z", 2)]
    assert b"Ada Example" not in (tmp_path / "ldn.db").read_bytes()
