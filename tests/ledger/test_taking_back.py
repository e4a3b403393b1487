"""A run that is taken back leaves the ledger and the directory as they were before it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.ledger import Check, Ledger, LedgerError, Outcome, taken_back_last
from ldn_directory.matching.identities import assign_numbers
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.publish.build import build

NOW = "2026-11-30T12:00:00Z"
STATES = "SELECT id, state, line FROM listings WHERE state <> 'gone' ORDER BY id"


def line(key: str, phone: int = 101, city: str = "Austin", **facts: Any) -> bytes:
    stated = {"name": f"Jane {key.title()}field", "city": city, "region_code": "US-TX", "country_code": "US"}
    return Listing(
        source="harbour",
        key=key,
        page="https://example.org/list",
        kind=Kind.PRESCRIBER,
        evidence=Evidence.LISTED,
        phones=(Phone(raw=f"512 555 0{phone}", e164=f"+15125550{phone}"),),
        **stated | facts,
    ).as_line()


def harvest(day: int, lines: Iterable[bytes], source: str = "harbour", title: str = "Harbour list") -> Harvest:
    at = f"2026-01-{day:02}T00:00:00Z"
    stated = Source(title=title, homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    run = f"202601{day:02}T000000Z-0000"
    return Harvest(run=run, source_id=source, source=stated, started=at, finished=at, lines=tuple(lines))


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


def what_counts(ledger: Ledger) -> dict[str, list[tuple]]:
    """Everything in the ledger that a build reads, but for the changes and for what has gone."""
    queries = {
        "runs": "SELECT * FROM runs ORDER BY id",
        "stated": "SELECT s.* FROM sources AS s WHERE id IN (SELECT source FROM runs) ORDER BY id",
        "listings": "SELECT * FROM listings WHERE state <> 'gone' ORDER BY pk",
        "claims": "SELECT * FROM claims ORDER BY listing, first_run, field, value, written",
        "former": "SELECT * FROM former_listings ORDER BY listing, run",
    }
    return {name: ledger.db.execute(query).fetchall() for name, query in queries.items()}


def changes(ledger: Ledger, since: int = 0) -> list[tuple]:
    query = (
        "SELECT json_extract(l.line, '$.key'), c.what, c.field, c.before, c.after FROM changes AS c"
        " JOIN listings AS l ON l.pk = c.listing WHERE c.id > ? ORDER BY c.id"
    )
    return ledger.db.execute(query, (since,)).fetchall()


def test_a_harvest_that_is_taken_back_leaves_what_was_before_it(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b"), line("c")]))
    ledger.ingest(harvest(2, [line("a"), line("b")]))
    before = what_counts(ledger)
    ledger.ingest(harvest(3, [line("a", phone=102), line("d")], title="Another title"))

    found = ledger.unaccept("20260103T000000Z-0000", "harbour", NOW)

    assert (found.restored, found.removed, found.runs) == (3, 1, ("20260103T000000Z-0000",))
    assert what_counts(ledger) == before


def test_what_took_it_back_is_in_the_changes_under_new_numbers(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b"), line("c")]))
    ledger.ingest(harvest(2, [line("a"), line("b")]))
    ledger.ingest(harvest(3, [line("a", phone=102), line("d")]))
    last = ledger.db.execute("SELECT max(id) FROM changes").fetchone()[0]
    ledger.unaccept("20260103T000000Z-0000", "harbour", NOW)
    assert sorted(changes(ledger, since=last), key=str) == [
        ("a", "changed", "phone", "+15125550102", "+15125550101"),
        ("b", "confirmed again", None, None, None),
        ("c", "back", None, None, None),
        ("c", "unconfirmed", None, None, None),
        ("d", "gone", None, None, None),
    ]


def test_runs_that_came_after_it_are_taken_back_with_it(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b")]))
    before = what_counts(ledger)
    ledger.ingest(harvest(2, [line("a", phone=102)]))
    ledger.ingest(harvest(3, [line("a", phone=103), line("c")]))
    found = ledger.unaccept("20260102T000000Z-0000", "harbour", NOW)
    assert found.runs == ("20260103T000000Z-0000", "20260102T000000Z-0000")
    assert what_counts(ledger) == before


def test_after_the_first_run_is_taken_back_a_source_has_nothing(ledger):
    ledger.ingest(harvest(1, [line("a")]))
    ledger.unaccept("20260101T000000Z-0000", "harbour", NOW)
    assert ledger.last_harvest("harbour") is None
    assert ledger.db.execute(STATES).fetchall() == []


def test_a_run_that_was_taken_back_can_be_taken_again(ledger):
    ledger.ingest(harvest(1, [line("a")]))
    ledger.ingest(harvest(2, [line("a", phone=102), line("b")]))
    after = ledger.db.execute(STATES).fetchall()
    ledger.unaccept("20260102T000000Z-0000", "harbour", NOW)
    assert ledger.ingest(harvest(2, [line("a", phone=102), line("b")]), accepted=True).changed == 1
    assert ledger.db.execute(STATES).fetchall() == after
    assert ledger.unaccept("20260102T000000Z-0000", "harbour", NOW).restored == 1


def test_taking_back_a_second_time_does_nothing(ledger):
    ledger.ingest(harvest(1, [line("a")]))
    ledger.unaccept("20260101T000000Z-0000", "harbour", NOW)
    before = list(ledger.db.iterdump())
    assert ledger.unaccept("20260101T000000Z-0000", "harbour", NOW) is None
    assert list(ledger.db.iterdump()) == before


def test_a_run_that_is_not_there_is_named(ledger):
    with pytest.raises(LedgerError, match="run nowhere of harbour is not in the ledger"):
        ledger.unaccept("nowhere", "harbour", NOW)


def test_a_run_from_before_former_listings_were_kept_is_refused_unless_it_only_added(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b")]))
    ledger.ingest(harvest(2, [line("a", phone=102)]))
    ledger.db.execute("DELETE FROM former_listings")
    before = list(ledger.db.iterdump())
    with pytest.raises(LedgerError, match="2 listings cannot be restored: nothing was changed"):
        ledger.unaccept("20260102T000000Z-0000", "harbour", NOW)
    assert list(ledger.db.iterdump()) == before
    ledger.ingest(harvest(3, [], source="other"))
    ledger.ingest(harvest(4, [line("z")], source="first"))
    assert ledger.unaccept("20260104T000000Z-0000", "first", NOW).removed == 1


def test_who_was_forgotten_in_the_meantime_stays_away(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b")]))
    ledger.ingest(harvest(2, [line("a", phone=102), line("b", phone=103)]))
    found = ledger.unaccept("20260102T000000Z-0000", "harbour", NOW, lambda row: row["key"] == "a")
    assert (found.restored, found.left_out) == (1, 1)
    assert [json.loads(row[2])["key"] for row in ledger.db.execute(STATES)] == ["b"]


def test_a_dropped_run_leaves_for_all_its_sources_and_later_ones_are_taken_again(ledger):
    ledger.ingest(harvest(1, [line("a")]))
    before = ledger.db.execute(STATES).fetchall()
    for source, key in (("harbour", "b"), ("other", "o")):
        ahead = harvest(28, [line(key)], source)
        ledger.ingest(ahead)
    with pytest.raises(LedgerError, match=r"ldn drop 20260128T000000Z-0000"):
        ledger.ingest(harvest(2, [line("a")]))
    found = ledger.drop("20260128T000000Z-0000", "2026-01-02T12:00:00Z")
    assert [one.source for one in found] == ["harbour", "other"]
    assert ledger.db.execute(STATES).fetchall() == before
    assert ledger.ingest(harvest(2, [line("a")])).confirmed == 1


def test_a_source_waits_for_a_person_after_a_harvest_was_taken_back_but_not_after_its_run_was_dropped(ledger):
    run = "20260102T000000Z-0000"
    ledger.ingest(harvest(1, [line("a")]))
    ledger.ingest(harvest(2, [line("b")]))
    ledger.unaccept(run, "harbour", NOW)
    assert taken_back_last(ledger.db, "harbour") == (run, NOW)
    ledger.ingest(harvest(28, [line("c")]))
    assert taken_back_last(ledger.db, "harbour") is None
    ledger.drop("20260128T000000Z-0000", NOW)
    assert taken_back_last(ledger.db, "harbour") == (run, NOW)
    ledger.ingest(harvest(2, [line("b")]), accepted=True)
    ledger.drop(run, NOW)
    assert taken_back_last(ledger.db, "harbour") is None


def test_what_a_dropped_check_saw_is_confirmed_by_the_first_that_saw_it_or_not_at_all(ledger):
    ledger.ingest(harvest(1, [line("a")]))
    ((listing,),) = ledger.db.execute("SELECT id FROM listings")
    seen = {"listing": listing, "page": "https://example.org/list", "outcome": Outcome.CONFIRMED}
    city, name = ("city", "Austin"), ("name", "Jane Afield")
    first, dropped, ahead = "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2099-01-01T00:00:00Z"
    ledger.add_checks(
        [Check(**seen, checked=first, stated=(city,)), Check(**seen, checked=dropped, stated=(city, name))]
    )
    ledger.add_checks([Check(**seen, checked=ahead, stated=(city,))])
    ledger.drop("20260103T000000Z-0000", NOW, [(listing, dropped)])
    assert ledger.db.execute("SELECT checked FROM checks").fetchall() == [(first,)]
    assert ledger.db.execute("SELECT field, first, last FROM confirmations").fetchall() == [("city", first, first)]


def test_a_harvest_from_the_future_is_refused(ledger):
    now = datetime(2026, 1, 1, 23, 55, tzinfo=UTC)
    with pytest.raises(LedgerError, match="is in the future"):
        ledger.ingest(harvest(3, [line("a")]), now=now)
    assert ledger.ingest(harvest(2, [line("a")]), now=now).added == 1


def test_a_retired_source_is_brought_back_as_it_was(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b")]))
    ledger.ingest(harvest(2, [line("a")]))
    before = what_counts(ledger)
    assert ledger.retire("harbour", "the list has closed", NOW) == 2
    assert ledger.db.execute(STATES).fetchall() == []
    with pytest.raises(LedgerError, match="retired since 2026-11-30: the list has closed"):
        ledger.ingest(harvest(3, [line("a")]))
    ledger.unretire("harbour", NOW)
    assert what_counts(ledger) == before


def test_a_number_that_a_build_gave_away_in_a_merge_is_given_back(ledger):
    def provider_of(key: str) -> int:
        return ledger.db.execute("SELECT provider FROM listings WHERE line LIKE ?", (f"%Jane {key}field%",)).fetchone()[
            0
        ]

    ledger.ingest(harvest(1, [line("a"), line("b"), line("c")]))
    assert assign_numbers(ledger.db, [[1], [2, 3]]) == [1, 2]
    ledger.ingest(harvest(2, [line("a", phone=102), line("b"), line("c")]))
    assert assign_numbers(ledger.db, [[1, 2, 3]]) == [1]
    ledger.unaccept("20260102T000000Z-0000", "harbour", NOW)
    assert [provider_of(key) for key in "ABC"] == [1, 2, 2]
    assert assign_numbers(ledger.db, [[1], [2, 3]]) == [1, 2]
    told = ledger.db.execute("SELECT provider, what, other FROM provider_changes ORDER BY id").fetchall()
    assert told == [(1, "merged", 2), (2, "split", 1)]


def test_a_number_that_a_build_made_in_a_split_leads_to_the_one_from_before(ledger):
    ledger.ingest(harvest(1, [line("a"), line("b")]))
    assert assign_numbers(ledger.db, [[1, 2]]) == [1]
    ledger.ingest(harvest(2, [line("a", phone=102), line("b")]))
    assert assign_numbers(ledger.db, [[1], [2]]) == [1, 2]
    ledger.unaccept("20260102T000000Z-0000", "harbour", NOW)
    assert ledger.db.execute("SELECT provider FROM listings").fetchall() == [(1,), (1,)]
    assert ledger.db.execute("SELECT id, redirect FROM provider_ids").fetchall() == [(1, None), (2, 1)]
    assert assign_numbers(ledger.db, [[1, 2]]) == [1]


KEYS = "abcd"
ENTRY = st.tuples(st.sampled_from((101, 102, 103)), st.sampled_from(("Austin", "Dallas")))
HARVESTS = st.lists(st.dictionaries(st.sampled_from(KEYS), ENTRY), min_size=1, max_size=5)


def directory(data: Path) -> dict[str, list[tuple]]:
    """What is published, but for the changes, which go on, and what is only there for them."""
    build(data / "ledger.db", data / "ldn.db", allow_shrink=True)
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        tables = ("runs", "readings", "providers", "locations", "listings", "claims", "regions", "serves", "related")
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


def ingest_all(ledger: Ledger, harvests: Sequence[dict[str, tuple[int, str]]], first_day: int) -> None:
    for day, entries in enumerate(harvests, first_day):
        ledger.ingest(harvest(day, [line(key, *entry) for key, entry in sorted(entries.items())]))


@settings(max_examples=60, deadline=None)
@given(before=HARVESTS, after=HARVESTS, again=st.booleans())
def test_the_ledger_counts_as_before_whatever_was_taken_and_taken_back(before, after, again):
    with TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.db") as ledger:
        ingest_all(ledger, before, 1)
        stood = what_counts(ledger)
        for _ in range(1 + again):
            ingest_all(ledger, after, 10)
            ledger.unaccept("20260110T000000Z-0000", "harbour", NOW)
            assert what_counts(ledger) == stood


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(before=HARVESTS.filter(lambda found: bool(found[-1])), after=HARVESTS)
def test_the_directory_is_as_before_and_the_numbers_of_providers_stay(before, after):
    with TemporaryDirectory() as folder:
        data = Path(folder)
        with Ledger.open(data / "ledger.db") as ledger:
            ingest_all(ledger, before, 1)
        stood = directory(data)
        with Ledger.open(data / "ledger.db") as ledger:
            ingest_all(ledger, after, 10)
        directory(data)
        with Ledger.open(data / "ledger.db") as ledger:
            ledger.unaccept("20260110T000000Z-0000", "harbour", NOW)
        assert directory(data) == stood
