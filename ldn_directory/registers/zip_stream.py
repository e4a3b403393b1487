"""Reading a file inside a zip piece by piece: ten gigabytes are never unpacked, neither to disk nor to memory."""

from __future__ import annotations

import csv
import os
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from .errors import RegisterError

CHUNK, PIECE, LONGEST_LINE = 1 << 20, 128 << 20, 16 << 20
MOST_HEADER = 1 << 16
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What `zipfile` raises for one whose content cannot be unpacked: RuntimeError if it is encrypted."""
_BROKEN = (*_DAMAGED, OSError)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip file. Raises RegisterError if it is cut off or no zip file, or if the block finds it damaged."""
    try:
        packed = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        size = path.stat().st_size
        raise RegisterError(
            f"{path.name} is no whole zip file ({error}; it has {size:,} bytes):"
            " it was cut off, or is something else: download it again"
        ) from None
    except OSError as error:
        raise RegisterError(f"{path}: {error.strerror or error}") from None
    with packed:
        try:
            yield packed
        except _DAMAGED as error:
            raise RegisterError(f"{path.name} is damaged ({error}): download it again; nothing was loaded") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some whole lines of a file in a zip, unpacked."""

    address: str
    """A path to read them from, while the piece is the newest that was given."""
    lines_before: int
    """How many lines of the file come before it."""


def pieces_of(packed: zipfile.ZipFile, member: str) -> Iterator[Piece]:
    """The lines of a CSV file in a zip after its header, some 128 MB at a time, while a thread unpacks the next piece.

    Unlike a pipe, several threads can read a piece at once. Raises RegisterError for a damaged file: what is unpacked
    must have the checksum that the zip states.
    """
    lines = 1
    try:
        with packed.open(member) as content, ThreadPoolExecutor(1) as unpacker:
            content.readline(MOST_HEADER)
            upcoming: Future[tuple[_Unpacked, bytes | None]] | None = unpacker.submit(_piece, content, b"")
            while upcoming:
                piece, rest = upcoming.result()
                upcoming = None if rest is None else unpacker.submit(_piece, content, rest)
                with piece.content:
                    yield Piece(address=f"/dev/fd/{piece.content.fileno()}", lines_before=lines)
                lines += piece.lines
    except _BROKEN as error:
        name = Path(packed.filename or "").name
        raise RegisterError(f"{name}, {member}: damaged ({error}): download it again") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unpacked:
    content: IO[bytes]
    lines: int


def _piece(content: IO[bytes], rest: bytes) -> tuple[_Unpacked, bytes | None]:
    """(the next whole lines, what was read of the line after them, None at the end). `rest` was read before."""
    kept, lines = _memory(), 0
    while kept.tell() < PIECE and (chunk := content.read(CHUNK)):
        cut = _end_of_lines(chunk)
        whole, rest = (rest + chunk[:cut], chunk[cut:]) if cut else (b"", rest + chunk)
        if len(rest) > LONGEST_LINE:
            raise OSError(f"a line of more than {LONGEST_LINE >> 20} MB")
        clean = _utf8(whole)
        kept.write(clean)
        lines += clean.count(b"\n")
    if kept.tell() < PIECE:
        kept.write(_utf8(rest))
        return _Unpacked(content=kept, lines=lines), None
    return _Unpacked(content=kept, lines=lines), rest


def _end_of_lines(chunk: bytes) -> int:
    """Where the last whole line ends. Where all is in quotation marks, lines end between two of them."""
    end = chunk.rfind(b'"\n"')
    return end + 2 if end >= 0 else chunk.rfind(b"\n") + 1


def _utf8(chunk: bytes) -> bytes:
    """The lines as UTF-8, what is none replaced."""
    return chunk if chunk.isascii() else chunk.decode("utf-8", "replace").encode()


def _memory() -> IO[bytes]:
    """A file in memory, or where the system has none (macOS) one without a name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("piece"), "wb", buffering=0)
    return TemporaryFile(buffering=0)


def header_of(content: IO[bytes], where: str) -> list[str]:
    """The names in the first line of a CSV file. Raises RegisterError if there are none, or one comes twice."""
    first = content.readline(MOST_HEADER)
    if not first.endswith(b"\n"):
        raise RegisterError(f"{where} has no line of column names: it is cut off, or no CSV file")
    names = next(csv.reader([first.decode("utf-8-sig", "replace")]))
    if doubled := {name for name in names if names.count(name) > 1}:
        raise RegisterError(f"{where} has the column {sorted(doubled)[0]!r} twice")
    return names
