"""`scrapy crawl NAME` does what `ldn crawl NAME` does: the same harvest, report and exit code."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.privacy.suppression import Suppressions
from tests import forked_python

PROJECT = Path(__file__).parents[2]
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")


@pytest.fixture
def scrapy(environment, site, tmp_path):
    """Runs `scrapy` with the sources of `hostile_lists`."""

    def run(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
        env = environment(site.url, {"SCRAPY_SETTINGS_MODULE": "ldn_directory.settings", "LDN_DATA": str(data)})
        settings = ("-s", "SPIDER_MODULES=hostile_lists", "-s", "RETRY_TIMES=0")
        return forked_python.run(["-m", "scrapy", *words, *settings], env=env, cwd=tmp_path)

    return run


def left_behind(data: Path, name: str) -> tuple[dict[str, Any], bytes]:
    """The report, but for times and the run's id, and the listings of the only run."""
    (folder,) = data.glob(f"runs/*/{name}")
    report = json.loads(RUN.sub("RUN", (folder / "report.json").read_text()))
    for changing in ("run", "started", "finished"):
        del report[changing]
    return report, (folder / "listings.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("name", "outcome", "code"),
    [("good", "passed", 0), ("waiting", "held", 2), ("bad_csv", "held", 2), ("bad_table", "blocked", 2)],
)
def test_a_crawl_by_scrapy_leaves_what_a_crawl_by_ldn_leaves(ldn, scrapy, site, tmp_path, name, outcome, code):
    site.says("/list.csv", "oops", 500)
    site.says("/table", "no", 403)
    ours, scrapys = tmp_path / "ldn", tmp_path / "scrapy"
    by_ldn = ldn("crawl", name, data=ours)
    by_scrapy = scrapy("crawl", name, data=scrapys)
    assert (by_ldn.code, by_scrapy.returncode) == (code, code), by_scrapy.stderr
    assert RUN.sub("RUN", by_scrapy.stdout) == RUN.sub("RUN", by_ldn.out)
    assert left_behind(scrapys, name) == left_behind(ours, name)
    assert left_behind(scrapys, name)[0]["outcome"] == outcome
    assert (scrapys / "status.json").exists()
    assert "Traceback" not in by_scrapy.stderr


def test_an_option_writes_the_listings_of_the_harvest(scrapy, tmp_path):
    data = tmp_path / "data"
    done = scrapy("crawl", "good", "-o", "out.csv", "-o", "out.jsonl", data=data)
    assert done.returncode == 0, done.stderr
    _, lines = left_behind(data, "good")
    harvest = {row["id"]: row for row in map(json.loads, lines.splitlines())}
    exported = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {row["id"]: row for row in exported} == harvest
    with (tmp_path / "out.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert list(table[0])[:4] == ["id", "source", "key", "page"]
    assert sorted((row["name"], row["phones"]) for row in table) == [
        ("Jane Roe", "+15125550142"),
        ("John Doe", "+15125550143"),
    ]


def test_an_export_leaves_out_the_forgotten(scrapy, tmp_path):
    data = tmp_path / "data"
    jane = {"name": "Jane Roe", "region_code": "US-TX", "country_code": "US"}
    Suppressions(data / "suppressions.jsonl", data / "suppression.key").add([jane], "2026-11-02")
    done = scrapy("crawl", "good", "-o", "out.jsonl", data=data)
    assert done.returncode == 0, done.stderr
    exported = [json.loads(line)["name"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert exported == ["John Doe"]


def test_a_source_that_does_not_exist_is_wrong_usage(scrapy, tmp_path):
    done = scrapy("crawl", "nobody", data=tmp_path / "data")
    assert done.returncode == 64
    assert "no source is called nobody" in done.stderr


def test_a_failed_export_is_no_success(scrapy, tmp_path):
    done = scrapy("crawl", "good", "-o", "/dev/full:csv", "-o", "out.jsonl", data=tmp_path / "data")
    assert done.returncode == 1
    assert "passed" in done.stdout
    assert "could not be exported" in done.stderr


def test_the_data_folder_of_the_settings_is_where_the_curated_list_is_read(tmp_path):
    header, row = "kind,organisation,evidence_url,evidence,grade,noted_on", "pharmacy,Quayside Pharmacy"
    page = "https://quayside.example.org/ldn,Says so.,offers,2026-01-31"
    (tmp_path / "curated.csv").write_text(f"{header}\n{row},{page}\n")
    env = {**os.environ, "SCRAPY_SETTINGS_MODULE": "ldn_directory.settings", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "scrapy", "crawl", "curated", "-s", f"LDN_DATA={tmp_path}"]
    subprocess.run(command, capture_output=True, timeout=120, env=env, cwd=tmp_path)
    _, lines = left_behind(tmp_path, "curated")
    assert [json.loads(line)["name"] for line in lines.splitlines()] == ["Quayside Pharmacy"]


def test_scrapy_parse_shows_the_listings_of_a_page_and_leaves_the_ledger_alone(scrapy, site, tmp_path):
    done = scrapy(
        "parse", f"http://localhost:{site.port}/good.csv", "--spider", "good", "--nocolour", data=tmp_path / "data"
    )
    assert "Traceback" not in done.stderr
    assert "'name': 'Jane Roe'" in done.stdout
    report, _ = left_behind(tmp_path / "data", "good")
    assert report["outcome"] == "held"
    assert "was read on its own by scrapy parse" in report["failures"][0]
