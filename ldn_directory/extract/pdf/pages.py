"""The pages of a PDF file as rows of words with their places, sizes and weights; rules and links beside them.

Reading is bounded: what a page would cost is reckoned before it is interpreted, since a few bytes can draw for hours.
"""

from __future__ import annotations

import io
import itertools
import logging
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError
from pdfminer.pdfpage import PDFPage

from ldn_directory.extract.page import Page

from .limits import BROKEN, Unreadable, cause_of, check_cost, check_streams, describe

logging.getLogger("pdfminer").setLevel(logging.ERROR)

MOST_PAGES = 300
MOST_CHARACTERS = 40_000
MOST_EDGES = 4_000
_WORD_GAP = 0.16
"""The gap between two words, as a share of the type size."""
_COLUMN_GAP = 1.1
"""The gap between two columns or tab stops, as a share of the type size. Justified spaces are narrower."""
_WIDE_GAP = 0.75
"""The gap between two values, as a share of the type size."""
_LEADER = re.compile(r"^[.…·_]+$")
_LEADERS = re.compile(r"[.…·_]{4,}")
_BOLD = re.compile(r"bold|black|heavy|demi|semibold", re.I)
_GLYPH = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff]")
"""A character by itself that the file does not name: a bullet, most likely."""
_UNMAPPED = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd]")
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page|p\.|seite|s\.|pagina|página|strona|side|sida|pag\.?)?\s*\d{1,4}\s*"
    r"(?:(?:of|von|van|de|di|av|sur|z|/|\|)\s*\d{1,4})?\W*$",
    re.I,
)
_NUMBERED_PAGE = re.compile(
    r"\b(?:page|p\.|seite|side|sida|pagina|página)\s*\d{1,4}(?:\s*\w{1,3}\s*\d{1,4})?|\s{2}\d{1,3}$|^\d{1,3}\s{2}", re.I
)
_NUMBER = re.compile(r"\b\d{1,4}\b")
_TELLING_NUMBER = re.compile(r"\d{3}.{0,3}\d{3}|\d{5}")


Box = tuple[float, float, float, float]
"""Left, upper, right and lower edge, in points."""


@dataclass(slots=True)
class Word:
    """A word where it stands, in points from the page's upper left corner."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    bold: bool


@dataclass(slots=True)
class Segment:
    """Words of one row without a wide gap between them."""

    words: list[Word]

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1

    @property
    def text(self) -> str:
        """The words, apart by one space; letters set apart are one word."""
        return text_of(self.words)


@dataclass
class Row:
    """What stands at one height of a page."""

    segments: list[Segment]

    @cached_property
    def words(self) -> list[Word]:
        """All words from left to right."""
        return [word for segment in self.segments for word in segment.words]

    @property
    def x0(self) -> float:
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        return self.segments[-1].x1

    @cached_property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @cached_property
    def bottom(self) -> float:
        """Lower edge, near the base line."""
        return statistics.median(word.bottom for word in self.words)

    @cached_property
    def text(self) -> str:
        """The segments, apart by two spaces."""
        return "  ".join(segment.text for segment in self.segments)

    def pitch(self, after: Row) -> float:
        """The distance between the base lines of this row and the one after."""
        return after.bottom - self.bottom

    def is_full(self, after: Row, right: float, slack: float) -> bool:
        """Whether the first word of the row after would not have found room before `right`; `slack` in type sizes."""
        first = after.words[0]
        return self.x1 + first.x1 - first.x0 + slack * first.size > right


@dataclass(slots=True)
class Sheet:
    """One page of the file."""

    number: int
    width: float
    height: float
    rows: list[Row]
    grids: list[list[list[Box | None]]]
    """Ruled tables: for each row the boxes of its cells, None where a neighbour's cell spans it."""
    rules: list[tuple[float, float, float]]
    """Horizontal rules: (height, x0, x1)."""
    links: list[tuple[str, Box]]
    """(address, where it can be clicked)."""
    pictures: int = 0
    unmapped: int = 0
    """Characters that the file does not map to letters."""
    characters: int = 0


