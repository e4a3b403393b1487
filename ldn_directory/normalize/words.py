"""The word lists and tables of `words.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def read_toml(name: str) -> dict[str, Any]:
    """The content of a TOML file of this package."""
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


@cache
def table(name: str) -> Any:
    """A list or table of `words.toml`."""
    return read_toml("words.toml")[name]


def any_of(name: str) -> str:
    """A pattern that matches any word of a list."""
    return f"(?:{'|'.join(table(name))})"
