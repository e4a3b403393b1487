"""What the ledger makes of one harvest after another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest
from sqlite_utils import Database

from ldn_directory.ledger import Check, Ledger, LedgerError, Outcome, migrations, recheck_statuses
from ldn_directory.ledger.connection import SCHEMA_VERSION
from ldn_directory.ledger.migrations import MIGRATIONS
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source

SOURCE = Source(title="Harbour list", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def listing(key: str, **changed) -> bytes:
    facts = {
        "name": f"Jane {key}",
        "city": "Austin",
        "phones": (Phone(raw="512 555 0101", e164="+15125550101"),),
    } | changed
    return Listing(
        source="harbour",
        key=key,
        page="https://example.org/list",
        kind=Kind.PRESCRIBER,
        evidence=Evidence.LISTED,
        **facts,
    ).as_line()


def harvest(day: int, lines: Iterable[bytes]) -> Harvest:
    at = f"2026-01-{day:02}T00:00:00Z"
    return Harvest(
        run=f"202601{day:02}T000000Z-0000",
        source_id="harbour",
        source=SOURCE,
        started=at,
        finished=at,
        lines=tuple(lines),
    )


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


def states(ledger: Ledger) -> dict[str, str]:
    return dict(ledger.db.execute("SELECT json_extract(line, '$.key'), state FROM listings"))


def make_older(path: Path, version: int) -> None:
    """Makes the ledger at `path` one of an earlier schema, with the rows that this could hold."""
    older = path.with_name("older.db")
    with closing(sqlite3.connect(older)) as db:
        for number in range(1, version + 1):
            (script,) = files("ldn_directory.ledger").glob(f"migration_{number}_*.sql")
            db.executescript(script.read_text())
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        db.execute("ATTACH ? AS newer", (str(path),))
        for table in filter(lambda name: not name.startswith("sqlite"), tables):
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"DELETE FROM main.{table}")
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
        db.commit()
        db.execute(f"PRAGMA user_version = {version}")
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    older.replace(path)


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
    changes = ledger.db.execute(
        "SELECT c.what FROM changes AS c JOIN listings AS l ON l.pk = c.listing WHERE l.id = ? ORDER BY c.id", (gone,)
    )
    assert [what for (what,) in changes] == ["added", "unconfirmed", "gone", "back"]


def test_a_changed_value_closes_its_claim_and_opens_another(ledger):
    ledger.ingest(harvest(1, [listing("a")]))
    result = ledger.ingest(harvest(2, [listing("a", city="Dallas")]))
    assert (result.changed, result.confirmed) == (1, 0)
    rows = ledger.db.execute(
        "SELECT value, first_run, last_run FROM claims WHERE field = 'city' ORDER BY first_run"
    ).fetchall()
    assert rows == [("Austin", 1, 1), ("Dallas", 2, None)]
    changes = ledger.db.execute("SELECT field, before, after FROM changes WHERE what = 'changed'").fetchall()
    assert changes == [("city", "Austin", "Dallas")]


def test_what_a_gone_listing_said_ends_with_its_last_confirmation_and_begins_anew_when_it_is_back(ledger):
    def cities() -> list[tuple]:
        query = "SELECT c.first_run, c.last_run FROM claims AS c JOIN listings AS l ON l.pk = c.listing WHERE c.field = 'city' AND l.line LIKE '%Jane b%'"
        return ledger.db.execute(query).fetchall()

    for day, keys in enumerate(("ab", "ab", "a", "a"), 1):
        ledger.ingest(harvest(day, map(listing, keys)))
    assert cities() == [(1, 2)]
    ledger.ingest(harvest(5, map(listing, "ab")))
    assert cities() == [(1, 2), (5, None)]


def test_claims_of_listings_that_had_gone_before_are_ended_by_the_migration(tmp_path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for day, keys in enumerate(("ab", "a", "a"), 1):
            ledger.ingest(harvest(day, map(listing, keys)))
        ledger.db.execute("UPDATE claims SET last_run = NULL")
    make_older(tmp_path / "ledger.db", 2)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        query = "SELECT l.state, c.last_run FROM claims AS c JOIN listings AS l ON l.pk = c.listing WHERE c.field = 'city' ORDER BY l.state"
        assert ledger.db.execute(query).fetchall() == [("gone", 1), ("live", None)]


def test_a_harvest_that_a_later_one_has_overtaken_is_refused(ledger):
    ledger.ingest(harvest(2, [listing("a")]))
    with pytest.raises(LedgerError, match="older than run"):
        ledger.ingest(harvest(1, [listing("a"), listing("b")]))
    assert states(ledger) == {"a": "live"}


def test_the_size_of_the_harvest_that_a_person_let_in_is_remembered(ledger):
    ledger.ingest(harvest(1, [listing("a"), listing("b")]), accepted=True)
    ledger.ingest(harvest(2, [listing("a")]))
    last = ledger.last_harvest("harbour")
    assert last is not None
    assert (last.listings, last.accepted) == (1, 2)


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
    last = ledger.last_harvest("harbour")
    assert last is not None
    assert last.fill["name"] == 1.0 and last.fill["phone"] == 0.5 and last.fill["region"] == 0.0


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


def test_a_ledger_of_the_first_schema_is_migrated_and_keeps_everything(tmp_path):
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        ledger.ingest(harvest(1, [listing("a"), listing("b")]))
    make_older(path, 1)
    tables = ("runs", "sources", "listings", "claims", "changes", "provider_ids")
    with closing(sqlite3.connect(path)) as db:
        before = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}

    with Ledger.open(path) as ledger:
        assert ledger.db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert {table: ledger.db.execute(f"SELECT * FROM {table}").fetchall() for table in before} == before
        (page,) = ledger.due_pages(["harbour"], before="2026-02-01T00:00:00Z", unknown_before="2026-02-01T00:00:00Z")
        ledger.add_checks(
            Check(listing=key, page=page.page, checked="2026-01-02T00:00:00Z", outcome=Outcome.CONFIRMED)
            for key in page.listings
        )
        assert [look.confirmed for look in recheck_statuses(ledger.db).values()] == ["2026-01-02T00:00:00Z"] * 2
        assert ledger.ingest(harvest(3, [listing("a")])).unconfirmed == 1


def applied_migrations(ledger: Ledger) -> list[str]:
    query = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'ldn_directory.ledger' ORDER BY id"
    return [name for (name,) in ledger.db.execute(query)]


def test_a_new_ledger_records_its_migrations_as_sqlite_utils_does(ledger):
    assert ledger.db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert applied_migrations(ledger) == [migration.name for migration in MIGRATIONS.pending(Database(memory=True))]
    assert MIGRATIONS.pending(Database(ledger.db)) == []


def test_a_ledger_from_before_migrations_were_recorded_is_adopted_unchanged(tmp_path):
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        ledger.ingest(harvest(1, [listing("a")]))
        recorded = applied_migrations(ledger)
        ledger.db.execute("DROP TABLE _sqlite_migrations")
        before = list(ledger.db.iterdump())
    with Ledger.open(path) as ledger:
        assert applied_migrations(ledger) == recorded
        ledger.db.execute("DROP TABLE _sqlite_migrations")
        assert list(ledger.db.iterdump()) == before


def test_a_migration_whose_record_is_missing_is_recorded_again(tmp_path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        recorded = applied_migrations(ledger)
        ledger.db.execute("DELETE FROM _sqlite_migrations WHERE name = 'migration_3_acceptances'")
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        assert sorted(applied_migrations(ledger)) == sorted(recorded)


def test_a_ledger_that_cannot_be_opened_is_closed(tmp_path, monkeypatch):
    opened = []
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **kwargs: opened.append(connect(*args, **kwargs)) or opened[-1]
    )
    (tmp_path / "ledger.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerError):
        Ledger.open(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_a_ledger_of_an_older_schema_is_migrated_before_it_is_read(tmp_path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.ingest(harvest(1, [listing("a")]))
    make_older(tmp_path / "ledger.db", 3)
    with Ledger.open_read_only(tmp_path / "ledger.db") as ledger:
        assert ledger.db.execute("SELECT count(*) FROM forgotten").fetchone() == (0,)


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        ledger.ingest(harvest(1, [listing("a")]))
    make_older(path, 1)
    with closing(sqlite3.connect(path)) as db:
        before = list(db.iterdump())
    run_script = migrations._run_script

    def fail_at_last(db: Database, name: str, version: int) -> None:
        run_script(db, name, version)
        if version == SCHEMA_VERSION:
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(migrations, "_run_script", fail_at_last)
    with pytest.raises(LedgerError, match="the disk may be full or failing; nothing was changed"):
        Ledger.open(path)
    with closing(sqlite3.connect(path)) as db:
        assert (list(db.iterdump()), db.execute("PRAGMA user_version").fetchone()) == (before, (1,))


def test_a_ledger_that_is_opened_by_many_at_once_is_created_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda _: Ledger.open(tmp_path / "ledger.db").close(), range(8))
        assert list(opened) == [None] * 8


def test_a_look_in_vain_changes_nothing_and_is_tried_again_sooner(ledger):
    ledger.ingest(harvest(1, [listing("a")]))
    (page,) = ledger.due_pages(["harbour"], before="2026-02-01T00:00:00Z", unknown_before="2026-02-01T00:00:00Z")
    look = {"listing": next(iter(page.listings)), "page": page.page}
    ledger.add_checks(
        [
            Check(**look, checked="2026-01-02T00:00:00Z", outcome=Outcome.CONFIRMED),
            Check(**look, checked="2026-01-09T00:00:00Z", outcome=Outcome.UNKNOWN, reason="no answer"),
        ]
    )
    assert [look.reason for look in recheck_statuses(ledger.db).values()] == [None]
    assert ledger.due_pages(["harbour"], before="2026-01-01T00:00:00Z", unknown_before="2026-01-10T00:00:00Z") == []
    assert len(ledger.due_pages(["harbour"], before="2026-01-03T00:00:00Z", unknown_before="2026-01-10T00:00:00Z")) == 1


def test_a_look_at_a_page_that_the_listing_no_longer_names_does_not_count(ledger):
    ledger.ingest(harvest(1, [listing("a")]))
    ((key,),) = ledger.db.execute("SELECT id FROM listings")
    ledger.add_checks(
        [Check(listing=key, page="https://old.example.com/", checked="2026-01-02T00:00:00Z", outcome=Outcome.CONFIRMED)]
    )
    assert recheck_statuses(ledger.db) == {}
