"""Changes by kind, place or provider: newest first for people and feeds, oldest first from a cursor for programs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.queries.provider import Row, fetch_rows

from .parameters import Parameter

PAGE_SIZE = 50
MOST_ROWS = 500
WHATS = ("added", "changed", "moved", "unconfirmed", "confirmed again", "gone", "back", "merged", "split", "forgotten")
NAMELESS = frozenset({"gone", "forgotten"})
"""Changes that are published without a name, even where the provider is still shown."""
_CURSOR = re.compile(r"c[0-9]{1,16}")
_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DAY = (
    "([0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    f"|{_LEAP_YEAR}-02-29)"
)
_MOMENT = re.compile(rf"{_DAY}(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?Z)?")
_SINCE_WRONG = phrase(
    "since must be a day (2026-11-01), a moment in UTC (2026-11-01T06:00:00Z), or the cursor of an earlier answer."
)

FILTERS = (
    Parameter(name="what", what="What happened.", choices=WHATS),
    Parameter(
        name="country",
        what="ISO 3166-1 code of the country that the provider is in.",
        pattern="[A-Z]{2}",
        wrong=phrase("A country is asked for by its ISO 3166-1 code, such as US."),
    ),
    Parameter(
        name="region",
        what="ISO 3166-2 code of the region that the provider is in.",
        pattern="[A-Z]{2}-[A-Z0-9]{1,3}",
        wrong=phrase("A region is asked for by its ISO 3166-2 code, such as US-OH."),
    ),
    Parameter(
        name="source",
        what="Short name of the source whose listings changed.",
        pattern="[A-Za-z0-9_-]{1,64}",
        wrong=phrase("A source is asked for by its short name, which stands in the address of its entries."),
    ),
    Parameter(
        name="provider",
        what="Number of a provider.",
        pattern="[0-9]{1,18}",
        wrong=phrase("The provider must be a number."),
    ),
    Parameter(
        name="size",
        what=f"How many to a page; {PAGE_SIZE} if not given.",
        least=1,
        most=MOST_ROWS,
        wrong=phrase("The size of a page must be a number from 1 to %(most)s.", most=MOST_ROWS),
    ),
)
SINCE = Parameter(
    name="since",
    what="A day or moment in UTC, or the `cursor` of the last answer: only what came after, oldest first.",
    pattern=f"{_CURSOR.pattern}|{_MOMENT.pattern}",
    wrong=_SINCE_WRONG,
)
BEFORE = Parameter(
    name="before",
    what="Where the last page ended, from its `next`.",
    pattern="[0-9]{1,16}",
    wrong=phrase("The place in the list (before) must be the one that the last page gave."),
)
PARAMETERS = (*FILTERS, BEFORE)
"""Of `/changes` and `/changes.atom`."""
PARAMETERS_SINCE = (*FILTERS, SINCE)
"""Of `/changes.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """Which changes are wanted. `before` is the number of a change, `since` a cursor or a moment."""

    filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    size: int = PAGE_SIZE
    before: int | None = None
    since: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, str], parameters: tuple[Parameter, ...]) -> ChangeQuery:
        """Reads request parameters and ignores unknown ones. Raises BadQuery."""
        given = {one.name: one.check(values[one.name]) for one in parameters if values.get(one.name)}
        size, before = given.pop("size", PAGE_SIZE), given.pop("before", None)
        since = given.pop("since", None)
        if since and not _CURSOR.fullmatch(since):
            since = _moment(since)
        return cls(filters=given, size=int(size), before=int(before) if before else None, since=since)

    def parameters(self, **more: str | int) -> dict[str, str]:
        """The query as request parameters, without the place in the list."""
        size = {"size": str(self.size)} if self.size != PAGE_SIZE else {}
        return {name: str(value) for name, value in {**self.filters, **size, **more}.items() if value}

    def address(self, path: str, **more: str | int) -> str:
        """The address of the same query with some parameters changed. An empty value removes a parameter."""
        parameters = self.parameters(**more)
        return f"{path}?{urlencode(parameters)}" if parameters else path


def _moment(text: str) -> str:
    """A day or moment, written with its seconds."""
    day, _, time = text.removesuffix("Z").partition("T")
    hour, minute, second = [*filter(None, time.split(":")), "00", "00", "00"][:3]
    return f"{day}T{hour}:{minute}:{second}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of changes."""

    rows: tuple[Row, ...]
    more: int | None
    """The number of the last row if there are more, else None."""
    cursor: str = ""
    """Where to continue later; only for changes since a moment or cursor."""


_NAMED = f"SELECT c.*, iif(c.what IN ({', '.join(repr(one) for one in sorted(NAMELESS))}), NULL, p.name) AS name"
_COLUMN = {
    "what": "c.what",
    "country": "c.country_code",
    "region": "c.region_code",
    "source": "c.source",
    "provider": "c.provider",
}


def newest_changes(db: sqlite3.Connection, query: ChangeQuery) -> Page:
    """Changes, newest first, with the `name` of the provider if it is shown."""
    where, values = _where(query)
    if query.before is not None:
        where.append("c.id < ?")
        values.append(query.before)
    return _page(
        db, f"{_NAMED} FROM changes AS c LEFT JOIN providers AS p ON p.id = c.provider", where, values, query, "DESC"
    )


def changes_since(db: sqlite3.Connection, query: ChangeQuery) -> Page:
    """Changes from a moment or cursor on, oldest first. Continuing from `cursor` gives each change once."""
    where, values = _where(query)
    after = _number_before(db, query.since)
    where.append("c.id > ?")
    values.append(after)
    page = _page(db, "SELECT c.* FROM changes AS c", where, values, query, "")
    newest_of_all = db.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
    return Page(rows=page.rows, more=page.more, cursor=f"c{page.more or max(after, newest_of_all)}")


def _where(query: ChangeQuery) -> tuple[list[str], list[Any]]:
    return [f"{_COLUMN[name]} = ?" for name in query.filters], [
        int(value) if name == "provider" else value for name, value in query.filters.items()
    ]


def _page(
    db: sqlite3.Connection, select: str, where: list[str], values: list[Any], query: ChangeQuery, order: str
) -> Page:
    conditions = f" WHERE {' AND '.join(where)}" if where else ""
    rows = fetch_rows(db, f"{select}{conditions} ORDER BY c.id {order} LIMIT ?", *values, query.size + 1)
    shown = tuple(rows[: query.size])
    return Page(rows=shown, more=shown[-1]["id"] if len(rows) > query.size else None)


def _number_before(db: sqlite3.Connection, since: str | None) -> int:
    """The number after which changes are wanted. Numbers and dates rise together, so a moment stands for a number."""
    if since is None:
        return 0
    if since.startswith("c"):
        return int(since[1:])
    row = db.execute("SELECT id - 1 FROM changes WHERE at >= ? ORDER BY at, id LIMIT 1", (since,)).fetchone()
    return int(row[0]) if row else int(db.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0])
