"""A forgetting that is killed, or finds no room or a folder that cannot be written: the next command completes it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.forgetting import forget, open_ledger, publish
from ldn_directory.ledger import Ledger
from ldn_directory.privacy.entries import Entry, find_by_number

from .conftest import ANN, JANE, JOHN, TRACES, Folder, said

pytestmark = pytest.mark.slow
ROOT = os.getuid() == 0
OTHERS = ["Ann Poe", "John Doe"]
SINCE = "2026-12-09T00:00:00Z"


class Killed(BaseException):
    """Stands for a kill, before an operation on a file or a statement that changes a database."""


class Counted(sqlite3.Connection):
    """A connection whose changes are operations as well."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.lstrip().split(maxsplit=1)[0].upper() in CHANGES:
            operate(statement)
        return super().execute(statement, *values)


CHANGES = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "VACUUM")
FILE_EVENTS = ("os.rename", "os.remove", "os.link", "sqlite3.connect")
WRITING = os.O_WRONLY | os.O_RDWR
_operate: list[Callable[[str], None]] = []


def operate(what: str) -> None:
    if _operate:
        _operate[-1](what)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FILE_EVENTS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING):
        operate(f"{event} {arguments[0]}")


sys.addaudithook(_audit)


@contextmanager
def killed_at(operation: int) -> Iterator[list[str]]:
    """Kills before the so many-th operation in the block: none after it is done. Gives the operations."""
    met: list[str] = []

    def count(what: str) -> None:
        met.append(what)
        if len(met) >= operation:
            raise Killed

    connect = sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **({"factory": Counted} | more)))
        _operate.append(count)
        try:
            yield met
        except Killed:
            pass
        finally:
            _operate.clear()


def entry_of(folder: Folder, name: str = "Jane Thrushcross") -> Entry:
    number = folder.number(name)
    with open_ledger(folder.data) as ledger:
        return find_by_number(ledger, number)


