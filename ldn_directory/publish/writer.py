"""Writes providers with their locations, listings and claims into a directory."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ldn_directory.ledger import (
    NEVER_CHECKED,
    RecheckStatus,
    claims_of,
    page_of,
    recheck_statuses,
    select_listings,
)
from ldn_directory.model import Fact
from ldn_directory.normalize.regions import country_named, region_named
from ldn_directory.places import Gazetteer

from .locations import without_homes
from .merge import merge_locations, merge_provider

PER_PROVIDER = 1 << 20
"""Locations and claims are numbered from their provider's number times this, so other providers do not affect them."""
_CHUNK = 500
_LISTINGS = (
    "SELECT l.pk, l.line, l.source, l.state, l.first_run, l.confirmed_run"
    " FROM wanted AS w CROSS JOIN listings AS l ON l.pk = w.pk"
)
_FIRST_CLAIMS = (
    "SELECT c.listing, c.field, c.value, c.page, c.first_run"
    " FROM wanted AS w CROSS JOIN claims AS c ON c.listing = w.pk WHERE c.last_run IS NULL"
)
_INSERT_CLAIM = (
    "INSERT INTO claims (id, listing, provider, source, field, value, written, page, first_seen, last_confirmed, shown,"
    " noted_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_OF_LISTING = (
    *("source", "page", "evidence", "name", "text", "first_seen", "last_confirmed", "status", "unconfirmed_because"),
    *("noted_on", "grade", "current_as_of"),
)
"""What the table `listings` has of a listing, in the order of its columns, after the id and the provider's number."""

Row = dict[str, Any]
ProviderListings = tuple[int, Sequence[int]]
"""A provider's number and the keys of its listings."""
FirstClaims = Mapping[tuple[str, str], tuple[str, int]]
"""(field, value) -> the page and the run on which the listing first claimed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingStatus:
    """The status of a listing, and its dates (UTC)."""

    status: str
    reason: str | None
    """Why it is unconfirmed."""
    first_seen: str
    last_confirmed: str | None
    """None if a person noted it and no machine has seen its page yet."""
    claims: Mapping[Fact, tuple[str, str]] | None = None
    """When a check of its page first and last saw each claim. None: the list itself confirms them all."""


class ListingStatuses:
    """The status of every listing in a ledger."""

    def __init__(self, ledger: sqlite3.Connection) -> None:
        self.run_dates = dict(ledger.execute("SELECT id, finished FROM runs"))
        self.rechecks = recheck_statuses(ledger)
        self.rechecked_sources = {
            row[0] for row in ledger.execute("SELECT id FROM sources WHERE json_extract(stated, '$.rechecked')")
        }
        self.completing_sources = {
            row[0] for row in ledger.execute("SELECT id FROM sources WHERE json_extract(stated, '$.completes') <> ''")
        }
        self.last_runs = dict(ledger.execute("SELECT source, max(id) FROM runs GROUP BY source"))

    def status_of(self, pk: int, source: str, state: str, first: int, confirmed: int | None) -> ListingStatus:
        """The status of a row of the ledger's `listings`."""
        first_seen = self.run_dates[first]
        status = "confirmed" if state == "live" else "unconfirmed"
        if source in self.rechecked_sources:
            return self._rechecked_status(pk, status, first_seen)
        last = self.last_runs[source] if state == "live" else confirmed or first
        return ListingStatus(status=status, reason=None, first_seen=first_seen, last_confirmed=self.run_dates[last])

    def _rechecked_status(self, pk: int, status: str, first_seen: str) -> ListingStatus:
        """Of a source that is rechecked, only the check of its own evidence page confirms a listing."""
        check = self.rechecks.get(pk, RecheckStatus(reason=NEVER_CHECKED))
        if check.reason and status == "confirmed":
            status = "unchecked" if check.reason == NEVER_CHECKED else "unconfirmed"
        return ListingStatus(
            status=status,
            reason=check.reason,
            first_seen=first_seen,
            last_confirmed=check.confirmed,
            claims=check.claims,
        )


