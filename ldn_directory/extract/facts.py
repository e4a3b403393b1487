"""Tables of facts, kept as TOML files beside this module, and patterns made from their word lists."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def facts(name: str) -> dict[str, Any]:
    """The tables of `NAME.toml` in this folder."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


def any_of(name: str) -> str:
    """A group that matches any expression in one list of `words.toml`."""
    return f"(?:{'|'.join(facts('words')[name])})"


@cache
def phrase_pattern(table: str, name: str) -> re.Pattern[str]:
    """Matches any phrase of one list as whole words. A `*` in a phrase stands for any letters."""
    phrases = "|".join(re.sub(r"(?<![)\].])\*", r"\\w*", phrase) for phrase in facts(table)[name])
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)")


@cache
def words_by_label(table: str, name: str) -> dict[str, str]:
    """A table of label to words, turned round: the label of each word."""
    return {word: label for label, words in facts(table)[name].items() for word in words}
