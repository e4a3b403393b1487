"""Sources of one site are crawled side by side, and the site is still asked one thing at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Lock, Thread
from time import monotonic
from types import SimpleNamespace

import pytest
from scrapy import signals
from scrapy.http import Request
from scrapy.utils.test import get_crawler

from ldn_directory.crawl.site_throttle import SiteThrottle, SiteThrottleMiddleware, throttle_for

PAGE = b"""<table><tr><th>Name</th><th>City</th><th>State</th><th>Phone</th></tr>
<tr><td>Jane Roe, MD</td><td>Austin</td><td>TX</td><td>512-555-0142</td></tr>
<tr><td>John Doe, DO</td><td>Boise</td><td>ID</td><td>208-555-0117</td></tr></table>"""


class CountingSite:
    """A server that notes when it was asked, and how many asked at the same moment."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with site._lock:
                    site.at.append(monotonic())
                    site._now += 1
                    site.most_at_once = max(site.most_at_once, site._now)
                time.sleep(0.02)  # as long as an answer takes: only so can two meet
                with site._lock:
                    site._now -= 1
                status = 404 if self.path == "/robots.txt" else 200
                self.send_response(status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(PAGE)))
                self.end_headers()
                self.wfile.write(PAGE)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[CountingSite]:
    counting = CountingSite()
    yield counting
    counting.server.shutdown()
    counting.server.server_close()


def test_three_sources_of_a_site_never_ask_it_at_once_and_keep_its_delay_between_them(crawl, site):
    slow = {"127.0.0.1": {"concurrency": 8, "delay": 0.15}}
    reports = crawl(site.url, "example_prescribers", "example_table", "example_cards", DOWNLOAD_SLOTS=slow)
    assert len(reports) == 3 and len(site.at) == 6  # a robots.txt and a page each
    assert site.most_at_once == 1
    assert min(later - earlier for earlier, later in pairwise(site.at)) >= 0.149


def test_requests_are_let_through_in_their_order_and_not_before_the_delay_is_over():
    async def ask(throttle: SiteThrottle, name: str, said: list[tuple[str, float]]) -> None:
        await throttle.acquire()
        said.append((name, monotonic()))
        throttle.release(0.05)

    async def all_ask() -> list[tuple[str, float]]:
        throttle, said = SiteThrottle(), []
        await asyncio.gather(*(ask(throttle, name, said) for name in "abc"))
        return said

    said = asyncio.run(all_ask())
    assert [name for name, _ in said] == ["a", "b", "c"]
    assert all(later - earlier >= 0.049 for (_, earlier), (_, later) in pairwise(said))


def test_a_request_that_stops_waiting_does_not_occupy_the_site():
    async def give_up_then_ask() -> bool:
        throttle = SiteThrottle()
        throttle.pause(5)
        waiting = asyncio.create_task(throttle.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        throttle._free_at = 0
        await asyncio.wait_for(throttle.acquire(), 1)
        return True

    assert asyncio.run(give_up_then_ask())


def test_a_cancelled_download_frees_its_site():
    """Scrapy tells no middleware of a cancellation, but it sends `request_left_downloader` whatever has happened."""

    async def cancelled_then_ask() -> bool:
        crawler = get_crawler()
        middleware, request = SiteThrottleMiddleware.from_crawler(crawler), Request("https://cancelled.example/")
        crawler.engine = SimpleNamespace(downloader=SimpleNamespace(slots={}))
        await middleware.process_request(request)
        crawler.signals.send_catch_log(signals.request_left_downloader, request=request, spider=None)
        await asyncio.wait_for(throttle_for("cancelled.example").acquire(), 1)
        return True

    assert asyncio.run(cancelled_then_ask())
