"""Extracts lists without configuration, from the repeated structure of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import eq, ne

from ldn_directory.extract.joining import without_copies
from ldn_directory.extract.page import Page, split_url
from ldn_directory.extract.people_by_label import people_by_label
from ldn_directory.extract.signals import (
    has_email,
    has_phone,
    head_of,
    is_announcement,
    is_strong_name,
    is_weak_name,
    names_person,
)
from ldn_directory.model import Column, Extraction, Labelled, Record
from ldn_directory.normalize.labels import field_of

from .cards import key_of, point_of
from .cell_columns import columns_of, with_towns
from .detail import read_detail
from .entries import make_record
from .headings import headings_of, place_in
from .lines import BLANK, BOLD_LEVEL, Layout, Line, layout_of
from .off_topic import is_other_matter
from .people_in_lines import cut_people
from .publisher import without_publisher
from .scoring import Entry, LineFeatures, evaluate_entry, framed_contacts
from .segmentation import Split, entries_of, find_splits, place_heads
from .span_edges import Span, places_within
from .subject import Subject, find_subject
from .table import make_extraction, read_tables
from .text_blocks import layout_of_text

_MAX_NAME_LINES = 6
_NAMES = frozenset(("name", "last_name", "practice"))
_PLACES = frozenset(("address", "street", "city", "region", "postcode", "country"))
_WAYS_TO_FIND = _PLACES | {"phone", "email", "website", "telehealth", "serves"}
_TABLE_BONUS = 1.35
_SAYS_NO_MORE = 0.3
"""Factor for a cut of text where boxes hold the same entries: they know better where each one ends."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way of reading a page."""

    family: str
    """`html_table`, `html_cards`, `text_blocks` or `detail`."""
    score: float
    """Roughly the number of complete entries. Comparable only between candidates for the same page."""
    read: Callable[[], Extraction]
    is_copy: bool = False
    """Whether it says no more than another one: nobody need choose it, but a source may have pinned it."""

    @cached_property
    def extraction(self) -> Extraction:
        """The extraction, made on first use because most candidates lose."""
        return self.read()


def extract(page: Page) -> Extraction:
    """The entries of the best candidate; no records if there is none."""
    found = candidates(page)
    return found[0].extraction if found else Extraction()


def candidates(page: Page) -> list[Candidate]:
    """All candidates for the page, best first; empty if it holds no entry."""
    if page.kind in ("pdf", "xlsx", "zip", "json"):
        return []
    layout = cut_people(layout_of_text(page) if page.kind == "text" else layout_of(page))
    features = LineFeatures(layout, split_url(page.base).hostname or "")
    subject = find_subject(page, layout, features) if page.kind != "text" else None
    splits = find_splits(features, subject.beside if subject else frozenset())
    about_one = _detail(page, layout, features, subject, splits) if subject else []
    if about_one and subject and subject.certain:
        return about_one
    best = {split.family: split for split in reversed(splits)}
    worth = _worth_of_text(features, best.get("text_blocks"), best.get("html_cards"))
    if 0 < worth < 1:
        best["text_blocks"].score *= worth
    built = (_candidate(page, features, split, splits) for split in best.values())
    found = [replace(one, is_copy=worth <= 0 and one.family == "text_blocks") for one in built if one]
    if page.kind != "text":
        found += _tables(page, layout)
        found += about_one
    return sorted(found, key=lambda found: (found.is_copy, -found.score))


def _worth_of_text(features: LineFeatures, text: Split | None, boxes: Split | None) -> float:
    """What a cut of text is worth beside boxes, 0 to 1: they know better where an entry ends.

    Nothing, if it takes places of the boxes' people for entries; little, if it names the same and reaches no more.
    """
    if text is None or boxes is None:
        return 1
    layout = features.layout
    cut = [entry for entry in entries_of(features, text) if entry.good and entry.title is not None]
    whole = [entry for entry in entries_of(features, boxes) if entry.title is not None]
    names = {layout.lines[entry.title or 0].text for entry in whole}
    of_persons = {index for entry in whole if entry.person for index in range(entry.first, entry.last)}
    same = [layout.lines[entry.title or 0].text in names for entry in cut]
    known = (known or (not entry.person and entry.first in of_persons) for entry, known in zip(cut, same, strict=True))
    if not cut or not all(known) or sum(one.contacts for one in cut) > sum(one.contacts for one in whole):
        return 1
    return _SAYS_NO_MORE if all(same) else 0


