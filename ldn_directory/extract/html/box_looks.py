"""How an element looks to a reader: bold, hidden, or set apart from the one before it."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ldn_directory.extract.page import is_hidden

_BOLD = frozenset(("b", "strong", "th", "dt", "summary", "legend"))
_CONTROLS = frozenset(("select", "input", "textarea", "option", "datalist"))
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_PANEL = re.compile(r"accordion|panel|collaps|content|tab\b|tab-|toggle|detail|answer|body|more|expand", re.I)


def begins_anew(before: HtmlElement, element: HtmlElement) -> bool:
    """Whether two words touch of which the second begins with a capital or a digit: they are two values."""
    said, after = (before.text or "").rstrip(), (element.text or "").lstrip()
    return said[-1:].isalnum() and (after[:1].isupper() or after[:1].isdigit() or after[:1] in ("(", "+"))


def is_bold(element: HtmlElement) -> bool:
    if element.tag == "th":
        return not _is_column_head(element)
    return element.tag in _BOLD or bool((style := element.get("style")) and _BOLD_STYLE.search(style))


def _is_column_head(cell: HtmlElement) -> bool:
    """Whether another `th` is beside this one. A `th` alone in its row may also be a heading for entries."""
    return any(other is not None and other.tag == "th" for other in (cell.getprevious(), cell.getnext()))


def is_skipped(element: HtmlElement) -> bool:
    if element.tag in _CONTROLS:
        return True
    if not is_hidden(element):
        return "slick-cloned" in (element.get("class") or "")
    style = element.get("style") or ""
    words = " ".join((element.get("class") or "", element.get("id") or "", element.get("role") or ""))
    return not ("none" in style and element.tag in ("div", "section", "dd", "ul") and _PANEL.search(words))
