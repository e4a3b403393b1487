"""Single pages fetched under the rules of a crawl: the same robots.txt, delays, redirects, limits and refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Request, Response

from ldn_directory.errors import LdnError
from ldn_directory.storage import DATA

from . import addresses
from .middlewares import BLOCKED, Refused, RobotsForbidden, SiteBlocked, SiteUnreachable, failure_text
from .reactor import project_settings, run_reactor

T = TypeVar("T")
OR_SAVE = ", or save the page and probe the file"
"""What can be done about a refusal where a list is looked for; elsewhere it is of no use."""
NO_CONTACT = f"{addresses.NO_CONTACT}{OR_SAVE}"


class CannotFetch(LdnError):
    """A page could not be fetched; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """A page as it came: `url` is where redirects within the site led, header names are in lower case."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Fetch(Protocol):
    """Fetches one page after another, each under the rules; raises CannotFetch.

    `is_named` says that a person has named the address: only then it may be this machine's, or at an unusual port.
    """

    def __call__(self, url: str, *, is_named: bool = False) -> Awaitable[FetchedPage]: ...


def run_with_fetch(work: Callable[[Fetch], Awaitable[T]], *, contact: str = "", **changed: Any) -> T:
    """The result of `work`, which may fetch pages. Once a process, because Twisted's reactor starts only once.

    Nothing is archived or harvested. `changed` are Scrapy settings. Whatever `work` raises is raised here.
    """
    # What goes wrong is said in one sentence; Scrapy would log a stack trace besides.
    settings = project_settings(DATA, contact, LOG_LEVEL="CRITICAL", **changed)

    outcome: list[T | BaseException] = []

    async def run(runner: AsyncCrawlerRunner) -> None:
        await runner.crawl(_FetchSpider, work=work, outcome=outcome)

    run_reactor(settings, run)
    if not outcome:
        raise CannotFetch("the fetching ended early: see the messages above")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


class _FetchSpider(scrapy.Spider):
    """Lets a piece of work fetch through Scrapy's engine: only the downloader and its middlewares are used."""

    name = "fetch"
    crawler: Crawler

    def __init__(self, work: Callable[[Fetch], Awaitable[T]], outcome: list[Any]) -> None:
        super().__init__()
        self.work, self.outcome = work, outcome

    async def start(self) -> AsyncIterator[Any]:
        try:
            self.outcome.append(await self.work(self.fetch))
        except BaseException as error:
            self.outcome.append(error)
        return
        yield

    async def fetch(self, url: str, *, is_named: bool = False) -> FetchedPage:
        """One page. Raises CannotFetch with a sentence for people."""
        host = _host(url)
        if not self.crawler.settings["LDN_CONTACT"] and not addresses.is_private(host):
            raise CannotFetch(NO_CONTACT)
        # Each page stands for itself: a refusal of the one before says nothing about this one.
        self.crawler.stats.set_value(BLOCKED, None)
        try:
            request = Request(url, dont_filter=True, meta={"is_start_request": is_named})
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            # The network's handlers raise errors of many families; each means that there is no page.
            raise CannotFetch(self._explain(url, error)) from error
        return _usable(response)

    def _explain(self, url: str, error: Exception) -> str:
        match error:
            case SiteBlocked():
                return f"{error}: the site does not want robots; ask the publisher{OR_SAVE}"
            case SiteUnreachable():
                return str(error)
            case RobotsForbidden():
                return f"robots.txt forbids {url}: ask the publisher{OR_SAVE}"
            case Refused():
                return f"{url} {error}"
        if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
            most = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
            return f"{url} is larger than the {most >> 20 or most} {'MB' if most >> 20 else 'bytes'} that are read"
        return f"{url} could not be fetched: {failure_text(error)}"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CannotFetch(f"{url[:200]!r} is no address: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise CannotFetch(f"{url[:200]!r} is no address of a web page")
    return host


def _usable(response: Response) -> FetchedPage:
    if response.status in (404, 410):
        raise CannotFetch(f"{response.url} answered {response.status}: there is no such page; look for its new address")
    if response.status != 200:
        raise CannotFetch(f"{response.url} answered {response.status}: try again later")
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return FetchedPage(url=response.url, body=response.body, headers=headers)
