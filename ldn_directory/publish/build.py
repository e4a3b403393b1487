"""Builds `ldn.db` from the ledger. The same ledger gives the same bytes: dates come from runs, not from the clock."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildError, DamagedLedger
from ldn_directory.ledger import Ledger, taken_out
from ldn_directory.matching.decisions import FILE as MATCHES_FILE
from ldn_directory.matching.decisions import Decisions
from ldn_directory.matching.identities import assign_numbers
from ldn_directory.matching.match import match_listings
from ldn_directory.places import Gazetteer
from ldn_directory.privacy.erasing import erase, is_finished, record_held
from ldn_directory.privacy.published_files import refuse_forgotten
from ldn_directory.privacy.suppression import LIST_FILE, Suppressions, list_path
from ldn_directory.registers.decisions import DECISIONS_FILE
from ldn_directory.registers.verification import verify
from ldn_directory.storage import DIRECTORY_FILE, LEDGER_FILE, editable_file, gazetteer_for, version_of

from .gazetteer import usable_gazetteer
from .history import write_changes, write_redirects
from .incremental import BuildCache, Unchanged, delete_changed
from .local_paths import hide_local_paths
from .packages import FOLDER, withdraw_unless
from .schema import create_tables
from .sources import write_sources
from .summaries import write_summaries
from .swap import check, clean_up, compare, only_writer, publish
from .writer import ListingStatuses, ProviderListings, ProviderWriter

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What was published."""

    providers: int
    listings: int
    path: Path
    held: int = 0
    """Listings that look like forgotten ones, and are not published until a person has decided."""

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {"providers": self.providers, "listings": self.listings, "path": str(self.path), "held": self.held}


def build_data_folder(data: Path, *, allow_shrink: bool = False) -> BuildResult:
    """Builds and publishes the directory of a data folder. Raises BuildError or LedgerError, as `build` does."""
    return build(
        data / LEDGER_FILE,
        data / DIRECTORY_FILE,
        suppressions=list_path(data),
        gazetteer=gazetteer_for(data),
        matches=editable_file(data, MATCHES_FILE),
        register_decisions=editable_file(data, DECISIONS_FILE),
        allow_shrink=allow_shrink,
    )


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
) -> BuildResult:
    """Builds the directory and publishes it. Raises BuildError or LedgerError; then the published directory is
    unchanged.

    Downloads that were made with another suppression list are deleted in any case. Without a gazetteer (None, no such
    file, or one of another version) only the points that lists state are known; where the published directory has
    others, the gazetteer of the package is unpacked instead. `keep` earlier directories are kept.
    """
    if not ledger_path.exists():
        raise BuildError(f"there is no ledger at {ledger_path}: crawl first (ldn crawl)")
    folder = directory_path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_writer(folder), Ledger.open(ledger_path) as ledger, ExitStack() as opened:
            clean_up(directory_path)
            gazetteer = usable_gazetteer(gazetteer, directory_path)
            places = opened.enter_context(Gazetteer.open(gazetteer)) if gazetteer else None
            suppression_list = Suppressions.load(suppressions or folder / LIST_FILE, folder)
            _withdraw_outdated_downloads(folder, suppression_list)
            if not is_finished(ledger.db, suppression_list):
                # Also if the ledger was restored from an old backup. What else is left, `forgetting.py` erases.
                erase(ledger, suppression_list, suppression_list.latest)
            return _Build(
                ledger=ledger.db,
                live=directory_path,
                suppressions=suppression_list,
                matches=Decisions.read(matches or folder / MATCHES_FILE),
                register_decisions=register_decisions or folder / DECISIONS_FILE,
                gazetteer=places,
                cache=BuildCache(directory_path, gazetteer),
            ).run(keep=keep, allow_shrink=allow_shrink)
    except DamagedLedger:
        raise
    except sqlite3.Error as error:
        raise BuildError(f"{directory_path}: {error}: nothing was published") from None
    except OSError as error:
        raise BuildError(f"{error.filename or directory_path}: {error.strerror}: nothing was published") from None


def _withdraw_outdated_downloads(folder: Path, suppressions: Suppressions) -> None:
    """Downloads that show the forgotten go first. If that fails, the directory is built all the same."""
    try:
        withdraw_unless(folder, suppressions.version)
    except OSError as error:
        _log.warning(
            "downloads may show who is forgotten, and could not be taken away: delete them in %s (%s)",
            folder / FOLDER,
            error,
        )