def open_pdf(page: Page) -> Any:
    """The file, opened. Raises Unreadable for one that is encrypted, damaged or unpacks to too much."""
    check_streams(page.body)
    try:
        return pdfplumber.open(io.BytesIO(page.body), unicode_norm="NFC")
    except BROKEN as error:
        cause = cause_of(error)
        if isinstance(cause, PDFEncryptionError):
            raise Unreadable("is locked with a password: ask the publisher for an open copy") from error
        raise Unreadable(f"is no readable PDF: {describe(cause)}") from error


def sheets_of(pdf: Any) -> Iterator[Sheet | tuple[int, str]]:
    """The pages of the file in order; for one that cannot be read, its number and the reason."""
    pages = PDFPage.create_pages(pdf.doc)
    for number in itertools.count(1):
        try:
            found = next(pages, None)
        except BROKEN as error:
            yield number, f"this and further pages cannot be found: {describe(cause_of(error))}"
            return
        if found is None:
            return
        if number > MOST_PAGES:
            yield number, f"this and further pages are beyond the {MOST_PAGES} that are read: left out"
            return
        yield _sheet_of(number, pdf, found)


def _sheet_of(number: int, pdf: Any, found: PDFPage) -> Sheet | tuple[int, str]:
    drawn = None
    try:
        drawn = pdfplumber.page.Page(pdf, found, page_number=number)
        check_cost(drawn)
        return _sheet(number, drawn)
    except Unreadable as error:
        return number, str(error)
    except BROKEN as error:
        return number, f"is damaged: {describe(cause_of(error))}"
    finally:
        if drawn is not None:
            drawn.close()


def _sheet(number: int, drawn: Any) -> Sheet:
    characters = drawn.chars
    if len(characters) > MOST_CHARACTERS:
        count = f"{len(characters):,} characters, more than the {MOST_CHARACTERS:,} that are read"
        raise Unreadable(f"holds {count}: left out")
    shown = drawn.filter(lambda item: item["object_type"] != "char" or _is_shown(item, drawn))
    if _is_struck_twice(characters):
        shown = shown.dedupe_chars(tolerance=1)
    found = shown.extract_words(x_tolerance_ratio=_WORD_GAP, y_tolerance=2, extra_attrs=["fontname", "size"])
    edges = drawn.edges
    tables = drawn.find_tables()[:50] if 4 <= len(edges) <= MOST_EDGES else []
    return Sheet(
        number=number,
        width=float(drawn.width),
        height=float(drawn.height),
        rows=rows_of([word for one in found if (word := _word(one)) is not None]),
        grids=[[list(row.cells) for row in table.rows] for table in tables],
        rules=_rules(edges[:MOST_EDGES]),
        links=_links(drawn),
        pictures=len(drawn.images),
        characters=len(characters),
        unmapped=sum(bool(_UNMAPPED.search(character["text"])) for character in characters),
    )


def _is_shown(character: Any, drawn: Any) -> bool:
    """Upright, of a readable size, and on the page: sideways texts are marginal notes and stamps."""
    across = character["x1"] > 0 and character["x0"] < drawn.width
    down = character["bottom"] > 0 and character["top"] < drawn.height
    return bool(character["upright"] and character["size"] >= 3 and across and down)


def _is_struck_twice(characters: Sequence[Any]) -> bool:
    """Whether letters are printed over themselves, as some writers do for bold."""
    sample = characters[:2_000]
    places = {(one["text"], round(one["x0"] / 2), round(one["top"] / 2)) for one in sample if one["text"].strip()}
    return len(places) * 10 < sum(bool(one["text"].strip()) for one in sample) * 9


def _word(found: Any) -> Word | None:
    text = unicodedata.normalize("NFKC", found["text"]) if not found["text"].isascii() else found["text"]
    text = "".join(letter for letter in text if letter.isprintable() and letter != "\u00ad")
    if _GLYPH.fullmatch(found["text"]):
        text = "•"
    if _LEADER.match(text) or not (text := _LEADERS.sub("  ", text).strip()):
        return None
    x0, x1, top, bottom = (found[edge] for edge in ("x0", "x1", "top", "bottom"))
    return Word(text, x0, x1, top, bottom, found["size"], bool(_BOLD.search(found["fontname"])))


