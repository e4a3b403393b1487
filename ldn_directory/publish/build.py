"""Builds `ldn.db`: the same ledger gives the same bytes, and all dates come from the runs, none from the clock."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildError
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.matching.decisions import FILE as MATCHES_FILE
from ldn_directory.matching.decisions import Decisions
from ldn_directory.matching.identities import identities_of
from ldn_directory.matching.match import matched
from ldn_directory.places import Gazetteer
from ldn_directory.privacy.erasing import is_swept, note_held, sweep
from ldn_directory.privacy.published import refuse_forgotten
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.registers.decisions import DECISIONS_FILE
from ldn_directory.registers.verification import verify
from ldn_directory.storage import version_of

from .history import write_changes, write_redirects
from .incremental import Kept, Refilling, clear
from .packages import FOLDER, withdraw_unless
from .readings import write_readings
from .schema import create_tables
from .summaries import write_summaries
from .swap import check, clean_up, compare, only_writer, publish
from .writer import Filling, Numbered, Standings

_log = logging.getLogger(__name__)


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
    matches: Path | None = None,
    register_decisions: Path | None = None,
    keep: int = 5,
    allow_shrink: bool = False,
) -> Built:
    """Builds the directory and publishes it. Raises BuildError or LedgerError, and then what is published has not changed;
    downloads that were made with another list of the forgotten are gone all the same.

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
            _withdrawn(folder, hidden)
            _swept(ledger, hidden)
            said = _Said(
                hidden=hidden,
                matches=Decisions.read(matches or folder / MATCHES_FILE),
                register_decisions=register_decisions or folder / DECISIONS_FILE,
            )
            refilling = Refilling(directory_path, gazetteer if places else None)
            return _built(ledger, refilling, said, places, keep=keep, allow_shrink=allow_shrink)
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
        _log.warning(
            "another command reads the ledger: who was forgotten is not published, but stays in its file until the next build"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What people have decided."""

    hidden: Suppressions
    matches: Decisions
    register_decisions: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be published: which listings are which provider, and what of the published directory stays."""

    ledger: sqlite3.Connection
    numbered: Sequence[Numbered]
    works_at: Sequence[tuple[int, int]]
    stand: Standings
    kept: Kept
    gazetteer: Gazetteer | None
    folder: Path
    register_decisions: Path
    held: int


def _built(
    ledger: Ledger, refilling: Refilling, said: _Said, gazetteer: Gazetteer | None, *, keep: int, allow_shrink: bool
) -> Built:
    live = refilling.live
    draft, packed = live.with_name(f".{live.stem}.building.db"), live.with_name(f".{live.stem}.building-packed.db")
    plan = _planned(ledger.db, said, gazetteer, refilling)
    copied = refilling.begin(draft, plan.kept)
    try:
        withheld = _write(plan, draft, packed, copied=copied)
    except sqlite3.DatabaseError as error:
        if not copied or isinstance(error, sqlite3.OperationalError):
            raise
        _log.warning("%s cannot be continued (%s): everything is written anew", live, error)
        clean_up(live)
        copied = False
        withheld = _write(plan, draft, packed, copied=copied)
    draft.unlink()
    check(packed)
    refuse_forgotten(
        packed, said.hidden, plan.kept.numbers if copied and plan.kept.without == said.hidden.version else ()
    )
    if not allow_shrink:
        compare(packed, live)
    publish(packed, live, keep)
    _note_for_next_time(ledger, refilling, said, plan)
    return Built(
        providers=len(plan.numbered) - withheld,
        listings=sum(len(keys) for _, keys in plan.numbered),
        path=live,
        held=plan.held,
    )


def _withdrawn(folder: Path, hidden: Suppressions) -> None:
    """Downloads that show who is forgotten go first; where they cannot, the directory is still made without."""
    try:
        withdraw_unless(folder, hidden.version)
    except OSError as error:
        _log.warning(
            "downloads may show who is forgotten, and could not be taken away: delete them in %s (%s)",
            folder / FOLDER,
            error,
        )


def _note_for_next_time(ledger: Ledger, refilling: Refilling, said: _Said, plan: _Plan) -> None:
    """What the next build goes faster by, and what `ldn status` tells: the directory is published, whether or not this can be written."""
    try:
        refilling.remember(plan.kept, said.hidden.version)
        note_held(ledger.db, said.hidden, plan.held)
    except (OSError, sqlite3.Error) as error:
        _log.warning("the directory is published, but nothing could be noted for the next build: %s", error)


def _planned(ledger: sqlite3.Connection, said: _Said, gazetteer: Gazetteer | None, refilling: Refilling) -> _Plan:
    hidden, held = said.hidden, set()

    def shown(row: Mapping[str, Any]) -> bool:
        if hidden.is_suppressed(row):
            return False
        if looks_forgotten := hidden.is_held(row):
            held.add(row["id"])
        return not looks_forgotten

    for unknown in said.matches.check({listing for (listing,) in ledger.execute("SELECT id FROM listings")}):
        _log.warning("%s", unknown)
    folder = refilling.live.parent
    chosen_by = f"{hidden.version} {version_of('')}"
    found = matched(
        ledger, folder, shown if hidden else None, chosen_by, same=said.matches.same, different=said.matches.different
    )
    numbered = sorted(zip(identities_of(ledger, found.groups), found.groups, strict=True))
    stand = Standings(ledger)
    return _Plan(
        ledger=ledger,
        numbered=numbered,
        works_at=found.works_at,
        stand=stand,
        kept=refilling.kept(ledger, stand, numbered),
        gazetteer=gazetteer,
        folder=folder,
        register_decisions=said.register_decisions,
        held=len(held),
    )


def _write(plan: _Plan, draft: Path, packed: Path, *, copied: bool) -> int:
    """Writes the directory to `packed`, and gives how many providers are withheld. `copied`: at `draft` is the one published before."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        if not copied:
            create_tables(db)
        db.execute("BEGIN")
        if copied:
            clear(db, plan.ledger, plan.stand, plan.kept)
        withheld = _fill(plan, db, [one for one in plan.numbered if not copied or one[0] not in plan.kept.numbers])
        db.execute("COMMIT")
        # Otherwise it would count how many directories this one has come from.
        db.execute("PRAGMA schema_version = 1")
        db.execute("VACUUM INTO ?", (str(packed),))
    return withheld


def _fill(plan: _Plan, db: sqlite3.Connection, numbered: Sequence[Numbered]) -> int:
    _write_runs_and_sources(plan.ledger, db)
    write_readings(plan.ledger, db)
    Filling(plan.ledger, db, plan.stand, plan.gazetteer).fill(numbered)
    _write_related(plan, db)
    withheld = verify(db, plan.folder, plan.register_decisions)
    write_changes(plan.ledger, db)
    write_redirects(plan.ledger, db, max(plan.stand.run_dates.values(), default=""))
    write_summaries(db, plan.gazetteer)
    return withheld


def _write_related(plan: _Plan, db: sqlite3.Connection) -> None:
    """A clinic and the people who work there are linked, one row each way."""
    provider = {pk: number for number, keys in plan.numbered for pk in keys}
    links = sorted({(provider[person], provider[clinic]) for person, clinic in plan.works_at})
    rows = [row for person, clinic in links for row in ((person, "works at", clinic), (clinic, "has", person))]
    db.executemany("INSERT OR IGNORE INTO related (provider, relation, other) VALUES (?, ?, ?)", rows)


def _write_runs_and_sources(ledger: sqlite3.Connection, db: sqlite3.Connection) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO runs VALUES (?, ?, ?)",
        ledger.execute("SELECT run, min(started), max(finished) FROM runs GROUP BY run ORDER BY run"),
    )
    for source, stated in ledger.execute("SELECT id, stated FROM sources ORDER BY id").fetchall():
        said = json.loads(stated)
        read = ledger.execute("SELECT min(finished), max(finished) FROM runs WHERE source = ?", (source,)).fetchone()
        names = ("title", "publisher", "homepage", "terms", "licence", "evidence", "record_key", "every_days")
        db.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (source, *(said[n] for n in names), *read),
        )


__all__ = ["BuildError", "Built", "LedgerError", "build"]
