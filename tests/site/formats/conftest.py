"""Entries of invented people with everything that a directory can hold, and the formats they are given in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from ldn_directory.site.formats import EntryView, SearchPage
from ldn_directory.site.queries.provider import get_entries
from ldn_directory.site.search import Columns, Query, search

from ..conftest import days_ago, insert, people, publish

BASE = "https://directory.example"


def everything(db: sqlite3.Connection) -> None:
    """Gives Ada Example two places, a second list, regions served and a register; the pharmacy a point that is only its town's."""
    db.execute(
        "UPDATE providers SET phone = '+15125550142', phone_written = '(512) 555-0142', email = 'ada@example.org', specialty = 'Neurology',"
        " accepts_new = 'yes', languages = 'Spanish, Old Dothraki', remark = 'Ring twice; ask, please', register_state = 'active' WHERE id = 1"
    )
    db.execute(
        "UPDATE locations SET address = '12 Elm Street, Dayton, OH 45402', street = '12 Elm Street', postcode = '45402', latitude = 39.76,"
        " longitude = -84.19, precision_km = 0.05, located_by = 'source' WHERE provider = 1"
    )
    insert(
        db,
        "locations",
        provider=1,
        practice="Second Practice",
        address="9 Oak Road, Columbus",
        city="Columbus",
        region="Ohio",
        region_code="US-OH",
        country="United States",
        country_code="US",
        latitude=39.96,
        longitude=-83.0,
        precision_km=6.5,
        located_by="city",
    )
    db.execute(
        "UPDATE locations SET latitude = 30.27, longitude = -97.74, precision_km = 9.0, located_by = 'city' WHERE provider = 5"
    )
    for code, name in (("US-OH", "Ohio"), ("US-OR", "Oregon")):
        insert(db, "serves", provider=1, region_code=code, region=name, country_code="US")
    seen = {"first_seen": days_ago(20), "last_confirmed": days_ago(5)}
    second = {"provider": 1, "source": "own", "page": "https://ada.example.org/about"}
    insert(
        db, "listings", id="f" * 16, evidence="own_site", name="Dr Ada Example", status="unconfirmed", **second, **seen
    )
    listed = {"listing": "f" * 16, **second, **seen}
    insert(db, "claims", field="name", value="Ada B. Example", shown=0, **listed)
    for field, value in (
        ("telehealth", "yes"),
        ("accepts_new", "yes"),
        ("languages", "Spanish"),
        ("languages", "Old Dothraki"),
        ("serves", "US-OH"),
        ("email", "ada@example.org"),
        ("specialty", "Neurology"),
        ("city", "Columbus"),
        ("practice", "Second Practice"),
    ):
        insert(db, "claims", field=field, value=value, shown=int(value != "Second Practice"), **listed)
    insert(
        db,
        "verifications",
        provider=1,
        register="nppes",
        state="active",
        number="1234567893",
        checked=days_ago(9),
        link="https://registry.example/provider/1234567893",
    )
    insert(db, "verifications", provider=1, register="cpso", state="check here", link="https://registry.example/look")


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which one entry has everything."""
    return publish(tmp_path_factory.mktemp("full") / "ldn.db", people(), everything)


@pytest.fixture
def db(full: Path) -> Iterator[sqlite3.Connection]:
    """A copy of it, to change at will."""
    with closing(sqlite3.connect(full)) as published, closing(sqlite3.connect(":memory:")) as copy:
        published.backup(copy)
        yield copy


@pytest.fixture
def shown(db: sqlite3.Connection) -> Callable[[int], EntryView]:
    """Gives an entry of the directory by its number."""

    def give(identity: int) -> EntryView:
        (entry,) = get_entries(db, [identity])
        return EntryView(entry=entry, base=BASE)

    return give


@pytest.fixture
def everybody(db: sqlite3.Connection) -> list[EntryView]:
    return [EntryView(entry=entry, base=BASE) for entry in get_entries(db, range(1, 11))]


@pytest.fixture
def found(db: sqlite3.Connection) -> Callable[..., SearchPage]:
    """A page of results with its entries."""

    def ask(**parameters: str) -> SearchPage:
        query = Query.parse(parameters)
        results = search(db, query, date.today(), columns=Columns.of(db))
        entries = get_entries(db, [row["id"] for row in results.rows])
        shown = [EntryView(entry=entry, base=BASE, distance_km=12.345 * number) for number, entry in enumerate(entries)]
        return SearchPage(base=BASE, query=query, results=results, shown=tuple(shown))

    return ask
