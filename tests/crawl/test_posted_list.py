"""A list that is had by posting a form, crawled over loopback."""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from tests import forked_python

SPIDER = """
from ldn_directory.families import JsonApi
from ldn_directory.model import Evidence, Source

class Posted(JsonApi):
    name = "posted"
    source = Source(title="Posted", homepage="", evidence=Evidence.LISTED, record_key="id", needs_acceptance=False)
    preset = "store_locator_plus"
    site = "{site}"
"""
CRAWL = """
import json, sys
from pathlib import Path
from ldn_directory.crawl.runner import crawl
from posted_list import Posted
print(json.dumps(crawl(Path(sys.argv[1]), [Posted])))
"""
STORES = [
    {
        "id": str(n),
        "name": f"{name} Pharmacy",
        "address": "12 Quay St",
        "city": "Akron",
        "state": "OH",
        "zip": "44308",
        "phone": f"512-555-010{n}",
    }
    for n, name in enumerate(("Cobalt", "Fernhill", "Larkspur"), 1)
]


class Locator(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer(404, b"")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = form.get("action") == ["csl_ajax_onload"]
        self.answer(200 if asked else 400, json.dumps({"response": STORES if asked else []}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        return


@pytest.fixture
def locator():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Locator)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_form_of_the_preset_is_posted_and_its_answer_is_harvested(locator, tmp_path):
    (tmp_path / "posted_list.py").write_text(SPIDER.format(site=locator))
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = forked_python.run(["-c", CRAWL, str(tmp_path / "data")], env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    [report] = json.loads(done.stdout.splitlines()[-1])
    assert report["outcome"] == "passed", report["reasons"]
    assert report["listings"] == 3
