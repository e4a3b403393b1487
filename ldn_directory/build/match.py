"""Which listings are the same provider: equal register number, or name and phone, or name and full address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ldn_directory.normalize.names import without_title
from ldn_directory.normalize.regions import fold

Row = Mapping[str, Any]
"""A listing as JSON values, with its `pk`."""


def groups_of(rows: Iterable[Row]) -> list[list[int]]:
    """The keys of listings that are one provider, each group sorted, groups in order of their least key."""
    parent: dict[int, int] = {}
    register: dict[int, dict[str, str]] = {}
    holders: dict[tuple[str, ...], int] = {}
    names: dict[int, set[str]] = {}

    def root(pk: int) -> int:
        while parent[pk] != pk:
            parent[pk] = parent[parent[pk]]
            pk = parent[pk]
        return pk

    for row in rows:
        pk = row["pk"]
        parent[pk] = pk
        if row.get("register_number"):
            register[pk] = {row.get("register") or "": row["register_number"]}
        names[pk] = _words_of_name(row)
        for key in keys_of(row):
            first = holders.setdefault(key, pk)
            if key[0] == "register" and names[first] and names[pk] and not names[first] & names[pk]:
                continue
            one, other = sorted((root(first), root(pk)))
            if one == other or _contradict(register.get(one, {}), register.get(other, {})):
                continue
            parent[other] = one
            register[one] = {**register.get(other, {}), **register.get(one, {})}
    groups: dict[int, list[int]] = defaultdict(list)
    for pk in parent:
        groups[root(pk)].append(pk)
    return [sorted(group) for _, group in sorted(groups.items())]


def _contradict(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(other.get(name, number) != number for name, number in one.items())


def keys_of(row: Row) -> Iterator[tuple[str, ...]]:
    """What another listing must share one of to be the same provider."""
    if row.get("register_number"):
        yield "register", row.get("register") or "", row["register_number"]
    name = name_key(row.get("name") or row.get("practice") or "")
    if not name:
        return
    for phone in row.get("phones", ()):
        if phone.get("e164"):
            yield "phone", name, phone["e164"]
    street = fold(row.get("street") or "")
    for place in ("postcode", "city"):
        if street and row.get(place):
            yield place, name, street, fold(row[place]).replace(" ", "")


def _words_of_name(row: Row) -> set[str]:
    """Words by which two people with one register number are told to be one: a mistyped number must not join strangers."""
    return {word for word in fold(row.get("name") or row.get("practice") or "").split() if len(word) > 1}


def name_key(name: str) -> str:
    """First and last name folded, without titles and middle names; an organisation's whole name."""
    words = [word for word in fold(without_title(name)).split() if len(word) > 1]
    return " ".join((words[0], words[-1]) if len(words) in (2, 3) else words)
