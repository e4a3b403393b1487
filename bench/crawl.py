"""Crawls the example lists over loopback, and compares with bare Scrapy, an unchanged recrawl, and the archive.

The bare spider fetches the same pages, one at a time, as ours asks a site for one page at a time, and yields a plain
dict a row, a selector a field, as one would write it by hand: no archive, nothing normalised, no harvest.
"""

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

from ldn_directory.places import unpack

SIZES = (1_000, 10_000, 100_000)
"""Practitioners invented; five in six of them stand on the lists that are crawled, about 1.2 times each."""
SEED = 1
LISTS = {
    "example_prescribers": "drupal/prescribers",
    "example_pharmacies": "drupal/pharmacies",
    "example_cards": "cards",
    "example_table": "table",
    "example_api": "api/locations",
    "example_csv": "list.csv",
}
CELLS = {
    name: f".views-field-{css}"
    for name, css in {
        "name": "title",
        "credentials": "field-credentials",
        "clinic": "field-clinic",
        "city": "field-city",
        "state": "field-state",
        "phone": "field-phone",
        "email": "field-email",
        "website": "field-website",
        "address": "field-address",
        "postcode": "field-postcode",
    }.items()
}
PAGED = ("example_prescribers", "example_pharmacies", "example_cards", "example_api")


