"""Style sheets and scripts, kept in memory. Their addresses contain a digest of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
}


@lru_cache(maxsize=1)
def contents() -> Mapping[str, bytes]:
    """The content of each file by its path within `static/`."""
    return dict(_read(files("ldn_directory.site").joinpath("static")))


def _read(folder: Traversable, path: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _read(item, f"{path}{item.name}/")
        elif "." + item.name.rpartition(".")[2] in TYPES:
            found.append((path + item.name, item.read_bytes()))
    return found


@lru_cache(maxsize=64)
def address_of(name: str) -> str:
    """The address of a file of `static/`, with the digest of its content."""
    return f"/static/{name}?v={hashlib.blake2b(contents()[name], digest_size=6).hexdigest()}"
