"""A small HTTP/1.1 server for loopback, with keep-alive and a log of requests."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

IDLE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request, and the status and length of the answer."""

    path: str
    """With its query."""
    at: float
    """Seconds since the epoch, when the request had been read."""
    headers: Mapping[str, str]
    """Names in lower case, e.g. `user-agent`."""
    status: int
    bytes: int
    """Length of the body sent."""
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: `body` is left out for HEAD and 304."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class LoopbackServer(ThreadingHTTPServer):
    """Serves `reply(path with query, headers)` on 127.0.0.1 only; `port` 0 takes any free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, reply: Callable[[str, Mapping[str, str]], Reply], port: int) -> None:
        self.reply = reply
        self._log: list[LoggedRequest] = []
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def log(self) -> list[LoggedRequest]:
        """Every request so far, in the order in which they were answered."""
        with self._lock:
            return list(self._log)

    def add_to_log(self, request: LoggedRequest) -> None:
        """Adds a request to the log."""
        with self._lock:
            self._log.append(request)

    def track(self, connection: socket.socket) -> None:
        """Remembers a connection, to close it with the server."""
        with self._lock:
            self._open.add(connection)

    def untrack(self, connection: socket.socket) -> None:
        """Forgets a connection."""
        with self._lock:
            self._open.discard(connection)

    def server_close(self) -> None:
        """Stops listening, and closes kept-alive connections so that a stopped site no longer answers."""
        super().server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of clients that hang up; the default prints a stack trace for each."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ExampleSite"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: LoopbackServer

    def setup(self) -> None:
        super().setup()
        self.server.track(self.connection)

    def finish(self) -> None:
        self.server.untrack(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        at = time.time()
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply(self.path, headers)
        body = reply.body if with_body and reply.status != 304 else b""
        # The log is written first, so that a client which has its answer finds its request in the log.
        self.server.add_to_log(LoggedRequest(self.path, at, headers, reply.status, len(body), self.command))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing: the log is for programs."""
