"""Extracts the pages of an earlier run again, from the archive instead of the network."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from ldn_directory.archive.harvests import run_reports
from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.warc_archive import Archive, Visit, digest_of
from ldn_directory.archive.warc_file import Redacted
from ldn_directory.errors import LdnError, error_text
from ldn_directory.ledger import Ledger, compare_harvest, require_not_retired
from ldn_directory.model import id_of
from ldn_directory.privacy.redaction import load_suppressions, redact_lines
from ldn_directory.storage import LEDGER_FILE, format_time, write_atomically

from .base_spider import ListSpider
from .harvest_extension import conclude
from .organisations import SiteVisits
from .page_worker import PageParser, parse_body
from .places_check import check_places
from .run import CrawlRun
from .worker_pool import cpu_count, initialize_worker, load_parser, load_tables

MOST_IN_ONE_PROCESS = 8
"""The number of pages up to which starting processes costs more than it gains."""
MOST_AT_ONCE = 32
"""Pages that a process is given together."""

REDACTED = "is redacted in the archive, as somebody asked to be forgotten"


class NoArchive(LdnError):
    """There are no archived pages of this source or run. The message says which."""


@dataclass(frozen=True, slots=True)
class ArchivedRun:
    """What a run has archived of a source."""

    parser: type[PageParser]
    run: str
    visits: Sequence[Visit]
    """Its pages in the order they were read."""


def replay(
    data: Path, parser: type[PageParser], run: str | None = None, *, afresh: bool = False, diff: bool = False
) -> dict[str, Any]:
    """Extracts a run's pages again (by default the latest) and compares. Raises NoArchive, SuppressionsUnreadable.

    Each page is read from the archive and checked. Cached results of this version of the extraction are used, unless
    `afresh`. The listings are written to `runs/<run>/<source>/replayed.jsonl`. With `diff`, entries and fields are
    named.
    """
    (found,) = replay_all(data, [parser], run, afresh=afresh, diff=diff)
    return found


def replay_all(
    data: Path,
    parsers: Iterable[type[PageParser]],
    run: str | None = None,
    *,
    afresh: bool = False,
    diff: bool = False,
    only_archived: bool = False,
) -> list[dict[str, Any]]:
    """The same for several sources, whose pages are extracted side by side; `only_archived` leaves out the others."""
    archived: list[ArchivedRun] = []
    for parser in parsers:
        try:
            archived.append(ArchivedRun(parser, *_visits_of(data, parser, run)))
        except NoArchive:
            if not only_archived:
                raise
    with _extraction(data, archived, afresh) as extracted:
        return [_compare(data, one, results, diff) for one, results in zip(archived, extracted, strict=True)]


def _compare(data: Path, one: ArchivedRun, results: Iterable[PageResult], diff: bool) -> dict[str, Any]:
    """Compares what was extracted with what the crawl kept."""
    listings: dict[str, bytes] = {}
    errors, redacted = [], []
    results = list(results)
    for visit, result in zip(one.visits, results, strict=True):
        if result.error == REDACTED:
            redacted.append(visit.url)
        elif result.error:
            errors.append(f"{visit.url} {result.error}")
        for line in result.lines if not one.parser.source.completes else ():
            listings.setdefault(id_of(line), line)
    if one.parser.source.completes:
        listings = {id_of(line): line for line in _of_sites(data, one, results)}
    checked, _ = check_places([line for _, line in sorted(listings.items())], data)
    lines = redact_lines(checked, load_suppressions(data))
    folder = data / "runs" / one.run / one.parser.name
    write_atomically(folder / "replayed.jsonl", b"".join(line + b"\n" for line in lines))
    original = folder / "listings.jsonl"
    kept = original.read_bytes().splitlines() if original.exists() else []
    before, now = _by_id(kept), _by_id(lines)
    both = before.keys() & now.keys()
    same = sum(before[key] == now[key] for key in both)
    return {
        "source": one.parser.name,
        "run": one.run,
        "pages": len(one.visits),
        "listings": len(now),
        "same": same,
        "changed": len(both) - same,
        "added": len(now.keys() - before.keys()),
        "missing": len(before.keys() - now.keys()),
        "redacted": redacted,
        "errors": errors,
    } | ({"diff": _diff(kept, lines)} if diff else {})


def _of_sites(data: Path, one: ArchivedRun, results: Sequence[PageResult]) -> Iterator[bytes]:
    """The listings of a source that completes another, which are known when all pages of a site are."""
    visits = SiteVisits(one.parser.name)
    visits.take_up(next(iter(run_reports(data, one.run, one.parser.name)), {}))
    for visit, result in zip(one.visits, results, strict=True):
        visits.take(visit.url, visit.context, result)
    yield from visits.lines(data)


def _diff(before: Iterable[bytes], now: Iterable[bytes]) -> dict[str, Any]:
    """What is different, by entry and field, as JSON values."""
    found = compare_harvest(before, now)
    return {
        "gone": list(found.gone),
        "new": list(found.new),
        "changed": [
            {"before": one.before, "after": one.after, "fields": [asdict(change) for change in one.fields]}
            for one in found.changed
        ],
        "rekeyed": dict(found.rekeyed),
    }


def take(data: Path, spider: type[ListSpider], run: str | None = None) -> dict[str, Any]:
    """Takes what the spider reads now in a run's archived pages through the gates, as a harvest with their dates.

    Returns the report. The same again changes nothing. Raises NoArchive, LedgerError if it is retired, OSError.
    """
    if (data / LEDGER_FILE).exists():
        with Ledger.open_read_only(data / LEDGER_FILE) as ledger:
            require_not_retired(ledger.db, spider.name)
    chosen, visits = _visits_of(data, spider, run)
    name = f"{chosen}-{spider.version()[:4]}"
    if taken := [one for one in run_reports(data, name, spider.name) if one["outcome"] in ("passed", "accepted")]:
        return taken[0]
    with _extraction(data, [ArchivedRun(spider, chosen, visits)], afresh=False) as (extracted,):
        results = list(extracted)
    archived = next(iter(run_reports(data, chosen, spider.name)), None)
    again = CrawlRun(data, name, spider.name, spider.source)
    again.replayed = chosen
    again.reading, again.confidence = (archived or {}).get("reading"), (archived or {}).get("confidence")
    again.started, again.finished = _dates(chosen, archived)
    if spider.source.completes:
        again.visits.take_up(archived or {})
    for number, (visit, result) in enumerate(zip(visits, results, strict=True)):
        again.add_page(replace(visit, ordinal=number), result)
    again.archive.pages = len(visits)
    for page, what in _unread(visits, results, archived) if not spider.source.completes else ():
        again.fail(page, what)
    again.archive.close()
    (again.archive.folder / "pages.warc.gz").unlink()
    return conclude(again, finished=archived is not None and "unfinished" not in archived.get("gates", ()))


def _dates(run: str, archived: Mapping[str, Any] | None) -> tuple[str, str]:
    """When the pages of a run were read, from when to when, UTC."""
    if archived:
        return archived["started"], archived["finished"]
    began = format_time(datetime.strptime(run[:16], "%Y%m%dT%H%M%SZ"))
    return began, began


def _unread(
    visits: Sequence[Visit], results: Sequence[PageResult], archived: Mapping[str, Any] | None
) -> Iterator[tuple[str, str]]:
    """(address, why) of pages that the list has, but the run's archive does not."""
    read = {_bare(visit.url) for visit in visits}
    for failure in (archived or {}).get("failures", ()):
        page, _, what = failure.partition(" ")
        if _bare(page) not in read:
            yield page, what
    if archived and archived["outcome"] in ("blocked", "unreachable"):
        yield archived["homepage"], f"was not read: {'; '.join(archived['reasons'])}"
    wanted = [page for result in results for page in (*result.next_pages, *(url for url, _ in result.follow))]
    for page in dict.fromkeys(wanted):
        if _bare(page) not in read:
            yield page, "was not read by that crawl: crawl again"