class ProviderWriter:
    """Writes the tables about providers in a directory from a ledger."""

    def __init__(
        self, ledger: sqlite3.Connection, db: sqlite3.Connection, statuses: ListingStatuses, gazetteer: Gazetteer | None
    ) -> None:
        self.ledger, self.db, self.statuses, self.gazetteer = ledger, db, statuses, gazetteer

    def write(self, providers: Iterable[ProviderListings]) -> None:
        """Writes the providers."""
        rest = iter(providers)
        while chunk := list(islice(rest, _CHUNK)):
            self._write_chunk(chunk)

    def _write_chunk(self, chunk: Sequence[ProviderListings]) -> None:
        rows, first_claims = self._read([pk for _, keys in chunk for pk in keys])
        tables: dict[str, list[Row]] = {"providers": [], "locations": []}
        serves: list[tuple[Any, ...]] = []
        listings: list[tuple[Any, ...]] = []
        claims: list[tuple[Any, ...]] = []
        for number, keys in chunk:
            of_provider = [rows[pk] for pk in sorted(keys)]
            provider, shown_by = merge_provider(number, of_provider, self.gazetteer)
            tables["providers"].append(provider)
            places = merge_locations(number, of_provider, self.gazetteer)
            tables["locations"] += [{"id": number * PER_PROVIDER + at, **place} for at, place in enumerate(places)]
            serves += _serves_rows(number, of_provider)
            listings += ((row["id"], number, *map(row.get, _OF_LISTING)) for row in of_provider)
            ids = iter(range(number * PER_PROVIDER, (number + 1) * PER_PROVIDER))
            for row in of_provider:
                rows_of_claims = self._claim_rows(number, row, shown_by, first_claims[row["pk"]])
                claims += ((next(ids), *claim) for claim in rows_of_claims)
        for table, values in tables.items():
            self._insert(table, values)
        self.db.executemany("INSERT INTO serves VALUES (?, ?, ?, ?)", serves)
        self.db.executemany(f"INSERT INTO listings VALUES ({', '.join('?' * 14)})", listings)
        self.db.executemany(_INSERT_CLAIM, claims)

    def _read(self, keys: Sequence[int]) -> tuple[dict[int, Row], Mapping[int, FirstClaims]]:
        """(listings by key, when and where each first claimed what it claims)."""
        select_listings(self.ledger, keys)
        rows = {}
        for pk, line, source, *stored in self.ledger.execute(_LISTINGS):
            one = self.statuses.status_of(pk, source, *stored)
            row = {"noted_on": None, "grade": None} | json.loads(line)
            rows[pk] = row | {
                "pk": pk,
                "status": one.status,
                "unconfirmed_because": one.reason,
                "first_seen": one.first_seen,
                "last_confirmed": one.last_confirmed,
                "current_as_of": max(one.last_confirmed or "", row["noted_on"] or "") or one.first_seen,
                "claims": one.claims,
                "completes": source in self.statuses.completing_sources,
            }
        first_claims: dict[int, dict[tuple[str, str], tuple[str, int]]] = defaultdict(dict)
        for pk, field, value, page, first in self.ledger.execute(_FIRST_CLAIMS):
            first_claims[pk][field, value] = page, first
        return rows, first_claims

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            names = sorted(rows[0])
            marks = ", ".join(f":{name}" for name in names)
            self.db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

    def _claim_rows(
        self, number: int, row: Row, shown_by: Mapping[str, Row], first_claims: FirstClaims
    ) -> Iterator[tuple[Any, ...]]:
        for field, value, written in without_homes(claims_of(row), row):
            page, first = first_claims.get((field, value), (page_of(row, field), None))
            since = self.statuses.run_dates[first] if first is not None else row["first_seen"]
            shown = int(shown_by.get(field, {}).get("pk") == row["pk"])
            confirmed = row["last_confirmed"]
            if row["claims"] is not None:
                since, confirmed = row["claims"].get((field, value), (since, None))
            yield (
                *(row["id"], number, row["source"], field, value, written, page, since, confirmed, shown),
                row["noted_on"],
            )


def _serves_rows(number: int, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    """The regions that a provider serves from afar."""
    for code in {code: None for row in rows for code in row.get("serves", ())}:
        region = region_named(code)
        country = country_named(region.country_code if region else code)
        if country:
            yield number, code, region.name if region else country.name, country.code
