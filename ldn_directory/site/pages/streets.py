"""`/map/streets`: entries on the maintainer's own base map, if there is one; and the file of its tiles, in parts."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from ldn_directory.site.maps.basemap import basemap
from ldn_directory.site.server.files import Asked, FileAnswer

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
    stat = os.fstat(file.fileno())
    etag = f'"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    return FileAnswer(
        file=file,
        asked=Asked.by(request),
        etag=etag,
        media_type="application/vnd.pmtiles",
        name="tiles.pmtiles",
        caching=_KEPT,
    )


ROUTES: Routes = ((r"/map/streets", streets), (r"/map/tiles\.pmtiles", tiles))
