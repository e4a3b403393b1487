"""Servers in processes of their own, on loopback, and clients that ask them as fast as they answer."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 16
STOCK_FACETS = "_facet=country&_facet=region&_facet=kind&_size=20"
STARLETTE = """
# What a server of this kind can do at most: one route, ready bytes.
import sys, uvicorn
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = Path(sys.argv[2]).read_bytes()
async def answer(request):
    return Response(body, media_type=sys.argv[3])
uvicorn.run(Starlette(routes=[Route("/", answer)]), port=int(sys.argv[1]), log_config=None, access_log=False)
"""
STOCK = """
# Datasette as it comes: without the pages and limits of the project's own plugin.
import sys
from datasette.plugins import pm
for name, plugin in pm.list_name_plugin():
    if "ldn_directory" in name or "ldn_directory" in getattr(plugin, "__name__", ""):
        pm.unregister(plugin)
from datasette.cli import cli
cli(["serve", *sys.argv[1:]])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request."""

    address: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()

    def sent(self) -> bytes:
        """The request as it is written."""
        lines = [
            f"{self.method} {self.address} HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, and the seconds that it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass(slots=True)
class Run:
    """What the clients of one run were answered."""

    seconds: list[float] = field(default_factory=list)
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted

    def within(self, share: float) -> float:
        """The seconds within which that share of the answers came."""
        rising = sorted(self.seconds)
        return rising[min(len(rising) - 1, int(share * len(rising)))]


class Client:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def of(cls, port: int) -> Client:
        """A client of a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, asked: Request) -> Answer:
        """Waits for the whole answer."""
        started = time.perf_counter()
        self._writer.write(asked.sent())
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        status = int(first.split()[1])
        body = b"" if asked.method == "HEAD" or status == 304 else await self._body(headers)
        return Answer(status=status, headers=headers, body=body, seconds=time.perf_counter() - started)

    async def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        parts = []
        while size := int(await self._reader.readline(), 16):
            parts.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        """Leaves."""
        self._writer.close()


def run_clients(port: int, asked: Sequence[Request], *, seconds: float, again: bool = False) -> Run:
    """What sixteen clients are answered in so many seconds. `again`: the same questions over and over.

    Raises RuntimeError for an answer that is not 200.
    """
    run = Run()

    async def client(shared: Iterator[Request], until: float) -> None:
        connection = await Client.of(port)
        for one in shared:
            if time.perf_counter() > until:
                break
            told = await connection.ask(one)
            if told.status != 200:
                raise RuntimeError(f"{one.address} answered {told.status}")
            run.seconds.append(told.seconds)
        connection.close()

    async def together() -> None:
        shared = cycle(asked) if again else iter(asked)
        started = time.perf_counter()
        await asyncio.gather(*(client(shared, started + seconds) for _ in range(CLIENTS)))
        run.lasted = time.perf_counter() - started

    asyncio.run(together())
    return run


async def _once(port: int, asked: Request) -> Answer:
    connection = await Client.of(port)
    try:
        return await connection.ask(asked)
    finally:
        connection.close()


def request_once(port: int, asked: Request) -> Answer:
    """One answer over a connection of its own."""
    return asyncio.run(_once(port, asked))


@contextmanager
def serving(*command: str, port: int) -> Iterator[psutil.Process]:
    """A server of its own process until it is no longer needed."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    try:
        _await(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the server did not begin")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as knock:
        knock.bind(("127.0.0.1", 0))
        return int(knock.getsockname()[1])


def our_server_arguments(folder: Path, port: int) -> Iterable[str]:
    """The arguments of our own server, without a limit for one client: all requests come from one."""
    return ("-m", "ldn_directory", "serve", "--port", str(port), "--rate", "0", "--data", str(folder))


def datasette_arguments(folder: Path, port: int) -> Iterable[str]:
    """Those of stock Datasette for the same file, with facets suggested to nobody."""
    file = str(folder / "ldn.db")
    return ("-c", STOCK, file, "-i", file, "--port", str(port), "--setting", "suggest_facets", "off")


def run_bare_starlette(folder: Path, body: bytes, media_type: str, *, seconds: float) -> Run:
    """What sixteen clients are answered by bare Starlette that has those bytes ready."""
    file, port = folder / "answer", free_port()
    file.write_bytes(body)
    with serving("-c", STARLETTE, str(port), str(file), media_type, port=port):
        return run_clients(port, [Request(address="/")], seconds=seconds, again=True)
