"""The OIG's list of excluded individuals and entities (LEIE), and whether a provider may be in it.

A hit accuses nobody: the provider is withheld until a person has looked, and nothing that is published says why.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from .entries import Facts, PracticePlace
from .errors import RegisterError, refuse_if_many
from .layout import LEIE_COLUMNS
from .names import is_nickname, key, name_of, organisation_key, street_key

_IDENTIFYING = ("LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "NPI", "STATE", "EXCLTYPE", "EXCLDATE")
_NEEDED = tuple(name for name in LEIE_COLUMNS if name not in ("UPIN", "DOB", "WAIVERDATE", "WVRSTATE"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionEntry:
    """One entry of the list; an empty text is what it does not state."""

    key: str
    """Twelve hex digits from what identifies it: the same in every month."""
    surname: str
    given: str
    middle: str
    organisation: str
    general: str
    specialty: str
    npi: str
    street: str
    city: str
    region: str
    postcode: str
    kind: str
    """Section of the Social Security Act, such as 1128a1."""
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionMatch:
    """A provider and an entry that may be the same: `strong` if it is to be withheld."""

    entry: ExclusionEntry
    strong: bool
    evidence: tuple[str, ...]


def read_exclusions(path: Path) -> tuple[list[ExclusionEntry], list[str]]:
    """The entries in force, and what is wrong with those left out. Raises RegisterError if the file is no such list."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as content:
            return _read(csv.DictReader(content, strict=True), path.name)
    except csv.Error as error:
        raise RegisterError(f"{path.name} is no whole CSV file ({error}): download it again") from None


def _read(rows: csv.DictReader[str], name: str) -> tuple[list[ExclusionEntry], list[str]]:
    header = rows.fieldnames or []
    if missing := [column for column in _NEEDED if column not in header]:
        raise RegisterError(
            f"{name} lacks the columns {', '.join(missing)}: its layout has changed, or it is another file"
        )
    found: list[ExclusionEntry] = []
    wrong: list[str] = []
    count = 0
    for row in rows:
        count += 1
        if any(row[column] is None for column in _NEEDED):
            raise RegisterError(
                f"{name}, line {rows.line_num}: it ends in the middle of an entry: it was cut off; download it again"
            )
        if row["REINDATE"].strip("0 "):
            continue
        since = _day(row["EXCLDATE"])
        if since is None:
            wrong.append(f"line {rows.line_num}: {row['EXCLDATE']!r} is no date (YYYYMMDD)")
        else:
            found.append(_exclusion_entry(row, since))
    refuse_if_many(len(wrong), count, name, "".join(wrong[:1]))
    return found, wrong


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()
    except ValueError:
        return None


def _exclusion_entry(row: dict[str, str], since: date) -> ExclusionEntry:
    said = "\x1f".join(row[column].strip() for column in _IDENTIFYING)
    texts = {column: row[column].strip() for column in _NEEDED}
    return ExclusionEntry(
        key=hashlib.sha256(said.encode()).hexdigest()[:12],
        surname=texts["LASTNAME"],
        given=texts["FIRSTNAME"],
        middle=texts["MIDNAME"],
        organisation=texts["BUSNAME"],
        general=texts["GENERAL"],
        specialty=texts["SPECIALTY"],
        npi=texts["NPI"] if texts["NPI"].strip("0") else "",
        street=texts["ADDRESS"],
        city=texts["CITY"],
        region=texts["STATE"],
        postcode=texts["ZIP"][:5],
        kind=texts["EXCLTYPE"],
        since=since,
    )


def keys_of(facts: Facts) -> Iterator[str]:
    """Under which names an entry of the list may stand that is this provider."""
    for text in facts.names:
        if not facts.is_person:
            yield organisation_key(text)
        elif name := name_of(text):
            yield from name.surnames


def key_of(entry: ExclusionEntry) -> str:
    """The name under which an entry is looked up."""
    return key(entry.surname) if entry.surname else organisation_key(entry.organisation)


def find_hit(facts: Facts, entry: ExclusionEntry, numbers: frozenset[str]) -> ExclusionMatch | None:
    """Whether a provider may be an excluded one. `numbers`: its NPIs, as matched or stated.

    A hit is strong if the number and the name agree, or the full name and the postcode, town or street. A name in the
    same state alone is a weak hit, which is only reported: there are too many namesakes.
    """
    evidence = _person_evidence(facts, entry) if facts.is_person else _organisation_evidence(facts, entry)
    if evidence is None:
        return None
    if entry.npi and entry.npi in numbers:
        return ExclusionMatch(entry=entry, strong=True, evidence=(*evidence, f"same NPI ({entry.npi})"))
    if entry.npi and numbers:
        return None
    spots = [spot for spot in facts.spots if spot.region_code == f"US-{entry.region}"]
    if not spots:
        return None
    places = [word for spot in spots for word in _same_place(spot, entry)]
    return ExclusionMatch(
        entry=entry,
        strong=bool(places),
        evidence=(*evidence, *(dict.fromkeys(places) or (f"same state ({entry.region})",))),
    )


def _person_evidence(facts: Facts, entry: ExclusionEntry) -> tuple[str, ...] | None:
    for text in facts.names:
        name = name_of(text)
        if not name or not entry.surname or key(entry.surname) not in name.surnames:
            continue
        given, middle = key(entry.given), key(entry.middle)
        if not given or not any(given == one or (len(one) > 1 and is_nickname(one, given)) for one in name.givens):
            continue
        if middle and name.middle and middle[0] != name.middle[0]:
            continue
        return (f"same name ({entry.given} {entry.middle} {entry.surname})".replace("  ", " "),)
    return None


def _organisation_evidence(facts: Facts, entry: ExclusionEntry) -> tuple[str, ...] | None:
    wanted = organisation_key(entry.organisation)
    same = wanted and any(organisation_key(name) == wanted for name in facts.names)
    return (f"same name ({entry.organisation})",) if same else None


def _same_place(spot: PracticePlace, entry: ExclusionEntry) -> Iterator[str]:
    if spot.postcode and entry.postcode and spot.postcode[:5] == entry.postcode:
        yield f"same postcode ({entry.postcode})"
    if spot.city and key(spot.city) == key(entry.city):
        yield f"same town ({entry.city})"
    if spot.street and street_key(spot.street) and street_key(spot.street) == street_key(entry.street):
        yield f"same street ({entry.street})"
