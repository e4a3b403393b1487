"""A source whose pages nobody here has seen: its first crawl finds out how they are read, and a person accepts that.

Without an accepted reading the crawl tries every reading on every page, follows the ways onward, keeps what brings
entries (`reading_trial.py`), and then walks the list again in that way, from what it has fetched. The harvest is held.
`ldn accept` puts the reading into the ledger with the harvest; from then on nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response

from ldn_directory.archive.warc_archive import StoredResponse
from ldn_directory.extract import detail_pages
from ldn_directory.extract.candidates import FAULTS
from ldn_directory.extract.onward import ways_onward
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction

from .archive_cache import ARCHIVED, FETCHED, first_headers
from .base_spider import CHAIN, ListSpider
from .limits import PageChain
from .list_readings import read_in, try_readings
from .middlewares import ALLOW_OFFSITE, Refused, SiteBlocked, SiteUnreachable
from .page_worker import Context
from .reading_trial import ListReading, ReadingTrial, describe, joined, levels
from .worker_pool import worker_pool

MOST_LEVELS = 2
"""Steps from the addresses of the source to a list."""
REDESIGNED = (
    "finds no entry any more in the way that was accepted with run {run} ({how}): the list may have been redesigned."
    " Look at it, then let every reading be tried again: ldn crawl {source} --new-reading"
)
NO_LIST = "no list was found, in any reading"


class AnyList(ListSpider):
    """A list in any form: what its first crawl finds, and a person accepts, is how it is read from then on."""

    page_seconds: ClassVar[float] = 120.0

    reading: ListReading | None
    """How the list is read; None until that is known."""
    accepted_run: str | None
    """The run with which a person accepted that."""
    trial: ReadingTrial | None
    """While readings are tried."""
    _fetched: dict[str, StoredResponse]
    _asked_again: set[str]
    _pages: dict[str, str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> AnyList:
        spider = super().from_crawler(crawler, *args, **kwargs)
        assert isinstance(spider, AnyList)
        accepted = None if crawler.settings.getbool("LDN_NEW_READING") else spider.run.accepted_reading()
        spider.accepted_run, spider.reading = accepted or (None, None)
        spider.run.reading = spider.reading
        spider.trial = None if spider.reading else ReadingTrial()
        spider._fetched, spider._asked_again, spider._pages = {}, set(), {}
        return spider

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        if "record" in context:
            return detail_pages.extract(page, detail_pages.record_from_json(context["record"]))
        if "reading" not in context:
            return try_readings(page)
        return read_in(page, context["reading"]["ways"].get(context.get("way", ""), {"family": None}))

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        if "record" in context:
            return []
        reading, way = context.get("reading"), context.get("way", "")
        found: list[tuple[str, dict[str, Any]]] = []
        with suppress(*FAULTS):
            found = list(_onward(page, context, bool(extraction.records)))
        if reading and reading["ways"].get(way, {}).get("details"):
            incomplete = detail_pages.incomplete_entries(page, extraction.records)
            found += [(url, {**context, "record": detail_pages.record_to_json(record)}) for url, record in incomplete]
        return found

    async def start(self) -> AsyncIterator[Request]:
        for url in self.addresses():
            yield self.page_request(url, self._first_context())

    def _first_context(self) -> dict[str, Any]:
        return {"reading": self.reading} if self.reading else {}

    def page_request(self, url: str, context: Context, chain: PageChain | None = None) -> Request:
        request = super().page_request(url, context, chain)
        if context.get("leaves_site"):
            request.meta[ALLOW_OFFSITE] = True
        if stored := self._fetched.get(url):
            request.meta.update({FETCHED: stored, "dont_cache": True})
            return request.replace(dont_filter=True)
        return request

    async def parse(
        self, response: Response, context: dict[str, Any] | None = None
    ) -> AsyncIterator[Request | dict[str, Any]]:
        if self.trial is None or context is None:
            self._pages[response.url] = (context or {}).get("way", "")
            async for found in super().parse(response, context):
                if not (isinstance(found, Request) and self._is_asked_again(found)):
                    yield found
            return
        self._note_fetched(response)
        self.archive.add_visit(response.url, response.body, context, response.meta.get(ARCHIVED))
        if self.archive.pages > self.crawler.settings.getint("LDN_MOST_PAGES"):
            self.run.fail(response.url, "is one page too many: the list does not seem to end")
            return
        if self.run.check_limits(response.url):
            raise CloseSpider("limit")
        page = response.url, response.body, first_headers(response), context
        result = await worker_pool().parse(type(self), *page)
        way = context.get("way", "")
        if result.error:
            self.trial.fail(way, response.url, result.error)
        else:
            self.trial.add(way, response.url, result)
        chain: PageChain = response.meta.get(CHAIN) or PageChain()
        chain.add(result)
        for url in result.next_pages if chain.goes_on else ():
            yield self.page_request(url, context, chain)
        for request in self._next_of_ways():
            yield request

    def _note_fetched(self, response: Response) -> None:
        if stored := response.meta.get(ARCHIVED):
            for url in (*response.meta.get("redirect_urls", ())[:1], response.request.url if response.request else ""):
                self._fetched[url] = stored

    def _is_asked_again(self, request: Request) -> bool:
        """Whether the walk from what was fetched has had this page, which Scrapy's own filter cannot know."""
        if FETCHED not in request.meta or "record" in request.cb_kwargs["context"]:
            return False
        known = request.url in self._asked_again
        self._asked_again.add(request.url)
        return known

    def _next_of_ways(self) -> Iterator[Request]:
        assert self.trial is not None
        return (self.page_request(url, context) for url, context in self.trial.next_pages())

    def page_failed(self, failure: Any) -> list[Request] | None:
        """Notes why a page could not be fetched; while readings are tried, goes on with the others."""
        context, error = failure.request.cb_kwargs.get("context", {}), failure.value
        if "leaves_site" in context and isinstance(error, SiteUnreachable | SiteBlocked):
            # That is another site, and says nothing about the list's own.
            failure.value = Refused(f"was not fetched: {error}")
        super().page_failed(failure)
        return list(self._next_of_ways()) if self.trial else None

    def page_missing(self, request: Request, why: str) -> None:
        """Notes that a page could not be had. One that was only tried is not missing from the list."""
        if self.trial and (way := request.cb_kwargs["context"].get("way")):
            self.trial.fail(way, request.url, why)
        else:
            super().page_missing(request, why)

    def when_idle(self) -> list[Request]:
        """The requests of the walk in the reading that was found, once all were tried; none if it is over."""
        if self.run.blocked or self.run.unreachable:
            return []
        if self.trial is None:
            self._check_ways()
            return []
        trial, self.trial = self.trial, None
        self.reading = self.run.reading = trial.chosen()
        self.run.confidence = trial.confidence
        self.run.tried = trial.lines(self.reading)
        if self.reading is None:
            self.run.fail(self.addresses()[0], NO_LIST)
            return []
        self.archive.forget_visits()
        return [self.page_request(url, self._first_context()) for url in self.addresses()]

    def _check_ways(self) -> None:
        """Notes the accepted ways that have no entries any more: nothing else is tried for them."""
        if self.accepted_run is None or self.reading is None:
            return
        run, self.accepted_run = self.accepted_run, None
        found = Counter(self._pages.get(page, "") for page in self.run.pages_with_entries())
        for way, how in zip(self.reading["ways"], describe(self.reading), strict=True):
            if self.reading["ways"][way]["family"] and not found[way]:
                url = next((url for url, name in self._pages.items() if name == way), self.addresses()[0])
                self.run.fail(url, REDESIGNED.format(run=run, how=how, source=self.name))


def _onward(page: Page, context: Context, has_entries: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """(address, context) of the pages that a page leads to: all that may be lists, or those of the reading."""
    reading, way = context.get("reading"), context.get("way", "")
    if levels(way) >= MOST_LEVELS:
        return
    for onward in ways_onward(page):
        there = joined(way, onward.kind)
        if there not in reading["ways"] if reading else onward.kind == "below" and has_entries:
            continue
        for address, place in onward.addresses:
            about: dict[str, Any] = {name: context[name] for name in ("reading",) if name in context}
            if headings := (*context.get("headings", ()), *filter(None, [place])):
                about["headings"] = list(headings)
            if onward.may_leave_site:
                about["leaves_site"] = True
            yield address, about | {"way": there}
