"""One fetched page in, its listings out: what a crawl does with each page, and a replay does again."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from types import FrameType
from typing import Any, ClassVar, Protocol

from ldn_directory.extract.detail_pages import record_from_json
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Listing, Problem, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.storage import version_of as code_version

Context = Mapping[str, Any]
"""What a page's request knew about it: `headings` (of a fanned-out filter), `record` (the list entry of a detail page)."""


class TooSlow(Exception):
    """A page took longer than its family allows."""


class Reader(Protocol):
    """The part of a spider class that reads pages: pure, so it runs in any process."""

    name: str
    source: ClassVar[Source]
    page_seconds: ClassVar[float]

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction: ...

    @classmethod
    def onward(cls, page: Page, context: Context) -> tuple[str, ...]: ...

    @classmethod
    def pre_process(cls, record: Record) -> Record | None: ...

    @classmethod
    def post_process(cls, listing: Listing) -> Listing | None: ...

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]: ...


class Hooks:
    """What a source may do with its pages and entries, and does not by default; pure."""

    @classmethod
    def onward(cls, page: Page, context: Context) -> tuple[str, ...]:
        """Next pages that show at a glance, so that they are fetched while the entries are read; pure."""
        return ()

    @classmethod
    def pre_process(cls, record: Record) -> Record | None:
        """The record as it should be mapped; None drops it."""
        return record

    @classmethod
    def post_process(cls, listing: Listing) -> Listing | None:
        """The listing as it should be kept; None drops it."""
        return listing

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        """(address, context) of pages to read besides the next ones."""
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page yielded, ready to be kept."""

    lines: tuple[bytes, ...] = ()
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    next_pages: tuple[str, ...] = ()
    follow: tuple[tuple[str, dict[str, Any]], ...] = ()
    """(address, context) of pages to read besides: detail pages, filters fanned out."""
    total: int | None = None
    error: str | None = None
    """Why the page could not be read, or not to its end, if so."""

    def dumped(self) -> bytes:
        """The reading as JSON, for the archive."""
        row = {
            "lines": [line.decode() for line in self.lines],
            "problems": [asdict(problem) for problem in self.problems],
            "unplaced": self.unplaced,
            "next_pages": self.next_pages,
            "follow": self.follow,
            "total": self.total,
            "error": self.error,
        }
        return json.dumps(row, ensure_ascii=False).encode()

    @classmethod
    def loaded(cls, text: bytes) -> Reading:
        """The reading that `dumped` wrote."""
        row = json.loads(text)
        return cls(
            lines=tuple(line.encode() for line in row["lines"]),
            problems=tuple(Problem(**problem) for problem in row["problems"]),
            unplaced=tuple(row["unplaced"]),
            next_pages=tuple(row["next_pages"]),
            follow=tuple((url, context) for url, context in row["follow"]),
            total=row["total"],
            error=row["error"],
        )


def onward_of(reader: type[Reader], page: Page, context: Context) -> tuple[str, ...]:
    """The next pages as far as a look shows them; whatever is wrong with the page is for `read` to say."""
    try:
        with time_limit(reader.page_seconds):
            return reader.onward(page, context)
    except (TooSlow, MemoryError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()


def read_page(reader: type[Reader], url: str, body: bytes, headers: Mapping[str, str], context: Context) -> Reading:
    """Everything that a response yields."""
    return read(reader, Page(url, body, headers.get("content-type")), headers, context)


def read(reader: type[Reader], page: Page, headers: Mapping[str, str], context: Context) -> Reading:
    """Everything the page yields. Never raises for what stands in the page: that becomes `problems` or `error`."""
    try:
        with time_limit(reader.page_seconds):
            extraction = reader.extract(page, headers, context)
    except TooSlow:
        return Reading(error=f"could not be read within {reader.page_seconds:g} s")
    except MemoryError:
        return Reading(error="needs more memory than a page may")
    except (ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RecursionError, OSError) as error:
        return Reading(error=f"could not be read: {type(error).__name__}: {str(error)[:300]}")
    return _mapped(reader, extraction, page, context)


def _mapped(reader: type[Reader], extraction: Extraction, page: Page, context: Context) -> Reading:
    lines: list[bytes] = []
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    headings = tuple(context.get("headings", ()))
    follow = tuple(reader.follow(extraction, page, context))
    for found in _without_awaited(extraction.records, follow):
        try:
            record = reader.pre_process(replace(found, headings=headings + found.headings) if headings else found)
            if record is None:
                continue
            mapped = map_record(record, reader.source, reader.name)
            listings = (reader.post_process(listing) for listing in mapped.listings)
            lines.extend(listing.as_line() for listing in listings if listing is not None)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            first = found.key or found.block.split("\n", 1)[0][:80]
            what = f"dropped: {type(error).__name__}: {str(error)[:200]}"
            problems.append(Problem(page=page.url, record=first, what=what))
            continue
        problems.extend(mapped.problems)
        unplaced.update(dict.fromkeys(mapped.unplaced))
    return Reading(
        lines=tuple(lines),
        problems=tuple(problems),
        unplaced=tuple(unplaced),
        next_pages=extraction.next_pages,
        follow=follow,
        total=extraction.total,
        error="is nested too deeply to be read to its end" if page.is_cut else None,
    )


def _without_awaited(records: Sequence[Record], follow: Sequence[tuple[str, dict[str, Any]]]) -> list[Record]:
    """The records but those that are mapped when their own page has been read."""
    awaited = {record_from_json(context["record"]).texts for _, context in follow if "record" in context}
    return [record for record in records if record.texts not in awaited] if awaited else list(records)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the block after so many seconds; main threads of Unix processes only."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TooSlow

    try:
        before = signal.signal(signal.SIGALRM, stop)
    except ValueError:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@cache
def version_of(reader: type[Reader]) -> str:
    """Changes whenever the code or tables that read this source's pages change, so that nothing stale is reused."""
    rooms = code_version("model.py", "families.py", "crawl/page_worker.py", "extract", "normalize")
    seen = hashlib.blake2b(rooms.encode(), digest_size=10)
    seen.update(repr((reader.name, reader.source, _stated(reader))).encode())
    return seen.hexdigest()


def _stated(reader: type[Reader]) -> list[tuple[str, str]]:
    plain = (str, int, float, bool, tuple, dict, list, type(None))
    return sorted((name, repr(value)) for name, value in vars(reader).items() if isinstance(value, plain))
