"""What a crawl met on the site of one organisation, and what that means. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ldn_directory.archive.page_result import PageResult

Context = Mapping[str, Any]
OUTCOMES = {
    "read": "read",
    "silent": "no page that was read speaks of low-dose naltrexone",
    "closed": "says that it has closed",
    "parked": "its domain is parked or for sale",
    "moved": "leads to another site",
    "gone": "its pages are gone",
    "unreadable": "shows nothing without scripts or consent",
    "refused": "refuses programs",
    "down": "gave no answer",
}
"""What a visit of a site found, in words."""


@dataclass(slots=True, kw_only=True)
class SiteVisit:
    """What was met on the site of one organisation."""

    row: Context
    pages: list[tuple[str, Context, PageResult]] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """(address, kind: gone, moved, refused or down, why)."""
    left_out: list[str] = field(default_factory=list)

    def outcome(self) -> str:
        """One of OUTCOMES."""
        states = [dict(result.stated) for _, _, result in self.pages]
        told = {state.get("state") for state in states}
        kinds = [kind for _, kind, _ in self.failures]
        for one in ("parked", "closed"):
            if one in told:
                return one
        readable = [state for state in states if "state" not in state]
        if not readable:
            if states and not kinds:
                return "unreadable"
            return next((kind for kind in ("moved", "refused", "down", "gone") if kind in kinds), "unreadable")
        front = [kind for url, kind, _ in self.failures if url == self.row["front"]]
        if "moved" in front:
            return "moved"
        if any(state.get("ldn") == "yes" for state in readable):
            return "read"
        unknown = len(readable) < len(states) or "down" in kinds or "refused" in kinds
        return "read" if unknown and self.is_named() else "silent"

    def is_named(self) -> bool:
        """Whether a page names the organisation."""
        return any(dict(result.stated).get("named") for _, _, result in self.pages)

    def failed_for_now(self) -> bool:
        """Whether a page was not had that may be had tomorrow."""
        return any(kind == "down" for _, kind, _ in self.failures)
