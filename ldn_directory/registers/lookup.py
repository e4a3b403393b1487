"""Looks providers up in what is loaded: the entries that each may be, many providers in one pass over the register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from itertools import groupby
from typing import Any

import duckdb

from .exclusions import Excluded, key_of, keys_of
from .matching import Elsewhere, Entry, Facts, Shares
from .names import initials_of, name_of, organisation_key
from .npi import is_npi
from .store import put_rows

_EXCLUDED = tuple(field.name for field in fields(Excluded))
_FIELDS = (
    "given",
    "middle",
    "surname",
    "suffix",
    "organisation",
    "other_organisation",
    "credential",
    "taxonomies",
    "street",
    "city",
    "region",
    "postcode",
    "phone",
)


def entries_for(db: duckdb.DuckDBPyConnection, askers: Sequence[Facts]) -> Iterator[tuple[Facts, list[Entry]]]:
    """Each of the providers (with different ids) with the entries of NPPES that it may be, in the order given."""
    by_id = {facts.id: facts for facts in askers}
    db.execute(
        "CREATE OR REPLACE TEMP TABLE wanted (asker BIGINT, what VARCHAR, value VARCHAR, place VARCHAR, initial VARCHAR)"
    )
    put_rows(db, "wanted", _wanted(askers))
    for statement in files("ldn_directory.registers").joinpath("lookup.sql").read_text("utf-8").split(";\n"):
        if statement.strip():
            db.execute(statement)
    total = int(
        db.execute("SELECT coalesce(max(entries), 0) FROM registers.shares WHERE what = 'total'").fetchall()[0][0]
    )
    found = {
        asker: [_entry(row, total) for row in rows] for asker, rows in groupby(_rows(db), key=lambda row: int(row[0]))
    }
    for asker, facts in by_id.items():
        yield facts, found.get(asker, [])


def _wanted(askers: Iterable[Facts]) -> Iterator[tuple[int, str, str, str, str]]:
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


def _rows(db: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    cursor = db.execute(_DETAILS)
    while rows := cursor.fetchmany(10_000):
        yield from rows


_DETAILS = f"""
SELECT f.asker, n.npi, n.deactivated IS NOT NULL AND (n.reactivated IS NULL OR n.reactivated < n.deactivated), n.deactivated,
  {", ".join(f"coalesce(n.{name}, '')" for name in _FIELDS)}, coalesce(n.other_surname, ''),
  coalesce(s.entries, 1), coalesce(g.entries, 1), coalesce(o.entries, 1), coalesce(t.entries, 1), coalesce(z.entries, 1),
  coalesce(c.entries, 1), coalesce(r.entries, 1), p.places, m.names
FROM found AS f JOIN registers.nppes AS n USING (npi)
LEFT JOIN (
  SELECT npi, list({{
    'street': coalesce(e.street, ''), 'city': coalesce(e.city, ''), 'region': coalesce(e.region, ''), 'postcode': coalesce(e.postcode, ''),
    'phone': coalesce(e.phone, ''),
    'counts': [coalesce(t.entries, 1), coalesce(z.entries, 1), coalesce(c.entries, 1), coalesce(r.entries, 1)]
  }} ORDER BY e.street, e.city, e.postcode, e.phone) AS places
  FROM registers.more_places AS e
  LEFT JOIN phones AS t ON t.phone = e.phone
  LEFT JOIN registers.shares AS z ON z.what = 'postcode' AND z.value = e.postcode
  LEFT JOIN registers.shares AS c ON c.what = 'city' AND c.value = e.region || ' ' || e.city
  LEFT JOIN registers.shares AS r ON r.what = 'region' AND r.value = e.region
  WHERE npi IN (SELECT npi FROM found) GROUP BY npi
) AS p ON p.npi = n.npi
LEFT JOIN (
  SELECT npi, list(organisation ORDER BY organisation) AS names FROM registers.more_names WHERE npi IN (SELECT npi FROM found) GROUP BY npi
) AS m ON m.npi = n.npi
LEFT JOIN registers.shares AS s ON s.what = 'surname' AND s.value = n.surname_key
LEFT JOIN registers.shares AS g ON g.what = 'given' AND g.value = n.given
LEFT JOIN registers.shares AS o ON o.what = 'organisation' AND o.value = n.organisation_key
LEFT JOIN phones AS t ON t.phone = n.phone
LEFT JOIN registers.shares AS z ON z.what = 'postcode' AND z.value = n.postcode
LEFT JOIN registers.shares AS c ON c.what = 'city' AND c.value = n.region || ' ' || n.city
LEFT JOIN registers.shares AS r ON r.what = 'region' AND r.value = n.region
ORDER BY f.asker, n.npi
"""


def _entry(row: tuple[Any, ...], total: int) -> Entry:
    _, npi, ended, since, *texts = row[: 4 + len(_FIELDS)]
    said = dict(zip(_FIELDS, texts, strict=True))
    other, surname, given, organisation, phone, postcode, city, region, places, names = row[4 + len(_FIELDS) :]
    return Entry(
        number=str(npi),
        active=not ended,
        since=since.isoformat() if ended else None,
        given=said["given"],
        middle=said["middle"],
        surname=said["surname"],
        suffix=said["suffix"],
        other_surnames=(other,) if other else (),
        organisations=tuple(
            name for name in (said["organisation"], said["other_organisation"], *(names or ())) if name
        ),
        elsewhere=tuple(_elsewhere(place, total) for place in places or ()),
        credential=said["credential"],
        taxonomies=tuple(said["taxonomies"].split()),
        **_place(said["street"], said["city"], said["region"], said["postcode"], said["phone"]),
        shares=Shares(
            total=max(total, 1),
            surname=surname,
            given=given,
            organisation=organisation,
            phone=phone,
            postcode=postcode,
            city=city,
            region=region,
        ),
    )


def _elsewhere(place: dict[str, Any], total: int) -> Elsewhere:
    phone, postcode, city, region = place.pop("counts")
    return Elsewhere(
        **_place(**place), shares=Shares(total=max(total, 1), phone=phone, postcode=postcode, city=city, region=region)
    )


def _place(street: str, city: str, region: str, postcode: str, phone: str) -> dict[str, Any]:
    """A place of practice as `Entry` has it."""
    return {
        "street": street,
        "city": city,
        "region_code": f"US-{region}" if region else "",
        "postcode": postcode,
        "phone": f"+1{phone}" if len(phone) == 10 else "",
    }


def exclusions_by_name(db: duckdb.DuckDBPyConnection) -> dict[str, list[Excluded]]:
    """All entries of the LEIE under the names by which `exclusions_for` finds them."""
    found: dict[str, list[Excluded]] = {}
    for row in db.execute(f"SELECT {', '.join(_EXCLUDED)} FROM registers.leie ORDER BY key").fetchall():
        said: dict[str, Any] = {
            name: "" if value is None else value for name, value in zip(_EXCLUDED, row, strict=True)
        }
        entry = Excluded(**said)
        found.setdefault(key_of(entry), []).append(entry)
    return found


def exclusions_for(
    by_name: Mapping[str, list[Excluded]], askers: Iterable[Facts]
) -> Iterator[tuple[Facts, list[Excluded]]]:
    """Those of the providers with entries of the LEIE under their names."""
    for facts in askers:
        found = {entry.key: entry for wanted in keys_of(facts) if wanted for entry in by_name.get(wanted, ())}
        if found:
            yield facts, [found[key] for key in sorted(found)]
