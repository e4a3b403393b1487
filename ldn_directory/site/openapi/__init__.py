"""An OpenAPI 3.1 description of what programs may ask, from the declarations that read their requests and write the answers.

One module a family of addresses, each with its `PATHS` and `SCHEMAS`; what they share is in `parts.py`.
"""

from __future__ import annotations

from functools import cache

from ldn_directory import __version__

from . import entries, files, history, parts
from . import search as searching
from . import status as standing
from .parts import Json

FAMILIES = (searching, entries, standing, history, files)
ABOUT = (
    "Public listings of practitioners and pharmacies that prescribe or make low-dose naltrexone. A directory, no endorsement and no"
    " medical advice. Every address answers GET and HEAD; scripts of any origin may read (CORS). Every answer has an `ETag`, and 304 if"
    " `If-None-Match` names it. Nothing is asked about you: no key, no account, no cookie. A `Retry-After` says when to come back."
    " Datasette's own JSON of the tables is described on the page `/api`."
)


@cache
def description() -> Json:
    """The description as JSON values; the server is the one that gives it."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "LDN directory",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": "/", "description": "This site."}],
        "tags": [{"name": family.TAG, "description": family.WHAT} for family in FAMILIES],
        "paths": {path: stated for family in FAMILIES for path, stated in family.PATHS.items()},
        "components": {
            "schemas": {
                name: schema for family in (*FAMILIES, parts) for name, schema in sorted(family.SCHEMAS.items())
            },
            "responses": parts.RESPONSES,
            "headers": parts.HEADERS,
        },
    }
