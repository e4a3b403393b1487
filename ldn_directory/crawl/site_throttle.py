"""One request at a time for a site, with its delay between two, however many sources crawl it side by side.

Scrapy keeps such a delay within one crawl only; here all crawls of a site share it.
"""

from __future__ import annotations

import asyncio
from functools import cache
from time import monotonic
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

HOLDS_SITE = "ldn_holds_site"
"""Request meta: whether this request occupies its site."""


class SiteThrottle:
    """Lets one request at a time ask a site, and the next one only after the site's delay."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free_at = 0.0

    async def acquire(self) -> None:
        """Waits until no other request occupies the site and its delay is over."""
        await self._lock.acquire()
        try:
            while (wait_s := self._free_at - monotonic()) > 0:
                await asyncio.sleep(wait_s)
        except BaseException:
            self._lock.release()
            raise

    def release(self, delay_s: float) -> None:
        """Lets the next request ask `delay_s` seconds from now."""
        self.pause(delay_s)
        self._lock.release()

    def pause(self, wait_s: float) -> None:
        """Lets nobody ask for so many seconds."""
        self._free_at = max(self._free_at, monotonic() + wait_s)


@cache
def throttle_for(site: str) -> SiteThrottle:
    """The throttle of a site, which is a host name without `www.`."""
    return SiteThrottle()


def site_of(request: Request) -> str:
    """The site that a request asks: its host without `www.`; empty for files."""
    return (urlparse_cached(request).hostname or "").removeprefix("www.")


class SiteThrottleMiddleware:
    """The innermost: delays a request until its site is free."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SiteThrottleMiddleware:
        middleware = cls(crawler)
        # Scrapy does not pass a cancelled download through the middlewares, but sends this signal.
        crawler.signals.connect(middleware.request_left, signal=signals.request_left_downloader)
        return middleware

    def request_left(self, request: Request, spider: Any = None) -> None:
        """Frees the site, however the download ended."""
        self._release(request)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Waits until the site is free."""
        if site := site_of(request):
            await throttle_for(site).acquire()
            request.meta[HOLDS_SITE] = True

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Frees the site."""
        self._release(request)
        return response

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> None:
        """Frees the site."""
        self._release(request)

    def _release(self, request: Request) -> None:
        if request.meta.pop(HOLDS_SITE, False):
            throttle_for(site_of(request)).release(self._delay_s(request))

    def _delay_s(self, request: Request) -> float:
        """The delay of this crawl at the host, from the settings or robots.txt."""
        downloader = self.crawler.engine.downloader
        host = urlparse_cached(request).hostname or ""
        slot = downloader.slots.get(request.meta.get("download_slot") or host)
        return slot.delay if slot else 0.0
