"""What words of a query mean, from `words.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ldn_directory.publish.word_index import words_of

Key = tuple[str, str]
"""(table, meaning), such as `("how", "video")`."""
Phrases = Mapping[tuple[str, ...], tuple[Key, ...]]
TABLES = ("who", "how", "when", "where")
LONGEST = 6
"""The most words of a phrase."""
NOISE, PROFESSION, FIRST, CONDITION = "noise", "profession", "first", "condition"


@cache
def vocabulary() -> dict[str, Any]:
    """The tables of `words.toml`, and `empty`: all single words that say nothing about whom to find."""
    table = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    words = {key: frozenset(value) if isinstance(value, list) else value for key, value in table.items()}
    intents = (phrase for name in TABLES for listed in table[name].values() for phrase in listed)
    single = (phrase for phrase in (*table["noise"], *intents, *table["profession"]) if " " not in phrase)
    return words | {"empty": words["stop"] | words["titles"] | frozenset(single)}


@cache
def intent_phrases() -> Phrases:
    """What each phrase of intent or noise means."""
    table = vocabulary()
    found = [((name, key), phrase) for name in TABLES for key, listed in table[name].items() for phrase in listed]
    found += [((name, word), phrase) for name in (PROFESSION, FIRST) for phrase, word in table[name].items()]
    return _phrases([*found, *(((NOISE, ""), phrase) for phrase in table["noise"])])


@cache
def condition_phrases() -> Phrases:
    """The names of illnesses."""
    return _phrases(((CONDITION, ""), phrase) for phrase in vocabulary()["conditions"])


def _phrases(found: Iterable[tuple[Key, str]]) -> Phrases:
    meanings: dict[tuple[str, ...], tuple[Key, ...]] = {}
    for key, phrase in found:
        words = tuple(words_of(phrase))
        meanings[words] = (*meanings.get(words, ()), key)
    return meanings


def find_phrases(words: list[str], phrases: Phrases) -> Iterator[tuple[int, int, tuple[Key, ...]]]:
    """(begin, end, meanings) of the phrases among the words, the longest first at each place."""
    begin = 0
    while begin < len(words):
        for end in range(min(len(words), begin + LONGEST), begin, -1):
            if keys := phrases.get(tuple(words[begin:end])):
                yield begin, end, keys
                begin = end
                break
        else:
            begin += 1


def is_profession(word: str) -> bool:
    """Whether a word is a profession by its end, such as `rheumatologist`."""
    return word.endswith(tuple(vocabulary()["profession_ends"]))
