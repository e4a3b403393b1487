"""`/api`: worked examples for developers; `/openapi.json`: the description for tools."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site import openapi

from .render import AnyResponse, Routes, base_of, needs_directory, query_directory, render_page


@needs_directory
async def api_page(datasette: Any, request: Any) -> AnyResponse:
    """`/api`: an example of every address for programs, and of Datasette's own JSON."""
    number = await query_directory(datasette, lambda db: db.execute("SELECT min(id) FROM providers").fetchone()[0])
    return render_page(
        request,
        "api.html",
        description=openapi.description(),
        number=number or 1,
        base=base_of(request),
    )


async def openapi_json(datasette: Any, request: Any) -> AnyResponse:
    """`/openapi.json`."""
    return Response.json(openapi.description(), headers={"Cache-Control": "public, max-age=3600"})


ROUTES: Routes = ((r"/api", api_page), (r"/openapi\.json", openapi_json))
