"""Extracts the one entry that a page is about: its title and the contact data on the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from ldn_directory.extract.facts import any_of
from ldn_directory.extract.page import Page
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_phone,
    head_of,
    is_empty,
    is_label,
    is_organisation,
    is_strong_name,
    is_weak_name,
    names_person,
)
from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.labels import field_of

from .boilerplate import ASIDE
from .cards import point_of
from .entries import labelled_texts
from .entry_links import entry_links
from .headings import place_in
from .lines import Layout
from .off_topic import is_other_heading
from .scoring import ADDRESS, CONTACT, EMAIL, PHONE, LineFeatures

_NEIGHBOURS = re.compile(rf"\b{any_of('neighbour_heading')}\b", re.I)
_NO_TITLE = re.compile(rf"\b{any_of('no_title')}\b", re.I)
_MAX_PROSE = 200
_MIN_KINDS = 2
_MAX_PLACES = 2


def read_detail(
    page: Page, layout: Layout, features: LineFeatures, lists: Sequence[tuple[int, int]] = ()
) -> tuple[Record | None, float]:
    """(record, score) of the entry that the page is about; (None, 0) if it is about none.

    Ignores `lists` (teasers of other entries) and sections whose headings announce related entries or comments.
    """
    title = _title(layout, features)
    if title is None or is_other_heading(layout.lines[title].text):
        return None, 0
    sure = is_strong_name(head_of(layout.lines[title].text))
    kept = _without_asides(layout, features, _lines_about_subject(layout, title, lists), sure=sure)
    texts = _labelled_contacts(layout, features, kept, title)
    kinds = _contact_kinds(texts, layout, features, kept)
    name = layout.lines[title].text.strip()
    labelled = {field_of(text.label) for text in texts if text.label}
    named = is_strong_name(head_of(name)) or is_weak_name(name) or bool(labelled & {"name", "last_name", "practice"})
    kinds |= ADDRESS if labelled & {"city", "postcode"} else 0
    if kinds.bit_count() < _MIN_KINDS or not (kinds & (PHONE | ADDRESS)) or not (labelled or named):
        return None, 0
    if not named and not ({"phone", "address", "street", "email"} & labelled):
        return None, 0
    if not named and _states_several(texts):
        return None, 0
    label = "practice" if labelled & {"name", "last_name"} else "name"
    record = Record(
        page=page.url,
        texts=(Labelled(label=label, text=name), *texts),
        links=entry_links([layout.lines[index] for index in kept], page.base),
        point=point_of(page.root.find("body")),
    )
    return record, 0.9 * kinds.bit_count() + 0.3 * min(len(labelled), 5) + (0.5 if named else 0)


def _states_several(texts: Sequence[Labelled]) -> bool:
    """Whether the contacts belong to several entries. A page without a name as title is then about none of them."""
    return any(sum(test(text.text) for text in texts) > _MAX_PLACES for test in (has_address, has_phone))


def lines_beside_subject(layout: Layout, features: LineFeatures) -> frozenset[int]:
    """The lines under headings such as "Related", on a page whose title names a person or practice."""
    title = _title(layout, features)
    if title is None or not is_strong_name(head_of(layout.lines[title].text)):
        return frozenset()
    return frozenset(range(title + 1, len(layout.lines))).difference(_lines_about_subject(layout, title, ()))


def _title(layout: Layout, features: LineFeatures) -> int | None:
    """The page's only h1, or the first heading that is a name."""
    tops = [index for index, line in enumerate(layout.lines) if line.level == 1 and could_be_title(line.text)]
    if len(tops) == 1 and not _NO_TITLE.search(layout.lines[tops[0]].text) and not place_in(layout.lines[tops[0]].text):
        return tops[0]
    heads = [index for index, line in enumerate(layout.lines) if 0 < line.level <= 3 and could_be_title(line.text)][:3]
    return next((index for index in heads if features.name_score(index) == 2), None)


def _lines_about_subject(layout: Layout, title: int, lists: Sequence[tuple[int, int]]) -> list[int]:
    dropped = {title, *(index for first, last in lists for index in range(first, last))}
    kept: list[int] = []
    over = -1
    for index, line in enumerate(layout.lines):
        heads = line.level and index != title and index >= over
        if heads and _NEIGHBOURS.search(line.text) and not is_label(line.text):
            over = _end_of_section(layout, index)
        if index >= over and index not in dropped:
            kept.append(index)
    return kept


def _without_asides(layout: Layout, features: LineFeatures, kept: list[int], *, sure: bool) -> list[int]:
    """Drops sidebars, unless the title is surely a name and only a sidebar has contact data."""
    main = [index for index in kept if layout.lines[index].zone < ASIDE]
    return main if not sure or any(features.stated[index] & (PHONE | ADDRESS) for index in main) else kept


def _end_of_section(layout: Layout, index: int) -> int:
    """The end of the smallest box that holds more than the heading, or the next heading of its rank."""
    box = layout.lines[index].node if layout.last else -1
    while box >= 0 and layout.last[box] - layout.first[box] < 2:
        box = layout.parents[box]
    end = layout.last[box] if box >= 0 else len(layout.lines)
    level = layout.lines[index].level
    return next((other for other in range(index + 1, end) if 0 < layout.lines[other].level <= level), end)


def _labelled_contacts(layout: Layout, features: LineFeatures, kept: Sequence[int], title: int) -> list[Labelled]:
    """Labelled texts and lines with contact data. Prose is left out."""
    lines = [
        line for index in kept if len((line := layout.lines[index]).text) <= _MAX_PROSE and not is_empty(line.text)
    ]
    contacts = {layout.lines[index].text for index in kept if features.stated[index] & (PHONE | EMAIL | ADDRESS)}
    found: dict[tuple[str, str], Labelled] = {}
    person = names_person(layout.lines[title].text)
    heads = {line.text for line in lines if line.level} if person else set()
    stated = labelled_texts(lines)
    for text, after in zip_longest(stated, stated[1:]):
        known = text.label is not None and field_of(text.label) is not None
        if text.label is None and not person and names_person(text.text) and is_strong_name(text.text):
            found.setdefault(("name", text.text), Labelled(label="name", text=text.text))
            person = True
        elif known or any(part in contacts for part in text.text.split("\n")):
            found.setdefault((text.label or "", " ".join(text.text.split())), text)
        elif text.label is None and is_organisation(text.text) and (text.text in heads or _is_address(after)):
            found.setdefault(("practice", text.text), Labelled(label="practice", text=text.text))
    said = {" ".join(text.text.split()) for text in found.values() if text.label}
    return [text for text in found.values() if text.label or " ".join(text.text.split()) not in said]


def _is_address(text: Labelled | None) -> bool:
    return text is not None and has_address(text.text)


def _contact_kinds(texts: Sequence[Labelled], layout: Layout, features: LineFeatures, kept: Sequence[int]) -> int:
    said = {part for text in texts for part in text.text.split("\n")}
    long = [part for part in said if len(part) > 6]
    found = 0
    for index in kept:
        line = layout.lines[index]
        if line.links or line.text in said or any(part in line.text for part in long):
            found |= features.stated[index] & CONTACT
    return found
