"""Looks providers up in what is loaded: the entries that each may be, many providers in one pass over the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

import duckdb

from ldn_directory.normalize.npi import is_npi

from .entries import Entry, Facts, OtherPlace, Shares
from .exclusions import ExclusionEntry, key_of, keys_of
from .names import initials_of, name_of, organisation_key
from .store import put_rows

_EXCLUDED = tuple(field.name for field in fields(ExclusionEntry))


def entries_for(db: duckdb.DuckDBPyConnection, askers: Sequence[Facts]) -> Iterator[tuple[Facts, list[Entry]]]:
    """Each of the providers (with different ids) with the entries of NPPES that it may be, in the order given."""
    by_id = {facts.id: facts for facts in askers}
    db.execute(
        "CREATE OR REPLACE TEMP TABLE wanted"
        " (asker BIGINT, what VARCHAR, value VARCHAR, place VARCHAR, initial VARCHAR)"
    )
    put_rows(db, "wanted", _lookup_rows(askers))
    db.execute(_sql("lookup.sql"))
    total = int(
        db.execute("SELECT coalesce(max(entries), 0) FROM registers.shares WHERE what = 'total'").fetchall()[0][0]
    )
    found = {
        asker: [_entry(row, total) for row in rows] for asker, rows in groupby(_rows(db), key=lambda row: row["asker"])
    }
    for asker, facts in by_id.items():
        yield facts, found.get(asker, [])


def _lookup_rows(askers: Iterable[Facts]) -> Iterator[tuple[int, str, str, str, str]]:
    for facts in askers:
        for number in facts.stated:
            if is_npi(number):
                yield facts.id, "npi", number, "", ""
        yield from set(_wanted_names(facts) if facts.is_person else _wanted_organisations(facts))


def _wanted_names(facts: Facts) -> Iterator[tuple[int, str, str, str, str]]:
    regions, postcodes, phones = _american(facts)
    for text in facts.names:
        name = name_of(text)
        if name is None:
            continue
        for initial in initials_of(name) | {name.middle[:1] or name.given[0]}:
            for surname in name.surnames:
                yield from ((facts.id, "surname", surname, region, initial) for region in regions)
                yield from ((facts.id, "postcode", surname, code, initial) for code in postcodes)
            yield from ((facts.id, "phone", phone, "", initial) for phone in phones)


def _wanted_organisations(facts: Facts) -> Iterator[tuple[int, str, str, str, str]]:
    regions, _, phones = _american(facts)
    for name in facts.names:
        if wanted := organisation_key(name):
            yield from ((facts.id, "organisation", wanted, region, "") for region in regions)
    yield from ((facts.id, "organisation phone", phone, "", "") for phone in phones)


def _american(facts: Facts) -> tuple[set[str], set[str], set[str]]:
    """(states, postcodes of five digits, telephone numbers of ten) as NPPES writes them."""
    regions = {spot.region_code[3:] for spot in facts.spots if spot.region_code and spot.region_code.startswith("US-")}
    postcodes = {
        spot.postcode[:5]
        for spot in facts.spots
        if spot.postcode and spot.postcode[:5].isdigit() and spot.country_code in ("US", None)
    }
    phones = {phone[2:] for phone in facts.phones if phone.startswith("+1") and len(phone) == 12}
    return regions, postcodes, phones


def _rows(db: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    cursor = db.execute(_sql("lookup_details.sql"))
    names = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(10_000):
        yield from (dict(zip(names, row, strict=True)) for row in rows)


@cache
def _sql(name: str) -> str:
    return files("ldn_directory.registers").joinpath(name).read_text("utf-8")


def _entry(row: dict[str, Any], total: int) -> Entry:
    names = (row["organisation"], row["other_organisation"], *(row["names"] or ()))
    return Entry(
        number=str(row["npi"]),
        active=not row["ended"],
        since=row["since"].isoformat() if row["ended"] else None,
        other_surnames=(row["other_surname"],) if row["other_surname"] else (),
        organisations=tuple(name for name in names if name),
        elsewhere=tuple(OtherPlace(**_place(place, total)) for place in row["places"] or ()),
        taxonomies=tuple(row["taxonomies"].split()),
        **{name: row[name] for name in ("given", "middle", "surname", "suffix", "credential")},
        **_place(row, total),
    )


def _place(row: dict[str, Any], total: int) -> dict[str, Any]:
    """A place of practice as `Entry` and `OtherPlace` have it."""
    return {
        "street": row["street"],
        "city": row["city"],
        "region_code": f"US-{row['region']}" if row["region"] else "",
        "postcode": row["postcode"],
        "phone": f"+1{row['phone']}" if len(row["phone"]) == 10 else "",
        "shares": Shares(total=max(total, 1), **row["shares"]),
    }


def exclusions_by_name(db: duckdb.DuckDBPyConnection) -> dict[str, list[ExclusionEntry]]:
    """All entries of the LEIE under the names by which `exclusions_for` finds them."""
    found: dict[str, list[ExclusionEntry]] = {}
    for row in db.execute(f"SELECT {', '.join(_EXCLUDED)} FROM registers.leie ORDER BY key").fetchall():
        said: dict[str, Any] = {
            name: "" if value is None else value for name, value in zip(_EXCLUDED, row, strict=True)
        }
        entry = ExclusionEntry(**said)
        found.setdefault(key_of(entry), []).append(entry)
    return found


def exclusions_for(
    by_name: Mapping[str, list[ExclusionEntry]], askers: Iterable[Facts]
) -> Iterator[tuple[Facts, list[ExclusionEntry]]]:
    """Those of the providers with entries of the LEIE under their names."""
    for facts in askers:
        found = {entry.key: entry for wanted in keys_of(facts) if wanted for entry in by_name.get(wanted, ())}
        if found:
            yield facts, [found[key] for key in sorted(found)]
