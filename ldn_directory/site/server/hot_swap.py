"""What outlives the published file: the newest version is served, and a request is answered from one version, whole."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ldn_directory.site.plugin import Scope, Send

from .database import Identity, NotADirectory, Version

LOOK_EVERY_S = 0.25
_log = logging.getLogger(__name__)


class SwappingSite:
    """Serves the newest published file. A request keeps the version that it began with; a version without requests is closed.

    Downloads may take long, so a new version never waits for requests of the old one, nor they for it.
    """

    def __init__(self, path: Path, *, allow_sql: bool = False, look_every_s: float = LOOK_EVERY_S) -> None:
        self.path = path.absolute()
        self.allow_sql = allow_sql
        self.look_every_s = look_every_s
        self.current: Version | None = None
        self._refused: Identity | None = None
        self._looked_at = float("-inf")
        self._swapping: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Any, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._look()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def version(self) -> Version:
        """The newest version; it looks whether there is a newer one, at most every `look_every_s`."""
        if self.current is None or time.monotonic() - self._looked_at >= self.look_every_s:
            await self._look()
        assert self.current is not None
        return self.current

    @asynccontextmanager
    async def using(self, version: Version) -> AsyncIterator[None]:
        """Keeps a version open while it answers."""
        version.users += 1
        try:
            yield
        finally:
            version.users -= 1
            await self._close_unused(version)

    async def _look(self) -> None:
        """Takes up the published file if it is another than the one being served; only one request does, the others go on."""
        self._looked_at = time.monotonic()
        found = Identity.of(self.path)
        served = self.current and self.current.identity
        if self.current is not None and (found is None or found in (served, self._refused)):
            return
        lock = self._swapping = self._swapping or asyncio.Lock()
        if lock.locked() and self.current is not None:
            return
        async with lock:
            found = Identity.of(self.path)
            if self.current is None or found not in (None, self.current.identity, self._refused):
                await self._take_up(found)

    async def _take_up(self, found: Identity | None) -> None:
        new = await self._opened(found)
        if new is None:
            self._refused = found
            if self.current is not None:
                return
            new = Version(self.path, None, allow_sql=self.allow_sql)
            await new.warm()
            _log.warning("there is no directory at %s yet: the site says that it is being prepared", self.path)
        old, self.current = self.current, new
        if old is not None:
            old.retired = True
            await self._close_unused(old)

    async def _opened(self, found: Identity | None) -> Version | None:
        """The file as a version ready to serve; None if there is no file, or it is none of ours."""
        if found is None:
            return None
        version = None
        try:
            version = await asyncio.to_thread(Version, self.path, found, allow_sql=self.allow_sql)
            await version.warm()
        except Exception as refused:
            # Whatever is wrong with it: what is served stays. Only of our own errors is it known that they quote no entry.
            why = str(refused) if isinstance(refused, NotADirectory | sqlite3.Error) else type(refused).__name__
            _log.warning("%s is not taken up: %s", self.path, why)
            if version is not None:
                await version.close()
            replaced = Identity.of(self.path)
            return await self._opened(replaced) if replaced != found else None
        return version

    async def _close_unused(self, version: Version) -> None:
        if version.retired and not version.users:
            version.retired = False
            await version.close()

    async def close(self) -> None:
        """Closes what is being served."""
        version, self.current = self.current, None
        if version is not None:
            version.retired = True
            await self._close_unused(version)
