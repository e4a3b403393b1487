"""Compiles CSS selectors once each."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement


@lru_cache(512)
def _compiled(css: str) -> Any:
    try:
        return CSSSelector(css, translator="html")
    except SelectorError as error:
        raise ValueError(f"{css!r} is not a CSS selector that can be read ({error})") from error


def select(element: HtmlElement, css: str) -> list[HtmlElement]:
    """The elements at or under `element` that match the selector, in document order.

    Raises ValueError for an invalid selector.
    """
    return list(_compiled(css)(element))
