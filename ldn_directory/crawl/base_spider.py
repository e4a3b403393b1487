"""How any list is walked: page after page, each read beside the fetching, whatever its family."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Source
from ldn_directory.privacy.redaction import redact_page

from .archive_cache import ARCHIVED, first_headers
from .page_worker import Context, Hooks, read_page
from .politeness import Refused, is_private
from .run import Run, new_run_id
from .worker_pool import workshop

FAILURES = {
    "DownloadCancelledError": "it is larger than the limit, DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "the answer broke off",
}
"""Scrapy's errors that say nothing, in words."""


class ListSpider(Hooks, scrapy.Spider):
    """Walks a list page by page, has each read beside the fetching, and gathers the listings in `run`."""

    name: str
    source: ClassVar[Source]
    start_urls: list[str] = []
    page_seconds: ClassVar[float] = 5.0
    abstract: ClassVar[bool] = True

    run: Run
    allowed_domains: list[str]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ListSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        settings = crawler.settings
        spider.run = Run(Path(settings["LDN_DATA"]), settings["LDN_RUN"] or new_run_id(), cls.name, cls.source)
        spider.allowed_domains = sorted({host for url in spider.addresses() for host in _hosts(url)})
        return spider

    @classmethod
    def addresses(cls) -> list[str]:
        """Where the walk starts."""
        return list(cls.start_urls)

    @classmethod
    def form(cls, url: str) -> Mapping[str, str] | None:
        """The form to post to an address, where the list is had by posting one."""
        return None

    @classmethod
    def on_the_web(cls) -> bool:
        """Whether a crawl of this source touches anybody else's machine."""
        return any(not is_private(urlsplit(url).hostname or "localhost") for url in cls.addresses())

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        """Records of one page; pure."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        for url in self.addresses():
            yield self.page_request(url, {})

    def page_request(self, url: str, context: Context) -> Request:
        """A request for a page of the list; failing it, the harvest is incomplete. Two entries may share a page of their own."""
        form = self.form(url)
        return Request(
            url,
            method="GET" if form is None else "POST",
            headers=None if form is None else {"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form or {}),
            callback=self.parse,
            errback=self.page_failed,
            cb_kwargs={"context": dict(context)},
            dont_filter="record" in context,
        )

    async def parse(self, response: Response, context: dict[str, Any]) -> AsyncIterator[Request]:
        visit = self.run.visit(response.url, response.body, context, response.meta.get(ARCHIVED))
        if self.run.counts["pages"] > self.crawler.settings.getint("LDN_MOST_PAGES"):
            self.run.fail(response.url, "is one page too many: the list does not seem to end")
            return
        reading = self.run.known_reading(type(self), visit.digest)
        seen: tuple[str, ...] = ()
        if reading is None:
            job = await workshop().begin(type(self), response.url, response.body, first_headers(response), context)
            seen = await job.onward()
            for url in seen:
                yield self.page_request(url, context)
            reading = await job.reading()
            self.run.keep(type(self), visit.digest, reading)
            reading, _ = redact_page(reading, self.run.hidden)
        else:
            self.run.counts["unchanged"] += 1
        self.run.take(visit, reading)
        for url in reading.next_pages:
            if url not in seen:
                yield self.page_request(url, context)
        for url, known in reading.follow:
            yield self.page_request(url, known)

    def page_failed(self, failure: Any) -> None:
        """Notes a page that could not be fetched."""
        request = failure.request
        response = getattr(failure.value, "response", None)
        if self.run.blocked or isinstance(failure.value, Refused):
            return
        context = request.cb_kwargs.get("context", {})
        if response is not None and response.status in (404, 410) and "record" in context:
            # An entry whose own page is gone is still on the list.
            visit = self.run.visit(request.url, b"", context, request.meta.get(ARCHIVED))
            self.run.take(visit, read_page(type(self), request.url, b"", {}, context))
        elif response is not None:
            self.run.fail(request.url, f"answered {response.status}")
        else:
            kind, said = type(failure.value).__name__, str(failure.value).strip().splitlines()
            why = FAILURES.get(kind) or (said[0][:200] if said else kind)
            self.run.fail(request.url, f"could not be fetched ({why})")


def _hosts(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname
    return (host.removeprefix("www."), host) if host else ()
