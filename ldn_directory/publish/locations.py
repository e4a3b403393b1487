"""Points for the places of a provider: never more precise than the list states, and never a home."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from ldn_directory.normalize.regions import fold
from ldn_directory.places import Gazetteer
from ldn_directory.places.geometry import is_on_earth
from ldn_directory.places.table import precision_of

Row = Mapping[str, Any]
STATED = ("latitude", "longitude", "postcode", "city", "region_code", "country_code")
POINT = ("latitude", "longitude", "precision_km", "located_by")
NOWHERE: dict[str, Any] = dict.fromkeys(POINT)


def point_of(row: Row, gazetteer: Gazetteer | None) -> dict[str, Any]:
    """Latitude, longitude, precision_km and located_by of a listing or place; all None if it cannot be located.

    Without a gazetteer only the point that the list states is known.
    """
    stated = SimpleNamespace(**{name: row.get(name) for name in STATED})
    if looks_residential(row):
        stated.latitude = stated.longitude = None
    if gazetteer is None:
        return _own_point(stated)
    place = gazetteer.locate(stated)
    return {name: getattr(place, name) for name in POINT} if place else dict(NOWHERE)


def _own_point(stated: SimpleNamespace) -> dict[str, Any]:
    if stated.latitude is None or stated.longitude is None or not is_on_earth((stated.latitude, stated.longitude)):
        return dict(NOWHERE)
    point = float(stated.latitude), float(stated.longitude)
    return dict(zip(POINT, (*point, precision_of(point), "source"), strict=True))


def looks_residential(row: Row) -> bool:
    """Whether the address may be a home: it names a flat, or is a person's and names no practice and no suite."""
    words = set(fold(f"{row.get('street') or ''} {row.get('address') or ''}").split())
    if words & _words()["home"]:
        return True
    is_a_person = row.get("kind") in (None, "prescriber") and bool(row.get("name")) and not row.get("practice")
    return bool(row.get("street")) and is_a_person and not words & _words()["business"]


def without_homes(claims: Iterable[tuple[str, str, str | None]], row: Row) -> Iterator[tuple[str, str, str | None]]:
    """The claims of a listing, without the point of an address that looks like a home."""
    hidden = ("latitude", "longitude") if looks_residential(row) else ()
    return (claim for claim in claims if claim[0] not in hidden)


@cache
def _words() -> dict[str, frozenset[str]]:
    table = tomllib.loads(files(__package__).joinpath("residential.toml").read_text(encoding="utf-8"))
    return {kind: frozenset(words) for kind, words in table.items()}
