"""Whoever is forgotten is in no download from then on, and what was offered before is gone."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from .conftest import TRACES, Folder, said


def unpacked(downloads: Path) -> dict[str, bytes]:
    """Every file that can be downloaded, and what is in it."""
    found = {path.name: path.read_bytes() for path in downloads.iterdir()}
    for path in downloads.glob("*.db.gz"):
        found[f"{path.name}: unpacked"] = gzip.decompress(path.read_bytes())
    for path in downloads.glob("*.zip"):
        with zipfile.ZipFile(path) as package:
            found |= {f"{path.name}: {name}": package.read(name) for name in package.namelist()}
    return found


def shown_in(downloads: Path) -> list[str]:
    return [
        name
        for name, content in unpacked(downloads).items()
        if any(trace.encode() in content.lower() for trace in TRACES)
    ]


def test_no_byte_of_the_person_is_in_any_download_and_those_made_before_are_gone(listed: Folder):
    assert "Downloads:" in listed.ldn("build").stdout
    downloads = listed.data / "downloads"
    before = {path.name for path in downloads.glob("ldn-*")}
    assert shown_in(downloads)
    done = said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    assert done["remains"] == [] and shown_in(downloads) == []
    after = {path.name for path in downloads.glob("ldn-*")}
    assert len(after) == 2 and not before & after
    assert any(b"John Doe" in content for content in unpacked(downloads).values())


def test_where_nothing_new_can_be_made_the_old_downloads_are_gone_all_the_same_and_it_is_said(listed: Folder):
    listed.ldn("build")
    downloads = listed.data / "downloads"
    (downloads / "database.part").mkdir()
    done = said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    assert [path.name for path in downloads.iterdir()] == ["database.part"]
    assert listed.names() == ["Ann Poe", "John Doe"] and "ldn package" in done["remains"][0]


def test_a_build_with_another_list_of_the_forgotten_offers_nothing_made_before(listed: Folder):
    listed.ldn("build")
    said(listed.ldn("forget", "--name", "Ida Newcome", "--region", "US-TX", "--in-advance", "--yes", "--json"))
    (listed.data / "suppressions.jsonl").write_text("")
    listed.build()
    assert list((listed.data / "downloads").iterdir()) == []
