"""The search against plain SQL, stock Datasette and bare Starlette, over one directory of invented providers a size."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

from bench._directory import directory
from bench._http import (
    CLIENTS,
    STOCK_FACETS,
    Request,
    datasette_arguments,
    free_port,
    our_server_arguments,
    request_once,
    run_bare_starlette,
    run_clients,
    serving,
)
from ldn_directory.example.practitioners import towns
from ldn_directory.places import Gazetteer, unpack
from ldn_directory.places.geometry import KM_A_DEGREE
from ldn_directory.site.search import Columns, Query, search
from ldn_directory.storage import gazetteer_for

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 8.0
QUERIES = 300
WORDS = (
    "medicine",
    "family",
    "pharmacy",
    "functional medicine",
    "neurology",
    "clinic",
    "md",
    "health",
    "pain",
    "integrative",
    "rowan pharmacy",
    "internal medicine",
    "np",
    "harbor",
    "compounding",
    "rheumatology",
    "wellness clinic",
    "harriet",
    "samuel",
    "beacon",
)
FACETS = ("country", "region", "kind", "telehealth", "evidence", "source")
FOUND = """
    INSERT INTO found
    SELECT p.id, min((l.latitude - :lat) * (l.latitude - :lat) + (l.longitude - :lon) * (l.longitude - :lon) * :wide)
    FROM providers_fts AS f JOIN providers AS p ON p.id = f.rowid JOIN locations AS l ON l.provider = p.id
    JOIN locations_rtree AS r ON r.id = l.id
    WHERE providers_fts MATCH :words AND r.min_latitude BETWEEN :lat - :up AND :lat + :up
    AND r.min_longitude BETWEEN :lon - :side AND :lon + :side
    AND (l.latitude - :lat) * (l.latitude - :lat) + (l.longitude - :lon) * (l.longitude - :lon) * :wide <= :up * :up
    GROUP BY p.id
"""
PREPARED = """
    CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, away REAL);
    CREATE VIRTUAL TABLE temp.locations_rtree
    USING rtree (id, min_latitude, max_latitude, min_longitude, max_longitude);
    INSERT INTO temp.locations_rtree
    SELECT id, latitude, latitude, longitude, longitude FROM locations WHERE latitude IS NOT NULL;
"""
Question = dict[str, str]


def questions(count: int, seed: int = 7) -> list[Question]:
    """Distinct questions with words, a place and a distance."""
    chance = Random(seed)
    places = [f"{town.city}, {town.region}" for found in towns().values() for town in found]
    made: dict[str, Question] = {}
    while len(made) < count:
        within = chance.choice((25, 50, 100, 200)) + chance.randint(0, 9)
        one = {"q": chance.choice(WORDS), "near": chance.choice(places), "within": str(within)}
        made.setdefault(urlencode(one), one)
    return list(made.values())


def plain_sql(
    db: sqlite3.Connection, query: Query, point: tuple[float, float]
) -> tuple[int, list[Any], dict[str, list[Any]]]:
    """The same rows, count and facets, by what SQLite has for it: full text, R*Tree, GROUP BY."""
    up, wide = (query.within or 50) / KM_A_DEGREE, math.cos(math.radians(point[0])) ** 2
    match = " ".join(f'"{word}"*' for word in query.q.split())
    db.execute("DELETE FROM found")
    db.execute(
        FOUND, {"lat": point[0], "lon": point[1], "up": up, "side": up / math.sqrt(wide), "wide": wide, "words": match}
    )
    total = db.execute("SELECT count(*) FROM found").fetchone()[0]
    joined = "FROM found JOIN providers USING (id)"
    rows = db.execute(f"SELECT * {joined} ORDER BY away, evidence, last_confirmed DESC, name LIMIT 20").fetchall()
    facets = {
        name: db.execute(f"SELECT {name}, count(*) {joined} GROUP BY 1 ORDER BY 2 DESC").fetchall() for name in FACETS
    }
    return total, rows, facets


def time_requests(ask: Callable[[Question], object], asked: Sequence[Question]) -> list[float]:
    """Seconds of each, rising."""
    seconds = []
    for one in asked:
        started = time.perf_counter()
        ask(one)
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)


def in_process(path: Path, gazetteer: Gazetteer, *, in_sql: int = QUERIES) -> tuple[list[float], list[float]]:
    """(seconds of `search`, seconds of plain SQL) for the same questions, of which `in_sql` are put in SQL too."""
    today = datetime.now(UTC).date()
    db = sqlite3.connect(path)
    db.executescript(PREPARED)
    columns = Columns.of(db)
    asked = questions(QUERIES)

    def by_search(one: Question) -> object:
        return search(db, Query.parse(one), today, columns=columns, gazetteer=gazetteer)

    def sql(one: Question) -> object:
        return plain_sql(db, Query.parse(one), gazetteer.find(one["near"])[0].point)

    time_requests(by_search, asked[:20])
    return time_requests(by_search, asked), time_requests(sql, asked[:in_sql])


def over_http(folder: Path) -> dict[str, float]:
    """Requests a second of the site, of stock Datasette and of bare Starlette, and the site's memory in MiB."""
    found: dict[str, float] = {}
    distinct = [Request(address=f"/search.json?{urlencode(one)}") for one in questions(20_000, seed=11)]
    port = free_port()
    with serving(*our_server_arguments(folder, port), port=port) as site:
        run_clients(port, distinct[:64], seconds=SECONDS)
        found["distinct"] = run_clients(port, distinct[64:], seconds=SECONDS).rate
        found["memory"] = site.memory_info().rss / 2**20
        found["repeated"] = run_clients(port, distinct[:50], seconds=SECONDS, again=True).rate
        body = request_once(port, distinct[0]).body
    found["starlette"] = run_bare_starlette(folder, body, "application/json", seconds=SECONDS).rate
    asked = ({"_search": one["q"], "_n": number} for number, one in enumerate(questions(20_000, seed=11)))
    tables = [Request(address=f"/ldn/providers.json?{urlencode(one)}&{STOCK_FACETS}") for one in asked]
    port = free_port()
    with serving(*datasette_arguments(folder, port), port=port):
        found["stock"] = run_clients(port, tables, seconds=SECONDS).rate
    return found


