"""Builds `ldn.db`: the same ledger gives the same bytes, and all dates come from the runs, none from the clock."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from ldn_directory.ledger import NEVER_CHECKED, Ledger, LedgerError, Standing, claims_of, standings
from ldn_directory.normalize.regions import country_named, region_named
from ldn_directory.places import Gazetteer

from .locating import without_homes
from .match import groups_of
from .merge import locations_of, provider_of
from .publish import BuildError, check, clean_up, compare, only_writer, publish
from .suppress import Suppressions
from .wordindex import write_index

_log = logging.getLogger(__name__)
MATCHED_FIELDS = ("name", "practice", "street", "postcode", "city", "register", "register_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was published."""

    providers: int
    listings: int
    path: Path


def build(
    ledger_path: Path,
    directory_path: Path,
    *,
    suppressions: Path | None = None,
    gazetteer: Path | None = None,
    keep: int = 5,
    allow_shrink: bool = False,
) -> Built:
    """Builds the directory and publishes it. Raises BuildError or LedgerError, and then nothing has changed.

    Without a gazetteer (None, no such file, one of another version) only the points that lists state are known.
    """
    if not ledger_path.exists():
        raise BuildError(f"there is no ledger at {ledger_path}: crawl first (ldn crawl)")
    folder = directory_path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder), Ledger.open(ledger_path) as ledger, _opened(gazetteer) as places:
            clean_up(directory_path)
            hidden = Suppressions.of(suppressions or folder / "suppressions.jsonl", folder)
            return _built(ledger, directory_path, hidden, places, keep=keep, allow_shrink=allow_shrink)
    except sqlite3.Error as error:
        raise BuildError(f"{directory_path}: {error}: nothing was published") from None
    except OSError as error:
        raise BuildError(f"{error.filename or directory_path}: {error.strerror}: nothing was published") from None


@contextmanager
def _opened(path: Path | None) -> Iterator[Gazetteer | None]:
    """The gazetteer, or None where there is none to be used: a directory without points is better than none."""
    try:
        found = Gazetteer.open(path) if path else None
    except (OSError, ValueError, sqlite3.Error) as error:
        _log.warning("places are not located: %s", error)
        found = None
    try:
        yield found
    finally:
        if found:
            found.close()


def _built(
    ledger: Ledger, live: Path, hidden: Suppressions, gazetteer: Gazetteer | None, *, keep: int, allow_shrink: bool
) -> Built:
    draft, packed = live.with_name(f".{live.stem}.building.db"), live.with_name(f".{live.stem}.building-packed.db")
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(files("ldn_directory.build").joinpath("directory.sql").read_text())
        db.execute("BEGIN")
        counts = _Filling(ledger, db, hidden, gazetteer).filled()
        db.execute("COMMIT")
        db.execute("VACUUM INTO ?", (str(packed),))
    draft.unlink()
    check(packed)
    if not allow_shrink:
        compare(packed, live)
    publish(packed, live, keep)
    return Built(providers=counts[0], listings=counts[1], path=live)


