"""Which listings are the same provider.

`comparable.py` says what is compared of a listing, `candidates.py` which pairs are compared at all, `pairing.py` what they weigh by
`model.py`, `grouping.py` what follows from that. Here it is put together, and what is left for a person is written down.
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

from .grouping import Grouped, grouped
from .model import Model, shipped
from .pairing import Line, Pair, Pairing, removed

PAIRS_FILE = "matching.duckdb"
DOUBTS_FILE = "matching.db"
_WANTED = "SELECT l.pk, l.digest, l.line FROM wanted AS w CROSS JOIN listings AS l ON l.pk = w.pk ORDER BY l.pk"
_DOUBTS = """
CREATE TABLE doubts (
  one TEXT NOT NULL, other TEXT NOT NULL, weight REAL NOT NULL, reasons TEXT NOT NULL, PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
"""

_log = logging.getLogger(__name__)

Shown = Callable[[Mapping[str, Any]], bool]
"""Whether a listing, as JSON values, is to be in the directory."""
Decided = Collection[tuple[str, str]]
"""Pairs of listing ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The listings' keys by provider, each group sorted, in the order of their least keys; and what a person should look at."""

    groups: list[list[int]]
    doubts: list[Pair]
    works_at: list[tuple[int, int]]
    """(a person's listing, a clinic's listing): linked, not merged."""


def matched(
    ledger: sqlite3.Connection,
    folder: Path | None,
    shown: Shown | None = None,
    shown_by: str = "",
    *,
    same: Decided = (),
    different: Decided = (),
    model: Model | None = None,
) -> Matched:
    """Matches all listings of a ledger that have not gone, and for which `shown` holds.

    `shown_by` changes whenever `shown` may: what was shown by the same, and says the same, is not asked about again.
    Decisions are pairs of listing ids; those of listings that are not there are passed over. What was scored is kept in `folder`
    (None: nowhere) for the next time.
    """
    model = model or shipped()
    path = folder / PAIRS_FILE if folder else None
    try:
        found, works_at = _grouped(ledger, path, shown, shown_by, model, same, different)
    except duckdb.Error as error:
        if path is None:
            raise
        # What is kept is a cache: without it the same is found, only later.
        _log.warning("%s cannot be used (%s): everything is compared anew", path, error)
        removed(path)
        found, works_at = _grouped(ledger, None, shown, shown_by, model, same, different)
    if folder:
        _write_doubts(ledger, folder / DOUBTS_FILE, found.doubts, model)
    return Matched(groups=found.groups, doubts=found.doubts, works_at=works_at)


def _grouped(
    ledger: sqlite3.Connection,
    path: Path | None,
    shown: Shown | None,
    shown_by: str,
    model: Model,
    same: Decided,
    different: Decided,
) -> tuple[Grouped, list[tuple[int, int]]]:
    named = dict(ledger.execute("SELECT id, pk FROM listings"))
    with Pairing.opened(path, model) as pairing:
        before = pairing.chosen(shown_by) if shown else {}
        pairing.taken(_present(ledger, shown, before), lambda keys: _lines(ledger, keys), shown_by)
        keys = pairing.keys()
        decided = _decided(same, different, named, set(keys))
        facts = pairing.facts(pk for pairs in decided for pair in pairs for pk in pair)
        found = grouped(keys, facts, pairing.pairs(), model.upper, same=decided[0], different=decided[1])
        return found, pairing.works_at()


def _decided(
    same: Decided, different: Decided, named: Mapping[str, int], present: set[int]
) -> list[list[tuple[int, int]]]:
    """(what is the same, what is different) of the listings that are there: what follows by way of one that has gone still holds."""
    leader: dict[str, str] = {}

    def lead(listing: str) -> str:
        while leader.get(listing, listing) != listing:
            listing = leader[listing]
        return listing

    for one, other in same:
        first, second = sorted((lead(one), lead(other)))
        leader[second] = first
    there: dict[str, list[int]] = defaultdict(list)
    for listing in sorted({listing for pair in (*same, *different) for listing in pair}):
        if named.get(listing) in present:
            there[lead(listing)].append(named[listing])
    joined = [(keys[0], key) for keys in there.values() for key in keys[1:]]
    apart = [(there[lead(one)], there[lead(other)]) for one, other in different]
    return [joined, [(ones[0], others[0]) for ones, others in apart if ones and others]]


def _present(
    ledger: sqlite3.Connection, shown: Shown | None, before: Mapping[int, bytes]
) -> Iterator[tuple[int, bytes]]:
    if shown is None:
        yield from ledger.execute("SELECT pk, digest FROM listings WHERE state <> 'gone' ORDER BY pk")
        return
    for pk, digest, line in ledger.execute("SELECT pk, digest, line FROM listings WHERE state <> 'gone' ORDER BY pk"):
        if before.get(pk) == digest or shown(json.loads(line)):
            yield pk, digest


def _lines(ledger: sqlite3.Connection, keys: Sequence[int]) -> Iterator[Line]:
    select_listings(ledger, keys)
    for pk, digest, line in ledger.execute(_WANTED):
        yield pk, digest, json.loads(line)


def _write_doubts(ledger: sqlite3.Connection, path: Path, doubts: Sequence[Pair], model: Model) -> None:
    """Writes the pairs that are left for a person, with the reasons in words."""
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
