"""Scores spans of lines as entries of a list: a name, and a way to find or contact its bearer."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from ldn_directory.extract.facts import any_of
from ldn_directory.extract.page import host_of
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    head_of,
    is_action,
    is_credentials,
    is_empty,
    is_label,
    is_organisation,
    is_place,
    is_strong_name,
    is_weak_name,
    is_weak_person,
    label_field,
    names_person,
    phones_in,
)
from ldn_directory.normalize.web import emails

from .label_splitting import split_labels
from .lines import Layout, Line
from .off_topic import is_other_matter, is_other_organisation, is_quotation

PHONE, EMAIL, ADDRESS, SITE = 1, 2, 4, 8
CONTACT = PHONE | EMAIL | ADDRESS | SITE
_SOCIAL_SITE = re.compile(rf"(?:^|\.){any_of('social_site')}\.(?:com|org|me|gl|be|\w\w)$")
_MAX_LINES = 60
_MAX_BETWEEN = 8
_MAX_CALLS = 2
_MAX_FRAME = 20_000
_NO_DIGIT = re.compile(r"\D")
_MAX_TEXT = 400
_NON_LATIN = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]{2,}")


@dataclass(slots=True)
class Entry:
    """A span of lines with its scores."""

    first: int
    last: int
    title: int | None
    """Index of the line with the name."""
    name_score: float
    """0: no name. 1: a name only by its position. 1.5: looks like a name. 2: surely a name."""
    evidence: float
    contacts: int
    """Number of lines with a contact."""
    merged: int
    """Number of further entries that it seems to contain."""
    person: bool = False
    tail: bool = False
    """Whether it ends with a name, as if the next entry's first line belonged to it."""

    @property
    def good(self) -> bool:
        """Whether it can be published."""
        if self.name_score >= 2:
            return self.evidence >= 0.5
        return self.evidence >= (1 if self.name_score >= 1.5 else 1.5) if self.name_score else False


class LineFeatures:
    """What the lines of one page contain. Computed once per line."""

    def __init__(self, layout: Layout, host: str) -> None:
        self.layout = layout
        self._host = host.removeprefix("www.")
        self._framed = _without_repeated(framed_contacts(layout), layout)
        self.stated = [self._contacts(line) for line in layout.lines]
        """The kinds of contacts in each line, whoever they belong to."""
        self.contacts = [
            found & ~(PHONE | EMAIL) if found & (PHONE | EMAIL) and _is_framed(line, self._framed) else found
            for line, found in zip(layout.lines, self.stated, strict=True)
        ]
        """The same without the publisher's own contacts from the page's frame."""
        self.contact_sums = list(accumulate((bool(found & CONTACT) for found in self.contacts), initial=0))
        self.other_sums = list(accumulate((is_other_matter(line.text) for line in layout.lines), initial=0))
        """Running count of lines that belong to lists of other things."""
        self.name_scores = list(map(self._score_name, layout.lines))
        """How much each line, or its part before a dash, looks like a name: 0, 1.5 or 2."""
        self.persons = [
            found == 2 and names_person(head_of(line.text))
            for found, line in zip(self.name_scores, layout.lines, strict=True)
        ]
        """Whether each line surely names a person."""
        self.person_sums = list(accumulate(self.persons, initial=0))
        self.places = [
            not found and name_score < 2 and is_place(line.text)
            for line, found, name_score in zip(layout.lines, self.contacts, self.name_scores, strict=True)
        ]
        """Whether each line is only a place, such as a town or region that heads entries."""
        self.entries: dict[tuple[int, int, bool], Entry] = {}
        """Cache of `evaluate_entry`."""
        self.marked = {
            index for index, line in enumerate(layout.lines) if any(bit.label == "name" for bit in line.bits)
        }
        """Lines whose markup calls them a name."""

    def _contacts(self, line: Line) -> int:
        text = line.text[:_MAX_TEXT]
        found = 0
        if text and not is_empty(text):
            found |= (PHONE if has_phone(text) else 0) | (EMAIL if has_email(text) else 0)
            found |= (ADDRESS if has_address(text) else 0) | (SITE if has_url(text) else 0)
        for link in line.links:
            if link.href.startswith("tel:"):
                found |= PHONE
            elif link.href.startswith("mailto:") and "@" in link.href:
                found |= EMAIL
            elif link.href.startswith("http") and not found & SITE and self._leads_away(link.href):
                found |= SITE
        return found

    def _leads_away(self, address: str) -> bool:
        host = host_of(address)
        return bool(host) and host != self._host and not _SOCIAL_SITE.search(host)

    def contact_lines(self, first: int, last: int) -> int:
        """The number of lines in the span that hold a contact."""
        return self.contact_sums[last] - self.contact_sums[first]

    def names_persons(self, first: int, last: int) -> bool:
        """Whether a line of the span surely names a person."""
        return self.person_sums[last] > self.person_sums[first]

    def _score_name(self, line: Line) -> float:
        text = head_of(_value_named(line.text) or line.linked_head() or line.text)
        if not text or len(line.text) > _MAX_TEXT or is_label(text) or is_action(text):
            return 0
        if any(
            bit.label in ("address", "street", "city", "region", "phone", "email", "website") for bit in line.bits[:1]
        ):
            return 0
        if is_strong_name(text) or (text != line.text and is_strong_name(line.text)):
            return 2
        if line.level > 1 and _NON_LATIN.search(text) and could_be_title(text):
            return 1.5
        return 1.5 if is_weak_name(text) else 0


