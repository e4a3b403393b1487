"""Crawls the example lists over loopback: against bare Scrapy on the same pages, and against itself when nothing changed."""

from __future__ import annotations

import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE = 20_000
"""Practitioners invented; five in six of them stand on the lists that are crawled."""
SEED = 1
LISTS = {
    "example_prescribers": "drupal/prescribers",
    "example_pharmacies": "drupal/pharmacies",
    "example_cards": "cards",
    "example_table": "table",
    "example_api": "api/locations",
    "example_csv": "list.csv",
}
ROWS = "table.views-table tbody tr, .views-row, .practitioner-card, #members tbody tr"


@dataclass(frozen=True, slots=True)
class Timed:
    """One crawl: how long, how many entries and pages, how much memory at most, how many pages were unchanged."""

    seconds: float
    entries: int
    pages: int
    peak_mb: float
    unchanged: int = 0


def run() -> list[dict[str, Any]]:
    """Rows of the part `crawl`."""
    with example_site() as base, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        # The first pass only makes the site write its pages, so that neither side waits for that.
        alone(bare_scrapy, base, data / "warm.jsonl")
        bare = alone(bare_scrapy, base, data / "bare.jsonl")
        first = alone(our_crawl, base, data)
        again = alone(our_crawl, base, data)
        found = share_found(data)
    return [
        {
            "name": "first crawl", "value": first.entries / first.seconds, "unit": "entries/s",
            "against": f"bare Scrapy, rows as text: {bare.entries / bare.seconds:,.0f} entries/s",
            "reach": ">= a tenth, with archive, mapping and ledger", "ok": first.seconds <= 10 * bare.seconds,
        },
        {
            "name": "crawl of unchanged lists", "value": first.seconds / again.seconds, "unit": "times as fast",
            "against": f"first crawl: {first.seconds:.1f} s", "reach": ">= 3", "ok": first.seconds >= 3 * again.seconds,
        },
        {
            "name": "unchanged pages not read again", "value": again.unchanged / max(1, again.pages), "unit": "share",
            "against": f"{again.pages} pages", "reach": "all", "ok": again.unchanged == again.pages,
        },
        {
            "name": "entries found with their names", "value": found, "unit": "share",
            "against": f"{first.entries} listings", "reach": ">= 0.98", "ok": found >= 0.98,
        },
        {
            "name": "peak memory of the largest process", "value": first.peak_mb, "unit": "MB",
            "against": f"bare Scrapy: {bare.peak_mb:.0f} MB", "reach": "<= 500 MB", "ok": first.peak_mb <= 500,
        },
    ]  # fmt: skip


@contextmanager
def example_site() -> Iterator[str]:
    """The example site in a process of its own; gives its address."""
    command = [sys.executable, "-m", "ldn_directory.example", "--port", "0", "--size", str(SIZE), "--seed", str(SEED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout
            yield site.stdout.readline().strip()
        finally:
            site.terminate()


def alone(crawl: Callable[[str, Path], Timed], base: str, where: Path) -> Timed:
    """The crawl in a fresh process: a reactor runs once, and memory is counted from nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(crawl, base, where).result()


def our_crawl(base: str, data: Path) -> Timed:
    """The demo's sources through robots, archive, gates and ledger."""
    from ldn_directory.crawl.runner import crawl
    from ldn_directory.demo import example_spiders

    sources = example_spiders(base)
    started = time.perf_counter()
    reports = crawl(data, sources, contact="bench@example.org")
    seconds = time.perf_counter() - started
    failed = [report for report in reports if report["outcome"] != "passed"]
    if failed:
        raise RuntimeError(f"{failed[0]['source']} was {failed[0]['outcome']}: {failed[0]['reasons']}")
    return Timed(
        seconds, sum(report["listings"] for report in reports), sum(report["pages"] for report in reports), peak_mb(),
        sum(report["unchanged_pages"] for report in reports),
    )  # fmt: skip


def bare_scrapy(base: str, out: Path) -> Timed:
    """Scrapy as it comes: the same pages, each row's text as an item, no archive, nothing understood."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"
        start_urls = [f"{base}/{path}" for path in LISTS.values() if path != "api/locations"]
        pages = 0

        async def start(self) -> Any:
            for url in [*self.start_urls, f"{base}/api/locations?per_page=100&page=1"]:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> Any:
            type(self).pages += 1
            if "/api/" in response.url:
                yield from ({"text": json.dumps(item)} for item in response.json())
                page = int(response.url.rpartition("=")[2])
                if page < int(response.headers["X-WP-TotalPages"]):
                    yield scrapy.Request(f"{base}/api/locations?per_page=100&page={page + 1}")
                return
            if response.url.endswith(".csv"):
                yield from ({"text": line} for line in response.body.decode("cp1252").splitlines()[1:])
                return
            for row in response.css(ROWS):
                yield {"text": " ".join(row.css("::text").getall())}
            yield from response.follow_all(css="a[rel=next]")

    settings = {
        "FEEDS": {str(out): {"format": "jsonlines"}}, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True,
    }  # fmt: skip
    process = CrawlerProcess(settings)
    started = time.perf_counter()
    process.crawl(Bare)
    process.start()
    seconds = time.perf_counter() - started
    with out.open(encoding="utf-8") as items:
        entries = sum(1 for _ in items)
    return Timed(seconds, entries, Bare.pages, peak_mb())


def peak_mb() -> float:
    """Most memory that this process, or the largest of its children, has had."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes / 1024


def share_found(data: Path) -> float:
    """Share of the entries on the lists whose names are among the listings of their source."""
    from ldn_directory.example.practitioners import invented
    from ldn_directory.example.truth import truth_of

    truth = truth_of(invented(SIZE, SEED), SEED)
    wanted = found = 0
    run_folder = max((data / "runs").iterdir())
    for source, name in LISTS.items():
        with (run_folder / source / "listings.jsonl").open("rb") as lines:
            names = {_bare_name(json.loads(line).get("name") or "") for line in lines}
        expected = truth.expected_of(name)
        wanted += len(expected)
        found += sum(_bare_name(listing["name"]) in names for listing in expected)
    return found / wanted


def _bare_name(name: str) -> str:
    return name.casefold().replace(".", "")
