"""Finds the names of the forgotten in texts about others: a list may name two people in one entry. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from ldn_directory.normalize.regions import fold

from .hidden_names import spellings
from .identity_keys import Row

REPLACEMENT = "[name left out]"
TEXT_FIELDS = ("credentials", "practice", "specialty", "address", "street", "remark", "text")
"""Fields of a listing that may name others: not its own name, nor its addresses on the web."""
MAX_WORDS = 6
_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[^\w]{1,4}")
_FIELD_GAP = re.compile(r"[^\w ]")
MAX_FIELD_GAP, MAX_FIELD_WORDS = 80, 7
"""Letters, and words, from the first word of a name to its last where each is a field of its own."""
Words = tuple[str, ...]


class NameFinder:
    """Finds names of which only hashes are known, by asking for each word and each sequence of words."""

    def __init__(self, *, is_word: Callable[[str], bool], is_name: Callable[[Words, str], bool]) -> None:
        self.is_word = lru_cache(maxsize=200_000)(is_word)
        self._is_like_word = lru_cache(maxsize=200_000)(self._spells_word)
        self.is_name = lru_cache(maxsize=20_000)(is_name)

    def redact(self, text: str, region: str, own: Collection[Words] = ()) -> str:
        """The text without names of the forgotten in a region, apart from the forms of the owner's `own` name."""
        parts, end = [], 0
        for start, stop in self.find(text, region, own):
            parts += [text[end:start], REPLACEMENT]
            end = stop
        return "".join((*parts, text[end:])) if parts else text

    def find(self, text: str, region: str, own: Collection[Words] = ()) -> list[tuple[int, int]]:
        """(start, stop) of each name, in order, none within another; also of names in letters that look alike."""
        if not any(map(self._is_like_word, set(_WORD.findall(text)))):
            return []
        found: list[tuple[int, int]] = []
        for start, stop in sorted(span for one in spellings(text) for span in self._find(one, region, own)):
            if found and start < found[-1][1]:
                start, stop = found[-1][0], max(stop, found.pop()[1])
            found.append((start, stop))
        return found

    def find_apart(self, text: str, region: str) -> list[tuple[int, int]]:
        """(start, stop) of each word of names whose words stand in fields of their own, as in JSON or a table."""
        if not any(map(self._is_like_word, set(_WORD.findall(text)))):
            return []
        tokens = [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]
        found: set[tuple[int, int]] = set()
        for index, (first, start, stop) in enumerate(tokens):
            if not self.is_word(first):
                continue
            for last, begin, end in tokens[index + 1 : index + 1 + MAX_FIELD_WORDS]:
                gap = text[stop:begin]
                if len(gap) > MAX_FIELD_GAP:
                    break
                if _FIELD_GAP.search(gap) and self.is_word(last) and self.is_name((first, last), region):
                    found |= {(start, stop), (begin, end)}
        return sorted(found)

    def _spells_word(self, token: str) -> bool:
        return any(self.is_word(fold(one)) for one in spellings(token))

    def _find(self, text: str, region: str, own: Collection[Words]) -> Iterator[tuple[int, int]]:
        tokens = [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]
        index = 0
        while index < len(tokens):
            last = self._last_token(text, tokens, index, region, own) if self.is_word(tokens[index][0]) else None
            if last is not None:
                yield tokens[index][1], tokens[last][2]
                index = last
            index += 1

    def _last_token(
        self, text: str, tokens: list[tuple[str, int, int]], first: int, region: str, own: Collection[Words]
    ) -> int | None:
        """The last token of the longest name that begins with the token `first`. Initials within it are skipped."""
        words, last = [tokens[first][0]], None
        for index in range(first + 1, len(tokens)):
            if len(words) == MAX_WORDS or not _GAP.fullmatch(text, tokens[index - 1][2], tokens[index][1]):
                break
            word = tokens[index][0]
            if len(word) < 2:
                continue
            words.append(word)
            if self.is_word(word) and (name := tuple(words)) not in own and self.is_name(name, region):
                last = index
        return last

    def redact_row(self, row: Row, region: str, own: Collection[Words]) -> Row:
        """A listing whose texts are redacted; the same object if there is nothing to redact."""
        changed: dict[str, Any] = {}
        for field in TEXT_FIELDS:
            if field == "practice" and not row.get("name"):
                continue  # Its own name.
            if (text := row.get(field)) and (redacted := self.redact(text, region, own)) != text:
                changed[field] = redacted
        written = [list(pair) for pair in row.get("written", ())]
        redacted_written = [[field, self.redact(text, region, own)] for field, text in written]
        if redacted_written != written:
            changed["written"] = redacted_written
        return {**row, **changed} if changed else row
