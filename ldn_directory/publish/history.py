"""Writes the changes, and the redirects of numbers that are no longer shown.

A published change has the same number in every build. Numbers rise in the order in which the ledger learned of the
changes, so a reader who follows them meets each once. Dates never fall while numbers rise.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any, NamedTuple

from ldn_directory.ledger import final_number, transaction
from ldn_directory.normalize.streets import same_city, same_postcode, same_street

STEP = 1 << 22
"""The distance between changes of listings, with room for changes of providers. JSON's numbers hold 2^31 of them."""
_PLACE: dict[str, Callable[[str, str], bool]] = {
    "street": same_street,
    "city": same_city,
    "region": same_city,
    "postcode": same_postcode,
}
_PLACE_FIELDS = (*_PLACE, "address", "region_code", "country", "country_code")
Redirects = dict[int, int]
"""The number of a provider that was merged -> the number of the other."""
_NOT_PUBLISHED = ("latitude", "longitude")
"""Points of addresses that look like homes are not shown, and so must not show in the history either."""


class Change(NamedTuple):
    """A change of a listing as the ledger has it; `run` is the ledger's number of the run."""

    id: int
    run: int
    listing: str
    source: str
    provider: int | None
    what: str
    field: str | None
    before: str | None
    after: str | None


_LISTING_CHANGES = """
SELECT c.id, c.run, l.id, l.source, l.provider, c.what, c.field, c.before, c.after
FROM changes AS c CROSS JOIN listings AS l ON l.pk = c.listing
WHERE l.provider IS NULL OR l.provider NOT IN (SELECT provider FROM forgotten)
ORDER BY c.id
"""
# Of a listing that is not published only the number and date of its coming and going are.
_INSERT_CHANGE = """
INSERT INTO changes (id, run, at, source, listing, provider, what, field, before, after, country_code, region_code)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7,
       iif(l.id IS NULL, NULL, ?8), iif(l.id IS NULL, NULL, ?9), iif(l.id IS NULL, NULL, ?10),
       p.country_code, p.region_code
FROM (SELECT 1) LEFT JOIN listings AS l ON l.id = ?5 LEFT JOIN providers AS p ON p.id = ?6
WHERE l.id IS NOT NULL OR (?11 AND ?7 NOT IN ('changed', 'moved'))
"""
_PROVIDER_CHANGES = """
SELECT a.number, c.run, c.provider, c.what, c.other FROM announced AS a JOIN provider_changes AS c ON c.id = a.key
WHERE a.part = 'provider'
  AND c.provider NOT IN (SELECT provider FROM forgotten) AND c.other NOT IN (SELECT provider FROM forgotten)
ORDER BY a.number
"""


def write_changes(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """Writes the changes of listings and providers. Of listings that have gone it is published only that they went."""
    _number_provider_changes(ledger)
    dates = _Dates(ledger)
    redirects = dict(ledger.execute("SELECT id, redirect FROM provider_ids WHERE redirect IS NOT NULL"))
    runs = dict(ledger.execute("SELECT id, run FROM runs"))
    with _without_indexes(db):
        _write_listing_changes(ledger, db, dates, redirects, runs)
        _write_provider_changes(ledger, db, dates, redirects, runs)


def _write_listing_changes(
    ledger: sqlite3.Connection, db: sqlite3.Connection, dates: _Dates, redirects: Redirects, runs: dict[int, str]
) -> None:
    gone = {listing for (listing,) in ledger.execute("SELECT id FROM listings WHERE state = 'gone'")}
    db.executemany(
        _INSERT_CHANGE,
        (
            (
                one.id * STEP,
                runs.get(one.run),
                dates.of_run[one.run],
                one.source,
                one.listing,
                one.provider and final_number(redirects, one.provider),
                one.what,
                one.field,
                one.before,
                one.after,
                one.listing in gone,
            )
            for one in join_moves(map(Change._make, ledger.execute(_LISTING_CHANGES)))
        ),
    )


def _write_provider_changes(
    ledger: sqlite3.Connection, db: sqlite3.Connection, dates: _Dates, redirects: Redirects, runs: dict[int, str]
) -> None:
    db.executemany(
        "INSERT INTO changes (id, run, at, provider, what, other, country_code, region_code)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, p.country_code, p.region_code"
        " FROM (SELECT 1) LEFT JOIN providers AS p ON p.id = ?4",
        (
            (number, runs.get(run), dates.of_number[number], final_number(redirects, provider), what, other)
            for number, run, provider, what, other in ledger.execute(_PROVIDER_CHANGES)
        ),
    )
    db.executemany(
        "INSERT INTO changes (id, at, provider, what) VALUES (?, ?, ?, 'forgotten')",
        (
            (number, dates.of_number[number], key)
            for number, key in ledger.execute(
                "SELECT number, key FROM announced WHERE part = 'forgotten'"
                " AND key IN (SELECT provider FROM forgotten) ORDER BY number"
            )
        ),
    )


@contextmanager
def _without_indexes(db: sqlite3.Connection) -> Iterator[None]:
    """Drops the indexes of `changes` and creates them after the block, which is much faster than updating them."""
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'changes' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        db.execute(sql)


def _number_provider_changes(ledger: sqlite3.Connection) -> None:
    """Numbers the changes of providers since the last build, after all changes that are known already."""
    new = ledger.execute(
        "SELECT 'provider', id FROM provider_changes"
        " WHERE id NOT IN (SELECT key FROM announced WHERE part = 'provider')"
        " UNION ALL SELECT 'forgotten', provider FROM forgotten"
        " WHERE provider NOT IN (SELECT key FROM announced WHERE part = 'forgotten')"
        " ORDER BY 1 DESC, 2"
    ).fetchall()
    run = ledger.execute("SELECT max(id) FROM all_runs").fetchone()[0]
    if not new or run is None:
        return
    last = ledger.execute(
        "SELECT max(coalesce((SELECT max(number) FROM announced), 0),"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0) * ?)",
        (STEP,),
    ).fetchone()[0]
    with transaction(ledger):
        ledger.executemany(
            "INSERT INTO announced VALUES (?, ?, ?, ?)", ((last + n, *one, run) for n, one in enumerate(new, 1))
        )


