"""An OpenAPI 3.1 description of what programs may ask, from the declarations that read their requests."""

from __future__ import annotations

from typing import Any

from ldn_directory import __version__

from . import changes
from .search import FACETS, PARAMETERS
from .search.asking import Parameter
from .search.suggesting import MOST, MOST_TYPED

Json = dict[str, Any]
WHAT = {
    "json": ("Providers, facet counts, and how the question was understood.", "application/json"),
    "csv": ("Providers, a line each. The header `Link` says where the next page is.", "text/csv"),
    "geojson": ("Providers as GeoJSON features (RFC 7946); without a geometry where no place is known.", "application/geo+json"),
}


def description() -> Json:
    """The description as JSON values."""
    paths: Json = {f"/search.{form}": {"get": _search(form)} for form in WHAT}
    paths["/suggest.json"] = {"get": _suggest()}
    paths["/provider/{id}.json"] = {"get": _one_provider()}
    paths["/changes.json"] = {"get": _changes_since()}
    paths["/changes.atom"] = {"get": _changes_feed()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LDN directory", "version": __version__,
            "description": "Public listings of practitioners and pharmacies that prescribe or make low-dose naltrexone. "
            "A directory, no endorsement and no medical advice.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "paths": paths,
        "components": {
            "schemas": {"Provider": _provider(), "Found": _found(), "Refused": _refused(), "Told": _told(), "Change": _change()},
        },
    }  # fmt: skip


def _search(form: str) -> Json:
    what, kind = WHAT[form]
    schema: Json = {"json": {"$ref": "#/components/schemas/Found"}, "csv": {"type": "string"}}.get(form, {"type": "object"})
    return {
        "summary": what,
        "operationId": f"search_{form}",
        "parameters": _stated(PARAMETERS),
        "responses": {"200": {"description": what, "content": {kind: {"schema": schema}}}, **_refusals()},
    }


def _suggest() -> Json:
    typed: Json = {"type": "string"}
    suggestion: Json = {
        "type": "object",
        "properties": {
            "kind": {"enum": ["name", "place"]}, "text": {"type": "string"}, "where": _maybe("string"), "address": _maybe("string"),
        },
        "required": ["kind", "text", "where", "address"],
    }  # fmt: skip
    found: Json = {
        "type": "object",
        "properties": {"suggestions": {"type": "array", "maxItems": MOST, "items": suggestion}},
        "required": ["suggestions"],
    }  # fmt: skip
    return {
        "summary": f"At most {MOST} names and places that begin as what was typed; none for more than {MOST_TYPED} characters.",
        "operationId": "suggest",
        "parameters": [
            {"name": "q", "in": "query", "description": "What was typed.", "schema": typed},
            {"name": "kind", "in": "query", "description": "`place`: only places.", "schema": typed},
        ],
        "responses": {"200": {"description": "Suggestions.", "content": {"application/json": {"schema": found}}}, **_refusals()},
    }


def _stated(parameters: tuple[Parameter, ...]) -> list[Json]:
    return [{"name": one.name, "in": "query", "description": one.what, "schema": one.schema()} for one in parameters]


def _one_provider() -> Json:
    rows: Json = {"type": "array", "items": {"type": "object"}}
    fields: Json = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Told"}}
    properties: Json = {
        "provider": {"type": "object", "description": "The row of the table `providers`."},
        "fields": fields,
        "locations": {"type": "array", "items": {"type": "object", "properties": {"fields": fields}, "required": ["fields"]}},
        "serves": rows,
        "also_listed_as": {"type": "array", "items": {"type": "string"}, "description": "Other names and spellings."},
        "disagreements": rows | {"description": "Where sources differ on phone or address: `field`, and `sides` with who says what."},
        "related": rows | {"description": "Where this provider works, or who works here: `id`, `name`, `relation`."},
        "merged_from": {"type": "array", "items": {"type": "integer"}},
        "verifications": rows, "listings": rows,
        "timeline": {
            "type": "array", "items": {"$ref": "#/components/schemas/Change"},
            "description": "The last hundred, newest first; all are at `/changes.json?provider=`.",
        },
    }  # fmt: skip
    content = {"application/json": {"schema": {"type": "object", "properties": properties, "required": list(properties)}}}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    return {
        "summary": "One provider, and for every value who says so, on which page, in which words, from when until when.",
        "operationId": "provider",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "description": "The provider's number.",
             "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}},
        ],
        "responses": {
            "200": {"description": "The provider.", "content": content},
            "301": {"description": "It was merged into another; `Location` says which."},
            "304": {"description": "It is what the client has, by `If-None-Match`."},
            "404": {"description": "There never was a provider of this number.", "content": refused},
            "410": {"description": "It is no longer in the directory.", "content": refused},
            "503": {"description": "There is no directory yet, or the question took too long.", "content": refused},
        },
    }  # fmt: skip


