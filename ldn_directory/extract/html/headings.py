"""Finds the headings that apply to an entry, such as its country, state and town."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache

from ldn_directory.extract.signals import (
    could_be_title,
    has_email,
    has_phone,
    is_generic,
    is_label,
    is_place,
    without_bullet,
)
from ldn_directory.normalize.regions import country, region

from .lines import BOLD_LEVEL, Layout, Line

PLACE_LEVEL = BOLD_LEVEL + 1
"""The level of a line that is only a place name and is not marked up as a heading."""

_PLACE_AT_END = re.compile(
    r"^.*?\b(?:in|for|from|near|der|in der|de|en|du|di|i|para|für|aus|voor)\s+(?:the\s+)?([^\d:]{2,40})$|"
    r"^.*[–—:-]\s*([^\d:]{2,40})$",
    re.I,
)
_PLACE_FIRST = re.compile(
    r"^([^\d:]{2,40}?)(?:\s+(?:LDN|low[- ]dose|prescribers?|doctors?|physicians?|providers?|practitioners?|pharmac\w+|"
    r"compound\w+|clinics?|members?|list\w*)\b.*|\s*\(\d+\))$",
    re.I,
)
_TOWN_AND_REGION = re.compile(r"^([^\d:,]{2,40})[,.]\s*([^\d:,()]{2,30}?)\s*(?:\(([A-Z]{2,3})\))?$")
_TRIM = " \t:.-–—•*#|=_"


def headings_of(
    layout: Layout, spans: Sequence[tuple[int, int]], entries: Sequence[tuple[int, int]] | None = None
) -> list[tuple[str, ...]]:
    """The headings above each span of lines, outermost first. Spans are in ascending order.

    Lines within `entries` (by default the spans themselves) are never headings of other entries.
    """
    covered = bytearray(len(layout.lines))
    for first, last in spans if entries is None else entries:
        covered[first:last] = b"\1" * (last - first)
    known = {position: level for position, level in _heads(layout) if not covered[position]}
    heads = deque(sorted((_sections(layout, spans, covered) | known).items()))
    found: list[tuple[str, ...]] = []
    stack: list[tuple[int, int]] = []
    for start, _ in spans:
        while heads and heads[0][0] < start:
            position, level = heads.popleft()
            while stack and stack[-1][1] >= level:
                stack.pop()
            stack.append((position, level))
        near = [(at, level) for at, level in stack if level < PLACE_LEVEL or _is_near(layout, at, start)]
        found.append(
            tuple(
                step for at, level in near for step in _steps(without_bullet(layout.lines[at].text.strip(_TRIM)), level)
            )
        )
    return found


def _sections(layout: Layout, spans: Sequence[tuple[int, int]], covered: bytearray) -> dict[int, int]:
    """The plain lines that part a list: above several entries each, all in like boxes, and no two the same."""
    alike: dict[str, list[int]] = {}
    for above in {first - 1 for first, _ in spans if first and layout.signatures and not covered[first - 1]}:
        line = layout.lines[above]
        if not line.level and not line.links and could_be_title(line.text) and sum(map(str.isalpha, line.text)) > 2:
            alike.setdefault(layout.signatures[line.node], []).append(above)
    groups = [lines for lines in alike.values() if 2 <= len(lines) < len(spans)]
    best = max(groups, key=len, default=[])
    if len({layout.lines[position].text for position in best}) < len(best):
        return {}
    return dict.fromkeys(best, PLACE_LEVEL + 1)


def _is_near(layout: Layout, heading: int, start: int) -> bool:
    """Whether a bare place name is in the entry's neighbourhood, not in some other box."""
    if not layout.parents:
        return True
    box = layout.lines[heading].node
    for _ in range(2):
        box = max(layout.parents[box], 0)
    return layout.first[box] <= start < layout.last[box]


def _steps(heading: str, level: int) -> tuple[str, ...]:
    """The heading as steps from large to small: "Akron, Ohio (OH)" is Ohio, then Akron. Page titles give none."""
    place = place_in(heading)
    if place is None:
        return () if level <= 1 or is_generic(heading) else (heading,)
    found = _TOWN_AND_REGION.match(place)
    if found and found[3] and not region(found[2]) and region(found[3]):
        return found[3], found[1].strip()
    if found and (region(found[2]) or country(found[2])):
        return found[2], found[1].strip()
    return (place,)


def heading_level(line: Line) -> int:
    """1 to 6 for h1 to h6, 7 for bold, 8 for a bare place name, 0 for other lines."""
    text = line.text.strip(_TRIM)
    if not 1 < len(text) <= 80 or has_phone(text) or has_email(text):
        return 0
    if line.level and (line.level == 1 or not is_label(text)):
        return line.level
    return PLACE_LEVEL if is_place(text) and not line.links else 0


def levels_of(layout: Layout) -> list[int]:
    """The `heading_level` of every line."""
    levels = [0] * len(layout.lines)
    for position, level in _heads(layout):
        levels[position] = level
    return levels


def _heads(layout: Layout) -> list[tuple[int, int]]:
    """(position, level) of all headings."""
    if layout.heads is None:
        levels = enumerate(map(heading_level, layout.lines))
        layout.heads = [(position, level) for position, level in levels if level]
    return layout.heads


@lru_cache(8192)
def place_in(heading: str) -> str | None:
    """The place in a heading ("Prescribers in Ohio" gives Ohio), None if it names none."""
    text = heading.strip(_TRIM)
    if is_place(text):
        return text
    for pattern in (_PLACE_AT_END, _PLACE_FIRST):
        found = pattern.match(text)
        place = next((group.strip(_TRIM) for group in found.groups() if group), "") if found else ""
        if place and is_place(place):
            return place
    return None
