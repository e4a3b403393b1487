"""Lists as JSON (or JSONP, or plain XML): the entries, wherever they stand, and how the pages turn.

The back ends that many sites use are `presets`; an address of theirs is recognised by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from defusedxml.ElementTree import ParseError, fromstring

from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Problem

from .arrays import Entries, sets_of_objects, table_rows, with_rows
from .cells import folded_key, words
from .paging import Paging, cut_off, next_page, total_of
from .presets import Preset, Use, use_of
from .records import read_entries, stands_alone, worth

MOST_SETS = 60
MOST_XML_DEPTH = 30
MOST_FRAGMENTS = 5
SHORTEST_FRAGMENT = 120
_MARKUP = re.compile(r"<(?:div|li|tr|p|article|h\d|td|ul|br)\b", re.I)
_JSONP = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:;|typeof\s[^\n]{0,200}?&&)?\s*[\w$.]{1,100}\s*\(\s*(?=[\[{])", re.DOTALL)
_GUARD = re.compile(r"\s*(?:while\s*\(1\)|for\s*\(;;\))\s*;\s*(?:&&&\w+&&&)?\s*(?=[\[{])|\s*\{\}\s*&&\s*(?=[\[{])")
_OTHER_XML = frozenset(("kml", "rss", "feed", "urlset", "sitemapindex", "html", "rdf", "svg"))


def extract(
    page: Page,
    *,
    rows: str | None = None,
    headers: Mapping[str, str] | None = None,
    paging: Paging | None = None,
    use: Use | None = None,
) -> Extraction:
    """One record an entry of the array at the dotted path `rows`, or of the likeliest array; the next page by `paging` or link.

    `use` is the back end whose data the page is; without it, it is recognised by the page's address.
    """
    use = use or (use_of(page.url) if rows is None else None)
    preset = use.preset if use else None
    if preset and preset.empty_is_none and not page.body.strip():
        return Extraction(problems=(Problem(page=page.url, what="is empty: the server knows no entries"),))
    try:
        answer = answer_of(page)
    except ValueError as error:
        return Extraction(problems=(Problem(page=page.url, what=f"is no JSON: {str(error)[:200]}"),))
    path = rows if rows is not None else preset.rows_of(use.key) if preset and use else None
    entries = _entries_at(answer, path) if path is not None else None
    if entries is None and rows is None:
        entries = likeliest(answer, preset)
    if entries is None and (inner := _list_in_markup(page, answer)):
        return replace(inner, total=inner.total or total_of(answer, headers or {}))
    if entries is None:
        return Extraction(problems=(Problem(page=page.url, what=_why_none(answer, path)),))
    return _extraction(page, answer, entries, headers, paging or (preset.paging if preset else None), preset)


def _extraction(
    page: Page,
    answer: Any,
    entries: Entries,
    headers: Mapping[str, str] | None,
    paging: Paging | None,
    preset: Preset | None,
) -> Extraction:
    found = len(entries.objects)
    total = total_of(answer, headers or {})
    following = next_page(page, answer, headers or {}, paging, found, total)
    said = cut_off(
        page.url,
        found=found,
        total=total,
        follows=following is not None,
        in_crawl=headers is not None,
        paging=paging,
        caps=preset.caps if preset else (),
    )
    told = [what for what in (said, preset.says if preset else None) if what]
    return Extraction(
        records=tuple(read_entries(page, entries, preset)),
        total=total,
        next_pages=(following,) if following else (),
        problems=tuple(Problem(page=page.url, what=what) for what in told),
    )


def _list_in_markup(page: Page, answer: Any) -> Extraction | None:
    """The list that a fragment of HTML in the answer is, as scripts fetch it to put it into their page; None if none is."""
    best: Extraction | None = None
    for markup in sorted(_fragments(answer, 0), key=len, reverse=True)[:MOST_FRAGMENTS]:
        found = generic.extract(
            Page(page.url, f"<div>{markup}</div>".encode("utf-8", "replace"), "text/html; charset=utf-8")
        )
        if len(found.records) > (len(best.records) if best else 0):
            best = found
    return best


def _fragments(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= SHORTEST_FRAGMENT and _MARKUP.search(value):
            yield value
    elif depth < MOST_XML_DEPTH:
        for inner in value.values() if isinstance(value, dict) else value[:500] if isinstance(value, list) else ():
            yield from _fragments(inner, depth + 1)


def answer_of(page: Page) -> Any:
    """The page as JSON values: JSON, JSONP, or XML with elements as keys. Raises ValueError with the cause."""
    if page.kind == "xml":
        return _of_xml(page)
    try:
        return page.json
    except ValueError:
        if called := _JSONP.match(page.text[:5000]) or _GUARD.match(page.text[:5000]):
            return _called_with(page, called.end())
        raise


def is_answer(page: Page) -> bool:
    """Whether a page of text is JSON that is wrapped in a call or behind a guard."""
    try:
        answer_of(page)
    except ValueError:
        return False
    return True


def _called_with(page: Page, start: int) -> Any:
    try:
        return json.JSONDecoder(strict=False).raw_decode(page.text, start)[0]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{page.url}: not JSONP ({str(error)[:200]})") from error


def _of_xml(page: Page) -> Any:
    try:
        root = fromstring(
            page.text.lstrip("\ufeff \t\r\n").encode("utf-8") if "encoding=" not in page.text[:200] else page.body
        )
    except (ParseError, ValueError, LookupError) as error:
        raise ValueError(f"{page.url}: not XML ({str(error)[:200] or type(error).__name__})") from error
    if _local(root.tag).lower() in _OTHER_XML:
        raise ValueError(f"{page.url}: {_local(root.tag)} is no plain list")
    return {_local(root.tag): _element(root, 0)}


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _element(element: Any, depth: int) -> Any:
    """An element as its text, or as an object of its attributes and children; repeated children are a list."""
    children = list(element)
    text = (element.text or "").strip()
    if depth > MOST_XML_DEPTH or (not children and not element.attrib):
        return text
    found: dict[str, Any] = {_local(name): value for name, value in element.attrib.items()}
    for child in children:
        name, value = _local(child.tag), _element(child, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    if text:
        found.setdefault("text", text)
    return found


def likeliest(answer: Any, preset: Preset | None = None) -> Entries | None:
    """The set of objects whose labels and values look most like people's or practices'; None if none does."""
    best, most = None, 0.0
    sets = sets_of_objects(answer)
    large = sorted(sets, key=lambda one: -len(one.objects))[:MOST_SETS]
    lists: list[Entries] = []
    odd: list[Entries] = []
    for entries in (one for one in sets if one in large):
        if any(entries.path[: len(outer.path)] == outer.path for outer in odd) or any(
            _is_part_of(entries, outer) for outer in lists
        ):
            continue
        if _is_foreign(entries):
            odd.append(entries)
            continue
        score = worth(entries, preset)
        if score > 0:
            lists.append(entries)
        if score > most * 1.05:
            best, most = entries, score
    return best or _alone(answer)


def _is_part_of(entries: Entries, outer: Entries) -> bool:
    """Whether the objects are only what the entries of an outer list consist of: read with those already."""
    if entries.path[: len(outer.path)] != outer.path:
        return False
    return len(entries.objects) <= len(outer.objects) or any(
        folded_key(name) in words("offices") | words("people") for name in entries.path[len(outer.path) :]
    )


def _alone(answer: Any) -> Entries | None:
    """The answer itself, where it is one entry."""
    if not isinstance(answer, dict):
        return None
    entries = Entries(())
    entries.add(answer, (), None)
    return entries if not _is_foreign(entries) and stands_alone(answer) else None


def _is_foreign(entries: Entries) -> bool:
    """Whether most of the objects are products, events or the like."""
    sample = entries.objects[:20]
    odd = [
        {
            key
            for name, value in one.items()
            if value not in (None, "", [], {}) and (key := folded_key(str(name))) in words("foreign")
        }
        for one in sample
    ]
    return sum(len(found) >= 2 for found in odd) * 2 > len(sample)


def _entries_at(answer: Any, path: str) -> Entries | None:
    found = answer
    for part in filter(None, path.split(".")):
        if isinstance(found, dict):
            found = with_rows(found).get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list):
        return None
    rows: list[Any] = table_rows(found, ()) or found
    entries = Entries(tuple(path.split(".")))
    for entry in rows:
        if isinstance(entry, dict):
            entries.add(entry, (), None)
    return entries


def _why_none(answer: Any, path: str | None) -> str:
    """Why the answer has no entries, with what the server says itself."""
    if path is not None:
        return f"has no list at {path!r}"
    if isinstance(answer, dict):
        said = next(
            (
                answer[name]
                for name in ("message", "error", "errors", "Errors", "detail")
                if isinstance(answer.get(name), str)
            ),
            None,
        )
        if said:
            return f"holds no list of entries; it says: {said[:200]}"
    return "holds no list of entries"
