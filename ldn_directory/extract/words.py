"""The patterns of `words.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

with Path(__file__).with_name("words.toml").open("rb") as _file:
    _WORDS: dict[str, list[str]] = tomllib.load(_file)


def any_of(name: str) -> str:
    """A pattern that matches any of the words of one list."""
    return "(?:" + "|".join(_WORDS[name]) + ")"
