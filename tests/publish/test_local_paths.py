"""Lists that are files on the machine that builds: nothing published says where on that machine they are."""

from __future__ import annotations

import gzip
import json
import logging
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest

from ldn_directory.cli.health import write_status
from ldn_directory.crawl.page_worker import parse_body as parse
from ldn_directory.families import TabularFile
from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Source
from ldn_directory.publish.build import build
from ldn_directory.publish.local_paths import LocalPaths
from ldn_directory.publish.packages import package
from ldn_directory.spiders.curated import Curated
from ldn_directory.storage import PROJECT

FOLDER = "My lists"
"""A folder in the data folder, with a space in its name."""
CURATED = (
    "kind,organisation,street,city,region,postcode,country,phone,email,website,telehealth,serves,evidence_url,evidence,"
    "grade,facts_url,noted_on\n"
    "pharmacy,Harbour Pharmacy,,Austin,Texas,,US,512-555-0142,,https://harbour.example.org/,,,"
    "https://harbour.example.org/ldn,LDN is compounded here,offers,,2026-03-01\n"
)


class Imported(TabularFile):
    """A file that somebody sent, of which the spider states its path everywhere."""

    name = "imported"
    home: ClassVar[str] = ""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which all sources are files, one with its own path in its columns, as an export may have."""
    data = tmp_path / "data"
    (data / FOLDER).mkdir(parents=True)
    people = data / FOLDER / "people of 2026.csv"
    people.write_text(
        "Name,Phone,City,State,Notes,Website\n"
        f"Jane Roe MD,512-555-0143,Austin,TX,exported to {people},\n"
        f"John Doe MD,512-555-0144,Dallas,TX,see {people.as_uri()}.,https://doe.example.org/home/team\n"
        "Ada Example MD,512-555-0145,Houston,TX,from C:\\Users\\ada\\My Documents\\list.xlsx,\n"
    )
    (data / "curated.csv").write_text(CURATED)
    source = Source(title=f"List in {data}", homepage=people.as_uri(), evidence=Evidence.LISTED, record_key="row",
                    publisher=f"{PROJECT}/README.md", needs_acceptance=False)  # fmt: skip
    Imported.source, Imported.start_urls = source, [people.as_uri()]
    take(data, Imported, people)
    take(data, Curated, data / "curated.csv")
    return data


def take(data: Path, spider: type, path: Path, run: str = "20260301T080000Z-0000", body: bytes = b"") -> None:
    lines = parse(spider, path.as_uri(), body or path.read_bytes(), {"Content-Type": "text/csv"}, {}).lines
    assert lines
    at = f"{run[:4]}-{run[4:6]}-{run[6:8]}T08:00:00Z"
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(run=run, source_id=spider.name, source=spider.source, started=at, finished=at, lines=lines)
        )


def publish(data: Path) -> Path:
    return build(data / "ledger.db", data / "ldn.db", allow_shrink=True).path


def cells(path: Path) -> Iterator[tuple[str, str]]:
    """(table, value) of all tables, the full-text ones with their parts included."""
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = lambda value: value.decode("utf-8", "replace")
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in db.execute(f"SELECT * FROM {table}"):
                yield from ((table, said(cell)) for cell in row)


def said(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)


def leaks(text: str, data: Path) -> list[str]:
    marks = (str(data), str(data.parent), str(PROJECT), FOLDER, FOLDER.replace(" ", "%20"), "file:", "C:\\", "Users\\")
    return [mark for mark in marks if mark in text]


def test_no_cell_of_the_directory_says_where_a_file_is(data):
    published = publish(data)
    assert not [(table, cell) for table, cell in cells(published) if leaks(cell, data)]
    assert not leaks(published.read_bytes().decode("utf-8", "replace"), data)


def test_no_download_and_no_status_says_where_a_file_is(data):
    package(publish(data))
    write_status(data, [Imported, Curated])
    assert not leaks((data / "status.json").read_text(), data) and "List in" in (data / "status.json").read_text()
    files = list((data / "downloads").iterdir())
    assert {path.suffix for path in files} >= {".gz", ".zip", ".json"}
    for path in files:
        assert not leaks(path.read_bytes().decode("utf-8", "replace"), data)
        if path.suffix == ".gz":
            assert not leaks(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"), data)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                assert all(not leaks(packed.read(name).decode("utf-8", "replace"), data) for name in packed.namelist())


def test_a_file_is_shown_by_its_bare_name_and_its_list_by_the_sources_page(data):
    with closing(sqlite3.connect(publish(data))) as db:
        pages = {page for (page,) in db.execute("SELECT page FROM claims UNION SELECT page FROM listings")}
        homepages = dict(db.execute("SELECT id, homepage FROM sources"))
        websites = {site for (site,) in db.execute("SELECT website FROM providers WHERE website IS NOT NULL")}
    assert pages == {"people of 2026.csv", "https://harbour.example.org/ldn"}
    assert homepages == {"imported": "/sources", "curated": "/sources"}
    assert websites == {"https://doe.example.org/home/team", "https://harbour.example.org/"}


def test_the_build_warns_of_paths_in_values_but_not_of_those_of_pages(data, caplog):
    with caplog.at_level(logging.WARNING):
        publish(data)
    (warning,) = [record.getMessage() for record in caplog.records if "path of this machine" in record.getMessage()]
    assert "listings.text" in warning and ".page" not in warning and not leaks(warning, data)


def test_a_value_that_was_a_path_shows_in_no_change_of_it_either(data):
    people = data / FOLDER / "people of 2026.csv"
    publish(data)
    for number, notes in enumerate(("by hand", str(people)), start=2):
        body = f"Name,Phone,City,State,Notes\nJane Roe MD,512-555-0143,Austin,TX,{notes}\n".encode()
        take(data, Imported, people, f"2026030{number}T080000Z-0000", body)
        published = publish(data)
        assert not [(table, cell) for table, cell in cells(published) if leaks(cell, data)]


def test_what_was_published_with_paths_is_mended_by_the_next_build_to_the_same_bytes(data):
    first = publish(data).read_bytes()
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        db.execute("UPDATE listings SET page = ? WHERE source = 'imported'", (f"{(data / 'a.csv').as_uri()}",))
        db.commit()
    assert publish(data).read_bytes() == first


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("file:///home/jane/list.csv", "list.csv"),
        ("FILE:///C:/Users/jane/list.xlsx", "list.xlsx"),
        ("file:///srv/my%20lists/a%20b.csv#row=3", "a b.csv"),
        ("sqlite:///var/lib/ldn/ledger.db?mode=ro", "ledger.db"),
        ("cannot read /home/jane/list.csv: denied", "cannot read list.csv: denied"),
        ("(/tmp/x/list.csv), then", "(list.csv), then"),
        ("in /home/jane", "in (local file)"),
        (r"C:\Users\jane\My Documents\list.xlsx is open", "list.xlsx is open"),
        (r"\\server\share\list.xlsx", "list.xlsx"),
        ("{data}/runs/1/report.json", "report.json"),
        ("{data}", "(local file)"),
        ("{data}base", "{data}base"),
        ("https://example.org/home/jane/list.csv", "https://example.org/home/jane/list.csv"),
        ("https://example.org/tmp/a https://example.org/C:/b", "https://example.org/tmp/a https://example.org/C:/b"),
        ("profile: see /sources or /about", "profile: see /sources or /about"),
        ("work/home/mobile and 24/7, w/o N/A", "work/home/mobile and 24/7, w/o N/A"),
        ("Mon-Fri 9:00, Suite C: back door", "Mon-Fri 9:00, Suite C: back door"),
    ],
)
def test_paths_are_told_from_what_only_has_slashes(text, shown):
    data = Path("/data/ldn directory")
    paths = LocalPaths(data)
    found = paths.without(text.replace("{data}", str(data)))
    assert found == shown.replace("{data}", str(data))
    assert paths.without(found) == found


def test_values_inside_json_lose_their_paths_too():
    found = LocalPaths(Path("/data/ldn")).without_in({"a": ["/data/ldn/x.csv", 1, None], "b": {"c": "file:///x.csv"}})
    assert json.dumps(found) == '{"a": ["x.csv", 1, null], "b": {"c": "x.csv"}}'


@pytest.mark.parametrize("piece", ["file:", "/home/", "C:\\a b", "\\\\a", "a\\ ", "/", " "])
def test_long_texts_take_time_in_proportion(piece):
    paths = LocalPaths(Path("/data/ldn"))

    def seconds(times: int) -> float:
        text = piece * times
        return min(timed(paths, text) for _ in range(3))

    assert seconds(40_000) < 12 * seconds(10_000) + 0.005


def timed(paths: LocalPaths, text: str) -> float:
    start = time.perf_counter()
    paths.without(text)
    return time.perf_counter() - start