def command(folder: Folder, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ldn_directory", *arguments, "--data", str(folder.data)]


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def published_bytes(folder: Folder) -> list[str]:
    """The published files, live and earlier, in which something of Jane stands."""
    return [name for name in folder.files_with(*TRACES) if name.startswith("ldn")]


def begun(folder: Folder) -> bool:
    """Whether the forgetting has begun: the ledger has noted it."""
    with Ledger.open_read_only(folder.data / "ledger.db") as ledger:
        return ledger.db.execute("SELECT 1 FROM forgetting").fetchone() is not None


def says_unfinished(folder: Folder) -> bool:
    rows = json.loads(folder.ldn("status", "--json").stdout)
    return any(row["source"] == "forgetting" and "not yet erased" in row["wrong"] for row in rows)


def can_replay(folder: Folder) -> bool:
    """Whether every page that the index knows is where it says."""
    from ldn_directory.archive.warc_archive import Archive

    with closing(Archive(folder.data)) as archive:
        visits = [visit for run in archive.runs_of("north") for visit in archive.visits(run, "north")]
        return len(visits) == 2 and all(b"John Doe" in archive.body(visit.stored) for visit in visits)


def test_killed_before_any_operation_on_a_file_the_next_build_does_the_rest(listed, tmp_path):
    entry = entry_of(listed)
    whole = listed.copy(tmp_path / "whole")
    with killed_at(10_000) as operations:
        forget(whole.data, [entry], SINCE, redact=True)
    unfinished = 0
    for turn in range(1, len(operations) + 1):
        folder = listed.copy(tmp_path / f"turn-{turn}")
        with killed_at(turn):
            forget(folder.data, [entry], SINCE, redact=True)
        if not begun(folder):
            # Before the first note, and after the last, nothing is half done.
            assert bool(folder.all_files_with(*TRACES)) == (folder.names() != OTHERS), operations[turn - 1]
            continue
        unfinished += 1
        publish(folder.data)
        assert folder.names() == OTHERS, operations[turn - 1]
        assert folder.all_files_with(*TRACES) == [], operations[turn - 1]
        assert not begun(folder) and can_replay(folder), operations[turn - 1]
    assert unfinished > len(operations) / 2


def test_killed_again_while_the_rest_is_done_it_is_done_by_the_one_after(listed, tmp_path):
    entry = entry_of(listed)
    for turn in range(20, 200, 36):
        folder = listed.copy(tmp_path / f"turn-{turn}")
        for killed_in in (forget_with(entry), publish):
            with killed_at(turn):
                killed_in(folder.data)
        publish(folder.data)
        assert folder.names() == OTHERS and folder.all_files_with(*TRACES) == [] and can_replay(folder)


def forget_with(entry: Entry) -> Callable[[Path], object]:
    return lambda data: forget(data, [entry], SINCE, redact=True)


@pytest.mark.parametrize("wait_s", [0.0, 0.1, 0.3])
def test_killed_by_the_system_status_says_so_and_a_build_finishes_it(listed, wait_s):
    arguments = ("forget", str(listed.number("Jane Thrushcross")), "--redact", "--yes")
    process = subprocess.Popen(command(listed, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not begun(listed) and listed.names() != OTHERS and process.poll() is None:
        time.sleep(0.001)
    time.sleep(wait_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert is_sound(listed.data / "ledger.db") and is_sound(listed.data / "ldn.db")
    assert says_unfinished(listed) == begun(listed)
    said(listed.ldn("build", "--json"))
    assert listed.names() == OTHERS and listed.all_files_with(*TRACES) == []
    assert not says_unfinished(listed)


def test_downloads_are_not_made_of_what_shows_somebody_who_is_being_forgotten(listed):
    entry = entry_of(listed)
    with killed_at(15):
        forget(listed.data, [entry], SINCE)
    assert begun(listed) and "Jane Thrushcross" in listed.names()
    said(listed.ldn("package", "--json"))
    assert listed.names() == OTHERS and listed.files_with(*TRACES) == []


def test_a_kill_before_the_hashes_leaves_no_doubt_who_was_meant(listed, monkeypatch):
    def killed(*_):
        raise Killed

    entry = entry_of(listed)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("ldn_directory.forgetting.Suppressions.add", killed)
        forget(listed.data, [entry], SINCE)
    assert not (listed.data / "suppressions.jsonl").exists() and says_unfinished(listed)
    listed.crawl(JANE, JOHN, ANN)
    listed.build()
    assert listed.names() == OTHERS and listed.files_with(*TRACES) == []


@pytest.fixture
def small_disk(disk_of):
    """A disk of which a test may take what is left."""
    return disk_of(16)


@pytest.mark.parametrize("leave", [0, 8_192, 100_000, 300_000, 1_000_000])
def test_on_a_full_disk_it_says_so_in_a_sentence_and_once_there_is_room_the_same_command_completes(
    published_once, small_disk, leave
):
    folder = published_once.copy(small_disk / "data")
    number = str(folder.number("Jane Thrushcross"))
    free = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * max(0, free.f_bavail * free.f_bsize - leave))
    done = folder.ldn("forget", number, "--yes")
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or (done.returncode == 2 and "run the same command again" in last_line(done)), (
        done.stderr
    )
    if leave < 100_000:
        assert done.returncode == 2 and ("full" in last_line(done) or "No space left" in last_line(done)), done.stderr
    ballast.unlink()
    assert is_sound(folder.data / "ledger.db") and is_sound(folder.data / "ldn.db")
    again = folder.ldn("forget", number, "--yes", "--json")
    assert again.returncode == 0, again.stderr
    assert folder.files_with(*TRACES) == [] and folder.names() == OTHERS


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    return line


def test_in_a_folder_that_cannot_be_written_it_says_so_and_changes_nothing_and_later_completes(listed):
    number = str(listed.number("Jane Thrushcross"))
    with read_only(listed.data):
        before = contents(listed.data)
        # In a process of its own, so that no file is open when the folder is unmounted.
        done = listed.ldn_process("forget", number, "--yes")
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert str(listed.data) in last_line(done) and "run the same command again" in last_line(done)
        assert contents(listed.data) == before
    said(listed.ldn("forget", number, "--yes", "--json"))
    assert listed.files_with(*TRACES) == []


class read_only:
    """A folder that may be read and not written, also by root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        if not ROOT:
            self._permit(0o555, 0o444)
        elif (
            subprocess.run(["mount", "--bind", str(self.folder), str(self.folder)], capture_output=True).returncode
            or subprocess.run(["mount", "-o", "remount,ro,bind", str(self.folder)], capture_output=True).returncode
        ):
            pytest.skip("nothing can be made read-only for root here")

    def __exit__(self, *_: object) -> None:
        if ROOT:
            subprocess.run(["umount", str(self.folder)], check=True)
        else:
            self._permit(0o755, 0o644)

    def _permit(self, folders: int, files: int) -> None:
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(folders if path.is_dir() else files)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_downloads_that_cannot_be_taken_away_keep_nobody_in_the_directory(listed, monkeypatch):
    def refused(folder, unwanted):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("ldn_directory.publish.packages._delete", refused)
    done = forget(listed.data, [entry_of(listed)], SINCE)
    assert any("downloads could not be taken away" in one for one in done.remains)
    assert published_bytes(listed) == []
