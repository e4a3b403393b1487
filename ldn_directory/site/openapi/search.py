"""`/search.*` and `/suggest.json`."""

from __future__ import annotations

from ldn_directory.site.formats import FORMATS, Format
from ldn_directory.site.search import FACETS, PARAMETERS
from ldn_directory.site.search.suggestions import MOST, MOST_TYPED

from .parts import Json, array, maybe, operation, ref, row, stated, thing

TAG, WHAT = "Search", "Who prescribes or makes it, near a place, by video, or under a name: what the front page asks."
FORMS: dict[str, tuple[str, Json]] = {
    "json": ("Providers, facet counts, and how the question was understood.", ref("Found")),
    "csv": (
        "Providers, a line each (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe.",
        {"type": "string"},
    ),
    "geojson": (
        "Providers as GeoJSON features (RFC 7946), where each is nearest; without a geometry where no place is known.",
        ref("FoundFeatures"),
    ),
    "jsonld": ("Providers as schema.org JSON-LD.", ref("LinkedData")),
    "fhir": ("Providers as a FHIR R4 Bundle of type `searchset`.", ref("Bundle")),
    "vcf": ("Providers as vCards 4.0 (RFC 6350).", {"type": "string"}),
}
"""Extension -> what it gives, and its schema."""
NEXT = "The header `Link` says where the next page is."


def _search(form: Format) -> Json:
    what, schema = FORMS[form.extension]
    details = f"{NEXT} A page has at most {form.most_rows} entries, whatever is asked for."
    return operation(
        f"search_{form.extension}",
        TAG,
        what,
        {form.media_type.partition(";")[0]: {"schema": schema}},
        parameters=stated(PARAMETERS),
        others=("400", "404") if form.is_file else ("400",),
        sent=("Link",),
        details=details,
        examples=[f"/search.{form.extension}?region=Ohio", *_MORE.get(form.extension, ())],
    )


_MORE = {"json": ("/search.json?q=clinic&telehealth=yes", "/search.json?serves=US-OH&sort=name&size=5")}


def _suggest() -> Json:
    typed: Json = {"type": "string"}
    asked = [
        {"name": "q", "in": "query", "description": "What was typed.", "schema": typed},
        {"name": "kind", "in": "query", "description": "`place`: only places.", "schema": typed},
    ]
    return operation(
        "suggest",
        TAG,
        f"At most {MOST} names and places that begin as what was typed; none for more than {MOST_TYPED} characters.",
        {"application/json": {"schema": ref("Suggested")}},
        parameters=asked,
        examples=("/suggest.json?q=da",),
    )


PATHS: Json = {
    **{f"/search.{one.extension}": _search(one) for one in FORMATS},
    "/suggest.json": _suggest(),
}
_VALUE = thing({"value": {"type": "string"}, "count": {"type": "integer"}})
_POINT = thing(
    {
        "type": {"const": "Point"},
        "coordinates": {
            "type": "array",
            "items": {"type": "number", "minimum": -180, "maximum": 180},
            "minItems": 2,
            "maxItems": 2,
            "description": "Longitude, latitude.",
        },
    }
)
FEATURE = thing(
    {
        "type": {"const": "Feature"},
        "geometry": {"oneOf": [{"type": "null"}, _POINT]},
        "properties": {"type": "object", "description": "The columns of `providers`, and of the place."},
    }
)
SCHEMAS: Json = {
    "Provider": row(
        "providers",
        distance_km=maybe("number", "How far it is from the place asked for, in kilometres."),
        reach={
            "enum": ["in_person", "by_video", "not_stated", None],
            "description": "How it can be reached from the place asked for.",
        },
    ),
    "Found": thing(
        {
            "total": {"type": "integer"},
            "page": {"type": "integer"},
            "pages": {"type": "integer"},
            "next": maybe("string", "Address of the next page."),
            "cursor": maybe("string"),
            "providers": array(ref("Provider")),
            "facets": thing(
                {name: array(_VALUE) for name in FACETS},
                "What the results can be narrowed by, each value with its count.",
            ),
            "place": {
                "type": ["object", "null"],
                "description": "The place that distances are from, and how far is near.",
            },
            "groups": {
                "type": "object",
                "description": "How many can be reached in which way.",
                "additionalProperties": {"type": "integer"},
            },
            "words": array({"type": "string"}),
            "said": array({"type": "string"}, "How the question was understood."),
            "offers": array({"type": "object"}, "What to ask instead, where nobody was found."),
        },
        "A page of results.",
    ),
    "FoundFeatures": thing(
        {
            "type": {"const": "FeatureCollection"},
            "features": array(FEATURE),
            "total": {"type": "integer"},
            "next": maybe("string"),
        },
        "A page of results as GeoJSON.",
    ),
    "Suggested": thing(
        {
            "suggestions": {
                "type": "array",
                "maxItems": MOST,
                "items": thing(
                    {
                        "kind": {"enum": ["name", "place"]},
                        "text": {"type": "string"},
                        "where": maybe("string"),
                        "address": maybe("string"),
                    }
                ),
            }
        },
        "Names and places.",
    ),
}
