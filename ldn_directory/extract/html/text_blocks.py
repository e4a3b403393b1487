"""Splits prose into entries: at headings, empty lines, rules, paragraphs or names.

Every way is tried, and the one with the most complete entries wins. Plain text and Markdown are read line by line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from ldn_directory.extract.page import Page
from ldn_directory.extract.signals import (
    head_of,
    is_action,
    is_empty,
    is_label,
    is_one_of_several,
    is_sentence,
    label_field,
    names_person,
)
from ldn_directory.model import Link

from .headings import PLACE_LEVEL, levels_of, place_in
from .lines import BLANK, BLOCK, BOLD_LEVEL, BR, Bit, Layout, Line
from .scoring import LineFeatures

Span = tuple[int, int]

_LONG = 320
_OF_NAMES = frozenset(("name", "practice", "first_name", "last_name", "serves", "languages"))
_BULLET = re.compile(r"^\s*(?:[^\w\s(\[\"“„'‘«+@#$€£/<&〒]|\(?\d{1,3}[.)])\s*(?=\S)")
_COPYRIGHT = re.compile(
    r"©|\(c\)\s?\d{4}|\bcopyright\b|all rights reserved|alle rechte vorbehalten|tous droits réservés", re.I
)
_MARKDOWN_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_MARKDOWN_BOLD = re.compile(r"^(?:\*\*|__)(.+?)(?:\*\*|__)\s*:?$")
_MARKDOWN_LINK = re.compile(
    r"!?\[([^\]\n]{0,200})\]\(<?([^)\s>]{1,500})>?(?:\s+\"[^\"]*\")?\)|<((?:https?://|mailto:)?[^\s<>@]*[@/:][^\s<>]*)>"
)
_MARKDOWN_MARKS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`|\\(?=[\\`*_{}\[\]()#+.!|-])")
_NUMBERED = re.compile(r"^(?:\(?\d{1,3}[.)]|[-*+•])\s+\S")


def propose_splits(features: LineFeatures) -> Iterator[list[Span]]:
    """The entries' lines for each way in which the lines could be split: at names, gaps, boxes, rules or headings."""
    splitter = _LineSplitter(features)
    lines = features.layout.lines
    for persons, organisations in ((True, False), (False, True), (True, True)):
        yield splitter.split(partial(splitter.starts_name, persons=persons, organisations=organisations))
    yield splitter.split(lambda index: lines[index].gap >= BLANK)
    yield splitter.split(lambda index: index == 0 or lines[index].node != lines[index - 1].node)
    levels = Counter(line.level for line in lines if line.level > 1)
    yield from (splitter.split_at_level(level) for level in sorted(levels) if levels[level] >= 2)


