"""Ids of listings to which their list gave new keys: they keep the id under which they were first seen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ldn_directory.model import id_of, line_of


def with_first_ids(db: sqlite3.Connection, source: str, lines: Sequence[bytes]) -> tuple[bytes, ...]:
    """The listings of a harvest, those under renewed keys with the id and key under which they were first seen.

    Where both the old and the new key are in the harvest, or two new ones, they are different entries again.
    """
    rows = db.execute(
        "SELECT k.id, l.id, json_extract(l.line, '$.key') FROM listing_keys AS k JOIN listings AS l ON l.pk = k.listing"
        " WHERE l.source = ? AND k.id NOT IN (SELECT id FROM listings)",
        (source,),
    )
    first = {new: (old, key) for new, old, key in rows}
    return tuple(_translated(lines, first)) if first else tuple(lines)


def _translated(lines: Sequence[bytes], first: Mapping[str, tuple[str, str]]) -> Iterator[bytes]:
    ids = [id_of(line) for line in lines]
    used = set(ids)
    for id, line in zip(ids, lines, strict=True):
        if id in first and first[id][0] not in used:
            used.add(first[id][0])
            old, key = first[id]
            line = line_of({**json.loads(line), "id": old, "key": key})
        yield line


def ids_of(db: sqlite3.Connection, keys: Iterable[int]) -> frozenset[str]:
    """The ids of listings, given by their keys in the ledger, with those that their lists gave them later."""
    query = "SELECT id FROM listings WHERE pk = ?1 UNION SELECT id FROM listing_keys WHERE listing = ?1"
    return frozenset(id for key in keys for (id,) in db.execute(query, (key,)))
