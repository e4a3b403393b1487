"""Finds the names of the forgotten in texts about others: a list may name two people in one entry. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from ldn_directory.normalize.regions import fold

from .hidden_names import HiddenNames, Words, spellings
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

Span = tuple[int, int]
"""Start and stop in a text."""
Token = tuple[str, int, int]
"""A folded word, its start and its stop."""


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def replace_spans(text: str, spans: Iterable[Span], replacement: Callable[[str], str]) -> str:
    """The text with what takes the place of each span."""
    parts, end = [], 0
    for start, stop in merge_spans(spans):
        parts += [text[end:start], replacement(text[start:stop])]
        end = stop
    return "".join((*parts, text[end:]))


class NameFinder:
    """Finds names of which only hashes are known, by asking for each word and each sequence of words."""

    def __init__(self, *, is_word: Callable[[str], bool], is_name: Callable[[Words, str], bool]) -> None:
        self.is_word = lru_cache(maxsize=200_000)(is_word)
        self._is_like_word = lru_cache(maxsize=200_000)(self._spells_word)
        self.is_name = lru_cache(maxsize=20_000)(is_name)
        self._hidden = HiddenNames(self.is_word)

    def hides_in(self, text: str, regions: Collection[str]) -> bool:
        """Whether a name of the forgotten in one of the regions is hidden in a text, such as an address."""
        return any(self.is_name(words, region) for words in self._hidden.in_text(text) for region in regions)

    def redact(self, text: str, region: str, own: Collection[Words] = ()) -> str:
        """The text without names of the forgotten in a region, apart from the forms of the owner's `own` name."""
        return replace_spans(text, self.find(text, region, own), lambda name: REPLACEMENT)

    def find(self, text: str, region: str, own: Collection[Words] = ()) -> list[Span]:
        """(start, stop) of each name, in order, none within another; also of names in letters that look alike."""
        if not self._has_word(text):
            return []
        return merge_spans(span for one in spellings(text) for span in self._find(one, region, own))

    def find_apart(self, text: str, region: str) -> list[Span]:
        """(start, stop) of each word of names whose words stand in fields of their own, as in JSON or a table."""
        tokens = _tokens(text) if self._has_word(text) else []
        found: set[Span] = set()
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

    def _has_word(self, text: str) -> bool:
        return any(map(self._is_like_word, set(_WORD.findall(text))))

    def _spells_word(self, token: str) -> bool:
        return any(self.is_word(fold(one)) for one in spellings(token))

    def _find(self, text: str, region: str, own: Collection[Words]) -> Iterator[Span]:
        tokens, index = _tokens(text), 0
        while index < len(tokens):
            last = self._last_token(text, tokens, index, region, own) if self.is_word(tokens[index][0]) else None
            if last is not None:
                yield tokens[index][1], tokens[last][2]
                index = last
            index += 1

    def _last_token(
        self, text: str, tokens: list[Token], first: int, region: str, own: Collection[Words]
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


def _tokens(text: str) -> list[Token]:
    return [(fold(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]
