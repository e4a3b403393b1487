"""`/download`: what there is to take away, and the files themselves."""

from __future__ import annotations

import asyncio
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import state_of

from .downloads import KEPT, Offer
from .files import OpenFileResponse
from .render import NOTHING_HERE, Answering, Routes, answer, base_of, prepared, rendered


async def _offer(datasette: Any) -> Offer | None:
    state = state_of(datasette)
    return await asyncio.to_thread(Offer.beside, state.path, state.identity)


@prepared
async def page(datasette: Any, request: Any) -> Response:
    """`/download`: files with size, date and digest, and how to check and read them."""
    offer = await _offer(datasette)
    identity = state_of(datasette).identity
    size = identity.size if identity else 0
    return rendered(request, "download.html", offer=offer, base=base_of(request), directory_bytes=size)


@prepared
async def file(datasette: Any, request: Any) -> Answering:
    """`/download/<file>`: one that is offered, or a part of it."""
    offer = await _offer(datasette)
    packed = offer and offer.named(request.url_vars["file"])
    opened = await asyncio.to_thread(offer.opened, packed) if offer and packed else None
    if not packed or not opened:
        return answer(request, 404, NOTHING_HERE)
    etag = f'"{packed.sha256}"'
    return OpenFileResponse(opened, media_type=packed.media_type, filename=packed.name, etag=etag, caching=KEPT)


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
        opened = await asyncio.to_thread(open, state_of(datasette).path, "rb")
    except OSError:
        return answer(request, 404, NOTHING_HERE)
    return OpenFileResponse(opened, media_type="application/vnd.sqlite3", filename="ldn.db")


ROUTES: Routes = (
    (r"/download", page),
    (r"/download/SHA256SUMS", sums),
    (r"/download/(?P<name>latest\.(?:db\.gz|datapackage\.zip))", latest),
    (r"/download/(?P<file>[^/]{1,100})", file),
    (r"/ldn\.db", whole_directory),
)
