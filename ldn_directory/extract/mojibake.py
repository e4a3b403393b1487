"""Repairs text that is UTF-8 and was once read as Windows-1252: "JosÃ©" is José.

Only what is certain is repaired: a run of signs that spells bytes of UTF-8, on a page that has one which nothing else
than this fault can have written. Of a page of which one half is right, only the other is changed.

>>> repaired("JosÃ© MuÃ±oz, SÃ£o Paulo")
'José Muñoz, São Paulo'
>>> repaired("„Spaß“ im „CAFÉ”, IRMÃ MARIA")
'„Spaß“ im „CAFÉ”, IRMÃ MARIA'
"""

from __future__ import annotations

import re


def _as_read(byte: int) -> str:
    """The sign that browsers show for a byte of Windows-1252: a control character where it has none."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_BYTES = {_as_read(byte): byte for byte in range(0x80, 0x100)} | {chr(byte): byte for byte in range(0x80, 0x100)}
_FOLLOWING = "".join(re.escape(sign) for sign, byte in _BYTES.items() if byte < 0xC0)
_NEXT = f"[{_FOLLOWING}]"
_LATIN = f"[Â-É]{_NEXT}|â{_NEXT}{{2}}"
_ELSEWHERE = f"(?:[Ê-ß]{_NEXT}){{2,}}|(?:[à-ï]{_NEXT}{{2}}){{2,}}|ð{_NEXT}{{3}}"
"""Other scripts: one letter alone could be the end of a word and a quotation mark."""
_RUN = re.compile(f"(?:{_LATIN}|{_ELSEWHERE})+")
_CERTAIN = re.compile(rf"[ÂÃ](?![‘’‚“”„–—\xa0\xab\xbb])[{_FOLLOWING}]|â€{_NEXT}|(?:[Â-ß]{_NEXT}){{3}}|{_ELSEWHERE}")


def repaired(text: str) -> str:
    """The text with each run of such signs as the letters that were meant; unchanged if none is certain."""
    return text if text.isascii() or not _CERTAIN.search(text) else _RUN.sub(_as_meant, text)


def _as_meant(run: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[sign] for sign in run[0]).decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
