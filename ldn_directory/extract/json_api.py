"""Lists as JSON: the array of entries, wherever it stands, and how its pages turn."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ldn_directory.model import Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.addresses import looks_like_place
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.phones import has_phone
from ldn_directory.normalize.web import is_safe_url

from .page import Page, absolute

MOST_DEPTH = 12
MOST_ENTRIES = 100_000
_TAG_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d|/tr|/dd|/dt)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TOTALS = ("total", "total_count", "totalcount", "count", "numfound", "total_results", "recordstotal", "found")
_NEXT = ("next", "next_page", "nextpage", "next_url", "nexturl", "next_page_url")
_KEYS = ("id", "uuid", "guid", "_id", "storeid", "entry_id", "nid")


def extract(
    page: Page,
    *,
    rows: str | None = None,
    headers: Mapping[str, str] | None = None,
    paging: tuple[str, str, int] | None = None,
) -> Extraction:
    """One record an entry of the array at the dotted path `rows`, or of the likeliest array; the next page by `paging` or link."""
    try:
        answer = page.json
    except ValueError as error:
        return Extraction(problems=(Problem(page=page.url, what=f"is no JSON: {str(error)[:200]}"),))
    entries = _at(answer, rows) if rows is not None else _likeliest(answer)
    if not isinstance(entries, list):
        what = f"has no list at {rows!r}" if rows else "holds no list of entries"
        return Extraction(problems=(Problem(page=page.url, what=what),))
    total = _total(answer, headers or {})
    records = tuple(
        record for entry in entries[:MOST_ENTRIES] if isinstance(entry, dict) and (record := _record(page, entry))
    )
    following = _next_page(page, answer, headers or {}, paging, len(entries), total)
    return Extraction(records=records, total=total, next_pages=(following,) if following else ())


def _at(answer: Any, path: str) -> Any:
    found = answer
    for part in filter(None, path.split(".")):
        found = (
            found.get(part)
            if isinstance(found, dict)
            else found[int(part)]
            if isinstance(found, list) and part.isdigit() and int(part) < len(found)
            else None
        )
    return found


def _likeliest(answer: Any) -> list[Any] | None:
    """The array whose objects have most labels that mean a person's or practice's fields."""
    best, best_score = None, 0.0
    for array in _arrays(answer, 0):
        sample = [entry for entry in array[:20] if isinstance(entry, dict)]
        if not sample:
            continue
        fields = [
            {field_of(label) for label, _, _ in _flat(entry)} - {None, "ignored", "key", "kind", "remark"}
            for entry in sample
        ]
        naming = sum(bool(found & {"name", "practice", "last_name"}) for found in fields) / len(sample)
        for entry, found in zip(sample, fields, strict=True):
            if any(is_markup and (has_phone(text) or looks_like_place(text)) for _, text, is_markup in _flat(entry)):
                found.add("phone")
        contact = sum(
            bool(found & {"phone", "email", "address", "street", "city", "postcode", "website", "region"})
            for found in fields
        ) / len(sample)
        score = naming * contact * (1 + len(array)) * sum(len(found) for found in fields) / len(sample)
        if naming >= 0.5 and contact >= 0.5 and score > best_score:
            best, best_score = array, score
    return best


def _arrays(value: Any, depth: int) -> Iterator[list[Any]]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, list):
        yield value
    for inner in value.values() if isinstance(value, dict) else value[:200] if isinstance(value, list) else ():
        yield from _arrays(inner, depth + 1)


def _flat(entry: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str, bool]]:
    """(label, text, whether it held HTML) of every value; nested labels are dotted, `rendered` and `raw` stand for their parent."""
    if depth > 5:
        return
    for name, value in entry.items():
        label = f"{prefix}{name}"
        if isinstance(value, dict):
            inner = value.get("rendered", value.get("raw", value.get("value")))
            if isinstance(inner, str):
                yield label, text_of(inner), "<" in inner
            else:
                yield from _flat(value, f"{label}.", depth + 1)
        elif isinstance(value, list):
            yield from _flat_list(label, value, depth)
        elif isinstance(value, bool):
            yield label, "yes" if value else "no", False
        elif isinstance(value, (int, float)):
            yield label, str(value), False
        elif isinstance(value, str) and value.strip():
            yield label, text_of(value), "<" in value


def _flat_list(label: str, values: list[Any], depth: int) -> Iterator[tuple[str, str, bool]]:
    plain = [text_of(str(value)) for value in values if isinstance(value, (str, int, float)) and str(value).strip()]
    if plain:
        yield label, ", ".join(plain[:50]), False
    inner = [value for value in values[:50] if isinstance(value, dict)]
    fragments = [value["html"] for value in inner if isinstance(value.get("html"), str)]
    if fragments:
        yield f"{label}.html", "\n".join(text_of(fragment) for fragment in fragments), True
    elif inner:
        yield from _flat(inner[0], f"{label}.", depth + 1)


def text_of(markup: str) -> str:
    """The text of an HTML fragment, line breaks kept, entities decoded."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    broken = _TAG_BREAK.sub("\n", _HIDDEN_MARKUP.sub("", markup))
    plain = html.unescape(html.unescape(_TAG.sub(" ", broken)))
    return "\n".join(line for part in plain.split("\n") if (line := " ".join(part.split())))


