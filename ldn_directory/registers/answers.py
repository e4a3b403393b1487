"""What the registers' public interfaces are asked and answer, and the file in which the last good answers are kept.

An answer is kept under its question, not under a provider: providers may be merged or split, and the question that a
provider's facts lead to stays the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ldn_directory.normalize.npi import is_npi
from ldn_directory.storage import format_time

from .entries import Entry, Facts, OtherPlace
from .errors import RegisterError
from .names import name_of

ANSWERS_FILE = "register_answers.db"
NPPES_ADDRESS = "https://npiregistry.cms.hhs.gov/api/"
ODS_ADDRESS = "https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations"
NPPES_LIMIT, NPPES_MOST_SKIP = 200, 1000
"""What the interface gives in one answer, and how far it lets one go: 1,200 entries in all."""
ODS_LIMIT = 1000
ODS_ROLES = {"pharmacy": "RO182", "clinic": "RO177"}
"""Primary roles: pharmacy, prescribing cost centre (which a general practice is)."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
  register TEXT NOT NULL,
  question TEXT NOT NULL,
  answered TEXT NOT NULL,
  rows TEXT NOT NULL,
  PRIMARY KEY (register, question)
) STRICT, WITHOUT ROWID;
"""


class BadAnswer(ValueError):
    """An answer that is none; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One look-up: parameters of an interface, in a fixed order."""

    register: str
    ask: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """What its answer is kept under."""
        return urlencode(self.ask)

    def address(self, base: str, skip: int = 0) -> str:
        """The address to ask at, past the first `skip` entries."""
        if self.register == "ods":
            return f"{base}?{urlencode([*self.ask, ('Limit', ODS_LIMIT)])}"
        skipped = [("skip", skip)] if skip else []
        return f"{base}?{urlencode([('version', '2.1'), *self.ask, ('limit', NPPES_LIMIT), *skipped])}"


def question_of(facts: Facts, kind: str) -> Question | None:
    """What the right register is to be asked about a provider; None if there is nothing to ask, or none to be asked."""
    countries = {spot.country_code for spot in facts.spots}
    if "US" in countries:
        return _nppes_question(facts)
    if "GB" in countries and kind in ODS_ROLES and not facts.is_person:
        return _ods_question(facts, kind)
    return None


def _nppes_question(facts: Facts) -> Question | None:
    if number := next((number for number in facts.stated if is_npi(number)), None):
        return Question(register="nppes", ask=(("number", number),))
    region = next(
        (spot.region_code[3:] for spot in facts.spots if spot.region_code and spot.region_code.startswith("US-")), None
    )
    if region is None:
        return None
    if not facts.is_person:
        return Question(
            register="nppes",
            ask=(("enumeration_type", "NPI-2"), ("organization_name", facts.names[0]), ("state", region)),
        )
    name = next((name for text in facts.names if (name := name_of(text))), None)
    if name is None or len(name.surnames[0]) < 2:
        return None
    first = name.given if len(name.given) > 1 else f"{name.given}*"
    if len(first.rstrip("*")) < 2:
        return None
    ask = (("enumeration_type", "NPI-1"), ("first_name", first), ("last_name", name.surnames[0]), ("state", region))
    return Question(register="nppes", ask=ask)


def _ods_question(facts: Facts, kind: str) -> Question | None:
    code = next((spot.postcode for spot in facts.spots if spot.country_code == "GB" and spot.postcode), None)
    if code is None:
        return None
    return Question(register="ods", ask=(("PostCode", code), ("PrimaryRoleId", ODS_ROLES[kind])))


def rows_in(register: str, body: bytes) -> list[dict[str, Any]]:
    """The entries in an answer, as published. Raises BadAnswer for what is none, such as `Errors` under status 200."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise BadAnswer("answered with something that is no JSON") from None
    if not isinstance(said, dict):
        raise BadAnswer("answered with JSON of another form")
    if errors := said.get("Errors") or said.get("errors"):
        raise BadAnswer(f"answered with an error: {_describe(errors)}")
    rows = said.get("results" if register == "nppes" else "Organisations")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer("answered with JSON of another form")
    return rows


def _describe(errors: Any) -> str:
    listed = errors if isinstance(errors, list) else [errors]
    return "; ".join(
        str(error.get("description", error)) if isinstance(error, dict) else str(error) for error in listed
    )[:300]


