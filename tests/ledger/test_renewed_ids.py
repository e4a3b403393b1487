"""The same people under new keys keep the id under which they were first seen, and their history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from ldn_directory.ledger import Ledger, compare_harvest
from ldn_directory.ledger.deletion import erase_listings
from ldn_directory.model import Evidence, Harvest, Source
from tests.ledger.test_harvest_diff import entry, phones

SOURCE = Source(title="Harbour list", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="row")
PEOPLE = range(6)


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


def take(ledger: Ledger, day: int, lines: Iterable[bytes]):
    at = f"2026-01-{day:02}T00:00:00Z"
    return ledger.ingest(
        Harvest(
            run=f"202601{day:02}T000000Z-0000",
            source_id="harbour",
            source=SOURCE,
            started=at,
            finished=at,
            lines=tuple(lines),
        )
    )


def listings(ledger: Ledger) -> list[tuple]:
    return ledger.db.execute(
        "SELECT id, json_extract(line, '$.id'), json_extract(line, '$.key'), json_extract(line, '$.name')"
        " FROM listings WHERE state = 'live' ORDER BY id"
    ).fetchall()


def renamed(*people: int, as_: str = "new-{}", **changed) -> list[bytes]:
    return [entry(number, as_.format(number), **changed) for number in people]


def test_a_list_numbered_anew_keeps_its_listings_in_this_and_every_later_harvest(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    before = listings(ledger)
    second = take(ledger, 2, renamed(*PEOPLE))
    assert (second.confirmed, second.added, second.changed, second.unconfirmed) == (6, 0, 0, 0)
    assert listings(ledger) == before
    third = take(ledger, 3, renamed(*PEOPLE))
    assert (third.confirmed, third.added) == (6, 0) and listings(ledger) == before


def test_a_second_renewal_is_followed_too(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    before = listings(ledger)
    take(ledger, 2, renamed(*PEOPLE))
    take(ledger, 3, renamed(*PEOPLE, as_="again-{}"))
    take(ledger, 4, renamed(*PEOPLE, as_="again-{}"))
    assert listings(ledger) == before


def test_old_keys_that_come_back_are_still_theirs(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    before = listings(ledger)
    take(ledger, 2, renamed(*PEOPLE))
    assert take(ledger, 3, map(entry, PEOPLE)).confirmed == 6 and listings(ledger) == before


def test_a_change_after_a_renewal_is_the_listing_s_change(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    take(ledger, 2, [*renamed(0, phones=phones(190)), *map(entry, PEOPLE[1:])])
    changes = ledger.db.execute("SELECT field, before, after FROM changes WHERE what = 'changed'").fetchall()
    assert changes == [("phone", "+15125550100", "+15125550190")]
    take(ledger, 3, [*renamed(0, phones=phones(191)), *map(entry, PEOPLE[1:])])
    assert ledger.db.execute("SELECT count(*) FROM listings").fetchone() == (6,)


def test_an_old_and_a_new_key_side_by_side_are_two_entries(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    take(ledger, 2, [*renamed(0), *map(entry, PEOPLE[1:])])
    take(ledger, 3, [*renamed(0), *map(entry, PEOPLE)])
    assert len(listings(ledger)) == 7
    take(ledger, 4, [*renamed(0), *map(entry, PEOPLE)])
    assert len(listings(ledger)) == 7


def test_what_is_compared_with_the_ledger_has_the_ids_that_it_has_there(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    take(ledger, 2, renamed(*PEOPLE))
    now = ledger.with_first_ids("harbour", [*renamed(*PEOPLE[1:]), entry(7)])
    diff = compare_harvest(ledger.known_lines("harbour"), now)
    assert [row["name"] for row in diff.gone] == ["Ada Roe"] and [row["name"] for row in diff.new] == ["Hanna Roe"]
    assert diff.rekeyed == {} and diff.changed == ()


def test_nothing_of_an_erased_listing_s_keys_is_left(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    take(ledger, 2, renamed(*PEOPLE))
    erase_listings(ledger.db, [1], "2026-01-03T00:00:00Z")
    assert ledger.db.execute("SELECT count(*) FROM listing_keys").fetchone() == (5,)


def test_who_leaves_after_a_renewal_becomes_unconfirmed_and_then_gone(ledger):
    take(ledger, 1, map(entry, PEOPLE))
    take(ledger, 2, renamed(*PEOPLE))
    assert take(ledger, 3, renamed(*PEOPLE[1:])).unconfirmed == 1
    assert take(ledger, 4, renamed(*PEOPLE[1:])).gone == 1
    assert take(ledger, 5, renamed(*PEOPLE)).back == 1
