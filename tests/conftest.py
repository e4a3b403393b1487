"""What several rooms' tests need."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ldn_directory.cli.gazetteer import is_usable
from ldn_directory.example.practitioners import Practitioner, invent_practitioners
from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.places import unpack
from ldn_directory.publish.build import build
from ldn_directory.publish.packages import package
from ldn_directory.site.server.hot_swap import HotSwap
from ldn_directory.storage import PROJECT

SLOW = frozenset(
    {
        "crawl/test_details_and_sitemaps.py",
        "crawl/test_organisation_sites.py",
        "crawl/test_recheck.py",
        "crawl/test_turnover.py",
        "crawl/test_whole_crawl.py",
        "example/test_example_site.py",
        "extract/test_corpus.py",
        "extract/test_hostile_html.py",
        "generators/test_overlapping.py",
        "generators/test_pages.py",
        "matching/test_matching.py",
        "probe/test_command.py",
        "probe/test_fetching.py",
        "probe/test_saving.py",
        "publish/test_build.py",
        "publish/test_incremental.py",
        "publish/test_packaging.py",
        "publish/test_published_changes.py",
        "registers/test_asking.py",
        "registers/test_shown.py",
        "registers/test_verifying.py",
        "site/test_downloads.py",
        "site/test_every_page.py",
        "site/test_full_text.py",
        "site/test_openapi.py",
        "site/test_pages_for_everybody.py",
        "site/test_payloads_in_a_browser.py",
        "site/test_plain_datasette.py",
        "site/test_stock_limits.py",
        "test_regular_expressions.py",
    }
)
"""Files whose tests take long together, as do the folders `faults` and `privacy`. `make test-fast` leaves them out."""

SOURCE = Source(
    title="Harbour LDN Society", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="number"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that take long as `slow`, and puts their files first: none of them shall be begun last."""
    for item in items:
        if _takes_long(item):
            item.add_marker(pytest.mark.slow)
    items.sort(key=_takes_long, reverse=True)


def _takes_long(item: pytest.Item) -> bool:
    file = item.path.relative_to(Path(__file__).parent)
    return file.parts[0] in ("faults", "privacy") or file.as_posix() in SLOW


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gazetteer that ships with the package: the project's own if there is one, else unpacked now."""
    if is_usable(PROJECT / "data" / "gazetteer.db"):
        return PROJECT / "data" / "gazetteer.db"
    path = tmp_path_factory.mktemp("world") / "gazetteer.db"
    unpack(path)
    return path


def listing_of(person: Practitioner) -> Listing:
    """The practitioner as a list that tells everything would have it."""
    same = (
        "credentials",
        "specialty",
        "website",
        "street",
        "city",
        "region",
        "region_code",
        "postcode",
        "country",
        "country_code",
    )
    return Listing(
        source="harbour",
        key=str(person.number),
        page="https://example.org/list",
        kind=Kind(person.kind),
        evidence=Evidence.LISTED,
        name=person.name,
        practice=person.practice if person.first else None,
        telehealth=person.telehealth,
        serves=person.serves,
        accepts_new=person.accepts_new,
        phones=(Phone(raw=person.phone, e164=person.phone),) if person.phone else (),
        latitude=person.latitude,
        longitude=person.longitude,
        **{name: getattr(person, name) for name in same},
    )


def built_of(people: Sequence[Practitioner], data: Path, world: Path) -> Path:
    """`ldn.db` of these practitioners in the folder `data`, built as any other and located by the gazetteer."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = tuple(listing_of(person).as_line() for person in people)
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run="20261101T000000Z-0000", source_id="harbour", source=SOURCE, started=now, finished=now, lines=lines
            )
        )
    build(data / "ledger.db", data / "ldn.db", gazetteer=world)
    (data / "gazetteer.db").symlink_to(world)
    return data / "ldn.db"


@pytest.fixture(scope="session")
def example_directory(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Path:
    """`ldn.db` of three hundred invented practitioners."""
    return built_of(invent_practitioners(300, 1), tmp_path_factory.mktemp("example"), world)


@pytest.fixture(scope="session")
def packaged_directory(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Path:
    """`ldn.db` of three hundred invented practitioners and one in Norway, with its downloads."""
    people = list(invent_practitioners(300, 1))
    norway = {
        "city": "Oslo",
        "region": "Oslo",
        "region_code": "NO-03",
        "postcode": "0150",
        "country": "Norway",
        "country_code": "NO",
    }
    somebody = replace(
        people[0],
        number=300,
        first="Sigrid",
        last="Fjellvang",
        practice="Fjordlys Klinikk",
        street="4 Havnegata",
        phone="+4722555101",
        email=None,
        website="https://fjordlys.example.org/",
        latitude=59.9139,
        longitude=10.7522,
        **norway,
    )
    directory = built_of([*people, somebody], tmp_path_factory.mktemp("packaged"), world)
    package(directory)
    return directory


@pytest.fixture(autouse=True)
def _sites_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes the sites that a test leaves open: each holds connections and threads, and there are thousands of tests."""
    begun: list[HotSwap] = []
    begin = HotSwap.__init__

    def noted(site: HotSwap, *args: Any, **kwargs: Any) -> None:
        begun.append(site)
        begin(site, *args, **kwargs)

    monkeypatch.setattr(HotSwap, "__init__", noted)
    yield
    for site in begun:
        if site.current is not None:
            # In a thread of its own: Playwright's loop may be running in this one.
            closing = Thread(target=asyncio.run, args=(site.close(),))
            closing.start()
            closing.join(10)


@pytest.fixture
def disk_of(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many megabytes. Skips where only somebody else may do that."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        if os.getuid() != 0 or not shutil.which("mount"):
            pytest.skip("only root mounts a small disk")
        disk = tmp_path / "disk"
        disk.mkdir()
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)], capture_output=True
        ).returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(disk)
        return disk

    yield mount
    for disk in mounted:
        subprocess.run(["umount", str(disk)], check=True)
