"""`/map/streets`: entries on the maintainer's own base map, if there is one; and the file of its tiles, in parts."""

from __future__ import annotations

import asyncio
from typing import Any

from ldn_directory.site.maps.basemap import basemap

from .files import OpenFileResponse
from .render import NOTHING_HERE, Answering, Routes, answer, prepared, rendered

_KEPT = "public, max-age=3600"


@prepared
async def streets(datasette: Any, request: Any) -> Answering:
    """The page; without a script it leads to the other map and the search."""
    found = await asyncio.to_thread(basemap)
    if found is None:
        return answer(request, 404, NOTHING_HERE)
    return rendered(request, "streets.html", base=found)


async def tiles(datasette: Any, request: Any) -> Answering:
    """The PMTiles file, whole or the part that is asked for."""
    found = await asyncio.to_thread(basemap)
    if found is None:
        return answer(request, 404, NOTHING_HERE)
    try:
        file = await asyncio.to_thread(open, found.path, "rb")
    except OSError:
        return answer(request, 404, NOTHING_HERE)
    return OpenFileResponse(file, media_type="application/vnd.pmtiles", filename="tiles.pmtiles", caching=_KEPT)


ROUTES: Routes = ((r"/map/streets", streets), (r"/map/tiles\.pmtiles", tiles))
