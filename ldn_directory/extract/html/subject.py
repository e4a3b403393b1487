"""Finds the one person or practice that a page is about.

Its name is the line that the page's title repeats. It owns the smallest box around that line that holds most of the
page's contacts and labels, without the blocks of others: neighbours, adverts, forms, the publisher's own address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ldn_directory.extract.facts import any_of, facts, phrase_pattern
from ldn_directory.extract.page import Page, split_url
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_url,
    head_of,
    is_action,
    is_announcement,
    is_label,
    is_place,
    is_strong_name,
    is_weak_person,
    names_person,
)
from ldn_directory.normalize.names import split_credentials, without_title
from ldn_directory.normalize.regions import fold

from .boilerplate import ASIDE
from .headings import place_in
from .lines import Layout
from .off_topic import is_other_heading
from .scoring import ADDRESS, EMAIL, PHONE, LineFeatures

_REACHING = PHONE | EMAIL | ADDRESS
_NEIGHBOURS = re.compile(rf"\b{any_of('neighbour_heading')}\b", re.I)
_NO_TITLE = re.compile(rf"\b{any_of('no_title')}\b", re.I)
TITLE_PARTS = re.compile(r"\s+(?:[|–—·»•/-]|::)\s+|\s*[|»]\s*")
_KIND_OF_PAGE = re.compile(r"^[^:]{3,40}:\s+")
"""What is before the name in "Member profile: Anna Roe"."""
_WORD = re.compile(r"\w+")
_PATIENT = re.compile(r"[^\W\d_]{2,20} [A-Z]\.(?![^\W\d_])")
"""Who signs a review: "Mary P."."""
_DATED = re.compile(r"/(?:19|20)\d\d/\d\d?(?:/|$)")
_MAX_TITLE, _MAX_NAME = 300, 120
_MOST = 0.65
_MIN_PUBLISHER = 5
_SAMPLE = 20
_MAX_COPIES = 20
_SEVERAL = 3
"""So many e-mail addresses, or more telephone numbers, are those of several people."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a page is about."""

    name: str
    line: int | None
    """The line with the name; None if only the title of the page says it."""
    lines: tuple[int, ...]
    """The lines that belong to it, without that of the name."""
    beside: frozenset[int]
    """The lines of neighbours and others that cannot be entries of a list that the page is about."""
    certain: bool
    """Whether the title of the page says that it is about this person."""
    reasons: tuple[str, ...]


def find_subject(page: Page, layout: Layout, features: LineFeatures) -> Subject | None:
    """The person or practice that the page is about; None if it is about none or about several."""
    titles = titles_of(page)
    if is_article(page):
        return None
    found = _titled_line(layout, titles)
    if found is None:
        found = _first_heading(layout, features)
    name = _name_in(layout.lines[found].text, titles) if found is not None else _named_by_title(titles)
    if name is None or is_other_heading(name):
        return None
    copies = [found] if found is not None else []
    copies += [index for index, line in enumerate(layout.lines) if index != found and name in line.text[:_MAX_NAME]]
    copies = copies[:_MAX_COPIES]
    sections = set(_sections_of_others(layout, copies))
    groups, listed = _groups_of_others(layout, features, copies)
    others = sections | groups | _forms(layout, copies)
    publishers = _publishers_blocks(layout, features, copies, _publisher(page, titles, name))
    if publishers - others and (_reaches(features, others | publishers) or names_other_body(titles)):
        others |= publishers
    box = _box(layout, features, found, others) if found is not None else None
    first, last = (layout.first[box], layout.last[box]) if box is not None else (0, len(layout.lines))
    kept = [index for index in range(first, last) if index not in others and index != found]
    sure = is_strong_name(head_of(name))
    main = [index for index in kept if layout.lines[index].zone < ASIDE]
    if not sure or any(features.stated[index] & (PHONE | ADDRESS) for index in main):
        kept = main
    said = found is None or any(_words(name) == _words(part) for part in titles)
    rivals = sum(names_person(head_of(layout.lines[index].text)) for index in others)
    stated = sum(bool(features.stated[index] & _REACHING) or is_label(layout.lines[index].text) for index in kept)
    certain = said and not listed and is_person(name) and (stated > 1 or (not rivals and names_person(name)))
    if certain and any(sign.isalpha() and sign.lower() == sign.upper() for sign in name):
        # Without capitals a title of a list looks as a name does: then what the page states must be one person's.
        certain = sum(bool(features.stated[index] & EMAIL) for index in kept) < _SEVERAL
        certain = certain and sum(bool(features.stated[index] & PHONE) for index in kept) <= _SEVERAL
    return Subject(
        name=name,
        line=found,
        lines=tuple(kept),
        beside=frozenset(others if certain else sections if said and not listed and stated > 1 else ()),
        certain=certain,
        reasons=_reasons(name, said=said, others=len(others - publishers), publishers=len(publishers & others)),
    )


