"""Finds the names of the forgotten where they hide: in longer names, in addresses, in letters that look alike.

Only hashes of names are known, so every place where a name may begin and end is asked about. Pure.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from string import digits
from typing import Any
from urllib.parse import unquote

from ldn_directory.normalize.regions import fold

from .identity_keys import Row

MAX_WORDS = 5
MAX_JOINED_LENGTH = 12
"""Letters of the longest word in the table `joined`."""
MIN_JOINED = 6
"""Letters of a name that is written as one word; fewer stand within many words by chance."""
MIN_REST = 5
"""Letters of unknown words before or after such a name. After fewer it may be a longer name: Jane Roebuck."""
_WORD = re.compile(r"[^\W_]+")
_SIGN = re.compile(r"[\d@$!|]")
_MIXED = re.compile(r"[^\W_]*(?:[^\W\d_][\d@$!|]|\d[^\W\d_])[\w@$!|]*")
"""A word of letters with digits or signs between them."""
_BUT_NUMBER = re.compile(rf"{_MIXED.pattern}(?<!\d)(?=\d*)")
"""The same without the number at its end."""
_CAMEL = re.compile(r"(?<=[^\W\d_])(?=[A-Z][a-z])")
_SCHEME = re.compile(r"^[a-z]+://(?:www\.)?", re.IGNORECASE)
_APART = re.compile(r"(?<=\b\w) (?=\w\b)")
"""The gaps between letters that stand alone in a row: J a n e."""
_UMLAUT = re.compile("(?<=[aou])e")
_END_NUMBER = re.compile(r"[0-9]+\b")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+", re.IGNORECASE)
_AND = frozenset({"and", "en", "et", "och", "og", "und"})
Words = tuple[str, ...]


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("look_alikes.toml").read_text("utf-8"))


@cache
def _letters() -> dict[int, str]:
    return {ord(like): letter for letter, likes in _tables()["letters"].items() for like in likes}


@cache
def _signs() -> tuple[dict[int, str], ...]:
    """Two readings of digits and signs."""
    signs = _tables()["signs"]
    return tuple(
        {ord(sign): letters[min(turn, len(letters) - 1)] for sign, letters in signs.items()} for turn in (0, 1)
    )


def spellings(text: str) -> tuple[str, ...]:
    """The text, and what it may be meant to read: letters of other alphabets and digits as the Latin letters they
    look like. All have the length of the text.
    """
    found = {text: None}
    if not text.isascii():
        # A letter in another style may be one of another alphabet.
        found["".join(map(_plain_letter, text)).translate(_letters())] = None
    for one in tuple(found):
        if _SIGN.search(one) and _MIXED.search(one):
            found |= dict.fromkeys(
                _read_signs(one, signs, where) for signs in _signs() for where in (_MIXED, _BUT_NUMBER)
            )
    return tuple(found)


def _plain_letter(letter: str) -> str:
    """A letter in another style, such as a mathematical one, as the plain letter."""
    plain = letter if letter.isascii() else unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 else letter


def _read_signs(text: str, signs: Mapping[int, str], where: re.Pattern[str]) -> str:
    return where.sub(lambda match: match[0].translate(signs), text)


def own_texts(row: Row) -> Iterator[str]:
    """The fields by which a listing says who it is. The practice of somebody with a name is not one of them."""
    if name := row.get("name") or row.get("practice"):
        yield name
    yield from (words_of_address(row[field]) for field in ("email", "website") if row.get(field))


def words_of_address(address: str) -> str:
    """A web or e-mail address as its reader would read it: without escapes, in which @ is no letter."""
    readable = _PUNYCODE.sub(_read_label, unquote(unquote(address)))
    return _SCHEME.sub("", readable).replace("@", " ")


def _read_label(match: re.Match[str]) -> str:
    """A label of an internationalised host name (RFC 3490) in its own letters."""
    try:
        return match[0].encode().decode("idna")
    except UnicodeError:
        return match[0]


class HiddenNames:
    """Finds what may be names in texts: sequences of words of which `is_word` knows the first and the last."""

    def __init__(self, is_word: Callable[[str], bool]) -> None:
        self._is_word = is_word
        # Words of addresses and of the names of practices are the same again and again.
        self._in_word = lru_cache(maxsize=50_000)(self._find_in_word)

    def in_text(self, text: str) -> Iterator[Words]:
        """The names that a text may have in it, some of them twice."""
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text)
            text = "".join(one for one in text if unicodedata.category(one) != "Cf")
        lists = _word_lists(text)
        for words in lists:
            yield from self._in_sequence([word for word in words if len(word) > 1])
        for word in {word for words in lists for word in words}:
            yield from self._in_word(word)

    def _in_sequence(self, words: list[str]) -> Iterator[Words]:
        for start, first in enumerate(words[:-1]):
            if not self._is_word(first):
                continue
            for last in range(start + 1, min(len(words), start + MAX_WORDS)):
                if self._is_word(words[last]):
                    yield tuple(words[start : last + 1])
                    # One other name may stand between, or "and" and one or two others: Jane and Bob Roe.
                    if last == start + 2 or words[start + 1] in _AND:
                        yield first, words[last]

    def _find_in_word(self, word: str) -> tuple[Words, ...]:
        """A name without its spaces, perhaps between other words: drjaneroemd, janeroeacupuncture, austinjaneroe."""
        if len(word) < MIN_JOINED:
            return ()
        starts, ends = _name_bounds(word)
        found = [name for end in ends for name in self._at_end(word[:end])]
        ends |= set(range(len(word) - MIN_REST + 1))
        for start in starts:
            for middle in range(start + 2, len(word) - 1):
                if self._is_word(first := word[start:middle]):
                    rests = (word[middle:end] for end in ends if end - start >= MIN_JOINED)
                    found += (name for rest in rests for name in self._with_rest(first, rest))
        return tuple(found)

    def _at_end(self, word: str) -> Iterator[Words]:
        """A first and a last name at the end of a word, after unknown words."""
        for middle in range(MIN_REST + 2, len(word) - 1):
            if self._is_word(last := word[middle:]):
                starts = range(MIN_REST, min(middle - 1, len(word) - MIN_JOINED + 1))
                yield from ((word[start:middle], last) for start in starts if self._is_word(word[start:middle]))

    def _with_rest(self, first: str, rest: str) -> Iterator[Words]:
        """`rest` as the last name, as an initial and the last name, or as other forenames and the last name."""
        if len(rest) > 1 and self._is_word(rest):
            yield first, rest
        for length in range(1, len(rest) - 1):
            if self._is_word(last := rest[length:]):
                yield (first, last) if length == 1 else (first, rest[:length], last)


def _word_lists(text: str) -> list[list[str]]:
    """The folded words of a text, in each way in which it can be read."""
    found: dict[str, None] = {}
    for spelling in spellings(text):
        for split in {spelling, _CAMEL.sub(" ", spelling)}:
            words = fold(" ".join(_WORD.findall(split)))
            found |= dict.fromkeys((words, *(pattern.sub("", words) for pattern in (_APART, _UMLAUT, _END_NUMBER))))
    return [words.split() for words in found]


def _name_bounds(word: str) -> tuple[set[int], set[int]]:
    """Where a name may begin and end in a word: at its ends, or after and before words such as dr and md."""
    starts, ends = {0, len(word) - len(word.lstrip(digits))}, {len(word), len(word.rstrip(digits))}
    lengths = range(1, MAX_JOINED_LENGTH + 1)
    before, after = _joined()
    for _ in range(2):
        starts |= {at + length for at in starts for length in lengths if word[at : at + length] in before}
        ends |= {at - length for at in ends for length in lengths if word[max(0, at - length) : at] in after}
    return starts, ends


@cache
def _joined() -> tuple[frozenset[str], frozenset[str]]:
    tables = _tables()["joined"]
    return frozenset(tables["before"]), frozenset(tables["after"])
