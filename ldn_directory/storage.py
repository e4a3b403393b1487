"""Where files are, how they are read and written, and which version of the program filled a cache."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"
"""What `setup.py` adds to an installed package, which has no project folder around it."""
PROJECT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
"""The folder of files that people edit: `metadata.yml`, `data/curated.csv`."""
DATA = Path("data").absolute() if PROJECT == _SHIPPED else PROJECT / "data"
"""The default folder of generated files: in the project, or in the current folder if the package is installed."""
LEDGER_FILE, DIRECTORY_FILE = "ledger.db", "ldn.db"
"""The record of all harvests, and the published directory, in the data folder."""


def editable_file(data: str | Path, name: str) -> Path:
    """The absolute path of a file that people edit: in the data folder if it is there, else in `data/`."""
    here = Path(data) / name
    return (here if here.exists() else PROJECT / "data" / name).absolute()


def gazetteer_for(data: str | Path) -> Path:
    """The absolute path of the gazetteer: in the data folder, else the project's own. It need not exist yet."""
    here = Path(data) / "gazetteer.db"
    shared = DATA / "gazetteer.db"
    return (shared if shared.exists() and not here.exists() else here).absolute()


def utc_now() -> str:
    """The current time in UTC as ISO 8601, to the second: `2026-01-31T09:30:00Z`."""
    return format_time(datetime.now(UTC))


def format_time(moment: datetime) -> str:
    """A moment in UTC as ISO 8601, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_atomically(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Writes a file so that readers see all of it or the previous one, also after a crash. Creates its folder.

    A new file gets the permissions `mode`, less the umask; a file that is replaced keeps its own. Raises OSError;
    then the previous file is unchanged. Each process writes to a draft of its own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_read_only(
    path: str | Path,
    *,
    immutable: bool = False,
    any_thread: bool = False,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """A read-only connection to an existing SQLite database. Raises sqlite3.OperationalError if there is none.

    `immutable` takes no locks, for files that nobody writes to: those that are replaced as a whole.
    `any_thread` lets other threads use the connection, one at a time.
    """
    query = "mode=ro&immutable=1" if immutable else "mode=ro"
    address = f"{Path(path).absolute().as_uri()}?{query}"
    return sqlite3.connect(address, uri=True, check_same_thread=not any_thread, factory=factory)


_COUNTED = frozenset({".py", ".sql", ".toml", ".csv", ".json", ".txt"})


@cache
def version_of(*parts: str, libraries: tuple[str, ...] = ()) -> str:
    """A hash of these files and folders of the package, and of the libraries' versions: the version of a cache.

    A cache that was filled under another version is not used.
    """
    seen = hashlib.blake2b(digest_size=16)
    for part in parts:
        path = _PACKAGE / part
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.suffix in _COUNTED:
                seen.update(file.relative_to(_PACKAGE).as_posix().encode())
                seen.update(file.read_bytes())
    from importlib import metadata  # Slow to import, and few commands need it.

    for library in libraries:
        seen.update(f"{library} {metadata.version(library)}".encode())
    return seen.hexdigest()
