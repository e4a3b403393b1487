"""An object of a JSON answer as labelled texts: nested values are flattened, what is not part of the entry left out."""

from __future__ import annotations

import html
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from ldn_directory.extract.column_labels import field_of_path, folded_key
from ldn_directory.extract.signals import has_email, has_phone, has_url, names_person
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold

MOST_DEPTH = 7
MOST_CELLS = 400
MOST_NESTED = 12
MOST_KEYS = 300
MOST_VALUES = 50
PLACED = frozenset(("address", "street", "postcode", "city", "named_address"))
"""Fields that say where an entry is."""
LISTED = "*"
"""In a path, an object of a list."""
_TEXT_OF_ELEMENT = frozenset(("_", "$t", "#text", "__text", "_text"))
_ATTRIBUTES_OF_ELEMENT = frozenset(("$", "@attributes", "_attributes", "attr", "@"))
"""Keys by which programs write the text and the attributes of an XML element in JSON."""
_NAMES = ("name", "label", "title")
_TAG_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d|/tr|/dd|/dt)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z][^<>]{0,2000}>|&lt;\s*/?\s*(?:p|br|div|strong|b|a|span|li|ul)\b", re.IGNORECASE)
_HIDDEN_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_POINT = re.compile(r"\s*+\(?\s*+(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*+(-?\d{1,3}(?:\.\d+)?)\s*+\)?\s*+")
_CODES = re.compile(r"[\d,; ]+|[a-z0-9]+(?:[_-][a-z0-9]+)+")


@cache
def table(name: str) -> Any:
    """A list or table of `words.toml`."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))[name]


@cache
def words(name: str) -> frozenset[str]:
    """A list of `words.toml` as a set."""
    return frozenset(table(name))


def is_plain(value: Any) -> bool:
    """Whether a value is a text or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One text of an entry: its dotted path, the field that the path means, and the HTML if it was a fragment.

    `lists` is the number of lists of objects that it stands in.
    """

    label: str
    field: str | None
    text: str
    markup: str | None = None
    lists: int = 0


KeyPath = tuple[str, ...]


def cells_of(entry: Mapping[str, Any]) -> list[list[Cell]]:
    """The cells of an entry, once for each of its offices. A practice gives them once for each of its people."""
    base = _flatten(entry, nested=False)
    offices = [
        cells for office in _nested_objects(entry, "offices") if (cells := _as_office(_flatten(office, depth=1)))
    ]
    placed = [cells for cells in offices if {cell.field for cell in cells} & PLACED]
    variants = [_join(base, cells) for cells in placed[:MOST_NESTED]] or [base + (offices[0] if offices else [])]
    people = [person for person in _nested_objects(entry, "people") if _names_one(person)]
    if people and not _is_person(base):
        practice = [_as_practice(cell) for cell in variants[0] if cell.field != "first_name"]
        return [_join(practice, _flatten(person, depth=1)) for person in people[:MOST_NESTED]]
    return [variant for variant in variants if variant]


def _flatten(value: Any, depth: int = 0, nested: bool = True) -> list[Cell]:
    return list(islice(_cells(value, (), depth, nested), MOST_CELLS))


def _join(base: Sequence[Cell], own: Sequence[Cell]) -> list[Cell]:
    """The cells of an entry and of an object in it. The object's values replace the entry's; its address as a whole."""
    stated = {cell.field for cell in own if cell.field}
    if stated & PLACED:
        stated |= PLACED | {"street2", "region", "latitude", "longitude"}
    return [*(cell for cell in base if cell.field is None or cell.field == "remark" or cell.field not in stated), *own]


def _as_office(cells: Sequence[Cell]) -> list[Cell]:
    own = [cell for cell in cells if cell.field not in ("key", "page", "specialty", "kind")]
    return [
        _as_practice(c) for c in own if c.field not in ("name", "practice") or fold(c.text) not in words("nameless")
    ]


def _as_practice(cell: Cell) -> Cell:
    return replace(cell, field="practice") if cell.field == "name" else cell


def _is_person(cells: Sequence[Cell]) -> bool:
    return any(cell.field == "last_name" or (cell.field == "name" and names_person(cell.text)) for cell in cells)


def _names_one(person: Mapping[str, Any]) -> bool:
    fields = {field_at((str(name),)) for name, value in person.items() if isinstance(value, (str, dict)) and value}
    return bool(fields & {"name", "last_name"})


def _nested_objects(entry: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """The objects of an entry's list of `offices` or `people`, the preferred one first; private ones left out."""
    items = islice(entry.items(), MOST_KEYS)
    inner = [value for name, value in items if isinstance(value, dict) and field_at((str(name),)) is None]
    for holder in (entry, *inner[:11]):
        for name, value in islice(holder.items(), MOST_KEYS):
            if folded_key(name) not in words(kind):
                continue
            found = _objects_in(value)
            if not found and kind == "people" and isinstance(value, list):
                found = [{"name": one} for one in value if isinstance(one, str) and names_person(one)]
            if found:
                public = [one for one in found if not _is_of_sort(one, "private")]
                public = [one for one in public if not _is_of_sort(one, "postal")] or public
                return sorted(public, key=lambda one: not one.get("preferred") and not one.get("primary"))
    return []


