"""What is fetched whole: downloads, sitemaps, and what crawlers and this description's readers look for."""

from __future__ import annotations

from .parts import Json, headers, operation

TAG, WHAT = "Files", "The whole directory, and what crawlers look for. Files can be asked for in parts (`Range`)."
TEXT: Json = {"type": "string"}
BYTES: Json = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
RANGE: list[Json] = [
    {
        "name": "Range",
        "in": "header",
        "description": "One range of bytes, such as `bytes=1000-`; others are passed over.",
        "schema": TEXT,
    },
    {
        "name": "If-Range",
        "in": "header",
        "description": "An `ETag`: the part only if the file is still that one, else all of it.",
        "schema": TEXT,
    },
]
SENT = ("Last-Modified", "Accept-Ranges", "Content-Disposition")
NAME: Json = {
    "name": "file",
    "in": "path",
    "required": True,
    "description": "A name that `/download` and `SHA256SUMS` state.",
    "schema": {"type": "string", "pattern": r"^ldn-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}\.(db\.gz|datapackage\.zip)$"},
}


def _file(
    name: str, what: str, *media_types: str, parameters: tuple[Json, ...] = (), examples: tuple[str, ...] = ()
) -> Json:
    content = {media_type: {"schema": BYTES} for media_type in media_types}
    parts = {
        "206": {
            "description": "The part that was asked for.",
            "headers": headers("ETag", "Content-Range", *SENT),
            "content": content,
        },
        "416": {"description": "The file has no such part.", "headers": headers("Content-Range")},
    }
    return operation(
        name,
        TAG,
        what,
        content,
        parameters=(*parameters, *RANGE),
        others=("404",),
        sent=SENT,
        more=parts,
        examples=examples,
    )


def _latest(name: str, what: str) -> Json:
    found = operation(name, TAG, what, {}, others=("404",))
    moved = {"302": {"description": "To the file of today.", "headers": headers("Location")}}
    found["get"]["responses"] = moved | {
        status: one for status, one in found["get"]["responses"].items() if status not in ("200", "304")
    }
    return found


def _text(
    name: str,
    what: str,
    media_type: str,
    *examples: str,
    others: tuple[str, ...] = (),
    parameters: tuple[Json, ...] = (),
) -> Json:
    content = {media_type: {"schema": {"type": "object"} if media_type.endswith("json") else TEXT}}
    return operation(name, TAG, what, content, others=others, examples=examples, parameters=parameters)


PART: Json = {
    "name": "part",
    "in": "path",
    "required": True,
    "description": "A part that `/sitemap.xml` names.",
    "schema": {"type": "string", "pattern": "^(pages|[1-9][0-9]{0,5})$"},
}
PATHS: Json = {
    "/download/{file}": _file(
        "download",
        "The whole directory, compressed (gzip), or the data package (zip), by its dated name.",
        "application/gzip",
        "application/zip",
        parameters=(NAME,),
    ),
    "/download/latest.db.gz": _latest("latest_database", "To the compressed database of today."),
    "/download/latest.datapackage.zip": _latest(
        "latest_datapackage", "To the data package of today (Frictionless: CSV and schema)."
    ),
    "/download/SHA256SUMS": _text(
        "digests",
        "The digests of the downloads, as `sha256sum -c` reads them.",
        "text/plain",
        "/download/SHA256SUMS",
        others=("404",),
    ),
    "/ldn.db": _file("database", "The SQLite database that is being served, as it is.", "application/vnd.sqlite3"),
    "/sitemap.xml": _text("sitemap", "The index of the sitemaps.", "application/xml", "/sitemap.xml"),
    "/sitemap-{part}.xml": _text(
        "sitemap_part",
        "Addresses of pages, or of providers with when they last changed.",
        "application/xml",
        "/sitemap-pages.xml",
        others=("404",),
        parameters=(PART,),
    ),
    "/robots.txt": _text("robots", "What crawlers may read.", "text/plain", "/robots.txt"),
    "/.well-known/security.txt": _text(
        "security",
        "Whom to tell of a weakness (RFC 9116); 404 if nobody says how to be reached.",
        "text/plain",
        others=("404",),
    ),
    "/openapi.json": _text("openapi", "This description.", "application/json", "/openapi.json"),
}
SCHEMAS: Json = {}
