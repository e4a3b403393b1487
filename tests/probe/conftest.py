from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.example.server import LoopbackServer, Reply
from tests import forked_python

LOOKS = """
import json, sys
from ldn_directory.crawl.fetch import CannotFetch, run_with_fetch
from ldn_directory.probe.targets import probe_address
addresses, changed = json.loads(sys.argv[1]), json.loads(sys.argv[2])
async def work(fetch):
    found = []
    for address in addresses:
        try:
            found.append((await probe_address(fetch, address)).as_json())
        except CannotFetch as error:
            found.append({"cannot": str(error)})
    return found
print(json.dumps(run_with_fetch(work, **changed)))
"""

Serve = Callable[..., "Served"]
Looks = Callable[..., list[dict[str, Any]]]


class Served:
    """Pages on loopback by their path; what is not there answers 404."""

    def __init__(self, pages: Mapping[str, Any]) -> None:
        self.pages = dict(pages)
        self.server = LoopbackServer(self._reply, 0)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def asked(self) -> list[str]:
        return [one.path for one in self.server.log()]

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        page = self.pages.get(target)
        if page is None:
            return Reply(404, {"Content-Type": "text/plain"}, b"no such page")
        if isinstance(page, Reply):
            return page
        return Reply(
            200, {"Content-Type": "text/html; charset=utf-8"}, page.encode() if isinstance(page, str) else page
        )

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves pages on loopback while the test runs."""
    running: list[Served] = []

    def started(pages: Mapping[str, Any]) -> Served:
        running.append(Served(pages))
        return running[-1]

    yield started
    for served in running:
        served.stop()


@pytest.fixture(scope="session")
def looks() -> Looks:
    """Looks at addresses in a process of their own (a reactor runs once); gives the findings in their order."""

    def found(*addresses: str, **changed: Any) -> list[dict[str, Any]]:
        done = forked_python.run(["-c", LOOKS, json.dumps(addresses), json.dumps(changed)])
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout.splitlines()[-1]))

    return found


@pytest.fixture
def ldn() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command, as a person runs it."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["-m", "ldn_directory", *map(str, arguments)]
        return forked_python.run(command, env={**os.environ, "LDN_CONTACT": "", **environment})

    return run
