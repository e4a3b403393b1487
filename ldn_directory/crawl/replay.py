"""Extracts the pages of an earlier run again, from the archive instead of the network."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import repeat
from pathlib import Path
from typing import Any

from ldn_directory.archive.content_encoding import decode_body
from ldn_directory.archive.page_result import PageResult
from ldn_directory.archive.warc_archive import Archive, Visit, digest_of
from ldn_directory.errors import LdnError, error_text
from ldn_directory.privacy.redaction import load_suppressions, redact_lines
from ldn_directory.storage import write_atomically

from .page_worker import PageParser, parse_body
from .run import UniqueListings
from .worker_pool import cpu_count, load_parser

MOST_BYTES = 64 * 1024 * 1024
MOST_IN_ONE_PROCESS = 24
"""The number of pages up to which starting processes costs more than it gains."""


class NoArchive(LdnError):
    """There are no archived pages of this source or run. The message says which."""


def replay(data: Path, parser: type[PageParser], run: str | None = None, *, afresh: bool = False) -> dict[str, Any]:
    """Extracts a run's pages again (by default the latest) and compares. Raises NoArchive, SuppressionsUnreadable.

    Each page is read from the archive and checked. Cached results of this version of the extraction are used, unless
    `afresh`. The listings are written to `runs/<run>/<source>/replayed.jsonl`.
    """
    chosen, visits = _visits_of(data, parser, run)
    listings, errors = UniqueListings(), []
    for visit, result in zip(visits, _results(data, parser, visits, afresh), strict=True):
        if result.error:
            errors.append(f"{visit.url} {result.error}")
        for line in result.lines:
            listings.add(line)
    lines = redact_lines(listings.checked(data)[0], load_suppressions(data))
    folder = data / "runs" / chosen / parser.name
    write_atomically(folder / "replayed.jsonl", b"".join(line + b"\n" for line in lines))
    original = folder / "listings.jsonl"
    before = _by_id(original.read_bytes().splitlines()) if original.exists() else {}
    now = _by_id(lines)
    both = before.keys() & now.keys()
    same = sum(before[key] == now[key] for key in both)
    return {
        "source": parser.name,
        "run": chosen,
        "pages": len(visits),
        "listings": len(now),
        "same": same,
        "changed": len(both) - same,
        "added": len(now.keys() - before.keys()),
        "missing": len(before.keys() - now.keys()),
        "errors": errors,
    }


def _visits_of(data: Path, parser: type[PageParser], run: str | None) -> tuple[str, list[Visit]]:
    """(the run, its pages in the order they were read). Raises NoArchive."""
    with closing(Archive(data)) as archive:
        runs = archive.runs_of(parser.name)
        if not runs or (run and run not in runs):
            raise NoArchive(f"no archived pages of {parser.name}" + (f" in run {run}" if run else ""))
        chosen = run or runs[0]
        return chosen, list(archive.visits(chosen, parser.name))


def _results(data: Path, parser: type[PageParser], visits: list[Visit], afresh: bool) -> Iterator[PageResult]:
    path = f"{parser.__module__}:{parser.__qualname__}"
    if len(visits) <= MOST_IN_ONE_PROCESS:
        yield from _extract_visits(data, path, visits, afresh)
        return
    workers = cpu_count()
    size = max(4, len(visits) // (workers * 8))
    chunks = [visits[start : start + size] for start in range(0, len(visits), size)]
    # Forks of this process, which has no other threads and has already imported what they need.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        for results in pool.map(_extract_visits, repeat(data), repeat(path), chunks, repeat(afresh)):
            yield from results


def _extract_visits(data: Path, parser_path: str, visits: Iterable[Visit], afresh: bool) -> list[PageResult]:
    parser = load_parser(parser_path)
    with closing(Archive(data)) as archive:
        return [_extract_visit(archive, parser, visit, afresh) for visit in visits]


def _extract_visit(archive: Archive, parser: type[PageParser], visit: Visit, afresh: bool) -> PageResult:
    headers = {name.lower(): value for name, value in visit.stored.headers}
    try:
        body = decode_body(archive.body(visit.stored), headers.get("content-encoding", ""), MOST_BYTES)
    except (OSError, ValueError) as error:
        return PageResult(error=f"is damaged in the archive: {error_text(error)}")
    if not afresh and digest_of(visit.url, visit.context, body) == visit.digest:
        cached = archive.cached_result(parser.name, parser.version(), visit.digest)
        if cached:
            return cached
    return parse_body(parser, visit.url, body, headers, visit.context)


def _by_id(lines: Iterable[bytes]) -> dict[str, bytes]:
    return {json.loads(line)["id"]: line for line in lines}
