"""Entries in the data that a page holds for its scripts: script elements, attributes, the state of a framework.

Literals are read as the answers of a JSON API are; nothing is run.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from lxml.html import HtmlElement

from ldn_directory.extract.column_labels import folded_key
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction, Problem
from ldn_directory.normalize.labels import field_of

from .api import likeliest_entries
from .cells import is_plain, words
from .js_literals import Budget, Exhausted, NoLiteral, arguments_at, literal_at
from .presets import UNKNOWN
from .records import likeness_to_list, read_entries

MOST_VALUES = 400
MOST_SCRIPTS = 300
SHORTEST = 30
MOST_COPIED = 300_000
MOST_COPY_DEPTH = 14
MOST_REFERRED = 60
"""How many objects of a cache may be put in place of references within one object."""
LOOKED_AT = 6
"""How many times over small scripts may be read; large ones one and a half times."""

_DATA_TYPE = re.compile(r"json|text/x-|template", re.I)
_OTHER_TYPE = re.compile(r"ld\+json|speculation|importmap|text/html|x-template|handlebars", re.I)
_START = re.compile(r"(?:=|\(|\breturn\b|,|:)\s*(?=[\[{]|JSON\.parse\s*\(|\$\.parseJSON\s*\()")
_CALL = re.compile(r"([\w$.]{1,80}(?:\[[\w$\"']*\])?)\s*\(\s*(?=[\"'\d{\[-]|new\s)")
_ITEM = re.compile(r"([\w$.]{1,80})\s*\[\s*(?:[\w$.]{0,40}|\"[^\"]{0,40}\")\s*\]\s*=\s*(?=[\[{])")
_NUXT = re.compile(r"\(\s*function\s*\(([\w$,\s]{0,200000})\)\s*\{")
_RETURN = re.compile(r"\breturn\s*(?=[\[{])")
_PUSHED = re.compile(r"__next_f\.push\(\s*(?=\[)")
_FLIGHT = re.compile(r"^[0-9a-zA-Z]{1,6}:(?=[\[{])", re.M)
_REFERENCE = re.compile(r"[A-Z]\w*:\S+")
_NOT_A_LIST = frozenset(words("calls"))
"""Functions that scripts call often, but not with one entry at a time."""


def extract(page: Page) -> Extraction:
    """One record for each entry of the likeliest list among all the data that the page carries."""
    problems: list[Problem] = []
    sets = (entries for value in _values(page, problems) if (entries := likeliest_entries(value)) is not None)
    best = max(sets, key=likeness_to_list, default=None)
    if best is None or likeness_to_list(best) <= 0:
        return Extraction(problems=tuple(problems))
    records, columns = read_entries(page, best, UNKNOWN)
    # One alone is no list, and is the publisher's own address as a rule.
    return Extraction(records=tuple(records) if len(records) > 1 else (), problems=tuple(problems), columns=columns)


def _values(page: Page, problems: list[Problem]) -> Iterator[Any]:
    """Every value that might hold entries, the page's scripts first."""
    if page.kind == "text":
        scripts = [("", "", page.text)]
    else:
        elements = page.root.xpath("//script[not(@src)]")[:MOST_SCRIPTS]
        scripts = [(one.get("type") or "", one.get("id") or "", one.text or "") for one in elements]
    size = sum(len(text) for _, _, text in scripts)
    budget = Budget(max(min(size * LOOKED_AT, 6_000_000), size * 3 // 2) + 10_000)
    stream = []
    try:
        for kind, name, text in scripts:
            if (len(text) < SHORTEST and page.kind != "text") or _OTHER_TYPE.search(kind):
                continue
            if "__next_f" in text:
                stream += _pushed_texts(text, budget)
            yield from _of_data(name, text) if _DATA_TYPE.search(kind) else _of_script(text, budget)
    except Exhausted as error:
        problems.append(Problem(page=page.url, what=f"a script is read in part only: {error}"))
    if stream:
        yield from _of_flight("".join(stream))
    if page.kind != "text":
        yield from _of_attributes(page.root)


def _of_data(name: str, text: str) -> Iterator[Any]:
    for plain in (text, html.unescape(text)):
        try:
            value = json.loads(plain.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
        except (ValueError, RecursionError):
            continue
        yield _hydrate(value) if name == "__NUXT_DATA__" and isinstance(value, list) else _resolve_references(value)
        return


def _of_script(text: str, budget: Budget) -> Iterator[Any]:
    """The literals of a script. Those that one function or array is given are one list."""
    together: dict[str, list[Any]] = defaultdict(list)
    yield from _of_nuxt(text, budget)
    for name, value in _passed_values(text, budget):
        if len(together[name]) < 100_000:
            together[name].append(value)
    yield from _literals(text, budget)
    for name, values in together.items():
        if len(values) > 1 and name not in _NOT_A_LIST:
            yield _calls_as_objects(values)


def _literals(text: str, budget: Budget) -> Iterator[Any]:
    position, found = 0, 0
    while found < MOST_VALUES and (start := _START.search(text, position)):
        try:
            value, end = literal_at(text, start.end(), budget)
        except NoLiteral:
            position = start.end()
            continue
        position = max(end, start.end() + 1)
        if end - start.end() >= SHORTEST and isinstance(value, (dict, list)):
            found += 1
            yield _resolve_references(value)


def _passed_values(text: str, budget: Budget) -> Iterator[tuple[str, Any]]:
    """(function or array, what it is given), such as each `addMarker(...)` and `places[3] = {...}`."""
    for pattern, read in ((_CALL, arguments_at), (_ITEM, literal_at)):
        position = 0
        while start := pattern.search(text, position):
            position = start.end()
            try:
                value, end = read(text, position, budget)
            except NoLiteral:
                continue
            name = start[1].rsplit(".", 2)[-1] if start[1].endswith("bindPopup") else start[1]
            if name not in ("JSON.parse", "parseJSON") and end - position <= 20_000:
                position = end
                yield name, value


def _calls_as_objects(values: list[Any]) -> list[Any]:
    """Calls as objects: the object among their arguments with the plain ones added, else the arguments as columns."""
    rows = []
    for value in values:
        if not isinstance(value, list):
            rows.append(value)
            continue
        objects = [one for one in value if isinstance(one, dict)]
        plain = {f"column {at}": one for at, one in enumerate(value, 1) if is_plain(one)}
        if len(objects) == 1 and not any(isinstance(one, str) for one in plain.values()):
            rows.append(objects[0])
        else:
            rows.append({**plain, **{name: inner for one in objects for name, inner in one.items()}})
    return rows


def _of_nuxt(text: str, budget: Budget) -> Iterator[Any]:
    """The state that Nuxt 2 writes as `(function(a,b){return {...}}(1,"x"))`, with its arguments put in."""
    if "__NUXT__" not in text or not (head := _NUXT.search(text)) or not (start := _RETURN.search(text, head.end())):
        return
    try:
        _, end = literal_at(text, start.end(), budget, {})
        brackets = re.compile(r"\s*+;?\s*+\}\s*+\)?\s*+\(").match(text, end)
        if brackets is None:
            return
        given, _ = arguments_at(text, brackets.end(), budget)
        names = dict(zip((name.strip() for name in head[1].split(",")), given, strict=False))
        yield literal_at(text, start.end(), budget, names)[0]
    except NoLiteral:
        return


def _pushed_texts(text: str, budget: Budget) -> list[str]:
    """The pieces of the stream that Next.js writes with `self.__next_f.push([1, "..."])`."""
    found = []
    for start in _PUSHED.finditer(text):
        try:
            value, _ = literal_at(text, start.end(), budget)
        except NoLiteral:
            continue
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
            found.append(value[1])
    return found


def _of_flight(stream: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    for start in _FLIGHT.finditer(stream):
        try:
            yield decoder.raw_decode(stream, start.end())[0]
        except (ValueError, RecursionError):
            continue


def _hydrate(values: list[Any]) -> Any:
    """The value that a flat list describes, whose objects and lists name their members by index (Nuxt 3, devalue)."""
    seen: dict[int, Any] = {}

    def at(index: Any, depth: int) -> Any:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(values) or depth > 30:
            return None
        if index in seen:
            return seen[index]
        value = values[index]
        if isinstance(value, dict):
            seen[index] = made = {}
            made.update({name: at(inner, depth + 1) for name, inner in value.items()})
            return made
        if isinstance(value, list):
            if value and isinstance(value[0], str):
                return at(value[1], depth + 1) if len(value) == 2 and isinstance(value[1], int) else value[1:]
            seen[index] = listed = []
            listed += [at(inner, depth + 1) for inner in value]
            return listed
        return value

    return _copy(at(0, 0), None, MOST_COPIED)


def _copy(value: Any, cache: Mapping[str, Any] | None, most: int, deepest: int = MOST_COPY_DEPTH) -> Any:
    """A copy without circular references, with references into a cache resolved; of at most `most` objects."""
    left = most

    def copy(one: Any, depth: int) -> Any:
        nonlocal left
        if not isinstance(one, (dict, list)):
            return one
        left -= 1
        if depth > deepest or left < 0:
            return None
        if isinstance(one, list):
            return [copy(inner, depth + 1) for inner in one]
        reference = one.get("__ref")
        if cache is not None and isinstance(reference, str) and isinstance(cache.get(reference), dict):
            return copy(cache[reference], depth + 1)
        return {name: copy(inner, depth + 1) for name, inner in one.items()}

    return copy(value, 0)


def _resolve_references(value: Any) -> Any:
    """The value; a cache of objects by type and id (Apollo, Relay) as lists by type, their references resolved."""
    cache = _reference_cache(value, 0)
    if cache is None:
        return value
    kinds: dict[str, list[Any]] = defaultdict(list)
    for name, one in cache.items():
        if _REFERENCE.fullmatch(name) and isinstance(one, dict):
            kinds[name.partition(":")[0]].append(_copy(one, cache, MOST_REFERRED, deepest=6))
    return dict(kinds)


def _reference_cache(value: Any, depth: int) -> Mapping[str, Any] | None:
    if not isinstance(value, dict) or depth > 4:
        return None
    names = list(value)[:2000]
    referring = sum(bool(_REFERENCE.fullmatch(str(name))) for name in names)
    if referring >= 2 and referring * 2 > len(names):
        return value
    inner = (_reference_cache(one, depth + 1) for one in list(value.values())[:100])
    return next((one for one in inner if one is not None), None)


def _of_attributes(root: HtmlElement) -> Iterator[Any]:
    """What attributes state: whole lists as JSON; one entry an element where elements of a kind state fields."""
    alike: dict[tuple[str, frozenset[str | None]], list[dict[str, Any]]] = defaultdict(list)
    literals: dict[tuple[str, str], list[Any]] = defaultdict(list)
    budget = Budget(3_000_000)
    for element in root.iter():
        if not isinstance(element.tag, str) or len(element.attrib) == 0:
            continue
        stated: dict[str, Any] = {}
        for name, text in element.attrib.items():
            plain = str(name)
            if plain in words("other_attributes") or not text:
                continue
            if len(text) >= SHORTEST and (value := _attribute(text, budget)) is not None:
                literals[(element.tag, plain)].append(value)
            elif plain.startswith("data-") and len(text) <= 2_000:
                stated[plain.removeprefix("data-")] = text
        if _states_fields(stated):
            # Some elements of a kind lack this or that attribute.
            named_by = frozenset(map(field_of, stated)) & {"name", "practice", "latitude"}
            alike[(element.tag, named_by)].append(stated)
    for values in literals.values():
        yield from values if len(values) == 1 or all(isinstance(one, list) for one in values) else (values,)
    yield from (stated for stated in alike.values() if len(stated) > 1)


def _states_fields(stated: Mapping[str, Any]) -> bool:
    fields = {field_of(folded_key(name)) for name in stated} - {None, "ignored", "key"}
    return len(fields) >= 3 and bool(fields & {"name", "practice", "last_name"})


def _attribute(text: str, budget: Budget) -> Any:
    """The list or object that an attribute states as JSON, escaped once more or not, or as a script's literal."""
    plain = text.strip()
    if plain[:3].upper() in ("%7B", "%5B"):
        plain = unquote(plain)
    if plain.startswith(("&quot;", "{&", "[&", "[{&")):
        plain = html.unescape(plain)
    if plain[:1] not in ("{", "[") or budget.left <= 0:
        return None
    try:
        return literal_at(plain, 0, budget)[0]
    except (NoLiteral, Exhausted):
        return None
