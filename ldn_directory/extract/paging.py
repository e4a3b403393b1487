"""Finds the next page of a list, and the total that a page states."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from .facts import any_of
from .page import Page, split_url

_NEXT_WORDS = re.compile(rf"^{any_of('next_page')}?\s*[›»→>⟩]*$", re.I)
_NEXT_CLASS = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-])", re.I)
_PAGER_CLASS = re.compile(r"pag(?:er|inat|e-numbers|e-nav|ing)|nav-?links|wp-pagenavi", re.I)
_TOTAL = re.compile(
    rf"\b(?:of|von|van|sur|de|di|av|af)\s+([\d.,' ]{{1,9}}\d|\d)\s+{any_of('counted_entries')}\b|"
    rf"\b([\d,]{{1,7}})\s+{any_of('counted_entries')}\s+(?:found|match)",
    re.I,
)


def next_pages(page: Page) -> tuple[str, ...]:
    """The address of the next page of the same list on the same host; empty on the last page."""
    for element in page.root.iter("a", "link"):
        if "next" in (element.get("rel") or "").lower().split() and (address := _address(page, element)):
            return (address,)
    for element in page.root.iter("a"):
        if _says_next(element) and (address := _address(page, element)):
            return (address,)
    return ()


def stated_total(text: str) -> int | None:
    """The number of entries that the text states ("1-20 of 793 results"); None if it states none."""
    found = _TOTAL.search(text)
    if not found:
        return None
    digits = re.sub(r"\D", "", found[1] or found[2])
    return int(digits) if digits and len(digits) < 8 else None


def _says_next(element: HtmlElement) -> bool:
    parent = element.getparent()
    own = f"{element.get('class') or ''} {parent.get('class') or '' if parent is not None else ''}"
    if "disabled" in own.lower():
        return False
    said = " ".join((element.text_content() or "").split())
    words = said or element.get("aria-label") or element.get("title") or ""
    if not words or len(words) > 40 or not _NEXT_WORDS.match(words):
        return False
    return bool(_NEXT_CLASS.search(own)) or any(
        _PAGER_CLASS.search(f"{box.get('class') or ''} {box.get('id') or ''} {box.get('aria-label') or ''}")
        for box in [element, *list(element.iterancestors())[:4]]
    )


def _address(page: Page, element: HtmlElement) -> str | None:
    address = page.absolute(element.get("href") or "")
    if not address or not address.startswith(("http", "file")):
        return None
    same = urlsplit(address).netloc.removeprefix("www.") == split_url(page.url).netloc.removeprefix("www.")
    address = address.split("#")[0]
    return address if same and address != page.url.split("#")[0] else None
