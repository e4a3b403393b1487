"""Finds repeated boxes, that is, elements made by the same template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .lines import Layout
from .scoring import LineFeatures

_MAX_GROUPS = 14
_MAX_QUIET_GROUPS = 6

Span = tuple[int, int]


def repeated_boxes(layout: Layout, features: LineFeatures) -> Iterator[list[int]]:
    """Groups of similar boxes, as box numbers. Groups whose members mostly hold contacts come first.

    Boxes are similar if they have the same tag and classes in similar parents, the same tag in one parent (some page
    builders generate a class for each element), the same path of tags, or the same classes anywhere, if one is inside
    another: a box that was never closed.
    """
    counted: list[tuple[int, int, int, list[int]]] = []
    seen: set[tuple[int, int, int]] = set()
    for boxes in _groups(layout):
        spans = [(layout.first[box], layout.last[box]) for box in boxes]
        mark = (len(spans), spans[0][0], sum(first * 31 + last for first, last in spans))
        if mark in seen:
            continue
        seen.add(mark)
        hits = sum(features.contact_lines(first, last) > 0 for first, last in spans)
        counted.append((hits, len(boxes), -boxes[0], boxes))
    counted.sort(key=lambda item: item[:3], reverse=True)
    loud = [boxes for hits, _, _, boxes in counted if hits >= 2]
    quiet = [boxes for hits, size, _, boxes in sorted(counted, key=lambda item: -item[1]) if hits < 2 and size >= 3]
    yield from loud[:_MAX_GROUPS]
    yield from quiet[:_MAX_QUIET_GROUPS]


def _groups(layout: Layout) -> Iterator[list[int]]:
    strict: dict[tuple[str, str], list[int]] = defaultdict(list)
    alike: dict[str, list[int]] = defaultdict(list)
    siblings: dict[tuple[int, str], list[int]] = defaultdict(list)
    paths: dict[int, list[int]] = defaultdict(list)
    path_of: list[int] = []
    path_ids: dict[tuple[int, str], int] = {}
    for box, parent in enumerate(layout.parents):
        tag = layout.elements[box].tag
        above = path_of[parent] if parent >= 0 else -1
        path = path_ids.setdefault((above, tag), len(path_ids))
        path_of.append(path)
        if parent < 0 or layout.first[box] >= layout.last[box]:
            continue
        strict[layout.signatures[parent], layout.signatures[box]].append(box)
        if "." in layout.signatures[box]:
            alike[layout.signatures[box]].append(box)
        siblings[parent, tag].append(box)
        paths[path].append(box)
    yield from (group for group in alike.values() if _hold_each_other(layout, group))
    for group in (*strict.values(), *siblings.values(), *paths.values()):
        if len(group) >= 2:
            outer = _outermost(layout, group)
            if len(outer) >= 2:
                yield outer


def _hold_each_other(layout: Layout, boxes: Sequence[int]) -> bool:
    """Whether some of the boxes, but few, hold others of them."""
    holding = sum(after < layout.ends[box] for box, after in pairwise(boxes))
    return 0 < holding * 3 <= len(boxes)


def _outermost(layout: Layout, boxes: Sequence[int]) -> list[int]:
    """The boxes that are not inside another one of them."""
    found: list[int] = []
    end = -1
    for box in boxes:
        if box >= end:
            found.append(box)
            end = layout.ends[box]
    return found


def spans_of(layout: Layout, boxes: Sequence[int]) -> list[Span]:
    """The lines of each box. Of lines that two boxes share, an inner box gets its own, and else the first one."""
    found: list[Span] = []
    end = 0
    for box, after in zip(boxes, [*boxes[1:], -1], strict=True):
        first, last = max(layout.first[box], end), layout.last[box]
        if after >= 0 and after < layout.ends[box]:
            last = min(last, layout.first[after])
        if first < last:
            found.append((first, last))
            end = last
    return found
