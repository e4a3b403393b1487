"""Whatever is read, accepted or replayed after `ldn forget`: nobody comes back."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from ldn_directory.archive.warc_archive import Archive

TRACES = (b"jane roe", b"5550142", b"512-555-0142")


def files_with_jane(data: Path) -> list[str]:
    """Files of the folder, apart from archived pages, in which she stands; of the archive's index also what it keeps compressed."""
    found = []
    for path in data.rglob("*"):
        if path.is_file() and path.name != "pages.warc.gz":
            content = path.read_bytes().lower()
            if path.name == "archive.db":
                content += readings(data).lower()
            if any(trace in content for trace in TRACES):
                found.append(path.relative_to(data).as_posix())
    return sorted(found)


def readings(data: Path) -> bytes:
    archive = Archive(data)
    try:
        return b"".join(zlib.decompress(reading) for (reading,) in archive.db.execute("SELECT reading FROM readings"))
    finally:
        archive.close()


def forget_jane(ldn, published) -> None:
    ((number,),) = published("SELECT id FROM providers WHERE name = 'Jane Roe'")
    done = ldn("forget", str(number), "--yes", "--json")
    assert done.code == 0, done.err


def test_accepting_a_harvest_that_was_held_before_brings_nobody_back(ldn, site, tmp_path, names, published):
    data = tmp_path / "data"
    waiting = json.loads(ldn("update", "good", "waiting", "--json").out)["sources"][1]
    assert waiting["outcome"] == "held"
    forget_jane(ldn, lambda query: published(data, query))
    assert files_with_jane(data) == []
    done = ldn("accept", waiting["run"], "waiting", "--yes", "--why", "a list for it", "--json")
    assert done.code == 0, done.err
    assert ldn("build").code == 0
    assert names(data) == ["John Doe"] and files_with_jane(data) == []
    assert published(data, "SELECT source FROM listings ORDER BY source") == [("good",), ("waiting",)]


def test_neither_does_replaying_what_the_archive_still_holds_nor_reading_the_lists_again(
    ldn, site, tmp_path, names, published
):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    forget_jane(ldn, lambda query: published(data, query))
    for words in (("replay", "good", "--json"), ("replay", "good", "--afresh", "--json")):
        done = ldn(*words)
        (result,) = json.loads(done.out)
        assert (done.code, result["listings"], result["missing"], result["added"]) == (0, 1, 0, 0), done.out
        assert files_with_jane(data) == []
    assert ldn("update", "good").code == 0
    assert names(data) == ["John Doe"] and files_with_jane(data) == []


def test_nor_does_a_harvest_that_a_later_crawl_has_held(ldn, site, tmp_path, names, published):
    data = tmp_path / "data"
    assert ldn("update", "good").code == 0
    forget_jane(ldn, lambda query: published(data, query))
    waiting = json.loads(ldn("crawl", "waiting", "--json").out)["sources"][0]
    assert waiting["outcome"] == "held" and files_with_jane(data) == []
    assert ldn("accept", waiting["run"], "waiting", "--yes", "--why", "a list for it").code == 0
    assert ldn("build").code == 0
    assert names(data) == ["John Doe"] and files_with_jane(data) == []
