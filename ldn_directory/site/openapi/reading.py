"""The description as people read it: operations by family, what each parameter allows, schemas property by property."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from . import description
from .parts import Json

Piece = tuple[str, str | None]
"""(text, name of the schema that it links to)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A parameter or property: its name, what it may hold, and what it means."""

    name: str
    holds: tuple[Piece, ...]
    what: str
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One status of an operation: what it means, with which headers, in which forms."""

    status: str
    what: str
    forms: tuple[tuple[str, tuple[Piece, ...]], ...]
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One address."""

    name: str
    path: str
    what: str
    details: str
    parameters: tuple[Property, ...]
    same_as: str | None
    """The path of an operation before it that has the same parameters."""
    examples: tuple[str, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Operations that belong together."""

    name: str
    what: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One schema of the description."""

    name: str
    what: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What Datasette's own JSON gives at an address; `look` is where the answer stands in it."""

    title: str
    what: str
    address: str
    look: str


@cache
def families() -> tuple[Family, ...]:
    """All operations, in the order of the description."""
    stated = description()
    return tuple(
        Family(name=tag["name"], what=tag["description"], operations=tuple(_operations(stated, tag["name"])))
        for tag in stated["tags"]
    )


def _operations(stated: Json, tag: str) -> Iterator[Operation]:
    seen: dict[str, str] = {}
    for path, item in stated["paths"].items():
        found = item["get"]
        if tag in found["tags"]:
            parameters = tuple(map(_parameter, found["parameters"]))
            first = seen.setdefault(repr(parameters), path)
            yield Operation(
                name=found["operationId"],
                path=path,
                what=found["summary"],
                details=found.get("description", ""),
                parameters=parameters,
                same_as=first if first != path and len(parameters) > 2 else None,
                examples=tuple(found["x-examples"]),
                answers=tuple(_answer(stated, status, one) for status, one in found["responses"].items()),
            )


def _parameter(stated: Json) -> Property:
    return Property(
        name=stated["name"],
        holds=holds(stated["schema"]),
        what=stated["description"],
        needed=stated.get("required", False),
    )


def _answer(stated: Json, status: str, one: Json) -> Answer:
    if name := one.get("$ref"):
        one = stated["components"]["responses"][name.rpartition("/")[2]]
    forms = tuple((kind, holds(content["schema"])) for kind, content in one.get("content", {}).items())
    return Answer(status=status, what=one["description"], forms=forms, headers=tuple(one.get("headers", {})))


@cache
def schemas() -> tuple[Schema, ...]:
    """All schemas that others refer to."""
    return tuple(
        Schema(name=name, what=schema.get("description", ""), properties=properties_of(schema))
        for name, schema in description()["components"]["schemas"].items()
    )


def properties_of(schema: Json) -> tuple[Property, ...]:
    """The properties of an object, one line each."""
    needed = schema.get("required", ())
    return tuple(
        Property(name=name, holds=holds(one), what=one.get("description", ""), needed=name in needed)
        for name, one in schema.get("properties", {}).items()
    )


def holds(schema: Json) -> tuple[Piece, ...]:
    """What a value may be, in words."""
    match schema:
        case {"$ref": str(name)}:
            return ((name.rpartition("/")[2], name.rpartition("/")[2]),)
        case {"const": value}:
            return ((repr(value).lower() if isinstance(value, bool) else f"“{value}”", None),)
        case {"enum": values}:
            return (("one of " + ", ".join("null" if value is None else str(value) for value in values), None),)
        case {"oneOf": choices}:
            return _joined([holds(one) for one in choices], " or ")
        case {"type": "array"}:
            return (("list of ", None), *holds(schema.get("items", {})))
        case {"type": "object", "properties": named}:
            return (("object with " + ", ".join(named), None),)
        case {"type": "object", "additionalProperties": dict(inner)}:
            return (("object whose values are ", None), *holds(inner))
    return ((_plain(schema), None),)


def _plain(schema: Json) -> str:
    kind: Any = schema.get("type", "anything")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "maximum" in schema:
        text += f" from {schema['minimum']:g} to {schema['maximum']:.10g}"
    if "maxLength" in schema:
        text += f" of at most {schema['maxLength']} characters"
    return text


def _joined(many: Sequence[tuple[Piece, ...]], between: str) -> tuple[Piece, ...]:
    first, *rest = many
    return (*first, *(piece for one in rest for piece in ((between, None), *one)))


@cache
def datasette_examples() -> tuple[Example, ...]:
    """Worked examples of Datasette's own JSON."""
    stated = tomllib.loads(files("ldn_directory.site.openapi").joinpath("datasette.toml").read_text("utf-8"))
    return tuple(Example(**one) for one in stated["example"])
