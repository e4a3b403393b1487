"""Rows of cells as records: of HTML tables, spreadsheets and tables in PDF files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ldn_directory.extract.column_scores import Cells
from ldn_directory.extract.columns import fields_of
from ldn_directory.extract.html.entries import labelled_texts
from ldn_directory.extract.html.entry_links import entry_links
from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.html.lines import BR, Bit, Line
from ldn_directory.extract.joined_columns import join_columns
from ldn_directory.extract.kinds import with_kind
from ldn_directory.extract.signals import person_and_credentials
from ldn_directory.model import Column, Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of

from . import cells
from .entry_rows import Entry, Table, entries_of, nest_heading, only_text
from .grid import (
    NAMING,
    SAMPLE,
    Grid,
    Numbered,
    Row,
    are_days,
    header_of,
    is_calendar,
    known_labels,
    name_parts,
    pairs_of,
    tidy,
    upright,
)

MOST_CELL = 20_000
_CALENDAR = "a table whose columns hold days is a calendar: left out"


def read_rows(page: str, rows: Sequence[Row], *, headings: tuple[str, ...] = ()) -> Extraction:
    """The records of plain rows of text."""
    return read_grid(page, Grid(rows=list(rows)), headings=headings)


def read_grid(page: str, grid: Grid, *, headings: tuple[str, ...] = (), base: str | None = None) -> Extraction:
    """One record an entry: a row, a column of a table on its side, rows that belong together, or a cell that holds all.

    Labels are those of the header, wherever in the first rows that stands, or of the values' looks. Rows that hold a
    place and nothing else head those below. Problems count rows from 1, as a spreadsheet does.
    """
    if is_calendar(grid.rows):
        return Extraction(reasons=(_CALENDAR,))
    if not any(map(any, grid.rows)):
        return _unnamed(page, ())
    reasons: list[str] = []
    if pairs := list(pairs_of(grid)):
        table = Table(page, base or page, grid, headings)
        records = [_pair_record(table, rows) for rows in pairs]
        return Extraction(
            records=tuple(records), reasons=(f"a table of labels and values was taken for {len(records)} entries",)
        )
    if (standing := upright(grid)) is not grid:
        reasons.append("the table stands on its side: each column was taken for an entry")
    parts = [_read_part(Table(page, base or page, standing, headings), rows) for rows in _parts(standing)]
    read = join_extractions(parts)
    return replace(read, reasons=(*reasons, *read.reasons))


def join_extractions(parts: Sequence[Extraction]) -> Extraction:
    """What several tables of a page or file hold; a column that several have in common once."""
    columns = dict.fromkeys(column for part in parts for column in part.columns)
    return Extraction(
        records=tuple(record for part in parts for record in part.records),
        problems=tuple(problem for part in parts for problem in part.problems),
        columns=tuple(columns),
        reasons=tuple(reason for part in parts for reason in part.reasons),
    )


def _unnamed(page: str, labels: Sequence[str]) -> Extraction:
    shown = ", ".join(filter(None, labels))[:200]
    what = f"no column holds names; the columns are: {shown}" if shown else "no column could be told to hold names"
    return Extraction(problems=(Problem(page=page, what=what),))


def _parts(grid: Grid) -> Iterator[list[Numbered]]:
    """The filled rows, cut where a row names other columns than the header did."""
    part: list[Numbered] = []
    header: list[str] = []
    for number, row in enumerate(grid.rows):
        if not any(row):
            continue
        filled = [tidy(cell) for cell in row if cell]
        if len(filled) >= 3 and known_labels(row) == len(filled):
            if header and filled != header and len(part) > 1:
                yield part
                part = []
            header = filled
        part.append((number, row))
    if part:
        yield part


def _read_part(table: Table, rows: Sequence[Numbered]) -> Extraction:
    grid = table.grid
    start, header = header_of(rows, grid)
    body = rows[start:]
    sample = [row for _, row in body[:SAMPLE]]
    labels = [*header, *[""] * (grid.width - len(header))] if grid.lines or not header else header
    labels = name_parts([grid.names.get(at) or label for at, label in enumerate(labels)], sample)
    table.columns = _columns(labels, body)
    whole = cells.whole_columns(sample)
    named = {at for at, column in enumerate(table.columns) if column.field in NAMING}
    if len(whole) > 1 and len(named - set(whole)) == 0:
        return _read_cells(table, body, whole)
    understood = named if start else _is_enough(table.columns, grid, named)
    if not understood and not whole and grid.lines is None:
        return _unnamed(table.page, header)
    if not understood and not start:
        table.columns = [replace(column, field=None) for column in table.columns]
    _mark_columns(table, labels, sample, whole)
    headings = table.headings
    for _, row in rows[: max(0, start - 1)]:
        if (only := only_text(row)) and (place := place_in(only)):
            headings = nest_heading(table.headings, headings, place)
    _fill_down(table.columns, body)
    table.key = _key_column(table, body)
    entries = entries_of(table, body, headings)
    records = join_columns([record for entry in entries if (record := _record(table, entry))])
    named_by = next((one.label for name in ("name", "practice") for one in table.columns if one.field == name), None)
    records = [with_kind(record, (named_by or "",)) for record in records]
    if whole:
        records = list({(record.texts, record.links): record for record in records}.values())
    below = f" below the header in row {rows[start - 1][0] + 1}" if start else " without a header"
    reason = f"rows{below} were taken for {len(records)} entries"
    known = {column.label for column in table.columns}
    within = dict.fromkeys(text.label for record in records for text in record.texts if text.label not in known)
    inner = (Column(label=label, field=field_of(label), why="a label within the cells") for label in within if label)
    columns = (*table.columns, *inner)
    return Extraction(records=tuple(records), problems=tuple(table.problems), columns=columns, reasons=(reason,))


def _is_enough(columns: Sequence[Column], grid: Grid, named: set[int]) -> bool:
    """Whether columns without a header were understood: names, and something else unless there is one column."""
    found = {column.field for column in columns} - {None}
    return bool(named) and (len(found) > 1 or grid.width == 1)


def _columns(labels: Sequence[str], body: Sequence[Numbered]) -> tuple[Column, ...]:
    """The columns with their fields, decided over all rows that are no heading."""
    rows = [row for _, row in body if len(labels) == 1 or only_text(row) is None]
    values = [[row[at] if at < len(row) else "" for row in rows] for at in range(len(labels))]
    return fields_of([Cells(label or None, column) for label, column in zip(labels, values, strict=True)])


def _mark_columns(table: Table, labels: Sequence[str], sample: Sequence[Row], whole: Sequence[int]) -> None:
    """Notes which columns are read line by line, hold names, or say yes and no to a credential."""
    values = [[row[at] if at < len(row) else "" for row in sample] for at in range(len(labels))]
    fields = [column.field for column in table.columns]
    mixed = [at for at, name in enumerate(fields) if at in whole or cells.is_mixed(labels[at], name, values[at])]
    table.by_lines = frozenset(mixed)
    table.left_out = frozenset(at for at in range(len(labels)) if whole and are_days(values[at]))
    table.naming = [at for at, name in enumerate(fields) if at in whole or name in NAMING]
    named = [value for at in table.naming for value in values[at] if value]
    lettered = "credentials" in fields or any(map(person_and_credentials, named))
    table.letters = cells.yes_columns(labels, values, lettered=lettered)


def _read_cells(table: Table, body: Sequence[Numbered], columns: Sequence[int]) -> Extraction:
    """A record for each cell of the columns that holds a whole entry."""
    found = [
        _lines(table, Entry([number]), at)
        for number, row in body
        for at in columns
        if at < len(row) and cells.is_whole(row[at])
    ]
    street = cells.street_line(found)
    records = []
    for lines in found:
        if street is not None and street < len(lines):
            named = cells.titled_texts("name", lines[:street])
            texts = [*named, Labelled(label="street", text=lines[street].text), *labelled_texts(lines[street + 1 :])]
        else:
            texts = cells.titled_texts("name", lines)
        links = entry_links(lines, table.base)
        records.append(Record(page=table.page, texts=tuple(texts), headings=table.headings, links=links))
    distinct = {(record.texts, record.links): record for record in records}
    reason = f"the cells of {len(columns)} columns were taken for {len(distinct)} entries"
    return Extraction(records=tuple(distinct.values()), reasons=(reason,))


def _fill_down(columns: Sequence[Column], rows: Sequence[Numbered]) -> None:
    """Writes a state or country that stands only in the first row of those it holds for into all of them."""
    for index, column in enumerate(columns):
        if column.field not in ("region", "country"):
            continue
        values = [row[index] if index < len(row) else "" for _, row in rows]
        filled = [value for value in values if value]
        if not filled or not values[0] or len(filled) * 5 > len(values) * 3 or len(set(filled)) < len(filled):
            continue
        shown = ""
        for _, row in rows:
            if index < len(row):
                shown = row[index] = row[index] or shown


def _key_column(table: Table, rows: Sequence[Numbered]) -> int | None:
    """The column of the publisher's own keys; None if there is none or its values repeat too often to be keys."""
    column = next((at for at, one in enumerate(table.columns) if one.field == "key"), None)
    values = [row[column] for _, row in rows if column < len(row) and row[column]] if column is not None else []
    repeated = len(values) - len(set(values))
    if column is not None and repeated * 10 > len(values) and repeated > 1:
        what = f"column {table.columns[column].label!r} repeats its values: not used as key"
        table.problems.append(Problem(page=table.page, what=what))
        return None
    return column if values else None


