"""Where a reader can look somebody up in an official register: facts from `links.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote_plus

from .names import key


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One register's own search."""

    register: str
    title: str
    countries: tuple[str, ...]
    kinds: tuple[str, ...]
    url: str
    regions: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    """Only for those who have one of them; () for all."""
    numbered: str | None = None
    """The page of one number."""
    number: str | None = None
    """A regular expression that a number must match to be put there."""

    def fits(self, kind: str, country: str, region: str | None) -> bool:
        """Whether providers of that kind there may stand in the register."""
        return kind in self.kinds and country in self.countries and (not self.regions or region in self.regions)

    def is_for(self, credentials: str) -> bool:
        """Whether somebody with these credentials may."""
        return not self.credentials or any(key(word) in self.credentials for word in re.split(r"[,;/\s]+", credentials))

    def address(self, name: str, number: str | None = None) -> str:
        """The page of the number if there is one, else the search, with the name filled in where it allows that."""
        if number and self.numbered and self.number and re.fullmatch(self.number, number):
            return self.numbered.replace("{number}", number)
        return self.url.replace("{name}", quote_plus(name))


@cache
def links() -> tuple[Link, ...]:
    """All of them, in the order of the file."""
    rows = tomllib.loads(files("ldn_directory.registers").joinpath("links.toml").read_text("utf-8"))["links"]
    return tuple(_link(row) for row in rows)


def _link(row: dict[str, Any]) -> Link:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Link(**given)
