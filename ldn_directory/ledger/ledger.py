"""`ledger.db`: opening, migrating, and taking a harvest in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldn_directory.errors import LdnError
from ldn_directory.model import Harvest

from . import checks
from .checks import Check, Due
from .claims import Claim, claims_of

SCHEMA_VERSION = 4
_NO_CHANGE = frozenset({"text", "written", "page"})


class LedgerError(LdnError):
    """The ledger cannot be read or written; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """What the last good harvest of a source was like."""

    run: str
    finished: str
    listings: int
    fill: Mapping[str, float]
    accepted: int | None = None
    """The size of the harvest that a person last let in; None if none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What a harvest changed, in listings; `total` is the harvest's size."""

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


class Ledger:
    """An open ledger; a context manager. One process writes at a time, others wait."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path, self.db = path, db

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """The ledger at `path`, made or migrated if need be. Raises LedgerError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(path, timeout=60, isolation_level=None)
            with _clearly(path):
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA foreign_keys = ON")
                _migrate(db, path)
        except OSError as error:
            raise LedgerError(f"{path}: {error.strerror}") from None
        except sqlite3.Error as error:
            raise LedgerError(f"the ledger {path} cannot be opened: {error}") from None
        return cls(path, db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    def last_good(self, source_id: str) -> Harvested | None:
        """The last harvest of a source that was taken, or None."""
        row = self.db.execute(
            "SELECT run, finished, listings, fill FROM runs WHERE source = ? ORDER BY id DESC LIMIT 1", (source_id,)
        ).fetchone()
        if row is None:
            return None
        accepted = self.db.execute(
            "SELECT r.listings FROM acceptances AS a JOIN runs AS r ON r.id = a.run WHERE r.source = ? ORDER BY r.id DESC LIMIT 1",
            (source_id,),
        ).fetchone()
        return Harvested(
            run=row[0],
            finished=row[1],
            listings=row[2],
            fill=json.loads(row[3]),
            accepted=accepted[0] if accepted else None,
        )

    def history(self, listing_id: str) -> list[dict[str, Any]]:
        """All changes of a listing, oldest first."""
        rows = self.db.execute(
            "SELECT r.run, r.finished, c.what, c.field, c.before, c.after FROM changes AS c JOIN runs AS r ON r.id = c.run"
            " JOIN listings AS l ON l.pk = c.listing WHERE l.id = ? ORDER BY c.id",
            (listing_id,),
        )
        names = ("run", "at", "what", "field", "before", "after")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def ingest(
        self, harvest: Harvest, suppressed: Callable[[Mapping[str, Any]], bool] | None = None, *, accepted: bool = False
    ) -> Ingested:
        """Takes a harvest in one transaction; one that was taken before changes nothing. `accepted` by a person, it is remembered so.

        Raises LedgerError, also for a harvest that had ended before the last one of its source began.
        """
        with _clearly(self.path), _transaction(self.db):
            before = self.db.execute(
                "SELECT changes FROM runs WHERE source = ? AND run = ?", (harvest.source_id, harvest.run)
            ).fetchone()
            if before:
                return Ingested(**json.loads(before[0]))
            self._refuse_older(harvest)
            taking = _Ingest(self.db, harvest, suppressed)
            taken = taking.taken()
            if accepted:
                self.db.execute("INSERT INTO acceptances (run) VALUES (?)", (taking.run,))
            return taken

    def _refuse_older(self, harvest: Harvest) -> None:
        """Crawls that overlap are both news; what a later crawl has overtaken is none."""
        newer = self.db.execute(
            "SELECT run FROM runs WHERE source = ? AND started > ? ORDER BY started DESC LIMIT 1",
            (harvest.source_id, harvest.finished),
        ).fetchone()
        if newer:
            raise LedgerError(
                f"run {harvest.run} of {harvest.source_id} is older than run {newer[0]}, which is in the ledger"
            )

    def due(self, sources: Sequence[str], *, before: str, unknown_before: str) -> list[Due]:
        """The evidence pages to look at: last looked at before a date, or in vain before another (both UTC). Raises LedgerError."""
        with _clearly(self.path):
            return checks.due(self.db, sources, before=before, unknown_before=unknown_before)

    def note(self, found: Iterable[Check]) -> None:
        """Keeps what looks at evidence pages found, in one transaction. Raises LedgerError."""
        with _clearly(self.path), _transaction(self.db):
            checks.note(self.db, found)


class _Ingest:
    """One harvest on its way into the ledger, within a transaction."""

    def __init__(
        self, db: sqlite3.Connection, harvest: Harvest, suppressed: Callable[[Mapping[str, Any]], bool] | None
    ) -> None:
        self.db, self.harvest, self.suppressed = db, harvest, suppressed
        self.counts: Counter[str] = Counter()
        self.previous_run = self._one("SELECT max(id) FROM runs WHERE source = ?", harvest.source_id)
        # A key is not given again after its listing was erased: numbers of providers refer to it.
        used = self._one("SELECT max(pk) FROM listings"), self._one("SELECT max(first_listing) FROM provider_ids")
        self.next_pk = 1 + max(last or 0 for last in used)
        self.claims: list[tuple[Any, ...]] = []
        self.changes: list[tuple[Any, ...]] = []
        self.listings: list[tuple[Any, ...]] = []

    def _one(self, query: str, *values: Any) -> Any:
        return self.db.execute(query, values).fetchone()[0]

    def taken(self) -> Ingested:
        """Writes everything and gives the counts."""
        self._source_and_run()
        query = "SELECT digest, pk FROM listings WHERE source = ? AND state = 'live'"
        live: dict[bytes, int] = dict(self.db.execute(query, (self.harvest.source_id,)))
        seen = self._fresh(live)
        self._absent(seen)
        self._write()
        result = Ingested(total=len(self.harvest.lines), **self.counts)
        self.db.execute("UPDATE runs SET changes = ? WHERE id = ?", (json.dumps(result.as_json()), self.run))
        return result

    def _source_and_run(self) -> None:
        stated = json.dumps(_stated(self.harvest), sort_keys=True)
        self.db.execute(
            "INSERT INTO sources VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET stated = excluded.stated",
            (self.harvest.source_id, stated),
        )
        self.run = self.db.execute(
            "INSERT INTO runs (run, source, started, finished, listings, fill, changes) VALUES (?, ?, ?, ?, ?, ?, '{}')",
            (
                self.harvest.run,
                self.harvest.source_id,
                self.harvest.started,
                self.harvest.finished,
                len(self.harvest.lines),
                json.dumps(fill_of(self.harvest.lines)),
            ),
        ).lastrowid

    def _fresh(self, live: Mapping[bytes, int]) -> set[int]:
        """Takes what is new or changed; gives the keys of all listings that the harvest holds."""
        seen: set[int] = set()
        for line in self.harvest.lines:
            digest = hashlib.blake2b(line, digest_size=16).digest()
            known = live.get(digest)
            if known is not None:
                seen.add(known)
                continue
            row = json.loads(line)
            if self.suppressed and self.suppressed(row):
                self.counts["suppressed"] += 1
                continue
            seen.add(self._take(row, line, digest))
        self.counts["confirmed"] += len(seen) - self.counts["added"] - self.counts["changed"] - self.counts["back"]
        return seen

    def _take(self, row: Mapping[str, Any], line: bytes, digest: bytes) -> int:
        known = self.db.execute("SELECT pk, state, line FROM listings WHERE id = ?", (row["id"],)).fetchone()
        if known is None:
            return self._add(row, line, digest)
        pk, state, old_line = known
        if state == "gone":
            self.counts["back"] += 1
            self.changes.append((self.run, pk, "back", None, None, None))
            self._begin(pk, row["page"], claims_of(row))
        elif state == "unconfirmed":
            self.changes.append((self.run, pk, "confirmed again", None, None, None))
        if old_line.encode() != line:
            self._change(pk, json.loads(old_line), row, returned=state == "gone")
        self.db.execute(
            "UPDATE listings SET digest = ?, line = ?, state = 'live', confirmed_run = NULL WHERE pk = ?",
            (digest, line.decode(), pk),
        )
        return int(pk)

    def _add(self, row: Mapping[str, Any], line: bytes, digest: bytes) -> int:
        pk = self.next_pk
        self.next_pk += 1
        self.counts["added"] += 1
        self.listings.append((pk, row["id"], self.harvest.source_id, digest, line.decode(), self.run))
        self._begin(pk, row["page"], claims_of(row))
        self.changes.append((self.run, pk, "added", None, None, row.get("name")))
        return pk

    def _begin(self, pk: int, page: str, claims: Iterable[Claim]) -> None:
        self.claims.extend((pk, field, value, written, page, self.run) for field, value, written in claims)

    def _change(self, pk: int, old: Mapping[str, Any], new: Mapping[str, Any], returned: bool) -> None:
        """Notes what differs. The claims of a listing that has `returned` had all ended, and have begun already."""
        before, after = list(claims_of(old)), list(claims_of(new))
        ended, begun = [c for c in before if c not in after], [c for c in after if c not in before]
        if not returned:
            self.counts["changed"] += 1
            self._begin(pk, new["page"], begun)
        for field, value, _ in ended:
            self.db.execute(
                "UPDATE claims SET last_run = ? WHERE listing = ? AND field = ? AND value = ? AND last_run IS NULL",
                (self.previous_run, pk, field, value),
            )
        for field in dict.fromkeys(claim[0] for claim in (*ended, *begun)):
            was, now = _joined(ended, field), _joined(begun, field)
            if was != now:
                self.changes.append((self.run, pk, "changed", field, was, now))

    def _absent(self, seen: set[int]) -> None:
        """Missing once is unconfirmed, missing twice is gone."""
        rows = self.db.execute(
            "SELECT pk, state FROM listings WHERE source = ? AND state <> 'gone'", (self.harvest.source_id,)
        ).fetchall()
        for pk, state in rows:
            if pk in seen:
                continue
            if state == "live":
                self.counts["unconfirmed"] += 1
                self.changes.append((self.run, pk, "unconfirmed", None, None, None))
                self.db.execute(
                    "UPDATE listings SET state = 'unconfirmed', confirmed_run = ? WHERE pk = ?", (self.previous_run, pk)
                )
            else:
                self.counts["gone"] += 1
                self.changes.append((self.run, pk, "gone", None, None, None))
                self.db.execute("UPDATE listings SET state = 'gone' WHERE pk = ?", (pk,))
                self.db.execute(
                    "UPDATE claims SET last_run = (SELECT confirmed_run FROM listings WHERE pk = ?) WHERE listing = ? AND last_run IS NULL",
                    (pk, pk),
                )

    def _write(self) -> None:
        self.db.executemany(
            "INSERT INTO listings (pk, id, source, digest, line, state, first_run) VALUES (?, ?, ?, ?, ?, 'live', ?)",
            self.listings,
        )
        self.db.executemany(
            "INSERT INTO claims (listing, field, value, written, page, first_run) VALUES (?, ?, ?, ?, ?, ?)",
            self.claims,
        )
        self.db.executemany(
            "INSERT INTO changes (run, listing, what, field, before, after) VALUES (?, ?, ?, ?, ?, ?)", self.changes
        )


def _joined(claims: Iterable[Claim], field: str) -> str | None:
    return ", ".join(value for name, value, _ in claims if name == field) or None


def _stated(harvest: Harvest) -> dict[str, Any]:
    source = harvest.source
    return {
        "title": source.title,
        "publisher": source.publisher,
        "homepage": source.homepage,
        "terms": source.terms,
        "licence": source.licence,
        "evidence": source.evidence,
        "record_key": source.record_key,
        "every_days": source.every_days,
        "rechecked": source.rechecked,
    }


def fill_of(lines: Iterable[bytes]) -> dict[str, float]:
    """Share of listings with a name, a phone, a region; told from the canonical JSON without reading it."""
    marks = {"name": b'"name":', "phone": b'"phones":[{', "region": b'"region'}
    counts: Counter[str] = Counter()
    total = 0
    for line in lines:
        total += 1
        counts.update(name for name, mark in marks.items() if mark in line)
    return {name: round(counts[name] / max(1, total), 4) for name in marks}


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def _clearly(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        advice = {
            "database or disk is full": "free some space, then run it again; nothing was changed",
            "disk I/O error": "the disk may be full or failing; nothing was changed",
            "attempt to write a readonly database": "the data folder cannot be written; nothing was changed",
            "unable to open database file": "the data folder cannot be written; nothing was changed",
            "database is locked": "another command is writing; try again when it has ended",
        }.get(str(error), "restore it from a backup if this persists")
        raise LedgerError(f"{path}: {error}: {advice}") from None


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{path} was written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}): update"
        )
    for number in range(version + 1, SCHEMA_VERSION + 1):
        script = files("ldn_directory.ledger").joinpath(f"schema_{number}.sql").read_text()
        db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
