"""`/provider/<number>.*`."""

from __future__ import annotations

from ldn_directory.site.formats import FORMATS

from .parts import Json, array, maybe, operation, ref, row, thing
from .search import FEATURE

TAG, WHAT = (
    "Entries",
    "One provider: what is listed of it, and for every value who says so, on which page, in which words, since when.",
)
NUMBER: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The provider's number.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
FORMS: dict[str, tuple[str, Json]] = {
    "json": (
        "One provider, and for every value who says so, on which page, in which words, from when until when.",
        ref("Entry"),
    ),
    "csv": ("The provider's row under a line of names.", {"type": "string"}),
    "geojson": ("A GeoJSON feature for each of the provider's places.", ref("EntryFeatures")),
    "jsonld": ("The provider as schema.org JSON-LD.", ref("LinkedData")),
    "fhir": (
        "The provider as a FHIR R4 Bundle, with a VerificationResult for where its values are from.",
        ref("Bundle"),
    ),
    "vcf": ("The provider as a vCard 4.0 (RFC 6350), to be kept as a contact.", {"type": "string"}),
}
"""Extension -> what it gives, and its schema."""


def _one(extension: str, media_type: str) -> Json:
    what, schema = FORMS[extension]
    return operation(
        f"provider_{extension}",
        TAG,
        what,
        {media_type.partition(";")[0]: {"schema": schema}},
        parameters=(NUMBER,),
        others=("301", "404", "410"),
        examples=(f"/provider/{{id}}.{extension}",),
    )


def _negotiated() -> Json:
    """The page's own address, in the form that `Accept` asks for."""
    forms = {one.media_type.partition(";")[0]: {"schema": FORMS[one.extension][1]} for one in FORMATS}
    return operation(
        "provider",
        TAG,
        "One provider in the form that `Accept` names; a page for people if it names none.",
        {"text/html": {"schema": {"type": "string"}}, **forms},
        parameters=(NUMBER,),
        others=("301", "404", "406", "410"),
    )


PATHS: Json = {
    "/provider/{id}": _negotiated(),
    **{f"/provider/{{id}}.{one.extension}": _one(one.extension, one.media_type) for one in FORMATS},
}
_FIELDS: Json = {"type": "object", "additionalProperties": ref("Told")}
_CLAIM = thing(
    {
        name: {"type": "string"}
        for name in (
            "source",
            "title",
            "listing",
            "page",
            "field",
            "written",
            "first_confirmed",
            "last_confirmed",
        )
    }
)
_SAID = thing(
    {
        "value": {},
        "found_by": maybe("string", "Of a point that no list states: the part of the address it was found by."),
        "said_by": array(_CLAIM),
    }
)
SCHEMAS: Json = {
    "Told": thing(
        {"value": {}, "shown": array(_SAID), "also_listed_as": array(_SAID)},
        "A field: the value shown (a list of `languages` and `serves`), who says so, and what else is listed.",
    ),
    "Entry": thing(
        {
            "provider": row("providers"),
            "fields": _FIELDS,
            "locations": array(row("locations", fields=_FIELDS)),
            "serves": array(row("serves", without=("provider",))),
            "also_listed_as": array({"type": "string"}, "Other names and spellings."),
            "disagreements": array(
                thing({"field": {"type": "string"}, "sides": array(_SAID)}), "Where sources differ on phone or address."
            ),
            "related": array(
                thing(
                    {"id": {"type": "integer"}, "name": {"type": "string"}, "relation": {"enum": ["works at", "has"]}}
                ),
                "Where this provider works, or who works here.",
            ),
            "merged_from": array({"type": "integer"}, "Numbers that lead here."),
            "verifications": array(row("verifications", without=("provider",))),
            "listings": array(row("listings", without=("provider",), title={"type": "string"})),
            "timeline": array(row("changes"), "The last hundred, newest first; all are at `/changes.json?provider=`."),
        },
        "Everything about one provider.",
    ),
    "EntryFeatures": thing(
        {"type": {"const": "FeatureCollection"}, "features": array(FEATURE)}, "The provider's places as GeoJSON."
    ),
    "LinkedData": thing({"@context": {}, "@type": {}}, "JSON-LD 1.1 with the vocabulary of https://schema.org."),
    "Bundle": thing(
        {
            "resourceType": {"const": "Bundle"},
            "type": {"enum": ["collection", "searchset"]},
            "entry": array(
                thing(
                    {"resource": thing({"resourceType": {"type": "string"}})}, "fullUrl, resource, search", ["resource"]
                )
            ),
        },
        "A Bundle as FHIR R4 has it (https://hl7.org/fhir/R4/bundle.html).",
        ["resourceType", "type"],
    ),
}
