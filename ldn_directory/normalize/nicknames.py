"""First names and what they may be short for, by the `nicknames` package. In lower case."""

from __future__ import annotations

from functools import cache, lru_cache

from nicknames import NickNamer

_names = cache(NickNamer)


@lru_cache(maxsize=100_000)
def full_forms(forename: str) -> frozenset[str]:
    """The names that a first name may be short for: for bob robert, for ted edward and theodore."""
    return frozenset(_names().canonicals_of(forename))


@lru_cache(maxsize=20_000)
def short_forms(forename: str) -> frozenset[str]:
    """The names that a first name may be shortened to."""
    return frozenset(_names().nicknames_of(forename))