def entries_in(register: str, rows: list[dict[str, Any]]) -> list[Entry]:
    """The entries of an answer as values; those that are not of the known form are left out."""
    read = _nppes_entry if register == "nppes" else _ods_entry
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except (KeyError, TypeError, AttributeError):
            continue
    return found


def _nppes_entry(row: Mapping[str, Any]) -> Entry:
    basic, person = row["basic"], row.get("enumeration_type") == "NPI-1"
    others = [other for other in row.get("other_names") or () if isinstance(other, dict)]
    places = [place for place in row.get("addresses") or () if place.get("address_purpose") == "LOCATION"]
    first, *further = [*places[:1], *(row.get("practiceLocations") or ())] if places else [{}]
    organisations = [basic.get("organization_name"), *(other.get("organization_name") for other in others)]
    ended = basic.get("status", "A") != "A"
    return Entry(
        number=str(row["number"]),
        active=not ended,
        since=_day(basic.get("deactivation_date")) if ended else None,
        given=_text(basic, "first_name") if person else "",
        middle=_text(basic, "middle_name"),
        surname=_text(basic, "last_name") if person else "",
        suffix=_text(basic, "name_suffix"),
        credential=_text(basic, "credential"),
        taxonomies=tuple(str(one["code"]) for one in row.get("taxonomies") or () if one.get("code")),
        other_surnames=tuple(_text(other, "last_name") for other in others if other.get("last_name")),
        organisations=() if person else tuple(str(name) for name in organisations if name),
        elsewhere=tuple(OtherPlace(**_nppes_place(place)) for place in further),
        **_nppes_place(first),
    )


def _nppes_place(place: Mapping[str, Any]) -> dict[str, Any]:
    """A place of practice as `Entry` has it."""
    digits, state = "".join(ch for ch in _text(place, "telephone_number") if ch.isdigit()), _text(place, "state")
    return {
        "street": _text(place, "address_1"),
        "city": _text(place, "city"),
        "postcode": _text(place, "postal_code")[:5],
        "region_code": f"US-{state}" if state else "",
        "phone": f"+1{digits[-10:]}" if len(digits) >= 10 else "",
    }


def _text(row: Mapping[str, Any], name: str) -> str:
    """A value; "--" is how the interface says that there is none."""
    value = str(row.get(name) or "")
    return "" if value == "--" else value


def _day(text: Any) -> str | None:
    try:
        return date.fromisoformat(str(text)[:10]).isoformat()
    except ValueError:
        return None


def _ods_entry(row: Mapping[str, Any]) -> Entry:
    active = row["Status"] == "Active"
    return Entry(
        number=str(row["OrgId"]),
        active=active,
        since=None if active else _day(row.get("LastChangeDate")),
        organisations=(str(row["Name"]),),
        postcode=str(row.get("PostCode") or ""),
    )


class Answers:
    """The answers that are kept, in `data/register_answers.db`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    @classmethod
    @contextmanager
    def open(cls, data: Path) -> Iterator[Answers]:
        """The file, made if it is not there. Raises RegisterError for what is none."""
        path = data / ANSWERS_FILE
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
            try:
                db.executescript(_SCHEMA)
            except sqlite3.DatabaseError as error:
                raise RegisterError(
                    f"{path} cannot be read ({error}): it is a cache: delete it, and ask again (ldn registers fetch)"
                ) from None
            yield cls(db)

    def keep(self, question: Question, rows: list[dict[str, Any]], answered: datetime) -> None:
        """Keeps an answer in the place of the one before."""
        self.db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
            (
                question.register,
                question.key,
                format_time(answered),
                json.dumps(rows, ensure_ascii=False),
            ),
        )

    def of(self, question: Question) -> tuple[str, list[Entry]] | None:
        """(when it was given, the entries) of the last good answer to a question."""
        found = self.db.execute(
            "SELECT answered, rows FROM answers WHERE register = ? AND question = ?", (question.register, question.key)
        ).fetchone()
        return (str(found[0]), entries_in(question.register, json.loads(found[1]))) if found else None

    def answered(self, question: Question) -> str | None:
        """When a question was last answered."""
        found = self.db.execute(
            "SELECT answered FROM answers WHERE register = ? AND question = ?", (question.register, question.key)
        ).fetchone()
        return str(found[0]) if found else None