def read_lines(url: str, layout: Layout) -> tuple[Record, ...]:
    """The entries in lines without markup; none if they are no list."""
    layout = cut_people(layout)
    features = LineFeatures(layout, split_url(url).hostname or "")
    splits = find_splits(features, frozenset())
    page = Page(url, b"", "text/plain")
    best = _candidate(page, features, _choose_split(layout, splits), splits) if splits else None
    return best.extraction.records if best else ()


def _choose_split(layout: Layout, splits: Sequence[Split]) -> Split:
    """The best split, or a better one at headings or gaps.

    A practice that is named within every person's entry must not start an entry.
    """
    best = splits[0]
    starts = [layout.lines[entry.first] for entry in best.entries]
    persons = [names_person(head_of(line.text)) for line in starts]
    tests: tuple[Callable[[Line], bool], ...] = (
        lambda line: 0 < line.level <= BOLD_LEVEL,
        lambda line: line.gap >= BLANK,
    )
    for is_set_off in tests:
        set_off = list(map(is_set_off, starts))
        share = sum(set_off) / len(starts)
        agreeing = sum(map(eq, persons, set_off)) / len(starts)
        if not 0.3 <= share <= 0.7 or 0.15 < agreeing < 0.85:
            continue
        for split in splits:
            even = sum(is_set_off(layout.lines[entry.first]) for entry in split.entries)
            if even >= 0.95 * len(split.entries) and len(split.entries) >= 0.8 * sum(set_off):
                return split
    return best


def _candidate(page: Page, features: LineFeatures, split: Split, splits: Sequence[Split]) -> Candidate | None:
    layout = features.layout
    split = _with_all_alike(layout, split, splits)
    entries = _select_entries(features, split)
    rated = split.score
    for other in splits:
        if other is not split and other.family == split.family and not _overlap(other.entries, entries):
            more = _select_entries(features, other)
            sure = sum(entry.name_score >= 2 and entry.evidence >= 1 for entry in more) * 10 >= len(more) * 7
            if len(more) >= 2 and (sure or _name_the_same(layout, entries, more)):
                entries = sorted([*entries, *more], key=lambda entry: entry.first)
                rated += other.score
    if not entries:
        return None

    def read() -> Extraction:
        inner = [other.spans for other in splits if other is not split and other.family == split.family == "html_cards"]
        records, columns = _records(page, features, entries, split, inner)
        once = without_copies(with_towns(records))
        kept = without_publisher(once, framed_contacts(layout))
        reasons = tuple(_reasons(layout, split, entries, len(records) - len(once), sum(map(ne, once, kept))))
        return replace(make_extraction(page, layout, kept), columns=columns, reasons=reasons)

    return Candidate(family=split.family, score=rated, read=read)


def _reasons(layout: Layout, split: Split, entries: Sequence[Entry], copies: int, stripped: int) -> Iterator[str]:
    reached = sum(entry.contacts > 0 for entry in entries)
    if split.family == "html_cards":
        mark = Counter(layout.signatures[box] for box in split.boxes.values()).most_common(1)
        what = f"{len(entries)} boxes {mark[0][0]!r} that repeat" if mark else f"{len(entries)} boxes that repeat"
    else:
        what = f"{len(entries)} pieces of the text, cut where a name or a heading begins one,"
    yield f"{what} were taken for entries: each has a name, and {reached} have a contact or an address"
    if copies:
        yield f"{copies} more say the same people again and were joined with them"
    if stripped:
        yield f"the publisher's own contacts, which also stand in the page's frame, were left out of {stripped} entries"


