"""The spider of any list: page after page is fetched here and parsed in a worker, whatever the list's family."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response

from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.model import Source

from .addresses import is_contact, is_private
from .archive_cache import ARCHIVED, ArchiveLost, first_headers
from .limits import Limits, PageChain
from .middlewares import Refused, SiteBlocked, SiteUnreachable, failure_text
from .page_worker import Context, PageParser, parse_body
from .run import CrawlRun, new_run_id
from .topic import AboutParser, pages_around
from .worker_pool import worker_pool

CHAIN = "ldn_chain"
"""Request meta: the `PageChain` that the page belongs to."""
NOTHING_NEW = "adds no entry to those of the pages before it, as the page before: its next pages are not read"
FAILURES = {
    "DownloadCancelledError": "it is larger than the limit, DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "the answer broke off",
}
"""In words, Scrapy's errors that have no message."""


class ListSpider(PageParser, scrapy.Spider):
    """Walks a list page by page and collects its listings in `run`. Yields them as items if anybody exports items."""

    source: ClassVar[Source]
    start_urls: list[str] = []

    run: CrawlRun
    archive: RunArchive
    allowed_domains: list[str]
    yields_items: bool

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ListSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.run = CrawlRun(Path(settings["LDN_DATA"]), settings["LDN_RUN"] or new_run_id(), cls.name, cls.source)
        spider.run.limits = Limits.of(settings, cls.source)
        spider.archive = spider.run.archive
        spider.allowed_domains = sorted({host for url in spider.addresses() for host in _hosts(url)})
        spider.yields_items = bool(settings.getdict("FEEDS") or settings.getdict("ITEM_PIPELINES"))
        return spider

    @classmethod
    def addresses(cls) -> list[str]:
        """Where the walk starts."""
        return list(cls.start_urls)

    @classmethod
    def form(cls, url: str) -> Mapping[str, str] | None:
        """The form to post to an address; None to get it."""
        return None

    @classmethod
    def changed_at(cls) -> str | None:
        """When what it reads was last replaced, UTC, if that is known: before then it need not be read again."""
        return None

    @classmethod
    def on_the_web(cls) -> bool:
        """Whether a crawl of this source touches anybody else's machine."""
        return any(not is_private(urlsplit(url).hostname or "localhost") for url in cls.addresses())

    async def start(self) -> AsyncIterator[Request]:
        for url in self.addresses():
            yield self.page_request(url, {})

    def page_request(self, url: str, context: Context, chain: PageChain | None = None) -> Request:
        """A request for a page of the list, which may be a next page of a chain of them.

        Detail pages are not filtered as duplicates: entries may share one.
        """
        form = self.form(url)
        return Request(
            url,
            method="GET" if form is None else "POST",
            headers=None if form is None else {"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form or {}),
            callback=self.parse,
            errback=self.page_failed,
            cb_kwargs={"context": dict(context)},
            meta={CHAIN: chain or PageChain()},
            dont_filter="record" in context,
        )

    async def parse(
        self, response: Response, context: dict[str, Any] | None = None
    ) -> AsyncIterator[Request | dict[str, Any]]:
        """The requests for further pages and, if items are exported, the listings.

        Without a context it is called by `scrapy parse`, whose listings are shown but never enter the ledger.
        """
        alone, context = context is None, context or {}
        if alone:
            self.run.fail(response.url, "was read on its own by scrapy parse")
        visit = self.archive.add_visit(response.url, response.body, context, response.meta.get(ARCHIVED))
        if self.archive.pages > self.crawler.settings.getint("LDN_MOST_PAGES"):
            self.run.fail(response.url, "is one page too many: the list does not seem to end")
            return
        if self.run.check_limits(response.url):
            raise CloseSpider("limit")
        chain: PageChain = response.meta.get(CHAIN) or PageChain()
        requested: tuple[str, ...] = ()
        result = self.run.cached_result(type(self), visit)
        if result:
            self.run.counts["unchanged"] += 1
        else:
            headers = first_headers(response)
            async with await worker_pool().submit(type(self), response.url, response.body, headers, context) as job:
                requested = await job.next_pages() if not chain.barren else ()
                for url in requested:
                    yield self.page_request(url, context, chain)
                result = self.run.without_hidden(type(self), visit, await job.result())
        result, repeated = chain.add(result)
        self.run.listings.duplicates += repeated
        added = self.run.add_page(visit, result)
        if self.run.over_limit:
            raise CloseSpider("limit")
        if result.next_pages and not chain.goes_on:
            self.run.note(response.url, NOTHING_NEW)
        for url in result.next_pages if chain.goes_on else ():
            if url not in requested:
                yield self.page_request(url, context, chain)
        for url, page_context in result.follow:
            yield self.page_request(url, page_context)
        if self.yields_items or alone:
            for line in self.run.shown_lines(added):
                yield json.loads(line)

    def when_idle(self) -> list[Request]:
        """Further requests when all were answered; none if the list is read."""
        return []

    def about_request(self) -> Request | None:
        """A request for the next page around the list that may say what the list is about; None if there is none."""
        tried = {*self.run.addresses, *(said.partition(" ")[0] for said in self.run.topic.looked_at)}
        for url in () if self.run.blocked or self.run.mention() else pages_around(self.source, tried):
            if is_contact(self.crawler.settings["LDN_CONTACT"]) or is_private(urlsplit(url).hostname or ""):
                self.run.topic.looked_at.append(url)
                # The source names the page itself, so it may be on another site; robots.txt holds there too.
                return Request(
                    url,
                    callback=self.parse_about,
                    errback=self.about_failed,
                    dont_filter=True,
                    meta={"dont_retry": True},
                )
        return None

    async def parse_about(self, response: Response) -> None:
        """Looks for low-dose naltrexone on a page around the list."""
        page = response.url, response.body, first_headers(response)
        self.run.topic.add((await worker_pool().parse(AboutParser, *page, {})).mention)

    def about_failed(self, failure: Any) -> None:
        """Notes why a page around the list could not be read. That costs the harvest nothing."""
        response = getattr(failure.value, "response", None)
        why = f"answered {response.status}" if response is not None else failure_text(failure.value)
        self.run.topic.looked_at[-1] += f" ({why})"

    def page_failed(self, failure: Any) -> list[Request] | None:
        """Notes why a page could not be fetched; may give further requests."""
        request, error = failure.request, failure.value
        match error:
            case SiteBlocked():
                self.run.blocked = self.run.blocked or str(error)
            case SiteUnreachable():
                self.run.unreachable = self.run.unreachable or str(error)
            case ArchiveLost():
                pass
            case Refused() if self.run.unreachable is None and not self.run.blocked:
                self.page_missing(request, str(error))
            case _ if not self.run.blocked and not isinstance(error, Refused):
                self._fetch_failed(request, error)
        return None

    def _fetch_failed(self, request: Request, error: Exception) -> None:
        response = getattr(error, "response", None)
        context = request.cb_kwargs.get("context", {})
        if response is not None and response.status in (404, 410) and "record" in context:
            # An entry whose detail page is gone is still on the list.
            visit = self.archive.add_visit(request.url, b"", context, request.meta.get(ARCHIVED))
            self.run.add_page(visit, parse_body(type(self), request.url, b"", {}, context))
        elif response is not None:
            self.page_missing(request, f"answered {response.status}")
        else:
            why = FAILURES.get(type(error).__name__) or failure_text(error)
            self.page_missing(request, f"could not be fetched ({why})")

    def page_missing(self, request: Request, why: str) -> None:
        """Notes that a page of the list could not be had."""
        self.run.fail(request.url, why)


def _hosts(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname
    return (host.removeprefix("www."), host) if host else ()
