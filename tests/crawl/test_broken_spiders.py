"""A spider file that is broken costs only its own sources: the others are read, and its file and line are named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
GOOD = """
from ldn_directory.spiders.curated import Curated

class Good(Curated):
    name = "good"
"""
SPIDER = "from ldn_directory.spiders.curated import Curated\n\n\nclass Bad(Curated):\n    name = {name!r}\n{rest}"
BROKEN = {
    "a syntax error": (SPIDER.format(name="bad", rest="    start_urls = ["), 6, "SyntaxError"),
    "an import that fails": ("import no_such_module\n" + SPIDER.format(name="bad", rest=""), 1, "ModuleNotFoundError"),
    "an exception in the class": (SPIDER.format(name="bad", rest="    rows = {}['rows']\n"), 6, "KeyError"),
    "the end of the program": ("\n\nimport sys\nsys.exit('no')\n", 4, "SystemExit"),
    "no source": ("import scrapy\n\nclass Generated(scrapy.Spider):\n    name = 'generated'\n", 3, "is left out"),
    "a name that another has": (SPIDER.format(name="good", rest=""), None, "two spiders are called good"),
}
LDN = (
    "from ldn_directory import settings; settings.SPIDER_MODULES = ['some_spiders']; "
    "from ldn_directory.cli import main; main()"
)


@pytest.fixture
def ldn(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    package = tmp_path / "some_spiders"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.py").write_text(GOOD)
    (package / "other.py").write_text(GOOD.replace("good", "other").replace("Good", "Other"))

    def run(*words: str, bad: str = "", program: tuple[str, ...] = ("-c", LDN)) -> subprocess.CompletedProcess[str]:
        (package / "bad.py").write_text(bad)
        data = str(tmp_path / "data")
        env = os.environ | {"PYTHONPATH": f"{PROJECT}:{tmp_path}", "LDN_CONTACT": "", "LDN_DATA": data}
        command = [sys.executable, *program, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, cwd=tmp_path)

    return run


@pytest.mark.parametrize("kind", BROKEN)
def test_every_command_goes_on_names_file_and_line_and_ends_with_1(ldn, tmp_path, kind):
    text, line, what = BROKEN[kind]
    done = ldn("crawl", bad=text)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "passed      other" in done.stdout
    assert ("passed      good" in done.stdout) == (kind != "a name that another has")
    named = f"{tmp_path / 'some_spiders' / 'bad.py'}, line {line}" if line else "bad.py, line 4"
    assert named in done.stderr
    assert what in done.stderr


def test_a_source_that_is_not_found_is_explained_by_the_broken_file(ldn):
    done = ldn("crawl", "bad", bad=BROKEN["a syntax error"][0])
    assert done.returncode == 64
    assert "no source is called bad" in done.stderr
    assert "bad.py, line 6: SyntaxError" in done.stderr


def test_status_and_build_go_on_and_do_not_take_the_source_for_gone(ldn):
    assert ldn("crawl", bad=SPIDER.format(name="bad", rest="")).returncode == 0
    text = BROKEN["a syntax error"][0]
    status = ldn("status", bad=text)
    assert status.returncode == 1
    assert "bad: its spider is broken (" in status.stdout
    built = ldn("build", bad=text)
    assert (built.returncode, "Published" in built.stdout) == (1, True), built.stderr
    assert "no spider reads it" not in status.stdout + built.stdout


def test_scrapys_own_commands_go_on_too(ldn):
    settings = ("-m", "scrapy")
    text = BROKEN["a syntax error"][0]
    env = ("-s", "SPIDER_MODULES=some_spiders")
    os.environ["SCRAPY_SETTINGS_MODULE"] = "ldn_directory.settings"
    try:
        listed = ldn("list", *env, bad=text, program=settings)
        crawled = ldn("crawl", "good", *env, bad=text, program=settings)
    finally:
        del os.environ["SCRAPY_SETTINGS_MODULE"]
    assert (listed.returncode, listed.stdout.split()) == (1, ["good", "other"])
    assert "bad.py, line 6: SyntaxError" in listed.stderr
    assert (crawled.returncode, crawled.stdout[:6]) == (1, "passed"), crawled.stderr
    assert "bad.py, line 6: SyntaxError" in crawled.stderr
