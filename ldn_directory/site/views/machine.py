"""What only programs ask for."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from .. import downloads, openapi
from ..answering import Routes


async def described(datasette: Any, request: Any) -> Response:
    """`/openapi.json`: what programs may ask."""
    return Response.json(openapi.description(), headers={"Cache-Control": "public, max-age=3600"})


async def robots(datasette: Any, request: Any) -> Response:
    """`/robots.txt`: facet combinations and tables are not for crawlers; entries, sources and the front page may be read."""
    return Response.text("User-agent: *\nDisallow: /ldn\nDisallow: /search.\nDisallow: /suggest.json\nDisallow: /changes.\nDisallow: /*?\n")


ROUTES: Routes = (
    (r"/openapi\.json", described),
    (r"/robots\.txt", robots),
    (r"/ldn\.db", downloads.whole_directory),
)
