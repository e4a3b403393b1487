"""Decides what the unlabelled lines in the boxes of a list are, over all boxes: by path within the box and position."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ldn_directory.extract.column_scores import Cells
from ldn_directory.extract.columns import fields_of
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    head_of,
    is_action,
    is_credentials,
    is_empty,
    is_label,
    is_organisation,
    is_place,
    is_postcode,
    is_sentence,
    is_weak_person,
    names_person,
)
from ldn_directory.model import Column, Record
from ldn_directory.normalize.names import is_profession, looks_like_organisation
from ldn_directory.normalize.towns import is_town

from .scoring import EMAIL, PHONE, SITE, Entry, LineFeatures

_DECIDED = frozenset(("practice", "credentials", "specialty", "city", "remark"))
"""Fields that a line gets from its column. Names come from titles, contacts and addresses from their own looks."""
_ROLE = re.compile(r"(\w+(?:er|or)) (?:of|at) (?:the )?(?=[A-ZÀ-Þ])")
"""What somebody is in a practice, by the ending of the word: "Owner of", "Director at"."""
_PARTS = re.compile(r"\s*[·|•]\s*")
_LEAST = 3
"""Fewer values than this make no column."""
_MOST = 0.7
_TOWNS = 0.85
_MAX_TEXT = 200
_MAX_LINES = 60
_SAMPLE = 30
_MAX_PLACES = 4
_Place = tuple[tuple[str, ...], int]
_TITLE: _Place = (("title",), 0)


@dataclass(slots=True)
class _Cell:
    """A column: the lines that stand at one place of the boxes."""

    label: str | None
    lines: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    offset: int = 0
    """Sum of the distances from the title; negative above it."""
    is_title: bool = False
    found: str | None = None
    why: str = ""


def columns_of(
    features: LineFeatures, entries: Sequence[Entry], boxes: Mapping[int, int], above: Sequence[Sequence[str]]
) -> tuple[dict[int, tuple[str, str]], tuple[Column, ...]]:
    """((field, value) of each line whose column was understood, the columns) of the entries in boxes.

    `above` are the headings of each entry.
    """
    cells: dict[tuple[_Place, int], _Cell] = {}
    paths: dict[int, tuple[str, ...]] = {}
    for row, entry in enumerate(entries):
        box = boxes.get(entry.first)
        if entry.title is None or not features.layout.signatures:
            continue
        seen: dict[_Place, int] = {}
        for index in range(entry.first, min(entry.last, entry.first + _MAX_LINES)):
            place = _place(features, index, box, paths) if index != entry.title else _TITLE
            seen[place] = seen.get(place, -1) + 1
            key = (place, seen[place])
            if key not in cells:
                cells[key] = _Cell(_hint(features, index), is_title=index == entry.title)
            cell = cells[key]
            cell.lines.append(index)
            cell.rows.append(row)
            cell.offset += index - entry.title
    found = sorted(cells.values(), key=lambda cell: cell.offset / len(cell.lines))
    found = [cell for cell in found if len(cell.lines) >= min(_LEAST, len(entries))]
    if not found:
        return {}, ()
    _decide(features, entries, found, above)
    decided = [(index, cell.found) for cell in found if not cell.is_title for index in cell.lines]
    fields = {index: value for index, name in decided if name in _DECIDED and (value := _value(features, index, name))}
    return fields, tuple(Column(label=cell.label, field=cell.found, why=cell.why) for cell in found if cell.found)


def _value(features: LineFeatures, index: int, name: str) -> tuple[str, str] | None:
    """(field, value) of a line whose column is understood; None if the line says something else."""
    text = features.layout.lines[index].text
    if not _is_bare(features, index) or (name == "city" and _is_in_address(features, index)):
        return None
    if name == "remark" and (has_address(text) or text[:1].isdigit()):
        return None
    if name == "practice" and (has_address(text) or (is_town(text) and not is_organisation(text))):
        return None
    if name == "practice" and (role := _ROLE.match(text)) and not looks_like_organisation(role[1]):
        return name, text[role.end() :]
    if name == "city":
        town = next((part for part in _PARTS.split(text) if not part.isascii() or is_town(part)), None)
        return (name, town) if town else None
    return name, text


def _place(features: LineFeatures, index: int, box: int | None, paths: dict[int, tuple[str, ...]]) -> _Place:
    """Where a line stands in its box: tags and classes from the box to it, and whether it is a contact.

    In a cut of text there is no box: only the innermost element counts.
    """
    layout = features.layout
    inner = node = layout.lines[index].node
    if inner not in paths:
        path: list[str] = []
        if box is None:
            path, box = [layout.signatures[node]], node
        while node > box:
            path.append(layout.signatures[node])
            node = layout.parents[node]
        paths[inner] = tuple(path)
    return paths[inner], features.contacts[index] & (PHONE | EMAIL | SITE)


def _hint(features: LineFeatures, index: int) -> str | None:
    return next((bit.label for bit in features.layout.lines[index].bits if bit.label), None)


def _is_bare(features: LineFeatures, index: int) -> bool:
    """Whether a line is one value without a label or contact of its own."""
    line = features.layout.lines[index]
    if len(line.text) > _MAX_TEXT or ":" in line.text or features.contacts[index] & (PHONE | EMAIL) or line.term:
        return False
    if is_label(line.text) or is_action(line.text) or is_empty(line.text):
        return False
    hints = {bit.label for bit in line.bits}
    return len(hints) == 1 and not (features.contacts[index] & SITE and line.links)


def _is_in_address(features: LineFeatures, index: int) -> bool:
    """Whether a line beside it, or the line itself, is another part of the address, which is read as a whole."""
    texts = (line.text for line in features.layout.lines[max(0, index - 1) : index + 2])
    return any(has_address(text) or is_postcode(text) or is_place(text) for text in texts)


def _decide(
    features: LineFeatures, entries: Sequence[Entry], cells: list[_Cell], above: Sequence[Sequence[str]]
) -> None:
    lines = features.layout.lines
    samples = [_sample(cell) for cell in cells]
    columns = fields_of(
        [Cells(cell.label, [lines[at].text for _, at in some]) for cell, some in zip(cells, samples, strict=True)]
    )
    titled = [lines[entry.title].text for entry in entries[:_SAMPLE] if entry.title is not None]
    persons = _share(titled, lambda text: names_person(head_of(text)) or is_weak_person(head_of(text))) >= 0.6
    for cell, column, some in zip(cells, columns, samples, strict=True):
        said = [(lines[at].text, above[row]) for row, at in some]
        cell.found, cell.why = column.field, column.why
        if cell.is_title:
            cell.found, cell.why = "name", "the line that stands out in each box"
        elif cell.found is None and _repeats_headings(said):
            cell.found, cell.why = "city", "the place that stands in the heading above"
        elif cell.found in (None, "ignored", "practice", "name") or (cell.found == "city" and not cell.label):
            _by_looks(cell, [text for text, _ in said], persons=persons)
    if not any(cell.found == "practice" for cell in cells) and persons:
        _find_practice(features, entries, cells, samples)


def _sample(cell: _Cell) -> list[tuple[int, int]]:
    """(row, line) of some values, evenly from the whole column."""
    step = -(-len(cell.lines) // _SAMPLE)
    return list(zip(cell.rows[::step], cell.lines[::step], strict=True))


def _by_looks(cell: _Cell, said: Sequence[str], *, persons: bool) -> None:
    """What values say that no single one of them can."""
    if _share(said, _is_prose) >= 0.5:
        cell.found, cell.why = "remark", "most of its values are prose"
    elif len(said) >= _LEAST and len(set(said)) == 1:
        cell.found, cell.why = "remark", "the same in every box"
    elif cell.found in (None, "city"):
        towns = _share(said, is_town) >= _TOWNS
        cell.found, cell.why = ("city", "most of its values are towns") if towns else (None, "")
    elif cell.found == "practice" and not persons and not cell.label:
        cell.found = None


def _repeats_headings(said: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether most values, or a part of each, stand in a heading of their entry: "Akron" under "Akron and around"."""
    found = sum(
        any(len(part) > 1 and part in heading for part in _PARTS.split(text) for heading in headings)
        for text, headings in said
    )
    return found >= max(_LEAST, _MOST * len(said))


