"""The recheck: one look at each page that is a listing's evidence, under the rules of a crawl."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Set
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.extract import evidence
from ldn_directory.extract.page import Page
from ldn_directory.extract.stated import stated_facts
from ldn_directory.ledger import Check, DuePage, Ledger, LedgerError, Outcome
from ldn_directory.model import Evidence, Extraction, Fact, Source
from ldn_directory.privacy.redaction import redact_archived
from ldn_directory.storage import LEDGER_FILE, utc_now, write_atomically

from .archive_cache import first_headers
from .middlewares import RobotsForbidden, SiteBlocked, SiteUnreachable, refusal
from .page_worker import Context, PageParser
from .worker_pool import worker_pool

NAME = "recheck"
GONE = frozenset({404, 410})
LEADS_AWAY = {
    "is another site": "its page leads to another site",
    "is not encrypted": "its page leads to one without encryption",
    "is a private address": "its page leads into a private network",
    "is not a web page": "its page leads to something that is no web page",
}
"""For readers, why a redirect was not followed (`addresses.leaves_site`)."""


class EvidenceParser(PageParser):
    """Reads an evidence page in a worker: no problem means that it speaks of low-dose naltrexone."""

    name = NAME
    source: ClassVar[Source] = Source(title="Evidence pages", homepage="", evidence=Evidence.OWN_SITE, record_key="")

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        """No records ever: a problem if the page is no evidence, else which of the listings' `facts` it states."""
        found = evidence.extract(page)
        if found.problems:
            return found
        facts = context.get("facts", ())
        return replace(found, stated=tuple(dict.fromkeys(fact for one in facts for fact in stated_facts(page, one))))


class EvidenceSpider(scrapy.Spider):
    """Asks for each page once, conditionally, and writes what it found into the ledger and `runs/<run>/recheck/`."""

    name = NAME
    # Each page stands for itself: a site that refuses one ends nothing else. Few have more than one page a week.
    custom_settings = {"HTTPERROR_ALLOW_ALL": True, "LDN_STOP_WHEN_BLOCKED": False}
    data: Path
    archive: RunArchive

    def __init__(self, pages: Iterable[DuePage] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pages = tuple(pages)
        self.checks: list[Check] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> EvidenceSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.data = Path(crawler.settings["LDN_DATA"])
        spider.archive = RunArchive(spider.data, crawler.settings["LDN_RUN"], NAME)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for due in self.pages:
            yield Request(due.page, callback=self.parse, errback=self.failed, cb_kwargs={"due": due}, dont_filter=True)

    async def parse(self, response: Response, due: DuePage) -> None:
        if response.status != 200:
            outcome = Outcome.UNCONFIRMED if response.status in GONE else Outcome.UNKNOWN
            self.note(due, outcome, f"its page answered {response.status}")
            return
        headers = first_headers(response)
        context = {"facts": list(due.listings.values())}
        result = await worker_pool().parse(EvidenceParser, response.url, response.body, headers, context)
        self.note(due, *judge_page(result), stated=frozenset(result.stated))

    def failed(self, failure: Any) -> None:
        """Notes a page that was not fetched: refused, moved away, or without an answer."""
        self.note(failure.request.cb_kwargs["due"], *judge_failure(failure.value))

    def note(self, due: DuePage, outcome: Outcome, reason: str | None, *, stated: Set[Fact] = frozenset()) -> None:
        """Takes what a look found, for each listing whose evidence the page is."""
        at = utc_now()
        self.checks += [
            Check(
                listing=listing,
                page=due.page,
                checked=at,
                outcome=outcome,
                reason=reason,
                stated=tuple(fact for fact in facts.items() if fact in stated),
            )
            for listing, facts in due.listings.items()
        ]

    def closed(self, reason: str) -> None:
        """Writes what was found into the ledger and into `checks.json`."""
        try:
            with Ledger.open(self.data / LEDGER_FILE) as ledger:
                ledger.add_checks(self.checks)
        except LedgerError as error:
            self.logger.error("what the recheck found could not be kept: %s", error)
        finally:
            rows = [{name: value for name, value in asdict(one).items() if name != "stated"} for one in self.checks]
            found = json.dumps(rows, indent=2, ensure_ascii=False)
            write_atomically(self.archive.folder / "checks.json", found.encode())
            self.archive.close()
            redact_archived(self.data, self.archive.folder)


def judge_page(result: PageResult) -> tuple[Outcome, str | None]:
    """What a page says about the listings whose evidence it is."""
    if result.error:
        return Outcome.UNKNOWN, f"its page {result.error}"
    if result.problems:
        return Outcome.UNCONFIRMED, f"its page {result.problems[0].what}"
    return Outcome.CONFIRMED, None


def judge_failure(error: Exception) -> tuple[Outcome, str]:
    """What it means for the listings that a page was not fetched, or its answer not used."""
    if response := getattr(error, "response", None):
        return Outcome.UNKNOWN, refusal(response) or f"its page answered {response.status}"
    match error:
        case SiteUnreachable():
            return Outcome.UNKNOWN, "the robots.txt of its site cannot be had"
        case RobotsForbidden():
            return Outcome.UNCONFIRMED, "the robots.txt of its site forbids the look at its page"
        case SiteBlocked(reason=reason) if reason.startswith("answered"):
            return Outcome.UNCONFIRMED, f"its site refuses programs ({reason}): a person has to look"
        case IgnoreRequest():
            reason = getattr(error, "reason", str(error))
            if reason in LEADS_AWAY:
                return Outcome.UNCONFIRMED, LEADS_AWAY[reason]
            return Outcome.UNKNOWN, f"its page gave no answer ({reason})"
    return Outcome.UNKNOWN, f"its page gave no answer ({type(error).__name__})"
