"""Ingest of new and of unchanged harvests, against raw `executemany` of as many rows."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source

SIZES = (1_000, 10_000, 100_000)
SOURCE = Source(title="bench", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def harvest(run: int, size: int) -> Harvest:
    """`size` invented listings; the same in every run."""
    lines = tuple(
        Listing(
            source="bench",
            key=str(n),
            page="https://example.org/list",
            kind=Kind.PRESCRIBER,
            evidence=Evidence.LISTED,
            name=f"Jane Roe{n}",
            credentials="MD",
            practice=f"Clinic {n}",
            website=f"https://c{n}.example.com/",
            phones=(Phone(raw=f"555 01{n:06}", e164=f"+1512555{n:06}"),),
            street=f"{n} Oak St",
            city="Austin",
            region="Texas",
            region_code="US-TX",
            postcode="78701",
            country="United States",
            country_code="US",
            address=f"{n} Oak St, Austin TX",
        ).as_line()
        for n in range(size)
    )
    at = f"2026-01-{run:02}T00:00:00Z"
    return Harvest(
        run=f"202601{run:02}T000000Z-0000", source_id="bench", source=SOURCE, started=at, finished=at, lines=lines
    )


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _measure_ingest(size: int) -> tuple[float, float]:
    first, second = harvest(1, size), harvest(2, size)
    with tempfile.TemporaryDirectory() as folder:
        with Ledger.open(Path(folder) / "ledger.db") as ledger:
            new_s = _seconds(lambda: ledger.ingest(first))
            unchanged_s = _seconds(lambda: ledger.ingest(second))
            rows = [
                row
                for table in ("listings", "claims", "changes")
                for row in ledger.db.execute(f"SELECT * FROM {table}")
            ]
        with sqlite3.connect(Path(folder) / "raw.db") as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE raw (a, b, c, d, e, f, g, h, i)")
            padded = [tuple(row) + (None,) * (9 - len(row)) for row in rows]

            def raw() -> None:
                db.executemany("INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", padded)
                db.commit()

            raw_s = _seconds(raw)
    return raw_s / new_s, unchanged_s / new_s


def run(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """Two rows a size: new listings against raw inserts, unchanged against new."""
    rows = []
    for size in sizes:
        results = [_measure_ingest(size) for _ in range(3 if size < 100_000 else 1)]
        new, unchanged = max(one[0] for one in results), min(one[1] for one in results)
        rows.append(
            {
                "name": f"ingest of {size:,} new listings",
                "value": round(new, 3),
                "unit": "of rows/s",
                "against": "raw executemany of the same rows",
                "reach": ">= 0.2",
                "ok": new >= 0.2,
            }
        )
        rows.append(
            {
                "name": f"ingest of {size:,} unchanged listings",
                "value": round(unchanged, 3),
                "unit": "of the time",
                "against": "the same as new",
                "reach": "<= 0.15",
                "ok": unchanged <= 0.15,
            }
        )
    return rows
