"""How sure a reading is: the share of its entries that may be expected to be right."""

from __future__ import annotations

from collections.abc import Collection

BY_LOOK = frozenset(("html_table", "html_cards", "text_blocks", "detail", "pdf_list", "own_page"))
"""Families that find entries by what they look like; the others read labelled data."""

RIGHT_IF_AGREED = ((0.95, 0.99), (0.8, 0.94), (0.6, 0.85), (0.0, 0.8))
"""(share of names on which two readings agree, at least; share of entries that were right then)."""
RIGHT_ALONE = 0.84
RIGHT_IF_ONE = 0.62
MAX_CONFIDENCE = 0.99
MAX_IF_UNCONFIRMED = 0.4
"""What is believed at most of entries of which nothing says that they are prescribers or pharmacies (`belonging`); not counted."""


def confidence(family: str, names: Collection[str | None], others: Collection[str | None] | None, read: int) -> float:
    """The share of the entries that may be expected to be right, 0 to 0.99.

    For a family that goes by look, it depends on how many of the `names` the runner-up, which cuts the page in another
    way, has found too (`others`; None if there is none). The shares are what was counted on the project's test pages with
    a tenth, three tenths and six tenths of their tags torn out at random, as pages are where extraction fails: 2,227
    entries found, 2,007 of them right. On the pages as they are every entry is right, which says less. A page about one
    entry has nothing to agree with, and is doubted most.

    For labelled data (JSON, tables in files, schema.org) it is the share of the `read` entries which have a name and a
    contact or a place; whether the labels mean what they say was counted nowhere.
    """
    if not names:
        return 0.0
    if family not in BY_LOOK:
        return min(MAX_CONFIDENCE, round(len(names) / max(read, 1), 2))
    if len(names) == 1:
        return RIGHT_IF_ONE
    if others is None:
        return RIGHT_ALONE
    known = set(others)
    agreed = sum(name in known for name in names) / len(names)
    return next(right for least, right in RIGHT_IF_AGREED if agreed >= least)
