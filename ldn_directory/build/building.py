"""Builds `ldn.db`: the same ledger gives the same bytes, and all dates come from the runs, none from the clock."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.places import Gazetteer

from .erasing import is_swept, note_held, sweep
from .filling import Filling
from .histories import write_changes, write_forgotten, write_redirects
from .identities import identities_of
from .match import groups_of
from .publish import BuildError, check, clean_up, compare, only_writer, publish
from .publishable import refuse_forgotten
from .summaries import write_summaries
from .suppress import Suppressions

_log = logging.getLogger(__name__)
MATCHED_FIELDS = ("name", "practice", "street", "postcode", "city", "register", "register_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What was published."""

    providers: int
    listings: int
    path: Path
    held: int = 0
    """Listings that look like somebody's who was forgotten, and are not published until a person has decided."""


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
            _swept(ledger, hidden)
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


def _swept(ledger: Ledger, hidden: Suppressions) -> None:
    """Whoever is on the list has left the ledger before anything is built from it, also if it is an old one that was put back."""
    if not is_swept(ledger.db, hidden) and not sweep(ledger, hidden, hidden.latest).whole:
        _log.warning("another command reads the ledger: who was forgotten is not published, but stays in its file until the next build")


def _built(
    ledger: Ledger, live: Path, hidden: Suppressions, gazetteer: Gazetteer | None, *, keep: int, allow_shrink: bool
) -> Built:
    draft, packed = live.with_name(f".{live.stem}.building.db"), live.with_name(f".{live.stem}.building-packed.db")
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(files("ldn_directory.build").joinpath("directory.sql").read_text())
        db.execute("BEGIN")
        building = _Building(ledger, db, hidden, gazetteer)
        counts = building.filled()
        db.execute("COMMIT")
        db.execute("VACUUM INTO ?", (str(packed),))
    draft.unlink()
    check(packed)
    refuse_forgotten(packed, hidden)
    if not allow_shrink:
        compare(packed, live)
    publish(packed, live, keep)
    note_held(ledger.db, hidden, building.held)
    return Built(providers=counts[0], listings=counts[1], path=live, held=building.held)


class _Building:
    """Fills an empty directory from a ledger."""

    def __init__(self, ledger: Ledger, db: sqlite3.Connection, hidden: Suppressions, gazetteer: Gazetteer | None) -> None:
        self.ledger, self.db, self.hidden, self.gazetteer = ledger.db, db, hidden, gazetteer
        self.held = 0

    def filled(self) -> tuple[int, int]:
        """(providers, listings) written."""
        self._runs_and_sources()
        groups = groups_of(self._matchable())
        numbered = sorted(zip(identities_of(self.ledger, groups), groups, strict=True))
        listings = Filling(self.ledger, self.db, self.gazetteer).fill(numbered)
        write_changes(self.ledger, self.db)
        write_forgotten(self.ledger, self.db)
        write_redirects(self.ledger, self.db, self._latest())
        write_summaries(self.db, self.gazetteer)
        return len(groups), listings

    def _latest(self) -> str:
        return str(self.ledger.execute("SELECT coalesce(max(finished), '') FROM runs").fetchone()[0])

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
            if self.hidden.is_held(row):
                self.held += 1
                continue
            yield {field: row.get(field) for field in MATCHED_FIELDS} | {"pk": pk, "phones": row.get("phones", ())}


__all__ = ["BuildError", "Built", "LedgerError", "build"]
