"""An object of a JSON answer as labelled texts: what is nested flattened, what is no part of the entry left out."""

from __future__ import annotations

import html
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from ldn_directory.extract.signals import has_email, has_phone, has_url, names_person
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold

MOST_DEPTH = 7
MOST_CELLS = 400
MOST_NESTED = 12
MOST_KEYS = 300
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAG_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d|/tr|/dd|/dt)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z][^<>]{0,2000}>|&lt;\s*/?\s*(?:p|br|div|strong|b|a|span|li|ul)\b", re.IGNORECASE)
_HIDDEN_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_POINT = re.compile(r"\s*\(?\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*\)?\s*")
_SORTS = ("type", "name", "label", "kind", "address_purpose", "purpose", "address_type", "addressType")
_GEOMETRIES = frozenset(("point", "feature", "featurecollection", "multipoint", "polygon"))
_PLACED = frozenset(("street", "address", "city", "postcode"))
_UNDER = frozenset(
    (
        "region",
        "country",
        "city",
        "specialty",
        "credentials",
        "languages",
        "practice",
        "name",
        "serves",
        "telehealth",
        "accepts_new",
    )
)
_CODES = frozenset(
    ("code", "id", "slug", "abbr", "abbreviation", "iso", "iso2", "iso3", "key", "order", "count", "uuid")
)


@cache
def in_order(name: str) -> tuple[str, ...]:
    """One of the lists of keys in `json_words.toml`."""
    return tuple(tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))[name])


@cache
def words(name: str) -> frozenset[str]:
    """One of the lists of keys in `json_words.toml`, as a set."""
    return frozenset(in_order(name))


