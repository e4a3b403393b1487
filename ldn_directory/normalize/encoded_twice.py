"""Mends letters whose UTF-8 bytes were taken for Windows-1252 and encoded again: "MÃ¼ller" is "Müller"."""

from __future__ import annotations

import re
from collections import Counter

_UNUSED = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes without a letter in Windows-1252, which decoders take for control characters."""
_BYTE_OF = {bytes([byte]).decode("latin-1" if byte in _UNUSED else "cp1252"): byte for byte in range(0x80, 0x100)}
_BYTE_OF |= {chr(byte): byte for byte in range(0x80, 0xA0)}
_FOLLOWING = "".join(re.escape(sign) for sign, byte in _BYTE_OF.items() if byte < 0xC0)
_ENCODED = re.compile(
    f"[\u00c2-\u00df][{_FOLLOWING}]|[\u00e0-\u00ef][{_FOLLOWING}]{{2}}|[\u00f0-\u00f4][{_FOLLOWING}]{{3}}"
)
_LEAST = 2
_TELLING = frozenset(map(chr, (0xC2, 0xC3, *range(0xE0, 0xF5))))
"""First letters whose sequences hardly occur otherwise. Others do: „PRAXIS Ä“ ends in a letter and a quotation mark."""
_MOST_ALONE = 0.1
"""Share of a first letter's occurrences that may stand for themselves: "Ä" is a letter of German, too."""


def decoded_once_more(text: str) -> str:
    """The text with such letters mended, if nearly all that begin one in this text do; else the text itself."""
    if text.isascii() or not (found := Counter(sign[0] for sign in _ENCODED.findall(text))):
        return text
    sure = {first for first, times in found.items() if text.count(first) - times <= _MOST_ALONE * times}
    if not sure & _TELLING or sum(found[first] for first in sure) < _LEAST:
        return text
    return _ENCODED.sub(lambda sign: _decoded(sign[0]) if sign[0][0] in sure else sign[0], text)


def _decoded(signs: str) -> str:
    try:
        return bytes(_BYTE_OF.get(sign, ord(sign) & 0xFF) for sign in signs).decode("utf-8")
    except UnicodeDecodeError:
        return signs
