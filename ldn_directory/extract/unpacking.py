"""Opens zip archives within limits, because a small archive can unpack to a very large one."""

from __future__ import annotations

import io
import zipfile
import zlib

MAX_MEMBERS = 5_000


class ArchiveRefused(ValueError):
    """The archive is broken or unpacks to more than is allowed. The message says which."""


def open_archive(body: bytes, most_bytes: int) -> zipfile.ZipFile:
    """The archive, if it unpacks to at most `most_bytes`. Raises ArchiveRefused.

    The sizes are those that the archive states. Reading a member never gives more than that.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ArchiveRefused(f"is a broken archive: {error}") from error
    if len(members) > MAX_MEMBERS:
        raise ArchiveRefused(f"holds {len(members):,} files, more than the {MAX_MEMBERS:,} that are read")
    if sum(member.file_size for member in members) > most_bytes:
        raise ArchiveRefused(f"unpacks to more than {most_bytes // 1_000_000} MB: refused")
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """A file of the archive. Raises ArchiveRefused if it is damaged or encrypted."""
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise ArchiveRefused(f"is a broken or encrypted archive: {type(error).__name__}: {str(error)[:200]}") from error
