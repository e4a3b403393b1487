"""What a PDF file would cost, estimated before it is read: a few bytes can unpack to gigabytes, or draw for hours."""

from __future__ import annotations

import binascii
import struct
import zlib
from typing import Any

from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

MOST_DRAWN = 3_000_000
"""Bytes of drawing instructions of one page, forms counted as often as they are drawn."""
MOST_INFLATED = 40_000_000
_COMPRESSED_WORTH_A_LOOK = 40_000
# What pdfminer and pdfplumber run into in broken or hostile files.
BROKEN = (
    PSException,
    PdfminerException,
    MalformedPDFException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    OSError,
    NotImplementedError,
    struct.error,
    zlib.error,
    binascii.Error,
)


class Unreadable(ValueError):
    """A file, or a page of it, that is not read; the message says why and what to do."""


def cause_of(error: BaseException) -> BaseException:
    """The wrapped error. An error that is not the file's fault, such as a time limit, is raised again."""
    held = error.args[0] if isinstance(error, PdfminerException) and error.args else error
    if not isinstance(held, Exception):
        return error
    if not isinstance(held, BROKEN):
        raise held
    return held


def describe(error: BaseException) -> str:
    """The fault in a few words."""
    return f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")


def check_streams(body: bytes) -> None:
    """Raises Unreadable if a compressed stream (of no picture) unpacks to more than is read."""
    position = 0
    total = 0
    while (found := body.find(b"stream", position)) >= 0:
        position = found + 6
        if body[found - 3 : found] == b"end":
            continue
        end = body.find(b"endstream", position)
        end = len(body) if end < 0 else end
        described = body[max(0, found - 2_000) : found]
        described = described[described.rfind(b"obj") :]
        if described.count(b"/FlateDecode") + described.count(b"/LZWDecode") > 1:
            raise Unreadable("packs a stream twice over, as no writer of PDFs does: refused")
        if end - position >= _COMPRESSED_WORTH_A_LOOK and b"/Image" not in described and b"/FlateDecode" in described:
            total += _inflated_size(body[position:end].lstrip(b"\r\n"))
            if total > MOST_INFLATED:
                raise Unreadable(f"unpacks to more than {MOST_INFLATED // 1_000_000} MB: refused")
        position = end


def _inflated_size(packed: bytes) -> int:
    try:
        return len(zlib.decompressobj().decompress(packed, MOST_INFLATED + 1))
    except zlib.error:
        return 0


def check_cost(drawn: Any) -> None:
    """Raises Unreadable if the page, with the forms it draws (and they draw), holds more instructions than are read."""
    known: dict[int, int] = {}
    resources = drawn.page_obj.resources
    streams = [stream for content in drawn.page_obj.contents if isinstance(stream := resolve1(content), PDFStream)]
    cost = sum(_cost(stream, resources, known, ()) for stream in streams)
    if cost > MOST_DRAWN:
        far = "more than a thousand times" if cost > MOST_DRAWN * 1_000 else "far"
        raise Unreadable(f"draws {far} more than is read: left out")


def _cost(stream: PDFStream, resources: Any, known: dict[int, int], path: tuple[int, ...]) -> int:
    content = stream.get_data()
    drawn = content.count(b"Do")
    forms = resolve1((resolve1(resources) or {}).get("XObject")) if drawn and len(path) < 20 else None
    if not isinstance(forms, dict):
        return len(content)
    dearest = 0
    for form in list(forms.values())[:500]:
        inner = resolve1(form)
        if not isinstance(inner, PDFStream) or str(inner.get("Subtype")) != "/'Form'" or id(inner) in path:
            continue
        if id(inner) not in known:
            known[id(inner)] = _cost(inner, inner.get("Resources", resources), known, (*path, id(inner)))
        dearest = max(dearest, known[id(inner)])
    return len(content) + drawn * dearest