@dataclass(frozen=True, slots=True)
class TimedCrawl:
    """One crawl: how long, processor time with that of its workers, entries, pages, bytes and peak memory."""

    seconds: float
    cpu_s: float
    entries: int
    pages: int
    peak_mb: float
    bytes: int = 0
    unchanged: int = 0

    @property
    def pace(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def run(sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """Rows of the part `crawl`."""
    return [row for size in sizes for row in measure_size(size)]


def measure_size(size: int) -> list[dict[str, Any]]:
    """The figures and checks at one size."""
    with example_site(size) as base, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        # As after any first build: to unpack it takes a second, however long the list is.
        unpack(data / "gazetteer.db")
        # The first pass only makes the site write its pages, so that neither side waits for that.
        run_in_process(bare_scrapy, base, data / "warm.jsonl")
        bare = run_in_process(bare_scrapy, base, data / "bare.jsonl")
        first = run_in_process(our_crawl, base, data)
        bare_again = run_in_process(bare_scrapy, base, data / "bare.jsonl")
        again = run_in_process(our_crawl, base, data)
        replayed = run_in_process(our_replay, base, data)
        afresh = run_in_process(our_replay_afresh, base, data)
        found = share_found(data, size)
        same_s, other_s = comparison_s(data, base), comparison_s(data, base, altered=True)
    bare_pace = max(bare.pace, bare_again.pace)
    against_first = f"the first: {first.pace:.0f} pages/s"
    name = f"{size:,} practitioners, {first.pages:,} pages"
    return [
        _row(
            f"first crawl: {name}",
            first.pace / bare_pace,
            "of the pages/s",
            f"bare Scrapy: {bare_pace:.0f} pages/s",
            ">= 0.6",
        ),
        _row(f"unchanged: {name}: bytes", again.bytes / first.bytes, "of the bytes", "the first crawl", "<= 0.1"),
        _row(
            f"unchanged: {name}: processor",
            again.cpu_s / first.cpu_s,
            "of the time",
            f"the first: {first.cpu_s:.1f} s",
            "<= 0.5",
        ),
        _row(f"replay, extracted afresh: {name}", afresh.pace / first.pace, "times the pages/s", against_first, ">= 2"),
        _row(f"replay: {name}", replayed.pace / first.pace, "times the pages/s", against_first, ">= 2"),
        _row(
            f"gates, nothing changed: {name}",
            same_s / again.cpu_s,
            "of the processor",
            f"the unchanged crawl: {again.cpu_s:.1f} s",
            "<= 0.05",
        ),
        _row(
            f"gates, every name changed: {name}",
            other_s / first.cpu_s,
            "of the processor",
            f"the first crawl: {first.cpu_s:.1f} s",
            "<= 0.05",
        ),
        _row(f"names found: {name}", found, "share", f"{first.entries:,} listings", ">= 0.98"),
        _row(f"largest process: {name}", first.peak_mb, "MB", f"bare Scrapy: {bare.peak_mb:.0f} MB", "<= 500"),
    ]


def _row(name: str, value: float, unit: str, against: str, reach: str) -> dict[str, Any]:
    bound = float(reach[3:])
    ok = value >= bound if reach.startswith(">=") else value <= bound
    return {"name": name, "value": round(value, 4), "unit": unit, "against": against, "reach": reach, "ok": ok}


@contextmanager
def example_site(size: int) -> Iterator[str]:
    """The example site in a process of its own; gives its address."""
    command = [sys.executable, "-m", "ldn_directory.example", "--port", "0", "--size", str(size), "--seed", str(SEED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as site:
        try:
            assert site.stdout
            yield site.stdout.readline().strip()
        finally:
            site.terminate()


def run_in_process(crawl: Callable[[str, Path], TimedCrawl], base: str, where: Path) -> TimedCrawl:
    """The crawl in a fresh process: a reactor runs once, and memory is counted from nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(crawl, base, where).result()


def our_crawl(base: str, data: Path) -> TimedCrawl:
    """The demo's sources through robots, archive, gates and ledger."""
    from ldn_directory.cli.demo import EXAMPLES, example_spiders
    from ldn_directory.crawl.runner import crawl

    sources = [source for source in example_spiders(base) if source in EXAMPLES and source.name in LISTS]
    started, cpu_before = time.perf_counter(), cpu_s()
    reports = crawl(data, sources, contact="bench@example.org")
    seconds, used = time.perf_counter() - started, cpu_s() - cpu_before
    failed = [report for report in reports if report["outcome"] != "passed"]
    if failed:
        raise RuntimeError(f"{failed[0]['source']} was {failed[0]['outcome']}: {failed[0]['reasons']}")
    return TimedCrawl(
        seconds,
        used,
        *(sum(report[key] for report in reports) for key in ("listings", "pages")),
        peak_mb(),
        *(sum(report[key] for report in reports) for key in ("bytes", "unchanged_pages")),
    )


def our_replay_afresh(base: str, data: Path) -> TimedCrawl:
    """The same, every page extracted again as after a change of the code."""
    return our_replay(base, data, afresh=True)


def our_replay(base: str, data: Path, *, afresh: bool = False) -> TimedCrawl:
    """The latest crawl's pages read again from the archive; the site is not asked."""
    from ldn_directory.cli.demo import example_spiders
    from ldn_directory.crawl.replay import replay_all

    sources = [source for source in example_spiders(base) if source.name in LISTS]
    started, cpu_before = time.perf_counter(), cpu_s()
    done = replay_all(data, sources, afresh=afresh)
    seconds, used = time.perf_counter() - started, cpu_s() - cpu_before
    if differing := [one for one in done if one["changed"] or one["added"] or one["missing"] or one["errors"]]:
        raise RuntimeError(f"the replay differs: {differing[0]}")
    return TimedCrawl(seconds, used, sum(one["listings"] for one in done), sum(one["pages"] for one in done), peak_mb())


def bare_scrapy(base: str, out: Path) -> TimedCrawl:
    """Scrapy as it comes, with a spider that names its fields by selectors."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Bare(scrapy.Spider):
        name = "bare"
        pages = 0

        async def start(self) -> Any:
            for source, path in LISTS.items():
                query = "?page=1&per_page=100" if source == "example_api" else ""
                yield scrapy.Request(f"{base}/{path}{query}", callback=getattr(self, source))

        def _onward(self, response: Any, callback: Any) -> Any:
            yield from response.follow_all(css="a[rel=next]", callback=callback)

        def example_prescribers(self, response: Any) -> Any:
            type(self).pages += 1
            yield from self._onward(response, self.example_prescribers)
            for row in response.css("table.views-table tbody tr"):
                yield _texts(row, CELLS)

        def example_pharmacies(self, response: Any) -> Any:
            type(self).pages += 1
            yield from self._onward(response, self.example_pharmacies)
            for row in response.css(".views-row"):
                yield _texts(row, CELLS)

        def example_cards(self, response: Any) -> Any:
            type(self).pages += 1
            yield from self._onward(response, self.example_cards)
            for card in response.css(".practitioner-card"):
                labelled = {item.css("strong::text").get(): item.css("::text").getall()[1:] for item in card.css("li")}
                yield {
                    "name": card.css(".card-title::text").get(),
                    "specialty": card.css(".card-specialty::text").get(),
                    "telehealth": card.css(".telehealth::text").get(),
                    **labelled,
                }

        def example_table(self, response: Any) -> Any:
            type(self).pages += 1
            names = response.css("#members th::text").getall()
            for row in response.css("#members tbody tr"):
                yield dict(zip(names, (cell.css("::text").get() for cell in row.css("td")), strict=False))

        def example_csv(self, response: Any) -> Any:
            import csv

            type(self).pages += 1
            yield from csv.DictReader(response.body.decode("cp1252").splitlines())

        def example_api(self, response: Any) -> Any:
            type(self).pages += 1
            page = int(response.url.partition("page=")[2].partition("&")[0])
            if page < int(response.headers["X-WP-TotalPages"]):
                yield scrapy.Request(f"{base}/api/locations?page={page + 1}&per_page=100", self.example_api)
            yield from response.json()

    settings = {
        "FEEDS": {str(out): {"format": "jsonlines", "overwrite": True}},
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": 1,
    }
    process = CrawlerProcess(settings)
    started, cpu_before = time.perf_counter(), cpu_s()
    process.crawl(Bare)
    process.start()
    seconds, used = time.perf_counter() - started, cpu_s() - cpu_before
    with out.open(encoding="utf-8") as items:
        entries = sum(1 for _ in items)
    return TimedCrawl(seconds, used, entries, Bare.pages, peak_mb())


def _texts(row: Any, fields: dict[str, str]) -> dict[str, str]:
    return {name: " ".join(row.css(f"{css} ::text, {css}::text").getall()).strip() for name, css in fields.items()}


def cpu_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> float:
    """Most memory that this process, or the largest of its children, has had."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes / 1024


def comparison_s(data: Path, base: str, *, altered: bool = False) -> float:
    """Processor seconds in which the gates compare the last run's harvests with what was known.

    With `altered`, every entry has another name than before.
    """
    from ldn_directory.cli.demo import example_spiders
    from ldn_directory.crawl.comparison import compare_with_ledger
    from ldn_directory.crawl.turnover import TURNOVER_GATES
    from ldn_directory.ledger import Ledger

    sources = {spider.name: spider.source for spider in example_spiders(base)}
    run_folder = max(folder for folder in (data / "runs").iterdir() if (folder / "example_table").is_dir())
    seconds = 0.0
    with Ledger.open(data / "ledger.db") as ledger:
        for name in LISTS:
            lines = (run_folder / name / "listings.jsonl").read_bytes().splitlines()
            if altered:
                lines = [line.replace(b'"name":"', b'"name":"Other ') for line in lines]
            started = time.process_time()
            compared = compare_with_ledger(ledger, name, lines)
            assert compared
            reasons = [list(gate(compared, sources[name])) for gate in TURNOVER_GATES.values()]
            seconds += time.process_time() - started
            if any(reasons) != altered:
                raise RuntimeError(f"{name}: the gates say {reasons}")
    return seconds


def share_found(data: Path, size: int) -> float:
    """Share of the entries on the lists whose names are among the listings of their source."""
    from ldn_directory.example.practitioners import invent_practitioners
    from ldn_directory.example.truth import truth_of
    from tests.generators.expected import expected_listings

    truth = truth_of(invent_practitioners(size, SEED), SEED)
    wanted = found = 0
    run_folder = max((data / "runs").iterdir())
    for source, name in LISTS.items():
        with (run_folder / source / "listings.jsonl").open("rb") as lines:
            names = {_bare_name(json.loads(line).get("name") or "") for line in lines}
        expected = expected_listings(truth, name)
        wanted += len(expected)
        found += sum(_bare_name(listing["name"]) in names for listing in expected)
    return found / wanted


def _bare_name(name: str) -> str:
    return name.casefold().replace(".", "")
