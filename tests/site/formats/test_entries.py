"""The entries of a whole page, read together."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from ldn_directory.site.queries.provider import MOST_CHANGES, get_entries, get_entry


def test_entries_come_in_the_order_asked_for_and_each_is_as_it_is_alone(db):
    entries = get_entries(db, [5, 1, 777, 1, 9])
    assert [entry.provider["id"] for entry in entries] == [5, 1, 9]
    assert list(entries) == [get_entry(db, 5), get_entry(db, 1), get_entry(db, 9)]


def test_a_page_of_any_size_is_a_handful_of_queries(db):
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    get_entries(db, [1])
    one = len(asked)
    get_entries(db, range(1, 500))
    assert len(asked) - one == one <= 10


def test_nobody_asked_for_is_nobody(db):
    assert get_entries(db, []) == () == get_entries(db, [777])


def test_of_a_long_history_the_newest_changes_are_read(db, insert):
    for number in range(1, MOST_CHANGES + 21):
        insert(db, "changes", id=number, at="2026-11-01T00:00:00Z", provider=1, what="back")
    (entry,) = get_entries(db, [1])
    assert [change["id"] for change in entry.changes] == list(range(MOST_CHANGES + 20, 20, -1))


def test_a_directory_of_an_earlier_version_has_entries_too(db):
    db.executescript("DROP TABLE related; DROP TABLE verifications")
    (entry,) = get_entries(db, [1])
    assert entry.related == entry.verifications == ()


def test_no_table_is_read_through(db, full):
    plans: list[str] = []
    with closing(sqlite3.connect(full)) as other:
        db.set_trace_callback(
            lambda statement: plans.extend(row[3] for row in other.execute(f"EXPLAIN QUERY PLAN {statement}"))
        )
        get_entries(db, [1, 2])
    assert plans and not [
        plan for plan in plans if plan.startswith("SCAN") and not plan.startswith(("SCAN asked", "SCAN sources"))
    ]
