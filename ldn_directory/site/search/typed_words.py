"""A query taken apart: what each of its words means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from ldn_directory.publish.word_index import words_of

from .vocabulary import NOISE, Key, find_phrases, intent_phrases, vocabulary

_DOSE = re.compile(r"\d+(mg|mcg|ml)")
_UNITS = frozenset({"mg", "mcg", "ml"})


class TypedWords:
    """The words of a query, in the order typed, each with what it means by itself or in its phrase."""

    def __init__(self, q: str) -> None:
        self.tokens = q.split()
        pairs = [(number, word) for number, token in enumerate(self.tokens) for word in words_of(token)]
        self.numbers = [number for number, _ in pairs]
        """For each word the token that it is in: `ME/CFS` is one token of two words."""
        self.words = [word for _, word in pairs]
        self.keys: list[tuple[Key, ...]] = [()] * len(self.words)
        for begin, end, keys in find_phrases(self.words, intent_phrases()):
            self.keys[begin:end] = [keys] * (end - begin)
        for number, word in enumerate(self.words):
            before_unit = word.isdigit() and self.words[number + 1 : number + 2] and self.words[number + 1] in _UNITS
            if _DOSE.fullmatch(word) or before_unit:
                self.keys[number] = ((NOISE, ""),)

    @property
    def meanings(self) -> tuple[Key, ...]:
        """Everything that the words mean, in the order typed, without noise."""
        return tuple(dict.fromkeys(key for keys in self.keys for key in keys if key[0] != NOISE))

    def values(self, table: str) -> tuple[str, ...]:
        """What the words mean by one table."""
        return tuple(value for name, value in self.meanings if name == table)

    @cached_property
    def has_title(self) -> bool:
        """Whether somebody is named by a title, such as `Dr.`."""
        return bool(vocabulary()["titles"].intersection(self.words))

    @property
    def says_more(self) -> bool:
        """Whether there are words that are neither intent, noise nor stop words."""
        return any(
            not keys and word not in vocabulary()["stop"] for word, keys in zip(self.words, self.keys, strict=True)
        )

    def named_words(self, place_text: str = "") -> list[str]:
        """All words but titles, stop words and those of the place."""
        left = [word for word in self.words if word not in vocabulary()["titles"] and word != "doctor"]
        for word in words_of(place_text):
            if word in left:
                left.reverse()
                left.remove(word)
                left.reverse()
        return [word for word in left if word not in vocabulary()["stop"]]

    def meant(self, word: str) -> bool:
        """Whether a word is one of intent or noise."""
        return any(keys for one, keys in zip(self.words, self.keys, strict=True) if one == word)

    def rest(self) -> list[str]:
        """The tokens without words of intent and noise."""
        return self._tokens(lambda keys: not keys)

    def without(self, tables: Sequence[str], value: str | None = None) -> str:
        """The query without the words that have a meaning by one of the tables."""
        return " ".join(
            self._tokens(lambda keys: not any(key[0] in tables and value in (None, key[1]) for key in keys))
        )

    def without_place(self, place_text: str) -> str:
        """The query without its place, as found in `rest`, and without the words that lead to it, such as `near`."""
        left = list(self.tokens)
        for part in reversed(place_text.split()):
            at = max((number for number, token in enumerate(left) if token == part), default=-1)
            if at >= 0:
                del left[at]
            while at > 0 and left[at - 1].casefold() in vocabulary()["before_a_place"]:
                at -= 1
                del left[at]
        return " ".join(left)

    def noise(self) -> tuple[str, ...]:
        """The tokens that are noise, as typed."""
        return tuple(dict.fromkeys(self._tokens(lambda keys: any(key[0] == NOISE for key in keys) and len(keys) == 1)))

    def _tokens(self, is_kept: Callable[[tuple[Key, ...]], bool]) -> list[str]:
        found = []
        for number, token in enumerate(self.tokens):
            own = [place for place, owner in enumerate(self.numbers) if owner == number]
            kept = [self.words[place] for place in own if is_kept(self.keys[place])]
            if kept:
                found.append(token if len(kept) == len(own) else " ".join(kept))
        return found
