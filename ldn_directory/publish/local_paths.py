"""Paths of the machine that builds, which no published value shows: a file is called by its bare name there.

The ledger keeps the paths, so that its maintainer can find the files.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ldn_directory.errors import count_of
from ldn_directory.storage import PROJECT

SOMEWHERE = "(local file)"
"""What is shown for a path that does not end in the name of a file."""
SOURCES_PAGE = "/sources"
"""What is shown as the website of a list that is a file here."""
_PAGES = ("page", "homepage")
"""Columns of addresses: a local file is usual there, and worth no warning."""
_FOLDERS = (
    r"/(?:home|Users|root|tmp|var|srv|opt|mnt|media|etc|usr|private|Volumes|run|proc|dev|workspace|workspaces)(?=/\S)"
)
_REST = r"[^\s\"'<>|]*"
_WINDOWS = r"(?<!\w)[A-Za-z]:(?:\\|/(?:Users|Windows|ProgramData|Documents|Temp)\b)|(?<![\\\w])\\\\(?=\w)"
_FILE_NAME = re.compile(r"[^/\\]{1,120}\.\w{1,8}")
_NO_TEXT = re.compile(r"id|source|run|status|kind|shown|\w+_(?:seen|confirmed|on|read|since|checked|of)|\w+_code")
"""Columns of ids, dates and codes."""
_MAY_HOLD_PATH = (
    "{0} GLOB '*[/\\]*'"
    " AND NOT ({0} GLOB 'http*' AND NOT instr({0}, ' ') AND NOT instr({0}, char(10))"
    " AND NOT instr(substr({0}, 9), ':'))"
)
"""A condition of SQL that most values fail quickly: plain web addresses, and texts without a slash."""
_log = logging.getLogger(__name__)


class LocalPaths:
    """Finds paths of this machine in texts: known folders, `file:` addresses, and what looks like a path anywhere."""

    def __init__(self, data: Path) -> None:
        """`data` is the data folder."""
        known = {Path(folder) for folder in (data, PROJECT, Path.cwd(), Path.home(), tempfile.gettempdir())}
        known |= {folder.resolve() for folder in known}
        names = sorted((str(folder.absolute()) for folder in known if len(folder.absolute().parts) > 1), reverse=True)
        here = "|".join([*(rf"{re.escape(name)}(?![\w-])" for name in names), _FOLDERS])
        self._pattern = re.compile(
            rf"(?:(?<!\w)(?:file|sqlite):(?=[/\\])|(?<![\w./%~-])(?:{here}))(?P<unix>{_REST})"
            rf"|(?:{_WINDOWS})(?P<windows>{_REST}(?: [^\s/\\]+\\{_REST})*)",
            re.IGNORECASE,
        )

    def without(self, text: str) -> str:
        """The text with the bare name of each file in the place of its path."""
        return self._pattern.sub(_name_in, text)

    def without_in(self, value: Any) -> Any:
        """The same for every text in JSON values."""
        if isinstance(value, dict):
            return {key: self.without_in(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.without_in(item) for item in value]
        return self.without(value) if isinstance(value, str) else value


def _name_in(match: re.Match[str]) -> str:
    """The bare name of the file that a path leads to, and the punctuation that followed the path."""
    path = match.group()
    end = path[len(path.rstrip(".,;:!?)]}")) :]
    whole = unquote(path[: len(path) - len(end)]).partition("#")[0].partition("?")[0]
    name = re.split(r"[/\\]", whole)[-1]
    return (name if _FILE_NAME.fullmatch(name) else SOMEWHERE) + end


def hide_local_paths(db: sqlite3.Connection, data: Path) -> None:
    """Takes the paths of this machine out of all tables of a directory.

    Warns of values other than addresses of pages: these are a list's own, or a fault of its spider.
    """
    # Whole lists have one page.
    without = lru_cache(maxsize=4096)(LocalPaths(data).without)
    db.create_function("without_paths", 1, without, deterministic=True)
    unusual = {}
    for table, column in _suspects(db):
        count = _hide_in(db, table, column)
        if count and column not in _PAGES:
            unusual[f"{table}.{column}"] = count
    if unusual:
        _log.warning(
            "%s held a path of this machine, of which only the file's name is published (%s): see which list says it"
            " with ldn show SOURCE",
            count_of(sum(unusual.values()), "value"),
            ", ".join(f"{count} in {where}" for where, count in unusual.items()),
        )


def _suspects(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """(table, column) where a value may hold a path. Each table is read once."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%' ORDER BY name"
    for (table,) in db.execute(tables).fetchall():
        keys = {column for _, _, _, column, *_ in db.execute(f"PRAGMA foreign_key_list({table})")}
        columns = [name for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})") if kind == "TEXT"]
        columns = [name for name in columns if name not in keys and not _NO_TEXT.fullmatch(name)]
        if not columns:
            continue
        counts = ", ".join(f"total({_MAY_HOLD_PATH.format(column)})" for column in columns)
        for column, count in zip(columns, db.execute(f"SELECT {counts} FROM {table}").fetchone(), strict=True):
            if count:
                yield table, column


def _hide_in(db: sqlite3.Connection, table: str, column: str) -> int:
    new = f"without_paths({column})"
    if (table, column) == ("sources", "homepage"):
        new = f"iif({new} = {column}, {column}, '{SOURCES_PAGE}')"
    changed = f"{_MAY_HOLD_PATH.format(column)} AND {new} <> {column}"
    return db.execute(f"UPDATE {table} SET {column} = {new} WHERE {changed}").rowcount
