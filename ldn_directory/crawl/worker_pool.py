"""Pages are parsed in processes of their own: beside the fetching, and where a hostile page can do no harm."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
import logging
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache
from itertools import count
from types import TracebackType
from typing import Any, Self

from ldn_directory.archive.page_result import PageResult
from ldn_directory.extract.candidates import NEUTRAL, rank_candidates
from ldn_directory.extract.page import Page
from ldn_directory.extract.topic import find_mention
from ldn_directory.normalize.mapping import map_record

from .page_worker import Context, PageParser, find_next_pages, parse

logger = logging.getLogger(__name__)

MOST_MEMORY_BYTES = 4 * 1024**3
GRACE_SECONDS = 60.0
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent has ended."""


class WorkerPool:
    """A few worker processes. A page that crashes, hangs or starves a worker costs only its own result."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = [Worker("spawn") for _ in range(workers or cpu_count())]
        self._room = asyncio.Semaphore(len(self.workers) + 1)

    def start(self) -> None:
        """Starts the workers by forking this process, which is quick; only while it has no other threads.

        All are forked before the first executor starts a thread, because a fork of a process with threads may deadlock.
        """
        load_tables()
        self.workers = [Worker("fork") for _ in self.workers]
        for worker in self.workers:
            worker._launch_processes()  # type: ignore[attr-defined]
        for worker in self.workers:
            worker.submit(os.getpid)

    async def submit(
        self, parser: type[PageParser], url: str, body: bytes, headers: Mapping[str, str], context: Context
    ) -> PageJob:
        """Gives the page to the worker with the least to do, once there is room."""
        await self._room.acquire()
        return PageJob(self, parser, url, body, headers, context)

    async def parse(
        self, parser: type[PageParser], url: str, body: bytes, headers: Mapping[str, str], context: Context
    ) -> PageResult:
        """The result of one page."""
        async with await self.submit(parser, url, body, headers, context) as job:
            return await job.result()

    def replace(self, worker: Worker) -> None:
        """Kills a worker. A new one takes its place, unless one has already."""
        if worker in self.workers:
            # Not forked: by now this process may have threads.
            self.workers[self.workers.index(worker)] = Worker("spawn")
        worker.kill()

    def done(self, worker: Worker) -> None:
        """Makes room for another page."""
        worker.waiting -= 1
        self._room.release()

    def close(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            worker.shutdown(cancel_futures=True)


def load_tables() -> None:
    """Reads an invented page, so that every fork of this process has the tables of facts and patterns in memory."""
    find_mention(_INVENTED, ())
    for candidate in rank_candidates(_INVENTED):
        for record in candidate.records:
            map_record(record, NEUTRAL, "none")


_INVENTED = Page(
    "https://example.org/",
    b"""<html><title>Low-dose naltrexone</title><h1>Prescribers of low-dose naltrexone</h1><table>
<tr><th>Name</th><th>Phone</th><th>Address</th><th>Website</th></tr>
<tr><td>Roe, Jane A., M.D.</td><td>+44 20 7946 0100</td><td>1 Elm Street, Springfield, IL 62701</td>
<td>example.org</td></tr>
<tr><td>Dr. John Doe</td><td>512-555-0142</td><td>2 Oak Road, Waco, Texas 76701, USA</td><td></td></tr></table>""",
    "text/html",
)


class Worker(ProcessPoolExecutor):
    """One process that parses one page after another."""

    def __init__(self, method: str) -> None:
        context = multiprocessing.get_context(method)
        super().__init__(1, mp_context=context, initializer=initialize_worker)
        self.waiting = 0

    def kill(self) -> None:
        """Ends the process at once. Futures that wait for it raise BrokenProcessPool."""
        for process in list((self._processes or {}).values()):
            process.kill()
        self.shutdown(wait=False)


class PageJob:
    """One page at a worker; an async context manager, whose end makes room for another page."""

    def __init__(
        self,
        pool: WorkerPool,
        parser: type[PageParser],
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        context: Context,
    ) -> None:
        self._pool = pool
        self._worker = min(pool.workers, key=lambda worker: worker.waiting)
        self._worker.waiting += 1
        self._limit_s = parser.page_seconds + GRACE_SECONDS
        path = f"{parser.__module__}:{parser.__qualname__}"
        self._page = (next(_tickets), path, url, body, dict(headers), dict(context))
        self._futures: tuple[Future[tuple[str, ...]], Future[PageResult]] | None = None
        with suppress(BrokenProcessPool):
            self._futures = self._submit_to(self._worker)

    def _submit_to(self, worker: Worker) -> tuple[Future[tuple[str, ...]], Future[PageResult]]:
        return worker.submit(_find_next_pages, *self._page), worker.submit(_parse, *self._page[:2])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.done(self._worker)

    async def next_pages(self) -> tuple[str, ...]:
        """The quickly found next pages of the list, long before the entries are read; none if that fails."""
        if self._futures is None:
            return ()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._futures[0]), self._limit_s)
        except (TimeoutError, BrokenProcessPool):
            return ()
        except Exception as error:
            _, parser, url, *_ = self._page
            logger.warning("%s: next_pages of %s failed: %s: %s", url, parser, type(error).__name__, error)
            return ()

    async def result(self) -> PageResult:
        """The result of the page; if the worker died or hung, one with an `error`."""
        try:
            if self._futures is None:
                raise BrokenProcessPool
            return await asyncio.wait_for(asyncio.wrap_future(self._futures[1]), self._limit_s)
        except TimeoutError:
            self._pool.replace(self._worker)
            return self._timed_out()
        except BrokenProcessPool:
            self._pool.replace(self._worker)
            return await self._parse_alone()

    async def _parse_alone(self) -> PageResult:
        """Parses in a new process: only this shows which of the pages that waited for a dead worker has killed it."""
        worker = Worker("spawn")
        try:
            _, future = self._submit_to(worker)
            return await asyncio.wait_for(asyncio.wrap_future(future), self._limit_s)
        except TimeoutError:
            return self._timed_out()
        except BrokenProcessPool:
            return PageResult(error="ended the process that read it (too much memory, or a fault in a parser)")
        finally:
            worker.kill()

    def _timed_out(self) -> PageResult:
        return PageResult(error=f"could not be read within {self._limit_s:g} s")


_tickets = count()


@cache
def worker_pool() -> WorkerPool:
    """The pool that all crawls of this process share."""
    return WorkerPool()


def cpu_count() -> int:
    """How many processors this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# The rest runs in a worker.

_current: dict[int, tuple[Page, dict[str, str], dict[str, Any]]] = {}


def initialize_worker() -> None:
    """Bounds the memory of a worker process, and ends it with its parent."""
    # A page makes a hundred thousand small values and hardly any cycles.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    if sys.platform == "linux":
        # Otherwise a worker would outlive a crawl that was killed, and wait for pages for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:
            os._exit(1)  # The crawl was killed already.


def _find_next_pages(
    ticket: int, parser_path: str, url: str, body: bytes, headers: dict[str, str], context: dict[str, Any]
) -> tuple[str, ...]:
    page = Page(url, body, headers.get("content-type"))
    _current.clear()
    _current[ticket] = (page, headers, context)
    return find_next_pages(load_parser(parser_path), page, context)


def _parse(ticket: int, parser_path: str) -> PageResult:
    return parse(load_parser(parser_path), *_current.pop(ticket))


@cache
def load_parser(path: str) -> type[PageParser]:
    """The class at `module:qualified.name`."""
    module, _, name = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
