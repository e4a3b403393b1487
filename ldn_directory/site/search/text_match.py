"""Finds the providers that match words: by whole words and their beginnings, and by spelling if those are too few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ldn_directory.publish.word_index import Numbers

from .columns import Columns
from .spelling import Guesses, guess_names
from .word_scores import word_mask, word_scores

STEPS = 50
"""Levels of match between full and none: 0 is every word in the name and nothing else there."""
TOO_FEW = 3
"""With fewer matches than this, similar spellings are added, unless somebody has the whole name."""
BY_NAME = 1
"""The level up to which every word stands in the name."""
MOST_GUESSES = 10
"""The most guesses at a name."""
GUESSES_BESIDE = 5
"""The most guesses beside other results."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Matches:
    """The rows that match, rising, with the level of each match: 0 is best."""

    rows: Numbers
    levels: Numbers
    words: tuple[str, ...] = ()
    """The words that the rows have."""
    dropped: tuple[str, ...] = ()
    """Words that were left out because nobody has them, or nobody has them all."""
    guessed: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows, among `rows`, that are only guesses at a name, the likeliest first."""
    guesses_first: bool = False
    """Whether the guesses come before all others, as nobody has all words that were typed."""
    spelling: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(word typed, similar words of the directory) for words that the directory does not have."""


def match_words(
    columns: Columns,
    words: Sequence[str],
    *,
    any_word: bool = False,
    among: Numbers | None = None,
    or_all: bool = False,
) -> Matches:
    """The providers that match the words, or any of them with `any_word`; `among` is a mask of the rows to consider.

    Where nobody does, guesses at names, and those who match with fewer words. `or_all`: even with no words at all.
    """
    found = word_mask(columns, words, any_word=any_word)
    whole = score_rows(columns, words, np.flatnonzero(found if among is None else found & among))
    if _is_enough(whole):
        return whole
    # Words that somebody outside of `among` has are not misspelt.
    is_known = among is not None and not len(whole.rows) and bool(found.any())
    guesses = Guesses(rows=_NONE) if is_known else guess_names(columns, words, among, MOST_GUESSES)
    if len(whole.rows) or any_word:
        return _with_guesses(whole, guesses, GUESSES_BESIDE if len(whole.rows) else MOST_GUESSES)
    if len(guesses.rows) and not or_all:
        return _with_guesses(whole, guesses, MOST_GUESSES)
    others = _match_fewer(columns, words, among, or_all=or_all)
    return _with_guesses(others, guesses, GUESSES_BESIDE if len(others.rows) else MOST_GUESSES)


def _match_fewer(columns: Columns, words: Sequence[str], among: Numbers | None, *, or_all: bool) -> Matches:
    """Who has as many of the words as anybody: first those are dropped that nobody has, then the most frequent ones."""
    masks = {word: word_scores(columns, word) > 0 for word in words}
    everybody = np.ones(columns.size, bool) if among is None else among
    counts = {word: int(np.count_nonzero(mask & everybody)) for word, mask in masks.items()}
    kept = [word for word in words if counts[word]]
    rows = _NONE
    while kept and not len(rows := np.flatnonzero(np.logical_and.reduce([everybody, *(masks[word] for word in kept)]))):
        kept.remove(max(kept, key=counts.__getitem__))
    dropped = tuple(word for word in words if word not in kept)
    if kept:
        return replace(score_rows(columns, kept, rows), dropped=dropped, guesses_first=True)
    rows = np.flatnonzero(everybody) if or_all else _NONE
    return Matches(rows=rows, levels=np.zeros(len(rows), np.int32), dropped=dropped, guesses_first=True)


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
    return Matches(rows=rows, levels=levels, words=tuple(words))


def _with_guesses(matches: Matches, guesses: Guesses, most: int) -> Matches:
    """Both, with at most so many guesses."""
    guessed = guesses.rows[:most]
    if not matches.guesses_first:
        guessed = guessed[~np.isin(guessed, matches.rows)]
    new = guessed[~np.isin(guessed, matches.rows)]
    rows = np.concatenate([matches.rows, new])
    levels = np.concatenate([matches.levels, np.zeros(len(new), np.int32)])
    order = np.argsort(rows, kind="stable")
    return replace(matches, rows=rows[order], levels=levels[order], guessed=guessed, spelling=guesses.spelling)


def with_guesses_apart(keys: Numbers, rows: Numbers, matches: Matches | None) -> Numbers:
    """Sort keys of the rows by which guesses stand together, before or after all others."""
    if matches is None or not len(matches.guessed):
        return keys
    places = {row: place for place, row in enumerate(matches.guessed.tolist())}
    begin = _BEFORE_ALL if matches.guesses_first or len(matches.guessed) == len(matches.rows) else _AFTER_ALL
    for number in np.flatnonzero(np.isin(rows, matches.guessed)).tolist():
        keys[number] = begin + places[int(rows[number])]
    return keys


_NONE = np.zeros(0, np.int64)
_BEFORE_ALL, _AFTER_ALL = -(1 << 62), (1 << 63) - 1_000
