"""Lets go of what visitors typed: the caches of texts that the search goes through, and answers whose time is over.

Modules that understand texts remember the last thousands of them, for the builds' sake. In a server these are visitors' words.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper
from typing import Any

EVERY_S = 60.0
_ROOMS = tuple(f"ldn_directory.{room}" for room in ("normalize", "places", "publish.word_index", "site"))
_LEAST = 100
"""Smaller caches, and those without a limit, hold tables of our own."""


def clear_texts() -> None:
    """Empties every cache of texts in this process."""
    for cached in caches():
        cached.cache_clear()


def caches() -> Iterator[_lru_cache_wrapper[Any]]:
    """The functions that remember texts."""
    for name, module in list(sys.modules.items()):
        if module is not None and name.startswith(_ROOMS):
            for found in list(vars(module).values()):
                if isinstance(found, _lru_cache_wrapper) and (found.cache_parameters()["maxsize"] or 0) >= _LEAST:
                    yield found


def give_back() -> None:
    """Gives free memory back to the system: threads come and go with each version, and glibc keeps what each has let go for itself.

    Without it, a process grows by some MiB with each published file. Where the C library has no `malloc_trim`, nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


class Unlearning:
    """Calls `forget` a minute after something was asked, and again every minute until it says that nothing is left."""

    def __init__(self, forget: Callable[[], bool], every_s: float = EVERY_S) -> None:
        self._forget = forget
        self._every_s = every_s
        self._due: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Something was asked."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._every_s, self._now)

    def _now(self) -> None:
        self._due = None
        clear_texts()
        asyncio.get_running_loop().run_in_executor(None, give_back)
        if not self._forget():
            self.begin()

    def stop(self) -> None:
        """Forgets now, and not again."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        clear_texts()
