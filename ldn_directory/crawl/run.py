"""One crawl of one source, from its first page to its report."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.archive.warc_archive import Visit
from ldn_directory.model import ROUND_CAPS, Harvest, Problem, Source
from ldn_directory.privacy.redaction import SuppressionsUnreadable, load_suppressions, redact_lines, redact_page
from ldn_directory.storage import utc_now, write_atomically

from .gates import GATED_FIELDS, Facts
from .limits import Limits, run_totals
from .page_worker import PageParser

if TYPE_CHECKING:
    from ldn_directory.privacy.suppression import Suppressions

MOST_PROBLEMS = 500
MOST_SAMPLE = 12


def new_run_id() -> str:
    """The start of the run and four random hex digits; sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


@dataclass(slots=True, kw_only=True)
class UniqueListings:
    """The listings of a run so far, each key once."""

    lines: dict[str, bytes] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0

    def add(self, line: bytes) -> str | None:
        """Adds a listing, unless its key is there already; then gives a remark if the two differ."""
        row = json.loads(line)
        known = self.lines.get(row["id"])
        if known is None:
            self.lines[row["id"]] = line
            self.filled.update(name for name in GATED_FIELDS if _is_filled(row, name))
            return None
        self.duplicates += 1
        return None if known == line else f"occurs twice under the key {row['key']!r}, differently; the first is kept"

    @property
    def fill(self) -> dict[str, float]:
        """The share of listings that have each gated field."""
        return {name: round(self.filled[name] / max(1, len(self.lines)), 4) for name in GATED_FIELDS}

    def sorted(self) -> tuple[bytes, ...]:
        """The listings in the order of their ids."""
        return tuple(line for _, line in sorted(self.lines.items()))


def _is_filled(row: Mapping[str, Any], name: str) -> bool:
    match name:
        case "phone":
            return bool(row.get("phones"))
        case "region":
            return bool(row.get("region_code") or row.get("region"))
        case _:
            return bool(row.get(name))