def _reasons(name: str, *, said: bool, others: int, publishers: int) -> tuple[str, ...]:
    why = "the title of the page says so" if said else "it is the page's main heading"
    reasons = [f"the page is about “{name}”: {why}"]
    if others:
        reasons.append(f"{others} lines of neighbours, adverts, forms and comments were left out")
    if publishers:
        reasons.append(f"{publishers} lines with the publisher's own name and contacts were left out")
    return tuple(reasons)


def titles_of(page: Page) -> list[str]:
    """The parts of the page's titles, and what is before their first comma."""
    if page.kind == "text":
        return []
    stated = [*page.root.xpath("//title/text()")[:1], *page.root.xpath("//meta[@property='og:title']/@content")[:1]]
    parts = [part.strip() for text in stated for part in TITLE_PARTS.split(str(text)[:_MAX_TITLE]) if part.strip()]
    heads = [part.split(",")[0].strip() for part in parts]
    tails = [_KIND_OF_PAGE.sub("", part) for part in parts]
    return list(dict.fromkeys([*parts, *(part for part in (*heads, *tails) if " " in part)]))


def is_article(page: Page) -> bool:
    """Whether the page says that it is news or a post."""
    path = split_url(page.base).path.lower()
    if _DATED.search(path) or set(path.split("/")) & set(facts("own_page")["articles"]):
        return True
    return bool(page.root.xpath("//meta[@property='article:published_time' or @property='article:author']"))


def names_other_body(titles: Sequence[str]) -> bool:
    """Whether the title names a society, a directory or the like as the site's publisher."""
    return any(phrase_pattern("own_page", "not_practices").search(fold(part)) for part in titles[1:])


def _words(text: str) -> frozenset[str]:
    """The words of a name, without title and credentials, in any order."""
    name = without_title(split_credentials(text)[0])
    return frozenset(_WORD.findall(fold(name.split(",")[0] if " " in name.split(",")[0] else name)))


def _titled_line(layout: Layout, titles: Sequence[str]) -> int | None:
    """The line that the title of the page repeats, headings and earlier parts of the title first."""
    wanted = {words: rank for rank, part in reversed(list(enumerate(titles))) if (words := _words(part))}
    known = " ".join(titles).casefold()
    found = []
    for index, line in enumerate(layout.lines):
        text = line.text
        starts = text[:_MAX_NAME].casefold().split()[:2]
        if len(text) > _MAX_NAME or line.zone >= ASIDE or not any(word.strip(",.") in known for word in starts):
            continue
        rank = next((rank for part in _name_parts(text) if (rank := wanted.get(_words(part))) is not None), None)
        if rank is not None and could_be_name(text):
            found.append((not line.level, rank, index))
    return min(found)[2] if found else None


def _name_parts(text: str) -> list[str]:
    return [text, TITLE_PARTS.split(text)[0]]


def could_be_name(text: str) -> bool:
    """Whether a heading may be a name: short, and no place, announcement or title of a kind of page."""
    if ":" in text:
        return False
    if names_person(text) and is_person(text):
        return True  # "Dr. med. Anna Roe" looks like two sentences
    if not could_be_title(text) or is_announcement(text) or place_in(text) is not None:
        head = TITLE_PARTS.split(text)[0]
        if head == text or not could_be_title(head) or is_announcement(head) or is_place(head):
            return False
    return is_strong_name(head_of(text)) or not _NO_TITLE.search(text)


