"""Finds the providers that match words: by whole words and their beginnings, and by spelling if those are too few."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler

from ldn_directory.publish.word_index import NAME, PLACE, PRACTICE, WORK, Numbers, WordIndex, letter_pairs, words_of

from .columns import Columns

STEPS = 50
"""Levels of match between full and none: 0 is every word in the name and nothing else there."""
TOO_FEW = 3
"""With fewer matches than this, similar spellings are added, unless somebody has the whole name."""
BY_NAME = 1
"""The level up to which every word stands in the name."""
MOST_SIMILAR = 100
MOST_POSTINGS = 400_000
MOST_SIMILAR_WORDS = 24
LEAST_SIMILARITY = 0.2
LEAST_SCORE = 0.25
SIMILARITY_POWER = 3
"""Exponent of the similarity of spelling: two words that share half their letters are hardly similar."""
SUGGESTED_FROM = 0.4
"""How similar a word must be to be suggested to the visitor."""
OTHER_WORDS = 0.04
"""What each further word of a name costs."""
JOINED = 0.6
"""How similar two words written as one must be to a word of the directory."""
WORTH = {NAME: 1.0, PRACTICE: 0.94, WORK: 0.9, PLACE: 0.86}
"""The weight of a word in each field."""
BEGINNING = 0.9
"""The weight of a word of which only the beginning was typed."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Matches:
    """The rows that match, rising, with the level of each match: 0 is best."""

    rows: Numbers
    levels: Numbers
    spelling: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(word typed, similar words of the directory) for words that the directory does not have."""


@cache
def vocabulary() -> dict[str, Any]:
    """What words of a query mean, from `words.toml`."""
    table = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    return {key: frozenset(value) if isinstance(value, list) else value for key, value in table.items()}


def significant_words(text: str) -> tuple[str, ...]:
    """The words of a query without stop words; all of them if there are only stop words."""
    words = tuple(dict.fromkeys(words_of(text)))
    return tuple(word for word in words if word not in vocabulary()["empty"]) or words


def match_words(
    columns: Columns, words: Sequence[str], *, any_word: bool = False, among: Numbers | None = None
) -> Matches:
    """The providers that match the words, or any of them with `any_word`. `among` is a mask of the rows to consider."""
    found = word_mask(columns, words, any_word=any_word)
    whole = score_rows(columns, words, np.flatnonzero(found if among is None else found & among))
    if _is_enough(whole):
        return whole
    # Words that somebody outside of `among` has are not misspelt.
    if among is not None and found.any():
        return whole
    return _append(whole, _match_spelling(columns, words, among))


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
    worths = (100 * share * _worth_by_bits()).round().astype(np.uint8)
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


def _is_enough(whole: Matches) -> bool:
    return len(whole.rows) >= TOO_FEW or (len(whole.rows) > 0 and whole.levels.min() <= BY_NAME)


def score_rows(columns: Columns, words: Sequence[str], rows: Numbers) -> Matches:
    """The level at which each of the rows matches the words."""
    marks = [word_scores(columns, word) for word in words]
    total, in_name = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.int32)
    for mark in marks:
        there = mark[rows]
        total += there >> 1
        in_name += there & 1
    levels = np.rint((1 - total / (100 * len(marks))) * STEPS).astype(np.int32) * 2
    # A name with other words in it comes after one that was typed in full.
    levels += (in_name > 0) & (in_name < columns.index.name_lengths[rows])
    return Matches(rows=rows, levels=levels)


def _append(first: Matches, further: Matches) -> Matches:
    """Both, with all further matches ranked after the first ones."""
    new = ~np.isin(further.rows, first.rows)
    rows = np.concatenate([first.rows, further.rows[new]])
    floor = int(first.levels.max()) + 1 if len(first.rows) else 0
    levels = np.concatenate([first.levels, np.maximum(further.levels[new], floor)])
    order = np.argsort(rows, kind="stable")
    return Matches(rows=rows[order], levels=levels[order], spelling=further.spelling)


def _match_spelling(columns: Columns, words: Sequence[str], among: Numbers | None) -> Matches:
    """Rows with words that are spelt like those typed. A rare word weighs more than a common one."""
    index = columns.index
    known = [similar_words(index, word) for word in words]
    scores = [_score(index, places, columns.size) for places in known]
    for before, (one, other) in enumerate(pairwise(words)):
        # A space inside a name, such as `le ah`.
        whole = [found for found in similar_words(index, one + other) if found[1] >= JOINED]
        if whole:
            score = _score(index, whole, columns.size)
            scores[before], scores[before + 1] = (
                np.maximum(scores[before], score),
                np.maximum(scores[before + 1], score),
            )
    weights = [_weight(index, places, columns.size) for places in known]
    total = np.average(scores, axis=0, weights=weights).astype(np.float32)
    # Of two names that have the words typed, the shorter one is more likely.
    total *= 1 - OTHER_WORDS * np.maximum(0, index.name_lengths.astype(np.int16) - len(words)).astype(np.float32)
    if among is not None:
        total[~among] = 0
    top = float(total.max()) if len(total) else 0.0
    rows = np.flatnonzero(total >= max(LEAST_SCORE, top - 0.3))
    if len(rows) > MOST_SIMILAR:
        rows = np.sort(rows[np.argpartition(-total[rows], MOST_SIMILAR)[:MOST_SIMILAR]])
    spelling = tuple(
        (word, tuple(index.words.keys[place] for place, alike in places[:3] if alike >= SUGGESTED_FROM))
        for word, places in zip(words, known, strict=True)
        if word not in index.words.places
    )
    return Matches(rows=rows, levels=np.rint((1 - total[rows]) * STEPS * 4).astype(np.int32) + 2, spelling=spelling)


@cache
def _worth_by_bits() -> Numbers:
    worths = [max((worth for bit, worth in WORTH.items() if bits & bit), default=0.0) for bits in range(256)]
    return np.array(worths, np.float32)


def _score(index: WordIndex, known: Sequence[tuple[int, float]], size: int) -> Numbers:
    """For each row the highest score of any of the words."""
    best = np.zeros(size, np.float32)
    for place, alike in known:
        span = slice(int(index.words.starts[place]), int(index.words.starts[place + 1]))
        rows = index.words.numbers[span]
        best[rows] = np.maximum(best[rows], _worth_by_bits()[index.fields[span]] * np.float32(alike))
    return best


def _weight(index: WordIndex, known: Sequence[tuple[int, float]], size: int) -> float:
    """The weight of a word: the fewer providers have it, the higher."""
    if not known:
        return 1.0
    place = known[0][0]
    holders = float(index.words.starts[place + 1] - index.words.starts[place])
    return float(np.log1p(size / max(1.0, holders)))


def similar_words(index: WordIndex, word: str) -> list[tuple[int, float]]:
    """(index in `words`, similarity from 0 to 1) of words of the directory, most similar first."""
    own = index.words.places.get(word)
    if not word.isalpha():
        return [(own, 1.0)] if own is not None else []
    lists = [
        index.pairs.of(place) for pair in letter_pairs(word) if (place := index.pairs.places.get(pair)) is not None
    ]
    if not lists:
        return []
    shared = np.bincount(np.concatenate(lists), minlength=len(index.words.keys))
    wanted = max(1, min(len(word) // 2, 3))
    places = np.flatnonzero(shared >= wanted)
    if len(places) > 400:
        places = places[np.argpartition(-shared[places], 400)[:400]]
    scored = ((int(place), similarity(word, index.words.keys[place])) for place in places)
    return sorted(
        ((place, score) for place, score in scored if score >= LEAST_SIMILARITY), key=lambda one: (-one[1], one[0])
    )[:MOST_SIMILAR_WORDS]


def similarity(one: str, other: str) -> float:
    """The similarity of two spellings from 0 to 1, by edits (with transpositions) and by a shared beginning."""
    if one == other:
        return 1.0
    mean = (OSA.normalized_similarity(one, other) + JaroWinkler.similarity(one, other)) / 2
    return float(mean**SIMILARITY_POWER)
