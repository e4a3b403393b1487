"""Loads a register's file into `data/registers.db`: whole or not at all.

A load writes a draft beside the file in use and replaces it at the end, so that an error, a full disk or a kill leaves
what was loaded before.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from ldn_directory.normalize.npi import is_npi

from . import nppes
from .errors import RegisterError, refuse_if_many
from .exclusions import read_exclusions
from .layout import LEIE_COLUMNS
from .store import (
    REGISTERS_FILE,
    LoadedRegister,
    connect,
    count_rows,
    digest_of,
    error_message,
    literal,
    loaded_registers,
    put_rows,
)
from .zip_stream import header_of, open_zip, pieces_of

MOST_LOSS = 0.1
"""Share of entries that a new month may lack: a real one has more than the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What a load did: `changed` is False if the file had been loaded before."""

    register: str
    as_of: date
    entries: int
    changed: bool
    says: str
    left_out: int = 0
    problems: tuple[str, ...] = ()


def load(
    path: Path, data: Path, *, today: date | None = None, dated: date | None = None, allow_shrink: bool = False
) -> LoadResult:
    """Loads a file, whichever it is: NPPES of a month or a week, its report of deactivated numbers, or the LEIE.

    `dated` is the day of a file that does not say it (the LEIE; else that of its last change). Raises RegisterError.
    """
    today = today or datetime.now(UTC).date()
    if not path.is_file():
        raise RegisterError(f"there is no file {path}")
    data.mkdir(parents=True, exist_ok=True)
    with _only_loader(data):
        try:
            return _Loading(path, data, today, dated, allow_shrink).run()
        except duckdb.Error as error:
            raise RegisterError(f"{path.name}: {error_message(error)}: nothing was loaded") from None
        except OSError as error:
            raise RegisterError(f"{error.filename or path}: {error.strerror or error}: nothing was loaded") from None


@contextmanager
def _only_loader(data: Path) -> Iterator[None]:
    with (data / ".registers.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RegisterError(f"another load is under way in {data}: wait for it to end") from None
        yield


class _Loading:
    """One load under way."""

    def __init__(self, path: Path, data: Path, today: date, dated: date | None, allow_shrink: bool) -> None:
        self.path, self.data, self.today, self.dated, self.allow_shrink = path, data, today, dated, allow_shrink
        self.live, self.draft = data / REGISTERS_FILE, data / f".{REGISTERS_FILE}.loading"
        self.before = loaded_registers(data)
        self.digest = digest_of(path)

    def run(self) -> LoadResult:
        load_kind = self._loader()
        known = next((known for known in self.before.values() if known.digest == self.digest), None)
        return self._already_loaded(known) if known else load_kind()

    def _already_loaded(self, known: LoadedRegister) -> LoadResult:
        return LoadResult(
            register=known.register,
            as_of=known.as_of,
            entries=known.entries,
            changed=False,
            says=f"{self.path.name} is loaded already (as of {known.as_of}, {known.entries:,} entries): nothing to do",
        )

    def _loader(self) -> Callable[[], LoadResult]:
        if zipfile.is_zipfile(self.path) or self.path.suffix.lower() in (".zip", ".xlsx"):
            return self._zip_loader()
        with self.path.open("rb") as content:
            header = header_of(content, self.path.name)
        if nppes.MAIN.fullmatch(self.path.name):
            return self._main
        if set(LEIE_COLUMNS[:5]) <= set(header):
            return self._exclusions
        raise RegisterError(
            f"{self.path.name} is not a known file: npidata_pfile_YYYYMMDD-YYYYMMDD.csv (alone or in its zip), "
            "NPPES Deactivated NPI Report YYYYMMDD.xlsx (alone or in its zip), or the LEIE's UPDATED.csv"
        )

    def _zip_loader(self) -> Callable[[], LoadResult]:
        with open_zip(self.path) as packed:
            if nppes.main_member(packed):
                return self._main
        if nppes.report_in(self.path):
            return self._deactivated
        raise RegisterError(
            f"{self.path.name} holds neither a main file of NPPES (npidata_pfile_*.csv)"
            " nor its report of deactivated NPIs"
        )

    @contextmanager
    def _draft(self, *, afresh: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database of its own, in the place of the one in use once the block has ended well."""
        self._clean_up()
        if self.live.exists() and not afresh:
            shutil.copyfile(self.live, self.draft)
        try:
            with connect(str(self.draft), self.data, preserve_insertion_order=False) as db:
                if afresh or not self.live.exists():
                    db.execute(files("ldn_directory.registers").joinpath("registers.sql").read_text("utf-8"))
                yield db
                db.execute("CHECKPOINT")
            with self.draft.open("rb") as content:
                os.fsync(content.fileno())
            self.draft.replace(self.live)
        finally:
            self._clean_up()

    def _clean_up(self) -> None:
        self.draft.unlink(missing_ok=True)
        self.draft.with_name(self.draft.name + ".wal").unlink(missing_ok=True)
        shutil.rmtree(self.data / ".registers.tmp", ignore_errors=True)

    def _main(self) -> LoadResult:
        name = self.path.name
        if self.path.suffix.lower() != ".csv":
            with open_zip(self.path) as packed:
                name = Path(str(nppes.main_member(packed))).name
        period = nppes.period_of(name, self.today)
        before = self.before.get("nppes")
        if before and period.last == before.as_of:
            return self._already_loaded(before)
        if period.is_month:
            return self._month(period, before)
        return self._week(period, before)

    def _month(self, period: nppes.Period, before: LoadedRegister | None) -> LoadResult:
        self._refuse_older(self.path.name, period.last, before, "NPPES")
        with self._draft(afresh=True) as db:
            wrong = self._read(db, "nppes", period)
            count = count_rows(db, "nppes")
            self._refuse_loss(self.path.name, count, before)
            if before:
                self._carry_over(db, period.last)
            return self._finish(db, "nppes", period, wrong, f"NPPES as of {period.last}: {count:,} entries")

    def _carry_over(self, db: duckdb.DuckDBPyConnection, last: date) -> None:
        """Keeps what only the last state has: names of deactivated numbers, later deactivations, other registers."""
        db.execute(f"ATTACH {literal(self.live)} AS before (READ_ONLY)")
        db.execute(_names_before(db, "nppes", "before.nppes"))
        db.execute(_ended_after("nppes", "before.nppes"), [last])
        db.execute("INSERT INTO leie SELECT * FROM before.leie")
        db.execute("INSERT INTO loaded SELECT * FROM before.loaded WHERE register <> 'nppes'")
        db.execute("DETACH before")

    def _week(self, period: nppes.Period, before: LoadedRegister | None) -> LoadResult:
        if before is None:
            raise RegisterError(f"{self.path.name} holds the changes of a week only: load a monthly file first")
        if period.last <= before.as_of:
            raise RegisterError(
                f"{self.path.name} ends on {period.last}, but NPPES is loaded as of {before.as_of}: nothing was loaded"
            )
        if period.first > before.as_of + timedelta(days=1):
            raise RegisterError(
                f"{self.path.name} begins on {period.first}, but NPPES is loaded as of {before.as_of}:"
                " load the week between first, or a newer month"
            )
        with self._draft(afresh=False) as db:
            db.execute("CREATE TABLE fresh AS FROM nppes LIMIT 0")
            wrong = self._read(db, "fresh", period)
            db.execute(_names_before(db, "fresh", "nppes"))
            db.execute(_ended_after("fresh", "nppes"), [period.last])
            db.execute("DELETE FROM nppes WHERE npi IN (SELECT npi FROM fresh)")
            db.execute("INSERT INTO nppes FROM fresh")
            count = count_rows(db, "fresh")
            db.execute("DROP TABLE fresh")
            says = f"NPPES from {period.first} to {period.last}: {count:,} entries added or changed"
            return self._finish(db, "nppes", period, wrong, says)

    def _read(self, db: duckdb.DuckDBPyConnection, table: str, period: nppes.Period) -> list[str]:
        """Fills the table from the main file; gives what is wrong with the rows left out."""
        db.execute(f"CREATE TABLE reading AS SELECT *, NULL::VARCHAR AS wrong FROM {table} LIMIT 0")
        for where, source, header, query, given in self._sources(period.last):
            try:
                db.execute(f"INSERT INTO reading {query}", {**given, "source": source, "header": header})
            except duckdb.InvalidInputException as error:
                raise RegisterError(f"{where}: {error_message(error)}: nothing was loaded") from None
        wrong = _replace_table(db, table, self.path.name)
        self._read_more(db, table)
        return wrong

    def _read_more(self, db: duckdb.DuckDBPyConnection, table: str) -> None:
        """Takes the places and names in the zip's other files, in the place of those of the same entries."""
        for more in ("more_places", "more_names"):
            db.execute(f"DELETE FROM {more} WHERE npi IN (SELECT npi FROM {table})")
        if self.path.suffix.lower() == ".csv":
            return
        with open_zip(self.path) as packed:
            for more, member in nppes.more_members(packed):
                where = f"{self.path.name}, {member}"
                with packed.open(member) as content:
                    query, given = nppes.select_more(more, header_of(content, where), where)
                for piece in pieces_of(packed, member):
                    db.execute(f"INSERT INTO {more} {query}", {**given, "source": piece.address})

    def _sources(self, last: date) -> Iterator[tuple[str, str, bool, str, dict[str, Any]]]:
        """(where in words, what to read, whether it has a header, SELECT, parameters) of each part of the main file."""
        if self.path.suffix.lower() == ".csv":
            with self.path.open("rb") as content:
                names = header_of(content, self.path.name)
            yield self.path.name, str(self.path), True, *nppes.select_main(names, self.path.name, last)
            return
        with open_zip(self.path) as packed:
            member = str(nppes.main_member(packed))
            with packed.open(member) as content:
                names = header_of(content, f"{self.path.name}, {member}")
            query, given = nppes.select_main(names, f"{self.path.name}, {member}", last)
            for piece in pieces_of(packed, member):
                where = f"{self.path.name}, {member}, counted from line {piece.lines_before}"
                yield where, piece.address, False, query, given

    def _deactivated(self) -> LoadResult:
        found = nppes.report_in(self.path)
        assert found
        name, content = found
        with content:
            as_of = nppes.report_date(name, self.today)
            before = self.before.get("deactivated")
            if "nppes" not in self.before:
                raise RegisterError(f"{name} says which numbers ended, not whose they are: load a monthly file first")
            self._refuse_older(name, as_of, before, "one")
            rows = list(nppes.deactivated_in(content, name, as_of))
        good = [(int(number), day.isoformat()) for number, day in rows if day and is_npi(number)]
        wrong = [f"{number!r}, {day}" for number, day in rows if not day or not is_npi(number)]
        refuse_if_many(len(wrong), len(rows), name, "".join(wrong[:1]))
        self._refuse_loss(name, len(good), before)
        with self._draft(afresh=False) as db:
            db.execute("CREATE TABLE ended (npi BIGINT, day DATE)")
            put_rows(db, "ended", good)
            db.execute(_END)
            db.execute("DROP TABLE ended")
            period = nppes.Period(first=as_of, last=as_of)
            says = f"NPPES, deactivated as of {as_of}: {len(good):,} numbers"
            return self._finish(db, "deactivated", period, wrong, says, len(good))

    def _exclusions(self) -> LoadResult:
        as_of = self.dated or datetime.fromtimestamp(self.path.stat().st_mtime, UTC).date()
        before = self.before.get("leie")
        if as_of > self.today:
            raise RegisterError(f"{self.path.name} is of a day to come ({as_of}): is the clock right?")
        if before and as_of < before.as_of:
            raise RegisterError(
                f"{self.path.name} is as of {as_of}, but the LEIE is loaded as of {before.as_of}: nothing was loaded"
            )
        found, wrong = read_exclusions(self.path)
        self._refuse_loss(self.path.name, len(found), before)
        with self._draft(afresh=False) as db:
            db.execute("DELETE FROM leie")
            put_rows(db, "leie", [astuple(entry) for entry in found])
            period = nppes.Period(first=as_of, last=as_of)
            says = f"LEIE as of {as_of}: {len(found):,} entries in force"
            return self._finish(db, "leie", period, wrong, says, len(found))

    def _refuse_older(self, name: str, as_of: date, before: LoadedRegister | None, what: str) -> None:
        if before and as_of <= before.as_of:
            raise RegisterError(
                f"{name} is as of {as_of}, but {what} is loaded as of {before.as_of}: nothing was loaded"
            )

    def _refuse_loss(self, name: str, count: int, before: LoadedRegister | None) -> None:
        if before and count < before.entries * (1 - MOST_LOSS) and not self.allow_shrink:
            raise RegisterError(
                f"{name} has {count:,} entries instead of about {before.entries:,}: it seems to be cut off;"
                " nothing was loaded (if that is right, load it with --allow-shrink)"
            )

    def _finish(
        self,
        db: duckdb.DuckDBPyConnection,
        register: str,
        period: nppes.Period,
        wrong: list[str],
        says: str,
        count: int | None = None,
    ) -> LoadResult:
        count = count_rows(db, "nppes") if count is None else count
        if register == "nppes":
            db.execute(files("ldn_directory.registers").joinpath("shares.sql").read_text("utf-8"))
        db.execute("DELETE FROM loaded WHERE register = ?", [register])
        since = None if period.is_month else period.first
        db.execute(
            "INSERT INTO loaded VALUES (?, ?, ?, ?, ?, ?, ?)",
            [register, period.last, since, self.path.name, self.digest, count, len(wrong)],
        )
        left = f"; {len(wrong)} left out that could not be read" if wrong else ""
        return LoadResult(
            register=register,
            as_of=period.last,
            entries=count,
            changed=True,
            says=says + left,
            left_out=len(wrong),
            problems=tuple(wrong[:10]),
        )