def _objects_in(value: Any) -> list[Mapping[str, Any]]:
    value = parse_nested(value)
    return [one for one in value[:MOST_VALUES] if isinstance(one, dict) and one] if isinstance(value, list) else []


def _is_of_sort(value: Mapping[str, Any], sort: str) -> bool:
    """Whether an object says that it is `private`, or an address that it is only for mail (`postal`)."""
    return any(folded_key(value[name]) in words(sort) for name in table("sorts") if isinstance(value.get(name), str))


def _cells(value: Any, path: KeyPath, depth: int, nested: bool) -> Iterator[Cell]:
    """Every text below a value. Lists of offices and people are left to `cells_of` unless `nested`."""
    value = parse_nested(value)
    if depth > MOST_DEPTH:
        return
    if isinstance(value, dict):
        yield from _cells_of_object(value, path, depth, nested)
    elif isinstance(value, list):
        yield from _cells_of_list(value, path, depth, nested)
    elif isinstance(value, bool):
        if (known := field_at(path)) in ("telehealth", "accepts_new"):
            yield Cell(label=_label(path), field=known, text="yes" if value else "no")
    elif value is not None and str(value).strip():
        yield from _cells_of_text(str(value), path)


def parse_nested(value: Any) -> Any:
    """The value that a text of JSON states; any other value as it is."""
    if isinstance(value, str) and value[:1] in "{[" and 1 < len(value) < 5_000_000 and value.rstrip()[-1:] in "}]":
        try:
            return json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return value
    return value


def _cells_of_text(text: str, path: KeyPath) -> Iterator[Cell]:
    key = folded_key(_last(path))
    if key in words("point") and (point := _POINT.fullmatch(text)):
        yield from _cells_of_point(point[1], point[2])
        return
    field = field_at(path)
    if (key == "type" and text.lower() in words("geometries")) or (field == "specialty" and _CODES.fullmatch(text)):
        return
    plain = text_of(text)
    if _MARKUP.search(text):
        markup = text if "<" in text else html.unescape(text)
        yield Cell(label=_label(path), field=field, text=plain, markup=markup, lists=path.count(LISTED))
    elif plain:
        yield Cell(label=_label(path), field=field, text=plain, lists=path.count(LISTED))


def _cells_of_point(latitude: Any, longitude: Any) -> Iterator[Cell]:
    yield Cell(label="latitude", field="latitude", text=str(latitude))
    yield Cell(label="longitude", field="longitude", text=str(longitude))


def _cells_of_object(value: Mapping[str, Any], path: KeyPath, depth: int, nested: bool) -> Iterator[Cell]:
    if path and (pair := _stated_value(value, path)) is not None:
        yield from _cells(pair[1], pair[0], depth + 1, nested)
        return
    x, y = value.get("x"), value.get("y")
    if path and folded_key(_last(path)) == "geometry" and isinstance(x, (int, float)) and isinstance(y, (int, float)):
        return
    for name, inner in islice(value.items(), MOST_KEYS):
        if name in _TEXT_OF_ELEMENT or (name in _ATTRIBUTES_OF_ELEMENT and len(value) == 1):
            yield from _cells(inner, path, depth + 1, nested)
            continue
        key = folded_key(str(name))
        hidden = name in _ATTRIBUTES_OF_ELEMENT or (
            str(name).startswith("_") and key not in ("source", "geoloc") and field_of(key) is None
        )
        if hidden or key in words("noise") or key in words("private"):
            continue
        if not nested and (key in words("offices") or key in words("people")) and _objects_in(inner):
            continue
        yield from _cells(inner, (*path, str(name)), depth + 1, nested)


def _stated_value(value: Mapping[str, Any], path: KeyPath) -> tuple[KeyPath, Any] | None:
    """(path, value) of an object that wraps one value: a rendered text, a labelled value, or a term of a vocabulary."""
    if "v" in value and set(value) <= {"v", "f", "p"}:  # a cell of a spreadsheet
        return path, value["v"] if value["v"] is not None else ""
    if (pair := _pair(value, path)) is not None:
        return pair
    return (path, next(value[name] for name in _NAMES if name in value)) if _is_term(value) else None


