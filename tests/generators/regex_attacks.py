"""Texts on which a regular expression has to try as much as it can, made from the expression itself.

For each repetition in it: what may stand before, then what it repeats, over and over, then something that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

COMMON = "a 0-.,<>\n\"'(/:@A=&;_é"
MOST_SAMPLES = 8
ENDS = ("", "\0!x\n")
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    codes.CATEGORY_DIGIT: str.isdigit,
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
    codes.CATEGORY_NOT_DIGIT: lambda sign: not sign.isdigit(),
    codes.CATEGORY_NOT_SPACE: lambda sign: not sign.isspace(),
    codes.CATEGORY_NOT_WORD: lambda sign: not (sign.isalnum() or sign == "_"),
}
Attack = Callable[[int], str]
"""Gives the text of so many repetitions; of half as many of more than one character."""


def attacks(pattern: re.Pattern[Any]) -> Iterator[Attack]:
    """The texts that the expression may find hard, each of any length."""
    seen: set[tuple[str, str]] = set()
    for before, body in _repetitions(parser.parse(_text(pattern), pattern.flags & ~re.UNICODE), ("",)):
        begins = {"", before[0], before[-1]}
        bodies = _samples(body)
        again = {one + bodies[0] for one in begins} | begins
        for prefix, pump in [*product(begins, bodies), *product(("",), again)]:
            if pump and (prefix, pump) not in seen:
                seen.add((prefix, pump))
                for end in ENDS:
                    yield lambda count, p=prefix, b=pump, e=end: p + b * (count if len(b) == 1 else count // 2) + e  # type: ignore[misc]


def _text(pattern: re.Pattern[Any]) -> str:
    return pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern


def _repetitions(nodes: Any, before: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(samples of what may stand before, what is repeated) of every repetition without a small limit."""
    for kind, value in nodes:
        if kind in _REPEATS:
            if value[1] > 16:
                yield before, value[2]
            yield from _repetitions(value[2], before)
        else:
            for part in _parts(kind, value):
                yield from _repetitions(part, before)
        before = _joined(before, _samples_of(kind, value))


def _parts(kind: Any, value: Any) -> list[Any]:
    """The expressions within a node that is no repetition."""
    if kind is codes.SUBPATTERN:
        return [value[3]]
    if kind is codes.ATOMIC_GROUP:
        return [value]
    if kind is codes.BRANCH:
        return list(value[1])
    if kind in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    return []


def _samples(nodes: Any) -> tuple[str, ...]:
    """A few texts that a sequence matches."""
    found: tuple[str, ...] = ("",)
    for kind, value in nodes:
        found = _joined(found, _samples_of(kind, value))
    return found


def _joined(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """As many texts as the longer one has, so that each sample is in one of them."""
    count = max(len(some), len(others))
    joined = (some[number % len(some)] + others[number % len(others)] for number in range(count))
    return tuple(dict.fromkeys(joined))[:MOST_SAMPLES]


def _samples_of(kind: Any, value: Any) -> tuple[str, ...]:
    if kind is codes.LITERAL:
        return (chr(value),)
    if kind in (codes.NOT_LITERAL, codes.ANY, codes.IN):
        return _signs(kind, value)
    if kind in _REPEATS:
        least, _, body = value
        once = tuple(text * max(1, least) for text in _samples(body))
        return once if least else ("", *once)[:MOST_SAMPLES]
    if kind in (codes.ASSERT, codes.ASSERT_NOT):
        return ("",)
    parts = [_samples(part) for part in _parts(kind, value)]
    return tuple(dict.fromkeys(text for part in parts for text in part))[: 2 * MOST_SAMPLES] or ("",)


def _signs(kind: Any, value: Any) -> tuple[str, ...]:
    """Characters that a class matches, of each sort that is common in texts."""
    if kind is codes.ANY:
        return tuple(COMMON.replace("\n", ""))[:MOST_SAMPLES]
    if kind is codes.NOT_LITERAL:
        return tuple(COMMON.replace(chr(value), ""))[:MOST_SAMPLES]
    own = [chr(one if kind is codes.LITERAL else one[0]) for kind, one in value if kind in (codes.LITERAL, codes.RANGE)]
    if value[0][0] is codes.NEGATE:
        own = []
    return tuple(dict.fromkeys(sign for sign in (*COMMON, *own) if _is_in(sign, value)))[:MOST_SAMPLES] or ("",)


def _is_in(sign: str, items: Any) -> bool:
    found = False
    for kind, value in items:
        found |= (
            (kind is codes.LITERAL and ord(sign) == value)
            or (kind is codes.RANGE and value[0] <= ord(sign) <= value[1])
            or (kind is codes.CATEGORY and _CATEGORIES[value](sign))
        )
    return found != (items[0][0] is codes.NEGATE)
