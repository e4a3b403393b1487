from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import forked_python

CRAWL = """
import json, sys
from pathlib import Path
from ldn_directory.cli import demo
from ldn_directory.crawl.runner import crawl
from example_walks import ExampleNames, ExampleSitemap
url, data, names, changed = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4])
spiders = {spider.name: spider for spider in [*demo.example_spiders(url), ExampleNames, ExampleSitemap]}
paths = changed.pop("paths", {})
for name, path in paths.items():
    spiders[name].path = path
print(json.dumps(crawl(data, [spiders[name] for name in names], **changed)))
"""

Crawl = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def crawl(tmp_path: Path, world: Path) -> Crawl:
    """Crawls example lists in a process of their own, as a schedule would; gives the reports by source."""

    def crawled(url: str, *names: str, data: Path = tmp_path / "data", **changed: Any) -> dict[str, dict[str, Any]]:
        data.mkdir(parents=True, exist_ok=True)
        if not (data / "gazetteer.db").exists():
            (data / "gazetteer.db").symlink_to(world)
        command = ["-c", CRAWL, url, str(data), json.dumps(names), json.dumps(changed)]
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
        }
        done = forked_python.run(command, env=env)
        assert done.returncode == 0, done.stderr
        return {report["source"]: report for report in json.loads(done.stdout.splitlines()[-1])}

    return crawled
