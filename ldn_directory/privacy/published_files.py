"""Checks whether a published file, or an earlier copy of one, shows anybody who was forgotten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildRefused
from ldn_directory.storage import open_read_only

from .identity_keys import Row
from .suppression import Suppressions

_IDENTIFYING_FIELDS = (
    "name",
    "practice",
    "email",
    "website",
    "register",
    "register_number",
    "region_code",
    "country_code",
    "kind",
    "phone",
)


def refuse_forgotten(path: Path, suppressions: Suppressions, checked: Collection[int] = ()) -> None:
    """Raises BuildRefused if a file that is to be published shows somebody who was forgotten.

    `checked` are providers whose rows are those of a file that passed with this list.
    """
    if not suppressions:
        return
    with closing(open_read_only(path, immutable=True)) as db:
        if any(suppressions.is_suppressed(row) or suppressions.is_held(row) for row in _listings(db, checked)):
            raise BuildRefused(
                f"{path.name} shows somebody who asked to be forgotten: this is a bug in the program, please report it"
            )


def shows_forgotten(
    path: Path, suppressions: Suppressions, listings: Collection[str] = (), numbers: Collection[int] = ()
) -> bool:
    """Whether a copy of a published file shows the forgotten, these listings or providers; also if it is unreadable."""
    try:
        with closing(open_read_only(path, immutable=True)) as db:
            changes = db.execute("SELECT DISTINCT provider, listing FROM changes WHERE what <> 'forgotten'")
            return (
                any(number in numbers for (number,) in db.execute("SELECT id FROM providers"))
                or any(number in numbers or listing in listings for number, listing in changes)
                or any(row["id"] in listings or suppressions.is_suppressed(row) for row in _listings(db))
                or any(map(suppressions.names_anyone, _texts(db)))
            )
    except sqlite3.Error:
        return True


def _texts(db: sqlite3.Connection) -> Iterator[str]:
    """Texts about others, also of files that an earlier version published."""
    yield from (value for row in db.execute("SELECT * FROM sources") for value in row if isinstance(value, str))
    for query in (
        "SELECT text FROM listings WHERE text IS NOT NULL",
        "SELECT before FROM changes WHERE before <> ''",
        "SELECT after FROM changes WHERE after <> ''",
        "SELECT DISTINCT value FROM claims WHERE field IN ('practice', 'remark')",
    ):
        yield from (text for (text,) in db.execute(query))


def _listings(db: sqlite3.Connection, except_providers: Collection[int] = ()) -> Iterator[Row]:
    """The listings of a published file, but for those of some providers, with the fields that identify somebody."""
    claims = db.execute(
        "SELECT listing, field, value FROM claims WHERE field IN (SELECT value FROM json_each(?))"
        " AND provider NOT IN (SELECT value FROM json_each(?)) ORDER BY listing",
        (json.dumps(_IDENTIFYING_FIELDS), json.dumps(list(except_providers))),
    )
    for listing, of_listing in groupby(claims, key=lambda claim: str(claim[0])):
        row: dict[str, Any] = {"id": listing, "phones": []}
        for _, field, value in of_listing:
            if field == "phone":
                row["phones"].append({"e164": value})
            else:
                row[field] = value
        yield row
