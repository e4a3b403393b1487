"""Starts a build from a copy of the published directory: rows that would be written again unchanged stay.

The rows of a provider follow from its listings, their status, the gazetteer and this code. A fingerprint of all that,
kept in `filling.db` beside the directory (a cache that may be deleted at any time), shows which providers are
unchanged. Only their dates are updated. The result is byte for byte that of writing everything.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ldn_directory.storage import open_read_only, version_of

from .writer import ListingStatus, ListingStatuses, ProviderListings

FILE = "filling.db"
_KEPT_TABLES = ("providers", "locations", "serves", "listings", "claims")
"""Tables of which rows may stay; all others are written anew."""
_SCHEMA = """
CREATE TABLE filled (provider INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL) STRICT;
CREATE TABLE made (directory TEXT NOT NULL, by TEXT NOT NULL, without TEXT NOT NULL) STRICT;
"""
_UPDATE_DATES = (
    """
    UPDATE listings SET first_seen = n.first_seen, last_confirmed = n.last_confirmed, current_as_of = n.last_confirmed
    FROM temp.dates AS n WHERE n.listing = listings.id
    AND (n.last_confirmed <> listings.last_confirmed OR n.first_seen <> listings.first_seen)
    """,
    """
    UPDATE claims SET last_confirmed = n.last_confirmed FROM temp.dates AS n
    WHERE n.listing = claims.listing AND n.last_confirmed <> claims.last_confirmed
    """,
    """
    UPDATE providers
    SET first_seen = n.first_seen, last_confirmed = n.last_confirmed, current_as_of = n.current_as_of
    FROM (
      SELECT provider, min(first_seen) AS first_seen, max(last_confirmed) AS last_confirmed,
        max(current_as_of) AS current_as_of
      FROM listings WHERE source NOT IN (SELECT source FROM temp.completing) GROUP BY provider
    ) AS n
    WHERE n.provider = providers.id
    AND (n.last_confirmed, n.current_as_of, n.first_seen)
      IS NOT (providers.last_confirmed, providers.current_as_of, providers.first_seen)
    """,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Which providers of the published directory can stay as they are."""

    numbers: frozenset[int]
    fingerprints: Mapping[int, bytes]
    """Of all providers of the new directory."""
    suppressions: str
    """The version of the suppression list that the published directory was checked with."""


class BuildCache:
    """The cache beside a published directory."""

    def __init__(self, live: Path, gazetteer: Path | None) -> None:
        self.live = live
        self.path = live.with_name(FILE)
        self.version = f"{version_of('')} {sqlite3.sqlite_version} {_file_identity(gazetteer) if gazetteer else ''}"

    def find_unchanged(
        self, ledger: sqlite3.Connection, statuses: ListingStatuses, providers: Iterable[ProviderListings]
    ) -> Unchanged:
        """Compares the providers with those of the published directory."""
        after = fingerprints(ledger, statuses, providers)
        before, suppressions = self._read()
        numbers = frozenset(number for number, mark in after.items() if before.get(number) == mark)
        return Unchanged(numbers=numbers, fingerprints=after, suppressions=suppressions)

    def _read(self) -> tuple[dict[int, bytes], str]:
        """(fingerprints, version of the suppression list) of the published directory.

        Empty if the cache is not of this directory, or of another version of the code.
        """
        if not self.path.exists() or not self.live.exists():
            return {}, ""
        try:
            with closing(open_read_only(self.path)) as db:
                made = db.execute("SELECT directory, by, without FROM made").fetchall()
                if [row[:2] for row in made] != [(_file_identity(self.live), self.version)]:
                    return {}, ""
                return dict(db.execute("SELECT provider, fingerprint FROM filled")), made[0][2]
        except sqlite3.Error as error:
            _log.info("%s is not used (%s): everything is written anew", self.path, error)
            return {}, ""

    def copy_published(self, draft: Path, unchanged: Unchanged) -> bool:
        """Copies the published directory to `draft`, if half of it or more stays. Raises OSError."""
        if not unchanged.numbers or 2 * len(unchanged.numbers) < len(unchanged.fingerprints):
            return False
        shutil.copyfile(self.live, draft)
        return True

    def write(self, fingerprints: Mapping[int, bytes], suppressions: str) -> None:
        """Records the fingerprints of the directory that has just been published. Raises OSError or sqlite3.Error."""
        draft = self.path.with_name(f".{self.path.name}.building")
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft)) as db, closing(open_read_only(self.live)) as published:
            db.executescript(_SCHEMA)
            db.execute("INSERT INTO made VALUES (?, ?, ?)", (_file_identity(self.live), self.version, suppressions))
            # Providers that a register withholds were written, and taken out again.
            shown = {number for (number,) in published.execute("SELECT id FROM providers")}
            db.executemany("INSERT INTO filled VALUES (?, ?)", (one for one in fingerprints.items() if one[0] in shown))
            db.commit()
        draft.replace(self.path)


