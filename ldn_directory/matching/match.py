"""Finds which listings are the same provider.

`comparison.py` says what is compared of a listing, `candidates.py` which pairs are compared at all, `pairing.py` what
they weigh by `model.py`, and `grouping.py` which are joined. This module puts them together, and writes down the
pairs that a person should decide.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ldn_directory.ledger import select_listings

from .completing import Completing, find_completing
from .grouping import group_listings
from .model import Model, default_model
from .pairing import Line, Pair, PairStore, delete_store

PAIRS_FILE = "matching.duckdb"
DOUBTS_FILE = "matching.db"
_SELECTED = "SELECT l.pk, l.digest, l.line FROM wanted AS w CROSS JOIN listings AS l ON l.pk = w.pk ORDER BY l.pk"
_DOUBTS = """
CREATE TABLE doubts (
  one TEXT NOT NULL, other TEXT NOT NULL, weight REAL NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
"""

_log = logging.getLogger(__name__)

IsShown = Callable[[Mapping[str, Any]], bool]
"""Whether a listing, as JSON values, is to be in the directory."""
IdPairs = Collection[tuple[str, str]]
"""Pairs of listing ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The result of matching."""

    groups: list[list[int]]
    """The listings' keys by provider, each group sorted, in the order of their least keys."""
    doubts: list[Pair]
    """Pairs that a person should decide."""
    works_at: list[tuple[int, int]]
    """(a person's listing, a clinic's listing): linked, not merged."""
    branches: list[tuple[int, int]]
    """Listings of two organisations with one name, and one website, phone or e-mail address: linked, not merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matching:
    """The inputs of a matching."""

    ledger: sqlite3.Connection
    model: Model
    is_shown: IsShown | None
    shown_version: str
    same: IdPairs
    different: IdPairs

    def run(self, path: Path | None) -> Matches:
        keys_by_id = dict(self.ledger.execute("SELECT id, pk FROM listings"))
        completing = find_completing(self.ledger, self.is_shown)
        with PairStore.open(path, self.model) as store:
            known = store.shown_before(self.shown_version) if self.is_shown else {}
            store.update(self._present(known, completing), self._lines, self.shown_version)
            keys = store.keys()
            decided = (*self.same, *completing.pairs)
            same, different = _decided_keys(decided, self.different, keys_by_id, set(keys))
            listings = store.comparables(pk for pair in (*same, *different) for pk in pair)
            grouping = group_listings(keys, listings, store.pairs(), self.model.upper, same=same, different=different)
            return Matches(
                groups=grouping.groups, doubts=grouping.doubts, works_at=store.works_at(), branches=store.branches()
            )

    def _present(self, known: Mapping[int, bytes], completing: Completing) -> Iterator[tuple[int, bytes]]:
        """(key, digest) of the listings to be shown. Those `known` with the same digest are not asked about again."""
        if self.is_shown is None:
            rows = self.ledger.execute("SELECT pk, digest FROM listings WHERE state <> 'gone' ORDER BY pk")
            yield from (row for row in rows if row[0] not in completing.alone)
            return
        rows = self.ledger.execute("SELECT pk, digest, line FROM listings WHERE state <> 'gone' ORDER BY pk")
        for pk, digest, line in rows:
            if pk in completing.alone:
                continue
            if known.get(pk) == digest or self.is_shown(json.loads(line)):
                yield pk, digest

    def _lines(self, keys: Sequence[int]) -> Iterator[Line]:
        select_listings(self.ledger, keys)
        for pk, digest, line in self.ledger.execute(_SELECTED):
            yield pk, digest, json.loads(line)


def match_listings(
    ledger: sqlite3.Connection,
    folder: Path | None,
    is_shown: IsShown | None = None,
    shown_version: str = "",
    *,
    same: IdPairs = (),
    different: IdPairs = (),
    model: Model | None = None,
) -> Matches:
    """Matches all listings of a ledger that have not gone, and for which `is_shown` holds.

    `shown_version` changes whenever the answers of `is_shown` may: otherwise unchanged listings are not asked about
    again. `same` and `different` are decisions of people; those about listings that are not there are skipped. Scored
    pairs are kept in `folder` (None: nowhere) for the next time.
    """
    model = model or default_model()
    path = folder / PAIRS_FILE if folder else None
    matching = _Matching(
        ledger=ledger, model=model, is_shown=is_shown, shown_version=shown_version, same=same, different=different
    )
    try:
        found = matching.run(path)
    except duckdb.Error as error:
        if path is None:
            raise
        # The file is a cache: without it the result is the same, only later.
        _log.warning("%s cannot be used (%s): everything is compared anew", path, error)
        delete_store(path)
        found = matching.run(None)
    if folder:
        _write_doubts(ledger, folder / DOUBTS_FILE, found.doubts, model)
    return found


def _decided_keys(
    same: IdPairs, different: IdPairs, keys_by_id: Mapping[str, int], present: set[int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(same, different) as keys of present listings, including what follows by way of listings that have gone."""
    leader: dict[str, str] = {}

    def lead(listing: str) -> str:
        while leader.get(listing, listing) != listing:
            listing = leader[listing]
        return listing

    for one, other in same:
        first, second = sorted((lead(one), lead(other)))
        leader[second] = first
    groups: dict[str, list[int]] = defaultdict(list)
    for listing in sorted({listing for pair in (*same, *different) for listing in pair}):
        if keys_by_id.get(listing) in present:
            groups[lead(listing)].append(keys_by_id[listing])
    joined = [(keys[0], key) for keys in groups.values() for key in keys[1:]]
    apart = [(groups[lead(one)], groups[lead(other)]) for one, other in different]
    return joined, [(ones[0], others[0]) for ones, others in apart if ones and others]


def _write_doubts(ledger: sqlite3.Connection, path: Path, doubts: Sequence[Pair], model: Model) -> None:
    """Writes the pairs that a person should decide, with the reasons in words."""
    draft = path.with_name(f".{path.name}.building")
    draft.unlink(missing_ok=True)
    ids = dict(ledger.execute("SELECT pk, id FROM listings"))
    with closing(sqlite3.connect(draft)) as db:
        db.executescript(_DOUBTS)
        db.executemany(
            "INSERT INTO doubts VALUES (?, ?, ?, ?)",
            (
                (*sorted((ids[one], ids[other])), weight, json.dumps(model.reasons(gammas)))
                for one, other, weight, gammas in doubts
            ),
        )
        db.commit()
    draft.replace(path)
