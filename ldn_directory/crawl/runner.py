"""Crawls sources together in one process. Those of one site take turns at it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

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


def crawl(
    data: Path, sources: Sequence[type[ListSpider]], *, contact: str = "", **changed: Any
) -> list[dict[str, Any]]:
    """Crawls the sources and gives their reports, in the order asked for. Once a process: Twisted's reactor ends with it.

    Sources on the web are skipped, with a report that says why, while `contact` is empty.
    """
    run_id = new_run_id()
    allowed = [source for source in sources if contact or not source.on_the_web()]
    if allowed:
        agent = {"USER_AGENT": f"ldn-directory/{_version()} (+{contact})"} if contact else {}
        _react(settings_for(data, LDN_RUN=run_id, **agent, **changed), allowed)
    return [_report(data, run_id, source, skipped=source not in allowed) for source in sources]


def _react(settings: Settings, sources: Iterable[type[ListSpider]]) -> None:
    workshop().open()
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    from twisted.internet import reactor

    async def all_sites() -> None:
        runner = AsyncCrawlerRunner(settings)
        try:
            await asyncio.gather(*(runner.crawl(source) for source in sources), return_exceptions=True)
        finally:
            workshop().close()

    def begin() -> None:
        finished = deferred_from_coro(all_sites())
        finished.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]

    reactor.callWhenRunning(begin)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]


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