@lru_cache(20_000)
def folded_key(key: str) -> str:
    """A key in lower case, its words apart by one space."""
    return fold(_CAMEL.sub(" ", str(key)[:200]).replace("_", " ").replace("-", " ").replace(":", " ").replace(".", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One text of an entry: its dotted path, the field that the path means, and the HTML if it was a fragment."""

    label: str
    field: str | None
    text: str
    markup: str | None = None


Path_ = tuple[str, ...]


def cells_of(entry: Mapping[str, Any]) -> list[list[Cell]]:
    """The cells of an entry, once for each of its offices, and each of its people where a practice is the entry."""
    base = _limited(_cells(entry, (), 0, nested=False))
    offices = [cells for office in _nested(entry, "offices") if (cells := _as_office(_limited(_cells(office, (), 1))))]
    placed = [cells for cells in offices if {cell.field for cell in cells} & _PLACED]
    variants = [_joined(base, cells) for cells in placed[:MOST_NESTED]] or [
        base + [cell for cells in offices[:1] for cell in cells]
    ]
    people = [person for person in _nested(entry, "people") if _names_one(person)]
    if people and not _is_person(base):
        return [_joined(_as_practice(variants[0]), _limited(_cells(person, (), 1))) for person in people[:MOST_NESTED]]
    return [variant for variant in variants if variant]


def _limited(cells: Iterator[Cell]) -> list[Cell]:
    found = []
    for cell in cells:
        found.append(cell)
        if len(found) >= MOST_CELLS:
            break
    return found


def _joined(base: Sequence[Cell], own: Sequence[Cell]) -> list[Cell]:
    """The base without what the nested object states itself, and that; an address of its own replaces the whole address."""
    stated = {cell.field for cell in own if cell.field}
    if stated & _PLACED:
        stated |= _PLACED | {"street2", "region", "latitude", "longitude"}
    return [*(cell for cell in base if cell.field is None or cell.field == "remark" or cell.field not in stated), *own]


def _as_office(cells: Sequence[Cell]) -> list[Cell]:
    kept = (
        cell
        for cell in cells
        if cell.field not in ("key", "page", "specialty", "kind")
        and not (cell.field in ("name", "practice") and fold(cell.text) in words("nameless"))
    )
    return [replace(cell, field="practice") if cell.field == "name" else cell for cell in kept]


def _as_practice(cells: Sequence[Cell]) -> list[Cell]:
    return [
        replace(cell, field="practice") if cell.field == "name" else cell
        for cell in cells
        if cell.field != "first_name"
    ]


def _is_person(cells: Sequence[Cell]) -> bool:
    return any(cell.field == "last_name" or (cell.field == "name" and names_person(cell.text)) for cell in cells)


def _names_one(person: Mapping[str, Any]) -> bool:
    fields = {field_at((str(name),)) for name, value in person.items() if isinstance(value, (str, dict)) and value}
    return bool(fields & {"name", "last_name"})


def _nested(entry: Mapping[str, Any], words_name: str) -> list[Mapping[str, Any]]:
    """The objects of an entry's list of offices or people, the preferred one first; private ones left out."""
    holders = [
        entry,
        *(
            inner
            for name, inner in islice(entry.items(), MOST_KEYS)
            if isinstance(inner, dict) and field_at((str(name),)) is None
        ),
    ]
    for holder in holders[:12]:
        for name, value in islice(holder.items(), MOST_KEYS):
            if folded_key(name) not in words(words_name):
                continue
            found = _objects_in(value)
            if words_name == "people" and not found:
                found = (
                    [{"name": one} for one in value if isinstance(one, str) and names_person(one)]
                    if isinstance(value, list)
                    else []
                )
            if found:
                public = [one for one in found if not _is_private(one)]
                public = [one for one in public if not _is_postal(one)] or public
                return sorted(public, key=lambda one: not one.get("preferred") and not one.get("primary"))
    return []


def _objects_in(value: Any) -> list[Mapping[str, Any]]:
    value = parsed(value)
    if isinstance(value, dict):
        value = list(value.values()) if value and all(isinstance(one, dict) for one in value.values()) else []
    return [one for one in value[:50] if isinstance(one, dict) and one] if isinstance(value, list) else []


def _is_private(value: Mapping[str, Any]) -> bool:
    return any(folded_key(value[name]) in words("private") for name in _SORTS if isinstance(value.get(name), str))


def _is_postal(value: Mapping[str, Any]) -> bool:
    """Whether an address is only where letters go."""
    return any(
        folded_key(value[name]) in ("mailing", "postal", "mailing address", "postal address")
        for name in _SORTS
        if isinstance(value.get(name), str)
    )


def _cells(value: Any, path: Path_, depth: int, nested: bool = True) -> Iterator[Cell]:
    """Every text below a value. Lists of offices and people are left to `cells_of` unless `nested`."""
    value = parsed(value)
    if depth > MOST_DEPTH:
        return
    if isinstance(value, dict):
        yield from _of_object(value, path, depth, nested)
    elif isinstance(value, list):
        yield from _of_list(value, path, depth, nested)
    elif isinstance(value, bool):
        if (known := field_at(path)) in ("telehealth", "accepts_new"):
            yield Cell(label=_label(path), field=known, text="yes" if value else "no")
    elif isinstance(value, (int, float)) or (isinstance(value, str) and value.strip()):
        yield from _of_text(str(value), path)


def parsed(value: Any) -> Any:
    """A text that is JSON itself as what it states."""
    if isinstance(value, str) and value[:1] in "{[" and 1 < len(value) < 5_000_000 and value.rstrip()[-1:] in "}]":
        try:
            return json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return value
    return value


def _of_text(text: str, path: Path_) -> Iterator[Cell]:
    key = folded_key(path[-1]) if path else ""
    if key in words("point") and (point := _POINT.fullmatch(text)):
        yield from _point(point[1], point[2])
        return
    field = field_at(path)
    if key == "type" and text.lower() in _GEOMETRIES:
        return
    if field == "specialty" and (re.fullmatch(r"[\d,; ]+|[a-z0-9]+(?:[_-][a-z0-9]+)+", text)):
        return
    is_markup = bool(_MARKUP.search(text))
    plain = text_of(text)
    if plain or is_markup:
        yield Cell(
            label=_label(path),
            field=field,
            text=plain,
            markup=html.unescape(text) if is_markup and "<" not in text else text if is_markup else None,
        )


def _point(latitude: Any, longitude: Any) -> Iterator[Cell]:
    yield Cell(label="latitude", field="latitude", text=str(latitude))
    yield Cell(label="longitude", field="longitude", text=str(longitude))


def _of_object(value: Mapping[str, Any], path: Path_, depth: int, nested: bool) -> Iterator[Cell]:
    if path and (held := _held(value)) is not None:
        yield from _cells(held, path, depth + 1, nested)
        return
    if path and (pair := _pair(value, path)) is not None:
        yield from _cells(pair[1], pair[0], depth + 1, nested)
        return
    if path and _is_term(value):
        yield from _cells(value.get("name", value.get("label", value.get("title"))), path, depth + 1, nested)
        return
    if (
        path
        and folded_key(path[-1]) == "geometry"
        and isinstance(value.get("x"), (int, float))
        and isinstance(value.get("y"), (int, float))
    ):
        if abs(value["x"]) <= 180 and abs(value["y"]) <= 90:
            yield from _point(value["y"], value["x"])
        return
    for name, inner in islice(value.items(), MOST_KEYS):
        key = folded_key(str(name))
        hidden = str(name).startswith("_") and key not in ("source", "geoloc") and field_of(key) is None
        if hidden or key in words("noise") or key in words("private"):
            continue
        if not nested and (key in words("offices") or key in words("people")) and _objects_in(inner):
            continue
        yield from _cells(inner, (*path, str(name)), depth + 1, nested)


def _held(value: Mapping[str, Any]) -> Any:
    """The value of `{raw, rendered}`: as shown, else as kept; of a spreadsheet's `{v, f}`, the value."""
    if "v" in value and set(value) <= {"v", "f", "p"}:
        return value["v"] if value["v"] is not None else ""
    if not ("rendered" in value or "raw" in value) or len(value) > 6:
        return None
    return value.get("rendered") or value.get("raw") or ""


def _pair(value: Mapping[str, Any], path: Path_) -> tuple[Path_, Any] | None:
    """(path, value) of an object that only names a value: `{"label": "Phone", "value": "..."}`."""
    names = {folded_key(str(name)): name for name in value}
    said_by = [names[key] for key in in_order("stating") if key in names]
    saying = [name for name in said_by if isinstance(value[name], str) and value[name].strip()]
    holding = next((names[key] for key in in_order("stated") if key in names and names[key] not in saying), None)
    if not saying or holding is None or len(value) > 9:
        return None
    said = [str(value[name]) for name in saying]
    labelled = next((text for text in said if field_of(text) or folded_key(text) in words("private")), None)
    parent = field_at(path)
    if labelled and folded_key(labelled) in words("private"):
        return (("home phone",), value[holding]) if parent == "phone" else (path, "")
    if labelled and not (parent in ("phone", "email") and field_of(labelled) not in ("phone_unlisted", parent)):
        return (labelled,), value[holding]
    if parent in ("phone", "email", "website"):
        return path, value[holding]
    if folded_key(holding) in ("address", "url", "number", "html", "rendered", "data"):
        return None
    if parent is not None and folded_key(str(saying[0])) in ("label", "name", "title"):
        shown = value[holding] if isinstance(value[holding], str) else ""
        return path, shown if has_phone(shown) or has_email(shown) or has_url(shown) else said[0]
    return ((said[0],), value[holding]) if parent is None else None


def _is_term(value: Mapping[str, Any]) -> bool:
    keys = {folded_key(str(name)) for name in value}
    return (
        bool(keys & {"name", "label", "title"})
        and keys <= words("term")
        and any(isinstance(value.get(name), str) for name in ("name", "label", "title"))
    )


def _of_list(values: Sequence[Any], path: Path_, depth: int, nested: bool) -> Iterator[Cell]:
    key = folded_key(path[-1]) if path else ""
    numbers = [value for value in values[:4] if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if key in words("point") and 2 <= len(numbers) == len(values) <= 3:
        yield from _point(numbers[1], numbers[0])
        return
    plain = [
        text_of(str(value))
        for value in values[:50]
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip()
    ]
    field = field_at(path)
    if plain and not (field == "specialty" and all(text.isdigit() for text in plain)):
        yield from _of_text(("\n" if field == "address" else ", ").join(plain), path)
    inner = [one for one in (parsed(value) for value in values[:50]) if isinstance(one, dict) and not _is_private(one)]
    fragments = sorted((one for one in inner if isinstance(one.get("html"), str)), key=_display_order)
    if fragments and len(fragments) == len(inner):
        markup = "".join(f"<div>{one['html']}</div>" for one in fragments)
        yield Cell(label=f"{_label(path)}.html", field=None, text=text_of(markup), markup=markup)
        return
    if inner and all(_is_term(one) for one in inner) and field != "name" and not any(_pair(one, path) for one in inner):
        yield from _of_text(", ".join(text for one in inner if (text := _term_name(one))), path)
        return
    stating = field in ("phone", "email", "website") or all(_pair(one, path) for one in inner)
    for one in inner if stating else inner[:1]:
        yield from _cells(one, path, depth + 1, nested)


def _term_name(term: Mapping[str, Any]) -> str:
    return next((text_of(term[name]) for name in ("name", "label", "title") if isinstance(term.get(name), str)), "")


def _display_order(fragment: Mapping[str, Any]) -> float:
    order = fragment.get("display_order", fragment.get("order", 0))
    return float(order) if isinstance(order, (int, float)) else 0.0


def _label(path: Path_) -> str:
    return ".".join(path)[:80]


@lru_cache(20_000)
def field_at(path: Path_) -> str | None:
    """The field that a path means: of `("address", "state", "name")` the state's, of `("phones", "number")` the phone's."""
    if not path:
        return None
    key = folded_key(path[-1])
    parent = field_at(path[:-1]) if len(path) > 1 else None
    if parent in ("phone", "email", "phone_unlisted") and key in words("plain"):
        return parent
    if parent in _UNDER and key in _CODES:
        return "ignored"
    if (
        parent in _UNDER
        and key in words("plain")
        and not (parent in ("practice", "name") and key in ("address", "url", "href"))
    ):
        return parent
    if parent == "address" and key in (
        "value",
        "rendered",
        "raw",
        "text",
        "formatted",
        "full",
        "display",
        "label",
        "default",
        "address",
    ):
        return "address"
    if parent == "address" and key == "name":
        return "practice"
    if len(path) > 1 and parent is None and key in ("name", "title") and folded_key(path[-2]) not in words("holding"):
        return field_of(f"{path[-2]} {path[-1]}")
    return field_of(path[-1].replace(":", " "))


def text_of(markup: str) -> str:
    """The text of an HTML fragment, line breaks kept, entities decoded."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    broken = _TAG_BREAK.sub("\n", _HIDDEN_MARKUP.sub("", markup))
    plain = html.unescape(html.unescape(_TAG.sub(" ", broken)))
    return "\n".join(line for part in plain.split("\n") if (line := " ".join(part.split())))
