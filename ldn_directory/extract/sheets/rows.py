"""Rows of cells as records: of HTML tables, spreadsheets and tables in PDF files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from ldn_directory.extract.columns import guess_labels
from ldn_directory.extract.html.entries import labelled_texts
from ldn_directory.extract.html.entry_links import entry_links
from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.html.lines import BR, Bit, Line
from ldn_directory.extract.page import absolute
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    is_credentials,
    is_empty,
    is_label,
    is_organisation,
    is_place,
    names_person,
)
from ldn_directory.model import Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person
from ldn_directory.normalize.postal_address import looks_like_street
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.web import is_safe_url
from ldn_directory.normalize.words import any_of

from .grid import (
    NAMING,
    SAMPLE,
    Grid,
    Numbered,
    Row,
    columns_of,
    header_of,
    is_calendar,
    known_labels,
    name_parts,
    pairs_of,
    tidy,
    upright,
)

MOST_CELL = 20_000
BY_LINES = "*"
"""The label of a column whose cells hold several fields, one a line."""
_ABOUT_A_PERSON = NAMING | {"credentials", "specialty", "title"}
_LETTERS = re.compile(r"[A-Z][A-Za-z-]{0,2}[A-Z]{1,5}(?:-[A-Z]{1,3})?")
_YES = re.compile(rf"{any_of('yes')}|☑|•", re.I)
_NO = re.compile(r"no?|nein|nee|nej|nei|non|false|0|✗|✘|-|–|—", re.I)
_TOPIC = "LDN"
"""In this project the drug, not a Licensed Dietitian Nutritionist."""
_PROSE = 90
_TESTS = {"phone": has_phone, "email": has_email, "website": has_url}
_WHOLE = 0.6
"""Share of a column's cells that must hold a whole entry each."""


@dataclass(slots=True)
class _Table:
    """Rows of one table with their labels, and what was noticed in them."""

    page: str
    base: str
    grid: Grid
    labels: list[str]
    headings: tuple[str, ...]
    """Those above the table."""
    naming: list[int] = field(default_factory=list)
    letters: Mapping[int, str] = field(default_factory=dict)
    """Columns that say yes or no, headed by a credential."""
    key: int | None = None
    problems: list[Problem] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def problem(self, number: int, what: str) -> None:
        self.problems.append(Problem(page=self.page, record=f"row {number + 1}", what=what))


@dataclass(slots=True)
class _Entry:
    """The rows of one entry, and which cells it has from the row of an earlier one."""

    rows: list[int]
    headings: tuple[str, ...] = ()
    filled: dict[int, int] = field(default_factory=dict)
    """Column -> row."""
    below: list[int] = field(default_factory=list)
    """Rows of one cell that go on with the entry."""


def read_rows(page: str, rows: Sequence[Row], *, headings: tuple[str, ...] = ()) -> Extraction:
    """The records of plain rows of text."""
    return read_grid(page, Grid(rows=list(rows)), headings=headings)


def read_grid(page: str, grid: Grid, *, headings: tuple[str, ...] = (), base: str | None = None) -> Extraction:
    """One record an entry: a row, a column of a table on its side, rows that belong together, or a cell that holds all.

    Labels are those of the header, wherever in the first rows that stands, or of the values' looks. Rows that hold a
    place and nothing else head those below. Problems count rows from 1, as a spreadsheet does.
    """
    if is_calendar(grid.rows):
        return Extraction(reasons=("a table whose columns hold days is a calendar: left out",))
    reasons = []
    if pairs := list(pairs_of(grid)):
        table = _Table(page, base or page, grid, [], headings)
        return Extraction(
            records=tuple(_pair_record(table, rows) for rows in pairs),
            reasons=(f"a table of labels and values was taken for {len(pairs)} entries",),
        )
    if not any(map(any, grid.rows)):
        return Extraction(problems=(Problem(page=page, what="no column could be told to hold names"),))
    standing = upright(grid)
    if standing is not grid:
        reasons.append("the table stands on its side: each column was taken for an entry")
        grid = standing
    parts = [_read_part(page, base or page, grid, rows, headings) for rows in _parts(grid)]
    return Extraction(
        records=tuple(_unlike(record for part in parts for record in part.records)),
        problems=tuple(problem for part in parts for problem in part.problems),
        reasons=(*reasons, *(reason for part in parts for reason in part.reasons)),
    )


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