class CrawlRun:
    """Collects what one crawl of one source finds and meets, and writes `runs/<run>/<source>/`."""

    def __init__(self, data: Path, run_id: str, source_id: str, source: Source) -> None:
        self.data, self.id, self.source_id, self.source = data, run_id, source_id, source
        self.archive = RunArchive(data, run_id, source_id)
        self.started = utc_now()
        self.counts: Counter[str] = Counter()
        self.listings = UniqueListings()
        self.problems: list[Problem] = []
        self.unplaced: Counter[str] = Counter()
        self.failures: list[str] = []
        self.blocked: str | None = None
        """How the site has refused the crawl."""
        self.unreachable: str | None = None
        """Why the site could not be asked."""
        self.total: int | None = None
        self.crawl_delay_s: float | None = None
        self.limits: Limits | None = None
        self.over_limit: str | None = None
        """Which limit the source or the run has exceeded; then nothing more is read."""
        self._counted_bytes = 0
        self._waiting: dict[int, tuple[str, PageResult]] = {}
        self._next_ordinal = 0
        self._page_sizes: set[int] = set()
        self._continuations: set[str] = set()

    def note(self, page: str, what: str, record: str | None = None) -> None:
        """Adds a problem to the report."""
        self.counts["problems"] += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(page=page, what=what, record=record))

    def fail(self, page: str, what: str) -> None:
        """Notes that a page of the list is missing, so that the harvest is incomplete."""
        self.failures.append(f"{page} {what}")
        self.note(page, what)

    @cached_property
    def hidden(self) -> Suppressions | None:
        """Who had asked to be forgotten when the first page was read."""
        try:
            return load_suppressions(self.data)
        except SuppressionsUnreadable:
            # The harvest will be refused for the same reason.
            return None

    @property
    def hidden_version(self) -> str:
        """The version of `hidden`; empty if there is nobody."""
        return self.hidden.version if self.hidden else ""

    def cached_result(self, parser: type[PageParser], visit: Visit) -> PageResult | None:
        """What this version of the extraction made of the same page before."""
        return self.archive.cached_result(parser.version(), visit.digest)

    def without_hidden(self, parser: type[PageParser], visit: Visit, result: PageResult) -> PageResult:
        """A new result without links to the pages of the forgotten. Caches it, unless it failed or mentions them."""
        shown, is_clean = redact_page(result, self.hidden)
        if is_clean and not result.error:
            self.archive.cache_result(parser.version(), visit.digest, result)
        return shown

    def add_page(self, visit: Visit, result: PageResult) -> list[bytes]:
        """Takes the result of a page; gives the listings that are now added.

        Pages are parsed side by side, but added in the order in which they were fetched, so that runs agree.
        """
        self._waiting[visit.ordinal] = (visit.url, result)
        added: list[bytes] = []
        while self._next_ordinal in self._waiting:
            added += self._add(*self._waiting.pop(self._next_ordinal))
            self._next_ordinal += 1
        return added

    def shown_lines(self, lines: Iterable[bytes]) -> tuple[bytes, ...]:
        """Listings for an export, without those of anybody forgotten until now; none while that cannot be known.

        What an export has written already stays there: somebody forgotten later must be taken out of it by hand.
        """
        try:
            return redact_lines(tuple(lines), load_suppressions(self.data))
        except SuppressionsUnreadable:
            return ()

    def _add_rest(self) -> None:
        """Adds pages that wait for an earlier one which was never parsed."""
        for ordinal in sorted(self._waiting):
            self._add(*self._waiting.pop(ordinal))

    def _add(self, url: str, result: PageResult) -> list[bytes]:
        if result.error:
            self.fail(url, result.error)
        for problem in result.problems:
            self.note(problem.page, problem.what, problem.record)
        self.unplaced.update(result.unplaced)
        self._measure(url, result)
        if result.total is not None:
            self.total = max(self.total or 0, result.total)
        added: list[bytes] = []
        for line in result.lines:
            if self.check_limits(url):
                break
            count = len(self.listings.lines)
            if remark := self.listings.add(line):
                self.note(url, remark)
            if len(self.listings.lines) > count:
                added.append(line)
                run_totals(self.id)["listings"] += 1
        self.check_limits(url)
        return added

    def check_limits(self, page: str) -> str | None:
        """Which limit is exceeded, if one is. The first time, the harvest becomes incomplete for that reason."""
        totals, size = run_totals(self.id), self.archive.warc.bytes
        totals["bytes"] += size - self._counted_bytes
        self._counted_bytes = size
        if self.limits and not self.over_limit:
            self.over_limit = self.limits.exceeded(len(self.listings.lines), size, totals)
            if self.over_limit:
                self.fail(page, f"{self.over_limit}: nothing more is read")
        return self.over_limit

    def _measure(self, url: str, result: PageResult) -> None:
        """Notes how full a page is and whether it stands alone, which shows where a server cuts lists off."""
        if not result.lines:
            return
        self._page_sizes.add(len(result.lines))
        alone = not result.next_pages and not result.follow and url not in self._continuations
        if alone and len(result.lines) in ROUND_CAPS | set(self.source.expect.caps):
            self.counts["capped"] += 1
        self._continuations.update(result.next_pages)

    def facts(self, finished: bool) -> Facts:
        """What the gates look at."""
        self._add_rest()
        return Facts(
            listings=len(self.listings.lines),
            duplicates=self.listings.duplicates,
            fill=self.listings.fill,
            pages=self.archive.pages,
            even_pages=len(self._page_sizes) == 1,
            capped_pages=self.counts["capped"],
            finished=finished,
            failures=tuple(self.failures),
            blocked=self.blocked,
            unreachable=self.unreachable if not self.listings.lines else None,
            total=self.total,
        )

    def harvest(self) -> Harvest:
        """The listings so far, in the order of their ids."""
        self._add_rest()
        return Harvest(
            run=self.id,
            source_id=self.source_id,
            source=self.source,
            started=self.started,
            finished=utc_now(),
            lines=self.listings.sorted(),
        )

    def write(self, harvest: Harvest, report: Mapping[str, Any]) -> None:
        """Writes `listings.jsonl`, then `report.json`: a folder with a report is complete."""
        folder = self.archive.folder
        write_atomically(folder / "listings.jsonl", b"".join(line + b"\n" for line in harvest.lines))
        write_atomically(folder / "report.json", json.dumps(report, indent=2, ensure_ascii=False).encode())

    def report(self, outcome: str, reasons: Iterable[str], harvest: Harvest, facts: Facts) -> dict[str, Any]:
        """The report of the run as JSON values."""
        return {
            "run": self.id,
            "source": self.source_id,
            "title": self.source.title,
            "outcome": outcome,
            "reasons": list(reasons),
            "started": self.started,
            "finished": harvest.finished,
            "listings": facts.listings,
            "duplicates": facts.duplicates,
            "fill": dict(facts.fill),
            "pages": facts.pages,
            "unchanged_pages": self.counts["unchanged"],
            "responses": self.archive.responses,
            "bytes": self.archive.warc.bytes,
            "total_stated": self.total,
            "crawl_delay_s": self.crawl_delay_s,
            "failures": self.failures[:MOST_PROBLEMS],
            "problem_count": self.counts["problems"],
            "problems": [str(problem) for problem in self.problems],
            "not_understood": [f"column {label!r} ({count} pages)" for label, count in self.unplaced.most_common(50)],
            "terms": self.source.terms,
            "homepage": self.source.homepage,
            "sample": [json.loads(line) for line in harvest.lines[:MOST_SAMPLE]],
        }
