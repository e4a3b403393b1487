"""`/api`: worked examples for developers; `/openapi.json`: the description for tools."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site import openapi

from .render import Answering, Routes, ask, base_of, prepared, rendered


@prepared
async def api_page(datasette: Any, request: Any) -> Answering:
    """`/api`: an example of every address for programs, and of Datasette's own JSON."""
    number = await ask(datasette, lambda db: db.execute("SELECT min(id) FROM providers").fetchone()[0])
    return rendered(
        request,
        "api.html",
        description=openapi.description(),
        number=number or 1,
        base=base_of(request),
    )


async def openapi_json(datasette: Any, request: Any) -> Answering:
    """`/openapi.json`."""
    return Response.json(openapi.description(), headers={"Cache-Control": "public, max-age=3600"})


ROUTES: Routes = ((r"/api", api_page), (r"/openapi\.json", openapi_json))
