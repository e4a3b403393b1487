"""What commands have left in `status.json` beside the published file, for whoever maintains the directory.

Whether a source is late is decided when the page is shown, so that a schedule that has stopped shows as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from ldn_directory.model import is_late
from ldn_directory.storage import format_time

FILE = "status.json"
FORM = 2
MOST_BYTES = 4_000_000
DEFAULT_INTERVAL_DAYS = 7
MOST_DAYS = 3_650
Json = Mapping[str, Any]


class State(StrEnum):
    """The state of a source."""

    FRESH = "fresh"
    DUE = "due"
    LATE = "late"
    HELD = "held"
    UNACCEPTED = "unaccepted"
    """A person took the last harvest back."""
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    LOST = "lost"
    """A run was accepted, but the ledger no longer has it."""
    NEVER = "never"


GOOD = frozenset({State.FRESH, State.DUE})
_ACCEPTED = frozenset({"passed", "accepted"})


class UnreadableStatus(Exception):
    """The file exists but cannot be read."""


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
    """Whether a person may accept it."""
    unread_pages: int
    repeated: int
    stated: int | None
    """How many entries the server says there are."""

    @classmethod
    def read(cls, row: Json) -> Self:
        """A run as the file has it. Raises ValueError and the like."""
        return cls(
            run=str(row["run"]),
            at=format_time(_moment(row["at"])),
            outcome=str(row["outcome"]),
            listings=int(row["listings"]),
            gates=tuple(map(str, row["gates"])),
            acceptable=bool(row["acceptable"]),
            unread_pages=int(row["unread_pages"]),
            repeated=int(row["repeated"]),
            stated=None if row["stated"] is None else int(row["stated"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A source as it was when the file was written. Dates are UTC."""

    source: str
    title: str
    every_days: int
    last_good: datetime | None
    due: datetime | None
    listings: int
    run: LastRun | None
    looks: Mapping[str, int]
    """If the entries' own pages are checked: outcome of the last check -> number of entries."""

    @classmethod
    def read(cls, row: Json) -> Self:
        """A source as the file has it. Raises ValueError and the like."""
        every_days = int(row["every_days"])
        if not 1 <= every_days <= MOST_DAYS:
            raise ValueError("every_days is no interval")
        return cls(
            source=str(row["source"]),
            title=str(row["title"]),
            every_days=every_days,
            last_good=_moment(row["last_good"]) if row["last_good"] else None,
            due=_moment(row["due"]) if row["due"] else None,
            listings=int(row["listings"]),
            run=LastRun.read(row["run"]) if row["run"] else None,
            looks={str(outcome): int(count) for outcome, count in row["looks"].items()},
        )

    @property
    def kept_here(self) -> bool:
        """Whether the list is a file of the project, whose entries' own pages are checked one by one."""
        return bool(self.looks)

    def state(self, now: datetime) -> State:
        """The state at a moment."""
        outcome = self.run.outcome if self.run else None
        if outcome is not None and outcome not in _ACCEPTED:
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
class StatusFile:
    """The content of the file. None is what could not be determined when it was written."""

    written: datetime
    sources: tuple[SourceRecord, ...]
    unknown: frozenset[str]
    waiting: bool | None
    """Whether somebody is kept out until a person decides. Who, why and how many stay private."""
    doubts: int | None
    registers: tuple[Json, ...] | None
    """`register`, `as_of` and `entries` of each loaded register."""
    gazetteer: str | None
    """When the gazetteer was built; None if there is no usable one."""

    @classmethod
    def read(cls, stated: Json) -> Self:
        """The file's content. Raises ValueError and the like."""
        if stated["form"] != FORM:
            raise ValueError("another form")
        gazetteer = stated["gazetteer"]
        return cls(
            written=_moment(stated["written"]),
            sources=tuple(map(SourceRecord.read, stated["sources"])),
            unknown=frozenset(map(str, stated["unknown"])),
            doubts=None if stated["doubts"] is None else int(stated["doubts"]),
            waiting=None if stated["waiting"] is None else bool(stated["waiting"]),
            registers=None if stated["registers"] is None else tuple(map(_register, stated["registers"])),
            gazetteer=format_time(_moment(gazetteer["built"])) if gazetteer else None,
        )

    def is_old(self, now: datetime) -> bool:
        """Whether no command has run for longer than the shortest interval allows."""
        days = min((source.every_days for source in self.sources), default=DEFAULT_INTERVAL_DAYS)
        return is_late(self.written, days, now)


def read_status_file(directory: Path) -> StatusFile | None:
    """The status file beside a published directory; None if there is none. Raises UnreadableStatus."""
    path = directory.with_name(FILE)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableStatus
        return StatusFile.read(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise UnreadableStatus from None


def _register(row: Json) -> Json:
    datetime.fromisoformat(row["as_of"])
    return {"register": str(row["register"]), "as_of": str(row["as_of"]), "entries": int(row["entries"])}


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if not 2000 <= found.year < 2200:
        raise ValueError("a date out of range")
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
