"""What registers are asked about providers: all the names, places, numbers and telephones that lists state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ldn_directory.normalize.names import looks_like_organisation

from .entries import Facts, PracticePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider of the directory, with what registers are asked about it."""

    id: int
    kind: str
    name: str
    facts: Facts
    listings: tuple[str, ...]


def providers_of(db: sqlite3.Connection) -> Iterator[Provider]:
    """The providers of a directory with what registers are asked about."""
    claims, places = _group_rows(db.execute(_CLAIMS)), _group_rows(db.execute(_PLACES))
    listings = _group_rows(db.execute("SELECT provider, id FROM listings ORDER BY provider, id"))
    said, where, ids = _RowGroups(claims), _RowGroups(places), _RowGroups(listings)
    for identity, kind, name, credentials in db.execute(
        "SELECT id, kind, name, coalesce(credentials, '') FROM providers ORDER BY id"
    ):
        yield _provider(
            identity,
            kind,
            name,
            credentials,
            said.of(identity),
            where.of(identity),
            tuple(row[1] for row in ids.of(identity)),
        )


_CLAIMS = (
    "SELECT provider, field, value, listing FROM claims"
    " WHERE field IN ('name', 'practice', 'credentials', 'phone', 'register', 'register_number')"
    " ORDER BY provider, shown DESC, id"
)
_PLACES = (
    "SELECT provider, street, city, region_code, postcode, country_code FROM locations"
    " UNION SELECT id, street, city, region_code, postcode, country_code FROM providers ORDER BY 1, 2, 3, 4, 5, 6"
)


def _group_rows(rows: Iterator[Any] | sqlite3.Cursor) -> Iterator[tuple[int, list[Any]]]:
    for identity, group in groupby(rows, key=lambda row: int(row[0])):
        yield identity, list(group)


class _RowGroups:
    """Groups of rows in the order of the providers, each given when its provider comes."""

    def __init__(self, groups: Iterator[tuple[int, list[Any]]]) -> None:
        self.groups = groups
        self.next = next(groups, None)

    def of(self, identity: int) -> list[Any]:
        """The rows of a provider; [] if it has none."""
        while self.next and self.next[0] < identity:
            self.next = next(self.groups, None)
        return self.next[1] if self.next and self.next[0] == identity else []


def _provider(
    identity: int,
    kind: str,
    name: str,
    credentials: str,
    claims: Sequence[Any],
    places: Sequence[Any],
    listings: tuple[str, ...],
) -> Provider:
    said: dict[str, list[str]] = {}
    for _, what, value, _ in claims:
        said.setdefault(what, []).append(value)
    names = list(dict.fromkeys([name, *said.get("name", ())]))
    is_person = kind in ("prescriber", "telehealth") and bool(said.get("name")) and not looks_like_organisation(name)
    if not is_person and kind != "prescriber":
        names = list(dict.fromkeys([*names, *said.get("practice", ())]))
    stated = _stated_numbers(claims)
    spots = tuple(
        PracticePlace(street=row[1], city=row[2], region_code=row[3], postcode=row[4], country_code=row[5])
        for row in places
    )
    facts = Facts(
        id=identity,
        is_person=is_person,
        names=tuple(names),
        credentials=tuple(dict.fromkeys([credentials, *said.get("credentials", ())])),
        spots=spots,
        phones=tuple(dict.fromkeys(said.get("phone", ()))),
        stated=tuple(number for register, number in stated if register == "npi"),
    )
    return Provider(id=identity, kind=kind, name=name, facts=facts, listings=listings)


def _stated_numbers(claims: Sequence[Any]) -> list[tuple[str, str]]:
    """(register, number) of each listing that states one."""
    by_listing: dict[str, dict[str, str]] = {}
    for _, what, value, listing in claims:
        if what in ("register", "register_number"):
            by_listing.setdefault(listing, {})[what] = value
    found = [
        (said.get("register", "").lower(), said["register_number"])
        for said in by_listing.values()
        if "register_number" in said
    ]
    return list(dict.fromkeys(found))
