"""Where the entries of a JSON answer are: every set of similar objects, with the headings above them.

A set is a list of objects, or an object of objects (or of lists) keyed by ids, wherever it is nested; tables stated as
columns and rows become objects first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ldn_directory.extract.column_labels import folded_key, said_by
from ldn_directory.extract.signals import is_place
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import country, region

from .cells import parse_nested, table, words

MOST_DEPTH = 12
MOST_ENTRIES = 100_000
MOST_OBJECTS = 400_000
MOST_PLACES = 1_000
"""How many keys of one object may be places: no country has more regions."""
_ANY = "*"
_HEADING_FIELDS = frozenset(("region", "country", "city", "name", "practice", "remark"))
_IDENTIFIER = re.compile(r"[\w-]*\d[\w-]*")
_WRAPPING = ("cellvaluesbycolumnid", "node", "attributes", "properties", "fields", "source")


@dataclass(slots=True)
class Entries:
    """Objects of one kind, each with the places that it stands under, and with its key where objects are keyed."""

    path: tuple[str, ...]
    objects: list[Mapping[str, Any]] = field(default_factory=list)
    headings: list[tuple[str, ...]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def is_below(self, other: Entries) -> bool:
        """Whether these stand within the others, or are the same."""
        return self.path[: len(other.path)] == other.path

    def add(self, entry: Mapping[str, Any], headings: tuple[str, ...], key: str | None) -> None:
        if len(self.objects) < MOST_ENTRIES:
            self.objects.append(entry)
            self.headings.append(headings)
            self.keys.append(key)


def sets_of_objects(answer: Any) -> list[Entries]:
    """Every set of objects of one kind in the answer, the outermost first."""
    found: dict[tuple[str, ...], Entries] = {}
    for path, entry, headings, key in _objects(answer, (), (), None, _Budget()):
        if path and _ANY in path:
            found.setdefault(path, Entries(path)).add(entry, headings, key)
    return sorted(found.values(), key=lambda one: len(one.path))


@dataclass(slots=True)
class _Budget:
    """How many more objects may be visited."""

    left: int = MOST_OBJECTS

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


_Found = tuple[tuple[str, ...], Mapping[str, Any], tuple[str, ...], str | None]


def _objects(
    value: Any, path: tuple[str, ...], headings: tuple[str, ...], key: str | None, budget: _Budget
) -> Iterator[_Found]:
    if len(path) > MOST_DEPTH or not budget.spend():
        return
    if isinstance(value, list):
        rows = table_rows(value, ())
        for inner in value if rows is None else rows:
            if isinstance(inner, (dict, list)):
                yield from _objects(inner, (*path, _ANY), headings, None, budget)
    elif isinstance(value, dict):
        yield path, value, headings, key
        value = with_rows(value)
        keyed = _is_keyed(value)
        below = (*headings, *places_of(value)) if not keyed else headings
        for name, inner in value.items():
            inner = parse_nested(inner)
            if not isinstance(inner, (dict, list)) or (_ANY in path and folded_key(str(name)) in words("noise")):
                continue
            if keyed:
                headed = (*below, name) if len(value) <= MOST_PLACES and is_heading(name) else below
                yield from _objects(
                    inner, (*path, _ANY), headed, str(name) if isinstance(inner, dict) else None, budget
                )
            else:
                yield from _objects(inner, (*path, str(name)), below, None, budget)


def is_heading(name: str) -> bool:
    """Whether a key of grouped entries names a place."""
    return (
        not name.isdigit()
        and len(name) <= 60
        and (is_place(name) or bool(region(name, "US") if len(name) == 2 else country(name)))
    )


def places_of(holder: Mapping[str, Any]) -> tuple[str, ...]:
    """The places that an object states about itself, for what is nested in it."""
    places = []
    for name, value in list(holder.items())[:60]:
        if not isinstance(value, str) or not 1 < len(value) <= 60:
            continue
        if (field_of(str(name)) in _HEADING_FIELDS or folded_key(name) in ("group", "heading")) and is_place(value):
            places.append(value)
    return tuple(dict.fromkeys(places))[:3]


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether the keys are ids or places of similar objects, rather than names of fields."""
    inner = list(value.values())[:200]
    if not inner or not all(isinstance(one, (dict, list)) for one in inner):
        return False
    names = [str(name) for name in list(value)[:200]]
    if all(_IDENTIFIER.fullmatch(name) or is_heading(name) for name in names):
        return True
    objects = [set(one) for one in inner if isinstance(one, dict) and one]
    if len(objects) < 3 or len(objects) < len(inner):
        return False
    common = set.intersection(*objects)
    return len(common) >= 2 and all(len(common) * 2 >= len(keys) for keys in objects)


