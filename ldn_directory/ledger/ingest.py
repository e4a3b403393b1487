"""Takes a harvest into the ledger: new listings are added, missing ones become unconfirmed, then gone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ldn_directory.model import Harvest

from .claims import claims_of
from .history import History

IsSuppressed = Callable[[Mapping[str, Any]], bool]
"""Whether a listing, as JSON values, must not enter the ledger."""
_STATED = ("title", "publisher", "homepage", "terms", "licence", "evidence", "record_key", "every_days", "rechecked")
"""What of a `Source` is kept in `sources.stated`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCounts:
    """How many listings a harvest added, changed and so on; `total` is the size of the harvest."""

    added: int = 0
    changed: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    gone: int = 0
    back: int = 0
    suppressed: int = 0
    total: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


class HarvestIngest:
    """The ingest of one harvest. `run` is its number in the ledger."""

    def __init__(self, db: sqlite3.Connection, harvest: Harvest, is_suppressed: IsSuppressed | None) -> None:
        self.db, self.harvest, self.is_suppressed = db, harvest, is_suppressed
        self.counts: Counter[str] = Counter()
        self.previous_run = self._fetch_value("SELECT max(id) FROM runs WHERE source = ?", harvest.source_id)
        # A key is never used again after its listing was erased: numbers of providers refer to it.
        used = (
            self._fetch_value("SELECT max(pk) FROM listings"),
            self._fetch_value("SELECT max(first_listing) FROM provider_ids"),
        )
        self.next_pk = 1 + max(last or 0 for last in used)
        self.new_listings: list[tuple[Any, ...]] = []
        self._write_source()
        self.run = self._write_run()
        self.history = History(db, self.run, self.previous_run)

    def _fetch_value(self, query: str, *values: Any) -> Any:
        return self.db.execute(query, values).fetchone()[0]

    def _write_source(self) -> None:
        stated = {name: getattr(self.harvest.source, name) for name in _STATED}
        self.db.execute(
            "INSERT INTO sources VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET stated = excluded.stated",
            (self.harvest.source_id, json.dumps(stated, sort_keys=True)),
        )

    def _write_run(self) -> int:
        harvest = self.harvest
        added = self.db.execute(
            "INSERT INTO runs (run, source, started, finished, listings, fill, changes)"
            " VALUES (?, ?, ?, ?, ?, ?, '{}')",
            (
                harvest.run,
                harvest.source_id,
                harvest.started,
                harvest.finished,
                len(harvest.lines),
                json.dumps(fill_rates(harvest.lines)),
            ),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def ingest(self) -> IngestCounts:
        """Writes everything. To be called once, within a transaction."""
        if self.harvest.source.rechecked:
            self._rename_corrected()
        query = "SELECT digest, pk FROM listings WHERE source = ? AND state = 'live'"
        live: dict[bytes, int] = dict(self.db.execute(query, (self.harvest.source_id,)))
        self._mark_missing(self._ingest_present(live))
        self.db.executemany(
            "INSERT INTO listings (pk, id, source, digest, line, state, first_run) VALUES (?, ?, ?, ?, ?, 'live', ?)",
            self.new_listings,
        )
        self.history.write()
        counts = IngestCounts(total=len(self.harvest.lines), **self.counts)
        self.db.execute("UPDATE runs SET changes = ? WHERE id = ?", (json.dumps(counts.as_json()), self.run))
        return counts

    def _ingest_present(self, live: Mapping[bytes, int]) -> set[int]:
        """Ingests the listings of the harvest that are new or changed. Returns the keys of all its listings."""
        present: set[int] = set()
        for line in self.harvest.lines:
            digest = hashlib.blake2b(line, digest_size=16).digest()
            if (unchanged := live.get(digest)) is not None:
                present.add(unchanged)
                continue
            row = json.loads(line)
            if self.is_suppressed and self.is_suppressed(row):
                self.counts["suppressed"] += 1
                continue
            present.add(self._ingest_listing(row, line, digest))
        self.counts["confirmed"] += len(present) - self.counts["added"] - self.counts["changed"] - self.counts["back"]
        return present

    def _ingest_listing(self, row: Mapping[str, Any], line: bytes, digest: bytes) -> int:
        stored = self.db.execute("SELECT pk, state, line FROM listings WHERE id = ?", (row["id"],)).fetchone()
        if stored is None:
            return self._add_listing(row, line, digest)
        pk, state, old_line = stored
        is_back = state == "gone"
        if is_back:
            self.counts["back"] += 1
            self.history.add_change(pk, "back")
            self.history.begin_claims(pk, row, claims_of(row))
        elif state == "unconfirmed":
            self.history.add_change(pk, "confirmed again")
        if old_line.encode() != line:
            self.counts["changed"] += not is_back
            self.history.add_differences(pk, json.loads(old_line), row, is_back=is_back)
        self.db.execute(
            "UPDATE listings SET digest = ?, line = ?, state = 'live', confirmed_run = NULL WHERE pk = ?",
            (digest, line.decode(), pk),
        )
        return int(pk)

    def _add_listing(self, row: Mapping[str, Any], line: bytes, digest: bytes) -> int:
        pk = self.next_pk
        self.next_pk += 1
        self.counts["added"] += 1
        self.new_listings.append((pk, row["id"], self.harvest.source_id, digest, line.decode(), self.run))
        self.history.begin_claims(pk, row, claims_of(row))
        self.history.add_change(pk, "added", after=row.get("name"))
        return pk

    def _rename_corrected(self) -> None:
        """Gives a listing its new id where a row of a list that is kept here was corrected, so that it stays the same.

        It is recognised by its website or page, if no other listing that is missing has these.
        """
        rows = {row["id"]: row for row in map(json.loads, self.harvest.lines)}
        missing: dict[str, set[int]] = {}
        for pk, listing, line in self.db.execute(
            "SELECT pk, id, line FROM listings WHERE source = ? AND state <> 'gone'", (self.harvest.source_id,)
        ).fetchall():
            if listing not in rows:
                for mark in _marks(json.loads(line)):
                    missing.setdefault(mark, set()).add(pk)
        for listing, row in rows.items():
            found = {pk for mark in _marks(row) for pk in missing.get(mark, ())}
            known = self._fetch_value("SELECT count(*) FROM listings WHERE id = ?", listing)
            if len(found) == 1 and not known:
                self.db.execute("UPDATE listings SET id = ? WHERE pk = ?", (listing, *found))

    def _mark_missing(self, present: set[int]) -> None:
        """A listing that is missing once becomes unconfirmed; missing twice, gone.

        What a person has taken out of a list that is kept here is gone at once. It is not missing while its row is
        there but cannot be used.
        """
        rows = self.db.execute(
            "SELECT pk, state FROM listings WHERE source = ? AND state <> 'gone'", (self.harvest.source_id,)
        ).fetchall()
        missing = [(pk, state) for pk, state in rows if pk not in present]
        if self.harvest.source.rechecked and missing:
            missing = [(pk, "removed") for pk, _ in missing if not self._is_left_out(pk)]
        for pk, state in missing:
            self._mark_unconfirmed(pk) if state == "live" else self._mark_gone(pk)

    def _is_left_out(self, pk: int) -> bool:
        marks = _marks(json.loads(self._fetch_value("SELECT line FROM listings WHERE pk = ?", pk)))
        return any(mark in text.casefold() for mark in marks for text in self.harvest.left_out)

    def _mark_unconfirmed(self, pk: int) -> None:
        self.counts["unconfirmed"] += 1
        self.history.add_change(pk, "unconfirmed")
        self.db.execute(
            "UPDATE listings SET state = 'unconfirmed', confirmed_run = ? WHERE pk = ?", (self.previous_run, pk)
        )

    def _mark_gone(self, pk: int) -> None:
        self.counts["gone"] += 1
        self.history.add_change(pk, "gone")
        self.history.end_all_claims(pk)
        self.db.execute("UPDATE listings SET state = 'gone' WHERE pk = ?", (pk,))


def _marks(row: Mapping[str, Any]) -> set[str]:
    """What an entry is recognised by when its id has changed or its row cannot be used."""
    return {str(row[name]).casefold() for name in ("page", "website") if row.get(name)}


def fill_rates(lines: Iterable[bytes]) -> dict[str, float]:
    """The share of listings with a name, a phone, a region. Canonical JSON need not be parsed for that."""
    marks = {"name": b'"name":', "phone": b'"phones":[{', "region": b'"region'}
    counts: Counter[str] = Counter()
    total = 0
    for line in lines:
        total += 1
        counts.update(name for name, mark in marks.items() if mark in line)
    return {name: round(counts[name] / max(1, total), 4) for name in marks}
