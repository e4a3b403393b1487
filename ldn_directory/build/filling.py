"""Writes providers, with their places and listings and what each listing says, into an empty directory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ldn_directory.ledger import NEVER_CHECKED, Standing, claims_of, standings
from ldn_directory.normalize.regions import country_named, region_named
from ldn_directory.places import Gazetteer

from .locating import without_homes
from .merge import locations_of, provider_of


class Filling:
    """Fills the tables of providers in a directory from a ledger."""

    def __init__(self, ledger: sqlite3.Connection, db: sqlite3.Connection, gazetteer: Gazetteer | None) -> None:
        self.ledger, self.db, self.gazetteer = ledger, db, gazetteer
        self.run_dates = dict(ledger.execute("SELECT id, finished FROM runs"))
        self.looks = standings(ledger)
        self.rechecked = {row[0] for row in ledger.execute("SELECT id FROM sources WHERE json_extract(stated, '$.rechecked')")}
        self.last_run = dict(ledger.execute("SELECT source, max(id) FROM runs GROUP BY source"))

    def fill(self, numbered: Sequence[tuple[int, Sequence[int]]]) -> int:
        """Writes the providers, given as (number, keys of its listings) in the order of the numbers; gives how many listings."""
        return sum(self._write_provider(identity, self._listings(group)) for identity, group in numbered)

    def _listings(self, group: Sequence[int]) -> list[dict[str, Any]]:
        found = []
        for chunk in _chunks(group, 500):
            marks = ",".join("?" * len(chunk))
            found += self.ledger.execute(
                f"SELECT pk, line, source, state, first_run, confirmed_run FROM listings WHERE pk IN ({marks}) ORDER BY pk", chunk
            ).fetchall()
        return [self._listing(*row) for row in found]

    def _listing(self, pk: int, line: str, source: str, state: str, first: int, confirmed: int | None) -> dict[str, Any]:
        last = self.last_run[source] if state == "live" else confirmed or first
        row: dict[str, Any] = json.loads(line) | {
            "pk": pk, "status": "confirmed" if state == "live" else "unconfirmed", "unconfirmed_because": None,
            "first_seen": self.run_dates[first], "last_confirmed": self.run_dates[last],
        }  # fmt: skip
        return row | self._by_its_page(row) if source in self.rechecked else row

    def _by_its_page(self, row: dict[str, Any]) -> dict[str, Any]:
        """What looks at the evidence page say of a listing: that the list was read confirms nothing that the page may have lost."""
        look = self.looks.get(row["pk"], Standing(because=NEVER_CHECKED))
        status = row["status"]
        if look.because and status == "confirmed":
            status = "unchecked" if look.because == NEVER_CHECKED else "unconfirmed"
        return {"last_confirmed": look.confirmed or row["first_seen"], "status": status, "unconfirmed_because": look.because}

    def _write_provider(self, identity: int, rows: list[dict[str, Any]]) -> int:
        provider, shown_by = provider_of(identity, rows, self.gazetteer)
        self._insert("providers", provider)
        for place in locations_of(identity, rows, self.gazetteer):
            self._insert("locations", place)
        served = {code: None for row in rows for code in row.get("serves", ())}
        for code in served:
            self._write_serves(identity, code)
        for row in rows:
            self._write_listing(identity, row, shown_by)
        return len(rows)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = sorted(row)
        marks = ", ".join("?" * len(names))
        self.db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [row[name] for name in names])

    def _write_serves(self, identity: int, code: str) -> None:
        region = region_named(code)
        land = country_named(region.country_code if region else code)
        if land:
            name = region.name if region else land.name
            self.db.execute("INSERT INTO serves VALUES (?, ?, ?, ?)", (identity, code, name, land.code))

    def _write_listing(self, identity: int, row: dict[str, Any], shown_by: dict[str, dict[str, Any]]) -> None:
        self.db.execute(
            "INSERT INTO listings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row["id"], identity, row["source"], row["page"], row["evidence"], row.get("name"), row.get("text"),
                row["first_seen"], row["last_confirmed"], row["status"], row["unconfirmed_because"],
            ),
        )  # fmt: skip
        begun = {
            (field, value): (page, self.run_dates[first])
            for field, value, page, first in self.ledger.execute(
                "SELECT field, value, page, first_run FROM claims WHERE listing = ? AND last_run IS NULL", (row["pk"],)
            )
        }
        claims = []
        for field, value, written in without_homes(claims_of(row), row):
            page, since = begun.get((field, value), (row["page"], row["first_seen"]))
            shown = int(shown_by.get(field, {}).get("pk") == row["pk"])
            claims.append(
                (row["id"], identity, row["source"], field, value, written, page, since, row["last_confirmed"], shown)
            )
        self.db.executemany(
            "INSERT INTO claims (listing, provider, source, field, value, written, page, first_seen, last_confirmed, shown)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            claims,
        )


def _chunks(keys: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk
