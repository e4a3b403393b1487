"""Takes a harvest into the ledger: new listings are added, missing ones become unconfirmed, then gone."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ldn_directory.model import Harvest, line_of

from .claims import Row, claims_of
from .first_ids import with_first_ids
from .harvest_diff import MARKS
from .history import History
from .renewed_keys import find_renewed

IsSuppressed = Callable[[Mapping[str, Any]], bool]
"""Whether a listing, as JSON values, must not enter the ledger."""
_STATED = (
    *("title", "publisher", "homepage", "terms", "licence", "evidence", "record_key", "every_days", "rechecked"),
    "completes",
)
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
        self.run = self._write_run(self._write_source())
        self.history = History(db, self.run, self.previous_run)

    def _fetch_value(self, query: str, *values: Any) -> Any:
        return self.db.execute(query, values).fetchone()[0]

    def _write_source(self) -> str | None:
        """Writes what the source states about itself. Returns what it stated before; None if it is new."""
        stated = {name: getattr(self.harvest.source, name) for name in _STATED}
        before = self.db.execute("SELECT stated FROM sources WHERE id = ?", (self.harvest.source_id,)).fetchone()
        self.db.execute(
            "INSERT INTO sources VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET stated = excluded.stated",
            (self.harvest.source_id, json.dumps(stated, sort_keys=True)),
        )
        return before[0] if before else None

    def _write_run(self, stated_before: str | None) -> int:
        harvest = self.harvest
        added = self.db.execute(
            "INSERT INTO all_runs (run, source, started, finished, listings, fill, changes, stated_before)"
            " VALUES (?, ?, ?, ?, ?, ?, '{}', ?)",
            (
                harvest.run,
                harvest.source_id,
                harvest.started,
                harvest.finished,
                len(harvest.lines),
                json.dumps(fill_rates(harvest.lines)),
                stated_before,
            ),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def ingest(self) -> IngestCounts:
        """Writes everything. To be called once, within a transaction."""
        query = "SELECT digest, pk FROM listings WHERE source = ? AND state = 'live'"
        live: dict[bytes, int] = dict(self.db.execute(query, (self.harvest.source_id,)))
        present, unknown = self._ingest_known(live)
        self._mark_missing(present | self._ingest_unknown(unknown, present))
        self.db.executemany(
            "INSERT INTO listings (pk, id, source, digest, line, state, first_run) VALUES (?, ?, ?, ?, ?, 'live', ?)",
            self.new_listings,
        )
        self.history.write()
        counts = IngestCounts(total=len(self.harvest.lines), **self.counts)
        self.db.execute("UPDATE all_runs SET changes = ? WHERE id = ?", (json.dumps(counts.as_json()), self.run))
        return counts

    def _ingest_known(self, live: Mapping[bytes, int]) -> tuple[set[int], dict[str, tuple[Row, bytes]]]:
        """Ingests what is changed of the known listings. Returns the keys of all of these, and the others by id."""
        present: set[int] = set()
        unknown: dict[str, tuple[Row, bytes]] = {}
        for line in with_first_ids(self.db, self.harvest.source_id, self.harvest.lines):
            digest = line_digest(line)
            if (unchanged := live.get(digest)) is not None:
                present.add(unchanged)
                continue
            row = json.loads(line)
            if self.is_suppressed and self.is_suppressed(row):
                self.counts["suppressed"] += 1
            elif (pk := self._ingest_listing(row, line)) is not None:
                present.add(pk)
            else:
                unknown[row["id"]] = row, line
        self.counts["confirmed"] += len(present) - self.counts["changed"] - self.counts["back"]
        return present, unknown

    def _ingest_unknown(self, unknown: Mapping[str, tuple[Row, bytes]], present: Container[int]) -> set[int]:
        """Ingests listings whose ids are not known: those of people who had another id before keep that one."""
        renewed = self._renewed([row for row, _ in unknown.values()], present) if unknown else {}
        keys: set[int] = set()
        for id, (row, line) in unknown.items():
            if id in renewed:
                changed = self.counts["changed"]
                first = {**row, **renewed[id]}
                if (pk := self._ingest_listing(first, line_of(first))) is not None:
                    keys.add(pk)
                self.counts["confirmed"] += self.counts["changed"] == changed
            else:
                self._add_listing(row, line)
        self._write_renewed(renewed)
        return keys

    def _renewed(self, unknown: Sequence[Row], present: Container[int]) -> dict[str, dict[str, str]]:
        """New id -> the `id` and `key` that the same people had before, of those who are missing otherwise."""
        query = "SELECT pk, line FROM listings WHERE source = ? AND state <> 'gone' ORDER BY id"
        stored = self.db.execute(query, (self.harvest.source_id,)).fetchall()
        missing = {row["id"]: row for row in (json.loads(line) for pk, line in stored if pk not in present)}
        if not missing:
            return {}
        kept = (json.loads(line) for pk, line in stored if pk in present)
        pairs = find_renewed(list(missing.values()), unknown, lambda: kept)
        return {new: {"id": old, "key": missing[old]["key"]} for new, old in pairs.items()}

    def _write_renewed(self, renewed: Mapping[str, Mapping[str, str]]) -> None:
        self.db.executemany(
            "INSERT OR REPLACE INTO listing_keys SELECT ?, pk, ? FROM listings WHERE id = ?",
            ((new, self.run, first["id"]) for new, first in renewed.items()),
        )

    def _ingest_listing(self, row: Row, line: bytes) -> int | None:
        """Ingests what a listing says now. Returns its key; None if it is not known."""
        stored = self.db.execute(
            "SELECT pk, state, confirmed_run, digest, line FROM listings WHERE id = ?", (row["id"],)
        ).fetchone()
        if stored is None:
            return None
        pk, state, confirmed, *before = stored
        old_line = before[1]
        self.history.keep_former(pk, state, confirmed, *(before if old_line.encode() != line else ()))
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
            "UPDATE listings SET digest = ?, line = ?, state = 'live', confirmed_run = NULL, first_run ="
            # A listing that only a run brought which was taken back is first seen now.
            " iif(first_run IN (SELECT id FROM all_runs WHERE undone_by IS NOT NULL), ?, first_run) WHERE pk = ?",
            (line_digest(line), line.decode(), self.run, pk),
        )
        return int(pk)

    def _add_listing(self, row: Row, line: bytes) -> None:
        pk = self.next_pk
        self.next_pk += 1
        self.counts["added"] += 1
        self.new_listings.append((pk, row["id"], self.harvest.source_id, line_digest(line), line.decode(), self.run))
        self.history.begin_claims(pk, row, claims_of(row))
        self.history.add_change(pk, "added", after=row.get("name"))

    def _mark_missing(self, present: set[int]) -> None:
        """A listing that is missing once becomes unconfirmed; missing twice, gone.

        What a person has taken out of a list that is kept here is gone at once. It is not missing while its row is
        there but cannot be used.
        """
        rows = self.db.execute(
            "SELECT pk, state, confirmed_run FROM listings WHERE source = ? AND state <> 'gone'",
            (self.harvest.source_id,),
        ).fetchall()
        missing = [row for row in rows if row[0] not in present]
        is_kept_here = self.harvest.source.rechecked
        for pk, state, confirmed in missing:
            if is_kept_here and self._is_left_out(pk):
                continue
            if state == "unconfirmed" and self._is_unread(pk):
                continue
            self.history.keep_former(pk, state, confirmed)
            self._mark_unconfirmed(pk) if state == "live" and not is_kept_here else self._mark_gone(pk)

    def _is_left_out(self, pk: int) -> bool:
        marks = _marks(json.loads(self._fetch_value("SELECT line FROM listings WHERE pk = ?", pk)))
        cell = re.compile(rf"(?:{'|'.join(map(re.escape, marks)) or '(?!)'})/?(?![^\s,;\"])", re.IGNORECASE)
        return any(map(cell.search, self.harvest.left_out))

    def _is_unread(self, pk: int) -> bool:
        """Whether the entry's site gave no answer, so that nothing is known of it now."""
        if not self.harvest.not_read:
            return False
        line = self._fetch_value("SELECT line FROM listings WHERE pk = ?", pk)
        return json.loads(line).get("organisation") in self.harvest.not_read

    def _mark_unconfirmed(self, pk: int) -> None:
        self.counts["unconfirmed"] += 1
        self.history.add_change(pk, "unconfirmed")
        self.db.execute(
            "UPDATE listings SET state = 'unconfirmed', confirmed_run = ? WHERE pk = ?", (self.previous_run, pk)
        )

    def _mark_gone(self, pk: int) -> None:
        self.counts["gone"] += 1
        self.history.add_change(pk, "gone")
        self.db.execute(
            "UPDATE listings SET state = 'gone', confirmed_run = coalesce(confirmed_run, ?) WHERE pk = ?",
            (self.previous_run, pk),
        )
        self.history.end_all_claims(pk)


def _marks(row: Row) -> set[str]:
    """What an entry is recognised by when its row cannot be used."""
    return {str(row[name]) for name in ("page", "website") if row.get(name)}


def fill_rates(lines: Iterable[bytes]) -> dict[str, float]:
    """The share of listings that have each gated field. Canonical JSON need not be parsed for that."""
    counts: Counter[str] = Counter()
    total = 0
    for line in lines:
        total += 1
        counts.update(name for name, mark in _FILLED.items() if mark in line)
    return {name: round(counts[name] / max(1, total), 4) for name in _FILLED}


_FILLED = MARKS | {"region": b'"region'}


def line_digest(line: bytes) -> bytes:
    """The hash by which an unchanged listing is recognised."""
    return hashlib.blake2b(line, digest_size=16).digest()
