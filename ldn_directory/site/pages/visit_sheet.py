"""A visit sheet: the picked entries in the order picked, and how far each of their places is from one that the visitor named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ldn_directory.places import Gazetteer, Place
from ldn_directory.places.geometry import distance_km
from ldn_directory.site.i18n.labels import away
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.queries.provider import Entry, Row, fetch_rows, get_entries
from ldn_directory.site.search import BadQuery, Columns, Query
from ldn_directory.site.search.query_parser import ParsedQuery, parse_query
from ldn_directory.site.search.reachability import AREAS

MOST_OTHERS = 5
_MOVED = "SELECT r.* FROM json_each(?) AS asked CROSS JOIN redirects AS r ON r.old_id = asked.value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The entries that are still there, and what has become of the numbers that lead to none, or to another one."""

    entries: tuple[Entry, ...]
    said: tuple[Phrase, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The entries' own numbers, in order."""
        return tuple(entry.provider["id"] for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """Where distances are measured from."""

    typed: str = ""
    place: Place | None = None
    """None where nothing was typed, or nothing is known that distances could be measured from."""
    others: tuple[Place, ...] = ()
    """Further places of that name, at most five."""
    said: tuple[Phrase, ...] = ()

    def away(self, location: Row) -> Phrase | None:
        """How far one of an entry's places is, with how far off that may be; None without a place to measure from."""
        if self.place is None:
            return None
        if location["latitude"] is None or location["longitude"] is None:
            return phrase("distance not known")
        distance = distance_km(self.place.point, (location["latitude"], location["longitude"]))
        return away(distance, location["precision_km"], location["country_code"])


def picked_in(db: sqlite3.Connection, numbers: Sequence[int]) -> Picked:
    """The entries of these numbers, each once; a merged one is followed to what it became part of."""
    moved = {row["old_id"]: row for row in fetch_rows(db, _MOVED, json.dumps(list(numbers)))}
    led = {number: moved[number]["provider"] if number in moved else number for number in numbers}
    entries = get_entries(db, [number for number in led.values() if number is not None])
    there = {entry.provider["id"] for entry in entries}
    said = (
        _said(number, to, moved[number]["reason"] if number in moved else None, there) for number, to in led.items()
    )
    return Picked(entries=entries, said=tuple(one for one in said if one))


def _said(number: int, to: int | None, reason: str | None, there: set[int]) -> Phrase | None:
    name = str(number)
    if reason == "merged" and to in there:
        return phrase(
            "Entry %(entry)s has become part of entry %(other)s, which is on the sheet instead.",
            entry=name,
            other=str(to),
        )
    if reason == "forgotten":
        return phrase("Entry %(entry)s was taken out because the person or practice asked for it.", entry=name)
    if reason is not None:
        return phrase("Entry %(entry)s is no longer in the directory.", entry=name)
    return None if number in there else phrase("There is no entry %(entry)s in the directory.", entry=name)


def measured_from(near: str, columns: Columns, gazetteer: Gazetteer | None) -> From:
    """What a place that was typed means, read as the search reads it."""
    try:
        query = Query.parse({"near": near})
    except BadQuery as error:
        # Not repeated: it may be of any length.
        return From(said=(error.phrase,))
    return _measured_from(query.near, parse_query(query, columns, gazetteer)) if query.near else From()


def _measured_from(typed: str, reading: ParsedQuery) -> From:
    if reading.place is None:
        if reading.no_gazetteer:
            return From(typed=typed, said=(phrase("Places are not known here yet, so no distances can be shown."),))
        return From(
            typed=typed,
            said=(phrase("No place called “%(place)s” is known here, so no distances are shown.", place=typed),),
        )
    if reading.place.located_by in AREAS:
        said = phrase(
            "%(place)s is too large to measure distances from. Please name a town or postal code.",
            place=reading.place.name,
        )
        return From(typed=typed, said=(said,))
    return From(typed=typed, place=reading.place, others=reading.others[:MOST_OTHERS])
