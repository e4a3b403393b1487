"""How right the matching is, how fast, how it grows, and what a build costs after a crawl that changed little."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench._namesakes import HELD_OUT, LOCALES, chains, namesakes, one_person_twice
from bench._truth import febrl, invented_lists, sum_qualities

SIZES = (10_000, 100_000, 1_000_000)
"""Listings."""
QUALITY_PRACTITIONERS, QUALITY_SEEDS = 10_000, (1, 2, 3)
"""Several draws: one wrong group of seven entries and six is 42 wrong pairs, a thousandth of all."""
PAIRS_EACH, SEED = 125, 20_261
"""Pairs of namesakes for each country: 2,000 in all."""
CHAINS = 200
CHANGED = 0.01
MEASURED = """
import json, resource, sys, time
from pathlib import Path
sys.path.insert(0, ".")
from bench._truth import lines_of
from ldn_directory.publish.build import build
from ldn_directory.matching.match import match_listings
from ldn_directory.ledger import Ledger
data, size, what, changed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
ledger_path = data / "ledger.db"
if what == "fill":
    with Ledger.open(ledger_path) as ledger:
        for harvest in lines_of(size, changed):
            ledger.ingest(harvest)
else:
    start = time.perf_counter()
    if what == "match":
        with Ledger.open(ledger_path) as ledger:
            match_listings(ledger.db, data)
    else:
        build(ledger_path, data / "ldn.db", allow_shrink=True)
    print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def run(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """Quality, then growth up to the largest size, then rebuilds."""
    sizes = tuple(sizes) or (1_000,)
    return [*_quality(), *_growth(sizes), *_rebuild(min(100_000, max(sizes)))]


def _quality() -> list[dict[str, Any]]:
    chosen = [country for country in LOCALES if country not in HELD_OUT]
    return [
        *_namesakes("countries that were looked at", chosen),
        *_namesakes("countries that were held out", sorted(HELD_OUT)),
        *_persons(),
        *_chains(),
        *(row for number in (1, 2, 3, 4) for row in _febrl(number)),
        *_invented(),
    ]


def _namesakes(side: str, countries: Sequence[str]) -> list[dict[str, Any]]:
    """Different people of one name: how many pairs are joined, and how many a person is asked about."""
    pairs = PAIRS_EACH * len(countries)
    found = namesakes(countries, pairs, SEED).quality()
    of = f"{pairs:,} pairs by published frequencies, {len(countries)} {side}"
    asked = 100 * found.doubts / pairs
    return [
        _row("namesakes joined", found.joined, "pairs", of, "0", not found.joined),
        _row("namesakes left for a person", round(asked, 2), "% of pairs", of, "<= 5", asked <= 5),
    ]


def _persons() -> list[dict[str, Any]]:
    found = one_person_twice(list(LOCALES), PAIRS_EACH * len(LOCALES), SEED).quality()
    of = f"{found.true:,} people on two lists, names by published frequencies"
    return [
        _row("such people found", round(found.recall, 4), "recall", of, ">= 0.95", found.recall >= 0.95),
        _row("such people joined rightly", round(found.precision, 4), "precision", of, "1", found.precision == 1),
    ]


def _chains() -> list[dict[str, Any]]:
    found = chains(CHAINS, SEED).quality()
    of = f"{found.entries:,} entries of {CHAINS} chains on two lists, invented"
    wrong = found.joined - found.right
    return [
        _row("branches joined with another", wrong, "pairs", of, "0", not wrong),
        _row("branches found on both lists", round(found.recall, 4), "recall", of, ">= 0.9", found.recall >= 0.9),
    ]


def _febrl(number: int) -> list[dict[str, Any]]:
    found = febrl(number).quality()
    side = "held out" if number == 4 else "weights were estimated on it"
    name, of = f"Febrl {number} without birth dates and numbers", f"{found.entries:,} entries, {side}"
    return [
        _row(f"{name}: precision", round(found.precision, 4), "", of, ">= 0.99", found.precision >= 0.99),
        _row(f"{name}: recall", round(found.recall, 4), "", of, ">= 0.97", found.recall >= 0.97),
    ]


def _invented() -> list[dict[str, Any]]:
    """The project's own lists. Lost is who has two practices in two towns, without a phone or e-mail in common."""
    lists = sum_qualities(invented_lists(QUALITY_PRACTITIONERS, seed).quality() for seed in QUALITY_SEEDS)
    asked = 100 * lists.doubts / lists.entries
    people = f"{QUALITY_PRACTITIONERS:,} invented practitioners, {len(QUALITY_SEEDS)} draws"
    of = f"{lists.entries:,} entries of four lists, {people}"
    return [
        _row("joined rightly", round(lists.precision, 4), "precision", of, ">= 0.998", lists.precision >= 0.998),
        _row("found to be one", round(lists.recall, 4), "recall", of, ">= 0.93", lists.recall >= 0.93),
        _row("left for a person", round(asked, 2), "% of entries", of, "<= 2", asked <= 2),
    ]


def _growth(sizes: Sequence[int]) -> list[dict[str, Any]]:
    rows, seconds = [], {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _in_a_process(folder, size, "fill")
            seconds[size], peak = _in_a_process(folder, size, "match")
        if size == 100_000:
            rows.append(
                _row(
                    "matching of 100,000 listings", round(seconds[size], 1), "s", "a limit", "< 60", seconds[size] < 60
                )
            )
            rows.append(
                _row("matching of 100,000 listings: peak memory", round(peak), "MiB", "a limit", "< 2048", peak < 2048)
            )
    small, large = min(sizes), max(sizes)
    if small < large:
        growth = seconds[large] / seconds[small] / (large / small)
        name = f"matching of {large:,} listings, for each listing"
        rows.append(_row(name, round(growth, 2), "times", f"{small:,} listings", "<= 1.3", growth <= 1.3))
    return rows


def _rebuild(size: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        _in_a_process(folder, size, "fill")
        full, _ = _in_a_process(folder, size, "build")
        _in_a_process(folder, size, "fill", CHANGED)
        again, _ = _in_a_process(folder, size, "build")
    with tempfile.TemporaryDirectory() as folder:
        _in_a_process(folder, size, "fill")
        matched_full, _ = _in_a_process(folder, size, "match")
        _in_a_process(folder, size, "fill", CHANGED)
        matched_again, _ = _in_a_process(folder, size, "match")
    name = f"{size:,} listings, of which a crawl changed 1 %"
    return [
        _row(
            f"build of {name}",
            round(again / full, 3),
            "of the time",
            f"all anew ({full:.0f} s)",
            "<= 0.25",
            again / full <= 0.25,
        ),
        _row(
            f"matching of {name}",
            round(matched_again / matched_full, 3),
            "of the time",
            f"all anew ({matched_full:.0f} s)",
            "<= 0.25",
            matched_again / matched_full <= 0.25,
        ),
    ]


def _in_a_process(folder: str, size: int, what: str, changed: float = 0.0) -> tuple[float, float]:
    """(seconds, peak MiB)."""
    command = [sys.executable, "-c", MEASURED, folder, str(size), what, str(changed)]
    done = subprocess.run(
        command, check=True, cwd=Path(__file__).resolve().parent.parent, capture_output=True, text=True
    )
    return tuple(json.loads(done.stdout)) if done.stdout else (0.0, 0.0)


def _row(name: str, value: float, unit: str, against: str, reach: str, ok: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "against": against, "reach": reach, "ok": ok}
