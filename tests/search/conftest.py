"""A directory of the invented practitioners, built as any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.build import build
from ldn_directory.example.practitioners import Practitioner, invented
from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.places import Gazetteer
from ldn_directory.site.search import Columns, Query, Results, search

SOURCE = Source(title="Harbour LDN Society", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="number")


def listing_of(person: Practitioner) -> Listing:
    """The practitioner as a list that tells everything would have it."""
    same = ("credentials", "specialty", "website", "street", "city", "region", "region_code", "postcode", "country", "country_code")
    return Listing(
        source="harbour", key=str(person.number), page="https://example.org/list", kind=Kind(person.kind), evidence=Evidence.LISTED,
        name=person.name, practice=person.practice if person.first else None, telehealth=person.telehealth, serves=person.serves,
        accepts_new=person.accepts_new, phones=(Phone(raw=person.phone, e164=person.phone),) if person.phone else (),
        latitude=person.latitude, longitude=person.longitude, **{name: getattr(person, name) for name in same},
    )  # fmt: skip


@pytest.fixture(scope="session")
def example_directory(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Path:
    """`ldn.db` of three hundred invented practitioners, located by the gazetteer."""
    data = tmp_path_factory.mktemp("example")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = tuple(listing_of(person).as_line() for person in invented(300, 1))
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(Harvest(run="20261101T000000Z-0000", source_id="harbour", source=SOURCE, started=now, finished=now, lines=lines))
    build(data / "ledger.db", data / "ldn.db", gazetteer=world)
    (data / "gazetteer.db").symlink_to(world)
    return data / "ldn.db"


@pytest.fixture(scope="session")
def ask(example_directory: Path, world: Path) -> Callable[..., Results]:
    """Asks the search."""
    db = sqlite3.connect(example_directory)
    columns, gazetteer = Columns.of(db), Gazetteer.open(world)

    def asked(**parameters: Any) -> Results:
        query = Query.parsed({name: str(value) for name, value in parameters.items()})
        return search(db, query, datetime.now(UTC).date(), columns=columns, gazetteer=gazetteer)

    return asked