def _first_heading(layout: Layout, features: LineFeatures) -> int | None:
    """The page's only h1, or the first heading that is surely a name."""
    tops = [index for index, line in enumerate(layout.lines) if line.level == 1 and could_be_title(line.text)]
    if len(tops) == 1 and could_be_name(layout.lines[tops[0]].text):
        return tops[0]
    heads = [index for index, line in enumerate(layout.lines) if 0 < line.level <= 3 and could_be_title(line.text)][:3]
    named = (index for index in heads if features.name_scores[index] == 2 and ":" not in layout.lines[index].text)
    first = next(named, None)
    return None if first is None or _heads_several(layout, first) else first


def _heads_several(layout: Layout, first: int) -> bool:
    """Whether other headings of the same rank name other people."""
    level = layout.lines[first].level
    named = {line.text for line in layout.lines if line.level == level and names_person(line.text)}
    return len(named) > 1


def _name_in(text: str, titles: Sequence[str]) -> str:
    """The name in its line, without a place or a profession that follows it after a dash."""
    said = (part for part in titles if len(part) > 3 and text.endswith(part) and is_strong_name(part))
    if _NO_TITLE.match(text) and (part := next(said, None)):
        return part  # after "Welcome to"
    head, *rest = TITLE_PARTS.split(text.strip())
    alone = rest and (is_place(rest[0]) or any(_words(head) == _words(part) for part in titles))
    return head.strip() if alone and len(head) > 2 else text.strip()


def _named_by_title(titles: Sequence[str]) -> str | None:
    """The person whom only the title of the page names."""
    parts = [_KIND_OF_PAGE.sub("", part) for part in titles[:1]]
    return next((part for part in parts if could_be_name(part) and is_person(part)), None)


def is_person(text: str) -> bool:
    """Whether the text is a person's name, with or without title and letters."""
    name = without_title(split_credentials(text)[0])
    return not name[:1].islower() and is_weak_person(name)


def _publisher(page: Page, titles: Sequence[str], name: str) -> list[frozenset[str]]:
    """The words of the names that the site has for itself."""
    site = page.root.xpath("string(//meta[@property='og:site_name']/@content)").strip() if page.kind == "html" else ""
    own = _words(name)
    stated = (frozenset(_WORD.findall(fold(part))) for part in (site, *titles[1:]) if not is_place(part))
    return [words for words in stated if sum(map(len, words)) > _MIN_PUBLISHER and not words & own]


def _publishers_blocks(
    layout: Layout, features: LineFeatures, copies: Sequence[int], publishers: Sequence[frozenset[str]]
) -> set[int]:
    """The smallest boxes with contacts around lines that begin with the publisher's name."""
    found: set[int] = set()
    for index, line in enumerate(layout.lines if publishers and layout.parents else ()):
        if len(line.text) > _MAX_NAME or index in found:
            continue
        words = set(_WORD.findall(fold(line.text)))
        if not any(one <= words and len(words) <= len(one) + 2 for one in publishers):
            continue
        box = line.node
        while box >= 0 and not any(features.stated[at] & _REACHING for at in _range(layout, box)):
            box = layout.parents[box]
        if box >= 0 and not _holds(layout, box, copies):
            found.update(_range(layout, box))
    return found


def _range(layout: Layout, box: int) -> range:
    return range(layout.first[box], layout.last[box])


def _reaches(features: LineFeatures, others: set[int]) -> bool:
    """Whether the page states a contact that is not one of others."""
    return any(found & _REACHING and index not in others for index, found in enumerate(features.stated))


def _holds(layout: Layout, box: int, copies: Sequence[int]) -> bool:
    return any(layout.first[box] <= at < layout.last[box] for at in copies)