class _Filling:
    """Fills an empty directory from a ledger."""

    def __init__(
        self, ledger: Ledger, db: sqlite3.Connection, hidden: Suppressions, gazetteer: Gazetteer | None
    ) -> None:
        self.ledger, self.db, self.hidden, self.gazetteer = ledger.db, db, hidden, gazetteer
        self.run_dates = dict(self.ledger.execute("SELECT id, finished FROM runs"))
        self.looks = standings(self.ledger)
        self.rechecked = {row[0] for row in self.ledger.execute("SELECT id FROM sources WHERE json_extract(stated, '$.rechecked')")}
        self.last_run = dict(self.ledger.execute("SELECT source, max(id) FROM runs GROUP BY source"))

    def filled(self) -> tuple[int, int]:
        """(providers, listings) written."""
        self._runs_and_sources()
        groups = groups_of(self._matchable())
        identities = self._identities(groups)
        listings = 0
        for identity, group in sorted(zip(identities, groups, strict=True)):
            listings += self._write_provider(identity, self._listings(group))
        self._changes()
        self._summaries()
        return len(groups), listings

    def _runs_and_sources(self) -> None:
        self.db.executemany(
            "INSERT OR IGNORE INTO runs VALUES (?, ?, ?)",
            self.ledger.execute("SELECT run, min(started), max(finished) FROM runs GROUP BY run ORDER BY run"),
        )
        for source, stated in self.ledger.execute("SELECT id, stated FROM sources ORDER BY id").fetchall():
            said = json.loads(stated)
            read = self.ledger.execute(
                "SELECT min(finished), max(finished) FROM runs WHERE source = ?", (source,)
            ).fetchone()
            names = ("title", "publisher", "homepage", "terms", "licence", "evidence", "record_key", "every_days")
            self.db.execute(
                "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)", (source, *(said[n] for n in names), *read)
            )

    def _matchable(self) -> Iterator[dict[str, Any]]:
        rows = self.ledger.execute("SELECT pk, line FROM listings WHERE state <> 'gone' ORDER BY pk")
        for pk, line in rows:
            row = json.loads(line)
            if self.hidden.is_suppressed(row):
                continue
            yield {field: row.get(field) for field in MATCHED_FIELDS} | {"pk": pk, "phones": row.get("phones", ())}

    def _identities(self, groups: Sequence[Sequence[int]]) -> list[int]:
        """Each group's provider id: the oldest that one of its listings has had, else a new one."""
        known = dict(self.ledger.execute("SELECT pk, provider FROM listings WHERE provider IS NOT NULL"))
        taken: set[int] = set()
        identities: list[int] = []
        moved: list[tuple[int, int]] = []
        self.ledger.execute("BEGIN IMMEDIATE")
        try:
            for group in groups:
                had = sorted({known[pk] for pk in group if pk in known} - taken)
                identity = had[0] if had else self._new_identity(group[0])
                taken.add(identity)
                identities.append(identity)
                for old in had[1:]:
                    self.ledger.execute("UPDATE provider_ids SET redirect = ? WHERE id = ?", (identity, old))
                moved.extend((identity, pk) for pk in group if known.get(pk) != identity)
            self.ledger.executemany("UPDATE listings SET provider = ? WHERE pk = ?", moved)
            self.ledger.execute("COMMIT")
        except BaseException:
            self.ledger.execute("ROLLBACK")
            raise
        return identities

    def _new_identity(self, listing: int) -> int:
        return int(
            self.ledger.execute("INSERT INTO provider_ids (first_listing) VALUES (?)", (listing,)).lastrowid or 0
        )

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

    def _changes(self) -> None:
        """Changes of listings that are published; of gone ones only that they went, without their data."""
        rows = self.ledger.execute(
            "SELECT r.run, r.finished, l.source, l.id, l.provider, c.what, c.field, c.before, c.after, l.state"
            " FROM changes AS c JOIN runs AS r ON r.id = c.run JOIN listings AS l ON l.pk = c.listing ORDER BY c.id"
        )
        published = {listing for (listing,) in self.db.execute("SELECT id FROM listings")}
        self.db.executemany(
            "INSERT INTO changes (run, at, source, listing, provider, what, field, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (*row[:5], row[5], *(row[6:9] if row[3] in published else (None, None, None)))
                for row in rows
                if row[3] in published or row[9] == "gone"
            ),
        )
        self.db.executemany(
            "INSERT OR IGNORE INTO redirects SELECT ?, (SELECT id FROM providers WHERE id = ?), ?, ?", self._redirects()
        )

    def _redirects(self) -> list[tuple[Any, ...]]:
        shown = {identity for (identity,) in self.db.execute("SELECT id FROM providers")}
        latest = max(self.run_dates.values(), default="")
        found: list[tuple[Any, ...]] = []
        for old, target in self.ledger.execute("SELECT id, redirect FROM provider_ids ORDER BY id"):
            if old not in shown:
                found.append((old, target, "merged" if target in shown else "gone", latest))
        return found

    def _summaries(self) -> None:
        self.db.execute(
            "UPDATE sources SET listings = (SELECT count(*) FROM listings WHERE listings.source = sources.id)"
        )
        self._regions()
        write_index(self.db)
        if self.gazetteer:
            self.db.executemany(
                "INSERT INTO attributions VALUES (?, ?, ?, ?, ?, ?)",
                self.gazetteer.db.execute("SELECT * FROM attributions ORDER BY package"),
            )
        self.db.execute("INSERT INTO providers_fts (providers_fts) VALUES ('rebuild')")
        self.db.execute(
            "INSERT INTO locations_rtree SELECT id, latitude, latitude, longitude, longitude FROM locations"
            " WHERE latitude IS NOT NULL ORDER BY id"
        )
        self.db.execute("ANALYZE")

    def _regions(self) -> None:
        """The tree of places: a row for each country and each first-level region with providers, or served from afar."""
        self.db.execute(
            "INSERT INTO regions SELECT country_code, coalesce(max(country), country_code), country_code, '', count(*), 0"
            " FROM providers WHERE country_code IS NOT NULL GROUP BY country_code ORDER BY country_code"
        )
        self.db.execute(
            "INSERT OR IGNORE INTO regions SELECT region_code, coalesce(max(region), region_code), substr(region_code, 1, 2),"
            " '', count(*), 0 FROM providers WHERE region_code IS NOT NULL GROUP BY region_code ORDER BY region_code"
        )
        served = "SELECT region_code, max(region), country_code, count(*) FROM serves GROUP BY region_code ORDER BY region_code"
        for code, name, land, count in self.db.execute(served).fetchall():
            self.db.execute("INSERT OR IGNORE INTO regions VALUES (?, ?, ?, '', 0, 0)", (code, name, land))
            self.db.execute("UPDATE regions SET telehealth_providers = ? WHERE code = ?", (count, code))
        for (land,) in self.db.execute("SELECT DISTINCT country_code FROM regions").fetchall():
            name = getattr(country_named(land), "name", land)
            self.db.execute("UPDATE regions SET country = ? WHERE country_code = ?", (name, land))


def _chunks(keys: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(keys)
    while chunk := list(islice(rest, size)):
        yield chunk


__all__ = ["BuildError", "Built", "LedgerError", "build"]
