"""A visit list: the picked entries in order, and how far and which way their places are from where a visitor starts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ldn_directory.places import Gazetteer, Place
from ldn_directory.places.geometry import Point, bearing, distance_km
from ldn_directory.site.i18n.labels import distance_away
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.queries.provider import Entry, Row, fetch_rows, get_entries
from ldn_directory.site.search import BadQuery, Columns, Query
from ldn_directory.site.search.query_parser import ParsedQuery, parse_query
from ldn_directory.site.search.reachability import AREAS

MOST_OTHERS = 5
NEAR_KM = 1.0
"""Nearer than this, no direction is given."""
DIRECTIONS = (
    phrase("north"),
    phrase("north-east"),
    phrase("east"),
    phrase("south-east"),
    phrase("south"),
    phrase("south-west"),
    phrase("west"),
    phrase("north-west"),
)
_MOVED = "SELECT r.* FROM json_each(?) AS asked CROSS JOIN redirects AS r ON r.old_id = asked.value"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitList:
    """The picked entries that are in the directory, and what became of the others."""

    entries: tuple[Entry, ...]
    notes: tuple[Phrase, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The entries' numbers, in order."""
        return tuple(entry.provider["id"] for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place that distances are measured from."""

    typed: str = ""
    place: Place | None = None
    """None if nothing was typed, or no such place is known."""
    others: tuple[Place, ...] = ()
    """Other places of that name, at most five."""
    notes: tuple[Phrase, ...] = ()

    def away(self, location: Row) -> Phrase | None:
        """How far one of an entry's places is, and which way; None without a place to measure from."""
        if self.place is None:
            return None
        if location["latitude"] is None or location["longitude"] is None:
            return phrase("distance not known")
        point = location["latitude"], location["longitude"]
        distance = distance_km(self.place.point, point)
        away = distance_away(distance, location["precision_km"], location["country_code"], location["city"])
        if distance <= max(location["precision_km"] or 0, NEAR_KM):
            return away
        return phrase(
            "%(distance)s, to the %(direction)s", distance=away, direction=_direction(self.place.point, point)
        )


def _direction(start: Point, end: Point) -> Phrase:
    return DIRECTIONS[round(bearing(start, end) / 45) % 8]


def read_list(db: sqlite3.Connection, numbers: Sequence[int]) -> VisitList:
    """The visit list of these entries, each once. A merged entry is replaced by the one that it became part of."""
    moved = {row["old_id"]: row for row in fetch_rows(db, _MOVED, json.dumps(list(numbers)))}
    current = {number: moved[number]["provider"] if number in moved else number for number in numbers}
    entries = get_entries(db, [number for number in current.values() if number is not None])
    there = {entry.provider["id"] for entry in entries}
    notes = (
        _note(number, to, moved[number]["reason"] if number in moved else None, there) for number, to in current.items()
    )
    return VisitList(entries=entries, notes=tuple(one for one in notes if one))


def _note(number: int, to: int | None, reason: str | None, there: set[int]) -> Phrase | None:
    name = str(number)
    if reason == "merged" and to in there:
        return phrase(
            "Entry %(entry)s has become part of entry %(other)s, which is on the list instead.",
            entry=name,
            other=str(to),
        )
    if reason == "forgotten":
        return phrase("The person or practice asked us to remove entry %(entry)s.", entry=name)
    if reason is not None:
        return phrase("Entry %(entry)s is no longer in the directory.", entry=name)
    return None if number in there else phrase("There is no entry %(entry)s in the directory.", entry=name)


def origin_of_search(
    query: Query | None, columns: Columns, gazetteer: Gazetteer | None, home: str | None = None
) -> Origin:
    """The town that a search named, if it did."""
    place = parse_query(replace(query, home=home), columns, gazetteer).place if query else None
    if place is None or place.located_by in AREAS:
        return Origin()
    return Origin(typed=place.name, place=place)


def origin_of(near: str, columns: Columns, gazetteer: Gazetteer | None, home: str | None = None) -> Origin:
    """The place that the typed text means, as the search understands it."""
    try:
        query = Query.parse({"near": near}, home)
    except BadQuery as error:
        # The text is not repeated, as it may be of any length.
        return Origin(notes=(error.phrase,))
    return _origin(query.near, parse_query(query, columns, gazetteer)) if query.near else Origin()


def _origin(typed: str, reading: ParsedQuery) -> Origin:
    if reading.place is None:
        if reading.no_gazetteer:
            return Origin(typed=typed, notes=(phrase("Places are not known here yet, so no distances can be shown."),))
        return Origin(
            typed=typed,
            notes=(phrase("No place called “%(place)s” is known here, so no distances are shown.", place=typed),),
        )
    if reading.place.located_by in AREAS:
        note = phrase(
            "%(place)s is too large to measure distances from. Please name a town or postal code.",
            place=reading.place.name,
        )
        return Origin(typed=typed, notes=(note,))
    return Origin(typed=typed, place=reading.place, others=reading.others[:MOST_OTHERS])
