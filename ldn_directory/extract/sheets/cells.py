"""The texts of a cell: under its column's label, what it labels itself, what its lines are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ldn_directory.extract.html.entries import labelled_texts
from ldn_directory.extract.html.lines import Line
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
from ldn_directory.model import Column, Labelled, Link
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person
from ldn_directory.normalize.web import is_safe_url
from ldn_directory.normalize.words import any_of

from .grid import NAMING, Row, columns_of

_LETTERS = re.compile(r"[A-Z][A-Za-z-]{0,2}[A-Z]{1,5}(?:-[A-Z]{1,3})?")
_YES = re.compile(rf"{any_of('yes')}|☑|•", re.I)
_NO = re.compile(r"no?|nein|nee|nej|nei|non|false|0|✗|✘|-|–|—", re.I)
_TOPIC = "LDN"
"""In this project the drug, not a Licensed Dietitian Nutritionist."""
_LEAST_LETTERS = 4
"""Letters from which an unknown heading over yes and no is taken for a credential."""
_PROSE = 90
_WHOLE = 0.6
"""Share of a column's cells that must hold a whole entry each."""
_TESTS = {"phone": has_phone, "email": has_email, "website": has_url}


def cell_texts(column: Column, lines: Sequence[Line], *, by_lines: bool, is_file: bool) -> list[Labelled]:
    """A cell under its label; what it labels itself, and what is no name in a cell for names, apart from it."""
    label, field = column.label, column.field
    text = lines[0].text if len(lines) == 1 else "\n".join(line.text for line in lines if line.text)
    whole = [Labelled(label=label, text=text, field=field)]
    if is_empty(text):
        return []
    if by_lines:
        return titled_texts(None, lines) if is_file else labelled_texts(lines)
    if label is None and not is_file and (field is None or len(lines) > 1):
        return labelled_texts(lines)
    if label is None and field is None:
        return [Labelled(label="remark", text=text)] if any(map(str.isalpha, text)) else []
    if field in NAMING and (len(lines) > 1 or has_phone(text) or has_email(text)):
        return titled_texts(label, lines, field) if len(lines) > 1 else labelled_texts(lines)
    if len(lines) == 1:
        return whole if ":" not in text else _labelled_within(column, lines, is_file) or whole
    short = all(len(line.text) <= _PROSE for line in lines)
    if field in (None, "remark") and short and any(map(_reaches, text.split("\n"))):
        return labelled_texts(lines)
    if test := _TESTS.get(field or ""):
        fitting = "\n".join(line.text for line in lines if test(line.text))
        others = labelled_texts([line for line in lines if not test(line.text)])
        return [*([Labelled(label=label, text=fitting, field=field)] if fitting else []), *others]
    if inner := _labelled_within(column, lines, is_file):
        return inner
    first, _, rest = text.partition("\n")
    if field == "address" and is_organisation(first) and not has_address(first) and has_address(rest):
        return [Labelled(label="practice", text=first), Labelled(label=label, text=rest, field=field)]
    return whole


def _labelled_within(column: Column, lines: Sequence[Line], is_file: bool) -> list[Labelled]:
    """The texts of a cell that labels some of them itself; none if it labels none."""
    if is_file and column.field in ("remark", "website", "page"):
        return []
    inner = labelled_texts(lines)
    if not any(piece.label for piece in inner):
        return []
    own = not any(piece.label and field_of(piece.label) == column.field for piece in inner)
    return [
        piece if piece.label or not own else Labelled(label=column.label, text=piece.text, field=column.field)
        for piece in inner
    ]


