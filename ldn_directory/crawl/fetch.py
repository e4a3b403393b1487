"""Single pages fetched under the very rules of a crawl: the same robots.txt, delays, redirects, limits and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

from ldn_directory import __version__

from .politeness import is_contact, is_private

T = TypeVar("T")
NO_CONTACT = (
    "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
    "where a site's owner reaches you, or save the page and probe the file"
)
LOUDNESS = "CRITICAL"
"""What goes wrong is told in one sentence; Scrapy would add a stack trace to it."""


class CannotFetch(Exception):
    """A page could not be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as it came: `url` is where redirects within the site led, header names are in lower case."""

    url: str
    body: bytes
    headers: Mapping[str, str]


Fetch = Callable[[str], Awaitable[Fetched]]
"""Fetches one page after another, each under the rules; raises CannotFetch."""


@dataclass(slots=True)
class Verdict:
    """What the crawl's middlewares say about one request. They know it as a spider's `run`."""

    blocked: str | None = None
    lost: str | None = None
    """Why nothing more can be kept; never the case here, where nothing is kept."""
    reasons: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    crawl_delay_s: float | None = None

    def note(self, page: str, what: str, record: str | None = None) -> None:
        """A remark about the site, such as that its robots.txt cannot be had."""
        self.reasons.append(f"{page}: {what}")

    def fail(self, page: str, what: str) -> None:
        """Why the page is not to be had."""
        self.reasons.append(f"{page} {what}")

    def block(self, what: str) -> None:
        """The site has refused."""
        self.blocked = self.blocked or what

    def unreachable(self, what: str) -> None:
        """The site gives no answer."""
        self.reasons.append(what)

    def forbidden(self, url: str) -> None:
        """robots.txt forbids the page."""
        if not self.reasons:
            self.reasons.append(f"robots.txt forbids {url}: ask the publisher, or save the page and probe the file")


def fetching(work: Callable[[Fetch], Awaitable[T]], *, contact: str = "", **changed: Any) -> T:
    """What `work` gives, which may fetch pages. Once a process: Twisted's reactor ends with it.

    Nothing is archived, no harvest is kept. `changed` are Scrapy settings. Whatever `work` raises is raised here.
    """
    contact = contact.strip() if is_contact(contact) else ""
    agent = {"USER_AGENT": f"ldn-directory/{__version__} (+{contact})"} if contact else {}
    settings = _settings(LDN_CONTACT=contact, **agent, **changed)
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    from twisted.internet import reactor as installed

    # Twisted types it as a module; what was installed stands in its place.
    reactor: Any = installed
    outcome: list[T | BaseException] = []

    async def whole() -> None:
        try:
            await AsyncCrawlerRunner(settings).crawl(_Fetcher, work=work, contact=contact, outcome=outcome)
        finally:
            reactor.callLater(0, reactor.stop)

    reactor.callWhenRunning(lambda: deferred_from_coro(whole()))
    reactor.run()
    if not outcome:
        raise CannotFetch("the fetching ended early: see the messages above")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _settings(**changed: Any) -> Settings:
    """The project's settings without what keeps: cache, archive, harvest."""
    settings = Settings()
    settings.setmodule("ldn_directory.settings")
    kept = {
        name: order for name, order in settings.getdict("DOWNLOADER_MIDDLEWARES").items() if ".archive_cache." not in name
    }
    settings.setdict(
        {
            "HTTPCACHE_ENABLED": False,
            "DOWNLOADER_MIDDLEWARES": kept,
            "EXTENSIONS": dict.fromkeys(settings.getdict("EXTENSIONS")),
            "LOG_LEVEL": LOUDNESS,
            **changed,
        },
        priority="cmdline",
    )
    return settings


class _Fetcher(scrapy.Spider):
    """Lets a piece of work fetch through the engine. It yields nothing: only the downloader and its rules are used."""

    name = "fetching"
    crawler: Crawler

    def __init__(self, work: Callable[[Fetch], Awaitable[T]], contact: str, outcome: list[Any]) -> None:
        super().__init__()
        self.work, self.contact, self.outcome = work, contact, outcome
        self.run = Verdict()

    async def start(self) -> AsyncIterator[Any]:
        try:
            self.outcome.append(await self.work(self.fetch))
        except BaseException as error:  # handed on by `fetching`, outside of the reactor
            self.outcome.append(error)
        return
        yield

    async def fetch(self, url: str) -> Fetched:
        """One page. Raises CannotFetch with a sentence for people."""
        host = _host(url)
        if not self.contact and not is_private(host):
            raise CannotFetch(NO_CONTACT)
        self.run = Verdict()
        try:
            response = await self.crawler.engine.download_async(Request(url, dont_filter=True))
        except (IgnoreRequest, DownloadCancelledError) as error:
            raise CannotFetch(self._said(url, error)) from error
        except Exception as error:
            # The handlers of the network raise errors of many families; each means that there is no page.
            raise CannotFetch(self._said(url, error)) from error
        return _usable(response)

    def _said(self, url: str, error: Exception) -> str:
        if self.run.blocked:
            return f"{self.run.blocked}: the site does not want robots; ask the publisher, or save the page and probe the file"
        if self.run.reasons:
            return "; ".join(dict.fromkeys(self.run.reasons))
        if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
            most = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
            return f"{url} is larger than the {most >> 20 or most} {'MB' if most >> 20 else 'bytes'} that are read"
        said = str(error).strip().splitlines()
        return f"{url} could not be fetched: {said[0][:300] if said else type(error).__name__}"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CannotFetch(f"{url[:200]!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise CannotFetch(f"{url[:200]!r} is no address of a web page")
    return host


def _usable(response: Response) -> Fetched:
    if response.status in (404, 410):
        raise CannotFetch(f"{response.url} answered {response.status}: there is no such page; look for its new address")
    if response.status != 200:
        raise CannotFetch(f"{response.url} answered {response.status}: try again later")
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Fetched(url=response.url, body=response.body, headers=headers)
