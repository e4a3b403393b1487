"""The gazetteer of a build: a directory with distances is never replaced by one without."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from ldn_directory.errors import BuildRefused, error_text
from ldn_directory.places import Gazetteer, unpack
from ldn_directory.storage import open_read_only

_log = logging.getLogger(__name__)


def usable_gazetteer(path: Path | None, live: Path) -> Path | None:
    """The gazetteer to build with; None if there is none that can be used, and the published directory needs none.

    If it needs one, the gazetteer of the package is unpacked beside it. Raises BuildRefused if that fails.
    """
    reason = "none was named"
    if path:
        try:
            Gazetteer.open(path).close()
            return path
        except (OSError, ValueError, sqlite3.Error) as error:
            reason = error_text(error)
    if not _has_distances(live):
        _log.warning("places are not located: %s", reason)
        return None
    unpacked = live.with_name("gazetteer.db")
    try:
        unpack(unpacked)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise BuildRefused(
            "what is published has distances, which would be lost, as there is no gazetteer"
            f" ({error_text(error)}): run ldn gazetteer, then build again"
        ) from None
    _log.warning("there was no gazetteer that could be used (%s): it was unpacked again to %s", reason, unpacked)
    return unpacked


def _has_distances(live: Path) -> bool:
    """Whether a published directory has points that no list states."""
    if not live.exists():
        return False
    try:
        with closing(open_read_only(live)) as db:
            return bool(db.execute("SELECT 1 FROM locations WHERE located_by <> 'source' LIMIT 1").fetchone())
    except sqlite3.DatabaseError:
        return False
