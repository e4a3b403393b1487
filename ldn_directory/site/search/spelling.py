"""Words that are spelt alike, and guesses at the names that were meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler

from ldn_directory.publish.word_index import Numbers, WordIndex, letter_pairs

from .columns import Columns
from .vocabulary import vocabulary
from .word_scores import BEGINNING, word_scores, worth_by_bits

MOST_SIMILAR_WORDS = 24
LEAST_SIMILARITY = 0.2
LEAST_SCORE = 0.25
SIMILARITY_POWER = 3
"""Exponent of the similarity of spelling: two words that share half their letters are hardly similar."""
MUCH_LESS_LIKELY = 0.3
"""By how much less alike than the first one a name may be."""
OTHER_WORDS = 0.04
"""What each further word of a name costs."""
JOINED = 0.6
"""How similar two words written as one must be to a word of the directory."""
ALIKE = ((3, 0.75), (5, 0.58), (40, 0.44))
"""(letters up to which, how similar a word must be to be guessed at): short words are soon like others."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Guesses:
    """Rows with names like those typed, the likeliest first."""

    rows: Numbers
    spelling: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(word typed, similar words of the directory) for words that the directory does not have."""


def guess_names(columns: Columns, words: Sequence[str], among: Numbers | None, most: int) -> Guesses:
    """Rows that have all the words, or words spelt much like them. A rare word weighs more than a common one."""
    index = columns.index
    known = [_alike(index, word) for word in words]
    scores = [_score(index, places, columns.size) for places in known]
    for score, word in zip(scores, words, strict=True):
        if word in index.words.places or len(words) > 1:
            score[:] = np.maximum(score, BEGINNING * (word_scores(columns, word) > 0))
    for before, (one, other) in enumerate(pairwise(words)):
        # A space inside a name, such as `le ah`.
        whole = [found for found in similar_words(index, one + other) if found[1] >= JOINED]
        if whole:
            score = _score(index, whole, columns.size)
            scores[before] = np.maximum(scores[before], score)
            scores[before + 1] = np.maximum(scores[before + 1], score)
    weights = [_weight(index, places, columns.size) for places in known]
    total = np.average(scores, axis=0, weights=weights).astype(np.float32)
    # Of two names that have the words typed, the shorter one is more likely.
    total *= 1 - OTHER_WORDS * np.maximum(0, index.name_lengths.astype(np.int16) - len(words)).astype(np.float32)
    total[np.minimum.reduce(scores) == 0] = 0
    if among is not None:
        total[~among] = 0
    top = float(total.max()) if len(total) else 0.0
    rows = np.flatnonzero(total >= max(LEAST_SCORE, top - MUCH_LESS_LIKELY))
    spelling = tuple(
        (word, tuple(index.words.keys[place] for place, _ in places[:3]))
        for word, places in zip(words, known, strict=True)
        if word not in index.words.places
    )
    return Guesses(rows=rows[np.argsort(-total[rows], kind="stable")][:most], spelling=spelling)


def _alike(index: WordIndex, word: str) -> list[tuple[int, float]]:
    """(index in `words`, similarity) of the words that may be meant by a word: none by one that is no name."""
    if word in vocabulary()["conditions"]:
        return [(index.words.places[word], 1.0)] if word in index.words.places else []
    least = next((alike for letters, alike in ALIKE if len(word) <= letters), 1.0)
    return [found for found in similar_words(index, word) if found[1] >= least]


def _score(index: WordIndex, known: Sequence[tuple[int, float]], size: int) -> Numbers:
    """For each row the highest score of any of the words."""
    best = np.zeros(size, np.float32)
    for place, alike in known:
        span = slice(int(index.words.starts[place]), int(index.words.starts[place + 1]))
        rows = index.words.numbers[span]
        best[rows] = np.maximum(best[rows], worth_by_bits()[index.fields[span]] * np.float32(alike))
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
