"""Listings that complete the entries of another source: they belong to these by a key, not by likeness."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ldn_directory.normalize.web import site_key

_SOURCES = (
    "SELECT id, json_extract(stated, '$.completes') FROM sources WHERE json_extract(stated, '$.completes') IS NOT NULL"
)
_LISTINGS = "SELECT pk, id, line FROM listings WHERE source = ? AND state <> 'gone' ORDER BY pk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completing:
    """Which listings complete which."""

    pairs: tuple[tuple[str, str], ...] = ()
    """(id of the entry, id of a listing that completes it)."""
    alone: frozenset[int] = frozenset()
    """Keys of listings whose entry is not shown (it has gone, or is hidden): they are not shown either."""


def find_completing(ledger: sqlite3.Connection, is_shown: Callable[[Mapping[str, Any]], bool] | None) -> Completing:
    """The listings of all sources that complete another, with their entries."""
    pairs: list[tuple[str, str]] = []
    alone: set[int] = set()
    for source, completed in ledger.execute(_SOURCES).fetchall():
        rows = ((id, json.loads(line)) for _, id, line in ledger.execute(_LISTINGS, (completed,)))
        entries = {
            site_key(row.get("website") or row["page"]): id for id, row in rows if is_shown is None or is_shown(row)
        }
        for pk, id, line in ledger.execute(_LISTINGS, (source,)):
            entry = entries.get(json.loads(line).get("organisation"))
            if entry is None:
                alone.add(pk)
            else:
                pairs.append((entry, id))
    return Completing(pairs=tuple(pairs), alone=frozenset(alone))
