"""robots.txt, obeyed; where it cannot be had, nothing is fetched."""

from __future__ import annotations

import logging
import re

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler

from .middlewares import CRAWL_DELAY, Refused, RobotsForbidden, SiteBlocked, SiteUnreachable, block, failure_text, note

MOST_BYTES = 500 * 1024
"""As much of a robots.txt is read as RFC 9309 section 2.5 requires."""

NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"


def _with_our_name(body: bytes, name: str) -> bytes:
    """A robots.txt in which each line that names us does so by our name alone.

    Sites also write `ldn-directory/1.0`, or copy the whole User-Agent header from their log; RFC 9309 section 2.2.1
    compares product tokens only, and Protego compares the line as it is.
    """
    token = re.escape(name.encode())
    line = (
        rb"(?:^|(?<=\r))((?:\xef\xbb\xbf)?[ \t]*user[ -]?agent[ \t]*:)[^\r\n#]*(?<![\w-])"
        + token
        + rb"(?![\w-])[^\r\n#]*"
    )
    return re.sub(line, lambda found: found[1] + b" " + name.encode(), body, flags=re.IGNORECASE | re.MULTILINE)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's robots.txt middleware, with RFC 9309's rules for failures, and Crawl-delay.

    RFC 9309 section 2.3.1: a missing file (4xx) allows everything; a server error (5xx), and here also 429, a failing
    connection and a refused redirect, allow nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # The report says that a robots.txt cannot be had, without the stack trace. By now Scrapy has set up logging.
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
        self._closed: dict[str, Refused] = {}
        """Why nothing may be fetched, by host and port."""

    async def process_request(self, request: Request, spider: object = None) -> None:
        """Raises RobotsForbidden, SiteUnreachable or SiteBlocked for what may not be fetched."""
        try:
            await super().process_request(request)
        except IgnoreRequest:
            closed = self._closed.get(urlparse_cached(request).netloc)
            raise closed or RobotsForbidden("is forbidden by the site's robots.txt") from None

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self._close(netloc, f"answered {response.status}")
            response = response.replace(body=NOTHING_ALLOWED)
        elif response.status >= 300:
            response = response.replace(body=b"")
        elif (size := len(response.body)) > MOST_BYTES:
            remark = f"robots.txt is {size:,} bytes long: the first {MOST_BYTES:,} are obeyed"
            note(self.crawler, response.url, remark)
            response = response.replace(body=response.body[:MOST_BYTES])
        response = response.replace(body=_with_our_name(response.body, self._robotstxt_useragent or ""))
        await super()._parse_robots(response, netloc, request)
        self._apply_crawl_delay(request, netloc)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, SiteBlocked):
            self._closed[netloc] = exc
        else:
            self._close(netloc, f"could not be fetched ({failure_text(exc)})")
        waiting = self._parsers[netloc]
        parser = build_from_crawler(self._parserimpl, self.crawler, NOTHING_ALLOWED)
        self._parsers[netloc] = parser
        waiting.callback(parser)  # type: ignore[union-attr]

    def _close(self, netloc: str, why: str) -> None:
        self._closed[netloc] = SiteUnreachable(f"robots.txt of {netloc} {why}, so nothing is fetched from there")

    def _apply_crawl_delay(self, request: Request, netloc: str) -> None:
        parser = self._parsers[netloc]
        delay_s = parser.crawl_delay(self._robotstxt_useragent or self._default_useragent)  # type: ignore[union-attr]
        if delay_s is None:
            return
        if delay_s > self.crawler.settings.getfloat("LDN_CRAWL_DELAY_MOST_SECONDS"):
            block(self.crawler, f"robots.txt of {netloc} asks for {delay_s:.0f} s between two requests")
            return
        host = urlparse_cached(request).hostname or ""
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(host)
        usual_s = slot.delay if slot else downloader.per_slot_settings.get(host, {}).get("delay", downloader._delay)
        delay_s = max(float(delay_s), usual_s)
        downloader.per_slot_settings[host] = {"concurrency": 1, "delay": delay_s, "jitter": 0}
        if slot:
            slot.delay, slot.concurrency, slot.jitter = delay_s, 1, 0
        self.crawler.stats.set_value(CRAWL_DELAY, delay_s)