def _pair(value: Mapping[str, Any], path: KeyPath) -> tuple[KeyPath, Any] | None:
    """(path, value) of an object that only names a value: `{"label": "Phone", "value": "..."}`."""
    keys = {folded_key(str(name)): name for name in value}
    stating = [keys[key] for key in table("stating") if key in keys]
    stating = [name for name in stating if isinstance(value[name], str) and value[name].strip()]
    holding = next((keys[key] for key in table("stated") if key in keys and keys[key] not in stating), None)
    if not stating or holding is None or len(value) > 9:
        return None
    labels = [str(value[name]) for name in stating]
    label = next((text for text in labels if field_of(text) or folded_key(text) in words("private")), None)
    parent = field_at(path)
    if label and folded_key(label) in words("private"):
        return (("home phone",), value[holding]) if parent == "phone" else (path, "")
    if label and not (parent in ("phone", "email") and field_of(label) not in ("phone_unlisted", parent)):
        return (label,), value[holding]
    if parent in ("phone", "email", "website"):
        return path, value[holding]
    if folded_key(holding) in ("address", "url", "number", "html", "rendered", "data"):
        return None
    if parent is None:
        return (labels[0],), value[holding]
    if folded_key(str(stating[0])) not in _NAMES:
        return None
    shown = value[holding] if isinstance(value[holding], str) else ""
    return path, shown if has_phone(shown) or has_email(shown) or has_url(shown) else labels[0]


def _is_term(value: Mapping[str, Any]) -> bool:
    keys = {folded_key(str(name)) for name in value}
    return keys <= words("term") and any(isinstance(value.get(name), str) for name in _NAMES)


def _cells_of_list(values: Sequence[Any], path: KeyPath, depth: int, nested: bool) -> Iterator[Cell]:
    key = folded_key(_last(path))
    numbers = [value for value in values[:4] if is_plain(value) and not isinstance(value, str)]
    if key in words("point") and 2 <= len(numbers) == len(values) <= 3:
        yield from _cells_of_point(numbers[1], numbers[0])
        return
    texts = [text_of(str(value)) for value in values[:MOST_VALUES] if is_plain(value) and str(value).strip()]
    field = field_at(path)
    if texts and not (field == "specialty" and all(text.isdigit() for text in texts)):
        in_lines = field == "address" or "line" in key.replace("lines", "line").split()
        yield from _cells_of_text(("\n" if in_lines else ", ").join(texts), path)
    inner = [one for one in map(parse_nested, values[:MOST_VALUES]) if isinstance(one, dict)]
    inner = [one for one in inner if not _is_of_sort(one, "private")]
    if inner and all(isinstance(one.get("html"), str) for one in inner):
        markup = "".join(f"<div>{one['html']}</div>" for one in sorted(inner, key=_display_order))
        yield Cell(label=f"{_label(path)}.html", field=None, text=text_of(markup), markup=markup)
        return
    pairs = [_pair(one, path) for one in inner]
    first = sorted(inner, key=lambda one: one.get("primary") is not True)[:1]
    if field in (None, "phone") and not all(pairs) and any(_is_something_else(one, field) for one in inner):
        return
    for one in inner if field in ("phone", "email", "website") or all(pairs) else first:
        yield from _cells(one, path if field else (*path, LISTED), depth + 1, nested)


def _is_something_else(value: Mapping[str, Any], field: str | None) -> bool:
    """Whether an object in an entry's list is a thing of its own, with a name: an offer, an appointment."""
    names = [str(name) for name in islice(value, MOST_KEYS)]
    named = any(isinstance(value[name], str) and field_at((name,)) in ("name", "practice") for name in names)
    return named and (field is None or any(folded_key(name) in words("foreign") for name in names))


def _display_order(fragment: Mapping[str, Any]) -> float:
    order = fragment.get("display_order", fragment.get("order", 0))
    return float(order) if isinstance(order, (int, float)) else 0.0


def _last(path: KeyPath) -> str:
    return next((key for key in reversed(path) if key != LISTED), "")


def _label(path: KeyPath) -> str:
    return ".".join(key for key in path if key != LISTED)[:80]


def field_at(path: KeyPath) -> str | None:
    """The field that a path means, whatever lists it leads through."""
    return field_of_path(tuple(part for key in path if key != LISTED for part in key.split(".") if part))


def text_of(markup: str) -> str:
    """The text of an HTML fragment, line breaks kept, entities decoded."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    broken = _TAG_BREAK.sub("\n", _HIDDEN_MARKUP.sub("", markup))
    plain = html.unescape(html.unescape(_TAG.sub(" ", broken)))
    return "\n".join(line for part in plain.split("\n") if (line := " ".join(part.split())))
