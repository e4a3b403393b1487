"""Lists as JSON, JSONP or plain XML: the entries, wherever they are, and the next page.

The back ends that many sites use are `presets`; an address of theirs is recognised by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from defusedxml.ElementTree import ParseError, fromstring

from ldn_directory.extract.column_labels import folded_key
from ldn_directory.extract.html import generic
from ldn_directory.extract.kinds import kind_said, sayings_of, with_kind
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Problem
from ldn_directory.normalize.labels import field_of

from .arrays import Entries, sets_of_objects, table_rows, with_rows
from .cells import words
from .fragments import page_of_fragment
from .paging import Paging, next_page, total_of, truncation_reason
from .presets import UNKNOWN, Preset, Use, use_of
from .records import likeness_to_list, read_entries, stands_alone

MOST_SETS = 60
_ANY = "*"
MOST_XML_DEPTH = 30
MOST_FRAGMENTS = 5
SHORTEST_FRAGMENT = 120
_MARKUP = re.compile(r"<(?:div|li|tr|p|article|h\d|td|ul|br)\b", re.I)
_JSONP = re.compile(
    r"\s*+(?:/\*.*?\*/\s*+)?(?:;|typeof\s[^\n]{0,200}?&&)?\s*+[\w$.]{1,100}+\s*+\(\s*+(?=[\[{])", re.DOTALL
)
_GUARD = re.compile(r"\s*(?:while\s*\(1\)|for\s*\(;;\))\s*;\s*(?:&&&\w+&&&)?\s*(?=[\[{])|\s*\{\}\s*&&\s*(?=[\[{])")
_OTHER_XML = frozenset(("kml", "urlset", "sitemapindex", "html", "rdf", "svg"))


def extract(
    page: Page,
    *,
    rows: str | None = None,
    headers: Mapping[str, str] | None = None,
    paging: Paging | None = None,
    use: Use | None = None,
) -> Extraction:
    """One record an entry of the array at the dotted path `rows`, or of the likeliest array.

    The next page is found by `paging`, or by the answer's own link. `use` is the back end that the page comes from;
    without it, it is recognised by the page's address.
    """
    use = use or (use_of(page.url) if rows is None else None)
    preset = use.preset if use else UNKNOWN
    if preset.empty_is_none and not page.body.strip():
        return _empty_extraction(page, "is empty: the server knows no entries")
    try:
        answer = answer_of(page)
    except ValueError as error:
        return _empty_extraction(page, f"is no JSON: {str(error)[:200]}")
    path = rows if rows is not None else preset.rows_of(use.key) if use else None
    entries = _entries_at(answer, path) if path is not None else None
    if entries is None and rows is None:
        entries = likeliest_entries(answer, preset)
    if entries is not None:
        return _extraction(page, answer, entries, headers, paging or preset.paging, preset)
    if inner := _list_in_markup(page, answer):
        return replace(inner, total=inner.total or total_of(answer, headers or {}))
    return _empty_extraction(page, _why_none(answer, path))


def _empty_extraction(page: Page, what: str) -> Extraction:
    return Extraction(problems=(Problem(page=page.url, what=what),))


def _extraction(
    page: Page,
    answer: Any,
    entries: Entries,
    headers: Mapping[str, str] | None,
    paging: Paging | None,
    preset: Preset,
) -> Extraction:
    found = len(entries.objects)
    total = total_of(answer, headers or {})
    following = next_page(page, answer, headers or {}, paging, found, total)
    crawled_on = following is not None and headers is not None
    shortfall = (
        None if crawled_on else truncation_reason(page.url, found, total, following is not None, paging, preset.caps)
    )
    records, columns = read_entries(page, entries, preset)
    sayings = [*sayings_of(answer, entries.path), page.url.rpartition("/")[2].partition("?")[0]]
    return Extraction(
        records=tuple(with_kind(record, sayings) for record in records),
        columns=columns,
        total=total,
        next_pages=(following,) if following else (),
        problems=tuple(Problem(page=page.url, what=what) for what in (shortfall, preset.note) if what),
    )


def _list_in_markup(page: Page, answer: Any) -> Extraction | None:
    """The list in a fragment of HTML within the answer, as scripts fetch it for their page; None if there is none."""
    longest = sorted(_fragments(answer, 0), key=len, reverse=True)[:MOST_FRAGMENTS]
    found = [generic.extract(page_of_fragment(page.url, markup)) for markup in longest]
    best = max(found, key=lambda one: len(one.records), default=None)
    return best if best and best.records else None


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
        if (lines := _of_lines(page.text)) is not None:
            return lines
        if called := _JSONP.match(page.text[:5000]) or _GUARD.match(page.text[:5000]):
            return _called_with(page, called.end())
        raise


def _of_lines(text: str) -> list[Any] | None:
    """The objects of JSON Lines, one a line; None if any but the last line is none. That one may be cut off."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if len(lines) < 2 or not all(line.lstrip()[:1] == "{" for line in lines):
        return None
    found = []
    for place, line in enumerate(lines):
        try:
            found.append(json.loads(line, strict=False))
        except (ValueError, RecursionError):
            if place + 1 < len(lines):
                return None
    return found


def is_answer(page: Page) -> bool:
    """Whether a page of text is JSON that is wrapped in a call or behind a guard, or one object a line."""
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


def likeliest_entries(answer: Any, preset: Preset = UNKNOWN) -> Entries | None:
    """The set of objects whose labels and values look most like people's or practices'; None if none does."""
    best, most = None, 0.0
    sets = sets_of_objects(answer)
    large = {one.path for one in sorted(sets, key=lambda one: -len(one.objects))[:MOST_SETS]}
    lists: list[Entries] = []
    foreign: list[Entries] = []
    for entries in (one for one in sets if one.path in large):
        if any(map(entries.is_below, foreign)) or any(_is_part_of(entries, outer) for outer in lists):
            continue
        if _is_foreign(entries):
            foreign.append(entries)
            continue
        score = likeness_to_list(entries, preset)
        if score > 0:
            lists.append(entries)
        if score > most * 1.05:
            best, most = entries, score
    if (best is None or len(best.objects) == 1) and (alone := _single_entry(answer)):
        return alone
    return _with_siblings(best, lists) if best else None


def _with_siblings(best: Entries, lists: Sequence[Entries]) -> Entries:
    """The likeliest list with those of other kinds of entries beside it: `{"doctors": [...], "pharmacies": [...]}`."""
    beside = [one for one in lists if _names_entries(one) and one.path[:-2] == best.path[:-2]]
    if not _names_entries(best) or len(beside) < 2:
        return best
    together = Entries((*best.path[:-2], _ANY))
    for entries in beside:
        kind = kind_said(entries.path[-2])
        for entry, headings, key in zip(entries.objects, entries.headings, entries.keys, strict=True):
            together.add({"kind": kind, **entry} if kind else entry, headings, key)
    return together


def _names_entries(entries: Entries) -> bool:
    """Whether the list stands under a word for practitioners or practices."""
    if len(entries.path) < 2 or entries.path[-1] != _ANY:
        return False
    return kind_said(entries.path[-2]) is not None or field_of(entries.path[-2]) in ("name", "practice")


def _is_part_of(entries: Entries, outer: Entries) -> bool:
    """Whether the objects are parts of the entries of an outer list, and so are read with those."""
    if not entries.is_below(outer):
        return False
    return len(entries.objects) <= len(outer.objects) or any(
        folded_key(name) in words("offices") | words("people") for name in entries.path[len(outer.path) :]
    )


def _single_entry(answer: Any) -> Entries | None:
    """The answer itself, where it is one entry."""
    if not isinstance(answer, dict):
        return None
    entries = Entries(())
    entries.add(answer, (), None)
    return entries if not _is_foreign(entries) and stands_alone(answer) else None


def _is_foreign(entries: Entries) -> bool:
    """Whether most of the objects are products, events or the like."""
    sample = entries.objects[:20]
    return sum(map(_states_foreign_keys, sample)) * 2 > len(sample)


def _states_foreign_keys(entry: Mapping[str, Any]) -> bool:
    stated = {folded_key(str(name)) for name, value in entry.items() if value not in (None, "", [], {})}
    return len(stated & words("foreign")) >= 2


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
    stated = answer if isinstance(answer, dict) else {}
    messages = (stated.get(name) for name in ("message", "error", "errors", "Errors", "detail"))
    message = next((one for one in messages if isinstance(one, str)), None)
    return "holds no list of entries" + (f"; it says: {message[:200]}" if message else "")
