"""Compares what was read from a page with the answers kept beside it."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ldn_directory.extract.page import Page
from ldn_directory.model import Listing
from ldn_directory.probe.detect import probe

PAGES = Path(__file__).parent.parent / "pages"
MEDIA = {
    ".html": "text/html",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".xml": "application/xml",
}


@dataclass
class Outcome:
    """How one page was read."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    found_fields: int = 0
    all_fields: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall of entries; 1 for a page without entries of which none were found."""
        total = 2 * self.right + len(self.wrong) + len(self.missed)
        return 2 * self.right / total if total else 1.0


def cases() -> list[Path]:
    return sorted(path.parent for path in PAGES.glob("*/*/expected.json") if list(path.parent.glob("page.*")))


def read(case: Path) -> list[Listing]:
    """The listings of a case's page, as `ldn probe` finds them without being told anything."""
    file = next(case.glob("page.*"))
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    return list(probe(Page(expected["url"], file.read_bytes(), MEDIA.get(file.suffix))).listings)


@cache
def compared(case: Path) -> Outcome:
    """What was right and wrong in the reading of a case's page."""
    wanted = json.loads((case / "expected.json").read_text("utf-8"))["records"]
    found = read(case)
    outcome = Outcome()
    left = list(found)
    for record in wanted:
        match = next((listing for listing in left if _same(record, listing)), None)
        if match is None:
            outcome.missed.append(record["name"])
            continue
        left.remove(match)
        outcome.right += 1
        for name in record.keys() - {"name"}:
            outcome.all_fields += 1
            if _has(match, name, record[name]):
                outcome.found_fields += 1
            else:
                outcome.lost.append(f"{record['name']}: {name} {record[name]!r}")
    outcome.wrong = [listing.name or "?" for listing in left]
    return outcome


def _same(record: dict[str, Any], listing: Listing) -> bool:
    wanted = _words(record["name"])
    return wanted == _words(listing.name) or (
        wanted == _words(listing.practice) and "phone" in record and _has(listing, "phone", record["phone"])
    )


def _words(text: str | None) -> set[str]:
    folded = unicodedata.normalize("NFKD", text or "").casefold()
    return set(re.findall(r"[^\W\d_]+", "".join(c for c in folded if not unicodedata.combining(c)))) - {
        "dr",
        "ד",
        "ר",
        "د",
    }


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)[-9:]


def _has(listing: Listing, name: str, value: str) -> bool:
    match name:
        case "phone":
            return any(_digits(phone.raw) == _digits(value) for phone in listing.phones)
        case "website":
            return (listing.website or "").rstrip("/") == value.rstrip("/")
        case "practice":
            return _words(value) in (_words(listing.practice), _words(listing.name))
        case "credentials":
            return bool(
                _words(value.replace(".", ""))
                & _words((listing.credentials or "").replace(".", "").replace("-", " ").replace(",", " "))
            ) or (_words(value.replace("-", " ")) <= _words((listing.credentials or "").replace("-", " ")))
        case _:
            return _words(str(getattr(listing, name) or "")) == _words(value) and _digits(
                str(getattr(listing, name) or "")
            ) == _digits(value)
