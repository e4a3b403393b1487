"""`kill -9` at every step of the commands that take back: nothing is half done, and the same command finishes it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.crawl.replay import replay, take
from ldn_directory.crawl.undo import check_orphans, drop, retire, unaccept, unretire
from ldn_directory.families import TabularFile
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Evidence, Harvest, Source
from ldn_directory.storage import write_atomically

NOW = datetime(2026, 3, 5, tzinfo=UTC)
URL = "https://lists.example.org/list.csv"
FIRST, SECOND, THIRD = (f"202603{day:02}T080000Z-0000" for day in (1, 2, 3))
PAGES = {
    FIRST: b"Name,Phone,City\nJane Roe,512-555-0142,Austin\nJohn Doe,512-555-0143,Austin\n",
    SECOND: b"Name,Phone,City\nJane Roe,512-555-0143,Austin\nAda Example,512-555-0144,Dallas\n",
    THIRD: b"Name,Phone,City\nJane Roe,512-555-0143,Austin\nAda Example,512-555-0145,Dallas\n",
}


class Harbour(TabularFile):
    """A list, as its spider reads it now."""

    name = "harbour"
    source = Source(title="A list", homepage=URL, evidence=Evidence.LISTED, record_key="row", needs_acceptance=False)
    start_urls = [URL]


def archive_and_take(data: Path, run: str, page: bytes) -> None:
    """A crawl that passed, as it leaves the archive, the report and the ledger."""
    archive = RunArchive(data, run, "harbour")
    archive.add_visit(URL, page, {}, archive.add_response(URL, 200, "OK", (("Content-Type", "text/csv"),), page))
    archive.close()
    at = f"{run[:4]}-{run[4:6]}-{run[6:8]}T08:00:00Z"
    replay(data, Harbour, run)
    lines = (archive.folder / "replayed.jsonl").read_bytes()
    write_atomically(archive.folder / "listings.jsonl", lines)
    report = {"run": run, "source": "harbour", "homepage": URL, "outcome": "passed", "reasons": [], "gates": []}
    report |= {"started": at, "finished": at, "failures": [], "listings": 2}
    write_atomically(archive.folder / "report.json", json.dumps(report).encode())
    harvest = Harvest(
        run=run, source_id="harbour", source=Harbour.source, started=at, finished=at, lines=tuple(lines.splitlines())
    )
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(harvest)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three harvests, of which the third read too little."""
    data = tmp_path_factory.mktemp("before") / "data"
    for run, page in PAGES.items():
        archive_and_take(data, run, page)
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return data


def retired(data: Path) -> Path:
    retire(data, "harbour", "", NOW)
    return data


def orphaned(data: Path) -> Path:
    check_orphans(data, (), datetime(2026, 1, 1, tzinfo=UTC))
    return data


def as_is(data: Path) -> Path:
    return data


def mended(data: Path) -> Path:
    """What the broken spider had read of the third page is out, so that its reading is taken again."""
    unaccept(data, THIRD, "harbour", NOW)
    with closing(sqlite3.connect(data / "ledger.db", isolation_level=None)) as db:
        db.execute("UPDATE all_runs SET kind = 'drop' WHERE kind = 'unaccept'")
    return data


COMMANDS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Any]]] = {
    "unaccept": (as_is, lambda data: unaccept(data, THIRD, "harbour", NOW)),
    "unaccept with a later run": (as_is, lambda data: unaccept(data, SECOND, "harbour", NOW)),
    "drop": (as_is, lambda data: drop(data, SECOND, NOW)),
    "retire": (as_is, lambda data: retire(data, "harbour", "it has closed", NOW)),
    "retire --undo": (retired, lambda data: unretire(data, "harbour", NOW)),
    "build, when an orphan leaves": (orphaned, lambda data: check_orphans(data, (), NOW)),
    "replay --take": (mended, lambda data: take(data, Harbour)),
}


class Steps:
    """Counts the steps of a command: each statement and each change of a file. Kills the process at one of them."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return function(*args, **kwargs)

        return run

    def watch(self) -> None:
        """For this process only, which is a child of the test's."""
        connect, steps = sqlite3.connect, self

        class Connection(sqlite3.Connection):
            execute = steps.counted(sqlite3.Connection.execute)
            executemany = steps.counted(sqlite3.Connection.executemany)

        sqlite3.connect = lambda *args, **kwargs: connect(*args, **kwargs | {"factory": Connection})
        for owner, name in ((os, "open"), (os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir")):
            setattr(owner, name, self.counted(getattr(owner, name)))


def killed_at(step: int, command: Callable[[Path], Any], data: Path) -> bool:
    """Runs a command in a process of its own, which is killed at that step. False if it ended before."""
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            Steps(step).watch()
            command(data)
            os._exit(0)
        os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the command failed"
    return os.WIFSIGNALED(status)


def ledger_of(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        return list(db.iterdump())


def outcomes(data: Path) -> dict[str, str]:
    return {
        path.parts[-3]: json.loads(path.read_bytes())["outcome"] for path in sorted(data.glob("runs/*/*/report.json"))
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_killed_at_any_step_is_done_or_not_and_its_repeat_finishes_it(tmp_path, before, name):
    prepare, command = COMMANDS[name]
    start = prepare(Path(shutil.copytree(before, tmp_path / "start")))
    whole = Path(shutil.copytree(start, tmp_path / "whole"))
    command(whole)
    states, finished = (ledger_of(start), ledger_of(whole)), outcomes(whole)
    assert states[0] != states[1]
    kills, step = 0, 1
    while True:
        data = Path(shutil.copytree(start, tmp_path / "data"))
        if not killed_at(step, command, data):
            break
        kills += 1
        assert ledger_of(data) in states, f"half done when killed at step {step}"
        with suppress(LedgerError):
            command(data)
        assert (ledger_of(data), outcomes(data)) == (states[1], finished), f"not finished after a kill at step {step}"
        shutil.rmtree(data)
        step += 1
    assert kills > 10
