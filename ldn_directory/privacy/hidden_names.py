"""Finds the names of the forgotten where they hide: in longer names, in addresses, in letters that look alike.

Only hashes of names are known, so every place where a name may begin and end is asked about. Pure.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
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
_UMLAUT = re.compile("(?<=[aou])e")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+", re.IGNORECASE)
_AND = frozenset({"and", "en", "et", "och", "og", "und"})
IsName = Callable[[tuple[str, ...]], bool]


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


def own_texts(row: Row) -> Iterator[tuple[str, str]]:
    """(field, text) of the fields by which a listing says who it is. The practice of somebody with a name is not."""
    for field in ("name" if row.get("name") else "practice", "email", "website"):
        if text := row.get(field):
            yield field, words_of_address(text) if field in ("email", "website") else text


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


def holds_name(text: str, is_word: Callable[[str], bool], is_name: IsName) -> bool:
    """Whether a text has a name in it. `is_word` is asked of its first and last word before `is_name` of the whole."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(one for one in text if unicodedata.category(one) != "Cf")
    lists = list(_word_lists(text))
    return any(_has_window(words, is_word, is_name) for words in lists) or any(
        _is_joined_name(word, is_word, is_name) for word in {word for words in lists for word in words}
    )


def _word_lists(text: str) -> Iterator[list[str]]:
    """The words of a text, in each way in which it can be read."""
    seen: set[tuple[str, ...]] = set()
    for spelling in spellings(text):
        for split in dict.fromkeys((spelling, _CAMEL.sub(" ", spelling))):
            words = [fold(word) for word in _WORD.findall(split)]
            unnumbered = [word.rstrip("0123456789") for word in words]
            for one in (words, _join_letters(words), [_UMLAUT.sub("", word) for word in words], unnumbered):
                if tuple(one) not in seen:
                    seen.add(tuple(one))
                    yield one


def _join_letters(words: Iterable[str]) -> list[str]:
    """The words, with letters that stand alone in a row made one word: J a n e."""
    joined: list[str] = []
    was_letter = False
    for word in words:
        if len(word) == 1 and was_letter:
            joined[-1] += word
        else:
            joined.append(word)
        was_letter = len(word) == 1
    return joined


def _has_window(words: Sequence[str], is_word: Callable[[str], bool], is_name: IsName) -> bool:
    words = [word for word in words if len(word) > 1]
    for start, first in enumerate(words):
        if not is_word(first):
            continue
        for stop in range(start + 1, min(len(words), start + MAX_WORDS)):
            window = tuple(words[start : stop + 1])
            # One other name may stand between, or "and" and one or two others: Jane and Bob Roe.
            is_near = len(window) == 3 or window[1] in _AND
            if is_word(window[-1]) and (is_name(window) or (is_near and is_name((first, window[-1])))):
                return True
    return False


def _is_joined_name(word: str, is_word: Callable[[str], bool], is_name: IsName) -> bool:
    """Whether a word is a name without its spaces, perhaps between other words: drjaneroemd, janeroeacupuncture."""
    if len(word) < MIN_JOINED:
        return False
    starts, ends = _name_bounds(word)
    anywhere = set(range(len(word) - MIN_REST + 1))
    for start in starts:
        for middle in range(start + 2, len(word) - 1):
            first = word[start:middle]
            if is_word(first) and any(
                _ends_name(first, word[middle:end], is_word, is_name)
                for end in ends | anywhere
                if end - start >= MIN_JOINED
            ):
                return True
    return any(_has_name_at_end(word[:end], is_word, is_name) for end in ends)


def _has_name_at_end(word: str, is_word: Callable[[str], bool], is_name: IsName) -> bool:
    """Whether a word ends with a name, after unknown words: austinjaneroe."""
    for middle in range(MIN_REST + 2, len(word) - 1):
        last = word[middle:]
        if is_word(last) and any(
            is_word(word[start:middle]) and is_name((word[start:middle], last))
            for start in range(MIN_REST, min(middle - 1, len(word) - MIN_JOINED + 1))
        ):
            return True
    return False


def _ends_name(first: str, rest: str, is_word: Callable[[str], bool], is_name: IsName) -> bool:
    """Whether `rest` is the last name, an initial and the last name, or other forenames and the last name."""
    if len(rest) > 1 and is_name((first, rest)):
        return True
    for length in range(1, len(rest) - 1):
        middle, last = rest[:length], rest[length:]
        if is_word(last) and is_name((first, last) if length == 1 else (first, middle, last)):
            return True
    return False


@lru_cache(maxsize=20_000)
def _name_bounds(word: str) -> tuple[set[int], set[int]]:
    """Where a name may begin and end in a word: at its ends, or after and before words such as dr and md."""
    starts, ends = {0, len(word) - len(word.lstrip("0123456789"))}, {len(word), len(word.rstrip("0123456789"))}
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
