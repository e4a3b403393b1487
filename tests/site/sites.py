"""Sites over a published directory: in this process, for one test or for many, and by a real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import uvicorn

from ldn_directory.site.server.serve import asgi_app

CLIENT = ("203.0.113.7", 50_000)


def visitor(directory: Path, **options: Any) -> Callable[..., Awaitable[httpx.Response]]:
    return partial(answer_of, asgi_app(directory, look_every_s=0, **options))


async def answer_of(
    app: Any, address: str, method: str = "GET", headers: dict[str, str] | None = None
) -> httpx.Response:
    """The answer to one request."""
    (answer,) = await answers_of(app, (method, address, headers or {}))
    return answer


class KeptSite:
    """One site for many tests that only read: one application over one file, in one event loop."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._runner = asyncio.Runner()
        self._app = asgi_app(directory, look_every_s=0)

    def ask(self, *requests: str | tuple[str, str, dict[str, str]]) -> list[httpx.Response]:
        """Asks one thing after the other: an address, or (method, address, headers)."""
        return self._runner.run(answers_of(self._app, *requests))

    def send(self, path: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[bytes, bytes], bytes]:
        """(status, headers, body) for an address as it stands on the wire, which clients would tidy up."""
        return self._runner.run(self._send(path, headers))

    async def _send(self, path: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[bytes, bytes], bytes]:
        line, _, query = path.partition(b"?")
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": "GET",
            "path": unquote(line.decode("latin-1")),
            "raw_path": line,
            "query_string": query,
            "headers": headers,
            "scheme": "http",
            "client": CLIENT,
            "http_version": "1.1",
            "asgi": {"version": "3.0"},
        }

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        await self._app(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])

    def close(self) -> None:
        self._runner.run(self._app.close())
        self._runner.close()


async def answers_of(app: Any, *requests: str | tuple[str, str, dict[str, str]]) -> list[httpx.Response]:
    """What a visitor from the internet is answered, one thing after the other."""
    asked = [one if isinstance(one, tuple) else ("GET", one, {}) for one in requests]
    transport = httpx.ASGITransport(app=app, client=CLIENT)
    async with httpx.AsyncClient(transport=transport, base_url="http://directory.example") as client:
        return [await client.request(method, address, headers=headers) for method, address, headers in asked]


class _Begun(uvicorn.Server):
    begun = None

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        assert self.begun is not None
        self.begun.set()


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Serves a directory on a free port of the loopback by real uvicorn; gives the address."""
    app = asgi_app(path, look_every_s=0.01)
    server = _Begun(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2)
    )
    server.begun = threading.Event()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.begun.wait(30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
