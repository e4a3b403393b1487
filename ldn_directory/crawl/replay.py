"""Extraction again, from the archive instead of the network."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from ldn_directory.archive.content_encoding import decoded
from ldn_directory.archive.warc_archive import Archive, Visit, digest_of
from ldn_directory.privacy.redaction import load_suppressions, redact_lines
from ldn_directory.storage import write_atomically

from .page_worker import Reader, Reading, read_page, version_of
from .run import Gathered
from .worker_pool import processors, reader_named

MOST_BYTES = 64 * 1024 * 1024
ALONE = 24
"""Up to so many pages, starting processes costs more than it gives."""


class NoArchive(Exception):
    """There are no archived pages of this source or run. The message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The listings that a run's archived pages yield now."""

    run: str
    pages: int
    lines: tuple[bytes, ...]
    errors: tuple[str, ...]


def replay(data: Path, reader: type[Reader], run: str | None = None, *, afresh: bool = False) -> dict[str, Any]:
    """Reads a run's pages again (the latest if none is named) and compares. Raises NoArchive, SuppressionsUnreadable.

    Each page is taken from the archive and checked; what this version of the extraction has made of the same bytes before
    is not made again, unless `afresh`. The listings are left in `runs/<run>/<source>/replayed.jsonl`.
    """
    again = replayed(data, reader, run, afresh=afresh)
    folder = data / "runs" / again.run / reader.name
    write_atomically(folder / "replayed.jsonl", b"".join(line + b"\n" for line in again.lines))
    before = (
        _by_id((folder / "listings.jsonl").read_bytes().splitlines()) if (folder / "listings.jsonl").exists() else {}
    )
    now = _by_id(again.lines)
    both = before.keys() & now.keys()
    same = sum(before[key] == now[key] for key in both)
    return {
        "source": reader.name,
        "run": again.run,
        "pages": again.pages,
        "listings": len(now),
        "same": same,
        "changed": len(both) - same,
        "added": len(now.keys() - before.keys()),
        "missing": len(before.keys() - now.keys()),
        "errors": list(again.errors),
    }


def replayed(data: Path, reader: type[Reader], run: str | None = None, *, afresh: bool = False) -> Replayed:
    """The listings that a run's archived pages yield, by their ids, without those of the forgotten. Raises NoArchive, SuppressionsUnreadable."""
    with closing(Archive(data)) as archive:
        runs = archive.runs_of(reader.name)
        if not runs or (run and run not in runs):
            raise NoArchive(f"no archived pages of {reader.name}" + (f" in run {run}" if run else ""))
        chosen = run or runs[0]
        visits = list(archive.visits(chosen, reader.name))
    gathered, errors = Gathered(), []
    for visit, reading in zip(visits, _readings(data, reader, visits, afresh), strict=True):
        if reading.error:
            errors.append(f"{visit.url} {reading.error}")
        for line in reading.lines:
            gathered.add(line)
    lines = redact_lines(tuple(line for _, line in sorted(gathered.lines.items())), load_suppressions(data))
    return Replayed(run=chosen, pages=len(visits), lines=lines, errors=tuple(errors))


def _readings(data: Path, reader: type[Reader], visits: list[Visit], afresh: bool) -> Iterator[Reading]:
    path = f"{reader.__module__}:{reader.__qualname__}"
    if len(visits) <= ALONE:
        yield from _read_all(data, path, visits, afresh)
        return
    workers = processors()
    size = max(4, len(visits) // (workers * 8))
    chunks = [visits[start : start + size] for start in range(0, len(visits), size)]
    # Copies of this process, which has no other threads: it has imported already what they need.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        for readings in pool.map(_read_all, repeat(data), repeat(path), chunks, repeat(afresh)):
            yield from readings


def _read_all(data: Path, reader_path: str, visits: Iterable[Visit], afresh: bool) -> list[Reading]:
    reader = reader_named(reader_path)
    with closing(Archive(data)) as archive:
        return [_read_again(archive, reader, visit, afresh) for visit in visits]


def _read_again(archive: Archive, reader: type[Reader], visit: Visit, afresh: bool) -> Reading:
    headers = {name.lower(): value for name, value in visit.stored.headers}
    try:
        body = decoded(archive.body(visit.stored), headers.get("content-encoding", ""), MOST_BYTES)
    except (OSError, ValueError) as error:
        return Reading(error=f"is damaged in the archive: {error}")
    if not afresh and digest_of(visit.url, visit.context, body) == visit.digest:
        kept = archive.reading(reader.name, version_of(reader), visit.digest)
        if kept:
            return Reading.loaded(kept)
    return read_page(reader, visit.url, body, headers, visit.context)


def _by_id(lines: Iterable[bytes]) -> dict[str, bytes]:
    return {json.loads(line)["id"]: line for line in lines}
