"""`/static/...`: style and scripts. An address that names the content's digest may be kept for good."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from . import assets
from .render import NOTHING_HERE, Answering, Routes, answer

_FOR_GOOD, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


async def static(datasette: Any, request: Any) -> Answering:
    """One file."""
    name = request.url_vars["name"]
    body = assets.contents().get(name)
    if body is None:
        return answer(request, 404, NOTHING_HERE)
    keeping = _FOR_GOOD if assets.address_of(name).endswith(f"?{request.query_string}") else _ASK_AGAIN
    return Response(body, content_type=assets.TYPES["." + name.rpartition(".")[2]], headers={"Cache-Control": keeping})


ROUTES: Routes = ((r"/static/(?P<name>[a-z0-9_./-]{1,80})", static),)