@dataclass(kw_only=True)
class _Build:
    """One build: its inputs, then what `_match` finds."""

    ledger: sqlite3.Connection
    live: Path
    suppressions: Suppressions
    matches: Decisions
    register_decisions: Path
    gazetteer: Gazetteer | None
    cache: BuildCache

    def run(self, *, keep: int, allow_shrink: bool) -> BuildResult:
        """Matches the listings, writes a new directory, checks it and publishes it."""
        held = self._match()
        self.statuses = ListingStatuses(self.ledger)
        self.unchanged = self.cache.find_unchanged(self.ledger, self.statuses, self.providers)
        packed, withheld, checked = self._write()
        check(packed)
        refuse_forgotten(packed, self.suppressions, checked)
        if not allow_shrink:
            compare(packed, self.live, taken_out(self.ledger))
        publish(packed, self.live, keep)
        self._prepare_next_build(held)
        return BuildResult(
            providers=len(self.providers) - withheld,
            listings=sum(len(keys) for _, keys in self.providers),
            path=self.live,
            held=held,
        )

    def _match(self) -> int:
        """Finds the providers and numbers them. Returns how many listings are held back."""
        held = set()

        def is_shown(row: Mapping[str, Any]) -> bool:
            if self.suppressions.is_suppressed(row):
                return False
            if is_held := self.suppressions.is_held(row):
                held.add(row["id"])
            return not is_held

        known_ids = {listing for (listing,) in self.ledger.execute("SELECT id FROM listings")}
        for warning in self.matches.warnings(known_ids):
            _log.warning("%s", warning)
        found = match_listings(
            self.ledger,
            self.live.parent,
            is_shown if self.suppressions else None,
            f"{self.suppressions.version} {version_of('')}",
            same=self.matches.same,
            different=self.matches.different,
        )
        self.providers: Sequence[ProviderListings] = sorted(
            zip(assign_numbers(self.ledger, found.groups), found.groups, strict=True)
        )
        self.works_at, self.branches = found.works_at, found.branches
        return len(held)

    def _write(self) -> tuple[Path, int, frozenset[int]]:
        """(the new directory, number of withheld providers, providers that need no check for the forgotten)."""
        draft = self.live.with_name(f".{self.live.stem}.building.db")
        packed = self.live.with_name(f".{self.live.stem}.building-packed.db")
        is_copy = self.cache.copy_published(draft, self.unchanged)
        try:
            withheld = self._write_to(draft, packed, self.unchanged if is_copy else None)
        except sqlite3.DatabaseError as error:
            if not is_copy or isinstance(error, (sqlite3.OperationalError, DamagedLedger)):
                raise
            _log.warning("%s cannot be continued (%s): everything is written anew", self.live, error)
            clean_up(self.live)
            is_copy = False
            withheld = self._write_to(draft, packed, None)
        draft.unlink()
        is_checked = is_copy and self.unchanged.suppressions == self.suppressions.version
        return packed, withheld, self.unchanged.numbers if is_checked else frozenset()

    def _write_to(self, draft: Path, packed: Path, copied: Unchanged | None) -> int:
        """Writes the directory to `packed`, by way of `draft`, which may be a copy of the published one."""
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            if copied is None:
                create_tables(db)
            db.execute("BEGIN")
            if copied:
                delete_changed(db, self.ledger, self.statuses, copied)
            withheld = self._write_tables(db, copied.numbers if copied else frozenset())
            db.execute("COMMIT")
            # Otherwise it would count how many directories were copied on the way to this one.
            db.execute("PRAGMA schema_version = 1")
            db.execute("VACUUM INTO ?", (str(packed),))
        return withheld

    def _write_tables(self, db: sqlite3.Connection, kept: frozenset[int]) -> int:
        write_sources(self.ledger, db)
        writer = ProviderWriter(self.ledger, db, self.statuses, self.gazetteer)
        writer.write(provider for provider in self.providers if provider[0] not in kept)
        self._write_related(db)
        withheld = verify(db, self.live.parent, self.register_decisions)
        write_changes(self.ledger, db)
        write_redirects(self.ledger, db, max(self.statuses.run_dates.values(), default=""))
        hide_local_paths(db, self.live.parent)
        write_summaries(db, self.gazetteer)
        return withheld

    def _write_related(self, db: sqlite3.Connection) -> None:
        """Links a clinic and the people who work there, and the branches of an organisation; one row each way."""
        provider = {pk: number for number, keys in self.providers for pk in keys}
        related: dict[tuple[int, int], str] = {}
        for links, there, back in ((self.works_at, "works at", "has"), (self.branches, "branch", "branch")):
            for one, other in ((provider[one], provider[other]) for one, other in links):
                if one != other:
                    related.setdefault((one, other), there)
                    related.setdefault((other, one), back)
        rows = ((*pair, relation) for pair, relation in related.items())
        db.executemany("INSERT INTO related (provider, other, relation) VALUES (?, ?, ?)", rows)

    def _prepare_next_build(self, held: int) -> None:
        """Writes the cache for the next build, and how many are held. If it fails, the directory is still published."""
        try:
            self.cache.write(self.unchanged.fingerprints, self.suppressions.version)
            record_held(self.ledger, self.suppressions, held)
        except (OSError, sqlite3.Error) as error:
            _log.warning("the directory is published, but nothing could be noted for the next build: %s", error)
