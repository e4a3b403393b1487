"""Crawls sources together in one process. Those of one site take turns at it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.misc import load_object
from scrapy.utils.reactor import install_reactor

from ldn_directory.ledger import DuePage, Ledger, LedgerError

from .harvest_extension import LEDGER_FILE
from .politeness import is_contact, is_private
from .recheck import NAME as RECHECK
from .recheck import EvidencePages
from .run import new_run_id
from .worker_pool import workshop

if TYPE_CHECKING:
    from .base_spider import ListSpider


logger = logging.getLogger(__name__)

SKIPPED = (
    "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
    "where a site's owner reaches you (LDN_CONTACT=you@example.org ldn crawl)"
)
LEFT_NOTHING = "the crawl left no report: see the messages above"


def settings_for(data: Path, **changed: Any) -> Settings:
    """The project's settings for one data folder."""
    settings = Settings()
    settings.setmodule("ldn_directory.settings")
    settings.setdict({"LDN_DATA": str(data), **changed}, priority="cmdline")
    return settings


def named(contact: str) -> dict[str, str]:
    """The settings by which a site's owner learns who asks."""
    return {"LDN_CONTACT": contact} | ({"USER_AGENT": f"ldn-directory/{_version()} (+{contact})"} if contact else {})


def spiders() -> dict[str, type[ListSpider]]:
    """Every source by its name."""
    loader = SpiderLoader.from_settings(settings_for(Path("data")))
    return {name: loader.load(name) for name in sorted(loader.list())}  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """Which sources' evidence pages are looked at after a crawl, and how old a look may be before the next is due."""

    sources: tuple[str, ...]
    days: float = 6.5
    unknown_days: float = 0.5
    """The same for a look that had no answer."""


def crawl(
    data: Path,
    sources: Sequence[type[ListSpider]],
    *,
    contact: str = "",
    recheck: Recheck | None = None,
    **changed: Any,
) -> list[dict[str, Any]]:
    """Crawls the sources and gives their reports, in the order asked for. Once a process: Twisted's reactor ends with it.

    Sources on the web are skipped, with a report that says why, unless `contact` is an e-mail or web address; so are evidence pages.
    """
    run_id = new_run_id()
    contact = contact.strip() if is_contact(contact) else ""
    lost: dict[str, str] = {}
    allowed = [source for source in sources if contact or not source.on_the_web()]
    if allowed or recheck:
        settings = settings_for(data, LDN_RUN=run_id, **named(contact), **changed)
        _react(settings, allowed, lost, lambda: _pages_due(data, recheck, bool(contact)) if recheck else [])
    lost |= {source.name: SKIPPED for source in sources if source not in allowed}
    return [_report(data, run_id, source, lost.get(source.name)) for source in sources]


def checks_of(data: Path, run: str = "*") -> list[dict[str, Any]]:
    """What the recheck of a run, or else the latest, found: one row a listing; empty if there was none."""
    found = sorted(data.glob(f"runs/{run}/{RECHECK}/checks.json"), key=lambda path: path.stat().st_mtime_ns)
    return list(json.loads(found[-1].read_bytes())) if found else []


def _pages_due(data: Path, recheck: Recheck, everywhere: bool) -> list[DuePage]:
    before, unknown_before = (_days_ago(days) for days in (recheck.days, recheck.unknown_days))
    with Ledger.open(data / LEDGER_FILE) as ledger:
        pages = ledger.due_pages(recheck.sources, before=before, unknown_before=unknown_before)
    return [page for page in pages if everywhere or is_private(urlsplit(page.page).hostname or "")]


def _days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _react(
    settings: Settings,
    sources: Iterable[type[ListSpider]],
    lost: dict[str, str],
    pages_due: Callable[[], list[DuePage]],
) -> None:
    workshop().open()

    async def all_sites(runner: AsyncCrawlerRunner) -> None:
        try:
            await asyncio.gather(*(_one_source(runner, source, lost) for source in sources))
            await _recheck(runner, pages_due)
        finally:
            workshop().close()

    react(settings, all_sites)


def react(settings: Settings, work: Callable[[AsyncCrawlerRunner], Coroutine[Any, Any, None]]) -> None:
    """Runs crawls until `work` is done. Once a process: Twisted's reactor ends with it."""
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    from twisted.internet import reactor as installed

    # Twisted types it as a module; what was installed stands in its place.
    reactor: Any = installed

    _install_resolver(settings, reactor)

    def begin() -> None:
        finished: Any = deferred_from_coro(work(AsyncCrawlerRunner(settings)))
        finished.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()


def _install_resolver(settings: Settings, reactor: Any) -> None:
    """Puts TWISTED_DNS_RESOLVER in charge, which of Scrapy's runners only `CrawlerProcess` does."""
    resolver = load_object(settings["TWISTED_DNS_RESOLVER"])
    resolver(reactor, settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT")).install_on_reactor()


async def _recheck(runner: AsyncCrawlerRunner, pages_due: Callable[[], list[DuePage]]) -> None:
    """Looks at the evidence pages that are due. What goes wrong here costs no source its harvest."""
    try:
        if pages := pages_due():
            await runner.crawl(EvidencePages, pages=pages)
    except (LedgerError, OSError) as error:
        logger.error("evidence pages could not be looked at: %s", error)
    except Exception:
        logger.exception("evidence pages could not be looked at")


async def _one_source(runner: AsyncCrawlerRunner, source: type[ListSpider], lost: dict[str, str]) -> None:
    """Crawls a source; in `lost` stands why it left no report. It never costs the others."""
    try:
        crawler = runner.create_crawler(source)
        await runner.crawl(crawler)
        lost[source.name] = crawler.spider.run.lost or LEFT_NOTHING  # type: ignore[union-attr]
    except OSError as error:
        lost[source.name] = f"cannot be crawled: {error.strerror or error} ({error.filename})"
    except Exception as error:
        logger.exception("%s", source.name)
        lost[source.name] = f"cannot be crawled: {type(error).__name__}: {error}"


def _report(data: Path, run_id: str, source: type[ListSpider], lost: str | None) -> dict[str, Any]:
    path = data / "runs" / run_id / source.name / "report.json"
    if path.exists():
        return dict(json.loads(path.read_bytes()))
    return {
        "run": run_id,
        "source": source.name,
        "title": source.source.title,
        "listings": 0,
        "outcome": "skipped" if lost == SKIPPED else "failed",
        "reasons": [lost or LEFT_NOTHING],
    }


def _version() -> str:
    from ldn_directory import __version__

    return __version__
