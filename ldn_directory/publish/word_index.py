"""The search's own index: which words stand in which providers, and which words are spelt alike.

Kept as whole arrays in the table `providers_fts_words`, so that a server takes it up in milliseconds and counts without reading rows.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ldn_directory.normalize.regions import fold

Numbers = npt.NDArray[Any]
NAME, PRACTICE, WORK, PLACE = 1, 2, 4, 8
"""Where in a provider a word stands, as bits: its name; its practice; credentials, specialty and kind; its places."""
TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "doctor"})
LONGEST_WORD = 40
KIND_WORDS = {
    "prescriber": "prescriber",
    "clinic": "clinic practice",
    "pharmacy": "pharmacy compounding pharmacist apotheke apotheek pharmacie farmacia",
    "telehealth": "telehealth telemedicine video online",
}
_PROVIDERS = "SELECT id, name, practice, credentials, specialty, kind, city, region, postcode, country FROM providers ORDER BY id"
_LOCATIONS = "SELECT provider, city, region, postcode, country FROM locations ORDER BY provider"
_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")


@dataclass(frozen=True, eq=False, kw_only=True)
class Lists:
    """Sorted keys, each with a list of numbers."""

    keys: list[str]
    starts: Numbers
    """Where in `numbers` each key's list begins; one more than keys."""
    numbers: Numbers

    def of(self, place: int) -> Numbers:
        """The numbers of the key at a place."""
        return self.numbers[self.starts[place] : self.starts[place + 1]]

    @cached_property
    def places(self) -> dict[str, int]:
        """Key -> its place."""
        return {key: place for place, key in enumerate(self.keys)}

    @classmethod
    def made(cls, found: dict[str, array[int]]) -> Self:
        """The lists of a dictionary."""
        keys = sorted(found)
        sizes = np.fromiter((len(found[key]) for key in keys), "<u4", len(keys))
        starts = np.concatenate([np.zeros(1, "<u4"), np.cumsum(sizes, dtype="<u4")])
        numbers = np.concatenate([np.zeros(0, "<u4"), *(np.frombuffer(found[key], "<u4") for key in keys)])
        return cls(keys=keys, starts=starts, numbers=numbers.astype("<u4"))


@dataclass(frozen=True, eq=False, kw_only=True)
class WordIndex:
    """Words and the rows they stand in; a row is a provider's place among all, in the order of their ids, from 0."""

    words: Lists
    fields: Numbers
    """For each of `words.numbers` the bits that say where in the provider the word stands."""
    name_lengths: Numbers
    """For each row, how many different words its name has."""
    by_name: Numbers
    """For each row, its place when all are sorted by name."""
    pairs: Lists
    """Two letters in a row -> places of the words that have them; a word's ends count as letters."""

    @classmethod
    def stored(cls, db: sqlite3.Connection) -> WordIndex | None:
        """The index of a directory; None if it has none, or one that is not of its providers."""
        try:
            parts: dict[str, Any] = dict(db.execute("SELECT part, content FROM providers_fts_words"))
            (size,) = db.execute("SELECT count(*) FROM providers").fetchone()
        except sqlite3.DatabaseError:
            return None
        if not parts or len(parts["name_lengths"]) != size:
            return None
        return cls(
            words=_read(parts, "word", "word_rows"),
            fields=_numbers(parts["word_fields"], "u1"),
            name_lengths=_numbers(parts["name_lengths"], "u1"),
            by_name=_numbers(parts["by_name"], "<u4"),
            pairs=_read(parts, "pair", "pair_words"),
        )

    @classmethod
    def made(cls, db: sqlite3.Connection) -> WordIndex:
        """The index of the providers in a directory."""
        rows_of: dict[str, array[int]] = {}
        fields_of: dict[str, bytearray] = {}
        lengths = bytearray()
        names: list[str] = []
        for row, (name, words) in enumerate(_worded(db)):
            names.append(name)
            lengths.append(min(255, sum(bool(bits & NAME) for bits in words.values())))
            for word, bits in words.items():
                rows_of.setdefault(word, array("I")).append(row)
                fields_of.setdefault(word, bytearray()).append(bits)
        lists = Lists.made(rows_of)
        by_name = np.empty(len(names), "<u4")
        by_name[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names), dtype="<u4")
        fields = np.frombuffer(b"".join(fields_of[word] for word in lists.keys), "u1")
        return cls(
            words=lists,
            fields=fields,
            name_lengths=np.frombuffer(bytes(lengths), "u1"),
            by_name=by_name,
            pairs=_pairs(lists.keys),
        )

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """(part, content) as stored."""
        for name, lists, numbers in (("word", self.words, "word_rows"), ("pair", self.pairs, "pair_words")):
            yield f"{name}s", "\n".join(lists.keys).encode()
            yield f"{name}_starts", lists.starts.tobytes()
            yield numbers, lists.numbers.tobytes()
        yield "word_fields", self.fields.tobytes()
        yield "name_lengths", self.name_lengths.tobytes()
        yield "by_name", self.by_name.tobytes()


