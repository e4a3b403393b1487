"""robots.txt, obeyed, and failing closed."""

from __future__ import annotations

import logging

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler

from .politeness import Refused

# That a robots.txt cannot be had is said in the run's report, without the stack trace.
logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)

MOST_BYTES = 500 * 1024
"""As much of a robots.txt is read as RFC 9309 section 2.5 asks for at least."""

NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"


class ClosedRobots(RobotsTxtMiddleware):
    """Scrapy's robots.txt, with RFC 9309's care for failures, and Crawl-delay applied.

    RFC 9309 section 2.3.1: a missing file (4xx) allows everything; a server error (5xx), and here also 429, a failing
    connection and a refused redirect, allow nothing.
    """

    async def process_request(self, request: Request, spider: object = None) -> None:
        """Raises Refused for what robots.txt forbids, and says so in the run's report."""
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            self.crawler.spider.run.forbidden(request.url)  # type: ignore[union-attr]
            raise Refused(str(error)) from None

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        run = self.crawler.spider.run  # type: ignore[union-attr]
        if response.status >= 500 or response.status == 429:
            run.unreachable(f"robots.txt of {netloc} answered {response.status}: taken as no, nothing is fetched")
            response = response.replace(body=NOTHING_ALLOWED)
        elif response.status >= 300:
            response = response.replace(body=b"")
        elif len(response.body) > MOST_BYTES:
            run.note(
                response.url, f"robots.txt is {len(response.body):,} bytes long: the first {MOST_BYTES:,} are obeyed"
            )
            response = response.replace(body=response.body[:MOST_BYTES])
        await super()._parse_robots(response, netloc, request)
        self._apply_crawl_delay(request, netloc)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        run = self.crawler.spider.run  # type: ignore[union-attr]
        run.unreachable(
            f"robots.txt of {netloc} could not be fetched ({_reason(exc)}): taken as no, nothing is fetched"
        )
        waiting = self._parsers[netloc]
        closed = build_from_crawler(self._parserimpl, self.crawler, NOTHING_ALLOWED)
        self._parsers[netloc] = closed
        waiting.callback(closed)  # type: ignore[union-attr]

    def _apply_crawl_delay(self, request: Request, netloc: str) -> None:
        parser = self._parsers[netloc]
        agent = self._robotstxt_useragent or self._default_useragent
        delay_s = parser.crawl_delay(agent)  # type: ignore[union-attr]
        if delay_s is None:
            return
        run = self.crawler.spider.run  # type: ignore[union-attr]
        if delay_s > self.crawler.settings.getfloat("LDN_CRAWL_DELAY_MOST_SECONDS"):
            run.block(f"robots.txt of {netloc} asks for {delay_s:.0f} s between two requests")
            return
        host = urlparse_cached(request).hostname or ""
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(host)
        usual_s = slot.delay if slot else downloader.per_slot_settings.get(host, {}).get("delay", downloader._delay)
        delay_s = max(float(delay_s), usual_s)
        downloader.per_slot_settings[host] = {"concurrency": 1, "delay": delay_s, "jitter": 0}
        if slot:
            slot.delay, slot.concurrency, slot.jitter = delay_s, 1, 0
        run.crawl_delay_s = delay_s


def _reason(exc: BaseException) -> str:
    return str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
