"""What the tag and the attributes of an element say, found once for all elements that are marked alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from lxml.html import HtmlElement

from ldn_directory.extract.hints import may_be_icon, may_name_field
from ldn_directory.extract.page import is_hidden_markup

from .boilerplate import Look, zone_of_markup

_BOLD = frozenset(("b", "strong", "dt", "summary", "legend"))
_CONTROLS = frozenset(("select", "input", "textarea", "option", "datalist"))
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_STATE_CLASS = re.compile(
    r"^(?:odd|even|first|last|active|current|show|open|closed|hide|is-\w+|has-\w+|post-?\d+|item-?\d+|row-?\d+|"
    r"views-row-\w+|col-\d+|column-\d+|status-\w+|type-\w+|category-\S+|tag-\S+|hentry|featured|premium|slick-\w+|"
    r".*\d{3,}.*)$",
    re.I,
)
_PANEL = re.compile(r"accordion|panel|collaps|content|tab\b|tab-|toggle|detail|answer|body|more|expand", re.I)
_OWN = frozenset(("href", "src", "srcset", "alt", "title", "aria-label"))
"""Attributes that are values of the element itself: only that they are there counts."""


@dataclass(frozen=True, slots=True)
class Markup:
    """What an element's tag and attributes say."""

    tag: str
    is_skipped: bool
    """Whether it is hidden, or a control, and so never laid out."""
    is_bold: bool
    signature: str
    """Tag and classes, without classes that differ between siblings (odd, active, post-17, ...)."""
    look: Look
    zones: tuple[int, int]
    """Its zone within, and near the edge of, the page, if its place does not say more."""
    may_name_field: bool
    may_be_icon: bool
    may_hold_email: bool
    """Whether an attribute may hold a protected e-mail address."""


def markup_of(element: HtmlElement) -> Markup | None:
    """The markup of an element; None of a comment and the like."""
    tag = element.tag
    if not isinstance(tag, str):
        return None
    return _markup(tag, tuple((name, "" if name in _OWN else value) for name, value in element.items()))


@lru_cache(16384)
def _markup(tag: str, items: tuple[tuple[str, str], ...]) -> Markup:
    attributes = dict(items)
    classes, role = attributes.get("class") or "", attributes.get("role") or ""
    style = attributes.get("style")
    return Markup(
        tag=tag,
        is_skipped=_is_skipped(tag, attributes),
        is_bold=tag in _BOLD or bool(style and tag != "th" and _BOLD_STYLE.search(style)),
        signature=_signature(tag, classes),
        look=(tag, role, classes or attributes.get("id") or ""),
        zones=(zone_of_markup(tag, attributes, False), zone_of_markup(tag, attributes, True)),
        may_name_field=may_name_field(attributes),
        may_be_icon=may_be_icon(tag, attributes),
        may_hold_email="data-cfemail" in attributes or "href" in attributes,
    )


def _signature(tag: str, classes: str) -> str:
    kept = sorted({name for name in classes.split()[:8] if not _STATE_CLASS.match(name)})
    return intern(".".join([tag, *kept]))


def _is_skipped(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag in _CONTROLS:
        return True
    if not is_hidden_markup(tag, attributes):
        return "slick-cloned" in (attributes.get("class") or "")
    style = attributes.get("style") or ""
    words = " ".join(attributes.get(name) or "" for name in ("class", "id", "role"))
    return not ("none" in style and tag in ("div", "section", "dd", "ul") and _PANEL.search(words))


def begins_anew(before: HtmlElement, element: HtmlElement) -> bool:
    """Whether two words touch of which the second begins with a capital or a digit: they are two values."""
    said, after = (before.text or "").rstrip(), (element.text or "").lstrip()
    return said[-1:].isalnum() and (after[:1].isupper() or after[:1].isdigit() or after[:1] in ("(", "+"))


def is_column_head(cell: HtmlElement) -> bool:
    """Whether another `th` is beside this one. A `th` alone in its row may also be a heading for entries."""
    return any(other is not None and other.tag == "th" for other in (cell.getprevious(), cell.getnext()))
