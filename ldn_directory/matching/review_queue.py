"""Which pairs of listings wait for a person: the doubts of the last build, without what is decided or has gone since."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildError, LdnError
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.storage import written_by_people

from .decisions import Decisions

MATCHING_FILE, LEDGER_FILE = "matching.db", "ledger.db"
AGAIN = "run ldn build, which makes it anew"


class NoQueue(LdnError):
    """It cannot be said what there is to review; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one comparison says; `weight` in bits, the logarithm to base 2 of how often sooner it is seen of the same than of others."""

    field: str
    said: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Two listing ids that may be the same; `weight` is the logarithm to base 2 of the odds that they are."""

    one: str
    other: str
    weight: float
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """The doubt as plain JSON values."""
        reasons = [{"field": reason.field, "said": reason.said, "weight": reason.weight} for reason in self.reasons]
        return {"one": self.one, "other": self.other, "weight": self.weight, "reasons": reasons}


def doubts_of(data: Path) -> list[Doubt]:
    """The doubts of the last build, the most valuable first. Raises NoQueue.

    Those nearest to the upper threshold come first: most of them are the same, and each of these is a patient's double entry.
    """
    path = data / MATCHING_FILE
    if not path.exists():
        raise NoQueue(f"no build has left doubtful matches in {path}: run ldn build")
    try:
        with closing(_opened(path)) as db:
            rows = db.execute(
                "SELECT one, other, weight, reasons FROM doubts ORDER BY weight DESC, one, other"
            ).fetchall()
        return [_doubt(*row) for row in rows]
    except (sqlite3.Error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise NoQueue(f"{path} cannot be read ({error}): {AGAIN}") from None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)


def _doubt(one: str, other: str, weight: float, reasons: str) -> Doubt:
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        raise ValueError("a doubt is not about two listings")
    found = tuple(
        Reason(field=str(said["field"]), said=str(said["said"]), weight=_number(said["weight"]))
        for said in json.loads(reasons)
    )
    return Doubt(one=min(one, other), other=max(one, other), weight=_number(weight), reasons=found)


def _number(weight: Any) -> float:
    number = float(weight)
    if math.isnan(number):
        raise ValueError("a weight is no number")
    return number


def waiting(doubts: list[Doubt], decisions: Decisions) -> list[Doubt]:
    """The doubts that no decision settles, by itself or with others; those put off come last, in the order in which they were."""
    put_off = {pair: place for place, pair in enumerate(decisions.later)}
    unsettled = [doubt for doubt in doubts if decisions.settled(doubt.one, doubt.other) is None]
    return sorted(unsettled, key=lambda doubt: put_off.get((doubt.one, doubt.other), -1))


class Listings:
    """Listings as the ledger has them; those that have gone or were forgotten are not there. A context manager. Raises NoQueue."""

    def __init__(self, data: Path) -> None:
        self.path = data / LEDGER_FILE
        if not self.path.exists():
            raise NoQueue(f"there is no ledger at {self.path}: crawl first (ldn crawl)")
        try:
            self._forgotten = Suppressions.of(written_by_people(data, "suppressions.jsonl"), data)
            self._db = _opened(self.path)
            self._rechecked = {
                source
                for source, stated in self._all("SELECT id, stated FROM sources")
                if json.loads(stated).get("rechecked")
            }
        except BuildError as error:
            raise NoQueue(str(error)) from None
        except sqlite3.Error as error:
            raise NoQueue(f"{self.path}: {error}") from None

    def __enter__(self) -> Listings:
        return self

    def __exit__(self, *unused: object) -> None:
        self._db.close()

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise NoQueue(
                f"the ledger {self.path} cannot be read ({error}): try again, or restore it from a backup"
            ) from None

    def get(self, listing: str) -> Mapping[str, Any] | None:
        """A listing as JSON values with its source's `title` and `last_confirmed` (UTC, None if never), or None."""
        rows = self._all(
            "SELECT l.pk, l.line, l.source, json_extract(s.stated, '$.title'), CASE l.state"
            " WHEN 'live' THEN (SELECT finished FROM runs WHERE source = l.source ORDER BY id DESC LIMIT 1)"
            " ELSE (SELECT finished FROM runs WHERE id = coalesce(l.confirmed_run, l.first_run)) END"
            " FROM listings AS l JOIN sources AS s ON s.id = l.source WHERE l.id = ? AND l.state <> 'gone'",
            listing,
        )
        if not rows:
            return None
        pk, line, source, title, confirmed = rows[0]
        row: dict[str, Any] = json.loads(line)
        if self._forgotten.is_suppressed(row):
            return None
        if source in self._rechecked:
            confirmed = self._all("SELECT max(checked) FROM checks WHERE listing = ? AND outcome = 'confirmed'", pk)[0][
                0
            ]
        return row | {"title": title, "last_confirmed": confirmed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A doubt with its two listings as JSON values."""

    doubt: Doubt
    one: Mapping[str, Any]
    other: Mapping[str, Any]


def present(doubts: list[Doubt], get: Callable[[str], Mapping[str, Any] | None]) -> Iterator[Waiting]:
    """The doubts whose listings are both there, in their order."""
    for doubt in doubts:
        one, other = get(doubt.one), get(doubt.other)
        if one and other:
            yield Waiting(doubt=doubt, one=one, other=other)


def queue_of(data: Path, decisions: Decisions) -> list[Waiting]:
    """All that waits for a person. Raises NoQueue."""
    with Listings(data) as listings:
        return list(present(waiting(doubts_of(data), decisions), listings.get))
