"""`ldn gazetteer`: unpacks the table of places that ships with the package."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_directory import storage
from ldn_directory.cli import gazetteer as command
from ldn_directory.cli.app import main
from ldn_directory.places import Gazetteer, table


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project folder without a gazetteer."""
    folder = tmp_path / "project"
    monkeypatch.setattr(storage, "DATA", folder / "data")
    monkeypatch.setattr(command, "PROJECT", folder)
    return folder


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_it_is_unpacked_and_what_it_holds_is_printed(tmp_path):
    code, output = run("gazetteer", "--data", str(tmp_path))
    assert code == 0
    assert "was unpacked in" in output
    assert "postal codes of 99 countries" in output
    with Gazetteer.open(tmp_path / "gazetteer.db") as unpacked:
        assert unpacked.find("97201")[0].located_by == "postcode"


def test_its_counts_are_given_as_json(tmp_path):
    code, output = run("gazetteer", "--json", "--data", str(tmp_path))
    counts = json.loads(output)
    assert (code, counts["built"]) == (0, True)
    assert counts["towns"] > 200_000 and counts["dropped"] > 0


def test_one_that_can_be_used_is_left_alone_if_asked(tmp_path):
    run("gazetteer", "--data", str(tmp_path))
    before = (tmp_path / "gazetteer.db").stat()
    code, output = run("gazetteer", "--if-missing", "--json", "--data", str(tmp_path))
    assert (code, json.loads(output)["built"]) == (0, False)
    assert (tmp_path / "gazetteer.db").stat().st_mtime_ns == before.st_mtime_ns


def test_one_of_another_version_is_replaced(tmp_path):
    (tmp_path / "gazetteer.db").write_bytes(b"not a gazetteer")
    code, output = run("gazetteer", "--if-missing", "--json", "--data", str(tmp_path))
    assert (code, json.loads(output)["built"]) == (0, True)


def test_where_it_cannot_be_written_nothing_is_done_and_the_reason_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, output = run("gazetteer", "--data", str(tmp_path / "file" / "data"))
    assert code == 2 and "not built" in output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is missing"),
        (b"cut short", "is damaged"),
        (lzma.compress(b"no database" * 100), "is damaged"),
        (lzma.compress(b""), "is damaged"),
    ],
)
def test_a_packed_table_that_cannot_be_read_is_named_and_the_gazetteer_stays(tmp_path, monkeypatch, content, reason):
    (tmp_path / "gazetteer.db").write_bytes(b"the old one")
    packed = tmp_path / "places.db.xz"
    if content:
        packed.write_bytes(content)
    monkeypatch.setattr(table, "PACKED", packed)
    code, output = run("gazetteer", "--data", str(tmp_path))
    assert code == 2 and str(packed) in output and reason in output
    assert list(tmp_path.glob(".*")) == []
    assert (tmp_path / "gazetteer.db").read_bytes() == b"the old one"


def test_a_full_one_needs_a_checkout(tmp_path):
    code, output = run("gazetteer", "--full", "--data", str(tmp_path))
    assert code == 2 and "needs a checkout" in output


def test_a_full_one_is_made_by_the_tool_which_may_fail(tmp_path, project):
    (project / "tools").mkdir(parents=True)
    (project / "tools" / "pack_places.py").write_text("raise SystemExit('the package geotz is not installed')")
    code, output = run("gazetteer", "--full", "--data", str(tmp_path))
    assert code == 2 and "requirements-tools.txt" in output
