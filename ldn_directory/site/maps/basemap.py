"""The maintainer's own base map: one PMTiles file (version 3) of vector tiles, named by `LDN_PMTILES`.

The header is that of the PMTiles specification 3, section 3: 127 bytes, numbers little-endian.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import logging
import os
import re
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ldn_directory.site.maps.outlines.projection import Box

SETTING = "LDN_PMTILES"
_HEADER = struct.Struct("<7sB11Q6B4iB2i")
_VECTOR_TILES, _UNCOMPRESSED, _GZIP = 1, 1, 2
_MOST_METADATA = 1_000_000
_MARKUP = re.compile(r"<[^>]*>")
_log = logging.getLogger(__name__)


class NoBasemap(ValueError):
    """A file is no PMTiles archive of vector tiles that can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """What a PMTiles file says of itself."""

    path: Path
    box: Box
    most_zoom: int
    credit: str
    """Whom the map is owed to, as text."""


def basemap() -> Basemap | None:
    """The base map that the maintainer has named; None if there is none, or none that can be used, which is logged once."""
    named = os.environ.get(SETTING, "").strip()
    if not named:
        return None
    try:
        stat = Path(named).stat()
    except OSError as error:
        return _refused(named, error.strerror or "cannot be read")
    return _known(named, stat.st_ino, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _known(named: str, inode: int, modified_ns: int) -> Basemap | None:
    try:
        return read_basemap(Path(named))
    except (OSError, NoBasemap) as error:
        return _refused(named, str(error))


@lru_cache(maxsize=16)
def _refused(named: str, why: str) -> None:
    _log.warning("%s=%s: %s; the site goes on without a base map", SETTING, named, why)


def read_basemap(path: Path) -> Basemap:
    """The header and the credit of a PMTiles file. Raises OSError or NoBasemap."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or head[:8] != b"PMTiles\x03":
            raise NoBasemap("this is no PMTiles file of version 3")
        numbers = _HEADER.unpack(head)
        metadata_at, metadata_size, packing, kind = numbers[4], numbers[5], numbers[14], numbers[16]
        if kind != _VECTOR_TILES:
            raise NoBasemap("its tiles are no vector tiles")
        west, south, east, north = (degrees / 1e7 for degrees in numbers[19:23])
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise NoBasemap(
                f"it states that it shows {west}, {south} to {east}, {north}, which is no part of the globe"
            )
        credit = _credit(file, metadata_at, metadata_size, packing)
    return Basemap(
        path=path, box=Box(west=west, south=south, east=east, north=north), most_zoom=numbers[18], credit=credit
    )


def _credit(file: BinaryIO, start: int, size: int, packing: int) -> str:
    """The attribution in the file's metadata, without its markup; empty if none is stated or can be read."""
    if not 0 < size <= _MOST_METADATA or packing not in (_UNCOMPRESSED, _GZIP):
        return ""
    if start + size > file.seek(0, io.SEEK_END):
        return ""
    file.seek(start)
    body = file.read(size)
    try:
        text = _unpacked(body) if packing == _GZIP else body
        stated = json.loads(text)
    except (ValueError, OSError, EOFError, RecursionError, zlib.error):
        return ""
    attribution = stated.get("attribution") if isinstance(stated, dict) else None
    return html.unescape(_MARKUP.sub("", attribution)).strip()[:300] if isinstance(attribution, str) else ""


def _unpacked(body: bytes) -> bytes:
    """No more of what is packed than metadata can be."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    text = unpacking.decompress(body, _MOST_METADATA)
    if unpacking.unconsumed_tail:
        raise gzip.BadGzipFile("too large")
    return text
