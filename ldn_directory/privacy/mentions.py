"""Names of the forgotten in the texts of others: a list that names two people in one entry gives both the same text. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from ldn_directory.normalize.regions import fold

from .identity_keys import Row

LEFT_OUT = "[name left out]"
TEXTS = ("credentials", "practice", "specialty", "address", "street", "remark", "text")
"""Fields of a listing that may name others. Its own name and its addresses on the web are not among them."""
MOST_WORDS = 6
_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[^\w]{1,4}")
Words = tuple[str, ...]


class Mentions:
    """Finds names by two questions, as only hashes of them are known; most words are answered from memory."""

    def __init__(self, *, is_word: Callable[[str], bool], is_name: Callable[[Words, str], bool]) -> None:
        self.is_word = lru_cache(maxsize=200_000)(is_word)
        self.is_name = lru_cache(maxsize=20_000)(is_name)

    def left_out(self, text: str, place: str, own: Collection[Words] = ()) -> str:
        """The text without the names that belong to a place, apart from those that are its owner's own."""
        parts, end = [], 0
        for start, stop in self._found(text, place, own):
            parts += [text[end:start], LEFT_OUT]
            end = stop
        return "".join((*parts, text[end:])) if parts else text

    def _found(self, text: str, place: str, own: Collection[Words]) -> Iterator[tuple[int, int]]:
        tokens = [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]
        at = 0
        while at < len(tokens):
            last = self._last_of_name(text, tokens, at, place, own) if self.is_word(tokens[at][0]) else None
            if last is not None:
                yield tokens[at][1], tokens[last][2]
                at = last
            at += 1

    def _last_of_name(
        self, text: str, tokens: list[tuple[str, int, int]], first: int, place: str, own: Collection[Words]
    ) -> int | None:
        """Which token ends the longest name that begins with a token; initials between its words do not count."""
        words, found = [tokens[first][0]], None
        for at in range(first + 1, len(tokens)):
            if len(words) == MOST_WORDS or not _GAP.fullmatch(text, tokens[at - 1][2], tokens[at][1]):
                break
            word = tokens[at][0]
            if len(word) < 2:
                continue
            words.append(word)
            if self.is_word(word) and (name := tuple(words)) not in own and self.is_name(name, place):
                found = at
        return found

    def cleaned(self, row: Row, place: str, own: Collection[Words]) -> Row:
        """A listing with such names left out of its texts; the same object if there are none."""
        changed: dict[str, Any] = {}
        for field in TEXTS:
            if (text := row.get(field)) and (rest := self.left_out(text, place, own)) != text:
                changed[field] = rest
        written = row.get("written", ())
        rests = [[field, self.left_out(text, place, own)] for field, text in written]
        if rests != [list(pair) for pair in written]:
            changed["written"] = rests
        return {**row, **changed} if changed else row
