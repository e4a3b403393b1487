"""From a fetched page to its listings: what a crawl does with each page, and a replay does again."""

from __future__ import annotations

import hashlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

from ldn_directory.archive.page_result import PageResult
from ldn_directory.errors import LdnError
from ldn_directory.extract.detail_pages import record_from_json
from ldn_directory.extract.page import Page
from ldn_directory.extract.topic import find_mention
from ldn_directory.extract.truncation import how_cut_off
from ldn_directory.model import Evidence, Extraction, Listing, Mention, Problem, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.storage import version_of

Context = Mapping[str, Any]
"""What the request of a page knew: `headings` (of a filter's option), `record` (the list entry of a detail page)."""


_READERS = ("crawl/page_worker.py", "crawl/list_readings.py")


class TooSlow(Exception):
    """A page took longer than its family allows."""


class PageParser:
    """How the pages of a source are read. Class methods without side effects, so that they run in any process."""

    name: str
    source: ClassVar[Source]
    page_seconds: ClassVar[float] = 5.0
    """The most time that one page may take."""

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        """The records of one page. `headers` have their names in lower case."""
        raise NotImplementedError

    @classmethod
    def next_pages(cls, page: Page, context: Context) -> tuple[str, ...]:
        """Next pages that are quickly found, so that they are fetched while the entries of this one are read."""
        return ()

    @classmethod
    def pre_process(cls, record: Record) -> Record | None:
        """Changes a record before it is mapped to a listing; None drops it."""
        return record

    @classmethod
    def post_process(cls, listing: Listing) -> Listing | None:
        """Changes a listing before it is kept; None drops it."""
        return listing

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        """(address, context) of pages to read besides the next ones."""
        return []

    @classmethod
    def version(cls) -> str:
        """The version of cached results: they are used as long as it is the same."""
        return cls._code_version()

    @classmethod
    @cache
    def _code_version(cls) -> str:
        """A hash of the code and tables that read this source's pages.

        It covers the modules of the class and its bases, where hooks are, but not other modules that these import.
        """
        code = version_of("model.py", "families.py", *_READERS, "extract", "normalize")
        plain = (str, int, float, bool, tuple, dict, list, type(None))
        stated = sorted((name, repr(value)) for name, value in vars(cls).items() if isinstance(value, plain))
        text = repr((code, cls.name, cls.source, stated))
        files = {getattr(sys.modules.get(base.__module__), "__file__", None) for base in cls.__mro__}
        hooks = (Path(file).read_bytes() for file in sorted(filter(None, files)))
        return hashlib.blake2b(b"\0".join([text.encode(), *hooks]), digest_size=10).hexdigest()


def find_next_pages(parser: type[PageParser], page: Page, context: Context) -> tuple[str, ...]:
    """The quickly found next pages. Errors give none: `parse` reports what is wrong with the page."""
    try:
        with time_limit(parser.page_seconds):
            return parser.next_pages(page, context)
    except (TooSlow, MemoryError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()


def parse_body(
    parser: type[PageParser], url: str, body: bytes, headers: Mapping[str, str], context: Context
) -> PageResult:
    """The result of a response, by its body and headers."""
    return parse(parser, Page(url, body, headers.get("content-type")), headers, context)


def parse(parser: type[PageParser], page: Page, headers: Mapping[str, str], context: Context) -> PageResult:
    """The result of a page. Never raises for what is in the page: that becomes `problems` or `error`."""
    try:
        with time_limit(parser.page_seconds):
            extraction = parser.extract(page, headers, context)
    except TooSlow:
        return PageResult(error=f"could not be read within {parser.page_seconds:g} s")
    except MemoryError:
        return PageResult(error="needs more memory than a page may")
    except LdnError as error:
        return PageResult(error=f"could not be read: {str(error)[:300]}")
    except (ValueError, LookupError, TypeError, ArithmeticError, AttributeError, RecursionError, OSError) as error:
        return PageResult(error=f"could not be read: {type(error).__name__}: {str(error)[:300]}")
    result = _map_records(parser, extraction, page, context)
    if parser.source.evidence is Evidence.OWN_SITE:
        # The recheck looks at such pages.
        return result
    return replace(result, mention=mention_on(page, extraction.records, parser.page_seconds))


def mention_on(page: Page, records: Sequence[Record], most_seconds: float) -> Mention | None:
    """Where a page with these entries speaks of low-dose naltrexone. Errors give None: they cost it no entries."""
    try:
        with time_limit(most_seconds):
            return find_mention(page, records)
    except Exception:
        # Whatever a damaged file makes its library raise.
        return None


def _map_records(parser: type[PageParser], extraction: Extraction, page: Page, context: Context) -> PageResult:
    lines: list[bytes] = []
    problems = list(extraction.problems)
    unplaced: dict[str, None] = {}
    headings = tuple(context.get("headings", ()))
    follow = tuple(parser.follow(extraction, page, context))
    for found in _without_detail_pages(extraction.records, follow):
        try:
            record = parser.pre_process(replace(found, headings=headings + found.headings) if headings else found)
            if record is None:
                continue
            mapped = map_record(record, parser.source, parser.name)
            listings = (parser.post_process(listing) for listing in mapped.listings)
            lines.extend(listing.as_line() for listing in listings if listing is not None)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            first = found.key or found.block.split("\n", 1)[0][:80]
            what = f"dropped: {type(error).__name__}: {str(error)[:200]}"
            problems.append(Problem(page=page.url, record=first, what=what))
            continue
        problems.extend(mapped.problems)
        unplaced.update(dict.fromkeys(mapped.unplaced))
    return PageResult(
        lines=tuple(lines),
        problems=tuple(problems),
        unplaced=tuple(unplaced),
        next_pages=extraction.next_pages,
        follow=follow,
        total=extraction.total,
        cut=how_cut_off(page),
        error="is nested too deeply to be read to its end" if page.is_cut else None,
        left_out=extraction.left_out,
        stated=extraction.stated,
        tried=extraction.tried,
        fields=_fields_of(extraction) if extraction.tried else (),
    )


def _fields_of(extraction: Extraction) -> tuple[tuple[str, str], ...]:
    return tuple((column.label, column.field) for column in extraction.columns if column.label and column.field)


def _without_detail_pages(records: Sequence[Record], follow: Sequence[tuple[str, dict[str, Any]]]) -> list[Record]:
    """The records except those that are mapped when their own page has been read."""
    later = {record_from_json(context["record"]).texts for _, context in follow if "record" in context}
    return [record for record in records if record.texts not in later] if later else list(records)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the block after so many seconds. Works in main threads of Unix processes only."""

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
