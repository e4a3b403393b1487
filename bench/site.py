"""The pages over HTTP at 100,000 providers: against stock Datasette and bare Starlette, and while directories change.

`python -m bench.site --minutes 3` puts it under that load alone; `LDN_BENCH_MINUTES` says how long the part does so.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import psutil

from bench._directory import directory
from bench._http import (
    CLIENTS,
    STOCK_FACETS,
    Client,
    Request,
    Run,
    datasette_arguments,
    free_port,
    our_server_arguments,
    request_once,
    run_bare_starlette,
    run_clients,
    serving,
)
from bench.search import questions
from ldn_directory.places import unpack
from ldn_directory.site.formats import FORMATS
from ldn_directory.storage import gazetteer_for

SIZES = (1_000, 100_000)
"""The largest that is wanted is measured."""
SECONDS = 8.0
MINUTES = 10.0
SHORT_MINUTES = 0.5
"""Of the load on a small directory, which only shows that it runs."""
PUBLISHES = 5
GROWTH_MIB = 16
"""What the memory of a process that does not leak may differ by from one look to the next."""
PACKED = (("Accept-Encoding", "gzip"),)
PAGES = (
    "/",
    "/?telehealth=yes",
    "/de/?kind=pharmacy",
    "/regions",
    "/regions/US-OH",
    "/es/regions/US-TX",
    "/pharmacies",
    "/map",
    "/sources",
    "/changes",
    "/changes.atom",
    "/about",
    "/status",
    "/api",
    "/openapi.json",
    "/download",
    "/robots.txt",
    "/sitemap.xml",
    "/ldn/providers.json?_size=20&kind=prescriber",
    "/ldn/providers?_size=20",
    "/ldn/sources.json",
)


def pages(count: int, *, packed: bool = False) -> list[Request]:
    """Pages of results, each of another question."""
    return [
        Request(address=f"/?{urlencode(one)}", headers=PACKED if packed else ()) for one in questions(count, seed=11)
    ]


def tables(count: int) -> list[Request]:
    """Datasette's table page for the same words with three facets, each at another address."""
    asked = ({"_search": one["q"], "_n": number} for number, one in enumerate(questions(count, seed=11)))
    return [Request(address=f"/ldn/providers?{urlencode(one)}&{STOCK_FACETS}") for one in asked]


@dataclass(slots=True)
class Speeds:
    """What one run of the servers gave. `kept` and `bare`: (as it is, compressed)."""

    distinct: Run
    packed: Run
    stock: Run
    kept: tuple[Run, ...]
    bare: tuple[Run, ...]


def speeds(folder: Path) -> Speeds:
    """One worker of ours, stock Datasette and bare Starlette, one after another."""
    port = free_port()
    with serving(*our_server_arguments(folder, port), port=port):
        asked, packed = pages(12_000), pages(24_000, packed=True)[12_000:]
        run_clients(port, asked[:64], seconds=SECONDS)
        distinct = run_clients(port, asked[64:], seconds=SECONDS)
        distinct_packed = run_clients(port, packed, seconds=SECONDS)
        kept = tuple(run_clients(port, some[:50], seconds=SECONDS / 2, again=True) for some in (asked, packed))
        bodies = [request_once(port, some[0]).body for some in (asked, packed)]
    starlette = tuple(run_bare_starlette(folder, body, "text/html", seconds=SECONDS / 2) for body in bodies)
    port = free_port()
    with serving(*datasette_arguments(folder, port), port=port):
        datasette = run_clients(port, tables(12_000), seconds=SECONDS)
    return Speeds(distinct=distinct, packed=distinct_packed, stock=datasette, kept=kept, bare=starlette)


@dataclass(slots=True)
class Load:
    """What a mixed load found."""

    entries: int
    """How many the directory has."""
    answers: int = 0
    not_modified: int = 0
    failed: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """MiB after the warm-up, then after each publishing and its share of the load."""
    files: list[int] = field(default_factory=list)
    """Open files at the same times."""


