"""The recheck: one look at each page that is a listing's evidence, with all the politeness of a crawl."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from ldn_directory.extract import evidence
from ldn_directory.extract.page import Page
from ldn_directory.ledger import Check, DuePage, Ledger, LedgerError, Outcome
from ldn_directory.model import Evidence, Extraction, Source
from ldn_directory.storage import utc_now, write_atomically

from .archive_cache import first_headers
from .harvest_extension import LEDGER_FILE
from .page_worker import Context, Hooks, Reading
from .politeness import refusal
from .run import Run
from .worker_pool import workshop

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NAME = "recheck"
GONE = frozenset({404, 410})
ASTRAY = {
    "is another site": "its page leads to another site",
    "is not encrypted": "its page leads to one without encryption",
    "is a private address": "its page leads into a private network",
    "is not a web page": "its page leads to something that is no web page",
}
"""Why a redirect was not followed (`politeness.leaves_site`), and what that is to a reader."""
SOURCE = Source(title="Evidence pages", homepage="", evidence=Evidence.OWN_SITE, record_key="")


class EvidenceReader(Hooks):
    """Reads an evidence page in a worker process: no problem means that it speaks of low-dose naltrexone."""

    name = NAME
    source: ClassVar[Source] = SOURCE
    page_seconds: ClassVar[float] = 5.0

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        """No records ever; a problem if the page is no evidence."""
        return evidence.extract(page)


class Looks(Run):
    """What the looks of one run met. Each page stands for itself: a site that refuses ends nothing but the look at it."""

    def __init__(self, data: Path, run_id: str) -> None:
        super().__init__(data, run_id, NAME, SOURCE)
        self.checks: list[Check] = []
        self.without_robots: set[str] = set()

    def block(self, what: str) -> None:
        """Nothing: the page's own request says why. A Crawl-delay longer than any crawl waits is kept by a page a week."""

    def fail(self, page: str, what: str) -> None:
        """Nothing, likewise."""

    def forbidden(self, url: str) -> None:
        """Nothing, likewise."""

    def note(self, page: str, what: str, record: str | None = None) -> None:
        """Nothing, likewise."""

    def unreachable(self, what: str) -> None:
        """Notes whose robots.txt could not be had; the site stands in the sentence."""
        self.without_robots.update(word for word in what.split()[:3])

    def saw(self, found: DuePage, outcome: Outcome, reason: str | None = None) -> None:
        """Takes what a look found, for each listing that stands by the page."""
        at = utc_now()
        self.checks += [
            Check(listing=listing, page=found.page, checked=at, outcome=outcome, reason=reason)
            for listing in found.listings
        ]


class EvidencePages(scrapy.Spider):
    """Asks for each page once, conditionally, and notes what it says."""

    name = NAME
    custom_settings = {
        "EXTENSIONS": {"ldn_directory.crawl.recheck.Rechecking": 500},
        "HTTPERROR_ALLOW_ALL": True,
    }
    run: Looks

    def __init__(self, pages: Iterable[DuePage] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pages = tuple(pages)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> EvidencePages:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.run = Looks(Path(crawler.settings["LDN_DATA"]), crawler.settings["LDN_RUN"])
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for found in self.pages:
            yield Request(
                found.page, callback=self.parse, errback=self.failed, cb_kwargs={"found": found}, dont_filter=True
            )

    async def parse(self, response: Response, found: DuePage) -> None:
        if response.status != 200:
            outcome = Outcome.UNCONFIRMED if response.status in GONE else Outcome.UNKNOWN
            self.run.saw(found, outcome, f"its page answered {response.status}")
            return
        reading = await workshop().read(EvidenceReader, response.url, response.body, first_headers(response), {})
        self.run.saw(found, *judged(reading))

    def failed(self, failure: Any) -> None:
        """Notes a look that was not had: refused, moved away, or without an answer."""
        request, error = failure.request, failure.value
        found = request.cb_kwargs["found"]
        if response := getattr(error, "response", None):
            self.run.saw(found, Outcome.UNKNOWN, refusal(response) or f"its page answered {response.status}")
        elif not isinstance(error, IgnoreRequest):
            self.run.saw(found, Outcome.UNKNOWN, f"its page gave no answer ({type(error).__name__})")
        else:
            self.run.saw(found, *refused(str(error), urlsplit(request.url).netloc in self.run.without_robots))


def judged(reading: Reading) -> tuple[Outcome, str | None]:
    """What a page's reading means for the listings that stand by it."""
    if reading.error:
        return Outcome.UNKNOWN, f"its page {reading.error}"
    if reading.problems:
        return Outcome.UNCONFIRMED, f"its page {reading.problems[0].what}"
    return Outcome.CONFIRMED, None


def refused(reason: str, robots_unknown: bool) -> tuple[Outcome, str]:
    """What it means that a page was not asked for, or its answer not used."""
    if reason in ASTRAY:
        return Outcome.UNCONFIRMED, ASTRAY[reason]
    if robots_unknown:
        return Outcome.UNKNOWN, "the robots.txt of its site cannot be had"
    if "robots.txt" in reason:
        return Outcome.UNCONFIRMED, "the robots.txt of its site forbids the look at its page"
    if reason.startswith("answered"):
        return Outcome.UNCONFIRMED, f"its site refuses programs ({reason}): a person has to look"
    return Outcome.UNKNOWN, f"its page gave no answer ({reason})"


class Rechecking:
    """Scrapy extension: puts what the looks found into the ledger when they have ended."""

    def __init__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self.spider_closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Rechecking:
        return cls(crawler)

    def spider_closed(self, spider: EvidencePages, reason: str) -> None:
        """Notes every look in the ledger, and what was found in `runs/<run>/recheck/checks.json`."""
        run = spider.run
        try:
            with Ledger.open(run.data / LEDGER_FILE) as ledger:
                ledger.add_checks(run.checks)
        except LedgerError as error:
            spider.logger.error("what the recheck found could not be kept: %s", error)
        finally:
            found = [asdict(check) for check in run.checks]
            write_atomically(run.folder / "checks.json", json.dumps(found, indent=2, ensure_ascii=False).encode())
            run.close()
