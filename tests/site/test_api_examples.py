"""The examples of docs/api.md, and the client, run against a served directory with the address replaced."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import pytest

from ldn_directory.publish.packages import package

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples"))
from client import Damaged, Directory, Gone  # noqa: E402

EXAMPLES = re.findall(
    r"```(sh|python)\n(.*?)```\n\n```text\n(.*?)```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.DOTALL
)
ADDRESS = "https://directory.example"
RUN = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


@pytest.fixture
def directory(tmp_path, people, publish):
    def more(db) -> None:
        db.execute(
            "INSERT INTO redirects VALUES (801, 1, 'merged', '2026-11-01T00:00:00Z'), (802, NULL, 'forgotten', '2026-11-01T00:00:00Z')"
        )
        db.execute("INSERT INTO serves VALUES (9, 'US-OH', 'Ohio', 'US')")
        for number in (1, 2, 3):
            db.execute(
                "INSERT INTO changes (id, at, provider, what) VALUES (?, '2026-11-01T00:00:00Z', ?, 'added')",
                (number, number),
            )

    path = publish(tmp_path / "ldn.db", people, more)
    package(path)
    return path


@pytest.fixture
def address(directory, served) -> str:
    return served(directory)


@pytest.fixture
def here(tmp_path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def test_the_document_has_examples_in_both_languages_and_each_says_what_it_gives():
    fences = re.findall(r"^```(sh|python)$", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE)
    assert len(fences) == len(EXAMPLES) and {"sh", "python"} == set(fences)


@pytest.mark.parametrize(
    ("language", "code", "gives"), EXAMPLES, ids=[f"{one[0]}-{number}" for number, one in enumerate(EXAMPLES, 1)]
)
def test_an_example_of_the_document_gives_what_it_says(address, here, language, code, gives):
    if language == "sh" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    done = subprocess.run(
        [*RUN[language], code.replace(ADDRESS, address)],
        cwd=here,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "examples"), "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    for line in gives.replace(ADDRESS, address).splitlines():
        assert line in done.stdout


def test_the_client_reads_every_page_of_a_search(address, people):
    found = list(Directory(address).search(size="3", old="yes", sort="name"))
    assert sorted(one["id"] for one in found) == [row["id"] for row in people]


def test_the_client_tells_gone_from_never_there(address):
    with pytest.raises(Gone):
        Directory(address).provider(802)
    with pytest.raises(HTTPError, match="404"):
        Directory(address).provider(999)


def test_the_client_goes_on_where_a_download_broke_off(address, here, directory):
    whole = Directory(address).download(here)
    content = whole.read_bytes()
    whole.unlink()
    (here / f"{whole.name}.part").write_bytes(content[:100])
    assert Directory(address).download(here).read_bytes() == content
    whole.rename(here / f"{whole.name}.part")
    assert Directory(address).download(here).read_bytes() == content
    assert [path.name for path in here.iterdir()] == [whole.name]


def test_the_client_keeps_nothing_that_is_not_what_the_site_offers(address, here):
    name = Directory(address).download(here).name
    (here / name).unlink()
    (here / f"{name}.part").write_bytes(b"x" * 100)
    with pytest.raises(Damaged):
        Directory(address).download(here)
    assert list(here.iterdir()) == []
    assert hashlib.sha256(Directory(address).download(here).read_bytes()).hexdigest()


def test_the_client_waits_when_it_is_told_to(people):
    asked = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(503 if len(asked) == 1 else 200)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b'{"changes": [], "cursor": "c0", "next": null}')

        def log_message(self, *stated: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert Directory(f"http://127.0.0.1:{server.server_port}").changes("2026-01-01") == ([], "c0")
        server.shutdown()
    assert len(asked) == 2


def test_a_hostile_site_cannot_make_the_client_write_elsewhere(here):
    class Hostile(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(
                f"{hashlib.sha256(b'').hexdigest()}  ../../evil.db.gz\n".encode() if "SUMS" in self.path else b""
            )

        def log_message(self, *stated: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert Directory(f"http://127.0.0.1:{server.server_port}").download(here) == here / "evil.db.gz"
        server.shutdown()
    assert [path.name for path in here.parent.iterdir() if "evil" in path.name] == []


def test_an_answer_that_breaks_off_leaves_what_came_and_the_next_call_goes_on_from_there(here):
    content = bytes(range(256)) * 40
    digest = hashlib.sha256(content).hexdigest()
    asked: list[str | None] = []

    class Breaking(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("SHA256SUMS"):
                body, status, sent = f"{digest}  ldn.db.gz\n".encode(), 200, None
            else:
                asked.append(self.headers.get("Range"))
                start = int(asked[-1].removeprefix("bytes=").rstrip("-")) if asked[-1] else 0
                body, status, sent = content[start:], 206 if start else 200, 600 if len(asked) == 1 else None
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:sent])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Breaking) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        directory = Directory(f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(ConnectionError, match="broke off"):
            directory.download(here)
        assert (here / "ldn.db.gz.part").read_bytes() == content[:600]
        assert directory.download(here).read_bytes() == content and asked == [None, "bytes=600-"]
        with pytest.raises(FileNotFoundError):
            directory.download(here, ".nothing")
        server.shutdown()
