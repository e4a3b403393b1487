"""The archive as Scrapy's HTTP cache: every response is written as it arrives, and revalidated by the next crawl.

A spider whose responses are archived has an attribute `archive`, a `RunArchive`. For any other spider, such as that of
`scrapy shell`, these components switch themselves off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcache import HttpCacheMiddleware
from scrapy.exceptions import NotConfigured
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from scrapy.spiders import Spider
from twisted.web.http import RESPONSES

from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.archive.warc_archive import StoredResponse
from ldn_directory.errors import error_text
from ldn_directory.storage import utc_now

from .middlewares import Refused, note

ARCHIVED = "ldn_archived"
"""Request meta: the `StoredResponse` of this request."""
FETCHED = "ldn_fetched"
"""Request meta: the `StoredResponse` that this run has had to the same request: it is read again, not asked for."""


class ArchiveLost(Refused):
    """Nothing more can be archived, so nothing more is fetched; `RunArchive.lost` says why."""


def archive_of(crawler: Crawler) -> RunArchive:
    """The archive of the crawler's spider. Raises NotConfigured if it has none."""
    archive = getattr(crawler.spider, "archive", None)
    if not isinstance(archive, RunArchive):
        raise NotConfigured
    return archive


class RevalidateAlwaysPolicy(RFC2616Policy):
    """RFC 9111 without heuristics: a stored page is used only if the server confirms it with 304."""

    def is_cached_response_fresh(self, cachedresponse: Response, request: Request) -> bool:
        """Always False: a crawl is there to confirm. The validators make asking cheap."""
        self._set_conditional_validators(request, cachedresponse)
        return False

    def is_cached_response_valid(self, cachedresponse: Response, response: Response, request: Request) -> bool:
        """Whether the answer is 304: an old page must not stand in for a server that fails."""
        return response.status == 304


class RevalidatingCacheMiddleware(HttpCacheMiddleware):
    """Scrapy's cache, except that a stored page never replaces one that cannot be fetched."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RevalidatingCacheMiddleware:
        archive_of(crawler)
        return super().from_crawler(crawler)

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> None:
        """Passes the failure on."""
        request.meta.pop("cached_response", None)


class ArchiveMiddleware:
    """Writes each response to the spider's WARC file as it comes from the network, whatever becomes of it later."""

    def __init__(self, archive: RunArchive) -> None:
        self.archive = archive

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveMiddleware:
        return cls(archive_of(crawler))

    def process_request(self, request: Request, spider: Any = None) -> Response | None:
        """The response that this run has had already, if it is to be read again.

        Raises ArchiveLost once nothing more can be archived.
        """
        if self.archive.lost:
            raise ArchiveLost("what is read cannot be kept")
        stored: StoredResponse | None = request.meta.get(FETCHED)
        with self.archive.catch_loss():
            return _response_of(stored, self.archive.index.body(stored)) if stored else None
        raise ArchiveLost("what is read cannot be kept")

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Response:
        """Archives the response, and notes where for the cache and for replays. Raises ArchiveLost if that fails."""
        if FETCHED in request.meta:
            request.meta[ARCHIVED] = request.meta[FETCHED]
            return response
        reason = RESPONSES.get(response.status, b"").decode("ascii", "replace")
        headers = _header_pairs(response.headers)
        stored = self.archive.add_response(response.url, response.status, reason, headers, response.body)
        if stored is None:
            raise ArchiveLost("what is read cannot be kept")
        request.meta[ARCHIVED] = stored
        self.archive.responses += 1
        return response


class WarcCacheStorage:
    """`HTTPCACHE_STORAGE` on top of the archive."""

    def __init__(self, settings: BaseSettings) -> None:
        pass

    def open_spider(self, spider: Spider) -> None:
        """Takes the spider's archive."""
        self._crawler = spider.crawler
        self._archive = archive_of(spider.crawler)
        self._fingerprint = spider.crawler.request_fingerprinter.fingerprint

    def close_spider(self, spider: Spider) -> None:
        """Does nothing: the spider closes its archive."""

    def retrieve_response(self, spider: Spider, request: Request) -> Response | None:
        """The stored response to this request; None if there is none or it is damaged."""
        index = self._archive.index
        stored = index.latest(spider.name, self._fingerprint(request))
        if stored is None or stored.status != 200:
            return None
        try:
            body = index.body(stored)
        except (OSError, ValueError) as error:
            note(self._crawler, stored.url, f"is fetched again: {error_text(error)}")
            return None
        request.meta[ARCHIVED] = stored
        return _response_of(stored, body)

    def store_response(self, spider: Spider, request: Request, response: Response) -> None:
        """Makes the response, new or confirmed by a 304, the one that the next crawl revalidates."""
        with self._archive.catch_loss():
            index, fingerprint = self._archive.index, self._fingerprint(request)
            stored: StoredResponse = request.meta[ARCHIVED]
            if "cached" in response.flags:
                kept = index.latest(spider.name, fingerprint)
                if kept is None:
                    return
                stored = replace(kept, headers=tuple(_header_pairs(response.headers)))
                request.meta[ARCHIVED] = stored
            index.set_latest(spider.name, fingerprint, stored, utc_now())


def _response_of(stored: StoredResponse, body: bytes) -> Response:
    headers = Headers([(name, [value]) for name, value in stored.headers])
    kind = responsetypes.from_args(headers=headers, url=stored.url, body=body)
    return kind(url=stored.url, headers=headers, status=stored.status, body=body)


def first_headers(response: Response) -> dict[str, str]:
    """The headers of a response by their names in lower case; of repeated ones the first."""
    return {
        name.decode("latin-1").lower(): values[0].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }


def _header_pairs(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]
