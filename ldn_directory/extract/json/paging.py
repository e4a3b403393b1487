"""Further pages of a JSON list, the number of entries that it says it has, and whether it was cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlunsplit

from ldn_directory.extract.column_labels import folded_key
from ldn_directory.extract.page import Page, absolute, split_url

from .cells import words

USUAL_CAPS = frozenset((25, 50, 100, 150, 200, 250, 300, 400, 500, 1000, 2000, 2500, 5000, 10_000))
"""Counts at which servers commonly cut a list off."""

Paging = tuple[str, str, int]


def total_of(answer: Any, headers: Mapping[str, str]) -> int | None:
    """The number of entries on all pages, if the answer or its headers state it."""
    stated = headers.get("x-wp-total") or headers.get("x-total-count") or headers.get("x-total")
    if stated and stated.isdigit():
        return int(stated)
    for holder in _holders(answer):
        for name, value in list(holder.items())[:200]:
            if folded_key(str(name)) in words("totals") and (number := _count(value)) is not None:
                return number
    return None


def _count(value: Any) -> int | None:
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str) and value.isdigit() and len(value) < 9:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _holders(answer: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(answer, dict):
        return
    yield answer
    inner = list(_nested_holders(answer))
    yield from inner
    for one in inner:
        yield from _nested_holders(one)


def _nested_holders(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (one for name, one in holder.items() if isinstance(one, dict) and folded_key(str(name)) in words("holders"))


def size_of(url: str) -> int | None:
    """The number of entries that an address asks for in a page."""
    for name, value in parse_qsl(split_url(url).query):
        if name.lower() in words("sizes") and value.isdigit() and 0 < int(value) < 1_000_000:
            return int(value)
    return None


def next_page(
    page: Page, answer: Any, headers: Mapping[str, str], paging: Paging | None, found: int, total: int | None
) -> str | None:
    """The address of the page that follows; None on the last."""
    if paging is None or not found:
        return _next_page_stated(page, answer)
    way, name, step = paging
    query = dict(parse_qsl(split_url(page.url).query, keep_blank_values=True))
    current = int(query[name]) if query.get(name, "").lstrip("-").isdigit() else (step if way == "page" else 0)
    if way == "page":
        if _is_last(page.url, headers, current - step + 1, found, total):
            return None
        following = current + 1
    else:
        following = current + step
        if found < step or (total is not None and following >= total):
            return None
    parts = split_url(page.url)
    return urlunsplit(parts._replace(query=urlencode(query | {name: str(following)})))


def _is_last(url: str, headers: Mapping[str, str], ordinal: int, found: int, total: int | None) -> bool:
    pages = headers.get("x-wp-totalpages", "")
    if pages.isdigit():
        return ordinal >= int(pages)
    size = size_of(url) or 0
    return (
        found < size
        or (total is not None and bool(size) and ordinal * size >= total)
        or not (size or total is None or ordinal * found < total)
    )


def _next_page_stated(page: Page, answer: Any) -> str | None:
    for name, value in (item for holder in _holders(answer) for item in holder.items()):
        target = value.get("href") if isinstance(value, dict) else value
        if not isinstance(target, str) or folded_key(str(name)) not in words("next"):
            continue
        if "/" in target or target.startswith("?"):
            following = absolute(page.url, target)
            return following if following != page.url else None
    return None


def truncation_reason(
    url: str, found: int, total: int | None, follows: bool, paging: Paging | None, caps: tuple[int, ...]
) -> str | None:
    """Why the list seems to be truncated; None if it does not."""
    before = _before(url, paging, found)
    if total is not None and before + found < total:
        more = "; further pages follow" if follows else ""
        return f"truncated: {before + found:,} of the {total:,} entries that the answer states{more}"
    if total is not None or not found or before:
        return None
    asked = size_of(url)
    if asked is not None and found == asked:
        more = "; further pages may follow" if follows else ""
        return f"truncated, it seems: exactly the {found:,} entries that the address asks for{more}"
    if found in caps or (asked is None and found in USUAL_CAPS):
        return f"truncated, it seems: exactly {found:,} entries, a number at which such servers cut off"
    return None


def _before(url: str, paging: Paging | None, found: int) -> int:
    """How many entries the pages before this one hold."""
    query = {name.lower(): int(value) for name, value in parse_qsl(split_url(url).query) if value.isdigit()}
    if paging is None or paging[0] == "page":
        for name in ("page", "paged", "pagenumber"):
            if name in query:
                first = paging[2] if paging and paging[1].lower() == name else 1
                return max(0, query[name] - first) * (size_of(url) or found)
    offsets = (query[name] for name in ("offset", "skip", "start", "from", "$offset", "resultoffset") if name in query)
    return next(offsets, 0)
