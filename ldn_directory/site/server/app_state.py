"""What the site knows beside the published file: its columns, and the gazetteer that lies next to it."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ldn_directory.places import Gazetteer
from ldn_directory.site.search.columns import Columns
from ldn_directory.site.search.suggestions import PlaceNames
from ldn_directory.storage import gazetteer_for

LOOK_EVERY_S = 5.0
_log = logging.getLogger(__name__)
_columns: WeakKeyDictionary[Any, Columns] = WeakKeyDictionary()
_directories: WeakKeyDictionary[Any, Path] = WeakKeyDictionary()


def columns_of(datasette: Any, db: sqlite3.Connection) -> Columns:
    """The columns of the file that a Datasette serves; read once, for it never changes."""
    if (found := _columns.get(datasette)) is None:
        found = _columns[datasette] = Columns.of(db)
    return found


def known_columns_of(datasette: Any) -> Columns | None:
    """The same if they have been read."""
    return _columns.get(datasette)


def forget_columns_of(datasette: Any) -> None:
    """Lets go of the columns of a file that is not served any more; Datasette itself is only collected some time later."""
    _columns.pop(datasette, None)


def serves_from(datasette: Any, directory: Path) -> None:
    """Notes where the published file that a Datasette serves is, or is to be."""
    _directories[datasette] = directory


def directory_of(datasette: Any) -> Path:
    """That path: what commands leave for the site lies beside it."""
    return _directories[datasette]


class Places:
    """The gazetteer beside the published file, which may come later or be built again at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gazetteer: Gazetteer | None = None
        self.names: PlaceNames | None = None
        self._seen: tuple[int, int] | None = None
        self._looked_at = float("-inf")
        self._lock = threading.Lock()

    def look(self) -> None:
        """Takes up the gazetteer that has the name now, if it is another one; at most every five seconds."""
        if time.monotonic() - self._looked_at < LOOK_EVERY_S or not self._lock.acquire(blocking=self.gazetteer is None):
            return
        try:
            self._looked_at = time.monotonic()
            path = gazetteer_for(self.folder)
            seen = _identity(path)
            if seen not in (None, self._seen):
                self._seen = seen
                self._take_up(path)
        finally:
            self._lock.release()

    def _take_up(self, path: Path) -> None:
        try:
            new = Gazetteer.open(path)
            # The tables of names are read at the first question; nobody should wait for that.
            new.find("Portland, OR, USA")
            names = PlaceNames.of(new)
        except (OSError, ValueError, sqlite3.Error) as error:
            _log.warning("places are not known: %s", error)
            return
        # The old one is closed when the last question that uses it has let it go.
        self.gazetteer, self.names = new, names


_places: dict[str, Places] = {}


def places_beside(directory: str) -> Places:
    """The gazetteer for a published file, by its address; one for all its versions."""
    if (found := _places.get(directory)) is None:
        found = _places.setdefault(directory, Places(Path(directory).parent))
    found.look()
    return found


def forget_places(directory: Path) -> None:
    """Lets go of the places that were asked for beside a published file."""
    if (places := _places.get(str(directory))) and places.gazetteer:
        places.gazetteer.clear_cache()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
