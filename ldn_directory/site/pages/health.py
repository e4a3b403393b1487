"""How things stand for whoever keeps the directory: what commands have left in `status.json` beside the published file.

What is late is reckoned when the page is shown, so that a schedule that has stopped shows as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ldn_directory.model import is_late

FILE = "status.json"
FORM = 2
MOST_BYTES = 4_000_000
USUAL_DAYS = 7
MOST_DAYS = 3_650


class State(StrEnum):
    """How a source stands."""

    FRESH = "fresh"
    DUE = "due"
    LATE = "late"
    HELD = "held"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    LOST = "lost"
    """A run was taken, but the ledger has it no more."""
    NEVER = "never"


GOOD = frozenset({State.FRESH, State.DUE})
_TAKEN = frozenset({"passed", "accepted"})


class Unreadable(Exception):
    """There is a file, but it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The last run of a source."""

    run: str
    at: str
    outcome: str
    listings: int
    gates: tuple[str, ...]
    """Names of the gates that hold it."""
    acceptable: bool
    """Whether a person may let it in."""
    unread_pages: int
    repeated: int
    stated: int | None
    """How many entries the server says there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A source as it was when the file was written. Dates are UTC."""

    source: str
    title: str
    every_days: int
    last_good: datetime | None
    due: datetime | None
    listings: int
    run: LastRun | None
    looks: Mapping[str, int]
    """Of a source whose entries' own pages are looked at: what the last look found -> how many."""

    def state(self, now: datetime) -> State:
        """How it stands at a moment."""
        outcome = self.run.outcome if self.run else None
        if outcome is not None and outcome not in _TAKEN:
            return State(outcome) if outcome in {*State} else State.FAILED
        if self.last_good is None or self.due is None:
            return State.NEVER if outcome is None else State.LOST
        if is_late(self.last_good, self.every_days, now):
            return State.LATE
        return State.DUE if now > self.due else State.FRESH

    def overdue_days(self, now: datetime) -> int:
        """For how many whole days it has been due."""
        return max(0, (now - self.due).days) if self.due else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """An official register that is loaded."""

    register: str
    as_of: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What the file says. None is what could not be known when it was written."""

    written: datetime
    sources: tuple[Kept, ...]
    unknown: frozenset[str]
    waiting: bool | None
    """Whether somebody is kept out until a person decides. Neither who nor why nor how many: whoever watches could tell."""
    doubts: int | None
    registers: tuple[Register, ...] | None
    gazetteer: str | None
    """When it was built; None if there is none that can be used."""

    def is_old(self, now: datetime) -> bool:
        """Whether no command has run for longer than the shortest interval allows."""
        days = min((source.every_days for source in self.sources), default=USUAL_DAYS)
        return is_late(self.written, days, now)


def upkeep_beside(directory: Path) -> Upkeep | None:
    """What stands in the file beside a published directory; None if there is none. Raises Unreadable."""
    path = directory.with_name(FILE)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable
        return _read(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Unreadable from None


def _read(stated: dict[str, Any]) -> Upkeep:
    if stated["form"] != FORM:
        raise ValueError("another form")
    registers, gazetteer = stated["registers"], stated["gazetteer"]
    return Upkeep(
        written=_moment(stated["written"]),
        sources=tuple(_kept(one) for one in stated["sources"]),
        unknown=frozenset(map(str, stated["unknown"])),
        doubts=_number(stated["doubts"]),
        waiting=None if stated["waiting"] is None else bool(stated["waiting"]),
        registers=None if registers is None else tuple(_register(one) for one in registers),
        gazetteer=f"{_moment(gazetteer['built']):%Y-%m-%dT%H:%M:%SZ}" if gazetteer else None,
    )


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        source=str(row["source"]),
        title=str(row["title"]),
        every_days=_days(row["every_days"]),
        last_good=_moment(row["last_good"]) if row["last_good"] else None,
        due=_moment(row["due"]) if row["due"] else None,
        listings=int(row["listings"]),
        run=_run(row["run"]) if row["run"] else None,
        looks={str(outcome): int(count) for outcome, count in row["looks"].items()},
    )


def _run(row: dict[str, Any]) -> LastRun:
    return LastRun(
        run=str(row["run"]),
        at=f"{_moment(row['at']):%Y-%m-%dT%H:%M:%SZ}",
        outcome=str(row["outcome"]),
        listings=int(row["listings"]),
        gates=tuple(map(str, row["gates"])),
        acceptable=bool(row["acceptable"]),
        unread_pages=int(row["unread_pages"]),
        repeated=int(row["repeated"]),
        stated=_number(row["stated"]),
    )


def _register(row: dict[str, Any]) -> Register:
    datetime.fromisoformat(row["as_of"])
    return Register(register=str(row["register"]), as_of=str(row["as_of"]), entries=int(row["entries"]))


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _days(value: Any) -> int:
    if not 1 <= int(value) <= MOST_DAYS:
        raise ValueError("no interval between readings")
    return int(value)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if not 2000 <= found.year < 2200:
        raise ValueError("no date of a reading")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
