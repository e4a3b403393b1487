"""Finds what a page says about its use and its completeness, apart from the list itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from lxml.html import HtmlElement

from .facts import facts
from .page import Page, is_hidden, walk

MAX_TEXT = 600_000
"""Number of characters searched for notices, which are at the start or the end of a page."""
_CHALLENGE = re.compile(
    r"^\s*(?:just a moment|attention required|access denied|security check|verify(?:ing)? you are human|are you a robot"
    r"|pardon our interruption)",
    re.IGNORECASE,
)
_NO_ROBOTS = frozenset(("noindex", "none", "noarchive", "noai", "noimageai"))
_INFINITE = re.compile(
    r"infinite-?scroll|data-infinite|ias-trigger|jscroll|facetwp-load-more|lazyload-list", re.IGNORECASE
)


@cache
def notice_pattern(name: str) -> re.Pattern[str]:
    """A pattern for any expression in a list of `notices.toml`."""
    return re.compile("|".join(f"(?:{one})" for one in facts("notices")[name]).replace(" ", r"\s+"), re.IGNORECASE)


def warnings(page: Page, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences on what speaks against reading the page: a bot check, a login, terms, marks for robots.

    The marks are the robots meta tag and header, and the TDM Reservation Protocol (W3C CG, 2024).
    """
    said = [f"{what}: ask the publisher before adding it" for what in _reserved(headers)]
    if page.kind == "html":
        said += _walls(page)
        said += [f"{what}: ask the publisher before adding it" for what in _meta(page)]
    if page.kind in ("html", "text") and (found := find_prohibition(visible_text(page))):
        said.append(f"the page says: “{found}”; read its terms, and ask the publisher, before adding it")
    return tuple(said)


@lru_cache(2)
def visible_text(page: Page) -> str:
    """The visible text of the page; only its start and end if it is long."""
    parts = _visible(page.root) if page.kind == "html" else page.text.splitlines()
    text = " ".join(said for part in parts if (said := " ".join(part.split())))
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT // 2]} {text[-MAX_TEXT // 2 :]}"


def _visible(root: HtmlElement) -> Iterator[str]:
    """The visible texts, without hidden elements and what is in them."""
    body = root.find("body")
    for element, step in walk(body if body is not None else root, lambda element: not is_hidden(element)):
        yield (element.text if step == "start" else element.tail) or ""


def find_prohibition(text: str) -> str | None:
    """The sentence in which the text forbids re-use; None if there is none."""
    found = notice_pattern("forbidding").search(text)
    if not found:
        return None
    start = max(text.rfind(". ", 0, found.start()) + 1, found.start() - 80, 0)
    end = text.find(".", found.end())
    return text[start : end + 1 if 0 <= end < found.end() + 80 else found.end() + 40].strip()


def terms_link(page: Page) -> str | None:
    """The address of the terms of use that the page links to; None if there is none."""
    if page.kind != "html":
        return None
    named = [(" ".join((link.text_content() or "").split()), link) for link in page.root.iter("a") if link.get("href")]
    for one in facts("notices")["terms"]:
        wanted = re.compile(rf"(?:our |the |website |site )?(?:{one})(?: of use)?", re.IGNORECASE)
        for text, link in named:
            if len(text) < 50 and wanted.fullmatch(text) and (address := page.absolute(link.get("href"))):
                return address if address.startswith("http") and "@" not in address else None
    return None


def asks_for_login(page: Page) -> bool:
    """Whether the page has a visible password field."""
    return any(
        not is_hidden(field) for field in page.root.xpath("//input[translate(@type, 'PASWORD', 'pasword')='password']")
    )


def is_bot_challenge(page: Page) -> bool:
    """Whether the page is a bot check instead of the page requested."""
    return bool(_CHALLENGE.match(page.root.findtext(".//title") or "")) and len(page.body) < 100_000


def order_is_random(page: Page) -> bool:
    """Whether the page says that its list is in random order."""
    return bool(
        notice_pattern("random_order").search(visible_text(page))
        or notice_pattern("random_order").search(page.text[:MAX_TEXT])
    )


def _walls(page: Page) -> Iterator[str]:
    if is_bot_challenge(page):
        yield "a bot check came instead of the page: ask the publisher, or save the page in a browser"
    if asks_for_login(page):
        yield "the page has a login form: only public pages may be read"


def _meta(page: Page) -> Iterator[str]:
    for meta in page.root.iter("meta"):
        name, content = (meta.get("name") or "").lower(), (meta.get("content") or "").lower()
        marks = set(re.split(r"[\s,;]+", content))
        if name in ("robots", "ldn-directory") and (said := sorted(marks & _NO_ROBOTS)):
            yield f"the page is marked {', '.join(said)} for robots"
        if name == "tdm-reservation" and content.strip() == "1":
            yield "the page reserves text and data mining (tdm-reservation)"


def _reserved(headers: Mapping[str, str]) -> Iterator[str]:
    if headers.get("tdm-reservation", "").strip() == "1":
        yield "the server reserves text and data mining (tdm-reservation header)"
    marks = set(re.split(r"[\s,;:]+", headers.get("x-robots-tag", "").lower()))
    if said := sorted(marks & _NO_ROBOTS):
        yield f"the server marks the page {', '.join(said)} for robots (X-Robots-Tag)"


def describe_load_more(page: Page) -> str | None:
    """What loads further entries by script: a button or scrolling; None if nothing seems to."""
    for element in page.root.iter("a", "button", "input"):
        text = " ".join(((element.text_content() if element.tag != "input" else element.get("value")) or "").split())
        href = (element.get("href") or "").strip() if element.tag == "a" else ""
        leads_on = href and not href.startswith(("#", "javascript:"))
        if len(text) < 45 and notice_pattern("load_more").fullmatch(text.strip(" .…+›»→▾▼")) and not leads_on:
            return f"a button “{text}” loads more by script, and the spider does not press buttons"
    if _INFINITE.search(page.text[: MAX_TEXT * 3]):
        return "the page loads more when it is scrolled, and the spider does not scroll"
    return None
