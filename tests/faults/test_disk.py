"""A disk that is full or cannot be written: one sentence says so, the exit code tells programs, and nothing is broken."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow
ROOT = os.getuid() == 0


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def said_plainly(done) -> str:
    """What a command says about its failure: without a stack trace, and on one line."""
    assert "Traceback" not in done.err + done.out, done.err
    (last,) = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    return last


@pytest.fixture
def small_disk(disk_of):
    """A disk of which a test may take what is left."""
    return disk_of(8)


def fill(disk: Path, leave: int = 0) -> Path:
    """Takes all space but `leave` bytes."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    ballast.write_bytes(b"\0" * max(0, free.f_bavail * free.f_bsize - leave))
    return ballast


PEOPLE = "Name,Phone,State\n" + "".join(f"Ann Poe{n},512-555-01{n:02},Texas\n" for n in range(40))


@pytest.mark.parametrize("leave", [40_000, 100_000])
def test_a_full_disk_ends_an_update_with_a_sentence_and_harms_nothing(ldn, site, small_disk, names, leave):
    data = small_disk / "data"
    assert ldn("update", "good", data=data).code == 0
    before = names(data)
    site.says("/list.csv", PEOPLE, Content_Type="text/csv")
    ballast = fill(small_disk, leave)
    full = ldn("update", "good", "bad_csv", data=data)
    assert full.code in (1, 2)
    assert "Traceback" not in full.err, full.err
    assert "full" in full.err + full.out or "No space left" in full.err + full.out
    assert names(data) == before
    ballast.unlink()
    again = ldn("update", "good", "bad_csv", data=data)
    assert again.code == 0, again.out + again.err
    assert set(before) < set(names(data)) and len(names(data)) == 42
    assert sound(data / "ledger.db") and sound(data / "archive.db") and sound(data / "ldn.db")


def test_a_crawl_that_cannot_keep_what_it_reads_has_failed_and_asks_no_further(ldn, site, small_disk):
    data = small_disk / "data"
    data.mkdir()
    fill(small_disk)
    done = ldn("crawl", "good", "bad_csv", data=data)
    assert done.code == 2
    assert "Traceback" not in done.err, done.err
    assert done.out.count("failed") == 2 and "cannot be" in done.out
    assert "/list.csv" not in site.asked


def test_accepting_on_a_full_disk_says_so_and_can_be_done_again(ldn, site, small_disk):
    data = small_disk / "data"
    site.says("/list.csv", PEOPLE, Content_Type="text/csv")
    assert ldn("update", "bad_csv", data=data).code == 0
    site.says("/list.csv", "".join(PEOPLE.splitlines(keepends=True)[:20]), Content_Type="text/csv")
    held = ldn("crawl", "bad_csv", "--json", data=data)
    run = held.sources["bad_csv"]["run"]
    assert held.sources["bad_csv"]["outcome"] == "held"
    ballast = fill(small_disk)
    full = ldn("accept", run, "bad_csv", "--yes", data=data)
    assert full.code == 2
    assert "disk" in said_plainly(full)
    ballast.unlink()
    assert ldn("accept", run, "bad_csv", "--yes", data=data).code == 0
    assert sound(data / "ledger.db")


@pytest.mark.parametrize("most_bytes_a_file", [8_192, 70_000])
def test_a_limit_on_the_size_of_files_is_met_like_a_full_disk(ldn, site, tmp_path, names, most_bytes_a_file):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    before = names(data)
    site.says("/list.csv", PEOPLE.replace("Texas", "Texas" + " " * 3_000), Content_Type="text/csv")
    done = ldn("update", "good", "bad_csv", env={"LDN_TEST_FILE_BYTES": str(most_bytes_a_file)})
    assert done.code == 2
    assert re.search("nothing was (published|changed)", said_plainly(done))
    assert names(data) == before
    assert ldn("update", "good", "bad_csv").code == 0
    assert sound(data / "ledger.db") and sound(data / "archive.db")


@pytest.fixture
def read_only(tmp_path, ldn, site):
    """A published data folder, with a held harvest, that may be read and not written."""
    data = tmp_path / "data"
    assert ldn("update", "good", "waiting").code == 1
    if not ROOT:
        for path in (data, *data.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield data
        for path in (data, *data.rglob("*")):
            path.chmod(0o755)
        return
    mounted = subprocess.run(["mount", "--bind", str(data), str(data)], capture_output=True).returncode == 0
    if not mounted or subprocess.run(["mount", "-o", "remount,ro,bind", str(data)], capture_output=True).returncode:
        pytest.skip("nothing can be made read-only for root here")
    yield data
    subprocess.run(["umount", str(data)], check=True)


def test_a_folder_that_cannot_be_written_is_a_sentence_and_stays_as_it_was(ldn, read_only):
    before = contents(read_only)
    (held,) = [path.parts[-3] for path in read_only.glob("runs/*/waiting/report.json")]
    for words in (
        ("update", "good"),
        ("build",),
        ("replay", "good"),
        ("accept", held, "waiting", "--yes", "--why", "a list for it"),
    ):
        done = ldn(*words)
        assert done.code == 2, done.out + done.err
        assert str(read_only) in said_plainly(done)
        assert contents(read_only) == before
    crawled = ldn("crawl", "good", "waiting")
    assert crawled.code == 2
    assert crawled.out.count("cannot be crawled: ") == 2 and "Traceback" not in crawled.err
    assert contents(read_only) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_that_cannot_be_written_can_be_served(read_only, environment, ldn_source, site):
    command = [sys.executable, "-c", ldn_source, "serve", "--port", "0", "--data", str(read_only)]
    with subprocess.Popen(
        command, env=environment(site.url), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            address = next(word for line in server.stdout for word in line.split() if word.startswith("http"))
            assert "Jane Roe" in httpx.get(address, timeout=30).raise_for_status().text
        finally:
            server.terminate()


def test_downloads_that_cannot_be_made_are_said_and_the_directory_is_published_all_the_same(ldn, site, tmp_path, names):
    data = tmp_path / "data"
    data.mkdir()
    (data / "downloads").write_text("in the way")
    done = ldn("update", "good", data=data)
    assert done.code == 1 and "Traceback" not in done.err
    assert "The directory is published, but the downloads could not be made" in done.out and "ldn package" in done.out
    assert names(data)
    assert ldn("package", data=data).code == 2
    (data / "downloads").unlink()
    done = ldn("package", data=data)
    assert done.code == 0 and len(list((data / "downloads").glob("ldn-*"))) == 2
