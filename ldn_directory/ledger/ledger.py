"""What is asked of `ledger.db` and done with it, each time in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldn_directory.errors import LedgerError
from ldn_directory.model import Harvest
from ldn_directory.storage import format_time

from . import checks, retirement, undo
from .checks import Check, DuePage
from .connection import connect, connect_read_only, explain_errors, transaction
from .first_ids import with_first_ids
from .ingest import HarvestIngest, IngestCounts, IsSuppressed

_YEAR = (
    "FROM runs AS r WHERE source = ?1 AND id >= coalesce((SELECT max(a.run) FROM acceptances AS a JOIN runs AS own"
    " ON own.id = a.run WHERE own.source = ?1), 0) AND finished >= (SELECT"
    " strftime('%Y-%m-%dT%H:%M:%SZ', finished, '-365 days') FROM runs WHERE source = ?1 ORDER BY id DESC LIMIT 1)"
)
"""The harvests of a source in the year before its last one, since a person last accepted one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHarvest:
    """The last harvest of a source that the ledger took."""

    run: str
    finished: str
    listings: int
    fill: Mapping[str, float]
    accepted: int | None = None
    """The size of the harvest that a person last accepted, which from then on is the list's expected size."""
    evidence: str | None = None
    """What the source said then that its entries are evidence of (`model.Evidence`)."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """What that person accepted with it (`model.py:Harvest.measures`)."""
    most: int | None = None
    """The size of the largest harvest of the last year, since a person last accepted one."""
    most_fill: Mapping[str, float] = field(default_factory=dict)
    """Field -> the largest share of listings that had it in those harvests."""


class Ledger:
    """An open ledger; a context manager. One process writes at a time, others wait."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path, self.db = path, db

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Opens the ledger at `path`. Creates or migrates it if necessary. Raises LedgerError."""
        return cls(path, connect(path))

    @classmethod
    def open_read_only(cls, path: Path) -> Ledger:
        """Opens the ledger at `path` for reading, also in a folder that cannot be written. Raises LedgerError.

        A ledger of an older schema is migrated first, and so must be writable.
        """
        return cls(path, connect_read_only(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    def last_harvest(self, source_id: str) -> LastHarvest | None:
        """The last harvest of a source that was taken, or None."""
        row = self.db.execute(
            "SELECT r.run, r.finished, r.listings, r.fill, json_extract(s.stated, '$.evidence')"
            " FROM runs AS r JOIN sources AS s ON s.id = r.source WHERE r.source = ? ORDER BY r.id DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        if row is None:
            return None
        accepted = self.db.execute(
            "SELECT r.listings, coalesce(m.measures, '{}') FROM acceptances AS a JOIN runs AS r ON r.id = a.run"
            " LEFT JOIN accepted_measures AS m ON m.run = a.run WHERE r.source = ? ORDER BY r.id DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        year = self.db.execute(f"SELECT listings, fill {_YEAR}", (source_id,)).fetchall()
        fills = [json.loads(fill) for _, fill in year]
        return LastHarvest(
            run=row[0],
            finished=row[1],
            listings=row[2],
            fill=json.loads(row[3]),
            accepted=accepted[0] if accepted else None,
            evidence=row[4],
            measures=json.loads(accepted[1]) if accepted else {},
            most=max(listings for listings, _ in year),
            most_fill={name: max(fill.get(name, 0.0) for fill in fills) for fill in fills for name in fill},
        )

    def accepted_reading(self, source_id: str) -> tuple[str, dict[str, Any]] | None:
        """(run, reading) that a person last accepted for a source (`model.py:Harvest.reading`); None if nobody did."""
        row = self.db.execute(
            "SELECT r.run, a.reading FROM accepted_readings AS a JOIN runs AS r ON r.id = a.run WHERE r.source = ?"
            " ORDER BY r.id DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        return row and (row[0], json.loads(row[1]))

    def organisations(self, source_id: str) -> set[str]:
        """The organisations of whose sites a source that completes another has values."""
        rows = self.db.execute("SELECT line FROM listings WHERE source = ? AND state <> 'gone'", (source_id,))
        return {organisation for (line,) in rows if (organisation := json.loads(line).get("organisation"))}

    def people_since(self, source_id: str) -> tuple[str, frozenset[str]]:
        """(when the oldest harvest of the last year ended, ids of the listings that it confirmed).

        Harvests before the one that a person last accepted do not count. Empty if there is no harvest.
        """
        oldest = self.db.execute(f"SELECT id, finished {_YEAR} ORDER BY id LIMIT 1", (source_id,)).fetchone()
        if oldest is None:
            return "", frozenset()
        ids = self.db.execute(
            "SELECT id FROM listings WHERE source = ? AND first_run <= ? AND (state = 'live' OR confirmed_run >= ?)",
            (source_id, oldest[0], oldest[0]),
        )
        return oldest[1], frozenset(id for (id,) in ids)

    def ids(self, source_id: str, state: str) -> frozenset[str]:
        """The ids of the listings of a source that are `live`, `unconfirmed` or `gone`."""
        rows = self.db.execute("SELECT id FROM listings WHERE source = ? AND state = ?", (source_id, state))
        return frozenset(id for (id,) in rows)

    def known_lines(self, source_id: str) -> Iterator[bytes]:
        """The listings of a source that have not gone, as canonical JSON, in the order of their ids."""
        rows = self.db.execute(
            "SELECT line FROM listings WHERE source = ? AND state <> 'gone' ORDER BY id", (source_id,)
        )
        return (line.encode() for (line,) in rows)

    def with_first_ids(self, source_id: str, lines: Sequence[bytes]) -> tuple[bytes, ...]:
        """The listings of a harvest of a source, each under the id that it has in the ledger (see first_ids.py)."""
        return with_first_ids(self.db, source_id, lines)

    def ingest(
        self,
        harvest: Harvest,
        is_suppressed: IsSuppressed | None = None,
        *,
        accepted: bool = False,
        justification: str | None = None,
        now: datetime | None = None,
    ) -> IngestCounts:
        """Takes a harvest in one transaction. A harvest that was taken before changes nothing.

        `accepted`: a person has accepted the harvest; that is recorded with it, with how its pages were read and the
        `justification` that they gave for a list that does not speak of low-dose naltrexone. `now`: the clock, if it
        is to be asked. Raises LedgerError, also if the harvest ended before the last one of its source began or after
        `now`, or if the source is retired.
        """
        if now and is_future(harvest.finished, now):
            raise LedgerError(
                f"run {harvest.run} of {harvest.source_id} is dated {harvest.finished}, which is in the future: the"
                f" clock was wrong when it was read. Set the clock right, then: ldn drop {harvest.run}"
            )
        with explain_errors(self.path), transaction(self.db):
            known = self.db.execute(
                "SELECT changes FROM runs WHERE source = ? AND run = ?", (harvest.source_id, harvest.run)
            ).fetchone()
            if known:
                return IngestCounts(**json.loads(known[0]))
            retirement.require_not_retired(self.db, harvest.source_id)
            self._refuse_older(harvest)
            ingest = HarvestIngest(self.db, harvest, is_suppressed)
            if accepted:
                self.db.execute(
                    "INSERT INTO acceptances (run, justification) VALUES (?, ?)", (ingest.run, justification)
                )
                measures = json.dumps(dict(harvest.measures))
                self.db.execute("INSERT INTO accepted_measures VALUES (?, ?)", (ingest.run, measures))
            if accepted and harvest.reading is not None:
                reading = json.dumps(harvest.reading, ensure_ascii=False)
                self.db.execute("INSERT INTO accepted_readings VALUES (?, ?)", (ingest.run, reading))
            return ingest.ingest()

    def _refuse_older(self, harvest: Harvest) -> None:
        """Of crawls that overlap in time both are taken; a crawl that ended before a later one began is not."""
        newer = self.db.execute(
            "SELECT run FROM runs WHERE source = ? AND started > ? ORDER BY started DESC LIMIT 1",
            (harvest.source_id, harvest.finished),
        ).fetchone()
        if newer:
            raise LedgerError(
                f"run {harvest.run} of {harvest.source_id} is older than run {newer[0]}, which is in the ledger;"
                f" if the clock was wrong at that run: ldn drop {newer[0]}"
            )

    def unaccept(
        self, run: str, source_id: str, now: str, is_suppressed: IsSuppressed | None = None
    ) -> undo.TakenBack | None:
        """Takes a harvest back, and those after it, in one transaction. None if that was done before.

        Listings that `is_suppressed` stay away. Raises LedgerError, also if the run is not in the ledger.
        """
        with explain_errors(self.path), transaction(self.db):
            if run in undo.undone_runs(self.db, source_id):
                return None
            return undo.take_back_harvest(self.db, run, source_id, "unaccept", now, is_suppressed)

    def drop(
        self,
        run: str,
        now: str,
        checked: Iterable[tuple[str, str]] = (),
        is_suppressed: IsSuppressed | None = None,
    ) -> list[undo.TakenBack]:
        """Takes the harvests of a run back, and those after them, for all its sources in one transaction.

        A retired source stays as it is, until it is brought back and the run dropped again. The run's checks of
        evidence pages go with it: those `checked` (listing, when), and any dated after `now`. Raises LedgerError.
        """
        with explain_errors(self.path), transaction(self.db):
            checks.delete_checks(self.db, checked, after=now)
            retired = retirement.retirements(self.db)
            return [
                undo.TakenBack(source=source, runs=(), restored=0, removed=0, is_retired=True)
                if source in retired
                else undo.take_back_harvest(self.db, run, source, "drop", now, is_suppressed)
                for source in undo.sources_of(self.db, run)
            ]

    def retire(self, source_id: str, why: str, now: str) -> int:
        """Retires a source in one transaction. Returns how many listings leave. Raises LedgerError."""
        with explain_errors(self.path), transaction(self.db):
            return retirement.retire(self.db, source_id, why, now)

    def unretire(self, source_id: str, now: str, is_suppressed: IsSuppressed | None = None) -> undo.TakenBack:
        """Brings a retired source back in one transaction, with the listings that it had. Raises LedgerError."""
        with explain_errors(self.path), transaction(self.db):
            return undo.take_back_retirement(self.db, source_id, now, is_suppressed)

    def note_orphans(self, spiders: Collection[str], now: str) -> list[retirement.Orphan]:
        """Notes the sources that none of these spiders reads, in one transaction, and retires those noticed long ago.

        Returns them all. Raises LedgerError.
        """
        with explain_errors(self.path), transaction(self.db):
            return retirement.note_orphans(self.db, spiders, now)

    def due_pages(self, sources: Sequence[str], *, before: str, unknown_before: str) -> list[DuePage]:
        """The evidence pages of the sources that are due for a check. Raises LedgerError.

        Due are pages last checked before a date; before `unknown_before` where that check got no answer (both UTC).
        """
        with explain_errors(self.path):
            return checks.due_pages(self.db, sources, before=before, unknown_before=unknown_before)

    def add_checks(self, found: Iterable[Check]) -> None:
        """Records checks of evidence pages in one transaction. Raises LedgerError."""
        with explain_errors(self.path), transaction(self.db):
            checks.add_checks(self.db, found)


_CLOCK_TOLERANCE = timedelta(minutes=10)


def is_future(when: str, now: datetime) -> bool:
    """Whether a date (UTC) is later than a clock that is a few minutes slow could explain."""
    return when > format_time(now + _CLOCK_TOLERANCE)


def select_listings(db: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Fills the temporary table `wanted` with keys of listings, for queries about these."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (pk INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM wanted")
    db.executemany("INSERT INTO wanted VALUES (?)", ((pk,) for pk in keys))


def final_number(redirects: Mapping[int, int | None], number: int) -> int:
    """The number that a provider's number leads to in the end, by way of all numbers that were merged."""
    seen = {number}
    while (following := redirects.get(number)) is not None and following not in seen:
        seen.add(following)
        number = following
    return number
