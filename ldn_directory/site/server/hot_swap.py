"""Serves the newest version of the published file. Every request is answered from one version."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from pathlib import Path

from starlette.types import Receive, Scope, Send

from ldn_directory.site.app_state import FileIdentity, forget_places

from .database import DirectoryVersion, InvalidDirectory

LOOK_EVERY_S = 0.25
_log = logging.getLogger(__name__)


class HotSwap:
    """The ASGI application of the newest version. A request keeps the version that it began with.

    A new version does not wait for requests of the old one, because downloads may take long. An old version is closed
    after its last request.
    """

    def __init__(self, path: Path, *, allow_sql: bool = False, look_every_s: float = LOOK_EVERY_S) -> None:
        self.path = path.absolute()
        self.allow_sql = allow_sql
        self.look_every_s = look_every_s
        self.current: DirectoryVersion | None = None
        self._rejected: FileIdentity | None = None
        self._checked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            version = await self.version()
            version.requests += 1
            try:
                await version.app(scope, receive, send)
            finally:
                version.requests -= 1
                await self._close_unused(version)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._check()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def version(self) -> DirectoryVersion:
        """The newest version. The file is checked at most every `look_every_s`."""
        if self.current is None or time.monotonic() - self._checked_at >= self.look_every_s:
            await self._check()
        assert self.current is not None
        return self.current

    def drop_expired(self) -> bool:
        """Clears cached queries and drops expired responses. Returns whether no response is left."""
        forget_places(self.path)
        return self.current is None or self.current.drop_expired()

    async def _check(self) -> None:
        """Opens the published file if it is a new one. One request does so; others go on with the old version."""
        self._checked_at = time.monotonic()
        found = FileIdentity.of(self.path)
        served = self.current and self.current.identity
        if self.current is not None and (found is None or found in (served, self._rejected)):
            return
        if self._lock.locked() and self.current is not None:
            return
        async with self._lock:
            found = FileIdentity.of(self.path)
            if self.current is None or found not in (None, self.current.identity, self._rejected):
                await self._swap(found)

    async def _swap(self, found: FileIdentity | None) -> None:
        new = await self._open(found)
        if new is None:
            self._rejected = found
            if self.current is not None:
                return
            new = DirectoryVersion(self.path, None, allow_sql=self.allow_sql)
            await new.warm_up()
            _log.warning("there is no directory at %s yet: pages say that it is being prepared", self.path)
        await self._retire(new)

    async def _open(self, found: FileIdentity | None) -> DirectoryVersion | None:
        """The file, ready to be served; None if there is no file, or it is not a directory."""
        if found is None:
            return None
        version = None
        try:
            version = await asyncio.to_thread(DirectoryVersion, self.path, found, allow_sql=self.allow_sql)
            await version.warm_up()
        except Exception as error:
            # Whatever is wrong, the current version stays. The message of other errors may quote an entry.
            reason = str(error) if isinstance(error, InvalidDirectory | sqlite3.Error) else type(error).__name__
            _log.warning("%s is not served: %s", self.path, reason)
            if version is not None:
                await version.close()
            newer = FileIdentity.of(self.path)
            return await self._open(newer) if newer != found else None
        return version

    async def _close_unused(self, version: DirectoryVersion) -> None:
        if version.is_retired and not version.requests:
            version.is_retired = False
            await version.close()

    async def close(self) -> None:
        """Closes the version that is being served."""
        await self._retire(None)

    async def _retire(self, newer: DirectoryVersion | None) -> None:
        old, self.current = self.current, newer
        if old is not None:
            old.is_retired = True
            await self._close_unused(old)
