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
from scrapy.http import Request
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
    """The innermost: delays a request until its site is free, and frees the site when the download has ended."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        # Sent however a download ends, also when it is cancelled, which no middleware is told.
        crawler.signals.connect(self.request_left, signal=signals.request_left_downloader)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SiteThrottleMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Waits until the site is free."""
        if site := site_of(request):
            await throttle_for(site).acquire()
            request.meta[HOLDS_SITE] = True

    def request_left(self, request: Request, spider: Any = None) -> None:
        """Frees the site, whose next request may follow after the delay that this crawl keeps there."""
        if not request.meta.pop(HOLDS_SITE, False):
            return
        host = urlparse_cached(request).hostname or ""
        slot = self.crawler.engine.downloader.slots.get(request.meta.get("download_slot") or host)
        throttle_for(site_of(request)).release(slot.delay if slot else 0.0)
