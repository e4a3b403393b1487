"""`ldn gazetteer`, with tables of a handful of places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_directory import storage as wayfinding
from ldn_directory.cli import gazetteer as gazetteering
from ldn_directory.cli.app import main
from ldn_directory.places import Gazetteer, gazetteer
from ldn_directory.places.readers import INSTALLED, Postal, Tables, Town

SMALL = Tables(
    postal_codes=lambda: [Postal("US", "97201", "Portland", "US-OR", 45.50, -122.69)],
    towns=lambda least: [Town("US", "Portland", "OR", 45.523, -122.676, 650_000, ())],
    countries=INSTALLED.countries,
    attributions=INSTALLED.attributions,
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The packages' tables are the small ones, and the project's own folder is empty."""

    def build(path: Path, **options: object) -> gazetteer.Counts:
        return gazetteer.build_gazetteer(path, **options, tables=SMALL)

    monkeypatch.setattr(gazetteering, "build_gazetteer", build)
    monkeypatch.setattr(wayfinding, "PROJECT", tmp_path / "project")


def ran(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stdout


def test_it_is_built_with_its_steps_told(tmp_path):
    result = CliRunner().invoke(main, ["gazetteer", "--data", str(tmp_path)])
    assert result.exit_code == 0
    assert "1 postal codes" in result.output and "reading towns" in result.output
    with Gazetteer.open(tmp_path / "gazetteer.db") as built:
        assert built.find("97201")[0].located_by == "postcode"


def test_one_that_can_be_used_is_left_alone_if_asked(tmp_path):
    ran("gazetteer", "--data", str(tmp_path))
    before = (tmp_path / "gazetteer.db").stat()
    code, told = ran("gazetteer", "--if-missing", "--json", "--data", str(tmp_path))
    assert (code, json.loads(told)["built"]) == (0, False)
    assert (tmp_path / "gazetteer.db").stat().st_mtime_ns == before.st_mtime_ns


def test_one_of_another_version_is_built_again(tmp_path):
    (tmp_path / "gazetteer.db").write_bytes(b"not a gazetteer")
    code, told = ran("gazetteer", "--if-missing", "--json", "--data", str(tmp_path))
    assert (code, json.loads(told)["built"]) == (0, True)


def test_where_it_cannot_be_written_nothing_is_done_and_the_reason_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = CliRunner().invoke(main, ["gazetteer", "--data", str(tmp_path / "file" / "data")])
    assert result.exit_code == 2 and "not built" in result.output
