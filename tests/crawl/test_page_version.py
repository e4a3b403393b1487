"""The version of a source's cached results."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

SPIDER = """
from ldn_directory.families import HtmlTable
from ldn_directory.model import Evidence, Source

class Harbour(HtmlTable):
    name = "harbour"
    source = Source(title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="row")

    @classmethod
    def post_process(cls, listing):
        return listing
"""


@pytest.fixture
def version_of_spider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def version(text: str) -> str:
        (tmp_path / "harbour_spider.py").write_text(text)
        sys.modules.pop("harbour_spider", None)
        importlib.invalidate_caches()
        return importlib.import_module("harbour_spider").Harbour.version()

    yield version
    sys.modules.pop("harbour_spider", None)


def test_an_edited_hook_is_applied_to_pages_that_were_read_before(version_of_spider):
    before = version_of_spider(SPIDER)
    assert version_of_spider(SPIDER) == before
    assert version_of_spider(SPIDER.replace("return listing", "return None")) != before
