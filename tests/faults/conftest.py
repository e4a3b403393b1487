"""A hostile web server on loopback, and the real `ldn` in a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests import forked_python

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
IMPATIENT = {"RETRY_TIMES": 0, "DOWNLOAD_TIMEOUT": 20}

LDN = """
import json, os, resource, sys
from ldn_directory import settings
settings.SPIDER_MODULES = [os.environ["LDN_TEST_SOURCES"]]
vars(settings).update(json.loads(os.environ["LDN_TEST_SETTINGS"]))
most_bytes_a_file = int(os.environ.get("LDN_TEST_FILE_BYTES", 0))
if most_bytes_a_file:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes_a_file, most_bytes_a_file))
from ldn_directory.cli.app import main
main()
"""


@dataclass(slots=True)
class Answer:
    """What the hostile server says at one address."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: dict[str, str | Callable[[], str]] = field(default_factory=dict)
    then: Answer | None = None
    """What it says when it is asked again."""
    hangs: bool = False
    """Says nothing until the server is stopped."""


class HostileSite:
    """A server whose every answer is stated by the test; what is not stated is 404. `asked` has each (host, path)."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.asked_at: list[float] = []
        self.stopped = Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.asked_at.append(time.monotonic())
                answer = site.pages.get(self.path, Answer(b"not here", 404))
                if answer.then:
                    site.pages[self.path] = answer.then
                if answer.hangs:
                    site.stopped.wait(60)
                    self.close_connection = True
                    return
                with suppress(OSError):
                    self.say(answer)

            def say(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value() if callable(value) else value)
                whole = isinstance(answer.body, bytes)
                if whole and "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.body)))
                if not whole or "Content-Length" in answer.headers:
                    self.close_connection = True
                    self.send_header("Connection", "close")
                self.end_headers()
                for piece in (answer.body,) if whole else answer.body:
                    self.wfile.write(piece)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, path: str, body: bytes | str | Iterator[bytes] = b"", status: int = 200, **headers: str) -> None:
        """States the answer at `path`; underscores in header names stand for hyphens."""
        said = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(said, status, {name.replace("_", "-"): value for name, value in headers.items()})

    def then(self, path: str, body: str) -> None:
        """States what is said at `path` from the second time on."""
        self.pages[path].then = Answer(body.encode())

    def hangs(self, path: str) -> None:
        """Never answers at `path`."""
        self.pages[path] = Answer(hangs=True)

    def stop(self) -> None:
        """Stops."""
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[HostileSite]:
    """A hostile server with one good list, `/good.csv`."""
    site = HostileSite()
    site.says(
        "/good.csv",
        "Name,Phone,State\nJane Roe,512-555-0142,Texas\nJohn Doe,512-555-0143,Texas\n",
        Content_Type="text/csv",
    )
    yield site
    site.stop()


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said."""

    code: int
    out: str
    err: str
    peak_mb: int
    """Of the largest of its processes."""

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """The reports that it printed, by source."""
        return {report["source"]: report for report in json.loads(self.out)["sources"]}


def run_ldn(words: Sequence[str], data: Path, url: str, env: dict[str, str] | None = None, **settings: Any) -> Done:
    """Runs `ldn COMMAND ...` with the sources of `hostile_lists` on the hostile server; `settings` are Scrapy's."""
    command = ["-c", LDN, *words, "--data", str(data)]
    process = forked_python.Process(command, env=environment(url, env, IMPATIENT | settings))
    out, err = process.communicate(180)
    return Done(process.returncode, out, err, process.peak_mb)


@pytest.fixture
def ldn(tmp_path: Path, site: HostileSite) -> Callable[..., Done]:
    """Runs `ldn COMMAND ...` against the hostile server."""

    def run(*words: str, data: Path = tmp_path / "data", env: dict[str, str] | None = None, **settings: Any) -> Done:
        return run_ldn(words, data, site.url, env, **settings)

    return run


@pytest.fixture(scope="module")
def crawl_each(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, Crawled]]]:
    """Crawls `/list.csv` of several hostile sites in one run, each as a source of its own; says what came of each."""
    sites: dict[str, HostileSite] = {}

    def crawl(states: dict[str, Callable[[HostileSite], str | None]], **settings: Any) -> dict[str, Crawled]:
        lists = {}
        for name, state in states.items():
            site = sites[name] = HostileSite()
            site.says(
                "/list.csv", "Name,Phone\nJane Roe,512-555-0142\nJohn Doe,512-555-0143\n", Content_Type="text/csv"
            )
            lists[name] = state(site) or f"{site.url}/list.csv"
        env = {"LDN_TEST_LISTS": json.dumps(lists), "LDN_CONTACT": "crawl@example.org"}
        done = run_ldn(("crawl", "--json", *lists), tmp_path_factory.mktemp("each") / "data", "", env, **settings)
        assert done.out, done.err
        return {name: Crawled(done.sources[name], sites[name], done.err) for name in states}

    yield crawl
    for site in sites.values():
        site.stop()


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of the crawl of one hostile site."""

    report: dict[str, Any]
    site: HostileSite
    err: str

    @property
    def outcome(self) -> str:
        return self.report["outcome"]

    @property
    def said(self) -> str:
        return " ".join([*self.report["reasons"], *self.report["problems"]])

    def times_asked(self, path: str = "/list.csv") -> int:
        return self.site.asked.count(path)


def environment(url: str, more: dict[str, str] | None = None, settings: dict[str, Any] | None = None) -> dict[str, str]:
    """What the `ldn` of these tests is told."""
    told = {
        "LDN_TEST_SITE": url,
        "LDN_TEST_SOURCES": "hostile_lists",
        "LDN_TEST_SETTINGS": json.dumps(settings or {}),
        "PYTHONPATH": f"{PROJECT}:{HERE}",
        "LDN_CONTACT": "",
    }
    return {**os.environ, **told, **(more or {})}


def published(data: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the published directory."""
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        return db.execute(query, values).fetchall()


@pytest.fixture(name="published")
def published_fixture() -> Callable[..., list[tuple[Any, ...]]]:
    return published


def names(data: Path) -> Sequence[str]:
    """The names in the published directory."""
    return [name for (name,) in published(data, "SELECT name FROM providers ORDER BY name")]


@pytest.fixture(name="names")
def names_fixture() -> Callable[[Path], Sequence[str]]:
    return names


@pytest.fixture(name="environment")
def environment_fixture() -> Callable[..., dict[str, str]]:
    return environment


@pytest.fixture
def ldn_source() -> str:
    """Python that is `ldn`, with the sources and settings that its environment names."""
    return LDN
