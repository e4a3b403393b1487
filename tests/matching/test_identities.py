"""Numbers of providers over random histories: they stay, and none is ever given to another."""

from __future__ import annotations

import sqlite3
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.ledger import Ledger, final_number
from ldn_directory.matching.identities import assign_numbers
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source

PEOPLE = 8
HISTORIES = st.lists(st.lists(st.none() | st.integers(0, 3), min_size=PEOPLE, max_size=PEOPLE), min_size=1, max_size=7)
"""For each build, to which group each listing belongs; None if it is not there."""


def ledger_at(folder) -> Ledger:
    ledger = Ledger.open(folder / "ledger.db")
    source = Source(title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    facts = {"source": "north", "page": "https://example.org/", "kind": Kind.PRESCRIBER, "evidence": Evidence.LISTED}
    lines = tuple(Listing(key=str(key), name=f"Jane {key}", **facts).as_line() for key in range(PEOPLE))
    at = "2026-11-01T00:00:00Z"
    ledger.ingest(
        Harvest(run="20261101T000000Z-0000", source_id="north", source=source, started=at, finished=at, lines=lines)
    )
    return ledger


def groups_in(build: list[int | None]) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for pk, group in enumerate(build, 1):
        if group is not None:
            found.setdefault(group, []).append(pk)
    return sorted(found.values())


def redirects(db: sqlite3.Connection) -> dict[int, int]:
    return dict(db.execute("SELECT id, redirect FROM provider_ids WHERE redirect IS NOT NULL"))


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_over_random_histories(tmp_path_factory, history):
    with ledger_at(tmp_path_factory.mktemp("history")) as ledger:
        begun: dict[int, int] = {}
        for build in history:
            groups = groups_in(build)
            had = dict(ledger.db.execute("SELECT pk, provider FROM listings WHERE provider IS NOT NULL"))
            before = redirects(ledger.db)
            numbers = assign_numbers(ledger.db, groups)
            given_to = dict(zip(numbers, groups, strict=True))
            firsts = dict(ledger.db.execute("SELECT id, first_listing FROM provider_ids"))

            assert len(set(numbers)) == len(groups), "two providers have one number"
            assert begun.items() <= firsts.items(), "a number has begun anew with another listing"
            assert all(number > max(begun, default=0) for number in firsts.keys() - begun.keys()), (
                "a new number is not the highest"
            )
            _larger_parts_keep_their_number(groups, numbers, had, before, redirects(ledger.db))
            assert all(final_number(redirects(ledger.db), number) == number for number in given_to), (
                "a number that is shown leads elsewhere"
            )
            begun = firsts


def _larger_parts_keep_their_number(groups, numbers, had, before, after) -> None:
    parts: dict[int, Counter[int]] = {}
    for place, group in enumerate(groups):
        for pk in group:
            if pk in had:
                parts.setdefault(final_number(before, had[pk]), Counter())[place] += 1
    kept: dict[int, list[int]] = {}
    for number, shares in parts.items():
        largest = max(shares.values())
        leads_to = final_number(after, number)
        holders = [place for place, share in shares.items() if share == largest]
        assert leads_to in [numbers[place] for place in holders], "the larger part has lost its number"
        kept.setdefault(leads_to, []).append(number)
    assert all(leads_to == min(merged) for leads_to, merged in kept.items()), "a merge did not keep the oldest number"


def test_what_a_person_undoes_gets_its_old_number_back(tmp_path):
    with ledger_at(tmp_path) as ledger:
        assert assign_numbers(ledger.db, [[1], [2]]) == [1, 2]
        assert assign_numbers(ledger.db, [[1, 2]]) == [1]
        assert redirects(ledger.db) == {2: 1}
        assert assign_numbers(ledger.db, [[1], [2]]) == [1, 2]
        assert redirects(ledger.db) == {}
        told = ledger.db.execute("SELECT provider, what, other FROM provider_changes ORDER BY id").fetchall()
        assert told == [(1, "merged", 2), (2, "split", 1)]