def _with_all_alike(layout: Layout, split: Split, splits: Sequence[Split]) -> Split:
    """The split, or a larger one at boxes of the same tag and classes, some of whose entries say less."""
    spans = set(split.spans)
    marks = {layout.signatures[box] for box in split.boxes.values()}
    for other in splits:
        alike = len(marks) == 1 and {layout.signatures[box] for box in other.boxes.values()} == marks
        if alike and len(other.entries) > len(spans) and spans < set(other.spans):
            return other
    return split


def _name_the_same(layout: Layout, entries: Sequence[Entry], others: Sequence[Entry]) -> bool:
    """Whether most of the other entries name people whom the entries name too."""
    names, found = (
        [layout.lines[entry.title].text for entry in some if entry.title is not None] for some in (entries, others)
    )
    return sum(name in names for name in found) * 10 >= len(others) * 7


def _overlap(some: Sequence[Entry], others: Sequence[Entry]) -> bool:
    taken = {index for entry in others for index in range(entry.first, entry.last)}
    return any(index in taken for entry in some for index in range(entry.first, entry.last))


def _select_entries(features: LineFeatures, split: Split) -> list[Entry]:
    """The entries that are good enough, without a list title above them or prose after them."""
    layout, spans = features.layout, split.spans
    trimmed = [_trim(features, span) for span in spans]
    placed = place_heads(layout, spans, spans)
    entries = [evaluate_entry(features, *span, place_above=above) for span, above in zip(trimmed, placed, strict=True)]
    good = [entry for entry in entries if entry.good and entry.evidence > 0]
    return _drop_outliers(layout, good) if split.family == "text_blocks" else _with_names_only(layout, entries, good)


def _with_names_only(layout: Layout, entries: Sequence[Entry], good: list[Entry]) -> list[Entry]:
    """The good entries, and those with a name and no more whose name stands where theirs does, if not too many."""

    def place(entry: Entry) -> str | None:
        return layout.signatures[layout.lines[entry.title].node] if entry.title is not None else None

    known = Counter(map(place, good)).most_common(1)
    if not known or known[0][0] is None or len(good) < 2:
        return good
    taken = set(map(id, good))
    others = [entry for entry in entries if id(entry) not in taken and not entry.merged and place(entry) == known[0][0]]
    more = [
        entry
        for entry in others
        if (entry.name_score >= 1 and entry.contacts)
        or (entry.name_score >= 1.5 and entry.last - entry.first <= _MAX_NAME_LINES)
    ]
    if not more or len(more) > 2 * len(good):
        return good
    return sorted([*good, *more], key=lambda entry: entry.first)


def _trim(features: LineFeatures, span: tuple[int, int]) -> tuple[int, int]:
    first, last = span
    lines, contacts = features.layout.lines, features.contacts
    while first + 1 < last and not contacts[first] and is_announcement(lines[first].text):
        first += 1
    while last > first + 1 and not contacts[last - 1] and len(lines[last - 1].text) > 200:
        last -= 1
    return first, last


def _drop_outliers(layout: Layout, entries: list[Entry]) -> list[Entry]:
    """Drops the few entries that stand in another part of the page than all the others."""
    if len(entries) < 5 or not layout.parents:
        return entries
    chains = [layout.boxes_around(layout.lines[entry.first].node) for entry in entries]
    held = Counter(box for chain in chains for box in chain)
    home = max((box for box, count in held.items() if count >= 0.85 * len(entries)), default=0)
    return [entry for entry, chain in zip(entries, chains, strict=True) if home in chain]


