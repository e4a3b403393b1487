"""Crawls sources together in one process. Those of one site share its throttle."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from ldn_directory.ledger import DuePage, Ledger, LedgerError, Retirement, retirements
from ldn_directory.storage import DATA, LEDGER_FILE, format_time

from .addresses import NO_CONTACT, is_private
from .base_spider import ListSpider
from .reactor import contact_settings, project_settings, run_reactor
from .recheck import NAME as RECHECK
from .recheck import EvidenceSpider
from .run import new_run_id
from .spider_loader import is_source
from .worker_pool import worker_pool

logger = logging.getLogger(__name__)

SKIPPED = f"{NO_CONTACT} (LDN_CONTACT=you@example.org ldn crawl)"
READ_AGAIN = "To read it again: ldn retire --undo"
UNCHANGED = "unchanged"
IS_TAKEN = "its file has been taken in. For a newer one: ldn import FILE --source"
NO_REPORT = "the crawl left no report: see the messages above"
STOPPED = "stopped before it was finished"


def spiders(data: Path | None = None, settings: Settings | None = None) -> dict[str, type[ListSpider]]:
    """Every source of a data folder, by its name. One that cannot be used is left out; `broken_spiders` says why."""
    loader = get_spider_loader(settings or project_settings(data or Path(os.environ.get("LDN_DATA", DATA))))
    loaded: dict[str, Any] = {name: loader.load(name) for name in sorted(loader.list())}
    return {name: spider for name, spider in loaded.items() if is_source(spider)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """Which sources' evidence pages are looked at after a crawl, and after how many days again."""

    sources: tuple[str, ...]
    days: float = 6.5
    unknown_days: float = 0.5
    """The same for a page that gave no answer."""


def crawl(
    data: Path,
    sources: Sequence[type[ListSpider]],
    *,
    contact: str = "",
    recheck: Recheck | None = None,
    **changed: Any,
) -> list[dict[str, Any]]:
    """Crawls the sources and gives their reports, in the same order; `changed` are Scrapy settings. Once a process.

    Sources on the web are skipped, with a report that says why, unless `contact` is an e-mail or web address; so are
    evidence pages.
    """
    return crawl_with(project_settings(data, contact, **changed), sources, recheck=recheck)


