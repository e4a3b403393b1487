"""A forgetting that is killed, or finds no room or a folder that cannot be written: the next command completes it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from ldn_directory.forgetting import forget, open_ledger
from ldn_directory.privacy.entries import find_by_number

from .conftest import Folder, person, said

pytestmark = pytest.mark.slow
ROOT = os.getuid() == 0
JANE = person(
    "jane", "Jane Thrushcross", phone="0142", email="jane@thrushcross.example.com", text="Dr. Jane Thrushcross, MD"
)
OTHERS = tuple(
    person(f"k{n}", f"{name} Doe", phone=f"02{n:02}")
    for n, name in enumerate(["Ann", "Bea", "Cyd", "Dot", "Eva", "Fay"])
)
TRACES = ("thrushcross", "555 0142", "5550142")
KILLS = 12


@pytest.fixture
def listed(tmp_path: Path) -> Folder:
    return published_in(tmp_path / "data")


def published_in(data: Path) -> Folder:
    folder = Folder(data)
    for _ in range(2):
        folder.crawl(JANE, *OTHERS)
        folder.build()
    return folder


def command(folder: Folder, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "ldn_directory", *arguments, "--data", str(folder.data)]


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def published_bytes(folder: Folder) -> list[str]:
    """The published files, live and earlier, in which something of Jane stands."""
    return [name for name in folder.files_with(*TRACES) if name.startswith("ldn")]


def begun(folder: Folder) -> bool:
    return (folder.data / "suppressions.jsonl").exists()


def test_killed_at_any_moment_the_next_build_publishes_nothing_of_the_person_and_the_same_command_does_the_rest(
    listed, tmp_path
):
    number = str(listed.number("Jane Thrushcross"))
    start = time.monotonic()
    trial = Folder(Path(shutil.copytree(listed.data, tmp_path / "trial")))
    said(trial.ldn("forget", number, "--yes", "--json"))
    takes_s = time.monotonic() - start
    chance, reached = random.Random(5), 0
    for turn in range(KILLS):
        folder = Folder(Path(shutil.copytree(listed.data, tmp_path / f"turn-{turn}")))
        process = subprocess.Popen(
            command(folder, "forget", number, "--yes"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_for_the_list(folder, process)
        # Before the list is written nothing has begun; what follows is what a kill may tear.
        time.sleep(chance.uniform(0, takes_s / 2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        reached += begun(folder)
        assert is_sound(folder.data / "ledger.db") and is_sound(folder.data / "ldn.db")
        done = folder.ldn("build", "--allow-shrink")
        assert done.returncode == 0, done.stderr
        assert "hrushcross" not in " ".join(folder.names())
        assert b"hrushcross" not in (folder.data / "ldn.db").read_bytes() + (folder.data / "ledger.db").read_bytes()
        said(folder.ldn("forget", number, "--yes", "--json"))
        assert folder.files_with(*TRACES) == []
        assert len(folder.names()) == len(OTHERS)
    assert reached == KILLS


def wait_for_the_list(folder: Folder, process: subprocess.Popen[bytes]) -> None:
    """Returns when the hashes are on the disk, or the process has ended."""
    while not begun(folder) and process.poll() is None:
        time.sleep(0.001)


@pytest.fixture
def small_disk(disk_of):
    """A disk of which a test may take what is left."""
    return disk_of(16)


@pytest.mark.parametrize("leave", [0, 8_192, 100_000, 300_000, 1_000_000])
def test_on_a_full_disk_it_says_so_in_a_sentence_and_once_there_is_room_the_same_command_completes(small_disk, leave):
    folder = published_in(small_disk / "data")
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
    assert folder.files_with(*TRACES) == [] and len(folder.names()) == len(OTHERS)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    return line


def test_in_a_folder_that_cannot_be_written_it_says_so_and_changes_nothing_and_later_completes(listed):
    number = str(listed.number("Jane Thrushcross"))
    with read_only(listed.data):
        before = contents(listed.data)
        done = listed.ldn("forget", number, "--yes")
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
    with open_ledger(listed.data) as ledger:
        entry = find_by_number(ledger, listed.number("Jane Thrushcross"))
    done = forget(listed.data, [entry], "2026-12-09T00:00:00Z")
    assert any("downloads could not be taken away" in one for one in done.remains)
    assert published_bytes(listed) == []