def framed_contacts(layout: Layout) -> frozenset[str]:
    """The publisher's contacts in menus and footers: numbers (last nine digits) and e-mail addresses."""
    text = "\n".join(layout.frame)[:_MAX_FRAME]
    if not text:
        return frozenset()
    numbers = (_NO_DIGIT.sub("", found)[-9:] for found in phones_in(text))
    return frozenset(number for number in numbers if len(number) >= 7) | {found.lower() for found in emails(text)}


def _without_repeated(framed: frozenset[str], layout: Layout) -> frozenset[str]:
    """The contacts that are not repeated in many lines, as they are on a practice's page about its own staff."""
    return frozenset(
        contact for contact in framed if sum(_is_framed(line, {contact}) for line in layout.lines) <= _MAX_CALLS
    )


def _is_framed(line: Line, framed: Set[str]) -> bool:
    """Whether the line has one of the publisher's own contacts."""
    if not framed:
        return False
    said = " ".join((line.text, *(link.href for link in line.links if link.href[:4].lower() in ("tel:", "mail"))))
    digits = _NO_DIGIT.sub("", said)
    return any(contact in (digits if contact.isdigit() else said.lower()) for contact in framed)


def _value_named(text: str) -> str | None:
    """The value after a label such as "Name:" at the start of a line that states a whole entry."""
    label, colon, _ = text[:40].partition(":")
    if not colon or label_field(label.strip()) not in ("name", "practice"):
        return None
    return next((piece.text for piece in split_labels(text[:_MAX_TEXT])), None)


def evaluate_entry(features: LineFeatures, first: int, last: int, *, place_above: bool = False) -> Entry:
    """Scores the lines from `first` up to `last` as an entry. Cached, because many splits share entries."""
    key = (first, last, place_above)
    known = features.entries.get(key)
    if known is None:
        known = features.entries[key] = _evaluate(features, first, last, place_above)
    return known


def _evaluate(features: LineFeatures, first: int, last: int, place_above: bool) -> Entry:
    lines = features.layout.lines
    end = min(last, first + _MAX_LINES)
    title, name_score = _title(features, first, end)
    kinds = 0
    contacts = 0
    places = False
    for index in range(first, end):
        found = features.contacts[index]
        if found and not (index == title and found == SITE and not has_url(lines[index].text)):
            contacts += 1
            kinds |= found
        elif index != title and not places and is_place(lines[index].text):
            places = True
    evidence = float((kinds & CONTACT).bit_count()) - (0.5 if kinds == SITE else 0)
    evidence += 0.5 * (places or place_above)
    evidence += 0.5 * any(
        is_credentials(lines[index].text) for index in range(first, min(end, first + 6)) if index != title
    )
    if (
        title is not None
        and name_score == 2
        and not evidence
        and any(link.href.startswith("http") for link in lines[title].links)
    ):
        evidence += 0.25
    person = title is not None and features.names_persons(first, min(end, first + 8))
    tail = (
        last == end > first + 2
        and contacts > 0
        and not features.contacts[end - 1]
        and features.name_scores[end - 1] == 2
    )
    return Entry(
        first, last, title, name_score, evidence, contacts, _count_merged(features, first, end, title), person, tail
    )


def _title(features: LineFeatures, first: int, last: int) -> tuple[int | None, float]:
    """(index of the line with the name, name score)."""
    lines = features.layout.lines
    for index in range(first, min(last, first + 12)) if features.marked else ():
        if index in features.marked and could_be_title(lines[index].text):
            return index, 2 if features.name_scores[index] or _NON_LATIN.search(lines[index].text) else 1
    best: tuple[int | None, float] = (None, 0)
    shown = [index for index in range(first, min(last, first + 6)) if not _is_noise(lines[index].text)]
    for index in shown:
        if lines[index].level and could_be_title(lines[index].text):
            best = (index, max(1.5 if _NON_LATIN.search(lines[index].text) else 1, features.name_scores[index]))
            break
    if best[1] == 2:
        return best
    strong = next((index for index in shown if features.name_scores[index] == 2), None)
    if strong is not None:
        before = next((index for index in shown if index < strong and is_weak_person(head_of(lines[index].text))), None)
        if before is not None and not (
            names_person(head_of(lines[strong].text)) or features.contact_lines(before, strong)
        ):
            return before, 2
        heads = best[0] is not None and best[0] < strong and (best[1] > 1 or _NON_LATIN.search(lines[best[0]].text))
        return (best[0] if heads else strong), 2
    if best[0] is not None:
        return best
    weak = next((index for index in shown[:3] if features.name_scores[index]), None)
    if weak is not None:
        return weak, 1.5
    if shown and could_be_title(lines[shown[0]].text) and not is_place(lines[shown[0]].text):
        return shown[0], 1.5 if _NON_LATIN.search(lines[shown[0]].text) else 1
    return None, 0


