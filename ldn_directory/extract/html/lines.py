"""Lays a page out as the lines that a reader sees and the boxes that hold them.

One pass over the tree, without recursion. All other modules of this package read pages through this one: the finder
of repeated blocks uses boxes, the reader of prose uses lines, and tables use the text of cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as made_by

from lxml.html import HtmlElement

from ldn_directory.extract.facts import facts
from ldn_directory.extract.hints import element_label, icon_label, image_text, protected_email
from ldn_directory.extract.page import Page
from ldn_directory.model import Link

from .boilerplate import CHROME, FRAME_DEPTH, MAIN, PLACED, Balance, Look, zone_of_place
from .markup import Markup, begins_anew, is_column_head, markup_of

BR, BLOCK, BLANK, RULE = range(4)
"""What separates a line from the previous one: a line break, a box, an empty line, a rule."""

_BLOCKS = frozenset(facts("marks")["tags"]["blocks"])
_PLAIN = frozenset(facts("marks")["tags"]["plain"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile(r"[\s\xa0\u200b\u2060\ufeff]+")
RULE_LINE = re.compile(r"^\s*(?:[-=*_~#+.]\s?){3,}\s*$")
"""A row of characters that draws a rule."""
_CONTACT = re.compile(r"\d{3}|@")
_LABEL_START = re.compile(r"^[A-Z][\w ]{2,20}:")
_TOUCHING = frozenset(("span", "a", "em", "i", "b", "strong"))
_NAME_PART = re.compile(r"given|family|first|last|prefix|suffix|middle|initial", re.I)
_MAX_NESTED = 3
BOLD_LEVEL = 7
"""The level of a line that is entirely bold. Comes after h6."""


@dataclass(slots=True)
class Bit:
    """A run of text within a line that has one style."""

    text: str
    bold: bool = False
    label: str | None = None
    """The field that the markup gives the text (an icon before it, a class, an aria-label)."""


@dataclass(slots=True)
class Line:
    """One visible line."""

    bits: list[Bit]
    text: str
    level: int
    """1 to 6 for h1 to h6, BOLD_LEVEL for a bold line, 0 for others."""
    gap: int
    node: int
    """The innermost box that holds the line."""
    zone: int
    links: tuple[Link, ...] = ()
    term: bool = False
    """Whether it is a `dt` or `th`, and so a label."""
    field: str | None = None
    """The field of its column in a list of boxes, once that was decided."""

    def linked_head(self) -> str | None:
        """The text of a link at the start of the line, if more text follows."""
        if not self.links:
            return None
        link = self.links[0]
        heads = 0 < len(link.text) < len(self.text) and self.text.startswith(link.text)
        return link.text if heads and link.href.startswith("http") else None


@dataclass(slots=True)
class Layout:
    """Lines, and boxes as parallel lists. Box `n` holds the lines from `first[n]` up to `last[n]`."""

    lines: list[Line] = made_by(default_factory=list)
    elements: list[HtmlElement] = made_by(default_factory=list)
    signatures: list[str] = made_by(default_factory=list)
    parents: list[int] = made_by(default_factory=list)
    first: list[int] = made_by(default_factory=list)
    last: list[int] = made_by(default_factory=list)
    ends: list[int] = made_by(default_factory=list)
    """Box `n` contains the boxes up to `ends[n]`."""
    frame: list[str] = made_by(default_factory=list)
    """Texts and links of menus and footers that may be contacts."""
    heads: list[tuple[int, int]] | None = None
    """Cache of `headings`: position and level of the headings."""
    cuts: frozenset[int] = frozenset()
    """Lines that were one line with the line above them, and name another person."""

    def boxes_around(self, box: int) -> set[int]:
        """The box and all boxes around it."""
        found = set()
        while box >= 0:
            found.add(box)
            box = self.parents[box]
        return found

    def text(self) -> str:
        """All lines, separated by newlines."""
        return "\n".join(line.text for line in self.lines)


def layout_of(page: Page, element: HtmlElement | None = None, *, everything: bool = False) -> Layout:
    """The layout of the page, or of one element of it.

    Menus, footers and the like are left out unless `everything` is set.
    """
    if everything or element is not None:
        return _LayoutBuilder(page, everything=True).layout(page.root.find("body") if element is None else element)
    content: frozenset[Look] = frozenset()
    for _ in range(_MAX_NESTED):
        builder = _LayoutBuilder(page, content=content)
        layout = builder.layout(page.root.find("body"))
        more = builder.balance.content() - content
        if not more:
            break
        content |= more
    return layout


def lines_in(page: Page, layout: Layout, places: dict[HtmlElement, int], element: HtmlElement) -> list[Line]:
    """The lines of an element, taken from its page's layout if possible. `places` maps elements to boxes.

    An inline element shares its line with its neighbours, so it is laid out by itself.
    """
    box = places.get(element) if element.tag in _BLOCKS else None
    lines = layout.lines[layout.first[box] : layout.last[box]] if box is not None else []
    return lines or layout_of(page, element).lines


class _LayoutBuilder:
    """The state of one pass: the current line and the open boxes."""

    def __init__(self, page: Page, *, everything: bool = False, content: frozenset[Look] = frozenset()) -> None:
        self._page = page
        self._everything = everything
        self._content = content
        """Looks of boxes that seem to be frame, and are not."""
        self.balance = Balance()
        self._layout = Layout()
        self._bits: list[Bit] = []
        self._links: list[Link] = []
        self._gap = BLOCK
        self._level = 0
        self._bold = 0
        self._pre = 0
        self._boxes: list[int] = []
        self._zones: list[int] = [MAIN]
        self._looks: list[Look | None] = [None]
        """The outermost box that seems to be frame, for each open element."""
        self._links_open = 0
        self._labels: list[str | None] = [None]
        self._terms = 0
        self._icon: str | None = None
        self._icon_depth = 0
        self._after: str | None = None

    def layout(self, root: HtmlElement) -> Layout:
        top = markup_of(root)
        if top is None:
            return self._layout
        stack = [iter(root)]
        path = [(root, self._open(root, top))]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                self._close(*path.pop())
                if path and (tail := self._after):
                    self._add(tail)
                continue
            markup = markup_of(child)
            if markup is None or markup.is_skipped:
                self._skip(child)
            else:
                path.append((child, self._open(child, markup)))
                stack.append(iter(child))
        self._break(BLOCK)
        return self._layout

    def _skip(self, element: HtmlElement) -> None:
        if (label := icon_label(element)) and element.tag == "svg":
            self._icon, self._icon_depth = label, len(self._zones)
        if element.tail:
            self._add(element.tail)

    def _open_box(self, element: HtmlElement, marked: str) -> None:
        layout = self._layout
        layout.elements.append(element)
        layout.signatures.append(marked)
        layout.parents.append(self._boxes[-1] if self._boxes else -1)
        self._boxes.append(len(layout.elements) - 1)
        layout.first.append(len(layout.lines))
        layout.last.append(-1)
        layout.ends.append(-1)

    def _open(self, element: HtmlElement, markup: Markup) -> bool:
        """Opens an element. Whether it is bold."""
        tag = markup.tag
        placed = zone_of_place(element) if tag in PLACED else None
        self._enter_zone(markup, markup.zones[len(self._boxes) <= FRAME_DEPTH] if placed is None else placed)
        if tag in _BLOCKS:
            self._break(BLOCK)
        if tag in _TOUCHING:
            self._set_off(element)
        if tag not in _PLAIN:
            self._open_box(element, markup.signature)
        if tag in _HEADINGS:
            self._level = _HEADINGS[tag]
        bold = markup.is_bold or (tag == "th" and not is_column_head(element))
        self._bold += bold
        self._pre += tag == "pre"
        self._terms += tag in ("dt", "th")
        self._labels.append((element_label(element) if markup.may_name_field else None) or self._labels[-1])
        if markup.may_be_icon and (icon := icon_label(element)):
            self._icon, self._icon_depth = icon, len(self._zones) - 1
        protected = markup.may_hold_email and protected_email(element)
        if protected and not any(map(protected_email, element)):
            self._add(protected)
        elif text := element.text:
            self._add(text)
        elif tag == "img" and (said := image_text(element)):
            self._add(f" {said} ")
        return bold

    def _enter_zone(self, markup: Markup, zone: int) -> None:
        if zone and markup.look in self._content:
            zone = MAIN
        self._looks.append(self._looks[-1] or (markup.look if zone else None))
        self._zones.append(max(self._zones[-1], zone))
        self._links_open += markup.tag == "a"

    def _set_off(self, element: HtmlElement) -> None:
        match self._set_apart(element):
            case "line":
                self._break(BR)
            case "space":
                self._add(" ")

    def _set_apart(self, element: HtmlElement) -> str | None:
        """How a style sheet probably separates the element from a sibling that touches it: "line", "space" or None.

        Word processors split words into adjacent runs with equal attributes. Page builders put values side by side.
        """
        before = element.getprevious()
        if before is None or before.tail or before.tag not in _TOUCHING:
            return "space" if element.text and _LABEL_START.match(element.text) else None
        if _NAME_PART.search(f"{before.get('class')} {element.get('class')}"):
            return "space"
        classes = element.get("class")
        if before.tag in ("b", "strong") and element.tag in ("span", "a") and begins_anew(before, element):
            return "line"
        if "a" in (element.tag, before.tag) or before.get("class") != classes or not (element.attrib or before.attrib):
            return "line" if element.tag in ("span", "a") and before.tag in ("span", "a") else None
        return None

    def _close(self, element: HtmlElement, bold: bool) -> None:
        tag = element.tag
        if tag == "a":
            self._link(element)
        self._labels.pop()
        if tag == "br":
            self._break(BR)
        elif tag == "hr":
            self._break(RULE)
        elif tag in _BLOCKS:
            empty = (
                tag in ("p", "li") and self._boxes and self._layout.first[self._boxes[-1]] == len(self._layout.lines)
            )
            self._break(BLANK if empty and not self._bits else BLOCK)
        if tag in _HEADINGS:
            self._level = 0
        self._bold -= bold
        self._pre -= tag == "pre"
        self._terms -= tag in ("dt", "th")
        self._zones.pop()
        self._looks.pop()
        self._links_open -= tag == "a"
        if tag not in _PLAIN:
            box = self._boxes.pop()
            self._layout.last[box] = len(self._layout.lines) + bool(self._bits)
            self._layout.ends[box] = len(self._layout.elements)
        self._after = element.tail

    def _link(self, element: HtmlElement) -> None:
        href = element.get("href")
        if not href:
            return
        if self._zones[-1] >= CHROME and not self._everything:
            if href[:4].lower() in ("tel:", "mail"):
                self._layout.frame.append(href)
            return
        if email := protected_email(element):
            self._links.append(Link(text=email, href=f"mailto:{email}"))
        elif address := self._page.absolute(href):
            text = _SPACES.sub(" ", element.text_content() if len(element) else element.text or "").strip()
            text = text or element.get("title", "").strip() or self._icon or ""
            self._links.append(Link(text=text, href=address, rel=element.get("rel")))

    def _add(self, text: str) -> None:
        look = self._looks[-1]
        contact = look is not None and bool(_CONTACT.search(text))
        self.balance.add(look, text, linked=self._links_open > 0, contact=contact)
        if self._zones[-1] >= CHROME and not self._everything:
            if contact:
                self._layout.frame.append(text)
            return
        if self._pre:
            rows = text.split("\n")
            for row in rows[:-1]:
                self._add_row(row)
            text = rows[-1]
        self._add_run(text)

    def _add_row(self, row: str) -> None:
        """Adds a row of preformatted text. A row of dashes underlines the row above it, or is a rule."""
        if not RULE_LINE.match(row):
            self._add_run(row)
            self._break(BR)
        else:
            self._break(RULE)

    def _add_run(self, text: str) -> None:
        bits = self._bits
        text = _SPACES.sub(" ", text)
        if not text or (text == " " and not bits):
            return
        bold = self._bold > 0
        label = self._icon or self._labels[-1]
        if bits and (text == " " or (bits[-1].bold == bold and bits[-1].label == label)):
            bits[-1].text += text
        else:
            bits.append(Bit(text, bold, label))

    def _break(self, gap: int) -> None:
        """Ends the line. Ending an empty line widens the gap."""
        bits = [bit for bit in self._bits if bit.text.strip()] if self._bits else []
        if bits or self._links:
            self._end_line(bits)
            self._gap = gap
        elif gap == BR:
            self._gap = max(self._gap, BLANK if self._gap == BR else self._gap)
        else:
            self._gap = max(self._gap, gap)

    def _end_line(self, bits: list[Bit]) -> None:
        text = "".join(bit.text for bit in self._bits).strip()
        level = self._level or (BOLD_LEVEL if bits and all(bit.bold for bit in bits) else 0)
        self._layout.lines.append(
            Line(
                bits,
                text,
                level,
                self._gap,
                self._boxes[-1] if self._boxes else 0,
                self._zones[-1],
                tuple(self._links),
                self._terms > 0,
            )
        )
        self._bits = []
        self._links = []
        if text:
            self._icon = None
