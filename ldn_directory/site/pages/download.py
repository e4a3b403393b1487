"""`/download`: the directory as files. Only files that the manifest names are given, and only as it states them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from datasette.utils.asgi import Response

from ldn_directory.publish.packages import FOLDER, Manifest, NoManifest, PackageFile
from ldn_directory.site.app_state import FileIdentity, state_of
from ldn_directory.site.i18n.lazy_text import phrase

from .files import OpenFileResponse
from .render import NOTHING_HERE, AnyResponse, Routes, base_of, error_page, needs_directory, render_page

_CACHING = "public, max-age=86400, s-maxage=0, immutable"
"""A name never means other bytes, so clients need not ask again. Shared caches ask each time whether a file is still
offered, because nothing of somebody who was removed may be given out."""
_REFUSED_PARTS = {
    400: phrase("The part of the file that was asked for cannot be understood. Please ask for all of it."),
    416: phrase("The file ends before the part that was asked for. Please ask for all of it."),
}
_LATEST = {"latest.db.gz": "database", "latest.datapackage.zip": "datapackage"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The files that can be downloaded now."""

    folder: Path
    manifest: Manifest
    is_current: bool
    """Whether the files were made from the directory that is being served."""

    @classmethod
    def next_to(cls, directory: Path, served: FileIdentity | None) -> Offer | None:
        """The files beside a published file; None if there are none. `served` is the version that is being served."""
        folder = directory.parent / FOLDER
        try:
            manifest = Manifest.of(folder)
        except NoManifest:
            return None
        made_of = (manifest.directory.bytes, manifest.directory.mtime_ns)
        return cls(
            folder=folder,
            manifest=manifest,
            is_current=served is not None and made_of == (served.size, served.mtime_ns),
        )

    def file_named(self, name: str) -> PackageFile | None:
        """The file of that name; None if the manifest does not have it."""
        return next((one for one in self.manifest.files if one.name == name), None)

    def latest(self, name: str) -> PackageFile | None:
        """What `latest.db.gz` or `latest.datapackage.zip` is at present."""
        return self.manifest.file(_LATEST[name]) if name in _LATEST else None

    def open(self, packed: PackageFile) -> BinaryIO | None:
        """The open file; None if it is missing or not as the manifest states."""
        try:
            handle = os.open(self.folder / packed.name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        file = os.fdopen(handle, "rb")
        if os.fstat(handle).st_size == packed.bytes:
            return file
        file.close()
        return None


async def _offer(datasette: Any) -> Offer | None:
    state = state_of(datasette)
    return await asyncio.to_thread(Offer.next_to, state.path, state.identity)


@needs_directory
async def page(datasette: Any, request: Any) -> Response:
    """`/download`: files with size, date and digest, and how to check and read them."""
    offer = await _offer(datasette)
    identity = state_of(datasette).identity
    size = identity.size if identity else 0
    return render_page(request, "download.html", offer=offer, base=base_of(request), directory_bytes=size)


@needs_directory
async def file(datasette: Any, request: Any) -> AnyResponse:
    """`/download/<file>`: one that is offered, or a part of it."""
    offer = await _offer(datasette)
    packed = offer and offer.file_named(request.url_vars["file"])
    opened = await asyncio.to_thread(offer.open, packed) if offer and packed else None
    if not packed or not opened:
        return error_page(request, 404, NOTHING_HERE)
    etag = f'"{packed.sha256}"'
    return _answer(
        request,
        OpenFileResponse(opened, media_type=packed.media_type, filename=packed.name, etag=etag, caching=_CACHING),
    )


@needs_directory
async def latest(datasette: Any, request: Any) -> AnyResponse:
    """`/download/latest.*`: to the dated file."""
    offer = await _offer(datasette)
    packed = offer and offer.latest(request.url_vars["name"])
    if not packed:
        return error_page(request, 404, NOTHING_HERE)
    return Response.redirect(f"/download/{packed.name}", status=302, headers={"Cache-Control": "no-cache"})


@needs_directory
async def sums(datasette: Any, request: Any) -> AnyResponse:
    """`/download/SHA256SUMS`: for `sha256sum -c`."""
    offer = await _offer(datasette)
    if not offer:
        return error_page(request, 404, NOTHING_HERE)
    return Response.text(offer.manifest.sums(), headers={"Cache-Control": "no-cache"})


@needs_directory
async def whole_directory(datasette: Any, request: Any) -> AnyResponse:
    """`/ldn.db`: the file being served."""
    try:
        opened = await asyncio.to_thread(open, state_of(datasette).path, "rb")
    except OSError:
        return error_page(request, 404, NOTHING_HERE)
    return _answer(request, OpenFileResponse(opened, media_type="application/vnd.sqlite3", filename="ldn.db"))


def _answer(request: Any, response: OpenFileResponse) -> AnyResponse:
    """The file, or the page that says why the part that is requested cannot be given."""
    status = response.refused_part(request.scope)
    if status is None:
        return response
    response.close()
    refusal = error_page(request, status, _REFUSED_PARTS[status])
    if status == 416:
        refusal.headers["Content-Range"] = f"bytes */{response.size}"
    return refusal


ROUTES: Routes = (
    (r"/download", page),
    (r"/download/SHA256SUMS", sums),
    (r"/download/(?P<name>latest\.(?:db\.gz|datapackage\.zip))", latest),
    (r"/download/(?P<file>[^/]{1,100})", file),
    (r"/ldn\.db", whole_directory),
)
