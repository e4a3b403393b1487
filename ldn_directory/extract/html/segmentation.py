"""Splits the lines of a page into entries: at repeated boxes, names, gaps, rules or headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ldn_directory.extract.signals import could_be_title, head_of, is_one_of_several, is_weak_person, names_person

from .boilerplate import ASIDE
from .headings import headings_of, place_in
from .lines import Layout
from .off_topic import is_other_heading
from .repeats import repeated_boxes, spans_of
from .scoring import Entry, LineFeatures, evaluate_entry, is_list, score
from .span_edges import divide, without_place_headings
from .text_blocks import Span, propose_splits

_ROUGH, _SAMPLE = 48, 400
"""Number of entries scored at first, and number scored for splits that come close to the best."""
_NEAR = 0.6
_MAX_BEFORE = 6
_MAX_ABOVE = 12
_TEXT_MALUS = 0.93
_HEADLESS_MALUS = 0.6


@dataclass(slots=True)
class Split:
    """A way of splitting the lines into entries, with its score."""

    family: str
    entries: list[Entry]
    score: float
    boxes: dict[int, int]
    """The box that starts at a line, for splits at boxes."""
    whole: bool
    """Whether every entry was scored."""

    @property
    def spans(self) -> list[Span]:
        """The lines of each entry."""
        return [(entry.first, entry.last) for entry in self.entries]


def find_splits(features: LineFeatures, apart: frozenset[int]) -> list[Split]:
    """The splits that make a list, best first. `apart` are lines that no entry starts at.

    They are scored on a small sample first, and on a larger one if they may be the best of their family.
    """
    found = [_evaluate_split(features, *proposal, sample=_ROUGH) for proposal in _proposals(features, apart)]
    rough = [split for split in found if split]
    best = {split.family: split.score for split in sorted(rough, key=lambda split: split.score)}
    unsure = [not split.whole and split.score >= _NEAR * best[split.family] for split in rough]
    close = [
        _evaluate_split(features, split.family, split.spans, split.boxes, sample=_SAMPLE) if again else split
        for split, again in zip(rough, unsure, strict=True)
    ]
    return sorted((split for split in close if split), key=lambda split: -split.score)


def _proposals(features: LineFeatures, apart: frozenset[int]) -> Iterator[tuple[str, list[Span], dict[int, int]]]:
    """(family, spans, boxes) for each way of splitting."""
    layout = features.layout
    if layout.elements:
        for boxes in repeated_boxes(layout, features):
            found = spans_of(layout, boxes)
            whole = [span for span in found if span[0] not in apart]
            if len(whole) * 2 >= len(found):
                whole = found  # boxes like those outside belong to one list with them
            spans = without_place_headings(features, [part for span in whole for part in divide(features, span)])
            starts = {layout.first[box]: box for box in reversed(boxes)}
            moved = {first: starts.get(first, starts.get(first - 1, -1)) for first, _ in spans}
            yield "html_cards", spans, {first: box for first, box in moved.items() if box >= 0}
    for spans in propose_splits(features):
        named = [_from_its_name(features, span) for span in spans if span[0] not in apart]
        yield "text_blocks", without_place_headings(features, named), {}


def _from_its_name(features: LineFeatures, span: tuple[int, int]) -> tuple[int, int]:
    """The span without contacts above its name, such as the publisher's number at the top of the page."""
    first, last = span
    names = (index for index in range(first, min(last, first + _MAX_BEFORE)) if features.name_scores[index] == 2)
    name = next(names, first)
    contacts = [index for index in range(first, name) if features.contacts[index]]
    return (contacts[-1] + 1, last) if contacts else span


def _evaluate_split(
    features: LineFeatures, family: str, spans: Sequence[Span], boxes: dict[int, int], *, sample: int
) -> Split | None:
    layout = features.layout
    spans = [(first, last) for first, last in spans if layout.lines[first].zone < ASIDE]
    if len(spans) < 2 or _announced_as_other(layout, spans[0][0]):
        return None
    step = max(1, len(spans) // sample)
    chosen = spans[::step]
    entries = _evaluated(features, chosen, spans)
    if not is_list(features, entries):
        return None
    rated = score(features, entries) * step * (_TEXT_MALUS if family == "text_blocks" else 1)
    if _lacks_its_headings(layout, entries, spans) or _lacks_its_people(features, entries):
        rated *= _HEADLESS_MALUS
    if rated <= 0:
        return None
    if step > 1:
        entries = [Entry(*span, None, 0, 0, 0, 0) for span in spans]
    return Split(family, entries, rated, boxes, whole=step == 1)


def entries_of(features: LineFeatures, split: Split) -> list[Entry]:
    """All entries of a split, also of one that was scored by a sample."""
    return split.entries if split.whole else _evaluated(features, split.spans, split.spans)


def _evaluated(features: LineFeatures, chosen: Sequence[Span], spans: Sequence[Span]) -> list[Entry]:
    placed = place_heads(features.layout, chosen, spans)
    return [evaluate_entry(features, *span, place_above=above) for span, above in zip(chosen, placed, strict=True)]


def _announced_as_other(layout: Layout, start: int) -> bool:
    """Whether the nearest heading above the first entry announces sponsors, speakers or the like."""
    heads = (line for line in reversed(layout.lines[max(0, start - _MAX_ABOVE) : start]) if 0 < line.level <= 3)
    heading = next(heads, None)
    return heading is not None and is_other_heading(heading.text)


def _lacks_its_headings(layout: Layout, sample: Sequence[Entry], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether nearly all entries have no sure name, but a heading above them that could be it."""
    if sum(entry.name_score >= 2 for entry in sample) * 2 >= len(sample):
        return False
    taken = {last for _, last in spans}
    above = [layout.lines[entry.first - 1] for entry in sample if entry.first and entry.first not in taken]
    heads = sum(line.level > 1 and could_be_title(line.text) and place_in(line.text) is None for line in above)
    return heads * 10 >= 8 * len(sample)


def _lacks_its_people(features: LineFeatures, sample: Sequence[Entry]) -> bool:
    """Whether nearly all entries with contacts name no person, although one is named above: they are only places.

    The person may stand between the entries, or be taken for an entry without contacts.
    """
    if any(entry.person and entry.contacts for entry in sample):
        return False
    ends = [max(0, sample[0].first - 4), *(entry.last for entry in sample[:-1])]
    own = inherited = reached = 0
    named = False
    for end, entry in zip(ends, sample, strict=True):
        above = range(max(end, entry.first - 4), entry.first)
        gap = [index for index in above if not is_one_of_several(features.layout.lines[index].text)]
        heads = [head_of(features.layout.lines[index].text) for index in gap if features.name_scores[index] > 1]
        if any(names_person(head) or is_weak_person(head) for head in heads):
            own += not entry.person
            named = True
        elif named and not gap:
            inherited += not entry.person
        else:
            named = False
        if entry.person:
            named = True
            own += 1
        reached += not entry.person and entry.contacts > 0
    return own * 10 >= 4 * reached and (own + inherited) * 10 >= 8 * reached


def place_heads(layout: Layout, chosen: Sequence[Span], spans: Sequence[Span]) -> list[bool]:
    """Whether each chosen span stands under a place name. Lines within any span are no headings."""
    return [any(place_in(text) for text in headings) for headings in headings_of(layout, chosen, spans)]