def _record(page: Page, entry: Mapping[str, Any]) -> Record | None:
    key = next(
        (
            str(entry[name])
            for name in entry
            if name.lower() in _KEYS and isinstance(entry[name], (str, int)) and str(entry[name])
        ),
        None,
    )
    texts: list[Labelled] = []
    links: list[Link] = []
    for label, text, is_markup in _flat(entry):
        field = field_of(label)
        if field == "page" and (href := absolute(page.url, text)) and is_safe_url(href):
            links.append(Link(text=label, href=href, rel="detail"))
        elif field is None and is_markup:
            texts.append(Labelled(label=None, text=text))
        elif field not in ("ignored", "key") and text:
            texts.append(Labelled(label=label, text=text))
    return Record(page=page.url, key=key, texts=tuple(texts), links=tuple(links)) if texts else None


def _total(answer: Any, headers: Mapping[str, str]) -> int | None:
    stated = headers.get("x-wp-total") or headers.get("x-total-count")
    if stated and stated.isdigit():
        return int(stated)
    for holder in (
        answer,
        answer.get("meta") if isinstance(answer, dict) else None,
        answer.get("pagination") if isinstance(answer, dict) else None,
    ):
        if isinstance(holder, dict):
            for name, value in holder.items():
                if name.lower() in _TOTALS and isinstance(value, int) and not isinstance(value, bool):
                    return value
    return None


def _next_page(
    page: Page,
    answer: Any,
    headers: Mapping[str, str],
    paging: tuple[str, str, int] | None,
    found: int,
    total: int | None,
) -> str | None:
    if paging is None or not found:
        return _stated_next(page, answer)
    way, name, step = paging
    query = dict(parse_qsl(urlsplit(page.url).query))
    current = int(query[name]) if query.get(name, "").lstrip("-").isdigit() else (step if way == "page" else 0)
    pages = headers.get("x-wp-totalpages", "")
    if way == "page":
        if pages.isdigit() and current - step + 1 >= int(pages):
            return None
        size = next(
            (
                int(value)
                for key, value in query.items()
                if key in ("per_page", "limit", "pageSize", "page_size") and value.isdigit()
            ),
            0,
        )
        if not pages and (found < size or (total is not None and size and (current - step + 1) * size >= total)):
            return None
        following = current + 1
    else:
        following = current + step
        if found < step or (total is not None and following >= total):
            return None
    parts = urlsplit(page.url)
    return urlunsplit(parts._replace(query=urlencode(query | {name: str(following)})))


def _stated_next(page: Page, answer: Any) -> str | None:
    holders = (
        [answer] + [answer.get(name) for name in ("links", "meta", "pagination", "_links")]
        if isinstance(answer, dict)
        else []
    )
    for holder in holders:
        if isinstance(holder, dict):
            for name, value in holder.items():
                target = value.get("href") if isinstance(value, dict) else value
                if name.lower() in _NEXT and isinstance(target, str) and target:
                    return absolute(page.url, target)
    return None
