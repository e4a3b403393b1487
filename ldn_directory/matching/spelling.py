"""Spellings of one thing made equal: scripts, accents, transliterations."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from anyascii import anyascii

WORDS = re.compile(r"[a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_DIGRAPHS = re.compile(r"([aou])e|aa")


@cache
def facts() -> dict[str, Any]:
    """The facts that the matching compares by, of `comparison.toml`."""
    return tomllib.loads(files(__package__).joinpath("comparison.toml").read_text("utf-8"))


@lru_cache(maxsize=200_000)
def to_ascii(text: str) -> str:
    """A text in lower-case ASCII: Müller and Mueller become equal, other scripts are transliterated."""
    lowered = text.lower()
    plain = lowered if lowered.isascii() else anyascii(lowered.translate(_UMLAUTS)).lower()
    return " ".join(WORDS.findall(plain.replace("'", "").replace("’", "").replace(".", " ").replace("-", " ")))


@lru_cache(maxsize=200_000)
def skeleton(name: str) -> str:
    """A name without what spellings disagree about: ae for a, doubled letters, y for i, silent h."""
    text = name.replace(" ", "")
    for written, meant in facts()["skeleton"]:
        text = text.replace(written, meant)
    return re.sub(r"(.)\1+", r"\1", text)


@lru_cache(maxsize=200_000)
def fold_name(name: str) -> str:
    """A name as it is looked up in the table of names: in ASCII, in one word; Müller, Mueller and Muller are equal."""
    return _DIGRAPHS.sub(lambda found: found.group(1) or "a", to_ascii(name).replace(" ", ""))
