"""The index of the site's search: which providers have which words, and which words share pairs of letters.

It is stored as whole arrays in the table `providers_fts_words`, so that a server reads it within milliseconds and
counts results without reading rows.
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
"""The fields of a provider that have a word, as bits: name; practice; credentials, specialty and kind; places."""
TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "doctor"})
LONGEST_WORD = 40
KIND_WORDS = {
    "prescriber": "prescriber",
    "clinic": "clinic practice",
    "pharmacy": "pharmacy compounding pharmacist apotheke apotheek pharmacie farmacia",
    "telehealth": "telehealth telemedicine video online",
}
_PROVIDERS = """
SELECT id, name, practice, credentials, specialty, kind, city, region, postcode, country FROM providers ORDER BY id
"""
_LOCATIONS = "SELECT provider, city, region, postcode, country FROM locations ORDER BY provider"
_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")


@dataclass(frozen=True, eq=False, kw_only=True)
class Postings:
    """Posting lists: sorted keys, each with a list of numbers."""

    keys: list[str]
    starts: Numbers
    """The index in `numbers` at which the list of each key begins, and the end of the last one."""
    numbers: Numbers

    def of(self, place: int) -> Numbers:
        """The numbers of the key with this index."""
        return self.numbers[self.starts[place] : self.starts[place + 1]]

    @cached_property
    def places(self) -> dict[str, int]:
        """The index of each key."""
        return {key: place for place, key in enumerate(self.keys)}

    @classmethod
    def build(cls, found: dict[str, array[int]]) -> Self:
        """Builds posting lists from a dictionary."""
        keys = sorted(found)
        sizes = np.fromiter((len(found[key]) for key in keys), "<u4", len(keys))
        starts = np.concatenate([np.zeros(1, "<u4"), np.cumsum(sizes, dtype="<u4")])
        numbers = np.concatenate([np.zeros(0, "<u4"), *(np.frombuffer(found[key], "<u4") for key in keys)])
        return cls(keys=keys, starts=starts, numbers=numbers.astype("<u4"))


@dataclass(frozen=True, eq=False, kw_only=True)
class WordIndex:
    """Words and the rows that have them. Rows are counted from 0 in the order of the providers' ids."""

    words: Postings
    fields: Numbers
    """For each of `words.numbers` the fields that have the word, as bits."""
    name_lengths: Numbers
    """For each row the number of different words in its name."""
    by_name: Numbers
    """For each row its rank by name."""
    pairs: Postings
    """For each pair of letters the indexes of the words that have it. The ends of a word count as letters."""

    @classmethod
    def read(cls, db: sqlite3.Connection) -> WordIndex | None:
        """Reads the index of a directory. None if there is none, or if it does not fit the providers."""
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
    def build(cls, db: sqlite3.Connection) -> WordIndex:
        """Builds the index of the providers in a directory."""
        rows_of: dict[str, array[int]] = {}
        fields_of: dict[str, bytearray] = {}
        lengths = bytearray()
        names: list[str] = []
        for row, (name, words) in enumerate(_words_by_provider(db)):
            names.append(name)
            lengths.append(min(255, sum(bool(bits & NAME) for bits in words.values())))
            for word, bits in words.items():
                rows_of.setdefault(word, array("I")).append(row)
                fields_of.setdefault(word, bytearray()).append(bits)
        lists = Postings.build(rows_of)
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
    """Builds the index of the providers in a directory and stores it there."""
    db.execute("DELETE FROM providers_fts_words")
    db.executemany("INSERT INTO providers_fts_words VALUES (?, ?)", WordIndex.build(db).parts())


def words_of(text: str | None) -> list[str]:
    """The words of a text as in the index: lower case, without accents, apostrophes and other punctuation."""
    return [word[:LONGEST_WORD] for word in fold((text or "").translate(_APOSTROPHES)).split()]


@lru_cache(maxsize=100_000)
def _published_words(text: str | None) -> tuple[str, ...]:
    """The words of a published text, which often recurs. Texts from visitors are never cached."""
    return tuple(words_of(text)) if text else ()


def letter_pairs(word: str) -> set[str]:
    """The pairs of neighbouring letters of a word, with its beginning and end marked."""
    marked = f"<{word}>"
    return {one + other for one, other in pairwise(marked)}


def _words_by_provider(db: sqlite3.Connection) -> Iterator[tuple[str, dict[str, int]]]:
    """For each provider in the order of ids its folded name, and its words with their fields as bits."""
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


def _pairs(words: list[str]) -> Postings:
    found: dict[str, array[int]] = {}
    for place, word in enumerate(words):
        if word.isalpha():
            for pair in letter_pairs(word):
                found.setdefault(pair, array("I")).append(place)
    return Postings.build(found)


def _read(parts: dict[str, Any], name: str, numbers: str) -> Postings:
    text = parts[f"{name}s"].decode()
    return Postings(
        keys=text.split("\n") if text else [],
        starts=_numbers(parts[f"{name}_starts"], "<u4"),
        numbers=_numbers(parts[numbers], "<u4"),
    )


def _numbers(content: bytes, kind: str) -> Numbers:
    return np.frombuffer(content, kind)
