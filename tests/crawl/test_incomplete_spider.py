"""A spider that states no source, as `scrapy genspider` writes it, is named and costs no other source."""

from __future__ import annotations

import os
from pathlib import Path

from tests import forked_python

PROJECT = Path(__file__).parents[2]

SPIDERS = """
import scrapy
from ldn_directory.families import HtmlTable
from ldn_directory.spiders.curated import Curated

class Own(Curated):
    name = "own"

class Generated(scrapy.Spider):
    name = "generated"

class Sourceless(HtmlTable):
    name = "sourceless"
"""
LDN = (
    "from ldn_directory import settings; settings.SPIDER_MODULES = ['some_spiders']; "
    "from ldn_directory.cli.app import main; main()"
)


def test_a_spider_without_a_source_is_reported_once_and_the_others_are_crawled(tmp_path):
    (tmp_path / "some_spiders.py").write_text(SPIDERS)
    env = os.environ | {"PYTHONPATH": f"{PROJECT}:{tmp_path}", "LDN_CONTACT": ""}
    done = forked_python.run(["-c", LDN, "crawl", "--data", str(tmp_path / "data")], env=env)
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout[:6]) == (0, "passed"), done.stderr
    for name in ("Generated", "Sourceless"):
        assert done.stderr.count(f"the spider {name} in {tmp_path / 'some_spiders.py'} is left out") == 1
