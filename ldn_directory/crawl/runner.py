"""Crawls sources together in one process: sites side by side, sources of one site one after another."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
from scrapy.utils.reactor import install_reactor

from ldn_directory.ledger import Due, Ledger

from .harvesting import LEDGER_FILE
from .politeness import is_private
from .rechecking import NAME as RECHECK
from .rechecking import EvidencePages
from .run import new_run_id
from .workshop import workshop

if TYPE_CHECKING:
    from ldn_directory.families import ListSpider


class NoContact(Exception):
    """The web may not be touched, because nobody could be reached who answers for it."""


def settings_for(data: Path, **changed: Any) -> Settings:
    """The project's settings for one data folder."""
    settings = Settings()
    settings.setmodule("ldn_directory.settings")
    settings.setdict({"LDN_DATA": str(data), **changed}, priority="cmdline")
    return settings


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
    data: Path, sources: Sequence[type[ListSpider]], *, contact: str = "", recheck: Recheck | None = None, **changed: Any
) -> list[dict[str, Any]]:
    """Crawls the sources and gives their reports, in the order asked for. Once a process: Twisted's reactor ends with it.

    Sources on the web are skipped, with a report that says why, while `contact` is empty; so are evidence pages.
    """
    run_id = new_run_id()
    allowed = [source for source in sources if contact or not source.on_the_web()]
    if allowed or recheck:
        agent = {"USER_AGENT": f"ldn-directory/{_version()} (+{contact})"} if contact else {}
        settings = settings_for(data, LDN_RUN=run_id, **agent, **changed)
        _react(settings, allowed, lambda: _pages_due(data, recheck, bool(contact)) if recheck else [])
    return [_report(data, run_id, source, skipped=source not in allowed) for source in sources]


def checks_of(data: Path, run: str = "*") -> list[dict[str, Any]]:
    """What the recheck of a run, or else the latest, found: one row a listing; empty if there was none."""
    found = sorted(data.glob(f"runs/{run}/{RECHECK}/checks.json"), key=lambda path: path.stat().st_mtime_ns)
    return list(json.loads(found[-1].read_bytes())) if found else []


def _pages_due(data: Path, recheck: Recheck, everywhere: bool) -> list[Due]:
    before, unknown_before = (_days_ago(days) for days in (recheck.days, recheck.unknown_days))
    with Ledger.open(data / LEDGER_FILE) as ledger:
        pages = ledger.due(recheck.sources, before=before, unknown_before=unknown_before)
    return [page for page in pages if everywhere or is_private(urlsplit(page.page).hostname or "")]


def _days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _react(settings: Settings, sources: Iterable[type[ListSpider]], pages_due: Callable[[], list[Due]]) -> None:
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    from twisted.internet import reactor

    async def all_sites() -> None:
        runner = AsyncCrawlerRunner(settings)
        try:
            await asyncio.gather(*(_one_site(runner, group) for group in by_site(sources)), return_exceptions=True)
            if pages := pages_due():
                await runner.crawl(EvidencePages, pages=pages)
        finally:
            workshop().close()

    def begin() -> None:
        finished = deferred_from_coro(all_sites())
        finished.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]

    reactor.callWhenRunning(begin)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]


async def _one_site(runner: AsyncCrawlerRunner, sources: list[type[ListSpider]]) -> None:
    for ordinal, source in enumerate(sources):
        if ordinal and source.on_the_web():
            await asyncio.sleep(runner.settings.getfloat("DOWNLOAD_DELAY"))
        await runner.crawl(source)


def by_site(sources: Iterable[type[ListSpider]]) -> list[list[type[ListSpider]]]:
    """Sources grouped by the host they ask, so that no site is asked by two at once."""
    groups: dict[str, list[type[ListSpider]]] = defaultdict(list)
    for source in sources:
        hosts = sorted({(urlsplit(url).hostname or "").removeprefix("www.") for url in source.addresses()})
        groups[hosts[0] if hosts else source.name].append(source)
    return list(groups.values())


def _report(data: Path, run_id: str, source: type[ListSpider], *, skipped: bool) -> dict[str, Any]:
    path = data / "runs" / run_id / source.name / "report.json"
    if path.exists():
        return dict(json.loads(path.read_bytes()))
    reason = (
        "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
        "where a site's owner reaches you (LDN_CONTACT=you@example.org ldn crawl)"
        if skipped
        else "the crawl left no report: see the messages above"
    )
    return {
        "run": run_id,
        "source": source.name,
        "title": source.source.title,
        "listings": 0,
        "outcome": "skipped" if skipped else "failed",
        "reasons": [reason],
    }


def _version() -> str:
    from ldn_directory import __version__

    return __version__
