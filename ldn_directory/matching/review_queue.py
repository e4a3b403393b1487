"""The pairs of listings that wait for a person: the doubts of the last build that are not decided and still exist."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from ldn_directory.errors import LdnError
from ldn_directory.storage import LEDGER_FILE, open_read_only

from .decisions import Decisions

MATCHING_FILE = "matching.db"
IsForgotten = Callable[[Mapping[str, Any]], bool]
"""Whether a listing, as JSON values, is of somebody who asked to be forgotten."""
GetListing = Callable[[str], Mapping[str, Any] | None]
"""A listing as JSON values, by its id."""


class QueueUnreadable(LdnError):
    """The queue cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one comparison says. `weight` is in bits: how much more often it is seen of one provider than of two."""

    field: str
    said: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Two listing ids that may be the same provider. `weight` is in bits: the odds that they are."""

    one: str
    other: str
    weight: float
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """The doubt as plain JSON values."""
        return asdict(self) | {"reasons": [asdict(reason) for reason in self.reasons]}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPair:
    """A doubt with its two listings as JSON values."""

    doubt: Doubt
    one: Mapping[str, Any]
    other: Mapping[str, Any]


def read_queue(data: Path, decisions: Decisions, is_forgotten: IsForgotten) -> list[QueuedPair]:
    """All pairs that wait for a person. Raises QueueUnreadable."""
    with Listings(data, is_forgotten) as listings:
        return list(add_listings(undecided(read_doubts(data), decisions), listings.get))


def read_doubts(data: Path) -> list[Doubt]:
    """The doubts of the last build, the heaviest first. Raises QueueUnreadable."""
    path = data / MATCHING_FILE
    if not path.exists():
        raise QueueUnreadable(f"no build has left doubtful matches in {path}: run ldn build")
    try:
        with closing(open_read_only(path)) as db:
            rows = db.execute(
                "SELECT one, other, weight, reasons FROM doubts ORDER BY weight DESC, one, other"
            ).fetchall()
        return [_parse_doubt(*row) for row in rows]
    except (sqlite3.Error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise QueueUnreadable(f"{path} cannot be read ({error}): run ldn build, which makes it anew") from None


def _parse_doubt(one: str, other: str, weight: float, reasons: str) -> Doubt:
    if not isinstance(one, str) or not isinstance(other, str) or one == other:
        raise ValueError("a doubt is not about two listings")
    parsed = tuple(
        Reason(field=str(reason["field"]), said=str(reason["said"]), weight=_parse_weight(reason["weight"]))
        for reason in json.loads(reasons)
    )
    return Doubt(one=min(one, other), other=max(one, other), weight=_parse_weight(weight), reasons=parsed)


def _parse_weight(weight: Any) -> float:
    number = float(weight)
    if math.isnan(number):
        raise ValueError("a weight is no number")
    return number


def undecided(doubts: list[Doubt], decisions: Decisions) -> list[Doubt]:
    """The doubts that no decision settles, alone or with others. Those that were put off come last, in that order."""
    put_off = {pair: index for index, pair in enumerate(decisions.later)}
    unsettled = [doubt for doubt in doubts if decisions.verdict(doubt.one, doubt.other) is None]
    return sorted(unsettled, key=lambda doubt: put_off.get((doubt.one, doubt.other), -1))


def add_listings(doubts: list[Doubt], get: GetListing) -> Iterator[QueuedPair]:
    """The doubts whose listings both exist, with these, in order."""
    for doubt in doubts:
        one, other = get(doubt.one), get(doubt.other)
        if one and other:
            yield QueuedPair(doubt=doubt, one=one, other=other)


class Listings:
    """The ledger's listings, without the gone and the forgotten ones. A context manager. Raises QueueUnreadable."""

    def __init__(self, data: Path, is_forgotten: IsForgotten) -> None:
        self.path, self.is_forgotten = data / LEDGER_FILE, is_forgotten
        if not self.path.exists():
            raise QueueUnreadable(f"there is no ledger at {self.path}: crawl first (ldn crawl)")
        try:
            self._db = open_read_only(self.path)
        except sqlite3.Error as error:
            raise QueueUnreadable(f"{self.path}: {error}") from None
        sources = self._fetch_all("SELECT id, stated FROM sources")
        self._rechecked = {source for source, stated in sources if json.loads(stated).get("rechecked")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._db.close()

    def _fetch_all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise QueueUnreadable(
                f"the ledger {self.path} cannot be read ({error}): try again, or restore it from a backup"
            ) from None

    def get(self, listing: str) -> Mapping[str, Any] | None:
        """A listing as JSON values with its source's `title` and `last_confirmed` (UTC, None if never), or None."""
        rows = self._fetch_all(
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
        if self.is_forgotten(row):
            return None
        if source in self._rechecked:
            query = "SELECT max(checked) FROM checks WHERE listing = ? AND outcome = 'confirmed'"
            confirmed = self._fetch_all(query, pk)[0][0]
        return row | {"title": title, "last_confirmed": confirmed}
