"""What the published directory says of changes: numbers that stay, moves, merges, and nothing about who is gone."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ldn_directory.ledger import Ledger
from ldn_directory.matching.identities import assign_numbers
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.publish.build import build
from ldn_directory.publish.history import STEP

STREETS = ("1 Elm Street", "9 Oak Lane", "3 Ash Road", None)
PHONE = (Phone(raw="512 555 0142", e164="+15125550142"),)


def listing(key: str, source: str = "north", **facts) -> Listing:
    facts = {"name": f"Jane {key.title()}field", "city": "Austin", "region_code": "US-TX", "country_code": "US"} | facts
    return Listing(
        source=source, key=key, page="https://example.org/list", kind=Kind.PRESCRIBER, evidence=Evidence.LISTED, **facts
    )


def crawl(data: Path, day: int, *listings: Listing, finished: int | None = None, source: str = "north") -> None:
    stated = Source(title=source.title(), homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run=f"202611{day:02}T000000Z-0000",
                source_id=source,
                source=stated,
                started=f"2026-11-{day:02}T00:00:00Z",
                finished=f"2026-11-{finished or day:02}T01:00:00Z",
                lines=tuple(one.as_line() for one in listings),
            )
        )


def published(data: Path, query: str) -> list[tuple]:
    build(data / "ledger.db", data / "ldn.db", allow_shrink=True)
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        return db.execute(query).fetchall()


def in_ledger(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        db.execute(statement)
        db.commit()


def test_a_new_place_is_one_move_with_the_place_before_and_after(tmp_path):
    crawl(tmp_path, 1, listing("a", street="1 Elm Street", postcode="78701", address="1 Elm Street, Austin 78701"))
    crawl(
        tmp_path,
        2,
        listing(
            "a", street="9 Oak Lane", postcode="78702", address="9 Oak Lane, Austin 78702", remark="By appointment"
        ),
    )
    assert published(tmp_path, "SELECT what, field, before, after FROM changes ORDER BY id")[1:] == [
        ("moved", "address", "1 Elm Street, Austin 78701", "9 Oak Lane, Austin 78702"),
        ("changed", "remark", None, "By appointment"),
    ]


def test_a_street_written_in_another_way_or_stated_for_the_first_time_is_no_move(tmp_path):
    crawl(tmp_path, 1, listing("a", street="1 Elm Street"), listing("b"))
    crawl(tmp_path, 2, listing("a", street="1 Elm St."), listing("b", street="3 Ash Road"))
    assert set(published(tmp_path, "SELECT what FROM changes")) == {("added",), ("changed",)}


def test_what_the_points_of_an_address_were_is_not_published(tmp_path):
    crawl(tmp_path, 1, listing("a", latitude=30.1, longitude=-97.1))
    crawl(tmp_path, 2, listing("a", latitude=30.2, longitude=-97.2))
    assert published(tmp_path, "SELECT what FROM changes") == [("added",)]


def test_a_change_keeps_its_number_in_every_build_and_new_ones_are_higher(tmp_path):
    crawl(tmp_path, 1, listing("a"), listing("b"))
    before = published(tmp_path, "SELECT id, what FROM changes ORDER BY id")
    crawl(tmp_path, 2, listing("z", "south", name="Jane Afield", phones=PHONE), source="south")
    crawl(tmp_path, 3, listing("a", phones=PHONE), listing("b"))
    merged = published(tmp_path, "SELECT id, what FROM changes ORDER BY id")
    in_ledger(tmp_path, "INSERT INTO forgotten VALUES (77, '2026-11-03T09:00:00Z')")
    forgotten = published(tmp_path, "SELECT id, what FROM changes ORDER BY id")
    crawl(tmp_path, 4, listing("a", phones=PHONE), listing("b"), listing("c"))
    last = published(tmp_path, "SELECT id, what FROM changes ORDER BY id")
    assert merged[: len(before)] == before
    assert forgotten == [*merged, (forgotten[-1][0], "forgotten")]
    assert last == [*forgotten, (last[-1][0], "added")]
    assert [number % STEP == 0 for number, _ in last[-2:]] == [False, True]


def test_a_merge_and_a_split_are_told_by_number_and_date(tmp_path):
    crawl(tmp_path, 1, listing("a", name="Jane Roe"), listing("b", name="Jane Roe", city="Dallas"))
    published(tmp_path, "SELECT 1")
    crawl(
        tmp_path,
        2,
        listing("a", name="Jane Roe", phones=PHONE),
        listing("b", name="Jane Roe", city="Dallas", phones=PHONE),
    )
    told = "SELECT provider, what, other, at, field, listing FROM changes WHERE what IN ('merged', 'split') ORDER BY id"
    assert published(tmp_path, told) == [(1, "merged", 2, "2026-11-02T01:00:00Z", None, None)]
    crawl(tmp_path, 3, listing("a", name="Jane Roe", phones=PHONE), listing("b", name="Jane Roe", city="Dallas"))
    assert published(tmp_path, told)[1:] == [(2, "split", 1, "2026-11-03T01:00:00Z", None, None)]


def test_a_number_whose_larger_part_is_merged_leads_there_and_the_smaller_part_has_a_new_one(tmp_path):
    crawl(tmp_path, 1, *map(listing, "abcd"))
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as ledger:
        assert assign_numbers(ledger, [[1], [2, 3, 4]]) == [1, 2]
        assert assign_numbers(ledger, [[1, 3, 4], [2]]) == [1, 3]
        assert ledger.execute("SELECT provider, what, other FROM provider_changes ORDER BY id").fetchall() == [
            (1, "merged", 2),
            (3, "split", 2),
        ]
        assert ledger.execute("SELECT id, redirect FROM provider_ids").fetchall() == [(1, None), (2, 1), (3, None)]


def test_after_a_merge_all_changes_stand_under_the_number_that_is_shown(tmp_path):
    crawl(tmp_path, 1, listing("a", name="Jane Roe"), listing("b", name="Jane Roe", city="Dallas"))
    published(tmp_path, "SELECT 1")
    crawl(
        tmp_path,
        2,
        listing("a", name="Jane Roe", phones=PHONE),
        listing("b", name="Jane Roe", city="Dallas", phones=PHONE),
    )
    assert published(tmp_path, "SELECT DISTINCT provider FROM changes") == [(1,)]


def test_of_who_has_gone_only_a_number_and_a_date_are_left(tmp_path):
    crawl(tmp_path, 1, listing("a", name="Wilhelmina Thrushcross", street="1 Elm Street"), listing("b"))
    crawl(tmp_path, 2, listing("a", name="Wilhelmina Thrushcross", street="9 Oak Lane"), listing("b"))
    for day in (3, 4):
        crawl(tmp_path, day, listing("b"))
    rows = published(
        tmp_path, "SELECT what, field, before, after, country_code FROM changes WHERE provider IS NULL OR provider <> 1"
    )
    assert [row for row in rows if row[0] == "gone"] == [("gone", None, None, None, None)]
    assert b"Thrushcross" not in (tmp_path / "ldn.db").read_bytes()
    assert b"Oak Lane" not in (tmp_path / "ldn.db").read_bytes()


def test_of_who_was_forgotten_nothing_but_a_number_and_a_date_is_published(tmp_path):
    crawl(tmp_path, 1, listing("a"), listing("b"))
    published(tmp_path, "SELECT 1")
    in_ledger(tmp_path, "INSERT INTO forgotten VALUES (2, '2026-11-05T09:00:00Z')")
    rows = published(
        tmp_path,
        "SELECT run, at, source, listing, provider, what, field, before, after FROM changes WHERE provider = 2",
    )
    assert rows == [(None, "2026-11-05T09:00:00Z", None, None, 2, "forgotten", None, None, None)]


def test_dates_never_fall_while_numbers_rise_even_if_a_crawl_is_taken_late(tmp_path):
    crawl(tmp_path, 1, listing("a"), finished=9)
    crawl(tmp_path, 2, listing("b", "south"), source="south")
    dates = [at for (at,) in published(tmp_path, "SELECT at FROM changes ORDER BY id")]
    assert dates == ["2026-11-09T01:00:00Z"] * 2


def test_a_number_is_not_used_again_after_changes_were_deleted(tmp_path):
    crawl(tmp_path, 1, listing("a"), listing("b"))
    used = published(tmp_path, "SELECT max(id) FROM changes")[0][0]
    in_ledger(tmp_path, "DELETE FROM changes")
    crawl(tmp_path, 2, listing("a"), listing("b"), listing("c"))
    assert published(tmp_path, "SELECT min(id) FROM changes")[0][0] > used


def test_a_forgotten_number_and_those_merged_into_it_lead_nowhere(tmp_path):
    crawl(tmp_path, 1, listing("a"), listing("b"))
    published(tmp_path, "SELECT 1")
    in_ledger(tmp_path, "INSERT INTO provider_ids VALUES (5, 2, 2)")
    in_ledger(tmp_path, "UPDATE listings SET state = 'gone' WHERE provider = 2")
    in_ledger(tmp_path, "INSERT INTO forgotten VALUES (2, '2026-11-05')")
    told = "SELECT old_id, provider, reason, since FROM redirects ORDER BY old_id"
    assert published(tmp_path, told) == [(2, None, "forgotten", "2026-11-05"), (5, None, "forgotten", "2026-11-05")]
    assert published(tmp_path, "SELECT at FROM changes WHERE what = 'forgotten'") == [("2026-11-05T00:00:00Z",)]


@pytest.mark.parametrize("seed", range(4))
def test_numbers_stay_with_what_they_say_and_new_ones_are_higher(tmp_path, seed):
    chance = random.Random(seed)
    seen: dict[int, tuple] = {}
    for day in range(1, 9):
        for source in ("north", "south"):
            crawl(tmp_path, day, *_lists(chance, source), source=source)
        if chance.random() < 0.7:
            rows = {
                row[0]: row[1:]
                for row in published(tmp_path, "SELECT id, what, listing, other, at FROM changes ORDER BY id")
            }
            new = rows.keys() - seen.keys()
            assert all(number > max(seen, default=0) for number in new)
            assert all(seen[number] == rows[number] for number in rows.keys() & seen.keys())
            dates = [row[-1] for row in rows.values()]
            assert dates == sorted(dates)
            seen |= rows
    assert {"added", "moved", "gone", "back"} <= {row[0] for row in seen.values()}


def _lists(chance: random.Random, source: str):
    """A list of some of eight people, who change street and gain or lose the telephone number by which lists are joined."""
    return [
        listing(
            key,
            source,
            name=f"Jane {key.title()}field",
            street=chance.choice(STREETS),
            phones=chance.choice((PHONE, ())),
        )
        for key in ("a", *(key for key in "bcdefgh" if chance.random() < 0.5))
    ]


def test_a_run_that_is_taken_back_is_followed_by_the_opposite_changes_under_higher_numbers(tmp_path):
    query = "SELECT id, what, field, before, after, at FROM changes ORDER BY id"
    crawl(tmp_path, 1, listing("a"), listing("b"))
    crawl(tmp_path, 2, listing("a", phones=PHONE), listing("c"))
    before = published(tmp_path, query)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.unaccept("20261102T000000Z-0000", "north", "2026-11-05T00:00:00Z")
    after = published(tmp_path, query)
    assert [row[0] for row in after[: len(before)]] == [row[0] for row in before]
    told = {(what, field, old, new) for _, what, field, old, new, _ in after[len(before) :]}
    assert told == {
        ("changed", "phone", "+15125550142", None),
        ("confirmed again", None, None, None),
        ("gone", None, None, None),
    }
    assert {row[5] for row in after[len(before) :]} == {"2026-11-05T00:00:00Z"}
    assert published(tmp_path, "SELECT DISTINCT run FROM changes ORDER BY 1") == [(None,), ("20261101T000000Z-0000",)]


def test_after_a_run_from_the_future_was_dropped_no_change_is_dated_in_the_future(tmp_path):
    crawl(tmp_path, 1, listing("a"))
    crawl(tmp_path, 28, listing("a", phones=PHONE))
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.drop("20261128T000000Z-0000", "2026-11-02T00:00:00Z")
    crawl(tmp_path, 3, listing("a", city="Dallas"))
    dates = [at for (at,) in published(tmp_path, "SELECT at FROM changes ORDER BY id")]
    assert dates == sorted(dates)
    assert dates[-1] == "2026-11-03T01:00:00Z"
