"""`/regions.json` and `/status.json`: where entries are, and how the directory stands."""

from __future__ import annotations

from ldn_directory.site.search.parameters import ALLOWED

from .parts import Json, array, maybe, operation, ref, thing

TAG, WHAT = "Overview", "Where there are entries and how many, and whether the lists are read as they should be."
COUNT: Json = {"type": "integer", "minimum": 0}
_FLAG: Json = {"type": "boolean"}
_TEXT: Json = {"type": "string"}
_PROBLEM = thing({"says": _TEXT, "source": maybe("string"), "do": maybe("string", "The command that helps.")})
_SOURCE = thing(
    {
        "source": _TEXT,
        "title": _TEXT,
        "state": _TEXT,
        "ok": _FLAG,
        "says": _TEXT,
        "why": array(_TEXT),
        "do": maybe("string"),
        "listings": {"type": ["integer", "null"]},
        "last_good": maybe("string"),
        "due": maybe("string"),
        "every_days": {"type": "integer"},
        "last_run": maybe("string"),
        "last_outcome": maybe("string"),
        "looks": {"type": "object", "additionalProperties": COUNT},
    }
)
_REGISTER = thing({"register": _TEXT, "as_of": maybe("string"), "entries": maybe("integer")})
PATHS: Json = {
    "/regions.json": operation(
        "regions",
        TAG,
        "Every country and region with entries, or that is served by some.",
        {"application/json": {"schema": ref("Regions")}},
        examples=("/regions.json",),
    ),
    "/status.json": operation(
        "status",
        TAG,
        "How everything stands, for monitors: `ok` says whether all is well. It is 200 in either case.",
        {"application/json": {"schema": ref("Status")}},
        examples=("/status.json",),
    ),
}
SCHEMAS: Json = {
    "Regions": thing(
        {
            "regions": array(
                thing(
                    {
                        "code": {"type": "string", "description": "ISO 3166-1 of a country, ISO 3166-2 of a region."},
                        "name": _TEXT,
                        "country_code": _TEXT,
                        "providers": thing(dict.fromkeys(ALLOWED["kind"], COUNT), "How many there are of each kind."),
                        "serving_by_telehealth": COUNT,
                        "delivering_pharmacies": COUNT,
                        "url": {"type": "string", "description": "Its page."},
                    }
                )
            )
        },
        "Countries and regions, by their codes.",
    ),
    "Status": thing(
        {
            "ok": _FLAG,
            "as_of": maybe("string", "When a command last said so, UTC."),
            "last_read": maybe("string"),
            "problems": array(_PROBLEM),
            "sources": array(_SOURCE),
            "waiting": maybe("boolean", "Whether anybody is kept out until a person decides."),
            "doubtful_matches": maybe("integer", "How many pairs wait to be looked at; they may wait."),
            "registers": {"type": ["array", "null"], "items": _REGISTER},
            "gazetteer_built": maybe("string"),
        },
        "How the directory stands.",
    ),
}
