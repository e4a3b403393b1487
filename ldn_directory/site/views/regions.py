"""`/regions`: countries and their regions, with how many providers are there."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from datasette.utils.asgi import Response

from ..answering import Routes, ask, prepared, rendered
from ..entry import rows_of
from ..language import reader_of


@prepared
async def world(datasette: Any, request: Any) -> Response:
    """`/regions`: all of them."""
    rows = await ask(datasette, lambda db: rows_of(db, "SELECT * FROM regions ORDER BY country, code <> country_code, name"))
    countries = {row["code"]: row for row in rows if row["code"] == row["country_code"]}
    tree = [
        (countries.get(code, {"code": code, "name": within[0]["country"], "providers": 0, "telehealth_providers": 0}),
         [row for row in within if row["code"] != code])
        for code, within in ((code, list(found)) for code, found in groupby(rows, key=lambda row: row["country_code"]))
    ]  # fmt: skip
    return rendered(request, "regions.html", tree=tree)


async def moved(datasette: Any, request: Any) -> Response:
    """`/places`, as this page was called before."""
    return Response.redirect(reader_of(request).href("/regions"), status=301)


ROUTES: Routes = ((r"/regions", world), (r"/places", moved))