def _replace_table(db: duckdb.DuckDBPyConnection, table: str, name: str) -> list[str]:
    """Replaces the table by `reading`, without the wrong rows, and returns a sentence about each of these.

    Raises RegisterError if there are many.
    """
    total = count_rows(db, "reading")
    wrong = [
        f"NPI {npi}: {why}"
        for npi, why in db.execute(
            "SELECT npi, wrong FROM reading WHERE wrong IS NOT NULL ORDER BY npi LIMIT 100000"
        ).fetchall()
    ]
    refuse_if_many(len(wrong), total, name, "".join(wrong[:1]))
    if wrong:
        db.execute("DELETE FROM reading WHERE wrong IS NOT NULL")
    if doubled := db.execute(
        "SELECT npi FROM reading GROUP BY npi HAVING count(*) > 1 ORDER BY npi LIMIT 1"
    ).fetchone():
        raise RegisterError(f"{name}: NPI {doubled[0]} stands in it twice: nothing was loaded")
    db.execute("ALTER TABLE reading DROP COLUMN wrong")
    db.execute(f"DROP TABLE {table}")
    db.execute(f"ALTER TABLE reading RENAME TO {table}")
    return wrong


def _names_before(db: duckdb.DuckDBPyConnection, table: str, source: str) -> str:
    """Gives those of whom the table says nothing but that they ended what the source knows of them."""
    columns = [name for name, *_ in db.execute(f"DESCRIBE {table}").fetchall()]
    known = ", ".join(f"{name} = known.{name}" for name in columns if name not in _ENDS)
    which = f"{table}.npi = known.npi AND {table}.person IS NULL AND known.person IS NOT NULL"
    return f"UPDATE {table} SET {known} FROM {source} AS known WHERE {which}"


def _ended_after(table: str, source: str) -> str:
    """Keeps the end that a later report of deactivated numbers gave to somebody whom an older file has as active."""
    which = f"{table}.npi = known.npi AND {table}.deactivated IS NULL AND known.reactivated IS NULL"
    update = f"UPDATE {table} SET deactivated = known.deactivated FROM {source} AS known"
    return f"{update} WHERE {which} AND known.deactivated > ?"


_ENDS = ("npi", "deactivated", "reactivated")
_END = """
UPDATE nppes SET deactivated = ended.day, reactivated = NULL FROM ended
WHERE nppes.npi = ended.npi AND (nppes.deactivated IS NULL OR nppes.deactivated < ended.day)
  AND (nppes.reactivated IS NULL OR nppes.reactivated < ended.day);
INSERT INTO nppes (npi, deactivated) SELECT npi, day FROM ended WHERE npi NOT IN (SELECT npi FROM nppes);
"""
