"""Cuts lines that name several people, one behind the other, into a line for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ldn_directory.extract.contact_spans import contact_spans
from ldn_directory.extract.signals import head_of, names_person
from ldn_directory.model import Link

from .lines import BLANK, Bit, Layout, Line

_MAX_TEXT = 4_000
_BETWEEN = " ,;|/•·–—-"


def cut_people(layout: Layout) -> Layout:
    """The layout with a line for each person; the same layout if no line names several. Notes the new lines in `cuts`.

    A new person is a name with letters or a title that follows a contact, as in
    "Ada Marsh, MD 330 555-0101 Ben Thorne, DO 330 555-0102".
    """
    starts = [_starts(line) for line in layout.lines]
    if not any(starts):
        return layout
    lines: list[Line] = []
    cuts: set[int] = set()
    moved: list[int] = []
    for line, cut in zip(layout.lines, starts, strict=True):
        moved.append(len(lines))
        if cut:
            cuts.update(range(len(lines) + 1, len(lines) + len(cut) + 1))
        lines += _parts(line, cut) if cut else [line]
    moved.append(len(lines))
    return replace(
        layout,
        lines=lines,
        first=[moved[at] for at in layout.first],
        last=[moved[at] if at >= 0 else at for at in layout.last],
        heads=None,
        cuts=frozenset(cuts),
    )


def _starts(line: Line) -> list[int]:
    """Where the second person and those after begin in the line's bits."""
    if not 40 < len(line.text) < _MAX_TEXT or (not any(map(str.isdigit, line.text)) and "@" not in line.text):
        return []
    text = "".join(bit.text for bit in line.bits)
    spans = contact_spans(text)
    if len(spans) < 2 or not _names_somebody(text[: spans[0][0]]):
        return []
    ends = [*(start for start, _ in spans[1:]), len(text)]
    gaps = [(end, text[end:after]) for (_, end), after in zip(spans, ends, strict=True)]
    starts = [end + len(gap) - len(gap.lstrip(_BETWEEN)) for end, gap in gaps if _names_somebody(gap)]
    return [start for start in starts if start < spans[-1][0]]


def _names_somebody(text: str) -> bool:
    text = text.strip(_BETWEEN)
    return len(text) > 5 and names_person(head_of(text))


def _parts(line: Line, starts: Sequence[int]) -> list[Line]:
    parts: list[Line] = []
    links = list(line.links)
    for start, end in pairwise([0, *starts, sum(len(bit.text) for bit in line.bits)]):
        bits = _bits_between(line.bits, start, end)
        text = " ".join("".join(bit.text for bit in bits).split())
        own = _links_in(links, text)
        gap = BLANK if parts else line.gap
        parts.append(replace(line, bits=bits, text=text, gap=gap, links=own, level=0))
    return parts


def _bits_between(bits: Sequence[Bit], start: int, end: int) -> list[Bit]:
    found: list[Bit] = []
    at = 0
    for bit in bits:
        text = bit.text[max(0, start - at) : max(0, end - at)]
        at += len(bit.text)
        if text.strip():
            found.append(replace(bit, text=text))
    return found


def _links_in(links: list[Link], text: str) -> tuple[Link, ...]:
    """Takes the links from the front whose words stand in the text."""
    own: list[Link] = []
    while links and links[0].text in text:
        own.append(links.pop(0))
    return tuple(own)
