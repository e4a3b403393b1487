"""Which field each key of a set of objects holds, decided by its name and by its values in all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_postcode,
    has_url,
    is_credentials,
    is_organisation,
    is_place,
    is_sentence,
    names_person,
)
from ldn_directory.extract.value_looks import guess_field, guess_labels
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person, people
from ldn_directory.normalize.npi import is_npi
from ldn_directory.normalize.regions import region

from .cells import Cell, folded_key, table, words

SAMPLE = 120
ENOUGH = 0.5
WEAKEST = 0.4
"""What a web site or region alone is worth as a way to reach an entry."""
_WORD = f"(?:{'|'.join(table('meaningless'))})"
_MEANINGLESS = re.compile(
    rf"{_WORD}(?: {_WORD})* ?\d*(?: \d+)*|[a-z]{{0,2}} ?\d+(?: \d+)*|[a-z]{{1,2}}|fld\w{{8,}}"
    r"|[0-9a-f]{6,}(?: [0-9a-f]+)*"
)
_DEGREES = re.compile(r"-?\d{1,3}\.\d{2,}")
_LICENCE_NUMBER = re.compile(r"[A-Za-z]{0,4}[-. ]?\d[\w.-]*")
_UNLISTED = re.compile(r"fax|mobile|\bcell|home|private|emergency|whatsapp")
_NO_CONTENT = frozenset((None, "ignored", "key", "kind", "remark", "page"))

Fields = dict[str, str | None]
"""The field of each column, None if it is unknown."""
Test = Callable[[str], object]


def column_key(cell: Cell) -> str:
    """What the column of a cell is called in `Fields`."""
    return f"{cell.label}\x1f{cell.field or ''}"


def columns_of(entries: Sequence[Sequence[Cell]], stated: Mapping[str, str]) -> Fields:
    """The field of each column of the entries. `stated` are those that are certain."""
    columns = _columns(entries[:SAMPLE])
    texts = {key: [cell.text for cell in cells] for key, cells in columns.items()}
    known: Fields = {
        key: stated.get(key) or _field_by_name(cells[0].field, texts[key]) for key, cells in columns.items()
    }
    _add_looks(known, texts, len(entries[:SAMPLE]))
    _keep_one_name(known, texts)
    if not {"name", "practice", "last_name"} & set(known.values()):
        _find_popup(known, columns, len(entries[:SAMPLE]))
    return {**known, **stated}


def _columns(entries: Sequence[Sequence[Cell]]) -> dict[str, list[Cell]]:
    columns: dict[str, list[Cell]] = {}
    for cell in (cell for cells in entries for cell in cells):
        columns.setdefault(column_key(cell), []).append(cell)
    return {key: cells for key, cells in columns.items() if len(columns) < 2000 or len(cells) > 1}


def _find_popup(known: Fields, columns: Mapping[str, Sequence[Cell]], rows: int) -> None:
    """Finds the column whose texts are whole entries: a name first, and contacts below it."""
    for key, field in known.items():
        texts = [cell.text for cell in columns[key] if "\n" in cell.text or cell.markup]
        if field in (None, "remark", "address") and len(texts) * 10 >= rows * 6 and _share(texts, _is_entry) >= 0.6:
            known[key] = "popup"
            return


def _is_entry(text: str) -> bool:
    first, *others = text.split("\n")
    title = could_be_title(first) and not is_sentence(first) and _has_contact("\n".join(others[:20]))
    return title and (_is_name(first) or names_person(first))


def _field_by_name(field: str | None, texts: Sequence[str]) -> str | None:
    """The field that the column's key names, unless most of its values cannot be that."""

    def enough(test: Test, share: float = ENOUGH) -> bool:
        return _share(texts, test) >= share

    match field:
        case "credentials" if not enough(lambda text: len(text) <= 80 and "\n" not in text and not is_sentence(text)):
            return "remark"
        case "credentials" if enough(_LICENCE_NUMBER.fullmatch):
            return "ignored"
        case None if texts and all(map(is_npi, texts)):
            return "register_number"
        case "email" if not enough(has_email, 0.3):
            return None
        case "phone" if not enough(lambda text: any(map(str.isdigit, text)), 0.3):
            return None
        case "city" | "country" if not enough(lambda text: len(text) > 1 and not text.isdigit()):
            return "ignored"
        case "street" | "street2" | "city" if enough(has_postcode):
            return "address"
        case "city" if enough(_is_town_and_region):
            return "address"
        case "specialty" if not enough(lambda text: len(text) <= 200):
            return "remark"
        case "practice" if not enough(lambda text: len(text) <= 120 and not text.isdigit()):
            return None
        case "serves" if not enough(lambda text: not text.isdigit()):
            return None
    return field