def titled_texts(label: str | None, lines: Sequence[Line], field: str | None = None) -> list[Labelled]:
    """The lines of a cell whose first names somebody: its credentials, or the rest of it, may be on the next."""
    lines = [line for line in lines if line.text]
    name = lines[0].text
    if label is None and field is None and not (looks_like_person(name) or looks_like_organisation(name)):
        return labelled_texts(lines)
    used = 1
    while used < len(lines) and _goes_on(name, lines[used].text):
        comma = "," if is_credentials(lines[used].text) and not name.endswith(",") else ""
        name += f"{comma} {lines[used].text}"
        used += 1
    return [Labelled(label=label or "name", text=name, field=field), *labelled_texts(lines[used:])]


def _goes_on(name: str, line: str) -> bool:
    """Whether a line goes on with the name above it."""
    return is_credentials(line) or (names_person(f"{name} {line}") and not names_person(name))


def page_link(page: str, label: str, cell: str) -> Link | None:
    """The entry's own page, or the page that is its evidence, where the column of a file is one of those."""
    if "evidence" in label.lower():
        return Link(text=label, href=cell, rel="evidence") if is_safe_url(cell) else None
    if field_of(label) != "page":
        return None
    address = absolute(page, cell)
    return Link(text=label, href=address, rel="detail") if address and is_safe_url(address) else None


def _reaches(text: str) -> bool:
    return has_phone(text) or has_email(text) or has_address(text)


def is_mixed(label: str, field: str | None, values: Sequence[str]) -> bool:
    """Whether the values of an unknown (or only naming) column hold several fields, or contacts where a name is due."""
    filled = [value for value in values if value]
    if field not in (None, "name", "remark", "ignored") or not label or not filled:
        return False
    kinds = [sum((has_phone(value), has_email(value), has_url(value), has_address(value))) for value in filled]
    pairs = zip(kinds, filled, strict=True)
    if field == "name" or field_of(label) == "name":
        mixed = [kind and not looks_like_person(value.split("\n")[0]) for kind, value in pairs]
    else:
        mixed = [kind > 1 or (kind > 0 and "\n" in value) for kind, value in pairs]
    return sum(map(bool, mixed)) * 2 > len(filled)


def whole_columns(rows: Sequence[Row]) -> list[int]:
    """The columns most of whose cells hold a name and, on further lines, a way to find or reach its bearer."""
    found = []
    for at, column in enumerate(columns_of(rows)):
        filled = [cell for cell in column if cell]
        if len(filled) >= 2 and sum(map(is_whole, filled)) >= _WHOLE * len(filled):
            found.append(at)
    return found


def is_whole(cell: str) -> bool:
    """Whether a cell holds an entry: a line that could be a name, and below it a way to find or reach its bearer."""
    first, *rest = cell.split("\n")
    if not rest or is_label(first) or not could_be_title(first) or is_place(first) or has_address(first):
        return False
    return any(map(_reaches, rest))


def street_line(cells: Sequence[Sequence[Line]]) -> int | None:
    """The first place below the name where nearly all cells have a number and no contact, and few a known street."""
    for at in range(1, max(map(len, cells), default=1)):
        texts = [lines[at].text for lines in cells if at < len(lines)]
        numbered = sum(any(map(str.isdigit, text)) and not has_phone(text) and not has_email(text) for text in texts)
        if numbered * 5 >= len(texts) * 4:
            return at if sum(map(has_address, texts)) * 5 < len(texts) * 4 else None
    return None


def is_yes(cell: str) -> bool:
    """Whether a cell says yes, or ticks its column."""
    return bool(_YES.fullmatch(cell))


def yes_columns(labels: Sequence[str], columns: Sequence[Sequence[str]]) -> dict[int, str]:
    """The letters that head a column of yes and no, by column."""
    found = {}
    for at, (label, column) in enumerate(zip(labels, columns, strict=True)):
        known = is_credentials(label) or (len(label) >= _LEAST_LETTERS and not field_of(label))
        if not known or label == _TOPIC or not _LETTERS.fullmatch(label):
            continue
        filled = [cell for cell in column if cell]
        if filled and all(is_yes(cell) or _NO.fullmatch(cell) for cell in filled):
            found[at] = label
    return found