def run() -> list[dict[str, Any]]:
    """The table of the speeds."""
    known = gazetteer_for(ROOT / "data")
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(os.environ.get("LDN_BENCH_FOLDER") or temporary)
        if not known.exists():
            known = kept / "gazetteer.db"
            unpack(known)
        gazetteer = Gazetteer.open(known)
        paths = {}
        for size in (1_000, 100_000, 1_000_000):
            folder = kept / str(size)
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / "gazetteer.db").exists():
                (folder / "gazetteer.db").symlink_to(known)
            paths[size] = directory(folder / "ldn.db", size)
        return list(_rows(paths, gazetteer))


def _rows(paths: dict[int, Path], gazetteer: Gazetteer) -> Iterator[dict[str, Any]]:
    p95: dict[int, float] = {}
    for size, path in paths.items():
        ours, sql = in_process(path, gazetteer, in_sql=QUERIES if size <= 100_000 else 12)
        share = median(ours) / median(sql)
        p95[size] = ours[int(0.95 * len(ours))]
        against = f"plain SQL for the same rows, count and facets: {median(sql) * 1e3:.1f} ms"
        judged = size == 100_000
        name = f"search() at {size:,} ({median(ours) * 1e3:.1f} ms, p95 {p95[size] * 1e3:.1f} ms)"
        yield {
            "name": name,
            "value": round(share, 3),
            "unit": "of the time",
            "against": against,
            "reach": "<= 0.4" if judged else "",
            "ok": share <= 0.4 or not judged,
        }
    growth = p95[1_000_000] / p95[100_000]
    yield {
        "name": "p95 of search() at 1,000,000",
        "value": round(growth, 2),
        "unit": "times",
        "against": "p95 at 100,000",
        "reach": "<= 3",
        "ok": growth <= 3,
    }
    speeds = over_http(paths[100_000].parent)
    times = speeds["distinct"] / speeds["stock"]
    yield {
        "name": f"/search.json, {CLIENTS} clients, distinct questions ({speeds['distinct']:.0f}/s)",
        "value": round(times, 1),
        "unit": "times",
        "against": f"stock Datasette's table JSON: {speeds['stock']:.1f}/s",
        "reach": ">= 10",
        "ok": times >= 10,
    }
    share = speeds["repeated"] / speeds["starlette"]
    yield {
        "name": f"/search.json, repeated questions ({speeds['repeated']:.0f}/s)",
        "value": round(share, 2),
        "unit": "of the requests/s",
        "against": f"bare Starlette: {speeds['starlette']:.0f}/s",
        "reach": ">= 0.4",
        "ok": share >= 0.4,
    }
    yield {
        "name": "memory of a worker at 100,000",
        "value": round(speeds["memory"]),
        "unit": "MiB",
        "against": "a limit",
        "reach": "< 250",
        "ok": speeds["memory"] < 250,
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
