"""Reads JSON-LD, microdata and RDFa Lite into one flat list of items.

Microdata and RDFa are read in one pass over the existing tree. extruct would parse the page again, and recurses so
deeply that 900 nested items stop it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from ldn_directory.extract.page import Page, absolute
from ldn_directory.normalize.web import cloudflare_email

Item = Mapping[str, Any]
"""Properties by name, with `@type` and `@id` as in JSON-LD, whatever the syntax was."""

MAX_SCRIPTS = 200
MAX_ITEMS = 100_000
MAX_DEPTH = 24
MAX_REFERRED = 200
"""Maximum number of elements that `itemref` may refer to."""
MAX_ABOVE = 100
"""Maximum number of elements between a property and its item."""
MAX_TEXT = 5_000

_WRAPPING = re.compile(
    r"^\s*(?:/[/*]\s*)?(?:<!--|<!\[CDATA\[)(?:\s*\*/)?|(?:/[/*]\s*)?(?:-->|\]\]>)(?:\s*\*/)?\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_WRONG_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
_REPAIRS: tuple[Callable[[str], str], ...] = (
    str,
    html.unescape,
    lambda text: _WRONG_ESCAPE.sub(r"\\\\", _TRAILING_COMMA.sub("", html.unescape(text))),
)
_LINKING = frozenset({"url", "sameAs", "hasMap", "image", "logo", "photo", "item", "mainEntityOfPage"})
_LINK_TAGS = dict.fromkeys(("a", "area", "link"), "href") | dict.fromkeys(("img", "iframe", "source"), "src")
_LINK_TAGS["object"] = "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedItem:
    """An item and the path to it."""

    item: Item
    via: str | None = None
    """The property whose value it is; None at the top level."""
    owner: Item | None = None
    path: tuple[str, ...] = ()
    """All properties from the top level down to it."""


@dataclass(slots=True)
class Graph:
    """All items of a page and their references by `@id`. They are looked up, not followed, so cycles are harmless."""

    placed: list[PlacedItem] = field(default_factory=list)
    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    referred: dict[str, set[str]] = field(default_factory=dict)
    """The properties that refer to each `@id`."""
    contested: set[str] = field(default_factory=set)
    """`@id`s used for items with different names. They are not resolved."""
    broken: int = 0
    """Number of scripts that are not JSON, even after repair."""

    def resolve(self, value: Any) -> Any:
        """The item that `{"@id": ...}` refers to, with all its properties; any other value unchanged."""
        if (
            isinstance(value, Mapping)
            and isinstance(identity := value.get("@id"), str)
            and identity not in self.contested
        ):
            return {**self.by_id.get(identity, {}), **value}
        return value

    def add_all(self, top: Any) -> None:
        """Adds all items within a value, breadth first, up to MAX_DEPTH and MAX_ITEMS."""
        rest: list[tuple[Any, tuple[str, ...], Item | None]] = [(top, (), None)]
        for value, path, owner in rest:
            if isinstance(value, list):
                rest += [(inner, path, owner) for inner in value[:MAX_ITEMS] if isinstance(inner, (dict, list))]
            elif isinstance(value, dict) and len(self.placed) < MAX_ITEMS:
                self._add(value, path, owner)
                if len(path) < MAX_DEPTH:
                    rest += [
                        (inner, (*path, name), value)
                        for name, inner in value.items()
                        if isinstance(inner, (dict, list))
                    ]
            if len(rest) > 4 * MAX_ITEMS:
                return

    def _add(self, item: dict[str, Any], path: tuple[str, ...], owner: Item | None) -> None:
        identity = item.get("@id")
        via = path[-1] if path else None
        if isinstance(identity, str) and identity:
            if via:
                self.referred.setdefault(identity, set()).add(via)
            known = self.by_id.setdefault(identity, {})
            if item.get("name") and known.get("name", item["name"]) != item["name"]:
                self.contested.add(identity)
            for name, value in item.items():
                known.setdefault(name, value)
            if item.keys() <= {"@id", "@type", "name", "url"} and via != "@graph":
                return
        self.placed.append(PlacedItem(item=item, via=via, owner=owner, path=path))


def read_graph(page: Page) -> Graph:
    """All structured data of the page."""
    graph = Graph()
    for script in page.root.xpath("//script[contains(@type, 'ld+json')]")[:MAX_SCRIPTS]:
        text = str(script.text or "")
        values = list(json_values(text))
        graph.broken += not values and bool(text.strip())
        for value in values:
            graph.add_all(value)
    for item in markup_items(page):
        graph.add_all(item)
    return graph


def json_values(text: str) -> Iterator[Any]:
    """The JSON values in a script. Repairs comments, CDATA marks, entities, trailing commas and wrong escapes."""
    bare = text.strip()
    for _ in range(2):
        bare = _WRAPPING.sub("", bare).strip().rstrip(";")
    for repair in _REPAIRS:
        try:
            yield from list(_one_after_another(repair(bare)))
            return
        except (ValueError, RecursionError):
            continue


def _one_after_another(text: str) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(strict=False), 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield value
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1


def markup_items(page: Page) -> list[dict[str, Any]]:
    """The top-level items of microdata (https://www.w3.org/TR/microdata/) and RDFa Lite."""
    scopes: dict[HtmlElement, dict[str, Any]] = {}
    tops: list[dict[str, Any]] = []
    referred: dict[str, dict[str, Any]] = {}
    left = MAX_ITEMS
    for element in page.root.iter("*"):
        attributes = element.attrib
        names = (attributes.get("itemprop") or attributes.get("property") or "").split()
        is_scope = "itemscope" in attributes or "typeof" in attributes
        if not names and not is_scope:
            continue
        owner = _owner(element, scopes, referred)
        value: Any = _scope(element) if is_scope else None
        if is_scope:
            scopes[element] = value
            for name in attributes.get("itemref", "").split()[:10]:
                if len(referred) < MAX_REFERRED:
                    referred.setdefault(name, value)
            if owner is None or not names:
                tops.append(value)
        if owner is not None and names:
            for name in (stated.rsplit(":", 1)[-1].rsplit("/", 1)[-1] for stated in names[:5]):
                _add_value(owner, name, value if is_scope else _value(element, name, page.base))
        left -= 1
        if not left:
            break
    return tops


def _owner(
    element: HtmlElement, scopes: Mapping[HtmlElement, dict[str, Any]], referred: Mapping[str, dict[str, Any]]
) -> dict[str, Any] | None:
    if not scopes:
        return None
    for above in islice(element.iterancestors(), MAX_ABOVE):
        if above in scopes:
            return scopes[above]
        if referred and above.get("id") in referred:
            return referred[above.get("id")]
    return referred.get(element.get("id", ""))


def _scope(element: HtmlElement) -> dict[str, Any]:
    attributes = element.attrib
    stated = (attributes.get("itemtype") or attributes.get("typeof") or "").split()
    item: dict[str, Any] = {"@type": stated[:5]}
    if identity := attributes.get("itemid") or attributes.get("resource") or attributes.get("about"):
        item["@id"] = identity
    return item


def _value(element: HtmlElement, name: str, base: str) -> str:
    attributes = element.attrib
    if "content" in attributes:
        return str(attributes["content"]).strip()
    text = " ".join(_text(element).split())
    if (link := _LINK_TAGS.get(str(element.tag))) and attributes.get(link) and (name in _LINKING or not text):
        return absolute(base, str(attributes[link])) or ""
    if element.tag in ("data", "meter", "time") and (said := attributes.get("value") or attributes.get("datetime")):
        return str(said)
    if "protected" not in text:
        return text
    hidden = element.xpath("descendant-or-self::*/@data-cfemail")
    return (cloudflare_email(hidden[0]) if hidden else None) or text


def _text(element: HtmlElement) -> str:
    """The element's text, up to MAX_TEXT characters, because pages may nest thousands of properties."""
    parts: list[str] = []
    left = MAX_TEXT
    for part in element.itertext():
        parts.append(part)
        left -= len(part)
        if left < 0:
            break
    return " ".join(parts)[:MAX_TEXT]


def _add_value(owner: dict[str, Any], name: str, value: Any) -> None:
    if name not in owner:
        owner[name] = value
    elif isinstance(owner[name], list):
        if len(owner[name]) < 2_000:
            owner[name].append(value)
    elif name not in ("@type", "@id"):
        owner[name] = [owner[name], value]
