"""What the data folder may have come to: damaged files, two commands at once, two sites at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.forked_python import Process

GARBAGE = b"this is no database\n" * 400


def test_sites_side_by_side_do_not_wait_for_each_others_archive(ldn, site):
    site.says("/list.csv", "Name,Phone\nJane Roe,512-555-0142\n", Content_Type="text/csv")
    done = ldn("crawl", "--json", "good", "bad_csv", DOWNLOAD_TIMEOUT=3)
    assert {name: report["outcome"] for name, report in done.sources.items()} == {"good": "passed", "bad_csv": "passed"}


def test_two_crawls_at_once_both_end_well(ldn, site, tmp_path, environment, ldn_source):
    command = ["-c", ldn_source, "crawl", "good", "--data", str(tmp_path / "data")]
    both = [Process(command, env=environment(site.url)) for _ in range(2)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said


@pytest.mark.parametrize("content", [GARBAGE, b"SQLite format 3\x00" + b"\xff" * 5_000], ids=["text", "header only"])
def test_a_damaged_archive_index_is_set_aside_and_begun_anew(ldn, site, tmp_path, names, content):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    (data / "archive.db").write_bytes(content)
    for rest in data.glob("archive.db-*"):
        rest.unlink()
    done = ldn("update", "good")
    assert done.code == 0, done.out + done.err
    assert (data / "broken-archive.db").read_bytes() == content
    assert names(data) == ["Jane Roe", "John Doe"]


def test_a_damaged_ledger_is_left_as_it_is_and_said_to_be_damaged(ldn, site, tmp_path, names):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    (data / "ledger.db").write_bytes(GARBAGE)
    for rest in data.glob("ledger.db-*"):
        rest.unlink()
    done = ldn("update", "good")
    assert done.code == 2
    assert "Traceback" not in done.err and "restore it from a backup" in done.out + done.err
    assert (data / "ledger.db").read_bytes() == GARBAGE
    assert names(data) == ["Jane Roe", "John Doe"]


def test_a_report_that_is_damaged_costs_no_other(ldn, site, tmp_path):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    (report,) = data.glob("runs/*/good/report.json")
    report.write_bytes(report.read_bytes()[:100])
    (data / "runs" / "stray file").write_text("")
    assert "good: 2 listings, read today" in ldn("status").out
    assert ldn("update", "good").code == 0
    assert "good: 2 listings, read today" in ldn("status").out


def test_a_ledger_that_was_put_back_without_its_runs_is_what_stands(ldn, site, tmp_path):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    shutil.rmtree(data / "runs")
    assert "good: 2 listings, read today (2 added)" in ldn("status").out
    assert "never crawled" not in next(line for line in ldn("status").out.splitlines() if line.startswith("good:"))


def test_a_ledger_that_is_gone_is_missed(ldn, site, tmp_path):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    for part in data.glob("ledger.db*"):
        part.unlink()
    done = ldn("status")
    assert (
        "good: nothing published yet | what it listed is not in the ledger | restore the ledger from a backup, or: ldn crawl good"
        in done.out
    )
    assert done.code == 1


def test_a_data_folder_that_is_a_file_is_wrong_usage(ldn, site, tmp_path):
    (tmp_path / "data").write_text("")
    done = ldn("update", "good")
    assert done.code == 64
    assert "is a file" in done.err


def test_the_project_folder_is_not_written_to(ldn, site, tmp_path):
    project = Path(__file__).parents[2]
    before = {path.name for path in (project / "data").iterdir()}
    assert ldn("update", "good").code == 0
    assert {path.name for path in (project / "data").iterdir()} == before
