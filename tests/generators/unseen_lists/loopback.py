"""Serves pages under the addresses of other people's sites, on this machine alone.

`LoopbackHandler` is a Scrapy download handler for https: whatever a crawl asks for, on any host, the server on 127.0.0.1
answers. So a spider is tried with its own addresses, robots.txt and rules of sites included, and nothing leaves.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Request, Response

ROBOTS = b"User-agent: *\nDisallow: /secret\n"


class LoopbackHandler(HTTP11DownloadHandler):
    """Asks the server at `LOOPBACK_PORT` for every address."""

    async def download_request(self, request: Request) -> Response:
        port = self._crawler.settings.getint("LOOPBACK_PORT")
        there = request.replace(url=f"http://127.0.0.1:{port}/{quote(request.url, safe='')}")
        return (await super().download_request(there)).replace(url=request.url)


class LoopbackSites:
    """Pages by their addresses, served until the end of the block; they may be replaced at any time."""

    def __init__(self, pages: Mapping[str, tuple[str, bytes]]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        sites = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = unquote(self.path[1:])
                sites.asked.append(address)
                status, headers, body = sites.respond(address)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self._server.server_port

    def respond(self, address: str) -> tuple[int, Mapping[str, str], bytes]:
        """(status, headers, body) for an address."""
        kind, body = self.answer(address)
        return (200 if kind else 404), {"Content-Type": kind or "text/plain"}, body

    def answer(self, address: str) -> tuple[str | None, bytes]:
        """(media type, body); no media type for a page that is not there."""
        if address.endswith("/robots.txt"):
            return "text/plain", ROBOTS
        return self.pages.get(address, (None, b"Not found"))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
