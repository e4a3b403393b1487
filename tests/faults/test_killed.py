"""`kill -9` at any moment of `ldn update`: crawl, ingest, build or publish. `tests/build` kills the last three more often."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from warcio.archiveiterator import ArchiveIterator

from ldn_directory.archive.harvests import reports
from tests.forked_python import Process
from tests.generators.faulty_site import FaultySite

KILLS = 25


@pytest.fixture
def lists():
    """The example site with a few pages a list."""
    with FaultySite(seed=11, size=120) as site:
        yield site


@pytest.fixture
def env(lists: FaultySite, environment: Callable[..., dict[str, str]]) -> dict[str, str]:
    return environment(lists.url, {"LDN_TEST_SOURCES": "example_lists"})


@pytest.fixture
def update(env: dict[str, str], ldn_source: str) -> Callable[[Path], Process]:
    """Starts `ldn update` of the example lists."""
    return lambda data: Process(["-c", ldn_source, "update", "--data", str(data)], env=env)


def finished(process: Process) -> str:
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    return out


def verdict(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]


def live(data: Path) -> list[str]:
    """What the ledger holds of the lists, apart from the keys, which stay what they were when somebody moves."""
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        query = "SELECT json_remove(line, '$.id', '$.key') FROM listings WHERE state = 'live' ORDER BY 1"
        return [line for (line,) in db.execute(query)]


def whole_records(path: Path) -> int:
    """How many records of a WARC file can be read; what a kill cut off can only be the last."""
    count = 0
    with path.open("rb") as file:
        records = iter(ArchiveIterator(file))
        while True:
            try:
                record = next(records, None)
                if record is None:
                    return count
                record.content_stream().read()
            except Exception:
                assert file.tell() > path.stat().st_size - 65_536
                return count
            count += 1


def wait_for(lists: FaultySite, process: Process, requests: int) -> None:
    """Returns when the site has been asked so often, or the process has ended."""
    while len(lists.requests) < requests and process.poll() is None:
        time.sleep(0.001)


class Reader(Thread):
    """Opens what is published over and over, as a server does, and writes down whatever is not whole."""

    def __init__(self, directory: Path) -> None:
        super().__init__(daemon=True)
        self.directory, self.stopped, self.seen, self.torn = directory, Event(), Counter(), []

    def run(self) -> None:
        while not self.stopped.wait(0.002):
            try:
                with closing(sqlite3.connect(f"file:{self.directory}?mode=ro", uri=True)) as db:
                    sound = db.execute("PRAGMA quick_check").fetchone()[0]
                    rows = db.execute("SELECT count(*) FROM providers").fetchone()[0]
            except sqlite3.Error as error:
                self.torn.append(repr(error))
                continue
            self.seen[rows] += 1
            if sound != "ok" or not rows:
                self.torn.append(f"{sound}: {rows} providers")


def workers_left(site: str) -> list[int]:
    """Processes that still know the site's address, besides this one: readers of pages whose crawl is gone."""
    mark = f"LDN_TEST_SITE={site}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
def test_an_update_killed_at_any_moment_loses_nothing_and_what_is_served_is_always_whole(tmp_path, lists, update):
    data, fresh = tmp_path / "data", tmp_path / "fresh"
    finished(update(data))
    requests = len(lists.requests)
    finished(update(data))
    ends_after_s = time.time() - lists.requests[-1].at
    assert len(lists.requests) == 2 * requests
    reader = Reader(data / "ldn.db")
    reader.start()
    chance = random.Random(5)
    for turn in range(KILLS):
        lists.change(3)
        process, before = update(data), len(lists.requests)
        within_crawl = turn % 2 == 0
        wait_for(lists, process, before + (chance.randrange(1, requests) if within_crawl else requests))
        time.sleep(0 if within_crawl else chance.uniform(0, ends_after_s))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert verdict(data / "ldn.db") == verdict(data / "ledger.db") == verdict(data / "archive.db") == "ok"
    finished(update(data))
    reader.stopped.set()
    reader.join()
    finished(update(fresh))
    assert live(data) == live(fresh)
    assert reader.torn == []
    assert sum(reader.seen.values()) > KILLS
    assert not list(data.glob(".ldn.building*"))
    assert len(reports(data)) < 2 * KILLS
    cut = sum(
        whole_records(path) > 0
        for path in data.glob("runs/*/*/pages.warc.gz")
        if not (path.parent / "report.json").exists()
    )
    assert cut > 0, "no crawl was killed on its way"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_a_killed_crawl_leaves_no_process_behind(tmp_path, lists, env, ldn_source):
    # Not a fork of Python: /proc shows the environment with which a program was started.
    process = subprocess.Popen([sys.executable, "-c", ldn_source, "update", "--data", str(tmp_path / "data")], env=env)
    deadline = time.monotonic() + 20
    while len(workers_left(lists.url)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(workers_left(lists.url)) >= 3, "no page was being read"
    process.send_signal(signal.SIGKILL)
    process.wait()
    while workers_left(lists.url) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers_left(lists.url) == []


def test_a_record_cut_off_by_a_kill_is_fetched_again(tmp_path, lists, update):
    data = tmp_path / "data"
    finished(update(data))
    before = live(data)
    for path in data.glob("runs/*/*/pages.warc.gz"):
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
    process = update(data)
    out, err = process.communicate()
    assert process.returncode == 0, out + err
    assert "Traceback" not in err
    assert live(data) == before


def test_a_crawl_that_is_interrupted_says_so(ldn_source, environment, site, tmp_path):
    site.hangs("/good.csv")
    command = ["-c", ldn_source, "crawl", "good", "--data", str(tmp_path / "data")]
    process = Process(command, env=environment(site.url))
    deadline = time.monotonic() + 60
    while "/good.csv" not in site.asked and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    assert "stopped before it was finished" in out
    assert "see the messages above" not in out + err