def _find_practice(
    features: LineFeatures,
    entries: Sequence[Entry],
    cells: Sequence[_Cell],
    samples: Sequence[Sequence[tuple[int, int]]],
) -> None:
    """The first column below the name whose values are written as names are, and differ."""
    for cell, some in zip(cells, samples, strict=True):
        said = [features.layout.lines[at].text for _, at in some]
        if cell.is_title or cell.offset <= 0 or cell.found is not None or len(set(said)) * 10 < len(said) * 6:
            continue
        if _share(said, _is_like_a_name) < _MOST or not all(_is_bare(features, at) for _, at in some):
            continue
        if not any(_is_below_address(features, entries[row], at) for row, at in some):
            cell.found, cell.why = "practice", "below the name, and written as names are"
            return


def _is_below_address(features: LineFeatures, entry: Entry, index: int) -> bool:
    return any(has_address(features.layout.lines[at].text) for at in range(entry.first, index + 1) if at != entry.title)


def _is_like_a_name(text: str) -> bool:
    words = [word for word in text.replace("-", " ").split() if len(word) > 3 and word[0].isalpha()]
    capitals = sum(word[0].isupper() or not word[0].isascii() for word in words)
    if not could_be_title(text) or is_credentials(text) or is_profession(text) or is_place(text):
        return False
    return is_organisation(text) or (bool(words) and capitals * 10 >= len(words) * 7)


def _is_prose(text: str) -> bool:
    words = [word for word in text.split() if word[0].isalpha()]
    if has_address(text) or text[:1].isdigit():
        return False
    return is_sentence(text) or (len(words) > 3 and sum(word[0].islower() for word in words) * 10 >= len(words) * 6)


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def with_towns(records: Sequence[Record]) -> list[Record]:
    """The records of entries of one line, with a bare town at one place of most of them taken for the town."""
    bare = [
        [at for at, text in enumerate(one.texts) if not (text.label or text.field) and not _reaches(text.text)]
        for one in records
    ]
    if any(has_address(text.text) for one in records for text in one.texts):
        return list(records)
    for place in range(_MAX_PLACES):
        found = [(row, places[place]) for row, places in enumerate(bare) if place < len(places)]
        towns = {row: at for row, at in found if is_town(records[row].texts[at].text)}
        if len(found) >= max(_LEAST, len(records) / 2) and len(towns) >= _TOWNS * len(found):
            return [_with_town(one, towns.get(row)) for row, one in enumerate(records)]
    return list(records)


def _with_town(record: Record, place: int | None) -> Record:
    texts = (replace(text, field="city") if at == place else text for at, text in enumerate(record.texts))
    return replace(record, texts=tuple(texts))


def _reaches(text: str) -> bool:
    return has_phone(text) or has_email(text) or has_url(text)