def crawl_with(
    settings: Settings,
    sources: Sequence[type[ListSpider]],
    *,
    recheck: Recheck | None = None,
    arguments: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The same under Scrapy settings that name the data folder and the contact, with arguments for the spiders.

    The report of a source of which a feed could not be written has `export_failed`.
    """
    data, run_id = Path(settings["LDN_DATA"]), new_run_id()
    os.environ["LDN_DATA"] = str(data)  # Spiders of files in the data folder read it.
    settings.setdict({"LDN_RUN": run_id, **contact_settings(settings["LDN_CONTACT"])}, priority="cmdline")
    left_out = _left_out(data, sources, settings["LDN_CONTACT"], read_again=settings.getbool("LDN_READ_AGAIN"))
    allowed = [source for source in sources if source.name not in left_out]
    errors: dict[str, str] = {}
    not_exported: set[str] = set()
    if allowed or recheck:
        worker_pool().start()

        async def work(runner: AsyncCrawlerRunner) -> None:
            try:
                crawls = (_crawl_source(runner, source, errors, not_exported, arguments or {}) for source in allowed)
                await asyncio.gather(*crawls)
                if recheck:
                    await _recheck_pages(runner, data, recheck, bool(settings["LDN_CONTACT"]))
            finally:
                worker_pool().close()

        run_reactor(settings, work)
    reports = [
        _report(data, run_id, source, *left_out.get(source.name, ("failed", errors.get(source.name, STOPPED))))
        for source in sources
    ]
    return [report | {"export_failed": True} if report["source"] in not_exported else report for report in reports]


def _left_out(
    data: Path, sources: Sequence[type[ListSpider]], contact: str, *, read_again: bool
) -> dict[str, tuple[str, str]]:
    """source -> (outcome, reason) of those that are not crawled. Raises LedgerError."""
    retired: Mapping[str, Retirement] = {}
    taken: dict[str, str] = {}
    if (data / LEDGER_FILE).exists():
        with Ledger.open(data / LEDGER_FILE) as ledger:
            retired = retirements(ledger.db)
            known = {source.name: ledger.last_harvest(source.name) for source in sources if source.changed_at()}
            taken = {name: harvest.finished for name, harvest in known.items() if harvest and not read_again}
    found = {}
    for source in sources:
        try:
            if source.name in retired:
                found[source.name] = "retired", f"{retired[source.name]}. {READ_AGAIN} {source.name}"
            elif source.name in taken and taken[source.name] >= (source.changed_at() or ""):
                found[source.name] = UNCHANGED, f"{IS_TAKEN} {source.name}"
            elif source.on_the_web() and not contact:
                found[source.name] = "skipped", SKIPPED
        except Exception as error:
            what = f"cannot be crawled: its addresses fail ({type(error).__name__}: {error})"
            found[source.name] = "failed", what
    return found


def last_checks(data: Path, run: str = "*") -> list[dict[str, Any]]:
    """What the recheck of a run, or else the latest, found: one row a listing; empty if there was none."""
    found = sorted(data.glob(f"runs/{run}/{RECHECK}/checks.json"), key=lambda path: path.stat().st_mtime_ns)
    return list(json.loads(found[-1].read_bytes())) if found else []


async def _crawl_source(
    runner: AsyncCrawlerRunner,
    source: type[ListSpider],
    errors: dict[str, str],
    not_exported: set[str],
    arguments: Mapping[str, str],
) -> None:
    """Crawls a source; puts into `errors` why there is no report, if there is none. Never costs the other sources."""
    try:
        crawler = runner.create_crawler(source)
        await runner.crawl(crawler, **arguments)
        assert isinstance(crawler.spider, ListSpider)
        errors[source.name] = crawler.spider.archive.lost or NO_REPORT
        if _is_feed_missing(crawler):
            not_exported.add(source.name)
    except OSError as error:
        errors[source.name] = f"cannot be crawled: {error.strerror or error} ({error.filename})"
    except Exception as error:
        logger.exception("%s", source.name)
        errors[source.name] = f"cannot be crawled: {type(error).__name__}: {error}"


def _is_feed_missing(crawler: Crawler) -> bool:
    """Whether fewer feeds were stored than should have been. Scrapy counts only some of the failures."""
    assert crawler.stats is not None
    stats, store_empty = crawler.stats.get_stats(), crawler.settings.getbool("FEED_STORE_EMPTY")
    feeds = crawler.settings.getdict("FEEDS").values()
    expected = [feed for feed in feeds if feed.get("store_empty", store_empty) or stats.get("item_scraped_count")]
    stored = sum(count for name, count in stats.items() if name.startswith("feedexport/success_count/"))
    return stored < len(expected) or any(name.startswith("feedexport/failed_count/") for name in stats)


async def _recheck_pages(runner: AsyncCrawlerRunner, data: Path, recheck: Recheck, has_contact: bool) -> None:
    """Looks at the evidence pages that are due. Errors here cost no source its harvest."""
    try:
        if pages := [page for page in _pages_due(data, recheck) if has_contact or _is_private(page)]:
            await runner.crawl(EvidenceSpider, pages=pages)
    except (LedgerError, OSError) as error:
        logger.error("evidence pages could not be looked at: %s", error)
    except Exception:
        logger.exception("evidence pages could not be looked at")


def _pages_due(data: Path, recheck: Recheck) -> Iterable[DuePage]:
    now = datetime.now(UTC)
    before, unknown_before = (format_time(now - timedelta(days=days)) for days in (recheck.days, recheck.unknown_days))
    with Ledger.open(data / LEDGER_FILE) as ledger:
        return ledger.due_pages(recheck.sources, before=before, unknown_before=unknown_before)


def _is_private(page: DuePage) -> bool:
    return is_private(urlsplit(page.page).hostname or "")


def _report(data: Path, run_id: str, source: type[ListSpider], outcome: str, error: str) -> dict[str, Any]:
    path = data / "runs" / run_id / source.name / "report.json"
    if path.exists():
        return dict(json.loads(path.read_bytes()))
    return {
        "run": run_id,
        "source": source.name,
        "title": source.source.title,
        "listings": 0,
        "outcome": outcome,
        "reasons": [error],
    }