class _Dates:
    """The dates of changes: when their run ended, or a run that the ledger took before it, if that ended later.

    A run that was taken back is dated no later than that: its clock may have been wrong.
    """

    def __init__(self, ledger: sqlite3.Connection) -> None:
        self.of_run: dict[int, str] = {}
        self.of_number: dict[int, str] = {}
        latest = ""
        for run, number, at in ledger.execute(
            "SELECT r.id, NULL, min(r.finished, coalesce(u.finished, r.finished)) FROM all_runs AS r"
            " LEFT JOIN all_runs AS u ON u.id = r.undone_by UNION ALL"
            " SELECT a.run, a.number, coalesce(f.since, '') FROM announced AS a"
            " LEFT JOIN forgotten AS f ON a.part = 'forgotten' AND f.provider = a.key ORDER BY 1, 2"
        ):
            latest = max(latest, at if len(at) != len("2026-11-01") else f"{at}T00:00:00Z")
            if number is None:
                self.of_run[run] = latest
            else:
                self.of_number[number] = latest


def join_moves(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, with those of a listing's place as one `moved`. Changes of points are left out."""
    for _, found in groupby(changes, key=lambda change: (change.run, change.listing)):
        rows = [change for change in found if change.field not in _NOT_PUBLISHED]
        place = {
            change.field or "": change for change in rows if change.what == "changed" and change.field in _PLACE_FIELDS
        }
        if not any(_is_move(place[part]) for part in _PLACE if part in place):
            yield from rows
            continue
        first = next(iter(place.values()))
        moved = first._replace(
            what="moved", field="address", before=_format_place(place, "before"), after=_format_place(place, "after")
        )
        yield from (
            moved if change is first else change for change in rows if change is first or change not in place.values()
        )


def _is_move(change: Change) -> bool:
    """Whether the place was stated before and after, and is not the same written differently."""
    assert change.field is not None
    return bool(change.before and change.after) and not _PLACE[change.field](change.before or "", change.after or "")


def _format_place(place: Mapping[str, Change], when: str) -> str | None:
    """The address as written, if it changed; else the parts of the place that did."""
    if "address" in place and (address := getattr(place["address"], when)):
        return str(address)
    parts = (getattr(place[part], when) for part in ("street", "city", "region", "postcode") if part in place)
    return ", ".join(part for part in parts if part) or None


def write_redirects(ledger: sqlite3.Connection, db: sqlite3.Connection, latest: str) -> None:
    """Writes the numbers without a page: merged, gone or forgotten. `latest` is the date of the newest run, UTC."""
    shown = {identity for (identity,) in db.execute("SELECT id FROM providers")}
    redirects = dict(ledger.execute("SELECT id, redirect FROM provider_ids"))
    forgotten = dict(ledger.execute("SELECT provider, since FROM forgotten"))
    found: list[tuple[Any, ...]] = []
    for old in sorted({*redirects, *forgotten} - shown):
        target = final_number(redirects, old)
        if target in shown and old not in forgotten:
            found.append((old, target, "merged", latest))
        elif since := forgotten.get(old) or forgotten.get(target):
            found.append((old, None, "forgotten", since))
        else:
            found.append((old, None, "gone", latest))
    db.executemany("INSERT INTO redirects VALUES (?, ?, ?, ?)", found)
