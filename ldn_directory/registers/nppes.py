"""The NPPES files as rows of `nppes`: the main file of a month or a week, and the report of deactivated numbers."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook

from .errors import RegisterError
from .layout import columns_of, used_columns
from .names import LEGAL
from .zip_stream import open_zip

BEGUN = date(2005, 5, 23)
"""When NPIs were first given out: what a monthly file begins with."""
MAIN = re.compile(r"npidata_pfile_(\d{8})-(\d{8})\.csv", re.IGNORECASE)
DEACTIVATED = re.compile(r"Deactivated NPI Report (\d{8})\.xlsx", re.IGNORECASE)
_DATES, _TEXTS = used_columns("dates"), used_columns("texts")
_TAXONOMIES = tuple(f"Healthcare Provider Taxonomy Code_{number}" for number in range(1, 6))
"""The first five: hardly anybody has more, and each column costs time."""
NEEDED = ("NPI", "Entity Type Code", *_TEXTS.values(), *_DATES.values(), *_TAXONOMIES)
LARGEST_REPORT = 256 << 20
"""Bytes: a real one has some ten million, and all of it is read into memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that a main file covers."""

    first: date
    last: date

    @property
    def is_month(self) -> bool:
        """Whether it is the full file of a month, and not a week's changes."""
        return self.first == BEGUN


def period_of(member: str, today: date) -> Period:
    """The days in the name of a main file. Raises RegisterError if they cannot be."""
    found = MAIN.search(member)
    assert found
    try:
        first, last = (datetime.strptime(text, "%Y%m%d").date() for text in found.groups())
    except ValueError:
        raise RegisterError(f"{member} has no days in its name that exist: nothing says of when it is") from None
    if not BEGUN <= first <= last:
        raise RegisterError(f"{member} ends before it begins, or begins before there were NPIs (2005-05-23)")
    if last > today:
        raise RegisterError(f"{member} is of a day to come ({last}): is the clock right?")
    return Period(first=first, last=last)


def main_member(packed: zipfile.ZipFile) -> str | None:
    """The main file in a zip; None if there is none."""
    found = [name for name in packed.namelist() if MAIN.fullmatch(Path(name).name)]
    if len(found) > 1:
        raise RegisterError(
            f"{Path(packed.filename or '').name} holds {len(found)} main files instead of one: {', '.join(found)}"
        )
    return found[0] if found else None


def select_main(header: list[str], where: str, last: date) -> tuple[str, dict[str, Any]]:
    """(SELECT of the rows as `nppes` has them, with why a row is `wrong`; its parameters but `source` and `header`).

    Raises RegisterError for missing columns.
    """
    if missing := [name for name in NEEDED if name not in header]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        named = ", ".join(map(repr, missing[:3]))
        raise RegisterError(f"{where} lacks the columns {named}{more}: its layout has changed, or it is another file")
    query = files("ldn_directory.registers").joinpath("nppes_main.sql").read_text("utf-8").replace("@LEGAL@", LEGAL)
    return query, {"columns": dict.fromkeys(header, "VARCHAR"), "last": last}


def _quote(name: str) -> str:
    return f'"{name}"'


_ORGANISATION_KEY = (
    "replace(regexp_replace(regexp_replace(regexp_replace("
    "replace(upper(strip_accents(organisation)), '&', ' AND '),"
    f" '[''.]', '', 'g'), '[^A-Z0-9]+', ' ', 'g'), '{LEGAL}', ' ', 'g'), ' ', '')"
)
_READ_MORE = (
    " FROM read_csv($source, columns = $columns, header = false, auto_detect = false, delim = ',',"
    " quote = '\"', escape = '\"')"
    " WHERE TRY_CAST(NPI AS BIGINT) IS NOT NULL"
)


_MORE = {"more_places": ("pl_pfile_", "other_places"), "more_names": ("othername_pfile_", "other_names")}
"""Table -> (how its file's name begins, its layout)."""


