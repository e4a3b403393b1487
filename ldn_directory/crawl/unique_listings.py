"""The listings of a run so far, each key once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .email_owners import EmailOwners
from .places_check import Dropped, check_places

_IDENTIFYING = ("name", "practice", "email", "website", "street", "city", "region", "postcode", "country")


@dataclass(slots=True, kw_only=True)
class UniqueListings:
    """The listings of a run so far, each key once."""

    lines: dict[str, bytes] = field(default_factory=dict)
    duplicates: int = 0
    emails: EmailOwners = field(default_factory=EmailOwners)
    _contents: set[int] = field(default_factory=set)

    def add(self, line: bytes) -> str | None:
        """Adds a listing, unless its key is there already; then gives a remark if the two say different things."""
        row = json.loads(line)
        known = self.lines.get(row["id"])
        if known is None:
            self.lines[row["id"]] = line
            self._contents.add(_content_of(row))
            self.emails.add(row)
            return None
        self.duplicates += 1
        is_same = known == line or json.loads(known) | {"page": row["page"]} == row
        return None if is_same else f"occurs twice under the key {row['key']!r}, differently; the first is kept"

    @property
    def repeated(self) -> int:
        """How many listings say the same as another one under another key."""
        return len(self.lines) - len(self._contents)

    def checked(self, data: Path) -> tuple[tuple[bytes, ...], tuple[Dropped, ...]]:
        """(the listings in the order of their ids without places that cannot be true, what was taken from them)."""
        return check_places([line for _, line in sorted(self.lines.items())], data)


def _content_of(row: Mapping[str, Any]) -> int:
    """A hash of who and where an entry is, the same for the same entry under another key."""
    phones = tuple(phone.get("e164") or phone["raw"] for phone in row.get("phones", ()))
    return hash((phones, *(row.get(name) for name in _IDENTIFYING)))
