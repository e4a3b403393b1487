"""`ldn gazetteer`: unpacks the table of places that ships with the package, or builds a full one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

from ldn_directory.errors import error_text
from ldn_directory.places import Gazetteer, unpack
from ldn_directory.storage import PROJECT


class NotBuilt(click.ClickException):
    """There is no new gazetteer; the message says why."""

    exit_code = 2


def is_usable(path: Path) -> bool:
    """Whether there is a gazetteer of this version of the project."""
    try:
        Gazetteer.open(path).close()
    except (OSError, ValueError, sqlite3.Error):
        return False
    return True


def build_gazetteer(path: Path, *, full: bool) -> dict[str, Any]:
    """Writes the gazetteer, and returns its counts and the seconds it took.

    Raises NotBuilt if it cannot be written; an existing one stays.
    """
    started = time.monotonic()
    try:
        counts = _build_full(path) if full else unpack(path)
    except OSError as error:
        raise NotBuilt(f"the gazetteer was not built: {error_text(error)}") from None
    except (ValueError, sqlite3.Error) as error:
        raise NotBuilt(f"the gazetteer was not built: {error}") from None
    return {"built": True, "seconds": round(time.monotonic() - started), **counts}


def _build_full(path: Path) -> dict[str, int]:
    """Builds it from the packages that carry the whole tables, which only a checkout of the project can use."""
    if not (PROJECT / "tools" / "pack_places.py").exists():
        raise NotBuilt("--full needs a checkout of the project; an installed package has only the usual table")
    command = [sys.executable, "-m", "tools.pack_places", "--full", str(path.absolute())]
    if subprocess.run(command, cwd=PROJECT).returncode:  # noqa: S603
        raise NotBuilt("the full gazetteer was not built; --full needs `pip install -r requirements-tools.txt`")
    with Gazetteer.open(path) as gazetteer:
        return gazetteer.counts()