def _records(
    page: Page, features: LineFeatures, entries: list[Entry], split: Split, inner: Sequence[list[Span]]
) -> tuple[list[Record], tuple[Column, ...]]:
    """One record for each entry, or each of its places, and their columns. Of equal records, the first is kept."""
    layout = features.layout
    above = headings_of(layout, [(entry.first, entry.last) for entry in entries])
    fields, columns = columns_of(features, entries, split.boxes, above)
    records: dict[tuple[object, ...], Record] = {}
    for entry, headings in zip(entries, above, strict=True):
        box = split.boxes.get(entry.first)
        element = layout.elements[box] if box is not None else None
        for number, chosen in enumerate(_lines_of_places(features, entry, inner)):
            lines = [
                replace(layout.lines[index], field=fields[index][0], text=fields[index][1])
                if index in fields
                else layout.lines[index]
                for index in chosen
            ]
            said = {line.text.casefold() for line in lines}
            record = make_record(
                lines,
                page,
                headings=[text for text in headings if not _repeats(text, said)],
                title=chosen.index(entry.title) if entry.title in chosen else None,
                key=key_of(element) if element is not None and not number else None,
                point=point_of(element) if element is not None and not number else None,
            )
            records.setdefault((record.texts, record.headings), record)
    return list(records.values()), columns


def _lines_of_places(features: LineFeatures, entry: Entry, inner: Sequence[list[Span]]) -> list[list[int]]:
    """The indexes of the entry's lines; where it lists several places, those of each place with the common ones."""
    whole = list(range(entry.first, entry.last))
    if not entry.person or entry.contacts < 2:
        return [whole]
    found = next(filter(None, (places_within(features, (entry.first, entry.last), spans) for spans in inner)), [])
    others = [{index for span in found if span is not one for index in range(*span)} for one in found]
    return [[index for index in whole if index not in left_out] for left_out in others] or [whole]


def _repeats(heading: str, said: set[str]) -> bool:
    """Whether a heading that is no place also appears in the entry's own lines."""
    return place_in(heading) is None and any(heading.casefold() in text for text in said)


def _tables(page: Page, layout: Layout) -> list[Candidate]:
    read = read_tables(page, layout, dict.fromkeys(page.root.iter("table")))
    rows = read.records
    records = [record for record in rows if states_an_entry(record)]
    if not records or not _are_entries(records):
        return []
    if len(records) * 2 >= len(rows):
        records = [record for record in rows if states_an_entry(record) or _names_only(record)]
    extraction = replace(make_extraction(page, layout, records), columns=read.columns, reasons=read.reasons)
    rated = _TABLE_BONUS * len(records) if len(records) > 1 else 0.9
    return [Candidate(family="html_table", read=lambda: extraction, score=rated)]


def _are_entries(records: Sequence[Record]) -> bool:
    """Whether the rows are people and practices: enough names look like some, or most rows have a contact."""

    def count(test: Callable[[Labelled], bool]) -> int:
        return sum(any(map(test, record.texts)) for record in records)

    if count(lambda text: is_other_matter(text.text)) * 2 >= len(records):
        return False
    reached = count(lambda text: has_phone(text.text) or has_email(text.text))
    return count(_is_named) * 3 >= len(records) or reached * 2 >= len(records)


def _names_only(record: Record) -> bool:
    return bool(_known_fields(record) & _NAMES) and (len(record.texts) > 1 or any(map(_is_named, record.texts)))


def _is_named(text: Labelled) -> bool:
    field = text.field or field_of(text.label or "")
    if field not in _NAMES:
        return False
    head = head_of(text.text)
    return field == "last_name" or is_strong_name(head) or is_weak_name(head) or not text.text.isascii()


def states_an_entry(record: Record) -> bool:
    """Whether the labelled texts include a name and a way to find its bearer."""
    known = _known_fields(record)
    return bool(known & _NAMES and known & _WAYS_TO_FIND)


def _known_fields(record: Record) -> set[str | None]:
    return {text.field or field_of(text.label) for text in record.texts if text.field or text.label}


def _detail(
    page: Page, layout: Layout, features: LineFeatures, subject: Subject, splits: Sequence[Split]
) -> list[Candidate]:
    cards = [split for split in splits if split.family == "html_cards" and len(split.entries) > 2]
    lists = [] if subject.certain else [span for split in cards for span in split.spans]
    found, rated = read_detail(page, layout, features, subject, lists)
    records = tuple(person for record in found for person in people_by_label(record))
    if not records:
        return []
    extraction = Extraction(records=records, reasons=subject.reasons)
    return [Candidate(family="detail", read=lambda: extraction, score=rated)]