def _record(table: Table, entry: Entry) -> Record | None:
    """The record of an entry; None if it is empty or repeats a key."""
    grid, number = table.grid, entry.rows[0]
    row = grid.rows[number]
    key = row[table.key] if table.key is not None and table.key < len(row) else ""
    table.seen[key] += bool(key)
    if table.seen[key] > 1:
        table.problem(number, f"repeats the key {key[:80]!r}: left out")
        return None
    if any(row[max(len(table.columns), grid.width if grid.lines else 0) :]):
        table.problem(number, "has more cells than the header: the rest is left out")
    texts: list[Labelled] = []
    links: dict[str, Link] = {}
    for at in range(len(table.columns)):
        for link in _add_cell(table, entry, at, texts):
            links.setdefault(link.href, link)
    for below in entry.below:
        texts += labelled_texts(next(filter(None, (_lines(table, Entry([below]), at) for at in range(grid.width))), []))
    if letters := [label for at, label in table.letters.items() if at < len(row) and cells.is_yes(row[at])]:
        texts.append(Labelled(label="credentials", text=", ".join(letters)))
    if not texts:
        return None
    return Record(
        page=table.page,
        key=key or grid.keys.get(number) or None,
        texts=tuple(texts),
        headings=entry.headings,
        links=tuple(links.values()),
    )