class _LineSplitter:
    """Splits lines at places that a caller chooses. Headings and long paragraphs always end an entry."""

    def __init__(self, features: LineFeatures) -> None:
        layout = self._layout = features.layout
        self._features = features
        self._open: int | None = None
        self._contacts = 0
        levels = levels_of(layout)
        self._stops = [
            bool(_COPYRIGHT.search(line.text[:200]))
            or (level > 0 and not self._may_name(index, level) and (level < PLACE_LEVEL or self._heads(index)))
            for index, (line, level) in enumerate(zip(layout.lines, levels, strict=True))
        ]
        self._long = [
            len(line.text) > _LONG and not features.contacts[index] for index, line in enumerate(layout.lines)
        ]

    def _may_name(self, index: int, level: int) -> bool:
        """Whether a heading may be an entry's own first line."""
        line = self._layout.lines[index]
        if level <= 1 or (place_in(line.text) and self._features.name_scores[index] < 2):
            return False
        return self._features.name_scores[index] >= (1.5 if level >= 2 else 2)

    def _heads(self, index: int) -> bool:
        """Whether a line that is only a place is a heading, and not a line of an address."""
        lines = self._layout.lines
        if index and self._features.name_scores[index - 1] and lines[index].gap < BLANK:
            return False
        return index + 1 < len(lines) and (self._features.name_scores[index + 1] > 0 or lines[index + 1].level > 0)

    def split(self, starts: Callable[[int], bool]) -> list[Span]:
        """The spans from each start to the next start, heading or long paragraph."""
        return self._spans(
            lambda index: self._stops[index] or self._long[index],
            lambda index: starts(index) or (self._open is None and self._opens(index)),
        )

    def split_at_level(self, level: int) -> list[Span]:
        """The spans from each heading of the level to the next of the same or a higher rank."""
        lines = self._layout.lines

        def is_head(index: int) -> bool:
            line = lines[index]
            names = not (is_label(line.text) or is_empty(line.text) or is_action(line.text))
            return line.level == level and names and not is_one_of_several(line.text)

        def is_place(index: int) -> bool:
            return bool(place_in(lines[index].text)) and self._features.name_scores[index] < 2

        def stops(index: int) -> bool:
            rank = lines[index].level
            ends = 0 < rank < level and (level != BOLD_LEVEL or not self._may_name(index, rank))
            return ends or bool(_COPYRIGHT.search(lines[index].text[:200])) or (is_head(index) and is_place(index))

        return self._spans(stops, is_head)

    def _spans(self, stops: Callable[[int], bool], starts: Callable[[int], bool]) -> list[Span]:
        found: list[Span] = []
        self._open = None
        self._contacts = 0
        for index in range(len(self._layout.lines)):
            if stops(index):
                self._close_span(found, index)
            elif starts(index):
                self._close_span(found, index)
                self._open = index
                self._contacts = bool(self._features.contacts[index])
            else:
                self._contacts += bool(self._features.contacts[index])
        self._close_span(found, len(self._layout.lines))
        return found

    def _opens(self, index: int) -> bool:
        """Whether the line starts an entry because a heading or prose ends above it."""
        text = self._layout.lines[index].text
        if is_empty(text) or (is_sentence(text) and not self._features.name_scores[index]):
            return False
        return index == 0 or self._stops[index - 1] or self._long[index - 1]

    def _close_span(self, found: list[Span], end: int) -> None:
        if self._open is not None and end > self._open:
            found.append((self._open, end))
        self._open = None

    def starts_name(self, index: int, *, persons: bool, organisations: bool) -> bool:
        """Whether an entry starts at the line, going by names alone."""
        line = self._layout.lines[index]
        name_score = self._features.name_scores[index]
        if not name_score or (line.term and is_label(line.text)):
            return False
        if index and index - 1 != self._open and _is_name_label(self._layout.lines[index - 1].text):
            return False
        person = names_person(head_of(line.text)) or name_score < 2
        if not (persons if person else organisations):
            return False
        set_off = line.gap >= BLANK or bool(line.level) or bool(_BULLET.match(line.text))
        if name_score < 2:
            return set_off and not self._features.contacts[index]
        if self._open is None or set_off or self._contacts:
            return True
        first = self._layout.lines[self._open]
        alike = self._features.name_scores[self._open] == 2 and names_person(head_of(first.text)) == person
        return is_label(first.text) or (line.gap >= BLOCK and alike)


def _is_name_label(text: str) -> bool:
    """Whether the line is a label such as "Contact:" whose value is a name."""
    return is_label(text) and label_field(text.strip().rstrip(":").strip()) in _OF_NAMES


def layout_of_text(page: Page) -> Layout:
    """The layout of a page of plain text or Markdown."""
    layout = Layout()
    gap = BLOCK
    rows = page.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row in rows:
        if not row.strip():
            gap = max(gap, BLANK)
            continue
        layout.lines.append(_text_line(page, row, max(gap, BLANK) if _NUMBERED.match(row) else gap))
        gap = BR
    return layout


def _text_line(page: Page, row: str, gap: int) -> Line:
    level = 0
    text = row.strip()
    if heading := _MARKDOWN_HEADING.match(text):
        level, text = len(heading[1]), heading[2]
    elif bold := _MARKDOWN_BOLD.match(text):
        level, text = BOLD_LEVEL, bold[1]
    links: list[Link] = []

    def replace_link(found: re.Match[str]) -> str:
        target = found[2] or found[3]
        if "@" in target and not target.startswith(("http", "mailto:")):
            target = f"mailto:{target}"
        if address := page.absolute(target):
            links.append(Link(text=found[1] or target, href=address))
        return "" if found[0].startswith("!") else found[1] or found[3]

    text = _MARKDOWN_LINK.sub(replace_link, text)
    bits = [Bit(part, bool(index % 2)) for index, part in enumerate(re.split(r"\*\*|__", text)) if part.strip()]
    plain = _MARKDOWN_MARKS.sub("", text).strip()
    for bit in bits:
        bit.text = _MARKDOWN_MARKS.sub("", bit.text)
    if not level and bits and all(bit.bold for bit in bits):
        level = BOLD_LEVEL
    return Line(bits or [Bit(plain)], plain, level, gap, 0, 0, tuple(links))
