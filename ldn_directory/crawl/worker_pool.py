"""Pages are read in processes of their own: beside the fetching, and where a hostile page can hurt nothing."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import importlib
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
from typing import Any

from ldn_directory.extract.candidates import NEUTRAL
from ldn_directory.extract.page import Page
from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.mapping import map_record

from .page_worker import Context, Reader, Reading, onward_of, read

MOST_MEMORY_BYTES = 4 * 1024**3
GRACE_SECONDS = 60.0
_INVENTED = Record(
    page="https://example.org/",
    texts=(
        Labelled(label="Name", text="Roe, Jane A., M.D."),
        Labelled(label="Phone", text="+44 20 7946 0100"),
        Labelled(label="Address", text="1 Elm Street, Springfield, IL 62701"),
    ),
)
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent has ended."""


class Workshop:
    """A few workers that turn pages into readings, whatever a page does to the one that reads it."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = [_Worker() for _ in range(workers or processors())]
        self._free = asyncio.Semaphore(len(self.workers) + 1)

    def open(self) -> None:
        """Starts the workers as copies of this process, which is quick; only while it has no other threads.

        All processes are there before the first executor starts a thread: a copy of a process with threads may hang on a lock.

        The tables of facts are loaded before, by mapping one invented entry, so that every copy has them.
        """
        map_record(_INVENTED, NEUTRAL, "none")
        for worker in self.workers:
            worker.fork()
        for worker in self.workers:
            worker.start()

    async def begin(
        self, reader: type[Reader], url: str, body: bytes, headers: Mapping[str, str], context: Context
    ) -> Job:
        """Gives the page to the worker with the least to do, once there is room."""
        await self._free.acquire()
        worker = min(self.workers, key=lambda worker: worker.waiting)
        return Job(worker, self._free, reader, url, body, headers, context)

    async def read(
        self, reader: type[Reader], url: str, body: bytes, headers: Mapping[str, str], context: Context
    ) -> Reading:
        """The reading of one page."""
        return await (await self.begin(reader, url, body, headers, context)).reading()

    def close(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            worker.stop()


class Job:
    """One page at a worker. `reading` must be awaited; it never raises for what stands in the page."""

    def __init__(
        self,
        worker: _Worker,
        free: asyncio.Semaphore,
        reader: type[Reader],
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        context: Context,
    ) -> None:
        self._worker, self._free = worker, free
        self._limit_s = reader.page_seconds + GRACE_SECONDS
        self._onward: Future[tuple[str, ...]] | None = None
        self._reading: Future[Reading] | None = None
        self._page = (
            next(_tickets),
            f"{reader.__module__}:{reader.__qualname__}",
            url,
            body,
            dict(headers),
            dict(context),
        )
        self._executor = worker.running()
        worker.waiting += 1
        with suppress(BrokenProcessPool):
            self._onward = self._executor.submit(_look, *self._page)
            self._reading = self._executor.submit(_read, *self._page[:2])

    async def onward(self) -> tuple[str, ...]:
        """The next pages of the list as far as a look shows them, long before the entries are read."""
        if self._onward is None:
            return ()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._onward), self._limit_s)
        except (TimeoutError, BrokenProcessPool):
            return ()

    async def reading(self) -> Reading:
        """What the page yielded; one that kills, hangs or starves its worker gives a reading with an `error`."""
        try:
            if self._reading is None:
                raise BrokenProcessPool
            return await asyncio.wait_for(asyncio.wrap_future(self._reading), self._limit_s)
        except TimeoutError:
            self._worker.give_up(self._executor)
            return Reading(error=f"could not be read within {self._limit_s:g} s")
        except BrokenProcessPool:
            self._worker.give_up(self._executor)
            return await self._read_alone()
        finally:
            self._worker.waiting -= 1
            self._free.release()

    async def _read_alone(self) -> Reading:
        """The reading by a process of its own: which of the pages that waited for one process has ended it shows only then."""
        executor = _executor("spawn")
        try:
            executor.submit(_look, *self._page)
            return await asyncio.wait_for(asyncio.wrap_future(executor.submit(_read, *self._page[:2])), self._limit_s)
        except TimeoutError:
            return Reading(error=f"could not be read within {self._limit_s:g} s")
        except BrokenProcessPool:
            return Reading(error="ended the process that read it (too much memory, or a fault in a parser)")
        finally:
            _kill(executor)


class _Worker:
    """One process that reads one page after another; a new one takes its place when it ends."""

    def __init__(self) -> None:
        self.waiting = 0
        self._executor: ProcessPoolExecutor | None = None

    def fork(self) -> None:
        """Makes the process, and no thread yet, which `ProcessPoolExecutor` would do in one."""
        self._executor = _executor("fork")
        self._executor._launch_processes()  # type: ignore[attr-defined]

    def start(self) -> None:
        """Starts the executor's threads now rather than with its first page."""
        self.running().submit(os.getpid)

    def running(self) -> ProcessPoolExecutor:
        """The process; started afresh if it is not there, because by now this one may have threads."""
        if self._executor is None:
            self._executor = _executor("spawn")
        return self._executor

    def give_up(self, executor: ProcessPoolExecutor) -> None:
        """Kills the process, unless another has taken its place already."""
        if self._executor is executor:
            self._executor = None
        _kill(executor)

    def stop(self) -> None:
        """Ends the process."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True)


_tickets = count()


@cache
def workshop() -> Workshop:
    """The workshop that all crawls of this process share."""
    return Workshop()


def processors() -> int:
    """How many processors this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _executor(method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method), initializer=_begin)


def _kill(executor: ProcessPoolExecutor) -> None:
    """Ends its process at once. What waited for it learns that it is broken."""
    for process in list((executor._processes or {}).values()):
        process.kill()
    executor.shutdown(wait=False)


# In a worker.

_on_the_table: dict[int, tuple[Page, dict[str, str], dict[str, Any]]] = {}


def _begin() -> None:
    # A page makes a hundred thousand small values and no cycles to speak of.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    if sys.platform == "linux":
        # Nothing else tells a worker that the crawl was killed, and it would wait for pages for ever.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _look(
    ticket: int, reader_path: str, url: str, body: bytes, headers: dict[str, str], context: dict[str, Any]
) -> tuple[str, ...]:
    page = Page(url, body, headers.get("content-type"))
    _on_the_table.clear()
    _on_the_table[ticket] = (page, headers, context)
    return onward_of(reader_named(reader_path), page, context)


def _read(ticket: int, reader_path: str) -> Reading:
    return read(reader_named(reader_path), *_on_the_table.pop(ticket))


@cache
def reader_named(path: str) -> type[Reader]:
    """The class at `module:qualified.name`."""
    module, _, name = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