def _read_part(page: str, base: str, grid: Grid, rows: list[Numbered], headings: tuple[str, ...]) -> Extraction:
    start, labels = header_of(rows, grid)
    body = rows[start:]
    sample = [row for _, row in body[:SAMPLE]]
    named = labels and set(map(field_of, labels)) & NAMING
    whole = [] if named and not _misnamed(labels or [], sample) else _whole_columns(sample)
    if len(whole) > 1:
        return _read_cells(page, base, grid, body, whole, headings)
    if labels is None:
        if grid.lines is None and not whole:
            return Extraction(problems=(Problem(page=page, what="no column could be told to hold names"),))
        labels = []
    if grid.lines is not None:
        labels = [*labels, *[""] * (grid.width - len(labels))]
    labels = name_parts(labels, sample)
    found = [grid.names.get(at) or label for at, label in enumerate(labels)]
    labels = complete_labels(found, sample)
    if start and grid.lines is not None:
        labels = [
            _unless_things(label, column) for label, column in zip_longest(labels, columns_of(sample)[: len(labels)])
        ]
    for at in whole:
        labels += [""] * (at + 1 - len(labels))
        labels[at] = BY_LINES
    if grid.lines is None and not whole and not set(map(field_of, labels)) & NAMING:
        what = f"no column holds names; the columns are: {', '.join(filter(None, found))[:200]}"
        return Extraction(problems=(Problem(page=page, what=what),))
    placed = headings
    for _, row in rows[: max(0, start - 1)]:
        if (only := _only(row)) and (place := place_in(only)):
            placed = _nest_heading(headings, placed, place)
    _fill_down(labels, body)
    width = _width_of_an_entry(labels)
    table = _Table(page, base, grid, labels[:width], headings)
    table.naming = [at for at, label in enumerate(table.labels) if at in whole or field_of(label) in NAMING]
    table.letters = _yes_columns(table.labels, sample)
    table.key = _key_column(table, body) if width == len(labels) else None
    records = list(_records(table, body, placed, len(labels)))
    reason = (
        f"{len(records)} rows below the header in row {rows[start - 1][0] + 1}" if start else f"{len(records)} rows"
    )
    return Extraction(
        records=tuple(records), problems=tuple(table.problems), reasons=(f"{reason} were taken for entries",)
    )


def _unlike(records: Iterator[Record]) -> Iterator[Record]:
    """The records without those that say what an earlier one says, as in lists of duties: by the labels understood."""
    seen = set()
    for record in records:
        said = tuple(
            text for text in record.texts if text.label is None or field_of(text.label) not in (None, "ignored")
        )
        if (mark := (record.key, record.headings, said)) not in seen or not said:
            seen.add(mark)
            yield record


# ---------------------------------------------------------------- cells that hold a whole entry


def _whole_columns(rows: Sequence[Row]) -> list[int]:
    """The columns most of whose cells hold a name and, on further lines, a way to find or reach its bearer."""
    found = []
    for at, column in enumerate(columns_of(rows)):
        filled = [cell for cell in column if cell]
        if len(filled) >= 2 and sum(map(_is_whole, filled)) >= _WHOLE * len(filled):
            found.append(at)
    return found


def _is_whole(cell: str) -> bool:
    first, *rest = cell.split("\n")
    if not rest or is_label(first) or not could_be_title(first) or is_place(first) or has_address(first):
        return False
    return any(map(_reaches, rest))


def _reaches(text: str) -> bool:
    return has_phone(text) or has_email(text) or has_address(text)


