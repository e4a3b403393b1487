"""`data/registers.db`, what is loaded of the registers, and how rows are put into DuckDB."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from .errors import RegisterError

REGISTERS_FILE = "registers.db"
MEMORY = "1GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRegister:
    """What is loaded of a register."""

    register: str
    as_of: date
    since: date | None
    file: str
    digest: str
    entries: int
    left_out: int


def loaded_registers(data: Path) -> dict[str, LoadedRegister]:
    """What is loaded, by register; empty if nothing is. Raises RegisterError for a file that cannot be read."""
    path = data / REGISTERS_FILE
    if not path.exists():
        return {}
    with open_registers(path) as db:
        rows = db.execute(
            "SELECT register, as_of, since, file, digest, entries, left_out FROM loaded ORDER BY register"
        ).fetchall()
    names = ("register", "as_of", "since", "file", "digest", "entries", "left_out")
    return {row[0]: LoadedRegister(**dict(zip(names, row, strict=True))) for row in rows}


def connect(address: str, folder: Path, **more: Any) -> duckdb.DuckDBPyConnection:
    """A database with a limit of memory, that may spill into the folder. A progress bar would end up in `--json`."""
    db = duckdb.connect(
        address, config={"memory_limit": MEMORY, "temp_directory": str(folder / ".registers.tmp"), **more}
    )
    db.execute("SET enable_progress_bar = false")
    return db


@contextmanager
def open_registers(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What is loaded, for reading. Raises RegisterError if it cannot be read."""
    try:
        db = connect(":memory:", path.parent)
        db.execute(f"ATTACH {literal(path)} AS registers (READ_ONLY)")
        db.execute("USE registers")
    except duckdb.Error as error:
        raise RegisterError(
            f"{path} cannot be read ({str(error).splitlines()[0]}):"
            " it is a cache of public files: delete it, and load them again"
        ) from None
    with db:
        yield db


def literal(path: Path) -> str:
    """A path as SQL writes it, for statements that take no parameter."""
    return "'" + str(path).replace("'", "''") + "'"


def put_rows(db: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Puts rows into a table, by way of a file: DuckDB takes single rows a thousand times slower."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
        if path.stat().st_size:
            form = "HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '\\N'"
            db.execute(f"COPY {table} FROM {literal(path)} ({form})")


def digest_of(path: Path) -> str:
    """SHA-256 of a file's size and of samples of it: to read ten gigabytes would take a minute."""
    size, found = path.stat().st_size, hashlib.sha256()
    with path.open("rb") as content:
        for place in (0, size // 4, size // 2, 3 * size // 4, max(0, size - (1 << 20))):
            content.seek(place)
            found.update(content.read(1 << 20))
    found.update(str(size).encode())
    return found.hexdigest()


def count_rows(db: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a table has."""
    row = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def error_message(error: duckdb.Error) -> str:
    """What went wrong in one line, without DuckDB's advice on its options."""
    lines = [
        line.strip()
        for line in str(error).split("Possible fixes")[0].split("Original Line")[0].splitlines()
        if line.strip()
    ]
    return " ".join(line for line in lines if not line.startswith(("file =", "LINE ")))[:600]
