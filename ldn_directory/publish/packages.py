"""What is offered for download: the published file compressed, and a data package, made after a build and named in a manifest.

Whatever happens on the way, the folder holds either what it held or what is new: each file is written beside, synced and renamed, and
the manifest, which says what is offered, comes last. A name holds the first digits of its content's digest, so it never means
something else. Nothing here touches the directory itself: the site goes on without downloads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ldn_directory.errors import BuildError
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.storage import version_of

from .data_package import stated_metadata, write_datapackage
from .swap import only_writer

FOLDER, MANIFEST, SUMS = "downloads", "manifest.json", "SHA256SUMS"
DATABASE, DATAPACKAGE = ("database", "db.gz", "application/gzip"), ("datapackage", "datapackage.zip", "application/zip")
CHUNK_BYTES = 1 << 20
LEVEL = 6
GZIP = 16 + zlib.MAX_WBITS
"""A gzip header (RFC 1952) without a name and a time: the same content gives the same bytes."""
NAME = re.compile(r"ldn-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.(db\.gz|datapackage\.zip)")
DIGEST = re.compile(r"[0-9a-f]{64}")


class PackagingError(Exception):
    """The downloads could not be made; what was offered before still is. The message says why and what to do."""


class NoManifest(Exception):
    """Nothing is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One file that is offered."""

    kind: str
    """`database` or `datapackage`."""
    name: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The file that the downloads were made of."""

    sha256: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is offered, and what it was made of."""

    read: str
    """When the newest list in it was read, UTC; of a directory without runs, when it was published."""
    directory: Published
    made_by: str
    """Version of the code."""
    without: str
    """Version of the list of the forgotten, none of whom is in it."""
    files: tuple[Packed, ...]

    @classmethod
    def of(cls, folder: Path) -> Manifest:
        """The manifest in a folder of downloads. Raises NoManifest if there is none, or it is none of ours."""
        try:
            stated = json.loads((folder / MANIFEST).read_text("utf-8"))
            files = tuple(Packed(**one) for one in stated.pop("files"))
            manifest = cls(directory=Published(**stated.pop("directory")), files=files, **stated)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise NoManifest(str(error)) from None
        if not all(
            NAME.fullmatch(str(one.name)) and DIGEST.fullmatch(str(one.sha256)) and isinstance(one.bytes, int)
            for one in files
        ):
            raise NoManifest(f"{folder / MANIFEST} names files that are no downloads")
        return manifest

    def file(self, kind: str) -> Packed | None:
        """The file of a kind."""
        return next((one for one in self.files if one.kind == kind), None)

    def sums(self) -> str:
        """The digests as `sha256sum -c` reads them."""
        return "".join(f"{one.sha256}  {one.name}\n" for one in self.files)


def package(directory: Path, *, suppressions: Path | None = None) -> Manifest:
    """Makes the downloads of a published file, in the folder beside it, and deletes those before them. Raises PackagingError.

    `suppressions` is the list of the forgotten, as `build` has it. What is offered already for the same bytes is kept.
    """
    data = directory.parent
    folder = data / FOLDER
    try:
        with only_writer(data), directory.open("rb") as file:
            without = Suppressions.of(suppressions or data / "suppressions.jsonl", data).version
            withdraw_unless(data, without)
            folder.mkdir(exist_ok=True)
            _delete(folder, lambda path: path.suffix == ".part")
            manifest = _made(directory, file, folder, without)
            _delete(folder, lambda path: path.name not in {MANIFEST, SUMS, *(one.name for one in manifest.files)})
            return manifest
    except FileNotFoundError as error:
        raise PackagingError(
            f"there is no {error.filename}: nothing to make downloads of, build first (ldn build)"
        ) from None
    except (OSError, sqlite3.Error, BuildError) as error:
        with suppress(OSError):
            _delete(folder, lambda path: path.suffix == ".part")
        reason = f"{error.filename or folder}: {error.strerror}" if isinstance(error, OSError) else str(error)
        raise PackagingError(f"the downloads could not be made ({reason}): see to that, then run ldn package") from None


def withdraw(data: Path) -> None:
    """Takes away whatever is offered, the manifest first. Downloads that are under way end as they began. Raises OSError."""
    folder = data / FOLDER
    _delete(folder, lambda path: path.name == MANIFEST)
    _delete(folder, lambda path: True)


def withdraw_unless(data: Path, without: str) -> None:
    """Takes away what was made with another list of the forgotten than the one of that version. Raises OSError."""
    try:
        is_right = Manifest.of(data / FOLDER).without == without
    except NoManifest:
        is_right = False
    if not is_right:
        withdraw(data)


def _delete(folder: Path, unwanted: Callable[[Path], bool]) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file() and unwanted(path):
                path.unlink(missing_ok=True)


def _made(directory: Path, file: BinaryIO, folder: Path, without: str) -> Manifest:
    stat = os.fstat(file.fileno())
    published = Published(sha256=_digest(_pieces(file)), bytes=stat.st_size, mtime_ns=stat.st_mtime_ns)
    with closing(sqlite3.connect(f"{directory.absolute().as_uri()}?mode=ro", uri=True)) as db:
        read = _read(db) or datetime.fromtimestamp(stat.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        files = _still_right(folder, published.sha256) or _packed(db, file, folder, read[:10], published.sha256[:8])
    manifest = Manifest(read=read, directory=published, made_by=_made_by(), without=without, files=files)
    _write(folder / SUMS, manifest.sums())
    _write(folder / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def _read(db: sqlite3.Connection) -> str | None:
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    return read if read is None else str(read)


def _made_by() -> str:
    code = version_of("publish/packages.py", "publish/data_package.py", "publish/data_package.toml")
    return f"{code} {_digest(iter([repr(stated_metadata()).encode()]))}"


def _still_right(folder: Path, sha256: str) -> tuple[Packed, ...]:
    """What is offered already, if it was made of the same bytes by the same code and is all there."""
    try:
        offered = Manifest.of(folder)
    except NoManifest:
        return ()
    same = offered.directory.sha256 == sha256 and offered.made_by == _made_by()
    there = all(
        (folder / one.name).is_file() and (folder / one.name).stat().st_size == one.bytes for one in offered.files
    )
    return offered.files if same and there else ()


def _packed(db: sqlite3.Connection, file: BinaryIO, folder: Path, day: str, digits: str) -> tuple[Packed, ...]:
    def as_gzip(part: BinaryIO) -> None:
        for piece in _compressed(_pieces(file)):
            part.write(piece)

    def as_datapackage(part: BinaryIO) -> None:
        write_datapackage(db, part, stated_metadata(), f"{day}-{digits}")

    return _one(folder, day, DATABASE, as_gzip), _one(folder, day, DATAPACKAGE, as_datapackage)


def _one(folder: Path, day: str, form: tuple[str, str, str], fill: Callable[[BinaryIO], None]) -> Packed:
    kind, ending, media_type = form
    part = folder / f"{kind}.part"
    with part.open("w+b") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
        sha256, size = _digest(_pieces(file)), file.seek(0, os.SEEK_END)
    name = f"ldn-{day}-{sha256[:8]}.{ending}"
    part.replace(folder / name)
    return Packed(kind=kind, name=name, media_type=media_type, bytes=size, sha256=sha256)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The whole file, from its beginning."""
    file.seek(0)
    while piece := file.read(CHUNK_BYTES):
        yield piece


def _digest(pieces: Iterator[bytes]) -> str:
    seen = hashlib.sha256()
    for piece in pieces:
        seen.update(piece)
    return seen.hexdigest()


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    squeezed = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    yield from (squeezed.compress(piece) for piece in pieces)
    yield squeezed.flush()


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
