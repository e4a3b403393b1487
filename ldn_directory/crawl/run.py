"""One crawl of one source, from its first request to its report."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.warc_archive import Archive, Stored, Visit, WarcFile, digest_of
from ldn_directory.model import ROUND_CAPS, Harvest, Problem, Source
from ldn_directory.privacy.redaction import SuppressionsUnreadable, load_suppressions, redact_page
from ldn_directory.storage import utc_now, write_atomically

from .gates import GATED_FIELDS, Facts
from .page_worker import Context, Reader, Reading, version_of

if TYPE_CHECKING:
    from ldn_directory.privacy.suppression import Suppressions

MOST_PROBLEMS = 500
MOST_SAMPLE = 12


def new_run_id() -> str:
    """Start of the run and four random hex digits; sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


@dataclass(slots=True, kw_only=True)
class Gathered:
    """The listings of a run so far, each once."""

    lines: dict[str, bytes] = field(default_factory=dict)
    filled: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0

    def add(self, line: bytes) -> str | None:
        """Takes a listing; gives a sentence if it is a repetition of another with the same key but other content."""
        row = json.loads(line)
        known = self.lines.get(row["id"])
        if known is None:
            self.lines[row["id"]] = line
            self.filled.update(name for name in GATED_FIELDS if _has(row, name))
            return None
        self.duplicates += 1
        if known == line:
            return None
        return f"stands twice under the key {row['key']!r}, differently; the first is kept"

    @property
    def fill(self) -> dict[str, float]:
        """Share of listings that have each gated field."""
        return {name: round(self.filled[name] / max(1, len(self.lines)), 4) for name in GATED_FIELDS}


def _has(row: Mapping[str, Any], name: str) -> bool:
    match name:
        case "phone":
            return bool(row.get("phones"))
        case "region":
            return bool(row.get("region_code") or row.get("region"))
        case _:
            return bool(row.get(name))