def fingerprints(
    ledger: sqlite3.Connection, statuses: ListingStatuses, providers: Iterable[ProviderListings]
) -> dict[int, bytes]:
    """The fingerprint of each provider. Of dates that a reading of a list may move on, only the order counts."""
    rows = {
        pk: (digest, statuses.status_of(pk, *stored))
        for pk, digest, *stored in ledger.execute(
            "SELECT pk, digest, source, state, first_run, confirmed_run FROM listings WHERE state <> 'gone'"
        )
    }
    # A listing that went and came back says the same, but since another day.
    changes = dict(ledger.execute("SELECT listing, count(*) FROM changes GROUP BY listing"))
    return {number: _fingerprint([(pk, changes.get(pk, 0), *rows[pk]) for pk in keys]) for number, keys in providers}


def _fingerprint(listings: Sequence[tuple[int, int, bytes, ListingStatus]]) -> bytes:
    order = sorted({status.last_confirmed or "" for *_, status in listings})
    digest = hashlib.blake2b(digest_size=16)
    for pk, changes, line_digest, one in listings:
        digest.update(line_digest)
        facts = [pk, changes, one.status, one.reason, one.first_seen, order.index(one.last_confirmed or "")]
        if one.claims is not None:
            # Its claims have dates of their own.
            facts += [one.last_confirmed, sorted(one.claims.items())]
        digest.update(json.dumps(facts).encode())
    return digest.digest()


def delete_changed(
    db: sqlite3.Connection, ledger: sqlite3.Connection, statuses: ListingStatuses, unchanged: Unchanged
) -> None:
    """Deletes from a copied directory everything but the rows that stay, and updates the dates of these."""
    db.execute("CREATE TEMP TABLE staying (provider INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO staying VALUES (?)", ((number,) for number in sorted(unchanged.numbers)))
    for table in _KEPT_TABLES:
        column = "id" if table == "providers" else "provider"
        db.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT provider FROM temp.staying)")
    for (table,) in db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
    ).fetchall():
        if table not in _KEPT_TABLES and not table.startswith(("sqlite_", "providers_fts")):
            db.execute(f"DELETE FROM {table}")
    db.execute(
        "UPDATE providers SET register_state = 'not checked', register_checked = NULL"
        " WHERE register_state <> 'not checked'"
    )
    _update_dates(db, ledger, statuses)
    db.execute("DROP TABLE temp.staying")


def _update_dates(db: sqlite3.Connection, ledger: sqlite3.Connection, statuses: ListingStatuses) -> None:
    db.execute("CREATE TEMP TABLE dates (listing TEXT PRIMARY KEY, first_seen TEXT, last_confirmed TEXT) WITHOUT ROWID")
    rows = ledger.execute(
        "SELECT id, pk, source, state, first_run, confirmed_run FROM listings WHERE state <> 'gone' ORDER BY id"
    )
    dates = ((listing, statuses.status_of(*stored)) for listing, *stored in rows)
    # Whose page is checked stays only if no date of it has moved on.
    db.executemany(
        "INSERT INTO dates VALUES (?, ?, ?)",
        ((listing, one.first_seen, one.last_confirmed) for listing, one in dates if one.claims is None),
    )
    db.execute("CREATE TEMP TABLE completing (source TEXT PRIMARY KEY) WITHOUT ROWID")
    db.executemany("INSERT INTO completing VALUES (?)", ((one,) for one in statuses.completing_sources))
    for statement in _UPDATE_DATES:
        db.execute(statement)
    db.execute("DROP TABLE temp.dates")
    db.execute("DROP TABLE temp.completing")


def _file_identity(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "none"
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