def _is_town_and_region(text: str) -> bool:
    return "," in text and is_place(text)


def _share(texts: Sequence[str], test: Test) -> float:
    return sum(bool(test(text)) for text in texts) / max(1, len(texts))


def _add_looks(known: Fields, texts: Mapping[str, Sequence[str]], rows: int) -> None:
    """Gives unknown columns the field that their values look like, where the key allows it."""
    filled = Counter[str]()
    for key, field in known.items():
        if field:
            filled[field] += len(texts[key])
    taken = {field for field, count in filled.items() if count >= 0.5 * rows}
    unknown = [key for key, field in known.items() if field is None]
    for key in unknown:
        look = _allowed_look(key, texts[key])
        if look == "practice" and not taken & {"name", "practice", "last_name"}:
            look = "practice" if any(guess_field(texts[other]) == "name" for other in unknown) else "name"
        if look and not (look in taken and look in words("single_fields")):
            known[key] = look
            taken.add(look)
    if "city" not in taken:
        _find_city(known, texts)
    if "latitude" not in taken:
        _find_point(known, texts)


def _find_point(known: Fields, texts: Mapping[str, Sequence[str]]) -> None:
    """Finds latitude and longitude: two meaningless keys whose values are decimal degrees."""
    unknown = [key for key, field in known.items() if field is None and is_meaningless(_last_key(key))]
    degrees = [key for key in unknown if all(map(_DEGREES.fullmatch, texts[key]))]
    if len(degrees) == 2 and all(abs(float(text)) <= 90 for text in texts[degrees[0]]):
        known |= dict(zip(degrees, ("latitude", "longitude"), strict=True))


def _last_key(column: str) -> str:
    return folded_key(column.split("\x1f")[0].rpartition(".")[2])


def _allowed_look(column: str, texts: Sequence[str]) -> str | None:
    key = _last_key(column)
    if _UNLISTED.search(key) or _share(texts, lambda text: text.count("\n") >= 2) >= ENOUGH:
        return None
    look = guess_field(texts)
    if look is None:
        return "address" if is_meaningless(key) and _share(texts, _is_town_and_region) >= ENOUGH else None
    if look == "country" and _share(texts, lambda text: len(text) == 2 and region(text, "US")) >= ENOUGH:
        look = "region"
    fitting = table("fitting_keys").get(look)
    return look if is_meaningless(key) or (fitting and re.search(fitting, key)) else None


def is_meaningless(key: str) -> bool:
    """Whether a key says nothing about its values: `field_12`, `cf_5`, `col3`."""
    return bool(_MEANINGLESS.fullmatch(key.strip()))


def _find_city(known: Fields, texts: Mapping[str, Sequence[str]]) -> None:
    """Finds the city: the meaningless key whose values are plain words before a region or postcode."""
    unknown = {key for key, field in known.items() if field is None and is_meaningless(_last_key(key))}
    order = [key for key, field in known.items() if field or key in unknown]
    shortest = min((len(texts[key]) for key in order), default=0)
    if not unknown or not shortest:
        return
    labels = guess_labels([[texts[key][row] for key in order] for row in range(shortest)])
    city = next((key for key, label in zip(order, labels, strict=False) if label == "city" and key in unknown), None)
    if city:
        known[city] = "city"


def _keep_one_name(known: Fields, texts: Mapping[str, Sequence[str]]) -> None:
    """Leaves the field `name` only to the column whose values look most like names."""
    named = [key for key, field in known.items() if field == "name"]
    surnames = any(field == "last_name" for field in known.values())
    if len(named) < 2 and not (named and surnames):
        return
    best = None if surnames else max(named, key=lambda key: _likeness(texts[key]))
    for key in named:
        if key != best:
            known[key] = _field_beside_name(texts[key], surnames, "practice" in known.values())


def _likeness(texts: Sequence[str]) -> tuple[float, float]:
    """How surely the texts name people; then how many name anybody."""
    return round(_share(texts, lambda text: people(text.split("\n")[0])), 1), _share(texts, _is_name) * len(texts)


