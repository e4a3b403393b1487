"""What happens when the spider of a list has ended, however it was started: gates, then the ledger, then the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured

from ldn_directory.archive.warc_archive import Archive
from ldn_directory.ledger import LastHarvest, Ledger, LedgerError, taken_back_last
from ldn_directory.model import Harvest
from ldn_directory.privacy.mentions import REPLACEMENT
from ldn_directory.privacy.redaction import (
    SuppressionsUnreadable,
    load_suppressions,
    redact_archived,
    redact_harvest,
    redact_texts,
    redact_words,
    suppression_filter,
)
from ldn_directory.storage import LEDGER_FILE

from .base_spider import ListSpider
from .comparison import compare_with_ledger
from .gates import closed_gates, must_speak_of_ldn, reasons_to_hold
from .middlewares import CRAWL_DELAY, NOTES
from .run import CrawlRun

TAKEN_BACK = "run {run} was taken back on {day}: a person looks whether this harvest is right, then accepts it"
_NAMELESS = "a reason that named somebody who has asked to be forgotten"
_ledger_lock = Lock()
"""Harvests of one process wait here for each other: the database's own lock gives up after a while."""


class HarvestExtension:
    """Scrapy extension: judges and ingests the harvest of a `ListSpider` when it closes."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(self.spider_error, signal=signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HarvestExtension:
        if not isinstance(crawler.spider, ListSpider):
            raise NotConfigured
        return cls(crawler)

    def spider_error(self, failure: Any, response: Any, spider: ListSpider) -> None:
        """Notes an exception in a callback: such a harvest is held."""
        url = getattr(response, "url", "?")
        spider.run.fail(url, f"could not be handled ({failure.type.__name__}: {str(failure.value)[:200]})")

    def spider_idle(self, spider: ListSpider) -> None:
        """When all is read: asks for what the spider still wants, then for pages around a list of unsaid topic."""
        if requests := spider.when_idle():
            for request in requests:
                self.crawler.engine.crawl(request)
            raise DontCloseSpider
        if must_speak_of_ldn(spider.source, last_harvest(spider.run)) and (about := spider.about_request()):
            self.crawler.engine.crawl(about)
            raise DontCloseSpider

    async def spider_closed(self, spider: ListSpider, reason: str) -> None:
        """Writes the harvest, judges it and leaves the report."""
        run, stats = spider.run, self.crawler.stats
        run.crawl_delay_s = stats.get_value(CRAWL_DELAY)
        for address, remark in stats.get_value(NOTES, ()):
            run.note(address, remark)
        run.archive.close()
        with run.archive.catch_loss():
            # In a thread, so that other sources go on being fetched.
            await asyncio.to_thread(conclude, run, finished=reason == "finished")


def last_harvest(run: CrawlRun) -> LastHarvest | None:
    """The last harvest of a run's source that the ledger took; None also if the ledger cannot be read now."""
    path = run.data / LEDGER_FILE
    try:
        with Ledger.open_read_only(path) if path.exists() else nullcontext() as ledger:
            return ledger.last_harvest(run.source_id) if ledger else None
    except LedgerError:
        return None


def conclude(run: CrawlRun, *, finished: bool) -> dict[str, Any]:
    """Judges a finished run and, if it passes, puts its harvest into the ledger; writes and gives the report."""
    harvest, facts = run.harvest(), run.facts(finished)
    try:
        with _ledger_lock, Ledger.open(run.data / LEDGER_FILE) as ledger:
            before = ledger.last_harvest(run.source_id)
            accepted = ledger.accepted_reading(run.source_id)
            hidden = load_suppressions(run.data)
            facts = replace(
                facts,
                comparison=compare_with_ledger(ledger, run.source_id, redact_harvest(harvest, hidden).lines),
                cut_pages=run.newly_cut_pages(before.run if before else None),
                is_new_reading=run.reading is not None and run.reading != (accepted and accepted[1]),
            )
            closed = closed_gates(facts, before, run.source)
            reasons, gates = reasons_to_hold(facts, closed), tuple(closed)
            if not facts.blocked and not facts.unreachable and (undone := taken_back_last(ledger.db, run.source_id)):
                reasons = (*reasons, TAKEN_BACK.format(run=undone[0], day=undone[1][:10]))
                gates = (*gates, "taken back")
            outcome = outcome_of(reasons, facts.blocked, facts.unreachable)
            if run.archive.lost:
                outcome, reasons = "failed", (run.archive.lost,)
            suppressed = suppression_filter(run.data)
            changes = None
            if outcome == "passed":
                taken = ledger.ingest(redact_texts(harvest, hidden), suppressed, now=datetime.now(UTC))
                changes = taken.as_json()
    except (LedgerError, SuppressionsUnreadable) as error:
        outcome, reasons, gates, changes = "failed", (str(error),), (), None
    more = {"changes": changes, "replayed": run.replayed, "gates": list(gates)}
    return _write_without_forgotten(run, harvest, lambda kept: run.report(outcome, reasons, kept, facts) | more)


def _write_without_forgotten(
    run: CrawlRun, harvest: Harvest, report_of: Callable[[Harvest], dict[str, Any]]
) -> dict[str, Any]:
    """Writes harvest and report without the forgotten, also those forgotten during the crawl; gives the report."""
    try:
        hidden = load_suppressions(run.data)
        kept = redact_harvest(harvest, hidden)
    except SuppressionsUnreadable:
        hidden, kept = None, replace(harvest, lines=())
    report = report_of(kept)
    if hidden:
        for part in ("problems", "failures", "left_out", "tried"):
            report[part] = [text for text in report[part] if not hidden.names_anyone(text)]
        report["organisations"] = [
            row | {"left_out": [text for text in row["left_out"] if not hidden.names_anyone(text)]}
            for row in report["organisations"]
            if not hidden.names_anyone(" ".join((row["organisation"], row["site"], row["because"])))
        ]
        report["site_failures"] = [
            one
            for one in report["site_failures"]
            if not hidden.names_anyone(" ".join((one["context"]["name"], one["url"], one["why"])))
        ]
        report["reasons"] = [_NAMELESS if hidden.names_anyone(text) else text for text in report["reasons"]]
        report["redacted_pages"] = redact_archived(run.data, run.archive.folder, harvest.lines)
        if report["topic"] and hidden.names_anyone(report["topic"]["words"]):
            report["topic"] |= {"words": REPLACEMENT}
    run.write(kept, report)
    if hidden and hidden.version != run.hidden_version:
        with run.archive.catch_loss(), closing(Archive(run.data)) as archive:
            archive.erase(hidden.names_anyone)
        run.hidden = hidden
        return _write_without_forgotten(run, harvest, report_of)
    return report


def outcome_of(reasons: tuple[str, ...], blocked: str | None, unreachable: str | None) -> str:
    """One word for a run: passed, held, blocked or unreachable."""
    if blocked:
        return "blocked"
    if unreachable:
        return "unreachable"
    return "held" if reasons else "passed"


def accept(data: Path, harvest: Harvest, justification: str | None = None) -> dict[str, Any]:
    """Puts a held harvest into the ledger; returns the changes. Raises LedgerError, SuppressionsUnreadable.

    `justification`: the words that make it a list of LDN prescribers, where its pages do not say so.
    """
    suppressed, hidden = suppression_filter(data), load_suppressions(data)
    with Ledger.open(data / LEDGER_FILE) as ledger:
        now, taken = datetime.now(UTC), redact_texts(harvest, hidden)
        words = redact_words(justification, hidden) if justification else None
        return ledger.ingest(taken, suppressed, accepted=True, justification=words, now=now).as_json()
