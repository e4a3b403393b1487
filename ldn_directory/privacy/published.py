"""What a published file, or a copy of one, holds of the forgotten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildRefused

from .identity_keys import Row
from .suppression import Suppressions

_RECOGNISED_BY = (
    "name",
    "practice",
    "email",
    "website",
    "register",
    "register_number",
    "region_code",
    "country_code",
    "kind",
)


def refuse_forgotten(path: Path, hidden: Suppressions, seen: Collection[int] = ()) -> None:
    """Raises BuildRefused if a file that is to be published shows somebody who was forgotten.

    `seen` are providers whose rows stand in it as in a file that has passed with this list.
    """
    if hidden and any(hidden.is_suppressed(row) or hidden.is_held(row) for row in _rows(path, seen)):
        raise BuildRefused(
            f"{path.name} shows somebody who asked to be forgotten: this is a fault of the program, please report it"
        )


def shows_forgotten(
    path: Path, hidden: Suppressions, listings: Collection[str] = (), numbers: Collection[int] = ()
) -> bool:
    """Whether a copy of a published file shows anybody who was forgotten, or one of these listings or providers; or cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            shown = {number for (number,) in db.execute("SELECT id FROM providers")}
            changed = db.execute("SELECT DISTINCT provider, listing FROM changes WHERE what <> 'forgotten'").fetchall()
            texts = [text for row in db.execute("SELECT text FROM listings WHERE text IS NOT NULL") for text in row]
            texts += [text for row in db.execute("SELECT before, after FROM changes") for text in row if text]
            texts += [
                text
                for row in db.execute("SELECT DISTINCT value FROM claims WHERE field IN ('practice', 'remark')")
                for text in row
            ]
        return (
            not shown.isdisjoint(numbers)
            or any(number in numbers or listing in listings for number, listing in changed)
            or any(row["id"] in listings or hidden.is_suppressed(row) for row in _rows(path))
            or any(map(hidden.mentioned, texts))
        )
    except sqlite3.Error:
        return True


def _rows(path: Path, but: Collection[int] = ()) -> Iterator[Row]:
    """The listings of a published file, but for those of some providers, with what somebody is recognised by."""
    asked = json.dumps([*_RECOGNISED_BY, "phone"]), json.dumps(list(but))
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        claims = db.execute(
            "SELECT listing, field, value FROM claims WHERE field IN (SELECT value FROM json_each(?))"
            " AND provider NOT IN (SELECT value FROM json_each(?)) ORDER BY listing",
            asked,
        )
        for listing, said in groupby(claims, key=lambda claim: str(claim[0])):
            row: dict[str, Any] = {"id": listing, "phones": []}
            for _, field, value in said:
                if field == "phone":
                    row["phones"].append({"e164": value})
                else:
                    row[field] = value
            yield row
