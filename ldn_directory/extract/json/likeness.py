"""How much a set of objects looks like a list of people or practices, by the fields of its columns and their values."""

from __future__ import annotations

from collections.abc import Sequence

from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    is_place,
    is_sentence,
    names_person,
)
from ldn_directory.normalize.names import looks_like_organisation, people

from .cells import Cell

ENOUGH = 0.5
WEAKEST = 0.4
"""What a web site or region alone is worth as a way to reach an entry."""
_NO_CONTENT = frozenset((None, "ignored", "key", "kind", "remark", "page"))
Row = Sequence[tuple[Cell, str | None]]
"""The cells of an entry, each with its field."""


def score(rows: Sequence[Row], count: int) -> float:
    """How much `count` objects look like entries of a list, by some of them; 0 if they do not."""
    if not rows:
        return 0.0
    names = [_name_worth(row) for row in rows]
    named, sure = sum(names) / len(names), names.count(1.0) / len(names)
    reached = sum(_reach_worth(row, name == 1.0) for row, name in zip(rows, names, strict=True)) / len(rows)
    solid = sum(any(_is_contact(cell, field) for cell, field in row) for row in rows) >= ENOUGH * len(rows)
    if named < 0.4 or reached < WEAKEST or (reached < 0.5 and sure < 0.8) or (sure < 0.3 and not solid):
        return 0.0
    stated = [{field for _, field in row} - _NO_CONTENT for row in rows]
    fullness = sum(len(one) + 2 * ("popup" in one) for one in stated) / len(stated)
    return named * reached * (1 + count) * fullness


def is_whole_entry(text: str) -> bool:
    """Whether a text is an entry by itself: a name first, and contacts below it."""
    first, *others = text.split("\n")
    title = could_be_title(first) and not is_sentence(first) and _has_contact("\n".join(others[:20]))
    return title and (_is_name(first) or names_person(first))


def _is_name(text: str) -> bool:
    first = text.split("\n")[0]
    return bool(people(first)) or looks_like_organisation(first)


def _is_contact(cell: Cell, field: str | None) -> bool:
    """Whether a cell states a phone, an e-mail or a street under that label, which menus and shops do not."""
    text = cell.text.replace("\n", ", ")[:250]
    match field:
        case "phone":
            return has_phone(text)
        case "email":
            return has_email(text)
        case "address" | "street" | "named_address":
            return has_address(text)
    return field == "popup" and _has_contact(cell.text)


def _name_worth(row: Row) -> float:
    """1 for a name that is a person's or an organisation's, 0.6 for one that may be, less for none or for a place."""
    worth = 0.0
    for cell, field in row:
        if field in ("last_name", "popup", "named_address"):
            worth = 1.0
        elif field in ("name", "practice"):
            first = cell.text.split("\n")[0]
            worth = max(worth, 1.0 if _is_name(first) else 0.2 if is_place(first) else 0.6)
    return worth


def _reach_worth(row: Row, is_named: bool) -> float:
    """1 for an entry that states where or how to reach it, 0.4 if that is only a web site or region.

    A contact within prose counts only where the entry is named like a person or practice: an article may state one too.
    """
    worth = 0.0
    for cell, field in row:
        if field == "popup":
            return 1.0 if _has_contact(cell.text) else 0.0
        if (field == "phone" and has_phone(cell.text)) or (field == "email" and has_email(cell.text)):
            return 1.0
        if field in ("address", "street", "city") and any(map(str.isalpha, cell.text)) and len(cell.text) < 250:
            worth = 1.0
        elif is_named and (field == "remark" or (field is None and cell.markup)) and _has_contact(cell.text):
            worth = max(worth, 0.8)
        elif field in ("region", "country", "postcode") or (
            field == "website" and has_url(cell.text) and not cell.text.startswith("/")
        ):
            worth = max(worth, WEAKEST)
    return worth


def _has_contact(text: str) -> bool:
    return any(has_phone(line) or has_email(line) or has_address(line) for line in text.split("\n")[:60])
