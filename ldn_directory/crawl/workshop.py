"""Pages are read in processes of their own: beside the fetching, and where a hostile page can hurt nothing."""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import resource
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any

from .reading import Context, Reader, Reading, read_page

MOST_MEMORY_BYTES = 4 * 1024**3
GRACE_SECONDS = 60.0


class Workshop:
    """A few worker processes that turn pages into readings. `read` never raises for what a page does to them."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or max(1, (os.cpu_count() or 1) - 1)
        self._pool: ProcessPoolExecutor | None = None
        self._free = asyncio.Semaphore(self.workers + 1)

    async def read(
        self, reader: type[Reader], url: str, body: bytes, headers: Mapping[str, str], context: Context
    ) -> Reading:
        """The reading of one page; one that kills, hangs or starves its worker becomes a reading with an `error`."""
        async with self._free:
            job = (f"{reader.__module__}:{reader.__qualname__}", url, body, dict(headers), dict(context))
            try:
                future = self._running().submit(_read, *job)
                limit_s = reader.page_seconds + GRACE_SECONDS
                return await asyncio.wait_for(asyncio.wrap_future(future), limit_s)
            except TimeoutError:
                self.close(kill=True)
                return Reading(error=f"could not be read within {limit_s:g} s")
            except BrokenProcessPool:
                self.close(kill=True)
                return Reading(error="ended the process that read it (too much memory, or a fault in a parser)")

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        return self._pool

    def close(self, kill: bool = False) -> None:
        """Ends the workers, at once if they are to be killed."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if kill:
            for process in list((pool._processes or {}).values()):
                process.kill()
        pool.shutdown(wait=not kill, cancel_futures=True)


@cache
def workshop() -> Workshop:
    """The workshop that all crawls of this process share."""
    return Workshop()


def _begin() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def _read(reader_path: str, url: str, body: bytes, headers: dict[str, str], context: dict[str, Any]) -> Reading:
    return read_page(reader_named(reader_path), url, body, headers, context)


def reader_named(path: str) -> type[Reader]:
    """The class at `module:qualified.name`."""
    module, _, name = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
