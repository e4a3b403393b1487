"""The project's own list, which comes from a file, is archived and replayed like any page of the web."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

from warcio.archiveiterator import ArchiveIterator

from tests import forked_python


def ldn(data: Path, *arguments: str) -> CompletedProcess[str]:
    return forked_python.run(["-m", "ldn_directory", *arguments, "--data", str(data)])


def test_a_list_from_a_file_is_valid_warc_and_replays_the_same(tmp_path):
    assert ldn(tmp_path, "crawl", "curated").returncode == 0
    (warc,) = tmp_path.glob("runs/*/curated/pages.warc.gz")
    with warc.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            assert record.raw_stream.read().startswith(b"kind,")
    done = ldn(tmp_path, "replay", "curated", "--json")
    (result,) = json.loads(done.stdout)
    assert (done.returncode, result["missing"], result["changed"], result["errors"]) == (0, 0, 0, [])
    assert result["same"] == result["listings"] > 20


def test_a_replay_that_loses_listings_says_so_and_exits_1(tmp_path):
    assert ldn(tmp_path, "crawl", "curated").returncode == 0
    (warc,) = tmp_path.glob("runs/*/curated/pages.warc.gz")
    warc.write_bytes(b"not what was fetched")
    done = ldn(tmp_path, "replay")
    assert done.returncode == 1
    assert "is damaged in the archive" in done.stdout