def _add_cell(table: Table, entry: Entry, at: int, texts: list[Labelled]) -> Sequence[Link]:
    """Adds the texts of an entry's cell in a column; its links are returned."""
    column, is_file = table.columns[at], table.grid.lines is None
    lines = [] if at in table.letters or at in table.left_out else _lines(table, entry, at)
    if not lines:
        return ()
    if (size := sum(len(line.text) for line in lines)) > MOST_CELL:
        table.problem(entry.rows[0], f"{column.label} is {size:,} characters long: dropped")
        return ()
    if is_file and (link := cells.page_link(table.page, column.label or "", lines[0].text)):
        return (link,)
    texts += cells.cell_texts(column, lines, by_lines=at in table.by_lines, is_file=is_file)
    titled = 0 if column.field in (None, "name", "practice") else None
    return entry_links(lines, table.base, titled)


def _lines(table: Table, entry: Entry, column: int) -> list[Line]:
    """The lines of an entry's cell in a column, over all its rows."""
    grid = table.grid
    found: list[Line] = []
    for row in entry.rows if column not in entry.filled else [entry.filled[column]]:
        texts = grid.rows[row]
        if column >= len(texts) or not texts[column] or (found and (row, column) in grid.repeated):
            continue
        lines = list(grid.lines(row, column)) if grid.lines else []
        found += lines or [Line([Bit(part)], part, 0, BR, 0, 0) for part in texts[column].split("\n") if part]
    return found


def _pair_record(table: Table, rows: Sequence[int]) -> Record:
    """The record of rows that each hold a label and a value."""
    texts: list[Labelled] = []
    links: dict[str, Link] = {}
    for number in rows:
        label = tidy(table.grid.rows[number][0])
        column = Column(label=label or None, field=field_of(label), why="")
        lines = _lines(table, Entry([number]), 1)
        texts += cells.cell_texts(column, lines, by_lines=False, is_file=False) if lines else []
        for link in entry_links([*_lines(table, Entry([number]), 0), *lines], table.base):
            links.setdefault(link.href, link)
    return Record(page=table.page, texts=tuple(texts), headings=table.headings, links=tuple(links.values()))
