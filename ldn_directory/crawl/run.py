"""One crawl of one source, from its first page to its report."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ldn_directory.archive.harvests import write_report
from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.run_archive import RunArchive
from ldn_directory.archive.warc_archive import Archive, Visit
from ldn_directory.extract.page import Page
from ldn_directory.extract.truncation import how_cut_off
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.ledger.ingest import fill_rates
from ldn_directory.model import ROUND_CAPS, Harvest, Mention, Problem, Source, id_of
from ldn_directory.privacy.redaction import SuppressionsUnreadable, load_suppressions, redact_lines, redact_page
from ldn_directory.storage import LEDGER_FILE, utc_now, write_atomically

from .gates import Facts
from .limits import Limits, run_totals
from .organisations import SiteVisits
from .page_worker import PageParser
from .places_check import Dropped
from .topic import TopicSearch
from .turnover import EXAMPLES
from .unique_listings import UniqueListings

if TYPE_CHECKING:
    from ldn_directory.privacy.suppression import Suppressions

T = TypeVar("T")
MOST_PROBLEMS = 500
MOST_SAMPLE = 15
MOST_ADDRESSES = 5


def new_run_id() -> str:
    """The start of the run and four random hex digits; sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def spread(items: Sequence[T], most: int = MOST_SAMPLE) -> list[T]:
    """At most so many of the items, evenly spread: with the first and the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(number * (len(items) - 1) / (most - 1))] for number in range(most)]


def _was_cut(archive: Archive, visit: Visit) -> bool:
    """Whether an archived page ends too early; not if it is damaged."""
    try:
        body, headers = archive.page(visit)
        return how_cut_off(Page(visit.url, body, headers.get("content-type"))) is not None
    except (OSError, ValueError):
        return False


class CrawlRun:
    """Collects what one crawl of one source finds and meets, and writes `runs/<run>/<source>/`."""

    def __init__(self, data: Path, run_id: str, source_id: str, source: Source) -> None:
        self.data, self.id, self.source_id, self.source = data, run_id, source_id, source
        self.archive = RunArchive(data, run_id, source_id)
        self.started = utc_now()
        self.finished: str | None = None
        """When its pages had been read, UTC; None for now."""
        self.replayed: str | None = None
        """The run whose archived pages are read again, if it is no crawl."""
        self.counts: Counter[str] = Counter()
        self.listings = UniqueListings()
        self.problems: list[Problem] = []
        self.unplaced: Counter[str] = Counter()
        self.failures: list[str] = []
        self.left_out: list[str] = []
        self.blocked: str | None = None
        """How the site has refused the crawl."""
        self.unreachable: str | None = None
        """Why the site could not be asked."""
        self.total: int | None = None
        self.crawl_delay_s: float | None = None
        self.topic = TopicSearch()
        self.addresses: list[str] = []
        """The pages of the list, in the order they were fetched."""
        self.limits: Limits | None = None
        self.over_limit: str | None = None
        """Which limit the source or the run has exceeded; then nothing more is read."""
        self.reading: Mapping[str, Any] | None = None
        """How its pages are read, for a source whose reading is found by trying (`reading_trial.py`)."""
        self.confidence: float | None = None
        """Of a reading that was found by trying; None if it is pinned."""
        self._confidences = 0.0
        self.tried: list[str] = []
        """What was tried to find the reading, in plain words."""
        self._counted_bytes = 0
        self._waiting: dict[int, tuple[Visit, PageResult]] = {}
        self._next_ordinal = 0
        self._page_sizes: set[int] = set()
        self._continuations: set[str] = set()
        self.cut_pages: dict[str, str] = {}
        """Address -> how one sees that the page ends too early."""

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
        self._waiting[visit.ordinal] = (visit, result)
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

    def _add(self, visit: Visit, result: PageResult) -> list[bytes]:
        url = visit.url
        self.addresses.append(url)
        if self.source.completes:
            # Its listings are known when all pages of a site are.
            self.visits.take(url, visit.context, result)
            self.check_limits(url)
            return []
        self.topic.add(result.mention)
        if result.error:
            self.fail(url, result.error)
        for problem in result.problems:
            self.note(problem.page, problem.what, problem.record)
        self.left_out += result.left_out
        self._note_guess(result)
        if result.cut:
            self.cut_pages[url] = result.cut
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

    @cached_property
    def visits(self) -> SiteVisits:
        """What was met on each organisation's site, for a source that completes another."""
        return SiteVisits.of(self.data, self.source_id)

    def _note_guess(self, result: PageResult) -> None:
        """Counts the confidence of a page's reading, unless it is pinned, by the entries of the page."""
        if result.tried:
            best = result.tried[0]
            self.counts["guessed"] += best.entries
            self._confidences += best.confidence * best.entries
            self.confidence = round(self._confidences / max(1, self.counts["guessed"]), 3)

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

    def accepted_reading(self) -> tuple[str, dict[str, Any]] | None:
        """(run, reading) that a person accepted for this source; None also if the ledger cannot be read now."""
        path = self.data / LEDGER_FILE
        try:
            with Ledger.open_read_only(path) if path.exists() else nullcontext() as ledger:
                return ledger.accepted_reading(self.source_id) if ledger else None
        except LedgerError:
            return None

    def pages_with_entries(self) -> list[str]:
        """The page of each listing so far."""
        return [json.loads(line)["page"] for line in self.listings.lines.values()]

    def mention(self) -> Mention | None:
        """Where the pages so far show that the list is about low-dose naltrexone."""
        return self.topic.found(len(self.listings.lines))

    @cached_property
    def _checked(self) -> tuple[tuple[bytes, ...], tuple[Dropped, ...]]:
        """(all listings, what was taken from them), when there are no more pages."""
        self._add_rest()
        if self.source.completes:
            for line in self.visits.lines(self.data):
                self.listings.add(line)
        lines, dropped = self.listings.checked(self.data)
        for one in dropped:
            self.note(one.page, str(one), one.name)
        return lines, dropped

    def facts(self, finished: bool) -> Facts:
        """What the gates look at, but for what is known from before."""
        lines, dropped = self._checked
        return Facts(
            listings=len(lines),
            duplicates=self.listings.duplicates,
            repeated=self.listings.repeated,
            email_owners=self.listings.emails.counts(),
            implausible=len({one.listing for one in dropped}),
            implausible_examples=tuple(dict.fromkeys(map(str, dropped)))[:EXAMPLES],
            fill=fill_rates(lines),
            pages=self.archive.pages,
            even_pages=len(self._page_sizes) == 1,
            capped_pages=self.counts["capped"],
            finished=finished,
            failures=tuple(self.failures),
            blocked=self.blocked,
            unreachable=self.visits.why_unanswered()
            if self.source.completes
            else self.unreachable
            if not lines
            else None,
            total=self.total,
            off_topic=self.mention() is None,
            confidence=self.confidence,
        )

    def newly_cut_pages(self, last_run: str | None) -> tuple[str, ...]:
        """The pages that end too early, except those that did in the last harvest too: some sites close no tags."""
        if not self.cut_pages:
            return ()
        with closing(Archive(self.data)) as archive:
            before = list(archive.visits(last_run, self.source_id)) if last_run else []
            usual = {visit.url for visit in before if visit.url in self.cut_pages and _was_cut(archive, visit)}
        return tuple(f"{url}: {how}" for url, how in self.cut_pages.items() if url not in usual)

    def harvest(self) -> Harvest:
        """The listings so far, in the order of their ids."""
        return Harvest(
            run=self.id,
            source_id=self.source_id,
            source=self.source,
            started=self.started,
            finished=self.finished or utc_now(),
            lines=self._checked[0],
            left_out=tuple(self.left_out),
            not_read=self.visits.not_read() if self.source.completes else frozenset(),
            reading=self.reading,
        )

    def write(self, harvest: Harvest, report: Mapping[str, Any]) -> None:
        """Writes `listings.jsonl`, then `report.json`: a folder with a report is complete."""
        write_atomically(self.archive.folder / "listings.jsonl", b"".join(line + b"\n" for line in harvest.lines))
        write_report(self.data, report)

    def _sample(self, harvest: Harvest) -> list[Any]:
        """Some of the listings, from the first to the last of the list as it was read."""
        kept = {id_of(line): line for line in harvest.lines}
        return [json.loads(line) for line in spread([kept[key] for key in self.listings.lines if key in kept])]

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
            "measures": facts.measures,
            "implausible_places": facts.implausible,
            "crawl_delay_s": self.crawl_delay_s,
            "failures": self.failures[:MOST_PROBLEMS],
            "problem_count": self.counts["problems"],
            "problems": [str(problem) for problem in self.problems],
            "left_out": self.left_out,
            "not_understood": [f"column {label!r} ({count} pages)" for label, count in self.unplaced.most_common(50)],
            "terms": self.source.terms,
            "homepage": self.source.homepage,
            "evidence": self.source.evidence,
            "kept_here": self.source.rechecked,
            "reading": self.reading,
            "confidence": self.confidence,
            "tried": self.tried,
            "addresses": self.addresses[:MOST_ADDRESSES],
            "topic": asdict(mention) if (mention := self.mention()) else None,
            "looked_at": self.topic.looked_at,
            "sample": self._sample(harvest),
            "not_read": sorted(harvest.not_read),
            "site_failures": self.visits.failures() if self.source.completes else [],
            "organisations": self.visits.report(harvest.lines) if self.source.completes else [],
        }
