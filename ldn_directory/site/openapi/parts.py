"""What all descriptions share: rows of the published tables as schemas, refusals, headers, operations."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any

from ldn_directory.publish.data_package import Table, stated_metadata, tables_of
from ldn_directory.publish.schema import create_tables
from ldn_directory.site.search.parameters import Parameter

Json = dict[str, Any]


def maybe(kind: str, description: str = "") -> Json:
    """A value of a type, or null."""
    return {"type": [kind, "null"], **({"description": description} if description else {})}


def ref(name: str) -> Json:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Json, description: str = "") -> Json:
    """A list."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def thing(properties: Json, description: str = "", required: Sequence[str] | None = None) -> Json:
    """An object that has all of the properties, unless `required` says which."""
    stated: Json = {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
    }
    return stated | ({"description": description} if description else {})


@cache
def _tables() -> Mapping[str, Table]:
    with closing(sqlite3.connect(":memory:")) as db:
        create_tables(db)
        return {table.name: table for table in tables_of(db, stated_metadata())}


def row(table: str, *, without: Sequence[str] = (), **more: Json) -> Json:
    """A row of a published table as JSON, with columns and meanings as the database and `metadata.yml` state them."""
    stated = _tables()[table]
    columns = {field["name"]: _column(field) for field in stated.schema["fields"] if field["name"] not in without}
    return thing(columns | more, f"A row of the table `{table}`. {stated.description}")


def _column(field: Json) -> Json:
    kind = field["type"] if field["type"] in ("integer", "number") else "string"
    constraints = field.get("constraints", {})
    stated: Json = {"type": kind if constraints.get("required") else [kind, "null"]}
    if allowed := constraints.get("enum"):
        stated["enum"] = allowed if constraints.get("required") else [*allowed, None]
    return stated | ({"description": field["description"]} if "description" in field else {})


def stated(parameters: Sequence[Parameter]) -> list[Json]:
    """Request parameters as they are read."""
    return [{"name": one.name, "in": "query", "description": one.what, "schema": one.schema()} for one in parameters]


HEADERS: Json = {
    "ETag": {"description": "The answer's version; give it back as `If-None-Match`.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, `rel="next"` (RFC 8288); absent on the last one.',
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where it is now.", "schema": {"type": "string", "format": "uri-reference"}},
    "Retry-After": {"description": "After how many seconds to ask again.", "schema": {"type": "integer"}},
    "Last-Modified": {"description": "When the file was made.", "schema": {"type": "string"}},
    "Accept-Ranges": {"description": "`bytes`: parts can be asked for.", "schema": {"const": "bytes"}},
    "Content-Range": {"description": "Which bytes of how many.", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "The name to save it under.", "schema": {"type": "string"}},
}


def headers(*names: str) -> Json:
    """Headers by their names."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusal(what: str, *more: str) -> Json:
    content = {"application/json": {"schema": ref("Refused")}, "text/html": {"schema": {"type": "string"}}}
    return {"description": what, "content": content, **({"headers": headers(*more)} if more else {})}


RESPONSES: Json = {
    "Moved": {"description": "It was merged into another entry.", "headers": headers("Location")},
    "NotModified": {"description": "It is what the client has, by `If-None-Match`.", "headers": headers("ETag")},
    "BadQuestion": _refusal("The question cannot be answered; `error` says what is wrong."),
    "NotFound": _refusal("There is nothing at this address."),
    "Gone": _refusal("It is no longer in the directory."),
    "NotAcceptable": {
        "description": "None of the forms that `Accept` names; the page says which there are.",
        "content": {"text/html": {"schema": {"type": "string"}}},
    },
    "TooMany": _refusal("Too many questions in a short time.", "Retry-After"),
    "Unavailable": _refusal("There is no directory yet, or the question took too long.", "Retry-After"),
}
STATUSES = {
    "301": "Moved",
    "304": "NotModified",
    "400": "BadQuestion",
    "404": "NotFound",
    "406": "NotAcceptable",
    "410": "Gone",
    "429": "TooMany",
    "503": "Unavailable",
}
ALWAYS = ("304", "429", "503")


def operation(
    name: str,
    tag: str,
    what: str,
    content: Json,
    *,
    parameters: Sequence[Json] = (),
    others: Sequence[str] = (),
    sent: Sequence[str] = (),
    examples: Sequence[str] = (),
    more: Json | None = None,
    details: str = "",
) -> Json:
    """One address that is asked with GET. `others`: its statuses besides those that any may have; `sent`: its headers besides `ETag`."""
    refused = {status: {"$ref": f"#/components/responses/{STATUSES[status]}"} for status in sorted({*ALWAYS, *others})}
    found = {"200": {"description": what, "headers": headers("ETag", *sent), "content": content}}
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": what,
            **({"description": details} if details else {}),
            "parameters": list(parameters),
            "responses": found | (more or {}) | refused,
            "x-examples": list(examples),
        }
    }


SCHEMAS: Json = {
    "Refused": thing(
        {
            "ok": {"const": False},
            "error": {"type": "string", "description": "What is wrong, in a sentence."},
            "status": {"type": "integer"},
            "title": maybe("string"),
        },
        "Why there is no answer.",
    ),
}
