"""Which version of the program made something that is kept: caches are used again only by the code and tables that filled them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
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