def _changes_since() -> Json:
    properties: Json = {
        "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}},
        "next": _maybe("string") | {"description": "Address of what follows now."},
        "cursor": {"type": "string", "description": "`since` of a later question: it then gives what has come, each change once."},
    }
    schema: Json = {"type": "object", "properties": properties, "required": list(properties)}
    what = "What has changed, oldest first, from a moment or a cursor on."
    return {
        "summary": what, "operationId": "changes_since", "parameters": _stated(changes.PARAMETERS_SINCE),
        "responses": {"200": {"description": what, "content": {"application/json": {"schema": schema}}}, **_refusals()},
    }  # fmt: skip


def _changes_feed() -> Json:
    what = "What has changed, newest first, as an Atom feed (RFC 4287); `next` links lead to older changes (RFC 5005)."
    return {
        "summary": what, "operationId": "changes_feed", "parameters": _stated(changes.PARAMETERS),
        "responses": {"200": {"description": what, "content": {"application/atom+xml": {"schema": {"type": "string"}}}}, **_refusals()},
    }  # fmt: skip


def _change() -> Json:
    known: Json = {
        "id": {"type": "integer", "description": "The same in every build; rises with time."}, "at": {"type": "string"},
        "what": {"enum": list(changes.WHATS)}, "run": _maybe("string"), "source": _maybe("string"), "listing": _maybe("string"),
        "provider": _maybe("integer"), "field": _maybe("string"), "before": _maybe("string"), "after": _maybe("string"),
        "other": _maybe("integer"), "country_code": _maybe("string"), "region_code": _maybe("string"),
    }  # fmt: skip
    description = "A row of the table `changes`. Of what is gone or forgotten only a number and a date."
    return {"type": "object", "description": description, "properties": known, "required": list(known)}


def _told() -> Json:
    claim = ("source", "title", "listing", "page", "field", "written", "first_confirmed", "last_confirmed")
    said: Json = {
        "type": "object",
        "properties": {
            "value": {},
            "found_by": _maybe("string") | {"description": "Of a point that no list states: the part of the address it was found by."},
            "said_by": {"type": "array", "items": {
                "type": "object", "properties": {name: {"type": "string"} for name in claim}, "required": list(claim)}},
        },
        "required": ["value", "found_by", "said_by"],
    }  # fmt: skip
    sides: Json = {"type": "array", "items": said}
    return {
        "type": "object",
        "description": "A field: the value shown (a list of `languages` and `serves`), who says so, and what else is listed.",
        "properties": {"value": {}, "shown": sides, "also_listed_as": sides},
        "required": ["value", "shown", "also_listed_as"],
    }


def _refusals() -> Json:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}}
    return {
        "400": {"description": "The question cannot be answered; `error` says what is wrong.", "content": content},
        "503": {"description": "There is no directory yet, or the question took too long.", "content": content},
    }


def _refused() -> Json:
    return {
        "type": "object",
        "properties": {"ok": {"const": False}, "error": {"type": "string"}, "status": {"type": "integer"}},
        "required": ["ok", "error", "status"],
    }


def _provider() -> Json:
    known = {"id": {"type": "integer"}, "name": {"type": "string"}, "distance_km": _maybe("number"), "precision_km": _maybe("number"),
             "reach": {"enum": ["in_person", "by_video", "not_stated", None]}}  # fmt: skip
    return {
        "type": "object",
        "description": "A row of the table `providers`, where it is nearest, and how it can be reached from the place asked for.",
        "properties": known,
        "required": list(known),
    }


def _found() -> Json:
    value = {"type": "object", "properties": {"value": {"type": "string"}, "count": {"type": "integer"}}, "required": ["value", "count"]}
    properties: Json = {
        "total": {"type": "integer"}, "page": {"type": "integer"}, "pages": {"type": "integer"},
        "next": _maybe("string") | {"description": "Address of the next page."}, "cursor": _maybe("string"),
        "providers": {"type": "array", "items": {"$ref": "#/components/schemas/Provider"}},
        "facets": {"type": "object", "properties": {name: {"type": "array", "items": value} for name in FACETS}},
        "place": {"type": ["object", "null"], "description": "The place that distances are from, and how far is near."},
        "groups": {"type": "object", "description": "How many can be reached in which way.", "additionalProperties": {"type": "integer"}},
        "words": {"type": "array", "items": {"type": "string"}},
        "said": {"type": "array", "items": {"type": "string"}, "description": "How the question was understood."},
        "offers": {"type": "array", "items": {"type": "object"}, "description": "What to ask instead, where nobody was found."},
    }  # fmt: skip
    return {"type": "object", "properties": properties, "required": list(properties)}


def _maybe(kind: str) -> Json:
    return {"type": [kind, "null"]}