def rows_of(words: Sequence[Word]) -> list[Row]:
    """The words as rows, from top to bottom."""
    rows: list[list[Word]] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: (word.top + word.bottom) / 2):
        own = (word.top + word.bottom) / 2
        if rows and abs(own - middle) < 0.4 * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
            middle = own
    return [Row(_segments(sorted(row, key=lambda word: word.x0))) for row in rows]


def _segments(words: Sequence[Word]) -> list[Segment]:
    segments: list[Segment] = []
    last: Word | None = None
    for word in words:
        gap = word.x0 - last.x1 if last else 0.0
        if last is None or gap >= _COLUMN_GAP * max(word.size, last.size):
            segments.append(Segment([word]))
        elif gap < 0.08 * word.size and word.size != last.size:
            last.text, last.x1 = last.text + word.text, word.x1  # small capitals: one word in two sizes
            continue
        else:
            segments[-1].words.append(word)
        last = word
    return segments


def text_of(words: Sequence[Word]) -> str:
    """The words as text; letters that are set apart ("O R E G O N") are one word."""
    if len(words) >= 4 and sum(len(word.text) == 1 for word in words) >= 0.8 * len(words):
        gaps = [after.x0 - before.x1 for before, after in pairwise(words)]
        usual = statistics.median(gaps)
        return words[0].text + "".join(
            (" " if gap > 1.8 * usual else "") + word.text for gap, word in zip(gaps, words[1:], strict=True)
        )
    text = words[0].text
    for before, after in pairwise(words):
        text += ("  " if after.x0 - before.x1 > _WIDE_GAP * after.size else " ") + after.text
    return text


def _rules(edges: Sequence[Any]) -> list[tuple[float, float, float]]:
    """The horizontal rules, parts of one rule put together."""
    found: dict[int, tuple[float, float, float]] = {}
    for edge in edges:
        if edge["orientation"] == "h":
            at = round(edge["top"])
            _, x0, x1 = found.get(at, (0, edge["x0"], edge["x1"]))
            found[at] = (edge["top"], min(x0, edge["x0"]), max(x1, edge["x1"]))
    return sorted(found.values())


def _links(drawn: Any) -> list[tuple[str, Box]]:
    try:
        found = drawn.hyperlinks[:2_000]
    except BROKEN as error:
        cause_of(error)
        return []
    links = ((link.get("uri"), (link["x0"], link["top"], link["x1"], link["bottom"])) for link in found)
    schemes = ("http://", "https://", "mailto:", "tel:")
    return [
        (address, box) for address, box in links if isinstance(address, str) and address.lower().startswith(schemes)
    ]


def remove_running_heads(sheets: Sequence[Sheet], keep: Callable[[str], bool]) -> None:
    """Takes running heads, footers and page numbers out of the sheets' rows. Rows for which `keep(text)` holds stay."""
    margins = [list(_marginal(sheet)) for sheet in sheets]
    seen = Counter(key for rows in margins for key in {_place_key(row) for row in rows})
    enough = max(2, len(sheets) * 0.3)
    for sheet, rows in zip(sheets, margins, strict=True):
        for row in rows:
            text = row.text
            if _PAGE_NUMBER.match(text) or (seen[_place_key(row)] >= enough and not keep(text)):
                sheet.rows = [other for other in sheet.rows if other is not row]


def _marginal(sheet: Sheet) -> Iterator[Row]:
    rows = [row for row in sheet.rows[:4] if row.top < 0.14 * sheet.height]
    yield from rows
    yield from (row for row in sheet.rows[-4:] if row.bottom > 0.86 * sheet.height and row not in rows)


def _place_key(row: Row) -> tuple[str, int]:
    """The row's text, page numbers aside, and about where it stands. Telephone numbers and postcodes count."""
    text = _NUMBERED_PAGE.sub("#", row.text.casefold())
    return text if _TELLING_NUMBER.search(text) else _NUMBER.sub("#", text), round(row.top / 6)