def mixed_requests(seed: int, entries: int) -> Iterator[Request]:
    """Endlessly what people and programs ask, in no order: pages, entries, formats, tables, HEAD."""
    chance = Random(seed)
    typed = [urlencode(one) for one in questions(2_000, seed=seed)]
    forms = [one.extension for one in FORMATS]
    while True:
        entry, form = chance.randint(1, entries), chance.choice(forms)
        address = chance.choice(
            (
                f"/?{chance.choice(typed)}",
                f"/?{chance.choice(typed)}",
                f"/provider/{entry}",
                f"/provider/{entry}.{form}",
                f"/search.{form}?size=20&{chance.choice(typed)}",
                chance.choice(PAGES),
            )
        )
        yield Request(
            address=address, method=chance.choice(("GET",) * 7 + ("HEAD",)), headers=chance.choice((PACKED, PACKED, ()))
        )


def run_load(folder: Path, *, minutes: float = MINUTES) -> Load:
    """So many minutes of a mixed load by sixteen clients, with new directories published in between.

    The last quarter comes after the last publishing, so that each version has its time.
    """
    load, port = Load(entries=_entries(folder / "ldn.db")), free_port()
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        served = Path(temporary)
        publish(folder / "ldn.db", served / "ldn.db", 0)
        (served / "gazetteer.db").symlink_to((folder / "gazetteer.db").resolve())
        with serving(*our_server_arguments(served, port), port=port) as site:
            asyncio.run(
                _under_load(load, port, site, folder / "ldn.db", served / "ldn.db", minutes * 60 / (PUBLISHES + 2))
            )
            if f"List {PUBLISHES}".encode() not in request_once(port, Request(address="/sources")).body:
                load.failed.append("the last directory was not taken up")
    return load


def _entries(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute("SELECT count(*) FROM providers").fetchone()[0])


def publish(source: Path, target: Path, number: int) -> None:
    """Puts another directory in the place of the one that is served, at once, as a build does."""
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    with closing(sqlite3.connect(part)) as db, db:
        db.execute("UPDATE sources SET title = ?", (f"List {number}",))
    part.replace(target)


async def _under_load(load: Load, port: int, site: psutil.Process, source: Path, target: Path, seconds: float) -> None:
    """One share of the time to warm up, one after each publishing, and one at the end."""
    until = time.monotonic() + seconds * (PUBLISHES + 2)
    clients = [asyncio.create_task(_client(load, port, number, until)) for number in range(CLIENTS)]
    for number in range(PUBLISHES + 1):
        await asyncio.sleep(seconds)
        _record_memory(load, site)
        if number < PUBLISHES:
            await asyncio.to_thread(publish, source, target, number + 1)
    await asyncio.sleep(seconds / 2)
    # While the clients are still there, as at every look before.
    _record_memory(load, site)
    await asyncio.gather(*clients)


def _record_memory(load: Load, site: psutil.Process) -> None:
    load.memory.append(site.memory_info().rss / 2**20)
    load.files.append(site.num_fds())


async def _client(load: Load, port: int, number: int, until: float) -> None:
    """Asks until the end; now and then again for what it has, by its tag. A connection that breaks is a failure too."""
    client = await Client.of(port)
    for asked in mixed_requests(number, load.entries):
        if time.monotonic() > until:
            break
        try:
            tag = await _judge_answer(load, client, asked)
            if tag and asked.method == "GET" and hash(asked.address) % 4 == 0:
                await _judge_answer(
                    load, client, Request(address=asked.address, headers=(*asked.headers, ("If-None-Match", tag)))
                )
        except (OSError, EOFError, ValueError) as broken:
            load.failed.append(f"{asked.method} {asked.address}: {type(broken).__name__}")
            client.close()
            client = await Client.of(port)
    client.close()


async def _judge_answer(load: Load, client: Client, asked: Request) -> str | None:
    """Counts one answer, and gives its tag."""
    told = await client.ask(asked)
    load.answers += 1
    load.not_modified += told.status == 304
    wrong = told.status not in (200, 304) or (told.status == 304) > any(
        name == "If-None-Match" for name, _ in asked.headers
    )
    if told.body and told.headers.get("content-encoding") == "gzip":
        wrong |= not gzip.decompress(told.body)
    # There is no file of address cards without a card.
    wrong &= not (told.status == 404 and asked.address.startswith("/search.vcf"))
    if wrong or (told.status == 200 and asked.method == "GET" and not told.body):
        load.failed.append(f"{asked.method} {asked.address}: {told.status} {_refusal_text(told)}")
    return told.headers.get("etag")


