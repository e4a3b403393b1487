"""Where files lie, how they are written whole, and which version of the program filled a cache."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"
"""What `setup.py` puts into an installed package, which has no project around it."""
PROJECT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
"""The folder that holds what people write: `metadata.yml`, `data/curated.csv`."""
DATA = Path("data").absolute() if PROJECT == _SHIPPED else PROJECT / "data"
"""Where generated files lie unless something else is said: in the project, or in the current folder beside an installed package."""


def written_by_people(data: str | Path, name: str) -> Path:
    """The absolute path of a file that people write: from the data folder if it is there, else from the project's `data/`."""
    here = Path(data) / name
    return (here if here.exists() else PROJECT / "data" / name).absolute()


def gazetteer_for(data: str | Path) -> Path:
    """The absolute path of the gazetteer: in the data folder, else the project's own; it need not exist yet."""
    here = Path(data) / "gazetteer.db"
    shared = DATA / "gazetteer.db"
    return (shared if shared.exists() and not here.exists() else here).absolute()


_COUNTED = frozenset({".py", ".sql", ".toml", ".csv", ".json", ".txt"})


@cache
def version_of(*parts: str, libraries: tuple[str, ...] = ()) -> str:
    """Changes whenever one of the files does, or one in a folder, given relative to the package; or a library's version."""
    seen = hashlib.blake2b(digest_size=16)
    for part in parts:
        path = _PACKAGE / part
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.suffix in _COUNTED:
                seen.update(file.relative_to(_PACKAGE).as_posix().encode())
                seen.update(file.read_bytes())
    for library in libraries:
        seen.update(f"{library} {metadata.version(library)}".encode())
    return seen.hexdigest()
