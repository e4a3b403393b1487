"""Bounds of a crawl: how much one source and one run may bring, and when a pager leads nowhere. No I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scrapy.settings import BaseSettings

from ldn_directory.archive.page_result import PageResult
from ldn_directory.model import Source, id_of

MOST_BARREN = 2
"""Pages of one chain, one after another, that may add nothing new."""
MOST_EMPTY = 10
"""The same while no page of the chain has had an entry: files that only name other files."""
_run_totals: dict[str, Counter[str]] = defaultdict(Counter)
"""By run: listings and bytes of all its sources, which one process crawls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most listings, and bytes of answers, that one source and one run may bring."""

    listings: int
    bytes: int
    run_listings: int
    run_bytes: int

    @classmethod
    def of(cls, settings: BaseSettings, source: Source) -> Limits:
        """The limits in the settings, except where the source states its own."""
        return cls(
            listings=source.expect.most_listings or settings.getint("LDN_MOST_LISTINGS"),
            bytes=source.expect.most_bytes or settings.getint("LDN_MOST_BYTES"),
            run_listings=settings.getint("LDN_MOST_RUN_LISTINGS"),
            run_bytes=settings.getint("LDN_MOST_RUN_BYTES"),
        )

    def exceeded(self, listings: int, size: int, totals: Counter[str]) -> str | None:
        """Which limit is exceeded, as the end of a sentence about a page; None if none is."""
        if listings > self.listings:
            return f"has more than the {self.listings:,} entries that a source may bring ({_own('most_listings')})"
        if size > self.bytes:
            return f"goes beyond the {self.bytes:,} bytes that a source may send ({_own('most_bytes')})"
        if totals["listings"] > self.run_listings:
            return f"goes beyond the {self.run_listings:,} entries that a run may bring (LDN_MOST_RUN_LISTINGS)"
        if totals["bytes"] > self.run_bytes:
            return f"goes beyond the {self.run_bytes:,} bytes that a run may receive (LDN_MOST_RUN_BYTES)"
        return None


def _own(name: str) -> str:
    return f"if that is right, state {name} in the source's Expect"


def run_totals(run_id: str) -> Counter[str]:
    """`listings` and `bytes` of all sources of a run so far, to be counted up."""
    return _run_totals[run_id]


@dataclass(slots=True)
class PageChain:
    """Pages that follow each other: whether they still bring anything."""

    known: set[str] = field(default_factory=set)
    """Ids of the entries, and addresses of their own pages, that the chain has brought."""
    barren: int = 0
    """How many pages, up to the last one, have added nothing."""
    repeated: int = 0
    """How many entries these pages have repeated."""

    @property
    def goes_on(self) -> bool:
        """Whether next pages are worth asking for."""
        return self.barren < (MOST_BARREN if self.known else MOST_EMPTY)

    def add(self, result: PageResult) -> tuple[PageResult, int]:
        """(what the page adds, repeated entries to count) of what a page brought.

        A pager that goes on past its end repeats its last page, which says nothing against the list. If new entries
        follow after all, a page of the list may be missing, so what was repeated before is counted then.
        """
        found = set(_marks(result))
        if not found - self.known:
            self.barren += 1
            self.repeated += len(result.lines)
            return replace(result, lines=()), 0
        counted = self.repeated
        self.barren = self.repeated = 0
        self.known |= found
        return result, counted


def _marks(result: PageResult) -> Iterator[str]:
    yield from map(id_of, result.lines)
    yield from (address for address, _ in result.follow)
