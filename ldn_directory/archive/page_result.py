"""What extraction made of one page, as the crawl takes it and the archive keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from ldn_directory.model import Fact, Mention, Problem, TriedReading


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """The listings of one page, and where to go from there."""

    lines: tuple[bytes, ...] = ()
    """Listings as canonical JSON (`Listing.as_line`)."""
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    """Labels of columns that no field was found for."""
    next_pages: tuple[str, ...] = ()
    follow: tuple[tuple[str, dict[str, Any]], ...] = ()
    """(address, context) of other pages to read: detail pages, options of a filter."""
    total: int | None = None
    cut: str | None = None
    """How one sees that the page ends too early, if it seems so."""
    error: str | None = None
    """Why the page could not be read, or not to its end."""
    left_out: tuple[str, ...] = ()
    """The text of entries that could not be used."""
    stated: tuple[Fact, ...] = ()
    """Of the facts that a check asked about, those that the page states."""
    mention: Mention | None = None
    """Where the page speaks of low-dose naltrexone."""
    tried: tuple[TriedReading, ...] = ()
    """The readings that found entries, the one that was used first; empty if the reading is pinned."""
    fields: tuple[tuple[str, str], ...] = ()
    """(label, field) of the columns that were understood, if readings were tried."""

    def to_json(self) -> bytes:
        """The result as JSON, for the archive."""
        row = {
            "lines": [line.decode() for line in self.lines],
            "problems": [asdict(problem) for problem in self.problems],
            "unplaced": self.unplaced,
            "next_pages": self.next_pages,
            "follow": self.follow,
            "total": self.total,
            "cut": self.cut,
            "error": self.error,
            "left_out": self.left_out,
            "stated": self.stated,
            "mention": asdict(self.mention) if self.mention else None,
            "tried": [asdict(one) for one in self.tried],
            "fields": self.fields,
        }
        return json.dumps(row, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, text: bytes) -> PageResult:
        """The result that `to_json` wrote."""
        row = json.loads(text)
        return cls(
            lines=tuple(line.encode() for line in row["lines"]),
            problems=tuple(Problem(**problem) for problem in row["problems"]),
            unplaced=tuple(row["unplaced"]),
            next_pages=tuple(row["next_pages"]),
            follow=tuple((url, context) for url, context in row["follow"]),
            total=row["total"],
            cut=row.get("cut"),
            error=row["error"],
            left_out=tuple(row["left_out"]),
            stated=tuple((name, value) for name, value in row["stated"]),
            mention=Mention.from_json(row["mention"]) if row["mention"] else None,
            tried=tuple(TriedReading(**one) for one in row.get("tried", ())),
            fields=tuple((label, field) for label, field in row.get("fields", ())),
        )
