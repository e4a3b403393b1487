"""Text for a terminal: nothing in it can move the cursor, and wide letters take their two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def replace_controls(text: str) -> str:
    """The text with every control, direction or unassigned character made visible."""
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") else letter for letter in text
    )


def display_width(text: str) -> int:
    """How many columns a terminal uses for the text (Unicode Standard Annex 11: wide letters take two)."""
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def fit(text: str, width: int) -> str:
    """The text in exactly `width` columns: filled up with spaces, or cut with an ellipsis."""
    text = replace_controls(" ".join(text.split()))
    if display_width(text) > width:
        kept, used = [], 0
        for letter in text:
            if used + _letter_width(letter) > width - 1:
                break
            kept.append(letter)
            used += _letter_width(letter)
        text = "".join(kept) + "…"
    return text + " " * (width - display_width(text))


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns (2 or more), broken between words, or within overlong ones."""
    lines, line, used = [], "", 0
    for word in _pieces(replace_controls(" ".join(text.split())), width):
        size = display_width(word)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = "", 0
        line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line] if line else lines


def _pieces(text: str, width: int) -> Iterator[str]:
    for word in text.split():
        piece, used = "", 0
        for letter in word:
            if used + _letter_width(letter) > width:
                yield piece
                piece, used = "", 0
            piece += letter
            used += _letter_width(letter)
        yield piece
