"""`/changes.*`."""

from __future__ import annotations

from ldn_directory.site.queries import changes

from .parts import Json, array, maybe, operation, ref, row, stated, thing

TAG, WHAT = "Changes", "What was added, changed, lost or taken out, and when: for whoever keeps a copy up to date."


def _since() -> Json:
    return operation(
        "changes_since",
        TAG,
        "What has changed, oldest first, from a moment or a cursor on.",
        {"application/json": {"schema": ref("Changed")}},
        parameters=stated(changes.PARAMETERS_SINCE),
        others=("400",),
        sent=("Link",),
        examples=("/changes.json?since=2026-01-01&size=5", "/changes.json?what=gone"),
    )


def _feed() -> Json:
    return operation(
        "changes_feed",
        TAG,
        "What has changed, newest first, as an Atom feed (RFC 4287); `next` links lead to older changes (RFC 5005).",
        {"application/atom+xml": {"schema": {"type": "string"}}},
        parameters=stated(changes.PARAMETERS),
        others=("400",),
        examples=("/changes.atom?country=US",),
    )


PATHS: Json = {"/changes.json": _since(), "/changes.atom": _feed()}
SCHEMAS: Json = {
    "Changed": thing(
        {
            "changes": array(row("changes")),
            "next": maybe("string", "Address of what follows now."),
            "cursor": {
                "type": "string",
                "description": "`since` of a later question: it then gives what has come, each change once.",
            },
        },
        "Changes, oldest first.",
    ),
}