def more_members(packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(table, file) of the other files in a zip that are read; one may be missing."""
    for table, (begins, _) in _MORE.items():
        for name in packed.namelist():
            if re.fullmatch(rf"{begins}\d{{8}}-\d{{8}}\.csv", Path(name).name, re.IGNORECASE):
                yield table, name


def select_more(table: str, header: list[str], where: str) -> tuple[str, dict[str, Any]]:
    """The SELECT of the rows as that table has them, and its parameters but `source`.

    Raises RegisterError for missing columns.
    """
    named = columns_of(_MORE[table][1])
    wanted = [named[place] for place in ((0, 1, 3, 4, 5, 7) if table == "more_places" else (0, 1))]
    if missing := [name for name in wanted if name not in header]:
        raise RegisterError(f"{where} lacks the column {missing[0]!r}: its layout has changed, or it is another file")
    texts = [_quote(name) for name in wanted]
    return _MORE_SELECT[table].format(*texts), {"columns": dict.fromkeys(header, "VARCHAR")}


_MORE_SELECT = {
    "more_places": "SELECT TRY_CAST({0} AS BIGINT), {1}, {2}, {3}, left({4}, 5), right(replace({5}, '-', ''), 10)"
    + _READ_MORE,
    "more_names": "SELECT npi, organisation, "
    + _ORGANISATION_KEY.replace("{", "{{").replace("}", "}}")
    + " FROM (SELECT TRY_CAST({0} AS BIGINT) AS npi, {1} AS organisation"
    + _READ_MORE
    + ")",
}


def report_in(path: Path) -> tuple[str, IO[bytes]] | None:
    """(name, content) of the report of deactivated numbers in a zip or as it is; None if the file is something else."""
    if path.suffix.lower() == ".xlsx":
        return path.name, path.open("rb")
    with open_zip(path) as packed:
        found = [member for member in packed.infolist() if DEACTIVATED.search(member.filename)]
        if len(found) != 1:
            return None
        if found[0].file_size > LARGEST_REPORT:
            raise RegisterError(
                f"{path.name}: its report has {found[0].file_size:,} bytes, far more than any: nothing was loaded"
            )
        return Path(found[0].filename).name, BytesIO(packed.read(found[0]))


def report_date(name: str, today: date) -> date:
    """The day in the name of a report. Raises RegisterError if there is none."""
    found = DEACTIVATED.search(name)
    try:
        day = datetime.strptime(found.group(1) if found else "", "%Y%m%d").date()
    except ValueError:
        raise RegisterError(
            f"{name} has no day in its name (as in NPPES Deactivated NPI Report 20261109.xlsx)"
        ) from None
    if day > today:
        raise RegisterError(f"{name} is of a day to come ({day}): is the clock right?")
    return day


def deactivated_in(content: IO[bytes], name: str, as_of: date) -> Iterator[tuple[str, date | None]]:
    """(NPI, day, or None where it cannot be) of each row of a report. Raises RegisterError if it is none."""
    try:
        book = load_workbook(content, read_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
        wanted = list(columns_of("deactivated"))
        if not any([str(cell).strip() for cell in row[:2]] == wanted for row, _ in zip(rows, range(10), strict=False)):
            raise RegisterError(f"{name} has no columns {' and '.join(map(repr, wanted))} in its first ten lines")
        for row in rows:
            if row and row[0] is not None:
                yield str(row[0]).strip(), _day_of(row[1] if len(row) > 1 else None, as_of)
    except RegisterError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise RegisterError(
            f"{name} is no whole spreadsheet ({type(error).__name__}: {error}): download it again"
        ) from None


def _day_of(cell: Any, as_of: date) -> date | None:
    if isinstance(cell, datetime):
        day: date | None = cell.date()
    else:
        try:
            day = datetime.strptime(str(cell).strip(), "%m/%d/%Y").date()
        except ValueError:
            day = None
    return day if day and BEGUN <= day <= as_of else None
