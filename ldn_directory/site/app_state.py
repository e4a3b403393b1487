"""What the site knows of the published file: where it is, its columns, and the gazetteer beside it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ldn_directory.places import Gazetteer
from ldn_directory.site.search.columns import Columns
from ldn_directory.site.search.place_choice import Context, choose_place
from ldn_directory.site.search.suggestions import PlaceNames
from ldn_directory.storage import gazetteer_for, open_read_only

LOOK_EVERY_S = 5.0
LONGEST_VALUE = 10_000_000
"""Bytes of the longest text or blob that SQL may make or read on a connection of the directory."""
LONGEST_INDEX = 1_000_000_000
"""Bytes of the longest part of the word index: SQLite's own limit."""
TABLES = ("providers", "locations", "listings", "claims", "sources")
"""A database that has all of them is a published directory."""
_HAS_TABLES = f"""
SELECT count(*) = {len(TABLES)} FROM sqlite_schema WHERE type = 'table' AND name IN ({", ".join("?" * len(TABLES))})
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentity:
    """What distinguishes one published file from the next one of the same name."""

    inode: int
    mtime_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity | None:
        """The identity of the file that has this name now; None if there is none."""
        try:
            stat = path.stat()
        except OSError:
            return None
        return cls(inode=stat.st_ino, mtime_ns=stat.st_mtime_ns, size=stat.st_size)


@dataclass(slots=True, kw_only=True)
class AppState:
    """What is known of the published directory that a Datasette serves."""

    path: Path
    """Of the published file. Commands write files for the site beside it."""
    identity: FileIdentity | None
    database: str | None
    """The name of the database in Datasette; None while nothing is published."""
    columns: Columns | None = None
    """What a search reads, once it has been asked for."""
    is_pinned: bool = False
    """Whether all connections were opened at once, so that they read this file even after it was replaced."""
    contact: str = ""
    """The `contact` that metadata.yml states."""


_states: WeakKeyDictionary[Any, AppState | None] = WeakKeyDictionary()


def set_state(datasette: Any, state: AppState) -> None:
    """States what a Datasette serves, before its application is made."""
    _states[datasette] = state


def has_directory(datasette: Any) -> bool:
    """Whether a Datasette serves a published directory, or will once one is published."""
    if datasette not in _states:
        _states[datasette] = _attached_directory(datasette)
    return _states[datasette] is not None


def state_of(datasette: Any) -> AppState:
    """What is known of the directory. Raises LookupError for a Datasette that has none."""
    state = _states[datasette] if has_directory(datasette) else None
    if state is None:
        raise LookupError(f"no attached database has the tables {', '.join(TABLES)}: attach a published ldn.db")
    return state


def _attached_directory(datasette: Any) -> AppState | None:
    for name, database in datasette.databases.items():
        if database.path and _is_directory(path := Path(database.path).absolute()):
            return AppState(path=path, identity=FileIdentity.of(path), database=name)
    return None


def _is_directory(path: Path) -> bool:
    try:
        with closing(open_read_only(path)) as db:
            return bool(db.execute(_HAS_TABLES, TABLES).fetchone()[0])
    except sqlite3.Error:
        return False


def database_of(datasette: Any) -> Any | None:
    """Datasette's database of the directory; None while nothing is published."""
    name = state_of(datasette).database
    return None if name is None else datasette.databases[name]


def columns_of(datasette: Any, db: sqlite3.Connection) -> Columns:
    """The columns of the published file; read once, because it never changes."""
    state = state_of(datasette)
    if state.columns is None:
        # The index of words is stored in values that may be longer than those of visitors' SQL.
        limit = db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_INDEX)
        try:
            state.columns = Columns.of(db)
        finally:
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
    return state.columns


async def prepare(datasette: Any) -> None:
    """Reads what every page needs."""
    if not has_directory(datasette):
        return
    state_of(datasette).contact = str(await _metadata(datasette, "contact") or "").strip()
    if (database := database_of(datasette)) is not None:
        await database.execute_fn(lambda db: columns_of(datasette, db))
        await asyncio.to_thread(places_beside, str(database.path))


async def _metadata(datasette: Any, key: str) -> Any:
    if hasattr(datasette, "get_instance_metadata"):  # Datasette 1.0
        return (await datasette.get_instance_metadata()).get(key)
    return datasette.metadata(key)


class Places:
    """The gazetteer beside the published file, which may come later or be built again at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gazetteer: Gazetteer | None = None
        self.names: PlaceNames | None = None
        self._seen: FileIdentity | None = None
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Opens the gazetteer if it is new or was replaced. Looks at most every five seconds."""
        if time.monotonic() - self._looked_at < LOOK_EVERY_S or not self._lock.acquire(blocking=self.gazetteer is None):
            return
        try:
            self._looked_at = time.monotonic()
            path = gazetteer_for(self.folder)
            seen = FileIdentity.of(path)
            if seen not in (None, self._seen):
                self._seen = seen
                self._open(path)
        finally:
            self._lock.release()

    def _open(self, path: Path) -> None:
        try:
            new = Gazetteer.open(path)
            # The first query reads the tables of names and counts inhabitants; no visitor should wait for that.
            choose_place(new, "Georgia", Context())
            names = PlaceNames.of(new)
        except (OSError, ValueError, sqlite3.Error) as error:
            _log.warning("places are not known: %s", error)
            return
        # The old one is closed when the last request that uses it has ended.
        self.gazetteer, self.names = new, names


_places: dict[str, Places] = {}


def places_beside(directory: str) -> Places:
    """The gazetteer for a published file, by its path; one for all its versions."""
    if (found := _places.get(directory)) is None:
        found = _places.setdefault(directory, Places(Path(directory).parent))
    found.refresh()
    return found


def forget_places(directory: Path) -> None:
    """Clears the cached place queries of a published file."""
    if (places := _places.get(str(directory))) and places.gazetteer:
        places.gazetteer.clear_cache()
