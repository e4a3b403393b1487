"""The archive as Scrapy's HTTP cache: every response is written as it arrives; what is there is asked about conditionally."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes
from twisted.web.http import RESPONSES

from ldn_directory.archive.warc_archive import Stored
from ldn_directory.storage import utc_now

from .politeness import Refused

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

    from .base_spider import ListSpider

ARCHIVED = "ldn_archived"
"""Request meta: the `Stored` response that this request's answer became."""


class RevalidateAlways(RFC2616Policy):
    """RFC 9111 without heuristics: a stored page is never used unasked, and only a 304 confirms it."""

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """False always: a crawl is there to confirm, so it asks; the validators make asking cheap."""
        self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:
        """Only 304 does: an old page must not stand in for a server that fails."""
        return response.status == 304


class ConfirmingCache(HttpCacheMiddleware):
    """Scrapy's cache, but a stored page never stands in for one that cannot be fetched."""

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> None:
        """Lets the failure through, so that nothing is confirmed by it."""
        request.meta.pop("cached_response", None)


class EveryResponse:
    """Writes each response to the spider's WARC file as it comes from the network, whatever becomes of it later."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> EveryResponse:
        return cls(crawler)

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Archives the response and notes where, for the cache and for replays. Raises Refused if that cannot be done."""
        run = self.crawler.spider.run  # type: ignore[union-attr]
        headers = tuple(_pairs(response.headers))
        reason = RESPONSES.get(response.status, b"").decode("ascii", "replace")
        position = None
        with run.keeping():
            position = run.warc.write(response.url, response.status, reason, headers, response.body, utc_now())
        if position is None:
            raise Refused("what is read cannot be kept")
        request.meta[ARCHIVED] = Stored(
            url=response.url, status=response.status, headers=headers, warc=run.warc.name, position=position
        )
        run.counts["responses"] += 1
        return response


class WarcStorage:
    """`HTTPCACHE_STORAGE` on top of the archive."""

    def __init__(self, settings: BaseSettings) -> None:
        self._archived_url = ""

    def open_spider(self, spider: ListSpider) -> None:
        """Takes the spider's archive and the crawl's way to tell requests apart."""
        self._archive = spider.run.archive
        self._fingerprint = spider.crawler.request_fingerprinter.fingerprint

    def close_spider(self, spider: ListSpider) -> None:
        """Nothing to do: the run closes its archive."""

    def retrieve_response(self, spider: ListSpider, request: Request) -> Response | None:
        """The stored response to this request; None if there is none, or it is damaged, which the run's report says."""
        stored = self._archive.latest(spider.name, self._fingerprint(request))
        if stored is None or stored.status != 200:
            return None
        try:
            body = self._archive.body(stored)
        except (OSError, ValueError) as error:
            spider.run.note(stored.url, f"is fetched again: {error}")
            return None
        headers = Headers([(name, [value]) for name, value in stored.headers])
        kind = responsetypes.from_args(headers=headers, url=stored.url, body=body)
        request.meta[ARCHIVED] = stored
        return kind(url=stored.url, headers=headers, status=stored.status, body=body)

    def store_response(self, spider: ListSpider, request: Request, response: Response) -> None:
        """Makes the response, new or confirmed by a 304, the one that the next crawl asks about."""
        with spider.run.keeping():
            self._remember(spider, request, response)

    def _remember(self, spider: ListSpider, request: Request, response: Response) -> None:
        stored: Stored = request.meta[ARCHIVED]
        if "cached" in response.flags:
            kept = self._archive.latest(spider.name, self._fingerprint(request))
            if kept is None:
                return
            stored = Stored(
                url=kept.url,
                status=kept.status,
                headers=tuple(_pairs(response.headers)),
                warc=kept.warc,
                position=kept.position,
            )
            request.meta[ARCHIVED] = stored
        self._archive.remember(spider.name, self._fingerprint(request), stored, utc_now())


def first_headers(response: Response) -> dict[str, str]:
    """The headers of a response for its reader: names in lower case, of repeated ones the first."""
    return {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]
