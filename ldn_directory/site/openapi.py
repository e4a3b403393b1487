"""An OpenAPI 3.1 description of what programs may ask, from the declarations that read their requests."""

from __future__ import annotations

from typing import Any

from ldn_directory import __version__

from .search import FACETS, PARAMETERS
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
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LDN directory", "version": __version__,
            "description": "Public listings of practitioners and pharmacies that prescribe or make low-dose naltrexone. "
            "A directory, no endorsement and no medical advice.",
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "paths": paths,
        "components": {"schemas": {"Provider": _provider(), "Found": _found(), "Refused": _refused()}},
    }  # fmt: skip


def _search(form: str) -> Json:
    what, kind = WHAT[form]
    schema: Json = {"json": {"$ref": "#/components/schemas/Found"}, "csv": {"type": "string"}}.get(form, {"type": "object"})
    return {
        "summary": what,
        "operationId": f"search_{form}",
        "parameters": [{"name": one.name, "in": "query", "description": one.what, "schema": one.schema()} for one in PARAMETERS],
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
