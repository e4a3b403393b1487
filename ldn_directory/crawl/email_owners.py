"""Whether the e-mail addresses of a list name the people beside whom they stand: seen without any earlier harvest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ldn_directory.ledger.renewed_keys import name_words

SHORTEST = 4
"""Letters of a name that is looked for: shorter ones are also parts of other words."""
_PARTS = re.compile(r"[^\W\d_]+")


class EmailOwners:
    """The names on a list and those in its e-mail addresses."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._entries: list[tuple[frozenset[str], frozenset[str]]] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Adds an entry."""
        names = frozenset(word for word in name_words(row.get("name")) if len(word) >= SHORTEST)
        self._names |= names
        if names and row.get("email"):
            parts = _PARTS.findall(row["email"].partition("@")[0].lower())
            self._entries.append((names, frozenset(form for part in parts for form in (part, part[1:]))))

    def counts(self) -> tuple[int, int]:
        """(entries whose address has their own name, entries whose address has another entry's name instead)."""
        own = sum(not names.isdisjoint(parts) for names, parts in self._entries)
        named = sum(not self._names.isdisjoint(parts) for _, parts in self._entries)
        return own, named - own
