"""Where an entry begins and ends within the lines of a box: several people in one box, lines that are headings."""

from __future__ import annotations

from collections.abc import Sequence

from .scoring import ADDRESS, EMAIL, PHONE, LineFeatures, is_same_name, name_words

Span = tuple[int, int]


def divide(features: LineFeatures, span: Span) -> list[Span]:
    """The span cut where another person begins: a name with letters or a title after a contact of the one before.

    Each part must have a kind of contact that the first has too. Otherwise the span stays whole.
    """
    first, last = span
    cuts = features.layout.cuts
    starts = [index for index in range(first + 1, last) if index in cuts] if cuts else []
    starts = starts or _later_people(features, first, last)
    if not starts:
        return [span]
    parts = list(zip([first, *starts], [*starts, last], strict=True))
    shared = _kinds(features, parts[0])
    return parts if all(_kinds(features, part) & shared for part in parts) else [span]


def _later_people(features: LineFeatures, first: int, last: int) -> list[int]:
    if not features.persons[first] or not features.names_persons(first + 1, last):
        return []
    starts: list[int] = []
    reached = False
    said = [name_words(features.layout.lines[first].text)]
    for index in range(first, last):
        if reached and features.persons[index]:
            words = name_words(features.layout.lines[index].text)
            if not any(is_same_name(words, other) for other in said):
                starts.append(index)
                reached = False
            said.append(words)
        reached |= bool(features.contacts[index] & (PHONE | EMAIL | ADDRESS))
    return starts


def _kinds(features: LineFeatures, span: Span) -> int:
    kinds = 0
    for index in range(*span):
        kinds |= features.contacts[index]
    return kinds & (PHONE | EMAIL | ADDRESS)


def without_place_headings(features: LineFeatures, spans: Sequence[Span]) -> list[Span]:
    """The spans without the lines of a town or region that head an entry, above its name or at the end of the last.

    At the end they are headings if one stands above the first entry and none at the end of the last.
    """
    places = features.places
    spans = [(first, last) for first, last in spans if not all(places[first : min(last, first + 3)])]
    heads = [last - first > 1 and places[first] and features.name_scores[first + 1] > 0 for first, last in spans]
    if sum(heads) * 10 >= 7 * sum(last - first > 1 for first, last in spans):
        spans = [(first + head, last) for (first, last), head in zip(spans, heads, strict=True)]
    named = [(first, last) for first, last in spans if features.name_scores[first] > 0]
    if not named or not named[0][0] or not places[named[0][0] - 1] or places[named[-1][1] - 1]:
        return list(spans)
    trimmed: list[Span] = []
    for first, end in spans:
        last = end
        while last - first > 1 and places[last - 1]:
            last -= 1
        trimmed.append((first, last))
    return trimmed


def places_within(features: LineFeatures, span: Span, inner: Sequence[Span]) -> list[Span]:
    """The spans within an entry that are its places: two or more, each with an address of its own and no person."""
    lines = features.layout.lines
    found = [(first, last) for first, last in inner if span[0] <= first and last <= span[1]]
    addresses = [
        "\n".join(lines[index].text for index in range(*one) if features.contacts[index] & ADDRESS) for one in found
    ]
    if len(found) < 2 or not all(addresses) or len(set(addresses)) < len(found):
        return []
    return [] if any(features.names_persons(*one) for one in found) else found