def _misnamed(labels: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether several columns of the same kind are headed like names, as days and nights of a list of duties are."""
    named = [at for at, label in enumerate(labels) if field_of(label) in NAMING]
    return len(set(_whole_columns(rows)) & set(named)) > 1


def _read_cells(
    page: str, base: str, grid: Grid, body: Sequence[Numbered], columns: Sequence[int], headings: tuple[str, ...]
) -> Extraction:
    """A record for each cell of the columns."""
    table = _Table(page, base, grid, [], headings)
    cells = [
        _lines(table, _Entry([number]), at)
        for number, row in body
        for at in columns
        if at < len(row) and _is_whole(row[at])
    ]
    street = _street_line(cells)
    records = []
    for lines in cells:
        if street is not None and street < len(lines):
            named = _titled_texts("name", lines[:street])
            texts = [*named, Labelled(label="street", text=lines[street].text), *labelled_texts(lines[street + 1 :])]
        else:
            texts = _titled_texts("name", lines)
        records.append(Record(page=page, texts=tuple(texts), headings=headings, links=entry_links(lines, base)))
    return Extraction(
        records=tuple(records), reasons=(f"{len(columns)} columns of cells that hold an entry each were read",)
    )


def _street_line(cells: Sequence[Sequence[Line]]) -> int | None:
    """The first place below the name where nearly all cells have a number and no contact, and few a known street."""
    for at in range(1, max(map(len, cells), default=1)):
        texts = [lines[at].text for lines in cells if at < len(lines)]
        numbered = sum(any(map(str.isdigit, text)) and not has_phone(text) and not has_email(text) for text in texts)
        if numbered * 5 >= len(texts) * 4:
            return at if sum(map(has_address, texts)) * 5 < len(texts) * 4 else None
    return None


# ---------------------------------------------------------------- labels


def complete_labels(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The labels; those that no field claims get, after a dot, the field that their values look like.

    A column of several things ("Contact" with telephone and e-mail) is labelled BY_LINES: each line is taken by itself.
    """
    columns = dict(enumerate(columns_of(rows)))
    labels = [BY_LINES if _is_mixed(label, columns.get(at, ())) else label for at, label in enumerate(labels)]
    looks = guess_labels(rows, [name for label in labels if (name := field_of(label))])[: len(labels)]
    return [_complete_label(label, look) for label, look in zip_longest(labels, looks, fillvalue="")]


def _complete_label(label: str, look: str) -> str:
    # "Joined" and "License No" hold digits like a postcode's, too; a postcode's own label would be known.
    if not look or field_of(label) or label == BY_LINES or (label and look == "postcode"):
        return label
    return f"{label}.{look}" if label else look


def _unless_things(label: str, column: Sequence[str]) -> str:
    """The label of a web table's column, without a naming look if its values are not surely people."""
    known, dot, look = label.rpartition(".")
    if not dot or look not in NAMING or sum(map(names_person, column)) * 2 > len(column):
        return label
    return known


def _is_mixed(label: str, values: Sequence[str]) -> bool:
    """Whether the values of an unknown (or only naming) label hold several fields, or contacts where a name is due."""
    field = field_of(label)
    filled = [value for value in values if value]
    if field not in (None, "name", "remark") or not label or not filled:
        return False
    kinds = [sum((has_phone(value), has_email(value), has_url(value), has_address(value))) for value in filled]
    pairs = zip(kinds, filled, strict=True)
    if field == "name":
        mixed = [kind and not looks_like_person(value.split("\n")[0]) for kind, value in pairs]
    else:
        mixed = [kind > 1 or (kind > 0 and "\n" in value) for kind, value in pairs]
    return sum(map(bool, mixed)) * 2 > len(filled)


def _yes_columns(labels: Sequence[str], rows: Sequence[Row]) -> dict[int, str]:
    """The letters that head a column of yes and no."""
    columns = columns_of(rows)
    found = {}
    for at, label in enumerate(labels[: len(columns)]):
        if not _LETTERS.fullmatch(label) or not (is_credentials(label) or len(label) > 3) or label == _TOPIC:
            continue
        filled = [cell for cell in columns[at] if cell]
        if filled and all(_YES.fullmatch(cell) or _NO.fullmatch(cell) for cell in filled):
            found[at] = label
    return found


def _fill_down(labels: Sequence[str], rows: Sequence[Numbered]) -> None:
    """Writes a state or country that stands only in the first row of those it holds for into all of them."""
    for index, label in enumerate(labels):
        if field_of(label) not in ("region", "country"):
            continue
        cells = [row[index] if index < len(row) else "" for _, row in rows]
        filled = [value for value in cells if value]
        if not filled or not cells[0] or len(filled) * 5 > len(cells) * 3 or len(set(filled)) < len(filled):
            continue
        shown = ""
        for _, row in rows:
            if index < len(row):
                shown = row[index] = row[index] or shown


def _width_of_an_entry(labels: Sequence[str]) -> int:
    """The number of columns per entry. Some tables repeat the same columns side by side."""
    for width in range(2, len(labels) // 2 + 1):
        first = list(labels[:width])
        recurs = len(labels) % width == 0 and first * (len(labels) // width) == list(labels)
        if recurs and any(field_of(label) in NAMING for label in first):
            return width
    return max(1, len(labels))


def _key_column(table: _Table, rows: Sequence[Numbered]) -> int | None:
    """The column of the publisher's own keys; None if there is none or its values repeat too often to be keys."""
    column = next((index for index, label in enumerate(table.labels) if field_of(label) == "key"), None)
    values = [row[column] for _, row in rows if column < len(row) and row[column]] if column is not None else []
    repeated = len(values) - len(set(values))
    if column is not None and repeated * 10 > len(values) and repeated > 1:
        what = f"column {table.labels[column]!r} repeats its values: not used as key"
        table.problems.append(Problem(page=table.page, what=what))
        return None
    return column if values else None


# ---------------------------------------------------------------- rows that belong together


def _only(row: Row) -> str | None:
    """The text of a row's only cell."""
    filled = [cell for cell in row if cell]
    return filled[0] if len(filled) == 1 and len(row) > 0 else None


def _nest_heading(base: tuple[str, ...], current: tuple[str, ...], place: str) -> tuple[str, ...]:
    """The headings below a row that names a place: a state goes under its country's row, any other replaces that."""
    land = country(current[len(base)]) if len(current) > len(base) else None
    state = region(place, land.code) if land else None
    if land and state and state.country_code == land.code and place != current[len(base)]:
        return (*base, current[len(base)], place)
    return (*base, place)


def _alternates(rows: Sequence[Numbered]) -> bool:
    """Whether each full row is followed by a row of one cell: what that says belongs to the entry above."""
    single = [_only(row) is not None for _, row in rows[:400]]
    followed = sum(not one and below for one, below in pairwise(single))
    full = single.count(False)
    return bool(single) and not single[0] and followed >= 2 and followed * 5 >= full * 4 and sum(single) <= followed


def _records(table: _Table, rows: Sequence[Numbered], headings: tuple[str, ...], width: int) -> Iterator[Record]:
    entry_width = len(table.labels)
    if entry_width < width:
        for number, row in rows:
            for start in range(0, len(row), entry_width):
                yield from _record(table, _Entry([number], headings), start)
        return
    for entry in _entries(table, rows, headings):
        yield from _record(table, entry)


def _entries(table: _Table, rows: Sequence[Numbered], headings: tuple[str, ...]) -> list[_Entry]:
    grid = table.grid
    alternates = _alternates(rows)
    personal = [at for at, label in enumerate(table.labels) if field_of(label) in _ABOUT_A_PERSON]
    found: list[_Entry] = []
    for number, row in rows:
        if _repeats_labels(row, table.labels):
            continue
        only = _only(row) if len(table.labels) > 1 else None
        if only and alternates and found:
            found[-1].below.append(number)
            continue
        if only and (below := _headings_below(table, number, only, headings)) is not None:
            headings = below
            continue
        if grid.chosen is not None and number not in grid.chosen:
            continue
        entry = _Entry([number], headings)
        if found and _is_without_name(table, number, row):
            above = found[-1].filled.get(table.naming[0], found[-1].rows[0])
            if not _differs(grid.rows[above], row, grid, number):
                found[-1].rows.append(number)
                continue
            entry.filled = {at: above for at in personal if at >= len(row) or not row[at]}
        found.append(entry)
    return found


def _repeats_labels(row: Row, labels: Sequence[str]) -> bool:
    """Whether a row is the header again."""
    said = [(tidy(cell), label) for cell, label in zip(row, labels, strict=False) if cell]
    return len(said) >= min(2, len(labels)) and all(cell == label for cell, label in said)


def _headings_below(table: _Table, number: int, only: str, headings: tuple[str, ...]) -> tuple[str, ...] | None:
    """The headings for the rows below a row of one cell; None if it is an entry."""
    text = " ".join(only.split())
    if not could_be_title(text) and table.grid.lines is None:
        return None
    names_somebody = looks_like_person(text) or looks_like_organisation(text)
    place = text if is_place(text) else None if names_somebody else place_in(text)
    if table.grid.lines is None:
        if len(table.labels) <= 2:
            return None
        return _nest_heading(table.headings, headings, place) if place else None if names_somebody else headings
    if len(text) > 80 or has_phone(text) or has_email(text) or number not in table.grid.wide:
        return None
    return _nest_heading(table.headings, headings, place) if place else (*table.headings, text)


def _is_without_name(table: _Table, number: int, row: Row) -> bool:
    """Whether a row names nobody, or only repeats a name that spans it, and has no key of its own."""
    repeated = table.grid.repeated
    own = [at for at, cell in enumerate(row) if cell and (number, at) not in repeated]
    if not table.naming or not own or (table.key is not None and table.key in own):
        return False
    return not set(own) & set(table.naming)


def _differs(above: Row, row: Row, grid: Grid, number: int) -> bool:
    """Whether the rows cannot be one entry's, since each has a telephone, an e-mail or a street of its own."""
    own = [cell for at, cell in enumerate(row) if cell and (number, at) not in grid.repeated]
    tests = (has_phone, has_email, _has_street)
    return any(any(map(test, above)) and any(map(test, own)) for test in tests)


def _has_street(text: str) -> bool:
    return any(looks_like_street(line) and not is_place(line.rstrip(" 0123456789-")) for line in text.split("\n"))


# ---------------------------------------------------------------- records


def _record(table: _Table, entry: _Entry, start: int = 0) -> Iterator[Record]:
    """The record of an entry; nothing if it is empty or repeats a key."""
    grid, number = table.grid, entry.rows[0]
    row = grid.rows[number]
    key = row[table.key] if table.key is not None and table.key < len(row) else ""
    table.seen[key] += bool(key)
    if table.seen[key] > 1:
        table.problem(number, f"repeats the key {key[:80]!r}: left out")
        return
    if not start and any(row[len(table.labels) :]):
        table.problem(number, "has more cells than the header: the rest is left out")
    texts: list[Labelled] = []
    links: dict[str, Link] = {}
    letters = [label for at, label in table.letters.items() if at < len(row) and _YES.fullmatch(row[at])]
    for at, label in enumerate(table.labels):
        if at in table.letters:
            continue
        lines = _lines(table, entry, at + start)
        if not lines or (not label and grid.lines is None):
            continue
        if sum(len(line.text) for line in lines) > MOST_CELL:
            table.problem(number, f"{label} is {sum(len(line.text) for line in lines):,} characters long: dropped")
            continue
        if grid.lines is None and (link := _page_link(table.page, label, lines[0].text)):
            links.setdefault(link.href, link)
            continue
        texts += _cell_texts(table, label or None, lines)
        titled = 0 if field_of(label) in (None, "name", "practice") else None
        for link in entry_links(lines, table.base, titled):
            links.setdefault(link.href, link)
    for below in entry.below:
        lines = next((_lines(table, _Entry([below]), at) for at, cell in enumerate(grid.rows[below]) if cell), [])
        texts += labelled_texts(lines)
    if letters:
        texts.append(Labelled(label="credentials", text=", ".join(letters)))
    if texts:
        key = key or grid.keys.get(number, "") if not start and len(table.labels) == grid.width else key
        yield Record(
            page=table.page,
            key=key or None,
            texts=tuple(texts),
            headings=entry.headings,
            links=tuple(links.values()),
        )


def _lines(table: _Table, entry: _Entry, column: int) -> list[Line]:
    """The lines of an entry's cell in a column, over all its rows."""
    grid = table.grid
    found: list[Line] = []
    for row in entry.rows if column not in entry.filled else [entry.filled[column]]:
        cells = grid.rows[row]
        if column >= len(cells) or not cells[column] or (found and (row, column) in grid.repeated):
            continue
        lines = grid.lines(row, column) if grid.lines else ()
        if lines:
            found += lines
        else:
            found += [Line([Bit(part)], part, 0, BR, 0, 0) for part in cells[column].split("\n") if part]
    return found


def _cell_texts(table: _Table, label: str | None, lines: list[Line]) -> list[Labelled]:
    """A cell under its label; what it labels itself, and what is no name in a cell for names, apart from it."""
    text = lines[0].text if len(lines) == 1 else "\n".join(line.text for line in lines if line.text)
    if is_empty(text):
        return []
    field = field_of(label)
    if label == BY_LINES and table.grid.lines is None:
        return _titled_texts(None, lines)
    if label is None or label == BY_LINES:
        return labelled_texts(lines)
    if len(lines) == 1 and ":" not in text and field not in NAMING:
        return [Labelled(label=label, text=text)]
    if field in NAMING and (has_phone(text) or has_email(text)):
        return _titled_texts(label, lines) if len(lines) > 1 else labelled_texts(lines)
    if field in NAMING and len(lines) > 1:
        return _titled_texts(label, lines)
    short = len(lines) > 1 and all(len(line.text) <= _PROSE for line in lines)
    if field in (None, "remark") and short and any(_reaches(line.text) for line in lines):
        return labelled_texts(lines)
    if len(lines) > 1 and (test := _TESTS.get(field or "")):
        fitting = "\n".join(line.text for line in lines if test(line.text))
        others = labelled_texts([line for line in lines if not test(line.text)])
        return [*([Labelled(label=label, text=fitting)] if fitting else []), *others]
    if table.grid.lines is not None or field not in ("remark", "website", "page"):
        inner = labelled_texts(lines)
        if any(piece.label for piece in inner):
            stated = any(piece.label and field_of(piece.label) == field for piece in inner)
            return [Labelled(label=piece.label or (None if stated else label), text=piece.text) for piece in inner]
    if field == "address" and "\n" in text and "practice" not in map(field_of, table.labels):
        first, _, rest = text.partition("\n")
        if is_organisation(first) and not has_address(first) and has_address(rest):
            return [Labelled(label="practice", text=first), Labelled(label=label, text=rest)]
    return [Labelled(label=label, text=text)]


def _titled_texts(label: str | None, lines: list[Line]) -> list[Labelled]:
    """The lines of a cell whose first names somebody: its credentials, or the rest of it, may be on the next."""
    lines = [line for line in lines if line.text]
    name = lines[0].text
    if label is None and not (looks_like_person(name) or looks_like_organisation(name)):
        return labelled_texts(lines)
    used = 1
    while used < len(lines) and _goes_on(name, lines[used].text):
        comma = "," if is_credentials(lines[used].text) and not name.endswith(",") else ""
        name += f"{comma} {lines[used].text}"
        used += 1
    return [Labelled(label=label or "name", text=name), *labelled_texts(lines[used:])]


def _goes_on(name: str, line: str) -> bool:
    """Whether a line goes on with the name above it."""
    return is_credentials(line) or (names_person(f"{name} {line}") and not names_person(name))


def _page_link(page: str, label: str, cell: str) -> Link | None:
    """The entry's own page, or the page that is its evidence, where the column is one of those."""
    if "evidence" in label.lower():
        return Link(text=label, href=cell, rel="evidence") if is_safe_url(cell) else None
    if field_of(label) != "page":
        return None
    address = absolute(page, cell)
    return Link(text=label, href=address, rel="detail") if address and is_safe_url(address) else None


def _pair_record(table: _Table, rows: Sequence[int]) -> Record:
    """The record of rows that each hold a label and a value."""
    texts: list[Labelled] = []
    links: dict[str, Link] = {}
    for number in rows:
        entry = _Entry([number])
        label = tidy(table.grid.rows[number][0])
        if lines := _lines(table, entry, 1):
            texts += _cell_texts(table, label or None, lines)
        for link in entry_links([*_lines(table, entry, 0), *lines], table.base):
            links.setdefault(link.href, link)
    return Record(page=table.page, texts=tuple(texts), headings=table.headings, links=tuple(links.values()))