@lru_cache(65536)
def _is_noise(text: str) -> bool:
    return is_empty(text) or is_action(text) or is_label(text)


def _count_merged(features: LineFeatures, first: int, last: int, title: int | None) -> int:
    """How often, after the first time, a name like the title's is followed by a contact."""
    if title is None or last - first < 4:
        return 0
    lines = features.layout.lines
    organisation = is_organisation(lines[title].text.strip())
    waiting: set[str] = set()
    named: list[set[str]] = []
    for index in range(first, last):
        if features.contacts[index] & (PHONE | EMAIL | ADDRESS):
            if waiting and not any(is_same_name(waiting, other) for other in named):
                named.append(waiting)
            waiting = set()
        elif features.name_scores[index] == 2 and is_organisation(lines[index].text.strip()) == organisation:
            waiting = name_words(lines[index].text)
    return max(0, len(named) - 1)


def name_words(text: str) -> set[str]:
    """The words by which two lines are seen to name the same."""
    return set(text.replace(",", " ").replace(".", " ").split())


def is_same_name(words: set[str], others: set[str]) -> bool:
    """Whether one line names what the other names, perhaps with more words ("Photo of Ada Marsh")."""
    return words <= others or others <= words


def _is_other(features: LineFeatures, entry: Entry, above: Entry | None) -> bool:
    """Whether the entry, or the text above it, is an event, a post, a product or the like."""
    lines = features.layout.lines
    first = max(above.last, entry.first - _MAX_BETWEEN) if above else entry.first
    if features.other_sums[entry.last] > features.other_sums[first]:
        return True
    if entry.title is not None and is_other_organisation(lines[entry.title].text):
        return True
    return not entry.contacts and any(is_quotation(line.text) for line in lines[first : entry.last])


def score(features: LineFeatures, entries: Sequence[Entry]) -> float:
    """How well a split explains the page: about one point for each complete entry.

    If entries state contacts, one without a contact or a name is probably part of its neighbour. Of those with one
    title, as a card and its dialog, only the first counts.
    """
    lines = features.layout.lines
    good = [entry for entry in entries if entry.good]
    reached = sum(entry.contacts > 0 for entry in good) * 10 >= 3 * len(good)
    seen: set[str] = set()
    total = 0.0
    for entry in entries:
        title = lines[entry.title].text if entry.title is not None else ""
        worth = _worth(entry, reached)
        total += (worth if not title or title not in seen else min(worth, 0)) - 0.9 * entry.merged - 0.1 * entry.tail
        seen.add(title)
    return total


def _worth(entry: Entry, reached: bool) -> float:
    """The entry's contribution to the score. `reached` says whether entries of this list state contacts."""
    if not entry.good:
        return -(0.2 if entry.name_score else 0.5) if entry.contacts else -0.1
    if reached and not entry.contacts:
        return 0
    return 1 + 0.2 * entry.person + min(entry.evidence, 3) * 0.05 - 0.4 * (entry.name_score <= 1)


def is_list(features: LineFeatures, entries: Sequence[Entry]) -> bool:
    """Whether the entries together are a list of people or practices."""
    good = [entry for entry in entries if entry.good]
    if len(good) < 2 or len(good) * 3 < len(entries):
        return False
    lines = features.layout.lines
    others = sum(_is_other(features, entry, above) for above, entry in zip([None, *entries], entries, strict=False))
    if others * 2 >= len(entries):
        return False
    titles = [lines[entry.title].text if entry.title is not None else "" for entry in good]
    named = sum(
        entry.name_score >= 1.5 or bool(_NON_LATIN.search(title)) for entry, title in zip(good, titles, strict=True)
    )
    sure = sum(entry.name_score >= 2 for entry in good)
    found = sum(entry.evidence >= 1 for entry in good)
    if named * 5 < len(good) * 2 or (len(good) == 2 and min(sure, found) < 2):
        return False
    return found * 10 >= len(good) * 3 or (sure * 10 >= len(good) * 7 and len(good) >= 3)
