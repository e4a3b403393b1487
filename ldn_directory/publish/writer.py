"""Writes providers, with their places and listings and what each listing says, into a directory."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ldn_directory.ledger import NEVER_CHECKED, RecheckStatus, claims_of, recheck_statuses, select_listings
from ldn_directory.normalize.regions import country_named, region_named
from ldn_directory.places import Gazetteer

from .locations import without_homes
from .merge import locations_of, provider_of

PER_PROVIDER = 1 << 20
"""Locations and claims are numbered from their provider's number times this, so that they keep theirs when other providers change."""
_CHUNK = 500
_LISTING = "SELECT l.pk, l.line, l.source, l.state, l.first_run, l.confirmed_run FROM wanted AS w CROSS JOIN listings AS l ON l.pk = w.pk"
_BEGUN = (
    "SELECT c.listing, c.field, c.value, c.page, c.first_run FROM wanted AS w CROSS JOIN claims AS c ON c.listing = w.pk"
    " WHERE c.last_run IS NULL"
)
_CLAIM = (
    "INSERT INTO claims (id, listing, provider, source, field, value, written, page, first_seen, last_confirmed, shown)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

Row = dict[str, Any]
Numbered = tuple[int, Sequence[int]]
"""A provider's number and the keys of its listings."""
Begun = Mapping[tuple[str, str], tuple[str, int]]
"""(field, value) -> the page and the run on which the listing first said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How a listing stands, apart from what it says."""

    status: str
    because: str | None
    """Why it is unconfirmed."""
    first_seen: str
    last_confirmed: str
    """UTC, as all dates."""


class Standings:
    """How all listings of a ledger stand."""

    def __init__(self, ledger: sqlite3.Connection) -> None:
        self.run_dates = dict(ledger.execute("SELECT id, finished FROM runs"))
        self.looks = recheck_statuses(ledger)
        self.rechecked = {
            row[0] for row in ledger.execute("SELECT id FROM sources WHERE json_extract(stated, '$.rechecked')")
        }
        self.last_run = dict(ledger.execute("SELECT source, max(id) FROM runs GROUP BY source"))

    def of(self, pk: int, source: str, state: str, first: int, confirmed: int | None) -> Stand:
        """How a row of the ledger's `listings` stands."""
        first_seen = self.run_dates[first]
        last = self.last_run[source] if state == "live" else confirmed or first
        status = "confirmed" if state == "live" else "unconfirmed"
        if source not in self.rechecked:
            return Stand(status=status, because=None, first_seen=first_seen, last_confirmed=self.run_dates[last])
        return self._by_its_page(pk, status, first_seen)

    def _by_its_page(self, pk: int, status: str, first_seen: str) -> Stand:
        """What looks at the evidence page say of a listing: that the list was read confirms nothing that the page may have lost."""
        look = self.looks.get(pk, RecheckStatus(reason=NEVER_CHECKED))
        if look.reason and status == "confirmed":
            status = "unchecked" if look.reason == NEVER_CHECKED else "unconfirmed"
        return Stand(
            status=status, because=look.reason, first_seen=first_seen, last_confirmed=look.confirmed or first_seen
        )


class Filling:
    """Fills the tables of providers in a directory from a ledger."""

    def __init__(
        self, ledger: sqlite3.Connection, db: sqlite3.Connection, stand: Standings, gazetteer: Gazetteer | None
    ) -> None:
        self.ledger, self.db, self.stand, self.gazetteer = ledger, db, stand, gazetteer

    def fill(self, numbered: Iterable[Numbered]) -> None:
        """Writes the providers."""
        rest = iter(numbered)
        while chunk := list(islice(rest, _CHUNK)):
            self._write(chunk)

    def _write(self, chunk: Sequence[Numbered]) -> None:
        rows, begun = self._read([pk for _, keys in chunk for pk in keys])
        tables: dict[str, list[Row]] = {"providers": [], "locations": []}
        served: list[tuple[Any, ...]] = []
        listings: list[tuple[Any, ...]] = []
        claims: list[tuple[Any, ...]] = []
        for identity, keys in chunk:
            said = [rows[pk] for pk in sorted(keys)]
            provider, shown_by = provider_of(identity, said, self.gazetteer)
            tables["providers"].append(provider)
            places = locations_of(identity, said, self.gazetteer)
            tables["locations"] += [{"id": identity * PER_PROVIDER + at, **place} for at, place in enumerate(places)]
            served += _served(identity, said)
            listings += (_listing(identity, row) for row in said)
            numbers = iter(range(identity * PER_PROVIDER, (identity + 1) * PER_PROVIDER))
            for row in said:
                claims += ((next(numbers), *claim) for claim in self._claims(identity, row, shown_by, begun[row["pk"]]))
        for table, values in tables.items():
            self._insert(table, values)
        self.db.executemany("INSERT INTO serves VALUES (?, ?, ?, ?)", served)
        self.db.executemany("INSERT INTO listings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", listings)
        self.db.executemany(_CLAIM, claims)

    def _read(self, keys: Sequence[int]) -> tuple[dict[int, Row], Mapping[int, Begun]]:
        """(listings by key, when and where each began to say what it says)."""
        select_listings(self.ledger, keys)
        rows = {}
        for pk, line, source, *stored in self.ledger.execute(_LISTING):
            stand = self.stand.of(pk, source, *stored)
            rows[pk] = json.loads(line) | {
                "pk": pk,
                "status": stand.status,
                "unconfirmed_because": stand.because,
                "first_seen": stand.first_seen,
                "last_confirmed": stand.last_confirmed,
            }
        begun: dict[int, dict[tuple[str, str], tuple[str, int]]] = defaultdict(dict)
        for pk, field, value, page, first in self.ledger.execute(_BEGUN):
            begun[pk][field, value] = page, first
        return rows, begun

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            names = sorted(rows[0])
            marks = ", ".join(f":{name}" for name in names)
            self.db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

    def _claims(self, identity: int, row: Row, shown_by: Mapping[str, Row], begun: Begun) -> Iterator[tuple[Any, ...]]:
        for field, value, written in without_homes(claims_of(row), row):
            page, first = begun.get((field, value), (row["page"], None))
            since = self.stand.run_dates[first] if first is not None else row["first_seen"]
            shown = int(shown_by.get(field, {}).get("pk") == row["pk"])
            yield row["id"], identity, row["source"], field, value, written, page, since, row["last_confirmed"], shown


def _listing(identity: int, row: Row) -> tuple[Any, ...]:
    return (
        row["id"],
        identity,
        row["source"],
        row["page"],
        row["evidence"],
        row.get("name"),
        row.get("text"),
        row["first_seen"],
        row["last_confirmed"],
        row["status"],
        row["unconfirmed_because"],
    )


def _served(identity: int, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """Rows of the regions in which a provider is reached from afar."""
    for code in {code: None for row in rows for code in row.get("serves", ())}:
        region = region_named(code)
        land = country_named(region.country_code if region else code)
        if land:
            yield identity, code, region.name if region else land.name, land.code
