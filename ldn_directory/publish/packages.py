"""Makes the downloads of a published directory: the compressed database, a data package and a manifest.

Each file is written to a draft, synced and renamed, and the manifest comes last: after a crash the folder offers either
the old downloads or the new ones. A name has the first digits of the content's digest, so it never changes its meaning.
The directory itself is not touched, and the site works without downloads.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BufferedRandom, BufferedReader
from pathlib import Path
from typing import BinaryIO

from ldn_directory.errors import BuildError, LdnError
from ldn_directory.privacy.suppression import LIST_FILE, Suppressions
from ldn_directory.storage import format_time, open_read_only, version_of, write_atomically

from .data_package import stated_metadata, write_datapackage
from .swap import only_writer

FOLDER, MANIFEST, SUMS = "downloads", "manifest.json", "SHA256SUMS"
DATABASE, DATAPACKAGE = ("database", "db.gz", "application/gzip"), ("datapackage", "datapackage.zip", "application/zip")
CHUNK_BYTES = 1 << 20
NAME = re.compile(r"ldn-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.(db\.gz|datapackage\.zip)")
DIGEST = re.compile(r"[0-9a-f]{64}")


class PackagingError(LdnError):
    """The downloads could not be made; those from before are still there. The message says why and what to do."""


class NoManifest(Exception):
    """There are no downloads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file for download."""

    kind: str
    """`database` or `datapackage`."""
    name: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedDirectory:
    """The file that the downloads were made of."""

    sha256: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The downloads, and what they were made of."""

    read: str
    """When the newest list in it was read, UTC; if there are no runs, when the directory was published."""
    directory: PackagedDirectory
    made_by: str
    """Version of the code."""
    without: str
    """Version of the suppression list: nobody on it is in the downloads."""
    files: tuple[PackageFile, ...]

    @classmethod
    def of(cls, folder: Path) -> Manifest:
        """The manifest in a folder of downloads. Raises NoManifest if there is none, or it is malformed."""
        try:
            stated = json.loads((folder / MANIFEST).read_text("utf-8"))
            files = tuple(PackageFile(**one) for one in stated.pop("files"))
            manifest = cls(directory=PackagedDirectory(**stated.pop("directory")), files=files, **stated)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise NoManifest(str(error)) from None
        if not all(
            NAME.fullmatch(str(one.name)) and DIGEST.fullmatch(str(one.sha256)) and isinstance(one.bytes, int)
            for one in files
        ):
            raise NoManifest(f"{folder / MANIFEST} names files that are no downloads")
        return manifest

    def file(self, kind: str) -> PackageFile | None:
        """The file of a kind."""
        return next((one for one in self.files if one.kind == kind), None)

    def sums(self) -> str:
        """The digests as `sha256sum -c` reads them."""
        return "".join(f"{one.sha256}  {one.name}\n" for one in self.files)


def package(directory: Path, *, suppressions: Path | None = None) -> Manifest:
    """Makes the downloads of a published directory, and deletes the ones from before. Raises PackagingError.

    `suppressions` is the suppression list that `build` used. Downloads of the same bytes are kept.
    """
    data = directory.parent
    folder = data / FOLDER
    try:
        with only_writer(data), directory.open("rb") as file:
            without = Suppressions.load(suppressions or data / LIST_FILE, data).version
            withdraw_unless(data, without)
            folder.mkdir(exist_ok=True)
            _delete(folder, lambda path: path.suffix == ".part")
            manifest = _make(directory, file, folder, without)
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
    """Deletes all downloads, the manifest first. Transfers that have begun are not cut off. Raises OSError."""
    folder = data / FOLDER
    _delete(folder, lambda path: path.name == MANIFEST)
    _delete(folder, lambda path: True)


def withdraw_unless(data: Path, without: str) -> None:
    """Deletes the downloads unless they were made with this version of the suppression list. Raises OSError."""
    try:
        if Manifest.of(data / FOLDER).without == without:
            return
    except NoManifest:
        pass
    withdraw(data)


def _delete(folder: Path, unwanted: Callable[[Path], bool]) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file() and unwanted(path):
                path.unlink(missing_ok=True)


def _make(directory: Path, file: BufferedReader, folder: Path, without: str) -> Manifest:
    stat = os.fstat(file.fileno())
    published = PackagedDirectory(sha256=_sha256(file), bytes=stat.st_size, mtime_ns=stat.st_mtime_ns)
    with closing(open_read_only(directory)) as db:
        (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
        read = read or format_time(datetime.fromtimestamp(stat.st_mtime, UTC))
        files = _reusable_files(folder, published.sha256)
        if not files:
            version = f"{read[:10]}-{published.sha256[:8]}"
            files = (
                _write_file(folder, read[:10], DATABASE, lambda part: _compress(file, part)),
                _write_file(
                    folder, read[:10], DATAPACKAGE, lambda part: write_datapackage(db, part, stated_metadata(), version)
                ),
            )
    manifest = Manifest(read=read, directory=published, made_by=_code_version(), without=without, files=files)
    write_atomically(folder / SUMS, manifest.sums().encode())
    write_atomically(folder / MANIFEST, f"{json.dumps(asdict(manifest), indent=1)}\n".encode())
    return manifest


def _code_version() -> str:
    code = version_of("publish/packages.py", "publish/data_package.py", "publish/data_package.toml")
    return f"{code} {hashlib.sha256(repr(stated_metadata()).encode()).hexdigest()}"


def _reusable_files(folder: Path, sha256: str) -> tuple[PackageFile, ...]:
    """The present downloads, if they are complete and were made of the same bytes by the same code."""
    try:
        manifest = Manifest.of(folder)
    except NoManifest:
        return ()
    is_same = manifest.directory.sha256 == sha256 and manifest.made_by == _code_version()
    is_complete = all(
        (folder / one.name).is_file() and (folder / one.name).stat().st_size == one.bytes for one in manifest.files
    )
    return manifest.files if is_same and is_complete else ()


def _write_file(folder: Path, day: str, form: tuple[str, str, str], write: Callable[[BinaryIO], None]) -> PackageFile:
    kind, ending, media_type = form
    part = folder / f"{kind}.part"
    with part.open("w+b") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
        sha256, size = _sha256(file), file.seek(0, os.SEEK_END)
    name = f"ldn-{day}-{sha256[:8]}.{ending}"
    part.replace(folder / name)
    return PackageFile(kind=kind, name=name, media_type=media_type, bytes=size, sha256=sha256)


def _sha256(file: BufferedReader | BufferedRandom) -> str:
    """The digest of a whole file."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _compress(file: BinaryIO, part: BinaryIO) -> None:
    """Compresses a whole file. The header (RFC 1952) has no name and time: the same content gives the same bytes."""
    file.seek(0)
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=part, mtime=0) as compressed:
        shutil.copyfileobj(file, compressed, CHUNK_BYTES)
