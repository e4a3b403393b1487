"""What entries of others go on showing of the forgotten: an address with the name in it, a shared phone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ldn_directory.normalize.regions import fold

from .hidden_names import HiddenNames, spellings, words_of_address
from .identity_keys import Row, is_same_name, mentioned_names

_TEXTS = ("practice", "specialty", "address", "remark", "text")
MOST_SHARED = 3
"""Entries that are named for one shared value; practices with many people have one telephone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A value of another listing that is theirs too, or has their name in it."""

    provider: int | None
    """The number of the entry, if it has one."""
    listing: str
    source: str
    field: str
    value: str
    page: str
    """Where the list shows it."""


def find_elsewhere(
    rows: Iterable[Row], others: Iterable[tuple[int | None, Row]], is_held: Callable[[Row], bool]
) -> Iterator[Elsewhere]:
    """What `others`, (number, listing), show of the listings `rows` of the forgotten; not of namesakes, nor if held."""
    rows = tuple(rows)
    names = {words for row in rows for words in mentioned_names(row)}
    shared = {value for row in rows for _, value in _contacts(row)}
    seen: dict[str, int] = defaultdict(int)
    for number, row in others if rows else ():
        for field, value in _theirs(row, names, shared):
            if seen[value] == MOST_SHARED or is_held(row):
                continue
            seen[value] += value in shared
            yield Elsewhere(
                provider=number,
                listing=str(row["id"]),
                source=str(row["source"]),
                field=field,
                value=value,
                page=str(row["page"]),
            )


def _theirs(row: Row, names: Collection[tuple[str, ...]], shared: Collection[str]) -> Iterator[tuple[str, str]]:
    for field, value in _contacts(row):
        if value in shared or (field != "phone" and _names_one(value, names)):
            yield field, value
    if names and any(is_same_name(" ".join(name), row) for name in names):
        return
    for field in ("name", *_TEXTS):
        value = row.get(field) or ""
        if value and (field == "name" or value != row.get("name")) and _names_one(value, names):
            yield field, value


def _names_one(text: str, names: Collection[tuple[str, ...]]) -> bool:
    """Whether a text has one of the names in it. Both its first and its last word must be there."""
    letters = {re.sub(r"[\W_]", "", fold(one)) for one in spellings(text)}
    near = {name for name in names if any(name[0] in one and name[-1] in one for one in letters)}
    if not near:
        return False
    words = {word for name in near for word in (name[0], name[-1])}
    plain = words_of_address(text) if "://" in text or "@" in text else text
    return not near.isdisjoint(HiddenNames(words.__contains__).in_text(plain))


def _contacts(row: Row) -> Iterator[tuple[str, Any]]:
    yield from ((field, row[field]) for field in ("email", "website") if row.get(field))
    yield from (("phone", phone["e164"]) for phone in row.get("phones", ()) if phone.get("e164"))