class Run:
    """Collects what one crawl of one source meets, and writes `runs/<run>/<source>/`."""

    def __init__(self, data: Path, run_id: str, source_id: str, source: Source) -> None:
        self.data, self.id, self.source_id, self.source = data, run_id, source_id, source
        self.folder = data / "runs" / run_id / source_id
        self.archive = Archive(data)
        self.warc = WarcFile(self.folder / "pages.warc.gz", data)
        self.started = utc_now()
        self.counts: Counter[str] = Counter()
        self.gathered = Gathered()
        self.problems: list[Problem] = []
        self.unplaced: Counter[str] = Counter()
        self.failures: list[str] = []
        self.blocked: str | None = None
        self.lost: str | None = None
        """Why what is read cannot be kept (a full disk), if so: such a run ends, and counts as failed."""
        self.no_answer: str | None = None
        self.total: int | None = None
        self.crawl_delay_s: float | None = None
        self._waiting: dict[int, tuple[str, Reading]] = {}
        self._added = 0
        self._page_sizes: set[int] = set()
        self._continuing: set[str] = set()

    def note(self, page: str, what: str, record: str | None = None) -> None:
        """Puts a problem into the report."""
        self.counts["problems"] += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(page=page, what=what, record=record))

    def fail(self, page: str, what: str) -> None:
        """Notes that a page of the list is missing, so that the harvest is incomplete."""
        self.failures.append(f"{page} {what}")
        self.note(page, what)

    def block(self, what: str) -> None:
        """Notes that the site has refused the crawl."""
        self.blocked = self.blocked or what

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Notes an OSError in the block as the reason why nothing more can be kept."""
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            self.lost = self.lost or f"what is read cannot be kept: {error.strerror or error}{where}"

    def unreachable(self, what: str) -> None:
        """Notes that the site gives no answer."""
        self.no_answer = self.no_answer or what

    def forbidden(self, url: str) -> None:
        """Notes that robots.txt forbids a page."""
        if self.no_answer is None:
            self.fail(url, "is forbidden by the site's robots.txt")

    def known_reading(self, reader: type[Reader], digest: bytes) -> Reading | None:
        """What this version of the extraction made of the same page before, if it has seen it."""
        kept = None
        with self.keeping():
            kept = self.archive.reading(self.source_id, version_of(reader), digest)
        return Reading.loaded(kept) if kept else None

    def keep(self, reader: type[Reader], digest: bytes, reading: Reading) -> None:
        """Keeps a reading for when the same page comes again, unless it failed, or tells of somebody who asked to be forgotten."""
        if reading.error or not redact_page(reading, self.hidden)[1]:
            return
        with self.keeping():
            self.archive.keep_reading(self.source_id, version_of(reader), digest, self.id, reading.dumped())

    @cached_property
    def hidden(self) -> Suppressions | None:
        """Who had asked to be forgotten when the first page was read."""
        try:
            return load_suppressions(self.data)
        except SuppressionsUnreadable:
            # Then nothing of this run will be taken or kept.
            return None

    @property
    def spares(self) -> str:
        """By which list of the forgotten the readings of this run were kept or not; empty if by none."""
        return self.hidden.version if self.hidden else ""

    def visit(self, url: str, body: bytes, context: Context, stored: Stored | None) -> Visit:
        """Notes a page that is about to be read."""
        if stored is None:
            stored = self._stored(url, body)
        digest = digest_of(url, context, body)
        visit = Visit(ordinal=self.counts["pages"], url=url, context=context, stored=stored, digest=digest)
        self.counts["pages"] += 1
        with self.keeping():
            self.archive.visited(self.id, self.source_id, visit)
        return visit

    def _stored(self, url: str, body: bytes) -> Stored:
        """A page that came from no server, as the archive has it."""
        position = 0
        with self.keeping():
            position = self.warc.write(url, 200, "OK", (), body, utc_now())
        return Stored(url=url, status=200, headers=(), warc=self.warc.name, position=position)

    def take(self, visit: Visit, reading: Reading) -> None:
        """Takes what one page yielded. Pages are read side by side, but added in the order they came, so that runs agree."""
        self._waiting[visit.ordinal] = (visit.url, reading)
        while self._added in self._waiting:
            self._add(*self._waiting.pop(self._added))
            self._added += 1

    def _add_all(self) -> None:
        """Adds what still waits for a page that never came to be read."""
        for ordinal in sorted(self._waiting):
            self._add(*self._waiting.pop(ordinal))

    def _add(self, url: str, reading: Reading) -> None:
        if reading.error:
            self.fail(url, reading.error)
        for problem in reading.problems:
            self.note(problem.page, problem.what, problem.record)
        self.unplaced.update(reading.unplaced)
        self._measure(url, reading)
        if reading.total is not None:
            self.total = max(self.total or 0, reading.total)
        for line in reading.lines:
            if said := self.gathered.add(line):
                self.note(url, said)

    def _measure(self, url: str, reading: Reading) -> None:
        """Notes how full a page was, and whether it stands for itself, which shows where a server cuts lists off."""
        if not reading.lines:
            return
        self._page_sizes.add(len(reading.lines))
        alone = not reading.next_pages and not reading.follow and url not in self._continuing
        if alone and len(reading.lines) in ROUND_CAPS | set(self.source.expect.caps):
            self.counts["capped"] += 1
        self._continuing.update(reading.next_pages)

    def facts(self, finished: bool) -> Facts:
        """What the gates look at."""
        self._add_all()
        unreachable = self.no_answer if not self.gathered.lines else None
        return Facts(
            listings=len(self.gathered.lines),
            duplicates=self.gathered.duplicates,
            fill=self.gathered.fill,
            pages=self.counts["pages"],
            even_pages=len(self._page_sizes) == 1,
            capped_pages=self.counts["capped"],
            finished=finished,
            failures=tuple(self.failures),
            blocked=self.blocked,
            unreachable=unreachable,
            total=self.total,
        )

    def harvest(self) -> Harvest:
        """The listings so far, in the order of their ids."""
        self._add_all()
        lines = tuple(line for _, line in sorted(self.gathered.lines.items()))
        return Harvest(
            run=self.id,
            source_id=self.source_id,
            source=self.source,
            started=self.started,
            finished=utc_now(),
            lines=lines,
        )

    def write(self, harvest: Harvest, report: Mapping[str, Any]) -> None:
        """Writes `listings.jsonl`, then `report.json`: a folder with a report is complete."""
        write_atomically(self.folder / "listings.jsonl", b"".join(line + b"\n" for line in harvest.lines))
        write_atomically(self.folder / "report.json", json.dumps(report, indent=2, ensure_ascii=False).encode())

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
            "responses": self.counts["responses"],
            "bytes": self.warc.bytes,
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

    def close(self) -> None:
        """Closes the files. Raises OSError if the archive's index cannot be saved."""
        self.warc.close()
        self.archive.close()
