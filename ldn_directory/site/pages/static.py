"""`/static/...`: style sheets and scripts. An address with the digest of the content may be cached for good."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from . import assets
from .render import NOTHING_HERE, AnyResponse, Routes, error_page

_IMMUTABLE, _REVALIDATE = "public, max-age=31536000, immutable", "no-cache"


async def static(datasette: Any, request: Any) -> AnyResponse:
    """One file of `static/`."""
    name = request.url_vars["name"]
    body = assets.contents().get(name)
    if body is None:
        return error_page(request, 404, NOTHING_HERE)
    caching = _IMMUTABLE if assets.address_of(name).endswith(f"?{request.query_string}") else _REVALIDATE
    return Response(body, content_type=assets.TYPES["." + name.rpartition(".")[2]], headers={"Cache-Control": caching})


ROUTES: Routes = ((r"/static/(?P<name>[a-z0-9_./-]{1,80})", static),)
