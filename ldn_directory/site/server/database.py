"""One published file, opened once: a Datasette that goes on serving that file after another has taken its name."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import yaml
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from ldn_directory.site import plugin
from ldn_directory.storage import PROJECT

from .app_state import columns_of, forget_columns_of, known_columns_of, places_beside, serves_from
from .cache_expiry import give_back
from .response_cache import Answers

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
FALLBACK_METADATA = {"title": "LDN directory", "source": "Facts gathered from public lists", "source_url": "/sources"}
COUNT_LIMIT_MS = 60_000
_log = logging.getLogger(__name__)


class NotADirectory(Exception):
    """The file is not a published directory; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells one published file from the next one of the same name."""

    inode: int
    mtime_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> Identity | None:
        """The identity of the file that has this name now; None if there is none."""
        try:
            stat = path.stat()
        except OSError:
            return None
        return cls(inode=stat.st_ino, mtime_ns=stat.st_mtime_ns, size=stat.st_size)


class PinnedDatabase(Database):  # type: ignore[misc]
    """A database whose connections are all opened at the start, so that each reads the same file whatever is published later."""

    def __init__(self, datasette: Any, path: Path, identity: Identity) -> None:
        super().__init__(datasette, path=str(path), is_mutable=False)
        self.cached_hash = f"{identity.inode:x}{identity.mtime_ns:x}{identity.size:x}"
        self.cached_size = identity.size
        self.identity = identity
        self._unused: deque[sqlite3.Connection] = deque()
        try:
            for _ in range(THREADS):
                connection = super().connect()
                self._unused.append(connection)
                connection.execute("SELECT count(*) FROM providers").fetchone()
        except sqlite3.Error as error:
            self.close()
            raise NotADirectory(
                f"{path} cannot be read as a directory ({error}): publish it again (ldn build)"
            ) from None
        if Identity.of(path) != identity:
            self.close()
            raise NotADirectory(f"{path} was replaced while it was being opened")

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """One of the connections opened at the start; there are as many as threads."""
        if write:
            raise sqlite3.OperationalError("the directory is only read")
        return self._unused.popleft()

    async def execute(self, *args: Any, **kwargs: Any) -> Any:
        """As in Datasette, but a query that fails is not printed: it may hold what a visitor typed."""
        return await super().execute(*args, **{**kwargs, "log_sql_errors": False})


def stated_metadata() -> dict[str, Any]:
    """What `metadata.yml` says of the tables; without the file, only a title and where the facts are from."""
    path = PROJECT / "metadata.yml"
    if path.exists():
        return dict(yaml.safe_load(path.read_text("utf-8")))
    _log.warning("%s is missing: tables and columns are served without their descriptions", path)
    return dict(FALLBACK_METADATA)


def datasette_for(path: Path, identity: Identity | None, *, allow_sql: bool = False) -> Datasette:
    """Datasette with that file open as `ldn`, or with none. Raises NotADirectory.

    Arbitrary SQL answers 403 unless `allow_sql`.
    """
    if not pm.is_registered(plugin):
        pm.register(plugin, name="ldn_directory")
    with as_file(files("ldn_directory.site").joinpath("stock")) as stock:
        datasette = Datasette(
            [],
            metadata=stated_metadata(),
            settings=SETTINGS | {"default_allow_sql": allow_sql},
            template_dir=str(stock),
        )
    serves_from(datasette, path)
    datasette.remove_database("_memory")
    if identity is not None:
        datasette.add_database(PinnedDatabase(datasette, path, identity), name=DATABASE)
    return datasette


class Version:
    """One published file being served. `users` counts the requests under way; it is closed when the last has ended."""

    def __init__(self, path: Path, identity: Identity | None, *, allow_sql: bool) -> None:
        self.identity = identity
        self.datasette = datasette_for(path, identity, allow_sql=allow_sql)
        self.app = self.datasette.app()
        self.answers = Answers()
        self.users = 0
        self.retired = False

    async def warm(self) -> None:
        """Counts the tables and reads their schemas now, so that no visitor waits for it."""
        await self.datasette.invoke_startup()
        if DATABASE in self.datasette.databases:
            database = self.datasette.databases[DATABASE]
            await database.table_counts(limit=COUNT_LIMIT_MS)
            await database.execute_fn(lambda db: columns_of(self.datasette, db))
            await asyncio.to_thread(places_beside, str(database.path))
        await self.datasette.refresh_schemas()

    def let_go(self) -> bool:
        """Forgets what was asked, and answers whose time is over; whether none is left."""
        if columns := known_columns_of(self.datasette):
            columns.clear_cache()
        return self.answers.let_go()

    async def close(self) -> None:
        """Closes the file and ends the threads. Nothing may be using the version any more."""
        await self.datasette.databases["_internal"].execute_write_fn(_end_thread, block=False)
        await asyncio.to_thread(self.datasette.executor.shutdown)
        if DATABASE in self.datasette.databases:
            self.datasette.databases[DATABASE].close()
        forget_columns_of(self.datasette)
        await asyncio.to_thread(give_back)


def _end_thread(connection: sqlite3.Connection) -> None:
    raise SystemExit
