"""Begins a directory from the one published before: what would be written again just as it stands there stays.

A provider's rows follow from its listings, how these stand, the gazetteer and this code. A fingerprint of all of it, kept beside the
directory in `filling.db` (a cache that may be deleted at any time), tells which providers are still the same; only dates move on.
The result is, byte for byte, that of writing everything.
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

from ldn_directory.storage import version_of

from .writer import Numbered, Stand, Standings

FILE = "filling.db"
_KEPT = ("providers", "locations", "serves", "listings", "claims")
"""Tables of which rows may stay; all others are written anew."""
_SCHEMA = """
CREATE TABLE filled (provider INTEGER PRIMARY KEY, fingerprint BLOB NOT NULL) STRICT;
CREATE TABLE made (directory TEXT NOT NULL, by TEXT NOT NULL, without TEXT NOT NULL) STRICT;
"""
_DATES = """
UPDATE listings SET first_seen = n.first_seen, last_confirmed = n.last_confirmed FROM temp.dated AS n
 WHERE n.listing = listings.id AND (n.last_confirmed <> listings.last_confirmed OR n.first_seen <> listings.first_seen);
UPDATE claims SET last_confirmed = n.last_confirmed FROM temp.dated AS n
 WHERE n.listing = claims.listing AND n.last_confirmed <> claims.last_confirmed;
UPDATE providers SET first_seen = n.first_seen, last_confirmed = n.last_confirmed
 FROM (SELECT provider, min(first_seen) AS first_seen, max(last_confirmed) AS last_confirmed FROM listings GROUP BY provider) AS n
 WHERE n.provider = providers.id AND (n.last_confirmed <> providers.last_confirmed OR n.first_seen <> providers.first_seen);
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What may stay of the directory published before, and what must be written."""

    numbers: frozenset[int]
    fingerprints: Mapping[int, bytes]
    """Of all providers of the new directory."""
    without: str
    """The version of the list of the forgotten of whom the directory published before is known to show nobody."""


class Refilling:
    """The cache beside a directory."""

    def __init__(self, live: Path, gazetteer: Path | None) -> None:
        self.live = live
        self.path = live.with_name(FILE)
        self.by = f"{version_of('')} {sqlite3.sqlite_version} {_identity(gazetteer) if gazetteer else ''}"

    def kept(self, ledger: sqlite3.Connection, stand: Standings, numbered: Iterable[Numbered]) -> Kept:
        """Compares the providers with those of the published directory."""
        now = fingerprints(ledger, stand, numbered)
        before, without = self._before()
        numbers = frozenset(number for number, mark in now.items() if before.get(number) == mark)
        return Kept(numbers=numbers, fingerprints=now, without=without)

    def _before(self) -> tuple[dict[int, bytes], str]:
        """The fingerprints of the published directory, and whom it is without.

        None, if it is not the one they were taken of, or was made by other code.
        """
        if not self.path.exists() or not self.live.exists():
            return {}, ""
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as db:
                made = db.execute("SELECT directory, by, without FROM made").fetchall()
                if [row[:2] for row in made] != [(_identity(self.live), self.by)]:
                    return {}, ""
                return dict(db.execute("SELECT provider, fingerprint FROM filled")), made[0][2]
        except sqlite3.Error as error:
            _log.info("%s is not used (%s): everything is written anew", self.path, error)
            return {}, ""

    def begin(self, draft: Path, kept: Kept) -> bool:
        """Puts a copy of the published directory at `draft`, if much of it stays. Raises OSError."""
        if not kept.numbers or 2 * len(kept.numbers) < len(kept.fingerprints):
            return False
        shutil.copyfile(self.live, draft)
        return True

    def remember(self, kept: Kept, without: str) -> None:
        """Notes what the directory that has just been published was made of, and whom it is without. Raises OSError or sqlite3.Error."""
        draft = self.path.with_name(f".{self.path.name}.building")
        draft.unlink(missing_ok=True)
        live = f"{self.live.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(draft)) as db, closing(sqlite3.connect(live, uri=True)) as published:
            db.executescript(_SCHEMA)
            db.execute("INSERT INTO made VALUES (?, ?, ?)", (_identity(self.live), self.by, without))
            # Whoever a register withholds was written, and taken out again.
            stands = {number for (number,) in published.execute("SELECT id FROM providers")}
            db.executemany(
                "INSERT INTO filled VALUES (?, ?)", (one for one in kept.fingerprints.items() if one[0] in stands)
            )
            db.commit()
        draft.replace(self.path)


def fingerprints(ledger: sqlite3.Connection, stand: Standings, numbered: Iterable[Numbered]) -> dict[int, bytes]:
    """For each provider what its rows follow from, apart from dates of which only the order counts."""
    rows = {
        pk: (digest, stand.of(pk, *stored))
        for pk, digest, *stored in ledger.execute(
            "SELECT pk, digest, source, state, first_run, confirmed_run FROM listings WHERE state <> 'gone'"
        )
    }
    # A listing that went and came back says the same, but since another day.
    changes = dict(ledger.execute("SELECT listing, count(*) FROM changes GROUP BY listing"))
    return {number: _fingerprint([(pk, changes.get(pk, 0), *rows[pk]) for pk in keys]) for number, keys in numbered}


def _fingerprint(listings: Sequence[tuple[int, int, bytes, Stand]]) -> bytes:
    order = sorted({stand.last_confirmed for *_, stand in listings})
    seen = hashlib.blake2b(digest_size=16)
    for pk, changes, digest, stand in listings:
        seen.update(digest)
        facts = [pk, changes, stand.status, stand.because, stand.first_seen, order.index(stand.last_confirmed)]
        seen.update(json.dumps(facts).encode())
    return seen.digest()


def clear(db: sqlite3.Connection, ledger: sqlite3.Connection, stand: Standings, kept: Kept) -> None:
    """Empties a copied directory of all but the rows that stay, and dates these as of now."""
    db.execute("CREATE TEMP TABLE staying (provider INTEGER PRIMARY KEY)")
    db.executemany("INSERT INTO staying VALUES (?)", ((number,) for number in sorted(kept.numbers)))
    for table in _KEPT:
        column = "id" if table == "providers" else "provider"
        db.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT provider FROM temp.staying)")
    for (table,) in db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
    ).fetchall():
        if table not in _KEPT and not table.startswith(("sqlite_", "providers_fts")):
            db.execute(f"DELETE FROM {table}")
    db.execute(
        "UPDATE providers SET register_state = 'not checked', register_checked = NULL WHERE register_state <> 'not checked'"
    )
    _date(db, ledger, stand)


def _date(db: sqlite3.Connection, ledger: sqlite3.Connection, stand: Standings) -> None:
    db.execute("CREATE TEMP TABLE dated (listing TEXT PRIMARY KEY, first_seen TEXT, last_confirmed TEXT) WITHOUT ROWID")
    rows = ledger.execute(
        "SELECT id, pk, source, state, first_run, confirmed_run FROM listings WHERE state <> 'gone' ORDER BY id"
    )
    dated = ((listing, stand.of(*stored)) for listing, *stored in rows)
    db.executemany(
        "INSERT INTO dated VALUES (?, ?, ?)", ((listing, one.first_seen, one.last_confirmed) for listing, one in dated)
    )
    for statement in filter(str.strip, _DATES.split(";")):
        db.execute(statement)
    db.execute("DROP TABLE temp.dated")
    db.execute("DROP TABLE temp.staying")


def _identity(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return "none"
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
