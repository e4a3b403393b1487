"""Separates the parts of a page that frame it (menus, footers, forms, adverts) from its content.

Tag, role and class are only a first guess. A box that holds most of the page is its content, whatever it is called.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache

from lxml.html import HtmlElement

from ldn_directory.extract.facts import facts
from ldn_directory.extract.signals import has_email, has_phone

MAIN, ASIDE, CHROME = range(3)
"""Zones: the page's content, what stands beside it (sidebars), and the frame, which never holds entries."""

Look = tuple[str, str, str]
"""Tag, role, and class or id: boxes that look the same are judged together."""

FRAME_DEPTH = 6
"""A box with so many around it, or fewer, is near the edge of the page."""
PLACED = frozenset(("header", "footer", "form"))
"""Tags of which `zone_of_place` may say more than their attributes."""
_WORDS = facts("marks")["chrome"]
_FRAME_CLASSES, _OUTER_FRAME_CLASSES = frozenset(_WORDS["anywhere"]), frozenset(_WORDS["outermost"])
_FRAME_ROLES, _OTHERS = frozenset(_WORDS["roles"]), frozenset(_WORDS["others"])
_CONTENT = frozenset(("main", "article", "section", "li", "td", "dd"))
_EDGES = frozenset(
    ("nav", "header", "footer", "navigation", "banner", "contentinfo", "masthead", "colophon", "copyright", "bottom")
)
_WORD = re.compile(r"[a-z]+")
_MOST, _NEARLY_ALL = 0.5, 0.75
_MIN_CONTACTS, _MIN_CONTACTS_AT_EDGE = 2, 5
_MAX_TEXTS = 400


def zone_of_markup(tag: str, attributes: Mapping[str, str], near_the_edge: bool) -> int:
    """The zone of an element by its tag, role, classes and id, if `zone_of_place` says nothing."""
    if tag == "nav":
        return CHROME
    if tag == "aside":
        return ASIDE
    if not attributes:
        return MAIN
    if attributes.get("role") in _FRAME_ROLES:
        return CHROME
    return _zone_of_words(attributes.get("class") or "", attributes.get("id") or "", near_the_edge)


def zone_of_place(element: HtmlElement) -> int | None:
    """The zone of a header or footer by what is around it, of a form by what is in it; None if that says nothing."""
    if element.tag in ("header", "footer"):
        return CHROME if _frames_the_page(element) else MAIN
    if next(element.iter("textarea"), None) is not None:
        return MAIN if next(element.iter("h1"), None) is not None else CHROME
    return None


@lru_cache(8192)
def _zone_of_words(classes: str, identity: str, near_the_edge: bool) -> int:
    words = _words(classes, identity)
    if words & (_FRAME_CLASSES | _OTHERS):
        return CHROME
    if near_the_edge and words & _OUTER_FRAME_CLASSES:
        return ASIDE if any("sidebar" in word for word in words) else CHROME
    return MAIN


def _words(classes: str, identity: str) -> Set[str]:
    return {word.lower() for word in (*classes.split(), identity)} - {""}


def _frames_the_page(element: HtmlElement) -> bool:
    return not any(ancestor.tag in _CONTENT for ancestor in element.iterancestors())


@dataclass(slots=True)
class Balance:
    """How a page's text is shared between its content and the boxes that seem to frame it."""

    characters: Counter[Look | None] = field(default_factory=Counter)
    """Characters outside links in all boxes of a look; under None those of the content."""
    contacts: dict[Look | None, list[str]] = field(default_factory=dict)
    """Texts that may be contacts."""

    def add(self, look: Look | None, text: str, *, linked: bool, contact: bool) -> None:
        """Counts a text. Links are the substance of menus, so they do not count."""
        if not linked:
            self.characters[look] += len(text.strip())
        if contact and len(texts := self.contacts.setdefault(look, [])) < _MAX_TEXTS:
            texts.append(text)

    def content(self) -> frozenset[Look]:
        """The looks of boxes that hold most of the page's text or contacts, and so are no frame."""
        total = sum(self.characters.values())
        large = [look for look, held in self.characters.items() if look and held >= _MOST * total]
        return frozenset(look for look in large if look is not None and self._holds_the_page(look, total))

    def _holds_the_page(self, look: Look, total: int) -> bool:
        if _words(look[2], "") & _OTHERS:
            return False
        count = sum(has_phone(text) or has_email(text) for text in self.contacts.get(look, ()))
        nearly_all = self.characters[look] >= _NEARLY_ALL * total
        if not _EDGES.isdisjoint(_WORD.findall(" ".join(look).lower())):
            return nearly_all and count >= _MIN_CONTACTS_AT_EDGE
        return nearly_all or count >= _MIN_CONTACTS