def _is_name(text: str) -> bool:
    first = text.split("\n")[0]
    return bool(people(first)) or looks_like_organisation(first)


def _field_beside_name(texts: Sequence[str], surnames: bool, has_practice: bool) -> str:
    """The field of a column called "name" where another column holds the name."""
    if _share(texts, is_credentials) >= ENOUGH:
        return "credentials"
    if not has_practice and _share(texts, lambda text: is_organisation(text) or looks_like_organisation(text)) >= 0.4:
        return "practice"
    if _share(texts, looks_like_person) >= ENOUGH:
        return "ignored" if surnames else "name"
    if _share(texts, lambda text: len(text) < 5) >= ENOUGH:
        return "title"
    return "ignored" if _share(texts, lambda text: len(text) > 60) >= ENOUGH else "specialty"


def score(entries: Sequence[Sequence[Cell]], fields: Mapping[str, str | None], count: int) -> float:
    """How much the objects look like entries of a list of people or practices; 0 if they do not."""
    if not entries:
        return 0.0
    rows = [[(cell, fields.get(column_key(cell))) for cell in cells] for cells in entries]
    names = [_name_worth(row) for row in rows]
    named, sure = sum(names) / len(names), names.count(1.0) / len(names)
    reached = sum(_reach_worth(row, name == 1.0) for row, name in zip(rows, names, strict=True)) / len(rows)
    solid = sum(any(_is_contact(cell, field) for cell, field in row) for row in rows) >= ENOUGH * len(rows)
    if named < 0.4 or reached < WEAKEST or (reached < 0.5 and sure < 0.8) or (sure < 0.3 and not solid):
        return 0.0
    stated = [{field for _, field in row} - _NO_CONTENT for row in rows]
    fullness = sum(len(one) + 2 * ("popup" in one) for one in stated) / len(stated)
    return named * reached * (1 + count) * fullness


_Row = Sequence[tuple[Cell, str | None]]


def _is_contact(cell: Cell, field: str | None) -> bool:
    """Whether a cell states a phone, an e-mail or a street under that label, which menus and shops do not."""
    text = cell.text.replace("\n", ", ")[:250]
    match field:
        case "phone":
            return has_phone(text)
        case "email":
            return has_email(text)
        case "address" | "street":
            return has_address(text)
    return field == "popup" and _has_contact(cell.text)


def _name_worth(row: _Row) -> float:
    """1 for a name that is a person's or an organisation's, 0.6 for one that may be, less for none or for a place."""
    worth = 0.0
    for cell, field in row:
        if field in ("last_name", "popup"):
            worth = 1.0
        elif field in ("name", "practice"):
            first = cell.text.split("\n")[0]
            if len(first) > 120 or not any(map(str.isalpha, first)) or is_sentence(first):
                continue
            worth = max(worth, 1.0 if _is_name(first) else 0.2 if is_place(first) else 0.6)
    return worth


def _reach_worth(row: _Row, is_named: bool) -> float:
    """1 for an entry that states where or how to reach it, 0.4 if that is only a web site or region.

    A contact within prose counts only where the entry is named like a person or practice: an article may state one too.
    """
    worth = 0.0
    for cell, field in row:
        if field == "popup":
            return 1.0 if _has_contact(cell.text) else 0.0
        if (field == "phone" and has_phone(cell.text)) or (field == "email" and has_email(cell.text)):
            return 1.0
        if field in ("address", "street", "city") and any(map(str.isalpha, cell.text)) and len(cell.text) < 250:
            worth = 1.0
        elif is_named and (field == "remark" or (field is None and cell.markup)) and _has_contact(cell.text):
            worth = max(worth, 0.8)
        elif field in ("region", "country", "postcode") or (
            field == "website" and has_url(cell.text) and not cell.text.startswith("/")
        ):
            worth = max(worth, WEAKEST)
    return worth


def _has_contact(text: str) -> bool:
    return any(has_phone(line) or has_email(line) or has_address(line) for line in text.split("\n")[:60])


def label_of(cell: Cell, field: str | None) -> str:
    """The label of a cell in its record: its own, followed by a dot and the field where that differs."""
    if field is None or field_of(cell.label) == field:
        return cell.label
    return f"{cell.label[:60]}.{field}"
