"""Reads pages of the corpus as `ldn probe` does, in processes of their own, and compares them with their truth."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import FrameType

from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import probe
from tests.generators.pages.compare import Score, compare
from tests.generators.pages.corpus import CorpusPage

PROCESSES = 2
MOST_SECONDS = 5.0
"""Of the processor's time, whatever else the machine does: a page that takes longer has not been read."""
CHUNK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one page."""

    page: CorpusPage
    score: Score
    confidence: float
    listings: int
    seconds: float
    """Of the processor's time."""
    broken: str
    """The exception that ended the reading; empty if none did."""
    faults: tuple[str, ...]
    """What is wrong, in words."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing was found, or it was said to be a guess."""
        return not self.listings or self.confidence < 0.5


class TooSlow(Exception):
    """A page was not read in time."""


def read_pages(pages: Iterable[CorpusPage], processes: int = PROCESSES) -> list[Result]:
    """The results in the order of the pages."""
    found = list(pages)
    if processes == 1:
        return [read_page(page) for page in found]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(read_page, found, chunksize=CHUNK))


def read_page(page: CorpusPage) -> Result:
    """Reads one page; whatever goes wrong is a result."""
    signal.signal(signal.SIGPROF, _interrupt)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    start, broken, listings, said = time.process_time(), "", [], 0.0
    try:
        findings = probe(Page(page.url, page.body, page.media_type))
        listings = [json.loads(one.as_line()) for one in findings.listings]
        said = findings.confidence
    except Exception as error:
        # That a page breaks the reader is what is measured: it counts as a page on which nothing was found.
        broken = f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - start
    score, faults = compare(page.truth, listings)
    return Result(
        page=page,
        score=score,
        confidence=said,
        listings=len(listings),
        seconds=seconds,
        broken=broken,
        faults=(broken, *faults) if broken else tuple(faults),
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"not read in {MOST_SECONDS:g} seconds")


def total(results: Sequence[Result]) -> Score:
    """The counts of all pages together."""
    score = Score()
    for result in results:
        score.add(result.score)
    return score


def macro_f1(results: Sequence[Result]) -> float:
    """The mean of the pages' F1 of entries."""
    return sum(result.score.f1 for result in results) / max(1, len(results))
