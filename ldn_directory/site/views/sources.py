"""`/sources`: each list, who publishes it, and when it was read."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from ..answering import Routes, ask, prepared, rendered
from ..entry import rows_if_any, rows_of
from ..outlines import outlines


@prepared
async def sources(datasette: Any, request: Any) -> Response:
    """All lists, and whom the tables of places are owed to."""
    rows = await ask(datasette, lambda db: rows_of(db, "SELECT * FROM sources ORDER BY title COLLATE NOCASE"))
    thanks = await ask(datasette, lambda db: rows_if_any(db, "SELECT * FROM attributions ORDER BY package"))
    return rendered(request, "sources.html", sources=rows, attributions=[*thanks, *outlines().attributions])


ROUTES: Routes = ((r"/sources", sources),)
