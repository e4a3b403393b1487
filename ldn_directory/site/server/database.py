"""One version of the published file, opened once: it goes on being served after another file has taken its name."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import deque
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from ldn_directory.publish.data_package import stated_metadata
from ldn_directory.site import plugin
from ldn_directory.site.app_state import AppState, FileIdentity, database_of, set_state, state_of

from .cache_expiry import trim_memory
from .response_cache import ResponseCache

DATABASE = "ldn"
THREADS = 4
SETTINGS: dict[str, Any] = {
    "suggest_facets": False,
    "sql_time_limit_ms": 300,
    "facet_time_limit_ms": 200,
    "allow_csv_stream": False,
    "allow_download": True,
    "max_returned_rows": 500,
    "default_page_size": 50,
    "default_facet_size": 50,
    "cache_size_kb": 8_000,
    "num_sql_threads": THREADS,
    "truncate_cells_html": 300,
    "default_cache_ttl": 0,
}
COUNT_LIMIT_MS = 60_000


class InvalidDirectory(Exception):
    """The file is not a published directory; the message says why."""


class PinnedDatabase(Database):  # type: ignore[misc]
    """A database that opens all its connections at once, so that all read the same file whatever is published later."""

    def __init__(self, datasette: Any, path: Path, identity: FileIdentity) -> None:
        super().__init__(datasette, path=str(path), is_mutable=False)
        self.cached_hash = f"{identity.inode:x}{identity.mtime_ns:x}{identity.size:x}"
        self.cached_size = identity.size
        self._unused: deque[sqlite3.Connection] = deque()
        try:
            for _ in range(THREADS):
                connection = super().connect()
                self._unused.append(connection)
                connection.execute("SELECT count(*) FROM providers").fetchone()
        except sqlite3.Error as error:
            self.close()
            raise InvalidDirectory(
                f"{path} cannot be read as a directory ({error}): publish it again (ldn build)"
            ) from None
        if FileIdentity.of(path) != identity:
            self.close()
            raise InvalidDirectory(f"{path} was replaced while it was being opened")

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """One of the connections opened at the start; there are as many as threads."""
        if write:
            raise sqlite3.OperationalError("the directory is read-only")
        return self._unused.popleft()

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        """As in Datasette, but a failed query is not printed: it may contain what a visitor typed."""
        return await super().execute(*args, **{**kwargs, "log_sql_errors": False})


def datasette_for(path: Path, identity: FileIdentity | None, *, allow_sql: bool = False) -> Datasette:
    """A Datasette that serves the file as `ldn`, or an empty one if `identity` is None. Raises InvalidDirectory.

    Visitors' own SQL answers 403 unless `allow_sql`.
    """
    if not pm.is_registered(plugin):
        pm.register(plugin, name="ldn_directory")
    metadata = stated_metadata()
    datasette = Datasette([], metadata=metadata, settings=SETTINGS | {"default_allow_sql": allow_sql})
    # Datasette does so when a table is first asked for, which then changes the pages of its rows, and their tags.
    for table in metadata["databases"][DATABASE]["tables"].values():
        datasette.update_with_inherited_metadata(table)
    datasette.remove_database("_memory")
    if identity is not None:
        datasette.add_database(PinnedDatabase(datasette, path, identity), name=DATABASE)
    database = DATABASE if identity else None
    set_state(datasette, AppState(path=path, identity=identity, database=database, is_pinned=True))
    return datasette


class DirectoryVersion:
    """One version of the published file being served. It is closed after the last of its `requests`."""

    def __init__(self, path: Path, identity: FileIdentity | None, *, allow_sql: bool) -> None:
        self.identity = identity
        self.datasette = datasette_for(path, identity, allow_sql=allow_sql)
        self.app = ResponseCache(self.datasette.app())
        self.requests = 0
        self.is_retired = False

    async def warm_up(self) -> None:
        """Counts the rows and reads schemas and columns, so that no visitor waits for it."""
        await self.datasette.invoke_startup()
        if (database := database_of(self.datasette)) is not None:
            await database.table_counts(limit=COUNT_LIMIT_MS)
        await self.datasette.refresh_schemas()

    def drop_expired(self) -> bool:
        """Clears cached queries and drops expired responses. Returns whether no response is left."""
        if columns := state_of(self.datasette).columns:
            columns.clear_cache()
        return self.app.drop_expired()

    async def close(self) -> None:
        """Closes the file and ends the threads. No request may be using the version."""
        await self.datasette.databases["_internal"].execute_write_fn(lambda connection: sys.exit(), block=False)
        await asyncio.to_thread(self.datasette.executor.shutdown)
        if (database := database_of(self.datasette)) is not None:
            database.close()
        # Datasette itself is collected some time later.
        state_of(self.datasette).columns = None
        await asyncio.to_thread(trim_memory)
