"""What happens when a spider has ended, however it was started: gates, then the ledger, then the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from scrapy import signals

from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Harvest
from ldn_directory.wayfinding import written_by_people

from .gates import LastGood, reasons_to_hold
from .run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from .walking import ListSpider

LEDGER_FILE = "ledger.db"


class Unreadable(Exception):
    """The list of the forgotten cannot be read, so nothing may enter the ledger. The message says what to do."""


_one_ledger = Lock()
"""Harvests of one process wait for each other here rather than for the database's lock, which gives up after a while."""


class Harvesting:
    """Scrapy extension: judges and ingests each spider's harvest when the spider closes."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(self.spider_error, signal=signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Harvesting:
        return cls(crawler)

    def spider_error(self, failure: Any, response: Any, spider: ListSpider) -> None:
        """Notes an exception in a callback: such a harvest is never published by itself."""
        url = getattr(response, "url", "?")
        spider.run.fail(url, f"could not be handled ({failure.type.__name__}: {str(failure.value)[:200]})")

    async def spider_closed(self, spider: ListSpider, reason: str) -> None:
        """Writes the harvest, lets it through the gates, and leaves the report."""
        run = spider.run
        with run.keeping():
            run.close()
        with run.keeping():
            # Beside the other sources: they go on being fetched while this one is judged and ingested.
            await asyncio.to_thread(conclude, run, finished=reason == "finished")


def conclude(run: Run, *, finished: bool, replayed: str | None = None) -> dict[str, Any]:
    """Judges a finished run and, if it may, puts it into the ledger; writes and gives the report."""
    harvest = run.harvest()
    facts = run.facts(finished)
    try:
        with _one_ledger, Ledger.open(run.data / LEDGER_FILE) as ledger:
            reasons = reasons_to_hold(facts, last_good(ledger, run.source_id), run.source)
            outcome = outcome_of(reasons, facts.blocked, facts.unreachable)
            if run.lost:
                outcome, reasons = "failed", (run.lost,)
            changes = ledger.ingest(harvest, suppressed_in(run.data)).as_json() if outcome == "passed" else None
    except (LedgerError, Unreadable) as error:
        outcome, reasons, changes = "failed", (str(error),), None
    report = run.report(outcome, reasons, harvest, facts) | {"changes": changes, "replayed": replayed}
    run.write(harvest, report)
    return report


def outcome_of(reasons: tuple[str, ...], blocked: str | None, unreachable: str | None) -> str:
    """One word for a run: passed, held, blocked or unreachable."""
    if blocked:
        return "blocked"
    if unreachable:
        return "unreachable"
    return "held" if reasons else "passed"


def last_good(ledger: Ledger, source_id: str) -> LastGood | None:
    """What the gates compare with, from the ledger."""
    found = ledger.last_good(source_id)
    return LastGood(run=found.run, listings=found.listings, fill=found.fill, accepted=found.accepted) if found else None


def accept(data: Path, harvest: Harvest) -> dict[str, Any]:
    """Puts a held harvest into the ledger because a person has said so; gives the changes. Raises LedgerError, Unreadable."""
    suppressed = suppressed_in(data)
    with Ledger.open(data / LEDGER_FILE) as ledger:
        return ledger.ingest(harvest, suppressed, accepted=True).as_json()


def suppressed_in(data: Path) -> Callable[[Mapping[str, Any]], bool] | None:
    """Whether a listing, as JSON values, is of somebody who asked to be forgotten; None if nobody has. Raises Unreadable."""
    path = written_by_people(data, "suppressions.jsonl")
    if not path.exists() or not path.stat().st_size:
        return None
    # Most crawls have no such list, and need not wait for the build's modules.
    from ldn_directory.build import BuildError, Suppressions

    try:
        return Suppressions.of(path, data).is_suppressed
    except BuildError as error:
        raise Unreadable(f"nothing is taken while it is not known who asked to be forgotten: {error}") from None
