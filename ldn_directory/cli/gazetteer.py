"""Building the gazetteer for `ldn gazetteer`, with progress for people."""

from __future__ import annotations

import sqlite3
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from ldn_directory.places import Gazetteer, build_gazetteer

STEPS = 4
"""How many things `build_gazetteer` says that it does."""


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


def gazetteer_built(path: Path, *, full: bool) -> dict[str, Any]:
    """Builds it, telling on stderr what is being done; gives what it holds and the seconds it took.

    Raises NotBuilt if it cannot be built; what was there stays.
    """
    started = time.monotonic()
    try:
        with tqdm(total=STEPS, disable=not sys.stderr.isatty(), bar_format="{desc} {bar} {elapsed}") as bar:

            def tell(words: str) -> None:
                if bar.disable:
                    click.echo(f"Gazetteer: {words}", err=True)
                bar.set_description_str(f"Gazetteer: {words:<24}")
                bar.update(1)

            counts = build_gazetteer(path, full=full, progress=tell)
    except (OSError, sqlite3.Error) as error:
        raise NotBuilt(f"the gazetteer was not built: {error}") from None
    return {"built": True, "seconds": round(time.monotonic() - started), **asdict(counts)}