def with_rows(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object, its table of columns and rows (DataTables, Sheets) as a list of objects."""
    if len(value) > MOST_PLACES:
        return value
    lowered = {folded_key(name): name for name in value}
    columns_at = next((lowered[name] for name in table("columns") if name in lowered), None)
    columns = _column_names(value.get(columns_at)) if columns_at is not None else []
    if (zipped := _parallel_rows(value)) is not None:
        return {**{key: one for key, one in value.items() if not isinstance(one, list)}, "rows": zipped}
    changed = dict(value)
    for wanted in table("rows"):
        name = lowered.get(wanted)
        if name is None or not isinstance(value[name], list):
            continue
        rows = table_rows(value[name], tuple(columns))
        if rows is not None:
            changed[name] = rows
    return changed


def _parallel_rows(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Objects of arrays that belong together by position, one array a field; None if they are not such."""
    arrays = {key: one for key, one in value.items() if isinstance(one, list) and all(map(_is_single, one[:50]))}
    lengths = Counter(len(one) for one in arrays.values() if len(one) > 1)
    length, count = max(lengths.items(), key=lambda one: one[1], default=(0, 0))
    alike = {key: one for key, one in arrays.items() if len(one) == length}
    if count < 2 or len({one.field for key in alike for one in said_by(str(key))[:1]}) < 2:
        return None
    return [dict(zip(alike, row, strict=True)) for row in zip(*alike.values(), strict=True)]


def _is_single(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _column_names(columns: Any) -> list[str]:
    if not isinstance(columns, list):
        return []
    return [_column_name(column) for column in columns[:500]]


def _column_name(column: Any) -> str:
    if isinstance(column, dict):
        stated = (column.get(name) for name in ("title", "label", "name", "data", "fieldName", "id"))
        return next((str(name) for name in stated if name), "")
    return column if isinstance(column, str) else ""


def table_rows(rows: list[Any], columns: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Rows of cells as objects; None if it has none. Without columns, a first row of known labels is the header."""
    if rows and all(isinstance(row, dict) and isinstance(row.get("c"), list) for row in rows[:50]):
        cells = (row["c"] for row in rows if isinstance(row, dict) and isinstance(row.get("c"), list))
        rows = [[cell.get("v") if isinstance(cell, dict) else cell for cell in row] for row in cells]
    sample = rows[:50]
    if not sample or not all(isinstance(row, list) for row in sample):
        return None
    shown = [cell for row in sample for cell in row[:100]]
    wide = max(map(len, sample))
    large = any(isinstance(cell, (list, dict)) and len(str(cell)) > 5000 for cell in shown)
    if large or wide < 2 or not any(isinstance(cell, str) for cell in shown):
        return None
    labels, first = list(columns), 0
    if not labels:
        header = [str(cell) if isinstance(cell, str) else "" for cell in sample[0]]
        if len(rows) > 1 and len({name for cell in header if (name := field_of(cell))}) >= 2:
            labels, first = header, 1
    labels += [f"column {number}" for number in range(len(labels) + 1, wide + 1)]
    distinct = [label if label and label not in labels[:at] else f"column {at + 1}" for at, label in enumerate(labels)]
    return [dict(zip(distinct, row, strict=False)) for row in rows[first:] if isinstance(row, list)]
