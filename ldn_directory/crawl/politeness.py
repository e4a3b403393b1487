"""What we do when a site says wait, go elsewhere, or go away."""

from __future__ import annotations

import ipaddress
import logging
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

from .site_throttle import site_of, turn_at

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

CHALLENGE_MARKS = re.compile(
    rb"<title>\s*(?:just a moment|attention required|access denied|verify(?:ing)? you are (?:a )?human|ddos-guard"
    rb"|checking your browser|security check|pardon our interruption|are you a robot)"
    rb"|cf-challenge|challenge-platform/h/|_incapsula_resource|px-captcha|sucuri_cloudproxy_js",
    re.IGNORECASE,
)


class Refused(IgnoreRequest):
    """A request given up for a reason that stands in the run's report already."""


CONTACT = re.compile(r"[^\s@<>\"]+@[^\s@.]+(?:\.[^\s@.]+)+|https?://[^\s/@.]+(?:\.[^\s/@.]+)+(?:/\S*)?", re.IGNORECASE)
"""An e-mail address, or the address of a web page: what a site's owner can use."""
NO_CONTACT = "is not asked for: no contact address is set (LDN_CONTACT, an e-mail or web address)"


def is_contact(text: str) -> bool:
    """Whether a text looks like an e-mail address or an http(s) address by which somebody can be reached."""
    return bool(CONTACT.fullmatch(text.strip()))


class Reachable:
    """Downloader middleware, the outermost: without a contact address, no request leaves for the web, whoever has started the spider."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.allowed = is_contact(crawler.settings.get("LDN_CONTACT") or "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reachable:
        return cls(crawler)

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused, with the reason in the report, for a request to anybody else's machine."""
        parts = urlparse_cached(request)
        if self.allowed or parts.scheme == "file" or is_private(parts.hostname or ""):
            return
        self.crawler.spider.run.fail(request.url, NO_CONTACT)  # type: ignore[union-attr]
        logger.error("%s %s", request.url, NO_CONTACT)
        raise Refused("no contact address is set")


class OwnSite(OffsiteMiddleware):
    """Stays on the hosts that the source names. A page elsewhere is not asked for, and the report says so."""

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused for a page of another site."""
        try:
            super().process_request(request)
        except IgnoreRequest as error:
            self.crawler.spider.run.fail(request.url, "is on another site: not fetched")  # type: ignore[union-attr]
            raise Refused(str(error)) from None


class PatientRetry(RetryMiddleware):
    """Retries what may pass, after as long as the site asks in Retry-After (RFC 9110 section 10.2.3)."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Puts the whole site on hold for Retry-After; one longer than the limit ends the crawl of it."""
        if response.status in (429, 503):
            wait_s = seconds_to_wait(response.headers.get(b"Retry-After"))
            if wait_s > self.crawler.settings.getfloat("LDN_RETRY_AFTER_MOST_SECONDS"):
                self.crawler.spider.run.block(f"{response.url} asks to come back in {wait_s:.0f} s")  # type: ignore[union-attr]
                raise Refused("the site asks to come back much later")
            if wait_s:
                self._hold_site(request, wait_s)
        return super().process_response(request, response)

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> Any:
        """Retries what the network lost. A file that is not there does not come by asking again."""
        if urlparse_cached(request).scheme == "file":
            return None
        return super().process_exception(request, exception)

    def _hold_site(self, request: Request, wait_s: float) -> None:
        turn_at(site_of(request)).hold(wait_s)
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot") or urlparse_cached(request).hostname or "")
        if slot is None:
            return
        slot.concurrency = 1
        # A slot without a delay does not look at `lastseen` at all.
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


class Blocked:
    """Ends the crawl of a site that answers 401, 403, 451 or a challenge page. It has said no; that is reported, not fought."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Blocked:
        return cls(crawler)

    def process_request(self, request: Request, spider: Any = None) -> None:
        """Raises Refused once the site has said no, or once nothing more can be kept."""
        run = self.crawler.spider.run  # type: ignore[union-attr]
        if run.blocked:
            raise Refused("the site has refused this crawl")
        if run.lost:
            raise Refused("what is read cannot be kept")

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Passes a usable response on; raises Refused if it is a refusal."""
        if request.url.endswith("/robots.txt"):
            return response
        if reason := refusal(response):
            self.crawler.spider.run.block(f"{response.url} {reason}")  # type: ignore[union-attr]
            raise Refused(reason)
        return response


def refusal(response: Response) -> str | None:
    """In words, how a response says that robots are not wanted; None if it does not."""
    if response.status in (401, 403, 451):
        return f"answered {response.status}"
    if response.headers.get(b"cf-mitigated") == b"challenge":
        return "answered with a bot challenge"
    if len(response.body) < 100_000 and CHALLENGE_MARKS.search(response.body[:20_000]):
        return "answered with a bot challenge page"
    return None


class SameSiteRedirect(RedirectMiddleware):
    """Follows redirects within the site only: never to another host, to a private address, or from https to http."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Raises Refused, with the reason in the report, for a redirect that leaves the site."""
        location = response.headers.get(b"Location")
        if location and response.status in (301, 302, 303, 307, 308):
            target = location.decode("latin-1").strip()
            reason = leaves_site(request.url, target) or _in_a_circle(request, target)
            if reason:
                self.crawler.spider.run.fail(request.url, f"redirects to {target[:200]}, which {reason}: not followed")  # type: ignore[union-attr]
                raise Refused(reason)
        return super().process_response(request, response)


def leaves_site(url: str, target: str) -> str | None:
    """In words, why a redirect from `url` to `target`, perhaps relative, is refused; None if it stays within the site."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, target))
        host, goal = here.hostname or "", there.hostname or ""
        ports = here.port, there.port
    except ValueError:
        return "is no address"
    if there.scheme not in ("http", "https"):
        return "is not a web page"
    if goal != host and is_private(goal):
        return "is a private address"
    if _bare(goal) != _bare(host):
        return "is another site"
    if here.scheme == "https" and there.scheme == "http":
        return "is not encrypted"
    if ports[0] != ports[1] and is_private(goal):
        return "is another port of a private address"
    return None


def _in_a_circle(request: Request, target: str) -> str | None:
    came_by = (request.url, *request.meta.get("redirect_urls", ()))
    return "leads in a circle" if urljoin(request.url, target) in came_by else None


def is_private(host: str) -> bool:
    """Whether a host name or literal address is on this machine or a private network."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
