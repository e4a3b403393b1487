"""What the crawl does when a site says wait, go elsewhere, or go away.

The middlewares know no spider. What they refuse, they refuse by raising `Refused` or one of its kinds; the request's
errback decides what that means. What holds for the whole crawl they leave in Scrapy's stats:

- `ldn/blocked`: why the site does not want this crawl;
- `ldn/crawl_delay_s`: the delay that its robots.txt asks for;
- `ldn/notes`: a list of (address, remark) for the report.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.statscollectors import StatsCollector
from scrapy.utils.httpobj import urlparse_cached

from ldn_directory.archive.content_encoding import decode_body

from .addresses import USUAL_PORTS, is_contact, is_loopback, is_private, leaves_site
from .resolver import why_refused
from .site_throttle import site_of, throttle_for

logger = logging.getLogger(__name__)

BLOCKED, CRAWL_DELAY, NOTES = "ldn/blocked", "ldn/crawl_delay_s", "ldn/notes"

CHALLENGE_MARKS = re.compile(
    rb"<title>\s*(?:just a moment|attention required|access denied|verify(?:ing)? you are (?:a )?human|ddos-guard"
    rb"|checking your browser|security check|pardon our interruption|are you a robot)"
    rb"|cf-challenge|challenge-platform/h/|_incapsula_resource|px-captcha|sucuri_cloudproxy_js",
    re.IGNORECASE,
)
_NO_CONTACT = "is not asked for: no contact address is set (LDN_CONTACT, an e-mail or web address)"


def failure_text(error: Exception) -> str:
    """Why a page could not be fetched: the first line of the error, without the number that the system gives it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r": \d+: .*", "", lines[0])[:300].rstrip(".")


class Refused(IgnoreRequest):
    """A request that is given up on purpose. The message follows the address in a report: "is on another site"."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason or message
        """The bare cause, without what was done about it."""


class RobotsForbidden(Refused):
    """robots.txt forbids the page."""


class SiteUnreachable(Refused):
    """The site's robots.txt cannot be had, so nothing may be fetched. The message is a sentence of its own."""


class SiteBlocked(Refused):
    """The site does not want this crawl. The message is a sentence of its own."""


def block(crawler: Crawler, message: str, reason: str | None = None) -> SiteBlocked:
    """Notes that the site does not want this crawl; gives the exception to raise."""
    if not crawler.stats.get_value(BLOCKED):
        crawler.stats.set_value(BLOCKED, message)
    return SiteBlocked(message, reason)


def note(crawler: Crawler, address: str, remark: str) -> None:
    """Leaves a remark for the report of this crawl."""
    crawler.stats.set_value(NOTES, [*crawler.stats.get_value(NOTES, ()), (address, remark)])


