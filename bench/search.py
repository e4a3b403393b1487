"""The search against plain SQL, stock Datasette and bare Starlette, over one directory of invented providers a size."""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlencode

import psutil

from bench._directory import directory
from ldn_directory.example.practitioners import towns
from ldn_directory.places import Gazetteer, build_gazetteer
from ldn_directory.places.geometry import KM_A_DEGREE
from ldn_directory.site.search import Columns, Query, search
from ldn_directory.wayfinding import gazetteer_for

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 16
SECONDS = 8.0
QUERIES = 300
WORDS = (
    "medicine", "family", "pharmacy", "functional medicine", "neurology", "clinic", "md", "health", "pain", "integrative", "rowan pharmacy",
    "internal medicine", "np", "harbor", "compounding", "rheumatology", "wellness clinic", "harriet", "samuel", "beacon",
)  # fmt: skip
FACETS = ("country", "region", "kind", "telehealth", "evidence", "source")
FOUND = """
    INSERT INTO found SELECT p.id, min((l.latitude - :lat) * (l.latitude - :lat) + (l.longitude - :lon) * (l.longitude - :lon) * :wide)
    FROM providers_fts AS f JOIN providers AS p ON p.id = f.rowid JOIN locations AS l ON l.provider = p.id
    JOIN locations_rtree AS r ON r.id = l.id
    WHERE providers_fts MATCH :words AND r.min_latitude BETWEEN :lat - :up AND :lat + :up
    AND r.min_longitude BETWEEN :lon - :side AND :lon + :side
    AND (l.latitude - :lat) * (l.latitude - :lat) + (l.longitude - :lon) * (l.longitude - :lon) * :wide <= :up * :up GROUP BY p.id
"""
Request = dict[str, str]


def questions(count: int, seed: int = 7) -> list[Request]:
    """Distinct questions with words, a place and a distance."""
    chance = Random(seed)
    places = [f"{town.city}, {town.region}" for found in towns().values() for town in found]
    made: dict[str, Request] = {}
    while len(made) < count:
        within = chance.choice((25, 50, 100, 200)) + chance.randint(0, 9)
        one = {"q": chance.choice(WORDS), "near": chance.choice(places), "within": str(within)}
        made.setdefault(urlencode(one), one)
    return list(made.values())


def plain_sql(db: sqlite3.Connection, query: Query, point: tuple[float, float]) -> tuple[int, list[Any], dict[str, list[Any]]]:
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
    facets = {name: db.execute(f"SELECT {name}, count(*) {joined} GROUP BY 1 ORDER BY 2 DESC").fetchall() for name in FACETS}
    return total, rows, facets


def timed(ask: Callable[[Request], object], asked: Sequence[Request]) -> list[float]:
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
    db.execute("CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, away REAL)")
    columns = Columns.of(db)
    asked = questions(QUERIES)

    def ours(one: Request) -> object:
        return search(db, Query.parsed(one), today, columns=columns, gazetteer=gazetteer)

    def sql(one: Request) -> object:
        return plain_sql(db, Query.parsed(one), gazetteer.find(one["near"])[0].point)

    timed(ours, asked[:20])
    return timed(ours, asked), timed(sql, asked[:in_sql])


@contextmanager
def serving(*command: str, port: int) -> Iterator[psutil.Process]:
    """A server of its own process until it is no longer needed."""
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as knock:
        knock.bind(("127.0.0.1", 0))
        return int(knock.getsockname()[1])


async def _client(port: int, addresses: Iterator[str], until: float, seconds: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for address in addresses:
        started = time.perf_counter()
        if started > until:
            break
        writer.write(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{address} answered {head[:60]!r}")
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]) if b"content-length:" in head else None
        await (reader.readexactly(length) if length is not None else _chunks(reader))
        seconds.append(time.perf_counter() - started)
    writer.close()


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()


def requests_a_second(port: int, addresses: Sequence[str], *, again: bool) -> float:
    """What sixteen clients get answered; `again`: the same few questions over and over."""

    def endless() -> Iterator[str]:
        while True:
            yield from addresses

    async def together() -> list[float]:
        shared = endless() if again else iter(addresses)
        seconds: list[float] = []
        until = time.perf_counter() + SECONDS
        await asyncio.gather(*(_client(port, shared, until, seconds) for _ in range(CLIENTS)))
        return seconds

    started = time.perf_counter()
    answered = asyncio.run(together())
    return len(answered) / (time.perf_counter() - started)


