"""`/download`: what there is to take away, and the files themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.server.downloads import Offer, directory_answer, packed_answer

from .render import DATABASE, NOTHING_HERE, Answering, Routes, answer, base_of, prepared, rendered


async def _offer(datasette: Any) -> Offer | None:
    database = datasette.databases[DATABASE]
    return await asyncio.to_thread(Offer.beside, Path(database.path), database.identity)


@prepared
async def page(datasette: Any, request: Any) -> Response:
    """`/download`: files with size, date and digest, and how to check and read them."""
    offer = await _offer(datasette)
    size = datasette.databases[DATABASE].identity.size
    return rendered(request, "download.html", offer=offer, base=base_of(request), directory_bytes=size)


@prepared
async def file(datasette: Any, request: Any) -> Answering:
    """`/download/<file>`: one that is offered, or a part of it."""
    offer = await _offer(datasette)
    packed = offer and offer.named(request.url_vars["file"])
    opened = await asyncio.to_thread(offer.opened, packed) if offer and packed else None
    return packed_answer(request, packed, opened) if packed and opened else answer(request, 404, NOTHING_HERE)


@prepared
async def latest(datasette: Any, request: Any) -> Answering:
    """`/download/latest.*`: to the dated file."""
    offer = await _offer(datasette)
    packed = offer and offer.latest(request.url_vars["name"])
    if not packed:
        return answer(request, 404, NOTHING_HERE)
    return Response.redirect(f"/download/{packed.name}", status=302, headers={"Cache-Control": "no-cache"})


@prepared
async def sums(datasette: Any, request: Any) -> Answering:
    """`/download/SHA256SUMS`: for `sha256sum -c`."""
    offer = await _offer(datasette)
    if not offer:
        return answer(request, 404, NOTHING_HERE)
    return Response.text(offer.manifest.sums(), headers={"Cache-Control": "no-cache"})


@prepared
async def whole_directory(datasette: Any, request: Any) -> Answering:
    """`/ldn.db`: the file being served."""
    try:
        opened = await asyncio.to_thread(open, datasette.databases[DATABASE].path, "rb")
    except OSError:
        return answer(request, 404, NOTHING_HERE)
    return directory_answer(request, opened)


ROUTES: Routes = (
    (r"/download", page),
    (r"/download/SHA256SUMS", sums),
    (r"/download/(?P<name>latest\.(?:db\.gz|datapackage\.zip))", latest),
    (r"/download/(?P<file>[^/]{1,100})", file),
    (r"/ldn\.db", whole_directory),
)
