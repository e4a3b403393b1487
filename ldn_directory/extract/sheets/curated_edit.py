"""Adds a row to the text of `curated.csv`, or fills cells of one. All other lines stay as they are, byte for byte."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ldn_directory.normalize.web import host_of

from .curated import COLUMNS, Row

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row of the file."""

    number: int
    """As a spreadsheet counts, which is also its line."""
    row: Row

    def __str__(self) -> str:
        return f"row {self.number}, {self.row['organisation']} ({self.row['website'] or self.row['evidence_url']})"


class CuratedFile:
    """The text of the file, whose first line names the columns."""

    def __init__(self, body: bytes) -> None:
        self._bom = _BOM if body.startswith(_BOM) else b""
        self._lines = body.removeprefix(_BOM).splitlines(keepends=True) or [f"{','.join(COLUMNS)}\n".encode()]
        self._end = next((end for end in ("\r\n", "\n", "\r") if self._lines[0].endswith(end.encode())), "\n")
        self.columns = [name.strip() for name in _cells(self._lines[0])]

    @property
    def body(self) -> bytes:
        """The bytes of the file."""
        return self._bom + b"".join(self._lines)

    def rows(self) -> list[KnownRow]:
        """The rows that have all cells, whether they are good or not."""
        found = []
        for number, line in enumerate(self._lines[1:], 2):
            cells = [cell.strip() for cell in _cells(line)]
            if len(cells) == len(self.columns) and any(cells):
                row = dict.fromkeys(COLUMNS, "") | dict(zip(self.columns, cells, strict=True))
                found.append(KnownRow(number=number, row=row))
        return found

    def of_site(self, address: str) -> KnownRow | None:
        """The row whose organisation has the address on its site; of a site with branches, that of this one."""
        host, path = host_of(address), urlsplit(address).path
        there = [one for one in self.rows() if host in {host_of(one.row[name]) for name in ("website", "evidence_url")}]
        exact = next((one for one in there if one.row["evidence_url"].rstrip("/") == address.rstrip("/")), None)
        fitting = (one for one in there if _is_under(path, one.row["website"], host))
        return exact or max(fitting, key=lambda one: len(one.row["website"]), default=None)

    def add(self, row: Row) -> int:
        """Adds a row where the file's order has it: among those of its kind, by name. Gives its line."""
        kind, name = row["kind"], row["organisation"].casefold()
        same = [one for one in self.rows() if one.row["kind"] == kind]
        before = [one.number for one in same if one.row["organisation"].casefold() <= name]
        after = [one.number for one in same if one.row["organisation"].casefold() > name]
        at = min(after) - 1 if after else max(before) if before else len(self._lines)
        if at == len(self._lines) and not self._lines[-1].endswith((b"\n", b"\r")):
            self._lines[-1] += self._end.encode()
        self._lines.insert(at, self._line([row.get(column, "") for column in self.columns]))
        return at + 1

    def fill(self, number: int, cells: Mapping[str, str]) -> None:
        """Puts values into cells of a row. Columns that the file lacks are left out."""
        old = self._lines[number - 1]
        row = dict(zip(self.columns, _cells(old), strict=True)) | dict(cells)
        line = self._line([row[column] for column in self.columns])
        self._lines[number - 1] = line if old.endswith((b"\n", b"\r")) else line.rstrip()

    def _line(self, cells: Sequence[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator=self._end).writerow([" ".join(cell.split()) for cell in cells])
        return text.getvalue().encode()


def _cells(line: bytes) -> list[str]:
    return next(csv.reader([line.decode("utf-8", "replace").rstrip("\r\n")]), [])


def _is_under(path: str, website: str, host: str) -> bool:
    """Whether a path belongs to a row's website: to all of the host, or below the branch's own page."""
    if not website or host_of(website) != host:
        return True
    branch = urlsplit(website).path.rstrip("/")
    return not branch or f"{path}/".startswith(f"{branch}/")
