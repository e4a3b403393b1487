"""One request at a time for a site, and so long apart, however many sources crawl it side by side.

Scrapy keeps such a delay for one crawl only; here the crawls of a site share it.
"""

from __future__ import annotations

import asyncio
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

HELD = "ldn_turn"
"""Request meta: whether this request has the turn at its site."""


class Turn:
    """Whose turn it is at one site, and from when on the next may ask."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free_at = 0.0

    async def take(self) -> None:
        """Waits until nobody else asks the site and its delay is over."""
        await self._lock.acquire()
        try:
            while (wait_s := self._free_at - monotonic()) > 0:
                await asyncio.sleep(wait_s)
        except BaseException:
            self._lock.release()
            raise

    def give_back(self, delay_s: float) -> None:
        """Lets the next one ask `delay_s` seconds from now."""
        self.hold(delay_s)
        self._lock.release()

    def hold(self, wait_s: float) -> None:
        """Keeps everybody from asking for so many seconds."""
        self._free_at = max(self._free_at, monotonic() + wait_s)


@cache
def turn_at(site: str) -> Turn:
    """The turn at a site, which is a host name without `www.`."""
    return Turn()


def site_of(request: Request) -> str:
    """The site that a request asks: its host, without `www.`; empty for files."""
    return (urlparse_cached(request).hostname or "").removeprefix("www.")


class OneAtATime:
    """Downloader middleware, the innermost: holds a request until it is its turn at the site."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OneAtATime:
        turns = cls(crawler)
        # A download that is cancelled reaches no middleware any more, but this it does.
        crawler.signals.connect(turns.request_left, signal=signals.request_left_downloader)
        return turns

    def request_left(self, request: Request, spider: Any = None) -> None:
        """Gives the turn back, however the download has ended."""
        self._give_back(request)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Waits for the turn."""
        if site := site_of(request):
            await turn_at(site).take()
            request.meta[HELD] = True

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Gives the turn back."""
        self._give_back(request)
        return response

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> None:
        """Gives the turn back."""
        self._give_back(request)

    def _give_back(self, request: Request) -> None:
        if request.meta.pop(HELD, False):
            turn_at(site_of(request)).give_back(self._delay_s(request))

    def _delay_s(self, request: Request) -> float:
        """The delay that this crawl keeps at the host, as settings or robots.txt have it."""
        downloader = self.crawler.engine.downloader
        host = urlparse_cached(request).hostname or ""
        slot = downloader.slots.get(request.meta.get("download_slot") or host)
        return slot.delay if slot else 0.0
