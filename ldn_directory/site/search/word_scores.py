"""For every provider how it has a word: in which field, in full or as a beginning."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, partial

import numpy as np

from ldn_directory.publish.word_index import NAME, PLACE, PRACTICE, WORK, Numbers, WordIndex

from .columns import Columns
from .vocabulary import vocabulary

MOST_POSTINGS = 400_000
WORTH = {NAME: 1.0, PRACTICE: 0.94, WORK: 0.9, PLACE: 0.86}
"""The weight of a word in each field."""
BEGINNING = 0.9
"""The weight of a word of which only the beginning was typed."""


def word_mask(columns: Columns, words: Sequence[str], *, any_word: bool = False) -> Numbers:
    """For every provider whether it has the words, their synonyms, or words that begin with them."""
    masks = [word_scores(columns, word) > 0 for word in words]
    return masks[0] if len(masks) == 1 else np.asarray((np.logical_or if any_word else np.logical_and).reduce(masks))


def word_scores(columns: Columns, word: str) -> Numbers:
    """For every provider the score of a word in hundredths, times two, plus one if it is in the name."""
    return columns.cached_mask(word, partial(_word_scores, columns, word))


def _word_scores(columns: Columns, word: str) -> Numbers:
    index = columns.index
    marks = np.zeros(columns.size, np.uint8)
    exact, begun = _spans(index, word)
    rows, values = index.words.numbers[begun], _score_by_bits(BEGINNING)[index.fields[begun]]
    # A provider may have several words that begin like this: the highest score is written last.
    order = np.argsort(values, kind="stable")
    marks[rows[order]] = values[order]
    for span in exact:
        rows = index.words.numbers[span]
        marks[rows] = np.maximum(marks[rows], _score_by_bits(1.0)[index.fields[span]])
    return marks


@cache
def _score_by_bits(share: float) -> Numbers:
    """The score of a word by the bits of its fields."""
    worths = (100 * share * worth_by_bits()).round().astype(np.uint8)
    return worths * np.uint8(2) + (np.arange(256) & NAME > 0).astype(np.uint8)


def _spans(index: WordIndex, word: str) -> tuple[list[slice], slice]:
    """(spans of the word and its synonyms in the index, span of all words that begin with it)."""
    lists = index.words
    exact = [
        place for one in (word, *vocabulary()["same"].get(word, ())) if (place := lists.places.get(one)) is not None
    ]
    spans = [slice(int(lists.starts[place]), int(lists.starts[place + 1])) for place in exact]
    first = bisect_left(lists.keys, word)
    last = bisect_left(lists.keys, word + "\U0010ffff", first)
    if first == last or (last - first == 1 and first in exact):
        return spans, slice(0, 0)
    begin, end = int(lists.starts[first]), int(lists.starts[last])
    return spans, slice(begin, min(end, begin + MOST_POSTINGS))


def rows_named(index: WordIndex, word: str, *, beginnings: bool = True) -> Numbers:
    """Rows that have the word in their name or practice, or with `beginnings` a word that begins with it."""
    lists = index.words
    first = bisect_left(lists.keys, word)
    last = bisect_left(lists.keys, word + ("\U0010ffff" if beginnings else "\0"), first)
    span = slice(int(lists.starts[first]), int(lists.starts[last]))
    return np.asarray(lists.numbers[span][(index.fields[span] & (NAME | PRACTICE)) > 0])


def fields_of(index: WordIndex, word: str) -> int:
    """The fields of the directory that have a word, as bits."""
    lists = index.words
    place = lists.places.get(word)
    if place is None:
        return 0
    return int(np.bitwise_or.reduce(index.fields[lists.starts[place] : lists.starts[place + 1]]))


@cache
def worth_by_bits() -> Numbers:
    """The weight of a word by the bits of the fields that have it."""
    worths = [max((worth for bit, worth in WORTH.items() if bits & bit), default=0.0) for bits in range(256)]
    return np.array(worths, np.float32)
