"""The OpenAPI 3.1 description of what programs may ask: `openapi.yaml`, with what the code knows better filled in.

The file is OpenAPI with some abbreviations, which `description` expands:

- Every operation is a GET. Its summary describes the 200, which has an `ETag`. 304, 429 and 503 need not be listed.
- A name in place of a response is one of `components/responses`; `$ref` names a schema, and `headers` are names.
- `parameters` are names in `components/parameters`, or one of `PARAMETERS`, by which the code checks requests.
- A media type's schema is the name of one, or `text`, `bytes` or `object`.
- All properties of an object are required, unless `required` says which are.
- `x-table` is a row of a published table, with more `properties` and `without` some columns. What a column means is
  stated in `metadata.yml`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ldn_directory import __version__
from ldn_directory.publish.data_package import Table, stated_metadata, tables_of
from ldn_directory.site.search import changes
from ldn_directory.site.search.parameters import PARAMETERS as SEARCH
from ldn_directory.site.search.parameters import Parameter

Json = dict[str, Any]
PARAMETERS = {"search": SEARCH, "changes": changes.PARAMETERS, "changes_since": changes.PARAMETERS_SINCE}
_MEDIA: Mapping[str, Json] = {
    "text": {"type": "string"},
    "bytes": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
    "object": {"type": "object"},
}
_ALWAYS = {"429": "TooMany", "503": "Unavailable"}


@cache
def description() -> Json:
    """The description as JSON values; the server is the one that serves it."""
    stated: Json = yaml.safe_load(files(__package__).joinpath("openapi.yaml").read_text("utf-8"))
    stated["info"]["version"] = __version__
    components = stated["components"]
    parameters = components.pop("parameters")
    paths = {path: {"get": _operation(one, parameters)} for path, one in stated["paths"].items()}
    components["responses"] = {name: _response(one) for name, one in components["responses"].items()}
    components["schemas"] = {name: _schema(one) for name, one in components["schemas"].items()}
    return stated | {"paths": paths}


def _operation(stated: Json, parameters: Json) -> Json:
    responses = {str(status): one for status, one in stated["responses"].items()} | _ALWAYS
    if "200" in responses:
        headers = ["ETag", *responses["200"].get("headers", ())]
        responses["200"] |= {"description": stated["summary"], "headers": headers}
        responses["304"] = "NotModified"
    names = stated.get("parameters", [])
    asked = _query(PARAMETERS[names]) if isinstance(names, str) else [parameters[name] for name in names]
    return stated | {
        "parameters": asked,
        "responses": {status: _response(one) for status, one in responses.items()},
        "x-examples": stated.get("x-examples", []),
    }


def _query(parameters: Iterable[Parameter]) -> list[Json]:
    """Request parameters as they are checked; an empty one is the same as none."""
    return [
        {"name": one.name, "in": "query", "description": one.what, "allowEmptyValue": True, "schema": one.schema()}
        for one in parameters
    ]


def _response(stated: Json | str) -> Json:
    if isinstance(stated, str):
        return {"$ref": f"#/components/responses/{stated}"}
    found = dict(stated)
    if "headers" in found:
        found["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in found["headers"]}
    if "content" in found:
        content = found["content"].items()
        found["content"] = {
            media_type: {"schema": _MEDIA.get(name) or _schema({"$ref": name})} for media_type, name in content
        }
    return found


def _schema(stated: Any) -> Any:
    match stated:
        case {"$ref": name}:
            return {"$ref": f"#/components/schemas/{name}"}
        case {"x-table": table}:
            return _row(table, stated.get("without", ()), _schema(stated.get("properties", {})))
        case {"properties": dict(properties)}:
            found = {name: _schema(one) for name, one in properties.items()}
            return {"type": "object", "required": list(found)} | stated | {"properties": found}
        case dict():
            return {name: _schema(one) for name, one in stated.items()}
        case list():
            return [_schema(one) for one in stated]
    return stated


def _row(name: str, without: Iterable[str], more: Json) -> Json:
    table = _tables()[name]
    columns = {field["name"]: _column(field) for field in table.schema["fields"] if field["name"] not in without} | more
    about = f"A row of the table `{name}`. {table.description}"
    return {"type": "object", "description": about, "properties": columns, "required": list(columns)}


@cache
def _tables() -> Mapping[str, Table]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(files("ldn_directory.publish").joinpath("directory.sql").read_text("utf-8"))
        return {table.name: table for table in tables_of(db, stated_metadata())}


def _column(field: Json) -> Json:
    kind = field["type"] if field["type"] in ("integer", "number") else "string"
    constraints = field.get("constraints", {})
    stated: Json = {"type": kind if constraints.get("required") else [kind, "null"]}
    if allowed := constraints.get("enum"):
        stated["enum"] = allowed if constraints.get("required") else [*allowed, None]
    return stated | ({"description": field["description"]} if "description" in field else {})
