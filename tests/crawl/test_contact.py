"""Nobody else's machine is asked for anything unless somebody can be reached who answers for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ldn_directory.crawl.addresses import is_contact
from tests import forked_python


@pytest.mark.parametrize(
    "text", ["you@example.org", "https://example.org/about-us", "http://www.example.org", " me+ldn@mail.example.co.uk "]
)
def test_an_e_mail_or_web_address_is_a_contact(text):
    assert is_contact(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "no contact set",
        "me@",
        "@example.org",
        "me@localhost",
        "https://",
        "ftp://example.org/",
        "a b@example.org",
        "me@example.org; rm",
    ],
)
def test_anything_else_is_none(text):
    assert not is_contact(text)


def test_a_spider_that_scrapy_starts_asks_the_web_for_nothing_without_a_contact(tmp_path):
    spider = tmp_path / "spider.py"
    spider.write_text(
        "from ldn_directory.families import HtmlTable\n"
        "from ldn_directory.model import Evidence, Source\n"
        "class Elsewhere(HtmlTable):\n"
        "    name = 'elsewhere'\n"
        "    source = Source(title='t', homepage='h', evidence=Evidence.LISTED, record_key='id')\n"
        "    start_urls = ['https://nobody.example/list']\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "LDN_CONTACT"}
    environment |= {
        "LDN_DATA": str(tmp_path / "data"),
        "SCRAPY_SETTINGS_MODULE": "ldn_directory.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "scrapy", "runspider", str(spider)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path)
    (path,) = Path(tmp_path / "data").glob("runs/*/elsewhere/report.json")
    report = json.loads(path.read_bytes())
    assert report["outcome"] == "held"
    assert report["responses"] == 0
    assert "no contact address is set" in report["reasons"][0]
    assert "no contact address is set" in done.stderr
    assert "Deprecat" not in done.stderr


def test_a_contact_that_reaches_nobody_is_wrong_usage(tmp_path):
    command = ["-m", "ldn_directory", "crawl", "--data", str(tmp_path / "data"), "--contact", "foo"]
    done = forked_python.run(command)
    assert done.returncode == 64
    assert "neither an e-mail address" in done.stderr
