"""How sure the list of the forgotten is: whom of others it hides or holds back, and who of its own it lets through."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench._truth import LabelledEntries, Row, invented_lists
from ldn_directory.model import Kind
from ldn_directory.privacy.suppression import Suppressions

PRACTITIONERS, FORGOTTEN, SEED = 5_000, 50, 3
SIZES = (500, PRACTITIONERS)
"""Practitioners."""
SINCE = "2026-01-01T00:00:00Z"
MOST_HELD = 1.0
"""% of others' listings."""


def run(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """Of invented practitioners on four lists some are forgotten as one list has them; then all lists are read."""
    size = max(sizes, default=min(SIZES))
    known = invented_lists(size, SEED)
    chosen = _chosen(known, max(1, size * FORGOTTEN // PRACTITIONERS))
    with tempfile.TemporaryDirectory() as folder:
        hidden = Suppressions(Path(folder) / "suppressions.jsonl", Path(folder) / "suppression.key")
        for entity, rows in chosen.items():
            hidden.add(
                rows[:1], SINCE, (row for row, whose in zip(known.rows, known.whose, strict=True) if whose != entity)
            )
        return _rows(known, chosen, hidden)


def _chosen(known: LabelledEntries, most: int) -> Mapping[object, list[Row]]:
    """Practitioners, evenly spread, who stand on more than one list, with their listings."""
    listings: dict[object, list[Row]] = defaultdict(list)
    for row, whose in zip(known.rows, known.whose, strict=True):
        listings[whose].append(row)
    several = [whose for whose, rows in listings.items() if len(rows) > 1 and rows[0]["kind"] == Kind.PRESCRIBER]
    return {whose: listings[whose] for whose in several[:: max(1, len(several) // most)][:most]}


def _rows(known: LabelledEntries, chosen: Mapping[object, list[Row]], hidden: Suppressions) -> list[dict[str, Any]]:
    others = [row for row, whose in zip(known.rows, known.whose, strict=True) if whose not in chosen]
    own = [row for rows in chosen.values() for row in rows[1:]]
    began = time.process_time()
    wrongly_hidden = sum(map(hidden.is_suppressed, others))
    held = sum(map(hidden.is_held, others))
    each_us = (time.process_time() - began) / len(others) * 1e6
    shown = sum(not (hidden.is_suppressed(row) or hidden.is_held(row)) for row in own)
    share = 100 * held / len(others)
    of = f"{len(others):,} listings of others, {len(chosen)} forgotten"
    theirs = f"{len(own)} further listings of the {len(chosen)} forgotten"
    return [
        _row("others hidden", wrongly_hidden, "listings", of, "0", wrongly_hidden == 0),
        _row(
            "others held back for a person",
            round(share, 2),
            "% of listings",
            of,
            f"<= {MOST_HELD:g}",
            share <= MOST_HELD,
        ),
        _row("forgotten shown from another list", shown, "listings", theirs, "0", shown == 0),
        _row("asking about a listing", round(each_us), "us of processor time", "a limit", "<= 500", each_us <= 500),
    ]


def _row(name: str, value: float, unit: str, against: str, reach: str, ok: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "against": against, "reach": reach, "ok": ok}
