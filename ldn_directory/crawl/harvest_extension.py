"""What happens when a spider has ended, however it was started: gates, then the ledger, then the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from scrapy import signals

from ldn_directory.archive.warc_archive import Archive
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Harvest
from ldn_directory.privacy.redaction import (
    SuppressionsUnreadable,
    load_suppressions,
    redact_harvest,
    redact_texts,
    suppression_filter,
)

from .gates import LastGood, closed_gates, reasons_to_hold
from .run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from .base_spider import ListSpider

LEDGER_FILE = "ledger.db"


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
            before = last_good(ledger, run.source_id)
            reasons, gates = reasons_to_hold(facts, before, run.source), closed_gates(facts, before, run.source)
            outcome = outcome_of(reasons, facts.blocked, facts.unreachable)
            if run.lost:
                outcome, reasons = "failed", (run.lost,)
            suppressed, hidden = suppression_filter(run.data), load_suppressions(run.data)
            changes = (
                ledger.ingest(redact_texts(harvest, hidden), suppressed).as_json() if outcome == "passed" else None
            )
    except (LedgerError, SuppressionsUnreadable) as error:
        outcome, reasons, gates, changes = "failed", (str(error),), (), None
    told = {"changes": changes, "replayed": replayed, "gates": list(gates)}
    return _kept(run, harvest, lambda kept: run.report(outcome, reasons, kept, facts) | told)


def _kept(run: Run, harvest: Harvest, report_of: Callable[[Harvest], dict[str, Any]]) -> dict[str, Any]:
    """Writes a harvest and its report without the forgotten, also those who were forgotten while it was being fetched; gives the report."""
    try:
        hidden = load_suppressions(run.data)
        kept = redact_harvest(harvest, hidden)
    except SuppressionsUnreadable:
        hidden, kept = None, replace(harvest, lines=())
    report = report_of(kept)
    if hidden:
        report["problems"] = [problem for problem in report["problems"] if not hidden.names_anyone(problem)]
        report["failures"] = [failure for failure in report["failures"] if not hidden.names_anyone(failure)]
    run.write(kept, report)
    if hidden and hidden.version != run.spares:
        with run.keeping(), closing(Archive(run.data)) as archive:
            archive.erase(hidden.names_anyone)
        run.hidden = hidden
        return _kept(run, harvest, report_of)
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
    found = ledger.last_harvest(source_id)
    return LastGood(run=found.run, listings=found.listings, fill=found.fill, accepted=found.accepted) if found else None


def accept(data: Path, harvest: Harvest) -> dict[str, Any]:
    """Puts a held harvest into the ledger because a person has said so; gives the changes. Raises LedgerError, SuppressionsUnreadable."""
    suppressed, hidden = suppression_filter(data), load_suppressions(data)
    with Ledger.open(data / LEDGER_FILE) as ledger:
        return ledger.ingest(redact_texts(harvest, hidden), suppressed, accepted=True).as_json()
