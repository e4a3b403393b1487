"""Removes what visitors typed from memory: the caches of texts, and responses that have expired.

Functions that parse texts cache the last thousands of them to make builds fast. In a server these are visitors' words.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from functools import _lru_cache_wrapper
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from ldn_directory.site.plugin.middleware import Middleware

EVERY_S = 60.0
_PACKAGES = tuple(f"ldn_directory.{name}" for name in ("normalize", "places", "publish.word_index", "site"))
_MIN_SIZE = 100
"""Smaller caches, and those without a limit, hold tables of our own."""


def clear_text_caches() -> None:
    """Empties every cache of texts in this process."""
    for cached in text_caches():
        cached.cache_clear()


def text_caches() -> Iterator[_lru_cache_wrapper[Any]]:
    """The functions that cache texts."""
    for name, module in list(sys.modules.items()):
        if module is not None and name.startswith(_PACKAGES):
            for found in list(vars(module).values()):
                if isinstance(found, _lru_cache_wrapper) and (found.cache_parameters()["maxsize"] or 0) >= _MIN_SIZE:
                    yield found


def trim_memory() -> None:
    """Returns free memory to the system, which glibc keeps for threads that have ended.

    Without it, a process grows by some MiB with each published file. Does nothing without `malloc_trim`.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)


class CacheExpiry(Middleware):
    """Clears the caches a minute after a request, then every minute until `drop_expired` says that nothing is left."""

    def __init__(self, app: ASGIApp, drop_expired: Callable[[], bool], every_s: float = EVERY_S) -> None:
        super().__init__(app)
        self._drop_expired = drop_expired
        self._every_s = every_s
        self._timer: asyncio.TimerHandle | None = None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            # Only now, so that what this request leaves in the caches goes in this round.
            self._schedule()

    @property
    def is_scheduled(self) -> bool:
        """Whether the caches will be cleared."""
        return self._timer is not None

    def stop(self) -> None:
        """Clears the caches now, and not again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        clear_text_caches()

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every_s, self._expire)

    def _expire(self) -> None:
        self._timer = None
        clear_text_caches()
        asyncio.get_running_loop().run_in_executor(None, trim_memory)
        if not self._drop_expired():
            self._schedule()
