"""What people have decided about doubtful entries of registers: `data/registers.jsonl`, reviewed like code.

A line is a JSON object: `register`, `entry` (its key or number there), `decision` (same or different), `listings` (ids
of the provider's listings at that time), `decided` (day), perhaps `note`. It applies to any provider with one of these
listings.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .errors import RegisterError

DECISIONS_FILE = "registers.jsonl"
DECISIONS = ("same", "different")
REGISTERS = ("leie", "nppes", "ods")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about one entry and some listings."""

    register: str
    entry: str
    decision: str
    listings: tuple[str, ...]
    decided: str
    note: str | None = None

    def as_line(self) -> str:
        """As a line of the file."""
        said: dict[str, Any] = {
            "register": self.register,
            "entry": self.entry,
            "decision": self.decision,
            "listings": list(self.listings),
            "decided": self.decided,
        }
        return json.dumps(said | ({"note": self.note} if self.note else {}), ensure_ascii=False) + "\n"


class Decisions:
    """All decisions. Of two about the same listing and entry the later line counts."""

    def __init__(self, decisions: Collection[Decision] = ()) -> None:
        self._by_entry: dict[tuple[str, str], dict[str, str]] = {}
        for one in decisions:
            self._by_entry.setdefault((one.register, one.entry), {}).update(dict.fromkeys(one.listings, one.decision))

    @classmethod
    def read(cls, path: Path) -> Decisions:
        """Those of a file; none if there is no file. Raises RegisterError naming a line that is no decision."""
        lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        return cls([_decision(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()])

    def about(self, register: str, entry: str, listings: Collection[str]) -> str | None:
        """same or different; None if nobody has decided, or if decisions about the listings contradict each other."""
        known = self._by_entry.get((register, entry), {})
        found = {known[listing] for listing in listings if listing in known}
        return found.pop() if len(found) == 1 else None

    def listings(self, register: str, decision: str) -> list[str]:
        """The listings about which this was decided of any entry."""
        return sorted(
            {
                listing
                for (name, _), said in self._by_entry.items()
                if name == register
                for listing, what in said.items()
                if what == decision
            }
        )


def _decision(line: str, where: str) -> Decision:
    try:
        said = json.loads(line)
        listings = said["listings"]
        decision = Decision(
            register=str(said["register"]),
            entry=str(said["entry"]),
            decision=str(said["decision"]),
            decided=str(said["decided"]),
            listings=tuple(map(str, listings if isinstance(listings, list) else ())),
            note=said.get("note"),
        )
        date.fromisoformat(decision.decided)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RegisterError(
            f"{where} is no decision ({type(error).__name__}: {error}): correct it or take it out"
        ) from None
    if decision.decision not in DECISIONS or decision.register not in REGISTERS or not decision.listings:
        raise RegisterError(
            f"{where} is no decision: it needs a register ({', '.join(REGISTERS)}), same or different, and listings"
        )
    return decision


def append(path: Path, decision: Decision) -> None:
    """Adds a line to the file, for good before it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.read_bytes() if path.exists() else b""
    with path.open("a", encoding="utf-8") as file:
        file.write("" if not whole or whole.endswith(b"\n") else "\n")
        file.write(decision.as_line())
        file.flush()
        os.fsync(file.fileno())