def write_index(db: sqlite3.Connection) -> None:
    """Makes the index of the providers in a directory and writes it there."""
    db.execute("DELETE FROM providers_fts_words")
    db.executemany("INSERT INTO providers_fts_words VALUES (?, ?)", WordIndex.made(db).parts())


def words_of(text: str | None) -> list[str]:
    """The words of a text as the index has them: lower case, without accents, apostrophes and other punctuation."""
    return [word[:LONGEST_WORD] for word in fold((text or "").translate(_APOSTROPHES)).split()]


@lru_cache(maxsize=100_000)
def _published_words(text: str | None) -> tuple[str, ...]:
    """The same for texts of a directory, of which many recur; what visitors type is never kept."""
    return tuple(words_of(text)) if text else ()


def letter_pairs(word: str) -> set[str]:
    """The pairs of letters of a word; its beginning and end are marked."""
    marked = f"<{word}>"
    return {one + other for one, other in pairwise(marked)}


def _worded(db: sqlite3.Connection) -> Iterator[tuple[str, dict[str, int]]]:
    """For each provider in the order of ids: its folded name, and its words with where they stand."""
    further = groupby(db.execute(_LOCATIONS), key=lambda place: int(place[0]))
    at, places = next(further, (0, iter(())))
    for identity, name, practice, credentials, specialty, kind, *place in db.execute(_PROVIDERS):
        words: dict[str, int] = {}
        _mark(words, NAME, (word for word in _published_words(name) if word not in TITLES))
        _mark(words, PRACTICE, _published_words(practice))
        _mark(
            words,
            WORK,
            (*_published_words(credentials), *_published_words(specialty), *KIND_WORDS.get(kind, "").split()),
        )
        _mark(words, PLACE, _place_words(place))
        while at and at < identity:
            at, places = next(further, (0, iter(())))
        if at == identity:
            for _, *other in places:
                _mark(words, PLACE, _place_words(other))
        yield fold(name), words


def _mark(words: dict[str, int], field: int, found: Iterable[str]) -> None:
    for word in found:
        words[word] = words.get(word, 0) | field


def _place_words(place: list[str | None]) -> list[str]:
    postcode = _published_words(place[2])
    words = [word for text in place for word in _published_words(text)]
    return [*words, "".join(postcode)] if len(postcode) > 1 else words


def _pairs(words: list[str]) -> Lists:
    found: dict[str, array[int]] = {}
    for place, word in enumerate(words):
        if word.isalpha():
            for pair in letter_pairs(word):
                found.setdefault(pair, array("I")).append(place)
    return Lists.made(found)


def _read(parts: dict[str, Any], name: str, numbers: str) -> Lists:
    text = parts[f"{name}s"].decode()
    return Lists(
        keys=text.split("\n") if text else [],
        starts=_numbers(parts[f"{name}_starts"], "<u4"),
        numbers=_numbers(parts[numbers], "<u4"),
    )


def _numbers(content: bytes, kind: str) -> Numbers:
    return np.frombuffer(content, kind)
