"""A data folder with lists of invented people, as crawls leave it, and the command over it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.rewriting import read_records
from ldn_directory.archive.warc_archive import Archive
from ldn_directory.cli.app import main
from ldn_directory.crawl.harvest_extension import conclude
from ldn_directory.crawl.page_worker import PageParser
from ldn_directory.crawl.run import CrawlRun
from ldn_directory.forgetting import publish
from ldn_directory.model import Evidence, Kind, Listing, Phone, Source
from ldn_directory.publish.build import BuildResult

TEXAS = {"region": "Texas", "region_code": "US-TX", "country": "United States", "country_code": "US"}


def person(
    key: str,
    name: str | None,
    *,
    source: str = "north",
    phone: str | None = None,
    kind: Kind = Kind.PRESCRIBER,
    **facts: Any,
) -> Listing:
    """A listing in Texas, unless another place is given; `phone` is the last four digits of 512-555-....."""
    phones = (Phone(raw=f"512 555 {phone}", e164=f"+1512555{phone}"),) if phone else ()
    values = {
        **TEXAS,
        "page": f"https://{source}.example.org/list",
        "evidence": Evidence.LISTED,
        "phones": phones,
        "text": name,
    } | facts
    return Listing(source=source, key=key, kind=kind, name=name, **values)


class Reader(PageParser):
    """A list whose pages are read elsewhere: what stands on them is given."""

    name = "north"
    source = Source(
        title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id", needs_acceptance=False
    )
    page_seconds = 5.0


@dataclass
class Folder:
    """A data folder; each crawl is a day later than the one before."""

    data: Path
    day: int = 0

    def crawl(self, *listings: Listing, source: str = "north", page: bytes | None = None) -> dict[str, Any]:
        """One run of one source whose page, or `page`, states the listings; gives its report."""
        self.day += 1
        stated = Source(
            title=source,
            homepage="https://example.org/",
            evidence=Evidence.LISTED,
            record_key="id",
            needs_acceptance=False,
        )
        run = CrawlRun(self.data, f"202611{self.day:02}T000000Z-0000", source, stated)
        run.started = f"2026-11-{self.day:02}T00:00:00Z"
        body = "\n".join(
            f"<p>{one.text} {' '.join(p.raw for p in one.phones)} {one.email or ''}</p>" for one in listings
        ).encode()
        visit = run.archive.add_visit(f"https://{source}.example.org/list", page or body, {}, None)
        result = PageResult(lines=tuple(one.as_line() for one in listings))
        run.add_page(visit, run.without_hidden(Reader, visit, result))
        run.archive.close()
        return conclude(run, finished=True)

    def build(self) -> BuildResult:
        """Publishes; what was published before stays as a copy of its own."""
        live = self.data / "ldn.db"
        if live.exists():
            os.utime(live, (1_700_000_000 + self.day, 1_700_000_000 + self.day))
        return publish(self.data, allow_shrink=True)

    def ldn(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command over the folder, in this process, which has imported what it needs."""
        done = CliRunner().invoke(main, [*arguments, "--data", str(self.data)])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)

    def ldn_process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command over the folder, in a process of its own."""
        command = [sys.executable, "-m", "ldn_directory", *arguments, "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, input="")

    def copy(self, data: Path) -> Folder:
        """A copy in a folder that does not exist yet."""
        return Folder(Path(shutil.copytree(self.data, data)), self.day)

    def names(self) -> list[str]:
        """Who is published."""
        with closing(sqlite3.connect(self.data / "ldn.db")) as db:
            return [name for (name,) in db.execute("SELECT name FROM providers ORDER BY name")]

    def number(self, name: str) -> int:
        """The number that a name is published under."""
        with closing(sqlite3.connect(self.data / "ldn.db")) as db:
            return int(db.execute("SELECT id FROM providers WHERE name = ?", (name,)).fetchone()[0])

    def published(self, query: str) -> list[Any]:
        """Rows of the published file."""
        with closing(sqlite3.connect(self.data / "ldn.db")) as db:
            return db.execute(query).fetchall()

    def files_with(self, *texts: str) -> list[str]:
        """The files of the folder, apart from archived pages, in whose bytes one of the texts stands, in whatever case."""
        return [name for name in self.all_files_with(*texts) if not name.endswith("pages.warc.gz")]

    def all_files_with(self, *texts: str) -> list[str]:
        """The same, archived pages included."""
        found = []
        for path in sorted(self.data.rglob("*")):
            if path.is_file():
                content = path.read_bytes().lower()
                if path.name == "pages.warc.gz":
                    content = b"".join(one.body + one.url.encode() for one in read_records(path)).lower()
                if path.name == "archive.db":
                    content += b"".join(_readings(path)).lower()
                if any(text.lower().encode() in content for text in texts):
                    found.append(path.relative_to(self.data).as_posix())
        return found


def _readings(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(path)) as db:
        for (reading,) in db.execute("SELECT reading FROM readings"):
            yield zlib.decompress(reading)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


JANE = person(
    "jane", "Jane Thrushcross", phone="0142", email="jane@thrushcross.example.com", text="Dr. Jane Thrushcross, MD"
)
JOHN = person("john", "John Doe", phone="0143", text="John Doe")
ANN = person("ann", "Ann Poe", phone="0144")
TRACES = ("thrushcross", "555 0142", "5550142")
"""What in a file shows Jane."""


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Two crawls and builds of a list with Jane, John and, since the second, Ann. To be copied."""
    folder = Folder(tmp_path_factory.mktemp("published") / "data")
    for listings in ((JANE, JOHN), (JANE, JOHN, ANN)):
        folder.crawl(*listings)
        folder.build()
    return folder


@pytest.fixture
def listed(published_once: Folder, tmp_path: Path) -> Folder:
    """A copy of that folder."""
    return published_once.copy(tmp_path / "data")


def said(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed as JSON."""
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


__all__ = ["ANN", "JANE", "JOHN", "TEXAS", "TRACES", "Archive", "Folder", "Reader", "person", "said"]
