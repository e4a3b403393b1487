"""Separates the parts of a page that frame it (menus, footers, forms, adverts) from its content."""

from __future__ import annotations

from functools import lru_cache

from lxml.html import HtmlElement

from ldn_directory.extract.facts import facts

MAIN, ASIDE, CHROME = range(3)
"""Zones: the page's content, what stands beside it (sidebars), and the frame, which never holds entries."""

_FRAME_DEPTH = 6
_FRAME_CLASSES = frozenset(facts("marks")["chrome"]["anywhere"])
_OUTER_FRAME_CLASSES = frozenset(facts("marks")["chrome"]["outermost"])
_FRAME_ROLES = frozenset(facts("marks")["chrome"]["roles"])
_CONTENT = frozenset(("main", "article", "section", "li", "td", "dd"))


def zone_of(element: HtmlElement, depth: int) -> int:
    """The zone of an element, from its tag, role, classes and id. `depth` is the number of boxes around it."""
    tag = element.tag
    if tag == "nav":
        return CHROME
    if tag in ("header", "footer"):
        return CHROME if _frames_the_page(element) else MAIN
    if tag == "form" and next(element.iter("textarea"), None) is not None:
        return MAIN if next(element.iter("h1"), None) is not None else CHROME
    attributes = element.attrib
    if tag == "aside":
        return ASIDE
    if not attributes:
        return MAIN
    if attributes.get("role") in _FRAME_ROLES:
        return CHROME
    if attributes.get("role") == "complementary":
        return ASIDE
    return _zone_of_words(attributes.get("class") or "", attributes.get("id") or "", depth <= _FRAME_DEPTH)


@lru_cache(8192)
def _zone_of_words(classes: str, identity: str, near_the_edge: bool) -> int:
    words = {word.lower() for word in (*classes.split(), identity)} - {""}
    if words & _FRAME_CLASSES:
        return CHROME
    if near_the_edge and words & _OUTER_FRAME_CLASSES:
        return ASIDE if any("sidebar" in word for word in words) else CHROME
    return MAIN


def _frames_the_page(element: HtmlElement) -> bool:
    return not any(ancestor.tag in _CONTENT for ancestor in element.iterancestors())