def _forms(layout: Layout, copies: Sequence[int]) -> set[int]:
    """The lines of forms, but of those around the whole page."""
    forms = (box for box, element in enumerate(layout.elements) if element.tag == "form")
    return {index for box in forms if copies and not _holds(layout, box, copies) for index in _range(layout, box)}


def _groups_of_others(layout: Layout, features: LineFeatures, copies: Sequence[int]) -> tuple[set[int], bool]:
    """(lines of repeated boxes that name others, whether the name stands nowhere but in one of such boxes)."""
    found: set[int] = set()
    left = set(copies)
    groups: dict[tuple[int, str], list[int]] = {}
    for box, parent in enumerate(layout.parents):
        if layout.last[box] > layout.first[box]:
            groups.setdefault((parent, layout.signatures[box]), []).append(box)
    for boxes in groups.values():
        if len(boxes) > 1 and _name_others(layout, features, copies, boxes):
            for box in [_holder(layout, boxes), *boxes]:
                if not _holds(layout, box, copies):
                    found.update(_range(layout, box))
            left.difference_update(index for box in boxes for index in _range(layout, box))
    return found, bool(copies) and not left


def _holder(layout: Layout, boxes: Sequence[int]) -> int:
    """The box around the boxes, if they are most of it; else the first of them."""
    parent = layout.parents[boxes[0]]
    held = sum(len(_range(layout, box)) for box in boxes)
    return parent if parent >= 0 and held * 3 >= 2 * len(_range(layout, parent)) else boxes[0]


def _name_others(layout: Layout, features: LineFeatures, copies: Sequence[int], boxes: Sequence[int]) -> bool:
    """Whether most of the boxes begin with a name or a link of somebody else."""
    sample = boxes[:: max(1, len(boxes) // _SAMPLE)]
    others = sum(_begins_an_entry(layout, features, box) and not _holds(layout, box, copies) for box in sample)
    return others >= 2 and others * 5 >= len(sample) * 3


def _begins_an_entry(layout: Layout, features: LineFeatures, box: int) -> bool:
    first = layout.first[box]
    line = layout.lines[first]
    if is_label(line.text) or is_action(line.text) or line.text.endswith(":"):
        return False
    if _PATIENT.match(line.text) or (features.name_scores[first] == 2 and names_person(head_of(line.text))):
        return True
    linked = bool(line.links) and line.links[0].text == line.text and line.links[0].href.startswith("http")
    named = features.name_scores[first] == 2 or (linked and not has_url(line.text))
    return named and layout.last[box] - first > 1 and not has_address(line.text) and not is_place(line.text)


def _sections_of_others(layout: Layout, copies: Sequence[int]) -> Iterator[int]:
    over = -1
    for index, line in enumerate(layout.lines):
        heads = line.level and index not in copies and index >= over
        if heads and _NEIGHBOURS.search(line.text) and not is_label(line.text):
            over = _end_of_section(layout, index)
        if index < over:
            yield index


def _end_of_section(layout: Layout, index: int) -> int:
    """The end of the smallest box that holds more than the heading, or the next heading of its rank."""
    box = layout.lines[index].node if layout.last else -1
    while box >= 0 and layout.last[box] - layout.first[box] < 2:
        box = layout.parents[box]
    end = layout.last[box] if box >= 0 else len(layout.lines)
    level = layout.lines[index].level
    return next((other for other in range(index + 1, end) if 0 < layout.lines[other].level <= level), end)


def _box(layout: Layout, features: LineFeatures, title: int, others: set[int]) -> int | None:
    """The smallest box around the name that holds most of the contacts and labels that are not others'."""
    if not layout.parents:
        return None
    weights = (
        index not in others and bool(found & _REACHING or is_label(line.text))
        for index, (line, found) in enumerate(zip(layout.lines, features.stated, strict=True))
    )
    sums = list(accumulate(weights, initial=0))
    box = layout.lines[title].node
    while layout.parents[box] >= 0 and sums[layout.last[box]] - sums[layout.first[box]] < max(1, _MOST * sums[-1]):
        box = layout.parents[box]
    return box