def _refusal_text(told: Any) -> str:
    """What a refusal says."""
    body = gzip.decompress(told.body) if told.headers.get("content-encoding") == "gzip" and told.body else told.body
    found = re.search(rb'<p class="lead">([^<]*)|"error": "([^"]*)', body)
    return (found[1] or found[2]).decode() if found else ""


def prepare_folder(kept: Path, size: int = SIZES[-1]) -> Path:
    """A folder with a directory and a gazetteer, made unless they are there."""
    known = gazetteer_for(Path(__file__).resolve().parent.parent / "data")
    folder = kept / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "gazetteer.db").exists():
        if known.exists():
            (folder / "gazetteer.db").symlink_to(known)
        else:
            unpack(folder / "gazetteer.db")
    directory(folder / "ldn.db", size)
    return folder


def run(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """The table of the site, at the largest of the sizes; nothing if none is wanted."""
    if not sizes:
        return []
    size = max(sizes)
    with tempfile.TemporaryDirectory() as temporary:
        folder = prepare_folder(Path(os.environ.get("LDN_BENCH_FOLDER") or temporary), size)
        minutes = float(os.environ.get("LDN_BENCH_MINUTES") or (MINUTES if size == SIZES[-1] else SHORT_MINUTES))
        return [*_of_speeds(speeds(folder)), *_of_load(run_load(folder, minutes=minutes), minutes)]


def _of_speeds(found: Speeds) -> Iterator[dict[str, Any]]:
    against = f"stock Datasette's table page, three facets: {found.stock.rate:.1f}/s"
    for name, ours_ in (("", found.distinct), (", gzip", found.packed)):
        times, p95 = ours_.rate / found.stock.rate, ours_.within(0.95) * 1e3
        yield {
            "name": f"result page{name}, {CLIENTS} clients, distinct questions ({ours_.rate:.0f}/s)",
            "value": round(times, 1),
            "unit": "times",
            "against": against,
            "reach": ">= 10",
            "ok": times >= 10,
        }
        yield {
            "name": f"p95 of the result page{name}, {CLIENTS} clients, distinct questions, one worker",
            "value": round(p95, 1),
            "unit": "ms",
            "against": "a limit",
            "reach": "< 50",
            "ok": p95 < 50,
        }
    for name, ours_, starlette in zip(("", ", gzip"), found.kept, found.bare, strict=True):
        share, p95 = ours_.rate / starlette.rate, ours_.within(0.95) * 1e3
        yield {
            "name": f"result page{name}, repeated questions ({ours_.rate:.0f}/s, p95 {p95:.1f} ms)",
            "value": round(share, 2),
            "unit": "of the requests/s",
            "against": f"bare Starlette with the same bytes: {starlette.rate:.0f}/s",
            "reach": ">= 0.3",
            "ok": share >= 0.3,
        }


def _of_load(load: Load, minutes: float) -> Iterator[dict[str, Any]]:
    under = f"{minutes:g} minutes of mixed load, {PUBLISHES} publishes"
    yield {
        "name": f"failed answers in {under}",
        "value": len(load.failed),
        "unit": "answers",
        "against": f"{load.answers:,} answers, {load.not_modified:,} of them 304"
        + "".join(f"; {one}" for one in load.failed[:5]),
        "reach": "0",
        "ok": not load.failed,
    }
    # Two versions are open while one follows the other: the first publishing belongs to the warm-up.
    growth = load.memory[-1] - load.memory[1]
    yield {
        "name": f"memory gained in {under}",
        "value": round(growth, 1),
        "unit": "MiB",
        "against": "after the first publishing: " + ", ".join(f"{one:.0f}" for one in load.memory),
        "reach": f"< {GROWTH_MIB}",
        "ok": growth < GROWTH_MIB,
    }
    more = load.files[-1] - min(load.files[:2])
    yield {
        "name": f"open files gained in {under}",
        "value": max(0, more),
        "unit": "files",
        "against": "open at each publishing: " + ", ".join(map(str, load.files)),
        "reach": "0",
        "ok": more <= 0,
    }


def main() -> None:
    """The load alone."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.site", description="A mixed load on the pages while directories change."
    )
    parser.add_argument("--minutes", type=float, default=MINUTES)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as temporary:
        folder = prepare_folder(Path(os.environ.get("LDN_BENCH_FOLDER") or temporary))
        print(json.dumps(list(_of_load(run_load(folder, minutes=minutes), minutes)), indent=1))


if __name__ == "__main__":
    main()