def _ours(port: int) -> Sequence[str]:
    return ("-m", "ldn_directory", "serve", "--port", str(port))


STARLETTE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def answer(request):
    return JSONResponse({"total": 0, "providers": []})
uvicorn.run(Starlette(routes=[Route("/search.json", answer)]), port=int(sys.argv[1]), log_config=None, access_log=False)
"""


def over_http(folder: Path) -> dict[str, float]:
    """Requests a second of the site, of stock Datasette and of bare Starlette, and the site's memory in MiB."""
    found: dict[str, float] = {}
    distinct = [f"/search.json?{urlencode(one)}" for one in questions(20_000, seed=11)]
    port = free_port()
    with serving(*_ours(port), "--data", str(folder), port=port) as site:
        requests_a_second(port, distinct[:64], again=False)
        found["distinct"] = requests_a_second(port, distinct[64:], again=False)
        found["memory"] = site.memory_info().rss / 2**20
        found["repeated"] = requests_a_second(port, distinct[:50], again=True)
    port = free_port()
    with serving("-c", STARLETTE, str(port), port=port):
        found["starlette"] = requests_a_second(port, ["/search.json"], again=True)
    port = free_port()
    stock = [str(folder / "ldn.db"), "-i", str(folder / "ldn.db"), "--port", str(port), "--setting", "suggest_facets", "off"]
    words = enumerate(one["q"] for one in questions(20_000, seed=11))
    facets = "_fts_table=providers_fts&_fts_pk=id&_facet=country&_facet=region&_facet=kind&_size=20"
    ask = [f"/ldn/providers.json?{urlencode({'_search': q, '_n': number})}&{facets}" for number, q in words]
    with serving("-c", STOCK, *stock, port=port):
        found["stock"] = requests_a_second(port, ask, again=False)
    return found


STOCK = """
# Datasette as it comes: without the pages and limits of the project's own plugin.
import sys
from datasette.plugins import pm
for name, plugin in pm.list_name_plugin():
    if "ldn_directory" in name or "ldn_directory" in getattr(plugin, "__name__", ""):
        pm.unregister(plugin)
from datasette.cli import cli
cli(["serve", *sys.argv[1:]])
"""


def run() -> list[dict[str, Any]]:
    """The table of the speeds."""
    known = gazetteer_for(ROOT / "data")
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(os.environ.get("LDN_BENCH_FOLDER") or temporary)
        if not known.exists():
            known = kept / "gazetteer.db"
            build_gazetteer(known)
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
        yield {"name": name, "value": round(share, 3), "unit": "of the time", "against": against,
               "reach": "<= 0.4" if judged else "", "ok": share <= 0.4 or not judged}  # fmt: skip
    growth = p95[1_000_000] / p95[100_000]
    yield {"name": "p95 of search() at 1,000,000", "value": round(growth, 2), "unit": "times", "against": "p95 at 100,000",
           "reach": "<= 3", "ok": growth <= 3}  # fmt: skip
    speeds = over_http(paths[100_000].parent)
    times = speeds["distinct"] / speeds["stock"]
    yield {"name": f"/search.json, {CLIENTS} clients, distinct questions ({speeds['distinct']:.0f}/s)",
           "value": round(times, 1), "unit": "times",
           "against": f"stock Datasette's table JSON: {speeds['stock']:.1f}/s", "reach": ">= 10", "ok": times >= 10}  # fmt: skip
    share = speeds["repeated"] / speeds["starlette"]
    yield {"name": f"/search.json, repeated questions ({speeds['repeated']:.0f}/s)", "value": round(share, 2),
           "unit": "of the requests/s", "against": f"bare Starlette: {speeds['starlette']:.0f}/s",
           "reach": ">= 0.4", "ok": share >= 0.4}  # fmt: skip
    yield {"name": "memory of a worker at 100,000", "value": round(speeds["memory"]), "unit": "MiB", "against": "a limit",
           "reach": "< 250", "ok": speeds["memory"] < 250}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