def _bare(url: str) -> str:
    """An address without what a redirect may add or take away."""
    return url.partition("#")[0].partition("://")[2].removeprefix("www.").rstrip("/")


def _visits_of(data: Path, parser: type[PageParser], run: str | None) -> tuple[str, list[Visit]]:
    """(the run, its pages in the order they were read). Raises NoArchive."""
    with closing(Archive(data)) as archive:
        runs = archive.runs_of(parser.name)
        if not runs or (run and run not in runs):
            raise NoArchive(f"no archived pages of {parser.name}" + (f" in run {run}" if run else ""))
        chosen = run or runs[0]
        return chosen, list(archive.visits(chosen, parser.name))


@contextmanager
def _extraction(data: Path, archived: Sequence[ArchivedRun], afresh: bool) -> Iterator[list[Iterable[PageResult]]]:
    """The results of each run's pages, in their order; if they are many, extracted in processes side by side."""
    paths = [f"{one.parser.__module__}:{one.parser.__qualname__}" for one in archived]
    total = sum(len(one.visits) for one in archived)
    if total <= MOST_IN_ONE_PROCESS:
        yield [_extract_visits(data, path, one.visits, afresh) for path, one in zip(paths, archived, strict=True)]
        return
    load_tables()
    workers = cpu_count()
    size = max(1, min(MOST_AT_ONCE, total // (workers * 8)))
    results: list[Iterable[PageResult]] = [()] * len(archived)
    # Forks of this process, which has no other threads and has already imported what they need.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=initialize_worker) as pool:
        # A list of few pages has large ones: these come first, so that no process is left alone with one at the end.
        for number in sorted(range(len(archived)), key=lambda number: len(archived[number].visits)):
            visits = archived[number].visits
            chunks = [visits[start : start + size] for start in range(0, len(visits), size)]
            found = pool.map(_extract_visits, repeat(data), repeat(paths[number]), chunks, repeat(afresh))
            results[number] = chain.from_iterable(found)
        yield results


def _extract_visits(data: Path, parser_path: str, visits: Iterable[Visit], afresh: bool) -> list[PageResult]:
    parser = load_parser(parser_path)
    with closing(Archive(data)) as archive:
        return [_extract_visit(archive, parser, visit, afresh) for visit in visits]


def _extract_visit(archive: Archive, parser: type[PageParser], visit: Visit, afresh: bool) -> PageResult:
    try:
        body, headers = archive.page(visit)
    except Redacted:
        return PageResult(error=REDACTED)
    except (OSError, ValueError) as error:
        return PageResult(error=f"is damaged in the archive: {error_text(error)}")
    if not afresh and digest_of(visit.url, visit.context, body) == visit.digest:
        cached = archive.cached_result(parser.name, parser.version(), visit.digest)
        if cached:
            return cached
    return parse_body(parser, visit.url, body, headers, visit.context)


def _by_id(lines: Iterable[bytes]) -> dict[str, bytes]:
    return {id_of(line): line for line in lines}
