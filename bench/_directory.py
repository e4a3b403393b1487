"""A published directory of invented providers of any size, as a build would leave it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from ldn_directory.example.practitioners import Practitioner, invent_practitioners
from ldn_directory.publish.schema import create_tables, rebuild_full_text
from ldn_directory.publish.word_index import write_index

PROVIDER = (
    "id",
    "kind",
    "name",
    "credentials",
    "practice",
    "specialty",
    "phone",
    "website",
    "street",
    "city",
    "region",
    "region_code",
    "postcode",
    "country",
    "country_code",
    "latitude",
    "longitude",
    "precision_km",
    "located_by",
    "telehealth",
    "accepts_new",
    "evidence",
    "source",
    "sources",
    "listings",
    "first_seen",
    "last_confirmed",
    "status",
)
LOCATION = (
    "provider",
    "practice",
    "street",
    "city",
    "region",
    "region_code",
    "postcode",
    "country",
    "country_code",
    "latitude",
    "longitude",
    "precision_km",
    "located_by",
)
SOURCES = ("harbour", "lantern", "saltmarsh", "northstar", "foxglove")
CHUNK = 20_000


def directory(path: Path, size: int, seed: int = 1) -> Path:
    """Writes the directory, unless it is there; the same providers for the same seed and size."""
    if path.exists():
        return path
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        create_tables(db)
        db.executemany(
            "INSERT INTO sources (id, title, homepage, evidence, record_key, every_days)"
            " VALUES (?, ?, 'https://example.org/', 'listed', 'id', 7)",
            [(source, source.title()) for source in SOURCES],
        )
        for start in range(0, size, CHUNK):
            _fill(db, list(_rows(invent_practitioners(min(CHUNK, size - start), seed + start), start, seed)))
        rebuild_full_text(db)
        db.execute(
            "INSERT INTO regions SELECT region_code, region, country_code, country, count(*), 0 "
            "FROM providers GROUP BY 1"
        )
        write_index(db)
        db.execute("ANALYZE")
        db.commit()
        db.execute("VACUUM")
    return part.replace(path)


def _fill(db: sqlite3.Connection, rows: list[tuple[dict[str, Any], tuple[str, ...]]]) -> None:
    db.executemany(_insert("providers", PROVIDER), ([row[name] for name in PROVIDER] for row, _ in rows))
    db.executemany(_insert("locations", LOCATION), ([row[name] for name in LOCATION] for row, _ in rows))
    db.executemany(
        "INSERT INTO serves VALUES (?, ?, ?, ?)",
        ((row["id"], code, code, code[:2]) for row, served in rows for code in served),
    )


def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _rows(people: list[Practitioner], start: int, seed: int) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    chance = Random(seed + start)
    now = datetime.now(UTC)
    for person in people:
        source = chance.choice(SOURCES)
        row = {name: getattr(person, name, None) for name in (*PROVIDER, *LOCATION)}
        # Invented people stand near their town; spread a little more, so that distances differ.
        row["latitude"] += chance.gauss(0, 0.2)
        row["longitude"] += chance.gauss(0, 0.2)
        row |= {
            "id": start + person.number + 1,
            "provider": start + person.number + 1,
            "kind": str(person.kind),
            "listings": 1,
            "telehealth": {True: "yes", False: "no", None: None}[person.telehealth],
            "accepts_new": {True: "yes", False: "no", None: None}[person.accepts_new],
            "precision_km": 1.0,
            "located_by": "postcode",
            "evidence": chance.choice(("listed", "listed", "own_site")),
            "source": source,
            "sources": f'["{source}"]',
            "first_seen": "2026-01-01T00:00:00Z",
            "status": "confirmed",
            "last_confirmed": (now - timedelta(days=chance.choice((1, 3, 8, 30, 100)))).strftime("%Y-%m-%dT00:00:00Z"),
        }
        yield row, person.serves
