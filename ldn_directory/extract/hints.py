"""Reads field names from markup: icons, class names, microdata, attributes for small screens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lxml.html import HtmlElement

from ldn_directory.normalize.regions import country
from ldn_directory.normalize.web import cloudflare_email

from .facts import facts, words_by_label
from .signals import has_email, has_phone, is_credentials

_TOKENS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ICON_TAGS = frozenset(("i", "svg", "img", "span", "em", "b", "use", "mat-icon", "ion-icon"))
_ICON_CLASS = re.compile(
    r"(?:^|[\s_-])(?:fa|fas|far|fab|fal|icon|icons?\w*|glyphicon|bi|ti|la|dashicons|material-icons|mdi|ion|feather|uil|"
    r"icofont|lni|ph|ri|eicon|genericon)(?:$|[\s_-])|ico(?:n)?[-_]",
    re.I,
)
_FIELD_PREFIX = re.compile(
    r"^(?:views-field-field-|views-field-|field--name-field-|field--name-|field-name-field-|wpbdp-field-|"
    r"acf-|cf-|gv-field-\d+-|lp-details-|lp-listing-|lp-user-|geodir-field-|provider-|doctor-|member-|listing-|contact-|"
    r"card-|store-|practitioner-|physician-|clinic-|pharmacy-|staff-|result-|directory-|profile-|team-member-|loc-|entry-)(?=\w)"
)

_BLOCKS = frozenset(facts("marks")["tags"]["blocks"])
_CELLS = frozenset(("td", "th", "dd", "li"))
_STATING = ("data-label", "data-title", "data-th", "data-field")
_NAMING = frozenset((*_STATING, "itemprop"))
_MAX_PICTURE_TEXT = 60
_FLAG = re.compile(r"^flag of (?:the )?|\s*\bflag$|^the ", re.I)
_NOT_NUMBER = re.compile(r"[\d\s().+-]|phone|tel|number|fax", re.I)
_PROTECTED_LINK = re.compile(r"/cdn-cgi/l/email-protection#([0-9a-fA-F]{6,})")
_UNLISTED = frozenset(("fax", "mobile"))
"""Fields that microdata only calls a telephone."""


def may_be_icon(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element with this tag and these attributes may be an icon: `icon_label` tells."""
    if tag in ("img", "svg"):
        return bool(attributes)
    return tag in _ICON_TAGS and ("aria-label" in attributes or bool(_ICON_CLASS.search(attributes.get("class", ""))))


def may_name_field(attributes: Mapping[str, str]) -> bool:
    """Whether attributes may name a field: `element_label` tells."""
    if not attributes:
        return False
    classes = attributes.get("class")
    return not _NAMING.isdisjoint(attributes) or bool(classes and class_label(classes))


def icon_label(element: HtmlElement) -> str | None:
    """The field that an icon stands for (`phone`, `email`, `website`, ...), None if it is no icon."""
    if element.tag not in _ICON_TAGS:
        return None
    attributes = element.attrib
    if not attributes:
        return None
    if element.tag in ("img", "svg"):
        said = attributes.get("alt") or attributes.get("aria-label") or attributes.get("title") or ""
        return _icon_word(f"{said} {attributes.get('class', '')}", short=len(said) < 25)
    classes = attributes.get("class", "")
    if not classes and "aria-label" not in attributes:
        return None
    if not _ICON_CLASS.search(classes):
        return _icon_word(attributes.get("aria-label", ""), short=element.tag == "i") if not len(element) else None
    said = element.text or "" if "material" in classes else ""
    return _icon_word(f"{classes} {said} {attributes.get('aria-label', '')} {attributes.get('title', '')}", short=True)


@lru_cache(4096)
def _icon_word(text: str, *, short: bool) -> str | None:
    if not short:
        return None
    words = words_by_label("marks", "icons")
    tokens = [token.lower() for token in _TOKENS.findall(_CAMEL.sub(" ", text))]
    return next((words[token] for token in tokens if token in words), None)


def element_label(element: HtmlElement) -> str | None:
    """The field that the element's own attributes name, if any."""
    attributes = element.attrib
    if not attributes:
        return None
    holds_boxes = _holds_boxes(element)
    if not holds_boxes or element.tag in _CELLS:
        for name in _STATING:
            if (stated := attributes.get(name)) and 1 < len(stated) < 40 and stated.strip():
                return str(stated).strip().rstrip(":")
    if holds_boxes:
        return None
    classes = attributes.get("class")
    named = class_label(classes) if classes else None
    if stated := attributes.get("itemprop"):
        found = class_label(stated)
        if found and not (found == "address" and len(element)) and named not in _UNLISTED:
            return found
    return named


def _holds_boxes(element: HtmlElement) -> bool:
    """Whether the element holds boxes, not counting a single one around its whole value."""
    boxes = [child for child in element if child.tag in _BLOCKS]
    return len(boxes) > 1 or any(child.tag in _BLOCKS for box in boxes for child in box)


@lru_cache(8192)
def class_label(classes: str) -> str | None:
    """The field that one of the class names stands for. Prefixes such as `views-field-` are ignored."""
    words = words_by_label("marks", "classes")
    for name in classes.split():
        plain = _CAMEL.sub("-", name).lower().replace("_", "-")
        if plain in words:
            return words[plain]
        bare = _FIELD_PREFIX.sub("", plain)
        if bare != plain and (bare in words or (bare := bare.removesuffix("-field")) in words):
            return words[bare]
    return None


def image_text(image: HtmlElement) -> str | None:
    """The picture's text, if it is a value and not a mere description; else None."""
    said = (image.get("alt") or image.get("title") or "").strip()
    if not 1 < len(said) <= _MAX_PICTURE_TEXT:
        return None
    if is_credentials(said) or (has_email(said) and " " not in said):
        return said
    if has_phone(said):
        return said if len(_NOT_NUMBER.sub("", said)) <= 3 else None
    land = country(_FLAG.sub("", said))
    return land.name if land else None


def protected_email(element: HtmlElement) -> str | None:
    """The address in `data-cfemail` or a protection link; None if there is none or it cannot be decoded."""
    attributes = element.attrib
    if not attributes:
        return None
    if hidden := attributes.get("data-cfemail"):
        return cloudflare_email(hidden)
    href = attributes.get("href")
    if href and (found := _PROTECTED_LINK.search(href)):
        return cloudflare_email(found[1])
    return None
