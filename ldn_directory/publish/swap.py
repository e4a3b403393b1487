"""Checks a finished directory and puts it in the place of the published one, which is never missing for a moment."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ldn_directory.errors import BuildError, BuildRefused
from ldn_directory.storage import open_read_only, sync

MAX_LOSS = 0.2
EVERYWHERE, ON_THE_MAP = "all countries", "on the map"
"""What providers are counted by, beside countries."""
_held: set[Path] = set()
"""Folders whose lock this process holds."""


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Holds the folder's build lock. Raises BuildError if another build runs, or the folder cannot be written.

    The same process may take it again within the block, as `forget` does to build.
    """
    if folder.absolute() in _held:
        yield
        return
    try:
        lock = (folder / ".build.lock").open("w")
    except OSError as error:
        raise BuildError(f"{folder} cannot be written ({error.strerror})") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BuildError(f"another build is running in {folder}: wait for it to end") from None
        _held.add(folder.absolute())
        try:
            yield
        finally:
            _held.discard(folder.absolute())


def check(path: Path) -> None:
    """Raises BuildRefused unless the file is a sound database."""
    with closing(sqlite3.connect(path)) as db:
        verdict = db.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise BuildRefused(f"the built directory is damaged: {verdict}")
        if broken := db.execute("PRAGMA foreign_key_check").fetchone():
            raise BuildRefused(f"the built directory has a row in {broken[0]} that refers to nothing")


def compare(path: Path, live: Path, decided: Collection[str] = ()) -> None:
    """Raises BuildRefused if the new directory lacks many providers of the published one, overall or in a country, or
    does not know where many of them are.

    Providers of which every listing is among the `decided` (ids) are no loss: a person has taken them out.
    """
    new, old = _counts(path), _counts(live, decided)
    if not new[EVERYWHERE] and (old[EVERYWHERE] or not decided):
        raise BuildRefused("the built directory is empty: crawl first (ldn crawl), then look at ldn status")
    for place, before in old.items():
        now, loss = new[place], f"instead of {before}, a loss of more than {MAX_LOSS:.0%}"
        if before < 10 or now >= before * (1 - MAX_LOSS):
            continue
        if place == ON_THE_MAP:
            found = f"{now} providers have a place on the map {loss}: run ldn gazetteer, then build again"
        else:
            found = f"{place}: {now} providers {loss}"
        raise BuildRefused(f"{found}; if that is right, build with --allow-shrink")


def _counts(path: Path, but: Collection[str] = ()) -> Counter[str]:
    """The number of providers: of all, by country, and with a point. Those who have no listing `but` some ids are left
    out. Without a directory, nothing.
    """
    query = (
        "SELECT coalesce(country, 'no country'), count(*), count(latitude) FROM providers AS p WHERE ?1 = '[]'"
        " OR EXISTS (SELECT 1 FROM listings WHERE provider = p.id AND id NOT IN (SELECT value FROM json_each(?1)))"
        " GROUP BY 1 ORDER BY 1"
    )
    try:
        with closing(open_read_only(path)) as db:
            rows = db.execute(query, (json.dumps(sorted(but)),)).fetchall()
    except sqlite3.DatabaseError:
        rows = []
    by_country = {country: providers for country, providers, _ in rows}
    located = sum(count for *_, count in rows)
    return Counter({EVERYWHERE: sum(by_country.values()), **by_country, ON_THE_MAP: located})


def publish(built: Path, live: Path, keep: int) -> None:
    """Replaces the live file with the built one. The last `keep` files are kept as `ldn-<UTC>.db`."""
    sync(built)
    if live.exists():
        stamp = datetime.fromtimestamp(live.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%SZ")
        kept = live.with_name(f"{live.stem}-{stamp}.db")
        if not kept.exists():
            try:
                os.link(live, kept)
            except OSError:
                shutil.copy2(live, kept)
    built.replace(live)
    sync(live.parent)
    for old in previous(live)[keep:]:
        old.unlink()


def previous(live: Path) -> list[Path]:
    """The directories that were published before, newest first."""
    pattern = re.compile(rf"{re.escape(live.stem)}-\d{{8}}T\d{{6}}Z\.db")
    return sorted((path for path in live.parent.iterdir() if pattern.fullmatch(path.name)), reverse=True)


def clean_up(live: Path) -> None:
    """Removes what a killed build left."""
    for path in live.parent.glob(f".{live.stem}.building*"):
        path.unlink()