class ContactMiddleware:
    """The outermost: without a contact address no request leaves for the web, whoever started the spider."""

    def __init__(self, crawler: Crawler) -> None:
        self.has_contact = is_contact(crawler.settings.get("LDN_CONTACT") or "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ContactMiddleware:
        return cls(crawler)

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused for a request to anybody else's machine."""
        parts = urlparse_cached(request)
        if self.has_contact or parts.scheme == "file" or is_private(parts.hostname or ""):
            return
        logger.error("%s %s", request.url, _NO_CONTACT)
        raise Refused(_NO_CONTACT)


class PublicAddressMiddleware:
    """Asks public addresses at their usual ports only, besides the hosts and ports that a person has named.

    Of private addresses a person can name this machine's only, for lists that are tried out there.
    """

    def __init__(self) -> None:
        self.named: set[tuple[str, int | None]] = set()

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused for an address that no list on the web may send us to."""
        parts = urlparse_cached(request)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "file":
            return
        # Scrapy marks the requests that a spider starts with.
        if request.meta.get("is_start_request") and "redirect_urls" not in request.meta:
            self.named.add((host, port))
        is_named = (host, port) in self.named
        if is_private(host) and not (is_named and is_loopback(host)):
            raise Refused("is a private address: not fetched")
        if port not in USUAL_PORTS and not is_named:
            raise Refused("is another port: not fetched")


ALLOW_OFFSITE = "allow_offsite"
"""Request meta (Scrapy's): this address may be on another site, as the list embeds it or links to it as a file."""


class OwnSiteMiddleware(OffsiteMiddleware):
    """Stays on the hosts that the source names, except where a request may leave them."""

    def __init__(self, stats: StatsCollector) -> None:
        super().__init__(stats)
        self._others: set[str | None] = set()

    def request_scheduled(self, request: Request, spider: Any = None) -> None:
        """Does nothing: a request that is refused as early as this never reaches its errback."""

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused for a page of another site."""
        parts = urlparse_cached(request)
        if request.meta.get(ALLOW_OFFSITE):
            self._others.add(parts.hostname)
        if parts.path == "/robots.txt" and parts.hostname in self._others:
            return
        try:
            super().process_request(request)
        except IgnoreRequest:
            raise Refused("is on another site: not fetched") from None


class RetryAfterMiddleware(RetryMiddleware):
    """Retries what may pass, after as long as the site asks in Retry-After (RFC 9110 section 10.2.3)."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Pauses the whole site for Retry-After. Raises SiteBlocked if that is longer than the limit."""
        if response.status in (429, 503):
            wait_s = seconds_to_wait(response.headers.get(b"Retry-After"))
            if wait_s > self.crawler.settings.getfloat("LDN_RETRY_AFTER_MOST_SECONDS"):
                raise block(self.crawler, f"{response.url} asks to come back in {wait_s:.0f} s")
            if wait_s:
                self._pause_site(request, wait_s)
        return super().process_response(request, response)

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> Any:
        """Retries what the network lost. Raises Refused for a name that leads to a private address.

        A file that does not exist is not asked for again.
        """
        parts = urlparse_cached(request)
        if parts.scheme == "file":
            return None
        if not isinstance(exception, IgnoreRequest) and (reason := why_refused(parts.hostname or "")):
            raise Refused(reason)
        return super().process_exception(request, exception)

    def _pause_site(self, request: Request, wait_s: float) -> None:
        throttle_for(site_of(request)).pause(wait_s)
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot") or urlparse_cached(request).hostname or "")
        if slot is None:
            return
        slot.concurrency = 1
        # A slot without a delay ignores `lastseen`.
        slot.delay = slot.delay or 0.01
        slot.lastseen = monotonic() + wait_s - slot.delay


def seconds_to_wait(header: bytes | None) -> float:
    """Retry-After as seconds from now, 0 if there is none or it cannot be read."""
    text = (header or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


class BlockedMiddleware:
    """Ends the crawl of a site that answers 401, 403, 451 or a challenge page: that is reported, not worked around.

    With `LDN_STOP_WHEN_BLOCKED` off, or on a site that the list only embeds, it costs only its own request.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stops = crawler.settings.getbool("LDN_STOP_WHEN_BLOCKED")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BlockedMiddleware:
        return cls(crawler)

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises SiteBlocked once the site has refused the crawl."""
        if self.stops and (blocked := self.crawler.stats.get_value(BLOCKED)):
            raise SiteBlocked(blocked)

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Passes a usable response on; raises SiteBlocked for a refusal."""
        if not request.url.endswith("/robots.txt") and (reason := refusal(response)):
            if request.meta.get(ALLOW_OFFSITE):
                raise Refused(reason)
            raise block(self.crawler, f"{response.url} {reason}", reason)
        return response


def refusal(response: Response) -> str | None:
    """How a response says that robots are not wanted; None if it does not."""
    if response.status in (401, 403, 451):
        return f"answered {response.status}"
    if response.headers.get(b"cf-mitigated") == b"challenge":
        return "answered with a bot challenge"
    if len(response.body) < 100_000 and CHALLENGE_MARKS.search(response.body[:20_000]):
        return "answered with a bot challenge page"
    return None


class StrictCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's decompression, except that a broken stream is an error; Scrapy would pass on what could be unpacked."""

    @staticmethod
    def _decode(body: bytes, encoding: bytes, max_size: int) -> bytes:
        try:
            return decode_body(body, encoding.decode("latin-1"), max_size)
        except ValueError as error:
            raise IgnoreRequest(str(error)) from None


class SameSiteRedirectMiddleware(RedirectMiddleware):
    """Follows redirects within the site only: never to another host, to a private address, or from https to http."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Raises Refused for a redirect that leaves the site or leads in a circle."""
        location = response.headers.get(b"Location")
        if location and response.status in (301, 302, 303, 307, 308):
            target = location.decode("latin-1").strip()
            if reason := leaves_site(request.url, target) or _circle(request, target):
                raise Refused(f"redirects to {target[:200]}, which {reason}: not followed", reason)
        return super().process_response(request, response)


def _circle(request: Request, target: str) -> str | None:
    came_by = (request.url, *request.meta.get("redirect_urls", ()))
    return "leads in a circle" if urljoin(request.url, target) in came_by else None
