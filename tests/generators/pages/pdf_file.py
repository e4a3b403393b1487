"""A PDF file of placed texts and lines, as small as it can be: Helvetica, Western letters only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

WIDTH, HEIGHT = 612, 792
MARGIN, LEADING = 50, 13
CHARACTER = 5.0
"""About the width of a letter in points at size 9."""


@dataclass(slots=True)
class Canvas:
    """Pages on which texts and lines are placed; y is counted from the top. Upright, or lying for wide tables."""

    width: int = WIDTH
    height: int = HEIGHT
    streams: list[list[bytes]] = field(default_factory=lambda: [[]])

    def text(self, x: float, y: float, text: str, *, size: int = 9, bold: bool = False) -> None:
        """Places one line of text."""
        shown = text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        place = b"BT /%s %d Tf %.1f %.1f Td (" % (b"B" if bold else b"F", size, x, self.height - y)
        self.streams[-1].append(place + shown + b") Tj ET")

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draws a thin line."""
        self.streams[-1].append(b"0.5 w %.1f %.1f m %.1f %.1f l S" % (x1, self.height - y1, x2, self.height - y2))

    def new_page(self) -> None:
        """Goes on to the next page."""
        self.streams.append([])

    def save(self) -> bytes:
        """The file."""
        kids = b" ".join(b"%d 0 R" % (5 + 2 * place) for place in range(len(self.streams)))
        font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(self.streams)),
            font % b"Helvetica",
            font % b"Helvetica-Bold",
        ]
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F 3 0 R /B 4 0 R >> >> /Contents %d 0 R >>"
        for place, parts in enumerate(self.streams):
            content = b"\n".join(parts)
            objects.append(page % (self.width, self.height, 6 + 2 * place))
            objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        return _assemble(objects)


def is_writable(texts: Iterable[str]) -> bool:
    """Whether the font has all letters."""
    try:
        "".join(texts).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines of at most so many points, cut at blanks; longer words behind a sign, or anywhere."""
    lines, most = [""], max(4, int(width / CHARACTER))
    for word in (part for whole in text.split() for part in _parts(whole, most)):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _parts(word: str, most: int) -> list[str]:
    parts = []
    while len(word) > most:
        end = 1 + max(word.rfind(sign, most // 2, most) for sign in "@.-")
        parts.append(word[: end or most])
        word = word[end or most :]
    return [*parts, word]


def _assemble(objects: list[bytes]) -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % place for place in places
    )
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(objects) + 1, len(body))
